//! `aws_ebs_snapshot`: what was on a volume.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::validate::{arn, one_of};
use crate::toolkit::{
    computed, optional, optional_computed, required, tag_attributes, timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What was on a volume.",
        [
            computed("id", Type::String, "The snapshot's id."),
            computed("arn", Type::String, "The snapshot's ARN."),
            computed("data_encryption_key_id", Type::String, "The id of the data key."),
            computed("encrypted", Type::Bool, "Whether it is encrypted."),
            computed("kms_key_id", Type::String, "The ARN of the KMS key."),
            computed("owner_alias", Type::String, "Who it belongs to, in a word."),
            computed("owner_id", Type::String, "The account that it belongs to."),
            computed("volume_size", Type::Number, "The volume's size in GiB."),
            optional("description", Type::String, "What it is for.").force_new(),
            optional("outpost_arn", Type::String, "The Outpost that it is kept on.")
                .force_new()
                .validate(arn),
            optional("permanent_restore", Type::Bool, "Whether it comes back from the archive."),
            optional_computed("storage_tier", Type::String, "`standard` or `archive`.")
                .validate(one_of!("standard", "archive")),
            optional(
                "temporary_restore_days",
                Type::Number,
                "For how many days it comes back from the archive.",
            ),
            required("volume_id", Type::String, "The volume.").force_new(),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "delete"])],
    )
    .holds("the snapshot with the data in it")
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        Filter, ResourceType as Kind, Snapshot as Description, SnapshotState,
        TargetStorageTier,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bearer, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::{read_batched, timeouts};

    const CREATE_TIMEOUT: Duration = Duration::from_mins(10);

    pub(in crate::ec2) struct EbsSnapshot;

    #[async_trait]
    impl ResourceType for EbsSnapshot {
        const NAME: &'static str = "aws_ebs_snapshot";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.ec2().create_snapshot(), new.planned,
                set_volume_id = text "volume_id",
                set_description = text "description",
                set_outpost_arn = text "outpost_arn",
            );
            let tags = tags_of_new(client, Kind::Snapshot, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            let answer = call.send().await.of("ec2:CreateSnapshot");
            id_of(answer.map(|answer| answer.snapshot_id), self.find(client, new)).await
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            Wait::new(format!("{id} to be completed"), timeout)
                .until(|| async {
                    let found = get(client, id).await?;
                    match found.as_ref().and_then(Description::state) {
                        Some(SnapshotState::Completed) => Ok(Progress::Ready(())),
                        Some(SnapshotState::Error) => {
                            let why = found.as_ref().and_then(Description::state_message);
                            let message = format!("{id} has failed. {}", why.unwrap_or_default());
                            Err(OpError::new(OpErrorKind::Other, message.trim_end()))
                        }
                        state => Ok(Progress::Pending(format!("{state:?}"))),
                    }
                })
                .await?;
            if new.planned.str("storage_tier") == Some("archive") {
                archive(client, id).await?;
            }
            Ok(())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let found = get(client, View::new(known).str_or_empty("id")).await?;
            let account = client.account_id().await?;
            Ok(found.map(|found| object(client, account, known, &found)))
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
            let find = |ids| describe(client, filter("snapshot-id", ids));
            let build = |known: &Value, found: &Description| {
                Some(object(client, account, known, found))
            };
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (id, planned) = (change.id(), change.planned);
            if change.of(&["storage_tier"]) && planned.str("storage_tier") == Some("archive") {
                archive(client, id).await?;
            }
            if change.of(&["permanent_restore", "temporary_restore_days", "storage_tier"])
                && planned.str("storage_tier") != Some("archive")
            {
                let call = client.ec2().restore_snapshot_tier().snapshot_id(id);
                let call = call.set_permanent_restore(planned.bool("permanent_restore"));
                let call = call.set_temporary_restore_days(planned.count("temporary_restore_days"));
                call.send().await.of("ec2:RestoreSnapshotTier")?;
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("id"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.ec2().delete_snapshot().snapshot_id(object.str_or_empty("id"));
            call.send().await.if_found("ec2:DeleteSnapshot").map(drop)
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let found = describe(client, token_filter(new.token)).await?;
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    async fn archive(client: &AwsClients, id: &str) -> OpResult<()> {
        let call = client.ec2().modify_snapshot_tier().snapshot_id(id);
        let answer = call.storage_tier(TargetStorageTier::Archive).send().await;
        answer.of("ec2:ModifySnapshotTier").map(drop)
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        describe_by_id!(client, describe_snapshots, "ec2:DescribeSnapshots", snapshot_id, filter)
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        Ok(describe(client, filter("snapshot-id", [id])).await?.remove(id))
    }

    fn object(client: &AwsClients, account: &str, known: &Value, found: &Description) -> Value {
        let id = found.snapshot_id().unwrap_or_default();
        let owner = found.owner_id().unwrap_or(account);
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", "", &format!("snapshot/{id}")))
            .set("data_encryption_key_id", found.data_encryption_key_id())
            .set("description", found.description())
            .set("encrypted", found.encrypted())
            .set("kms_key_id", found.kms_key_id())
            .set("outpost_arn", found.outpost_arn())
            .set("owner_alias", found.owner_alias())
            .set("owner_id", owner)
            .set("volume_id", found.volume_id())
            .set("volume_size", found.volume_size())
            .set("storage_tier", found.storage_tier().map_or("standard", |tier| tier.as_str()));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
