//! `local_file`: a file on the machine that runs zw.

use std::io;
use std::io::Write as _;
use std::path::Path as FilePath;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{
    CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult, ReadRequest,
    Resource, View,
};

use super::content;
use crate::provider::Client;
use crate::state_only::with;

/// Where the content may come from.
const SOURCES: [&str; 4] = ["content", "content_base64", "sensitive_content", "source"];

pub(crate) fn schema() -> Schema {
    let old = Attribute::optional("sensitive_content", Type::String)
        .force_new()
        .sensitive()
        .deprecated("Use the resource type local_sensitive_file.")
        .describe("The content as text.");
    let attributes = attributes("0777").chain([old]);
    Schema::new("A file on the machine that runs zw.", attributes, [])
}

/// What files have in common, with the permissions that they get unless told otherwise.
pub(crate) fn attributes(permission: &'static str) -> impl Iterator<Item = Attribute> {
    let argument = |name, description| {
        Attribute::optional(name, Type::String).force_new().describe(description)
    };
    let permission = |name, description| {
        Attribute::optional_computed(name, Type::String)
            .force_new()
            .default(permission)
            .validate(mode_of)
            .describe(description)
    };
    [
        Attribute::required("filename", Type::String)
            .force_new()
            .describe("The path of the file. Directories that are missing are made."),
        argument("content", "The content as text."),
        argument("content_base64", "The content in base64."),
        argument("source", "A file to take the content from."),
        permission("file_permission", "The permissions of the file, in octal."),
        permission(
            "directory_permission",
            "The permissions of directories that are made, in octal.",
        ),
    ]
    .into_iter()
    .chain(content::attributes())
}

fn mode_of(value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    if matches!(text.len(), 3 | 4) && text.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
        return Ok(());
    }
    Err(format!("{text:?} is not a permission in octal, as \"0644\""))
}

pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let given = |name: &&&str| config.get(name).is_some_and(|value| !value.is_null());
    let given: Vec<&str> = SOURCES.iter().filter(given).copied().collect();
    if given.len() == 1 {
        return Vec::new();
    }
    let known: Vec<&str> =
        SOURCES.iter().filter(|name| config.get(name).is_some()).copied().collect();
    let message = if given.is_empty() {
        format!("The content is missing: one of {} is required.", known.join(", "))
    } else {
        format!("The content is given more than once, by {}.", given.join(" and "))
    };
    vec![OpError::invalid(
        Path::attr_of_root(given.first().copied().unwrap_or("filename")),
        message,
    )]
}

pub(crate) struct File;

#[async_trait]
impl Resource<Client> for File {
    async fn read(&self, client: &Client, prior: &Value) -> OpResult<Option<Value>> {
        let request = ReadRequest { prior: prior.clone() };
        self.read_many(client, vec![request]).await.pop().unwrap_or(Ok(None))
    }

    async fn read_many(
        &self,
        _: &Client,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        let count = requests.len();
        let work = || requests.into_iter().map(|request| Ok(read(request.prior))).collect();
        let answers = on_disk(move || Ok::<Vec<_>, OpError>(work())).await;
        answers.unwrap_or_else(|error| vec![Err(error); count])
    }

    async fn create(&self, _: &Client, request: CreateRequest) -> Created {
        match on_disk(move || create(request.planned)).await {
            Ok(object) => Created::done(object),
            Err(error) => Created::failed(error),
        }
    }

    async fn delete(&self, _: &Client, request: DeleteRequest) -> OpResult<()> {
        on_disk(move || {
            let filename = View::new(&request.prior).str_or_empty("filename");
            match std::fs::remove_file(filename) {
                Err(error) if !is_gone(&error) => Err(failed("remove", filename, &error)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn import(&self, _: &Client, _: &str) -> OpResult<Imported> {
        Err(OpError::new(
            OpErrorKind::Invalid,
            "Files cannot be imported. An apply overwrites a file that exists.",
        ))
    }
}

/// Disks can be slow, so they are left to threads that may wait.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> OpResult<T> + Send + 'static,
) -> OpResult<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(OpError::new(OpErrorKind::Other, format!("The operation was given up: {error}.")))
    })
}

/// A file that cannot be read or has another content is not the one that was written.
fn read(prior: Value) -> Option<Value> {
    let view = View::new(&prior);
    let content = std::fs::read(view.str_or_empty("filename")).ok()?;
    (content::id(&content) == view.str_or_empty("id")).then_some(prior)
}

fn create(planned: Value) -> OpResult<Value> {
    let view = View::new(&planned);
    let content = content_of(view)?;
    let filename = view.str_or_empty("filename");
    if let Some(directory) = FilePath::new(filename).parent()
        && !directory.as_os_str().is_empty()
        && !directory.exists()
    {
        make_directory(directory, mode(view, "directory_permission"))
            .map_err(|error| failed("make the directory of", filename, &error))?;
    }
    write(filename, &content, mode(view, "file_permission"))
        .map_err(|error| failed("write", filename, &error))?;
    Ok(with(planned, content::checksums(&content)))
}

fn content_of(view: View<'_>) -> OpResult<Vec<u8>> {
    if let Some(encoded) = view.str("content_base64") {
        return STANDARD.decode(encoded).map_err(|error| {
            let path = Path::attr_of_root("content_base64");
            OpError::invalid(path, format!("The content is not base64: {error}."))
        });
    }
    if let Some(source) = view.str("source") {
        return std::fs::read(source).map_err(|error| failed("read", source, &error));
    }
    let text = view.str("sensitive_content").or_else(|| view.str("content"));
    Ok(text.unwrap_or_default().as_bytes().to_vec())
}

fn mode(view: View<'_>, name: &str) -> u32 {
    u32::from_str_radix(view.str_or_empty(name), 8).unwrap_or(0o600)
}

fn make_directory(directory: &FilePath, mode: u32) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.recursive(true).create(directory)
}

