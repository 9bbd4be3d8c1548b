//! `aws_kms_key`, the data source: a key that is there.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, list_of_strings, optional, required};

pub(super) fn schema() -> Schema {
    let place = || Type::object([("arn", Type::String), ("region", Type::String)]);
    let regions = Type::object([
        ("multi_region_key_type", Type::String),
        ("primary_key", Type::list(place())),
        ("replica_keys", Type::list(place())),
    ]);
    Schema::new(
        "A key that is there.",
        [
            computed("id", Type::String, "The key's id."),
            required("key_id", Type::String, "The id, ARN or alias of the key."),
            optional(
                "grant_tokens",
                list_of_strings(),
                "Grants that are too new to be known everywhere.",
            ),
            computed("arn", Type::String, "The key's ARN."),
            computed("aws_account_id", Type::String, "The account that owns the key."),
            computed(
                "cloud_hsm_cluster_id",
                Type::String,
                "The CloudHSM cluster that holds the key.",
            ),
            computed("creation_date", Type::String, "When the key was made."),
            computed(
                "custom_key_store_id",
                Type::String,
                "The custom key store that holds the key.",
            ),
            computed("customer_master_key_spec", Type::String, "What kind of key it is."),
            computed("deletion_date", Type::String, "When the key ends."),
            computed("description", Type::String, "What the key is for."),
            computed("enabled", Type::Bool, "Whether the key can be used."),
            computed("expiration_model", Type::String, "Whether the key's material expires."),
            computed("key_manager", Type::String, "Who manages the key: `AWS` or `CUSTOMER`."),
            computed("key_spec", Type::String, "What kind of key it is."),
            computed("key_state", Type::String, "The state of the key."),
            computed("key_usage", Type::String, "What the key is used for."),
            computed(
                "multi_region",
                Type::Bool,
                "Whether the key can have replicas in other regions.",
            ),
            computed(
                "multi_region_configuration",
                Type::list(regions),
                "The key and its replicas in all regions.",
            ),
            computed("origin", Type::String, "Where the key's material comes from."),
            computed(
                "pending_deletion_window_in_days",
                Type::Number,
                "How many days pass between the deletion of the last replica and the end of the key.",
            ),
            computed("valid_to", Type::String, "When the key's material expires."),
            computed(
                "xks_key_configuration",
                Type::list(Type::object([("id", Type::String)])),
                "The key in an external key store.",
            ),
        ],
        [],
    )
}

#[cfg(feature = "kms")]
pub(super) mod live {
    use aws_sdk_kms::types::{KeyMetadata, MultiRegionKey};
    use zw_provider::DataSource;

    use crate::kms::live::describe;
    use crate::toolkit::prelude::*;

    pub(in crate::kms) struct KeyData;

    #[async_trait]
    impl DataSource<AwsClients> for KeyData {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let asked = View::new(config);
            let id = asked.str_or_empty("key_id");
            let key = describe(client, id, asked.strings("grant_tokens")).await?;
            let key = key.ok_or_else(|| {
                OpError::new(OpErrorKind::NotFound, format!("There is no KMS key {id:?}."))
            })?;
            Ok(object(config, &key))
        }
    }

    fn object(config: &Value, key: &KeyMetadata) -> Value {
        let mut draft = Draft::answering(config);
        draft
            .set("id", key.key_id())
            .set("arn", key.arn())
            .set("aws_account_id", key.aws_account_id())
            .set("cloud_hsm_cluster_id", key.cloud_hsm_cluster_id())
            .set("creation_date", key.creation_date().and_then(rfc3339))
            .set("custom_key_store_id", key.custom_key_store_id())
            .word("customer_master_key_spec", key.key_spec())
            .set("deletion_date", key.deletion_date().and_then(rfc3339))
            .set("description", key.description())
            .set("enabled", key.enabled())
            .word("expiration_model", key.expiration_model())
            .word("key_manager", key.key_manager())
            .word("key_spec", key.key_spec())
            .word("key_state", key.key_state())
            .word("key_usage", key.key_usage())
            .set("multi_region", key.multi_region())
            .word("origin", key.origin())
            .set("pending_deletion_window_in_days", key.pending_deletion_window_in_days())
            .set("valid_to", key.valid_to().and_then(rfc3339))
            .each("multi_region_configuration", key.multi_region_configuration(), |block, found| {
                block
                    .word("multi_region_key_type", found.multi_region_key_type())
                    .each("primary_key", found.primary_key(), place)
                    .each("replica_keys", found.replica_keys(), place);
            })
            .each("xks_key_configuration", key.xks_key_configuration(), |block, found| {
                block.set("id", found.id());
            });
        draft.finish()
    }

    fn place(block: &mut Draft, key: &MultiRegionKey) {
        block.set("arn", key.arn()).set("region", key.region());
    }
}
