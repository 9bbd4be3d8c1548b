//! `aws_key_pair`: a public key by which people get into instances.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::Schema;

use crate::toolkit::validate::{exclusive, length, not_empty};
use crate::toolkit::{computed, optional_computed, required, tag_attributes};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A public key by which people get into instances.",
        [
            computed("id", Type::String, "The name."),
            computed("arn", Type::String, "The key pair's ARN."),
            computed("fingerprint", Type::String, "The key's fingerprint."),
            computed("key_pair_id", Type::String, "The key pair's id."),
            computed("key_type", Type::String, "`rsa` or `ed25519`."),
            optional_computed("key_name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(length::<0, 255>),
            optional_computed(
                "key_name_prefix",
                Type::String,
                "What a generated name begins with.",
            )
            .force_new()
            .validate(length::<0, 229>),
            required("public_key", Type::String, "The public key, in the form of OpenSSH.")
                .force_new()
                .validate(not_empty),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .version(1)
    .import_id("key_name")
}

/// Refuses what cannot be together.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(config, &[("key_name", "key_name_prefix")])
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;

    use aws_sdk_ec2::types::{KeyPairInfo as Description, ResourceType as Kind};
    use aws_smithy_types::Blob;

    use crate::ec2::live::{FoundBy, filter, once, pairs, retag, tags_of_new};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{FILTER_VALUES_MAX, gathered, prefix_of, read_batched};

    pub(in crate::ec2) struct KeyPair;

    #[async_trait]
    impl ResourceType for KeyPair {
        const NAME: &'static str = "aws_key_pair";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let name = new.named("key_name", "key_name_prefix");
            let key = new.planned.str_or_empty("public_key").as_bytes().to_vec();
            let call = client.ec2().import_key_pair().key_name(&name);
            let call = call.public_key_material(Blob::new(key));
            let tags = tags_of_new(client, Kind::KeyPair, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            call.send().await.of("ec2:ImportKeyPair")?;
            Ok(name)
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let Some(found) = describe(client, vec![name.to_owned()]).await?.remove(name) else {
                return Ok(None);
            };
            Ok(Some(object(client, client.account_id().await?, known, &found)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let account = match client.account_id().await {
                Ok(account) => account,
                Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
            };
            let find = |names| describe(client, names);
            let build =
                |known: &Value, found: &Description| Some(object(client, account, known, found));
            read_batched(requests, "id", find, build).await
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("key_pair_id"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.ec2().delete_key_pair().key_name(object.str_or_empty("id"));
            call.send().await.if_found("ec2:DeleteKeyPair").map(drop)
        }

        /// Somebody else's key under the name would let somebody else in, so it has to bear the token.
        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let name = new.named("key_name", "key_name_prefix");
            let found = describe(client, vec![name.clone()]).await?.remove(&name);
            let is_ours =
                |found: &Description| crate::ec2::live::bears_token(found.tags(), new.token);
            Ok(found.filter(is_ours).map(|_| name))
        }
    }

    /// Keys by name.
    async fn describe(
        client: &AwsClients,
        names: Vec<String>,
    ) -> OpResult<HashMap<String, Description>> {
        let ask = async |names: Vec<String>| {
            let call = client.ec2().describe_key_pairs().filters(filter("key-name", names));
            let found = call.send().await.of("ec2:DescribeKeyPairs")?.key_pairs.unwrap_or_default();
            let by_name = found.into_iter();
            Ok(by_name.filter_map(|it| Some((it.key_name.clone()?, it))).collect())
        };
        gathered(&client.gathering, "ec2:DescribeKeyPairs", names, FILTER_VALUES_MAX, ask).await
    }

    /// The key itself is not told, so it stays as it was written.
    fn object(client: &AwsClients, account: &str, known: &Value, found: &Description) -> Value {
        let name = found.key_name().unwrap_or_default();
        let mut draft = Draft::from(known);
        draft
            .set("id", name)
            .set("arn", client.arn_of("ec2", account, &format!("key-pair/{name}")))
            .set("fingerprint", found.key_fingerprint())
            .set("key_pair_id", found.key_pair_id())
            .word("key_type", found.key_type())
            .set("key_name", name)
            .set("key_name_prefix", prefix_of(name));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
