//! `file`: files and directories to a machine.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use russh_sftp::client::SftpSession;
use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Block};
use zw_provider::{Output, Provisioner, View};

use crate::client::Client;
use crate::connection;
use crate::upload;

/// Source: <https://developer.hashicorp.com/terraform/language/resources/provisioners/file>
pub(crate) struct File {
    schema: Block,
    connection: Block,
}

impl File {
    pub(crate) fn new() -> Self {
        let attributes = [
            Attribute::optional("content", Type::String)
                .describe("What the file is to contain; instead of `source`."),
            Attribute::required("destination", Type::String).describe(
                "The file on the machine; for a directory, the directory in which it is to be, \
                 or if the source ends with a slash, the one for its content.",
            ),
            Attribute::optional("source", Type::String)
                .describe("A file or directory on this machine; instead of `content`."),
        ];
        Self { schema: Block::new(attributes, []), connection: connection::schema() }
    }
}

#[async_trait]
impl Provisioner for File {
    fn schema(&self) -> &Block {
        &self.schema
    }

    fn connection(&self) -> Option<&Block> {
        Some(&self.connection)
    }

    async fn run(
        &self,
        config: &Value,
        connection: Option<&Value>,
        output: &Output<'_>,
    ) -> Result<(), String> {
        let what = What::read(View::new(config))?;
        let connection = crate::reached(connection)?;
        let client = Client::connect(&connection).await?;
        let put = async {
            let files = client.files().await?;
            what.put(&files, output).await
        };
        let done = put.await;
        client.close().await;
        done
    }
}

/// What is put where.
struct What<'a> {
    source: Source<'a>,
    destination: &'a str,
}

enum Source<'a> {
    Text(&'a str),
    File(PathBuf),
    /// A directory, and whether what is meant is what is in it.
    Directory(PathBuf, bool),
}

impl<'a> What<'a> {
    fn read(given: View<'a>) -> Result<Self, String> {
        let destination = given.str_or_empty("destination");
        if destination.is_empty() {
            return Err("The destination is empty. Name a file on the machine.".to_owned());
        }
        let source = match (given.str("source"), given.str("content")) {
            (None, Some(text)) => Source::Text(text),
            (Some(path), None) => {
                let local = crate::local_path(path);
                let found = std::fs::metadata(&local)
                    .map_err(|error| format!("{path} cannot be read: {error}."))?;
                let is_dir = found.is_dir();
                if is_dir {
                    Source::Directory(local, path.ends_with('/'))
                } else {
                    Source::File(local)
                }
            }
            _ => return Err("Exactly one of \"source\" and \"content\" is needed.".to_owned()),
        };
        Ok(Self { source, destination })
    }

    async fn put(&self, files: &SftpSession, output: &Output<'_>) -> Result<(), String> {
        let to = self.destination;
        output(&format!("Uploading to {to}"));
        match &self.source {
            Source::Text(text) => upload::write(files, to, text.as_bytes(), 0o644).await,
            Source::File(from) if to.ends_with('/') || upload::is_directory(files, to).await? => {
                upload::file(files, from, &within(to, from)).await
            }
            Source::File(from) => upload::file(files, from, to).await,
            Source::Directory(from, true) => upload::directory(files, from, to).await,
            Source::Directory(from, false) => {
                // The way of rsync: without a slash at its end it is the directory itself that is meant.
                if !upload::is_directory(files, to).await? {
                    let error = "it is not there, or no directory";
                    return Err(format!("The directory {to} cannot be written into: {error}."));
                }
                upload::directory(files, from, &within(to, from)).await
            }
        }
    }
}

fn within(directory: &str, from: &Path) -> String {
    let name = from.file_name().unwrap_or_default().to_string_lossy();
    format!("{}/{name}", directory.trim_end_matches('/'))
}
