//! The data source `local_file`: the content of a file.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{DataSource, OpResult, View};

use super::content;
use super::file::{failed, on_disk};
use crate::provider::Client;

pub(crate) fn schema() -> Schema {
    Schema::new("The content of a file on the machine that runs zw.", attributes(), [])
}

pub(crate) fn attributes() -> impl Iterator<Item = Attribute> {
    [
        Attribute::required("filename", Type::String).describe("The path of the file."),
        Attribute::computed("content", Type::String)
            .describe("The content as text; what is not UTF-8 is replaced."),
        Attribute::computed("content_base64", Type::String).describe("The content in base64."),
    ]
    .into_iter()
    .chain(content::attributes())
}

pub(crate) struct DataFile;

#[async_trait]
impl DataSource<Client> for DataFile {
    async fn read(&self, _: &Client, config: &Value) -> OpResult<Value> {
        let filename = View::new(config).str_or_empty("filename").to_owned();
        on_disk(move || {
            let content =
                std::fs::read(&filename).map_err(|error| failed("read", &filename, &error))?;
            let own = [
                ("content", Value::from(&*String::from_utf8_lossy(&content))),
                ("content_base64", Value::from(STANDARD.encode(&content))),
                ("filename", Value::from(filename)),
            ];
            Ok(Value::object(own.into_iter().chain(content::checksums(&content))))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use zw_provider::OpErrorKind;

    use super::*;
    use crate::testing::{read_data, text};

    #[tokio::test]
    async fn it_has_the_content_and_its_checksums() {
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("file");
        std::fs::write(&path, b"a\xffb").expect("there is room");
        let filename = Value::from(path.to_str().expect("it is UTF-8"));
        for type_name in ["local_file", "local_sensitive_file"] {
            let object = read_data("local", type_name, &[("filename", filename.clone())]).await;
            let object = object.expect("the file is there");
            assert_eq!(text(&object, "content"), "a\u{fffd}b");
            assert_eq!(text(&object, "content_base64"), "Yf9i");
            assert_eq!(text(&object, "id"), content::id(b"a\xffb"));
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_an_error() {
        let config = [("filename", Value::from("/does/not/exist"))];
        let error = read_data("local", "local_file", &config).await.expect_err("it is not there");
        assert_eq!(error.kind, OpErrorKind::NotFound);
        assert!(error.message.contains("/does/not/exist"), "{error}");
    }
}
