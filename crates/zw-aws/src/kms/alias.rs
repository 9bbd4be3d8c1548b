//! `aws_kms_alias`: another name of a key.

use zw_lang::{Type, Value};
use zw_provider::schema::{Equality, Schema};
use zw_provider::{OpResult, PlanRequest, Planned};

use crate::toolkit::{changes, computed, forget, optional_computed, required};

/// The beginning of every alias.
const PREFIX: &str = "alias/";

pub(super) fn schema() -> Schema {
    Schema::new(
        "Another name of a key.",
        [
            computed("id", Type::String, "The alias's name."),
            computed("arn", Type::String, "The alias's ARN."),
            computed("target_key_arn", Type::String, "The ARN of the key."),
            optional_computed("name", Type::String, "The name, which begins with `alias/`.")
                .force_new()
                .validate(name),
            optional_computed(
                "name_prefix",
                Type::String,
                "What a generated name begins with, which begins with `alias/`.",
            )
            .force_new()
            .validate(name),
            required("target_key_id", Type::String, "The id or ARN of the key.")
                .equality(Equality::Custom(same_key)),
        ],
        [],
    )
    .import_id("name")
}

/// Another key has another ARN.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    if changes(&request, &["target_key_id"]) {
        let planned = forget(&request, request.planned, &["target_key_arn"]);
        return Ok(Planned::unchanged(planned));
    }
    Ok(Planned::unchanged(request.planned.clone()))
}

fn name(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(name) if name.starts_with("alias/aws/") => {
            Err("names that begin with \"alias/aws/\" are those of AWS.".into())
        }
        Some(name) if !name.starts_with(PREFIX) => {
            Err(format!("{name:?} does not begin with {PREFIX:?}."))
        }
        _ => Ok(()),
    }
}

/// A key's id and its ARN name the same key.
fn same_key(some: &Value, other: &Value) -> bool {
    let id = |value: &Value| value.as_str().map(|text| text.rsplit('/').next().map(str::to_owned));
    id(some) == id(other)
}

#[cfg(feature = "kms")]
pub(super) mod live {
    use aws_sdk_kms::types::AliasListEntry;

    use super::PREFIX;
    use crate::kms::live::{aliases, find_alias};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{list_for, listed, prefix_of, read_listed};

    /// From how many on a list that all share is less than a list for each.
    const BATCH_MIN: usize = 2;

    pub(in crate::kms) struct Alias;

    #[async_trait]
    impl ResourceType for Alias {
        const NAME: &'static str = "aws_kms_alias";
        const TELLING: &'static [&'static str] = &["target_key_id"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let name = name(new);
            let call = client.kms().create_alias().alias_name(&name);
            let call = call.set_target_key_id(new.planned.text("target_key_id"));
            call.send().await.of("kms:CreateAlias")?;
            Ok(name)
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let found = find_alias(client, name).await?;
            Ok(found.and_then(|found| object(known, name, &found)))
        }

        /// One list has them all.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let list = listed(&client.gathering, "kms:ListAliases", aliases(client));
            let list = list_for(&requests, BATCH_MIN, list).await;
            read_listed(&requests, &list, |known, all| async move {
                let name = View::new(known).str_or_empty("id");
                match all.get(name) {
                    Some(found) => Ok(object(known, name, found)),
                    None => self.read(client, known).await,
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let call = client.kms().update_alias().alias_name(change.id());
            let call = call.set_target_key_id(change.planned.text("target_key_id"));
            call.send().await.of("kms:UpdateAlias").map(drop)
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.kms().delete_alias().alias_name(object.str_or_empty("id"));
            call.send().await.of("kms:DeleteAlias").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(name(new)))
        }
    }

    fn object(known: &Value, name: &str, found: &AliasListEntry) -> Option<Value> {
        // KMS lists aliases of its own that have no key yet.
        let key = found.target_key_id()?;
        let arn = found.alias_arn().unwrap_or_default();
        let key_arn = arn.replace(name, &format!("key/{key}"));
        let mut draft = Draft::from(known);
        draft
            .set("id", name)
            .set("name", name)
            .set("name_prefix", prefix_of(name))
            .set("arn", arn)
            .set("target_key_id", key)
            .set("target_key_arn", key_arn);
        Some(draft.finish())
    }

    fn name(new: &New<'_>) -> String {
        let name = new.name();
        if name.starts_with(PREFIX) { name } else { format!("{PREFIX}{name}") }
    }
}
