//! `aws_kms_alias`, the data source: which key an alias stands for.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Which key an alias stands for.",
        [
            computed("id", Type::String, "The alias's ARN."),
            computed("arn", Type::String, "The alias's ARN."),
            required("name", Type::String, "The name, which begins with `alias/`."),
            computed("target_key_arn", Type::String, "The ARN of the key."),
            computed("target_key_id", Type::String, "The id of the key."),
        ],
        [],
    )
}

#[cfg(feature = "kms")]
pub(super) mod live {
    use aws_sdk_kms::types::KeyMetadata;
    use zw_provider::DataSource;

    use crate::kms::live::{describe, find_alias};
    use crate::toolkit::prelude::*;

    pub(in crate::kms) struct AliasData;

    #[async_trait]
    impl DataSource<AwsClients> for AliasData {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let name = View::new(config).str_or_empty("name");
            let found = find_alias(client, name).await?.ok_or_else(|| {
                OpError::new(OpErrorKind::NotFound, format!("There is no KMS alias {name:?}."))
            })?;
            // AWS's own aliases have no key before they are used for the first time; asking for it makes it.
            let key = describe(client, name, Vec::new()).await?;
            let mut draft = Draft::answering(config);
            draft
                .set("id", found.alias_arn())
                .set("arn", found.alias_arn())
                .set("target_key_arn", key.as_ref().and_then(|key| key.arn()))
                .set("target_key_id", key.as_ref().map(KeyMetadata::key_id));
            Ok(draft.finish())
        }
    }
}
