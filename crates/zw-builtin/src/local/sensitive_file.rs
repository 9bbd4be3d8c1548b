//! `local_sensitive_file`: a file whose content is a secret, with operations of [`super::file`].

use zw_provider::schema::Schema;

use super::file;

pub(crate) fn schema() -> Schema {
    let attributes = file::attributes("0700").map(|attribute| match attribute.name {
        "content" | "content_base64" => attribute.sensitive(),
        _ => attribute,
    });
    Schema::new("A file on the machine that runs zw, with secret content.", attributes, [])
}

#[cfg(test)]
mod tests {
    use zw_lang::Value;

    use super::*;
    use crate::testing::{Bench, text};

    #[tokio::test]
    async fn its_content_is_sensitive_and_only_its_owner_can_read_it() {
        let schema = schema();
        let sensitive = schema.block.attributes.iter().filter(|attribute| attribute.sensitive);
        let sensitive: Vec<&str> = sensitive.map(|attribute| attribute.name).collect();
        assert_eq!(sensitive, ["content", "content_base64"]);
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("secret");
        let filename = path.to_str().expect("it is UTF-8");
        let bench = Bench::new("local_sensitive_file").await;
        let config = [("filename", Value::from(filename)), ("content", Value::from("s"))];
        let object = bench.create(&config).await;
        assert_eq!(text(&object, "file_permission"), "0700");
        assert_eq!(bench.validate(&config), []);
        assert_eq!(bench.validate(&config[..1]).len(), 1);
        bench.delete(&object).await;
        assert_eq!(bench.read(&object).await, None);
    }
}