/// Like Terraform, leaves alone the permissions of a file that exists, and follows links.
fn write(filename: &str, content: &[u8], mode: u32) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(filename)?.write_all(content)
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// An error of the file system, in words.
pub(crate) fn failed(what: &str, filename: &str, error: &io::Error) -> OpError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => OpErrorKind::NotFound,
        io::ErrorKind::PermissionDenied => OpErrorKind::Denied,
        _ => OpErrorKind::Other,
    };
    OpError::new(kind, format!("Cannot {what} {filename:?}: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    fn config(filename: &FilePath, name: &'static str, value: &str) -> [(&'static str, Value); 2] {
        let filename = filename.to_str().expect("it is UTF-8");
        [("filename", Value::from(filename)), (name, Value::from(value))]
    }

    #[tokio::test]
    async fn the_file_is_written_and_removed() {
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("a/b/file");
        let bench = Bench::new("local_file").await;
        let config = config(&path, "content", "abc");
        let object = bench.create(&config).await;
        assert_eq!(text(&object, "id"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(text(&object, "file_permission"), "0777");
        assert_eq!(std::fs::read(&path).expect("it is there"), b"abc");
        assert_eq!(bench.plan(&object, &config).planned, object);
        bench.delete(&object).await;
        assert!(!path.exists());
        bench.delete(&object).await;
    }

    #[tokio::test]
    async fn a_file_that_is_gone_or_changed_is_not_the_one_that_was_written() {
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("file");
        let bench = Bench::new("local_file").await;
        let object = bench.create(&config(&path, "content", "abc")).await;
        std::fs::write(&path, "abd").expect("it is changed");
        assert_eq!(bench.read(&object).await, None);
        std::fs::write(&path, "abc").expect("it is changed back");
        assert_eq!(bench.read(&object).await, Some(object.clone()));
        std::fs::remove_file(&path).expect("it is removed");
        assert_eq!(bench.read(&object).await, None);
    }

    #[tokio::test]
    async fn the_content_comes_from_one_of_four_sources() {
        let dir = tempfile::tempdir().expect("there is room");
        let bench = Bench::new("local_file").await;
        let source = dir.path().join("source");
        std::fs::write(&source, [0xff, 0]).expect("there is room");
        let source = source.to_str().expect("it is UTF-8");
        let cases: [(&str, &str, &[u8]); 4] = [
            ("content", "é", "é".as_bytes()),
            ("sensitive_content", "x", b"x"),
            ("content_base64", "AAE=", &[0, 1]),
            ("source", source, &[0xff, 0]),
        ];
        for (name, value, expected) in cases {
            let path = dir.path().join(name);
            bench.create(&config(&path, name, value)).await;
            assert_eq!(std::fs::read(path).expect("it is there"), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_an_error_with_the_file_name() {
        let dir = tempfile::tempdir().expect("there is room");
        let bench = Bench::new("local_file").await;
        let occupied = config(dir.path(), "content", "");
        let no_base64 = config(&dir.path().join("a"), "content_base64", "*");
        let no_source = config(&dir.path().join("a"), "source", "/does/not/exist");
        for (config, expected) in
            [(occupied, "Cannot write"), (no_base64, "not base64"), (no_source, "/does/not/exist")]
        {
            let created = bench.try_create(&bench.plan_create(&config)).await;
            let error = created.error.expect("it cannot be written");
            assert!(error.message.contains(expected), "{error}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn permissions_are_those_asked_for_as_far_as_the_process_may() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("inner/file");
        let bench = Bench::new("local_file").await;
        let [filename, content] = config(&path, "content", "");
        let permission = |name, mode: &str| (name, Value::from(mode));
        let (file, directory) =
            (permission("file_permission", "0600"), permission("directory_permission", "700"));
        bench.create(&[filename, content, file, directory]).await;
        let mode = |path: &FilePath| {
            std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
        };
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().expect("it has one")), 0o700);
        for wrong in ["77", "0888", "rwx", "07777"] {
            assert!(bench.check("file_permission", wrong).is_err(), "{wrong}");
        }
        assert!(bench.check("file_permission", "644").is_ok());
    }

    #[tokio::test]
    async fn the_content_is_given_once() {
        let bench = Bench::new("local_file").await;
        let filename = ("filename", Value::from("f"));
        let content = ("content", Value::from("c"));
        let unknown = ("source", Value::unknown(Type::String));
        assert_eq!(bench.validate(&[filename.clone(), content.clone()]), []);
        assert_eq!(bench.validate(std::slice::from_ref(&filename)).len(), 1);
        assert_eq!(bench.validate(&[filename, content, unknown]).len(), 1);
        assert!(bench.import("f").await.is_err());
    }

    #[tokio::test]
    async fn every_argument_means_a_new_file() {
        let dir = tempfile::tempdir().expect("there is room");
        let bench = Bench::new("local_file").await;
        let path = dir.path().join("file");
        let object = bench.create(&config(&path, "content", "a")).await;
        let plan = bench.plan(&object, &config(&path, "content_base64", "Yg=="));
        assert_eq!(plan.force_new, ["content", "content_base64"]);
    }
}
