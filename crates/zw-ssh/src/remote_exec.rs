//! `remote-exec`: scripts on a machine.

use async_trait::async_trait;
use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Block};
use zw_provider::{Output, Provisioner, View};

use crate::client::Client;
use crate::connection::{self, Connection};
use crate::upload;

/// What runs a script that does not say so itself.
const SHEBANG: &str = "#!/bin/sh\n";

/// Source: <https://developer.hashicorp.com/terraform/language/resources/provisioners/remote-exec>
pub(crate) struct RemoteExec {
    schema: Block,
    connection: Block,
}

impl RemoteExec {
    pub(crate) fn new() -> Self {
        let attributes = [
            Attribute::optional("inline", Type::list(Type::String)).describe(
                "The lines of a script. Begin with `set -e` to stop at the first failure.",
            ),
            Attribute::optional("script", Type::String).describe("A script on this machine."),
            Attribute::optional("scripts", Type::list(Type::String))
                .describe("Scripts on this machine, run one after another."),
        ];
        Self { schema: Block::new(attributes, []), connection: connection::schema() }
    }
}

#[async_trait]
impl Provisioner for RemoteExec {
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
        let connection = crate::reached(connection)?;
        let scripts = scripts(View::new(config), connection.is_unix)?;
        connection.announce(output);
        let client = Client::connect(&connection).await?;
        output("Connected!");
        let mut done = Ok(());
        for script in scripts {
            done = run(&client, &connection, &script, output).await;
            if done.is_err() {
                break;
            }
        }
        client.close().await;
        done
    }
}

/// The texts of what is to be run.
fn scripts(given: View<'_>, is_unix: bool) -> Result<Vec<Vec<u8>>, String> {
    let names = ["inline", "script", "scripts"];
    if names.iter().filter(|name| given.get(name).is_some()).count() != 1 {
        return Err("Exactly one of \"inline\", \"script\" and \"scripts\" is needed.".to_owned());
    }
    let lines = given.strings("inline");
    let mut texts = Vec::new();
    if given.get("inline").is_some() {
        texts.push(format!("{}\n", lines.join("\n")).into_bytes());
    }
    for path in given.string("script").into_iter().chain(given.strings("scripts")) {
        let text = std::fs::read(crate::local_path(&path));
        texts.push(text.map_err(|error| format!("The script {path} cannot be read: {error}."))?);
    }
    if is_unix {
        for text in texts.iter_mut().filter(|text| !text.starts_with(b"#!")) {
            text.splice(0..0, SHEBANG.bytes());
        }
    }
    Ok(texts)
}

/// Puts a script on the machine, runs it, and takes it away again.
async fn run(
    client: &Client,
    connection: &Connection,
    script: &[u8],
    output: &Output<'_>,
) -> Result<(), String> {
    let number =
        getrandom::u32().map_err(|error| format!("There are no random numbers: {error}."))?;
    let path = connection.script_path.replace("%RAND%", &number.to_string());
    let files = client.files().await?;
    // Only who runs it may read it: there may be passwords in it.
    upload::write(&files, &path, script, 0o700).await?;
    let command = if connection.is_unix { quoted(&path) } else { path.clone() };
    let ended = client.run(&command, output).await;
    let removed = files.remove_file(&path).await;
    ended?.map_err(|how| format!("error executing {path:?}: {how}"))?;
    removed.map_err(|error| format!("The script {path} cannot be removed: {error}."))
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
