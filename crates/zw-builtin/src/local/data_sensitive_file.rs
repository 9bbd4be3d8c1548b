//! The data source `local_sensitive_file`: the content of a file that is a secret, read as by [`super::data_file`].

use zw_provider::schema::Schema;

use super::data_file;

pub(crate) fn schema() -> Schema {
    let attributes = data_file::attributes().map(|attribute| match attribute.name {
        "content" | "content_base64" => attribute.sensitive(),
        _ => attribute,
    });
    Schema::new("The secret content of a file on the machine that runs zw.", attributes, [])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_content_is_sensitive() {
        let block = schema().block;
        let sensitive = block.attributes.iter().filter(|attribute| attribute.sensitive);
        let sensitive: Vec<&str> = sensitive.map(|attribute| attribute.name).collect();
        assert_eq!(sensitive, ["content", "content_base64"]);
    }
}
