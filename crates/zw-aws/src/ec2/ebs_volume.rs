//! `aws_ebs_volume`: a disk that can be attached to instances.

use zw_lang::Type;
use zw_provider::schema::Schema;
use zw_provider::{OpResult, PlanRequest, Planned};

use crate::toolkit::validate::{arn, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, required, tag_attributes,
    timeouts_block,
};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A disk that can be attached to instances.",
        [
            computed("id", Type::String, "The volume's id."),
            computed("arn", Type::String, "The volume's ARN."),
            computed("create_time", Type::String, "When the volume was made."),
            required("availability_zone", Type::String, "The availability zone.").force_new(),
            optional_computed("encrypted", Type::Bool, "Whether the volume is encrypted.")
                .force_new(),
            optional(
                "final_snapshot",
                Type::Bool,
                "Whether a snapshot is made before the volume is deleted.",
            )
            .default(false),
            optional_computed(
                "iops",
                Type::Number,
                "Operations a second, if they are provisioned.",
            ),
            optional_computed("kms_key_id", Type::String, "The ARN of the KMS key.")
                .force_new()
                .validate(arn),
            optional(
                "multi_attach_enabled",
                Type::Bool,
                "Whether several instances can have the volume at once.",
            ),
            optional("outpost_arn", Type::String, "The Outpost that has the volume.")
                .force_new()
                .validate(arn),
            optional_computed("size", Type::Number, "The size in GiB."),
            optional_computed("snapshot_id", Type::String, "What the volume is a copy of.")
                .force_new(),
            optional_computed("throughput", Type::Number, "MiB a second, of `gp3`."),
            optional_computed("type", Type::String, "What kind of disk it is.")
                .validate(one_of!("standard", "gp2", "gp3", "io1", "io2", "sc1", "st1",)),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "update", "delete"])],
    )
    .holds("the volume with what is on it")
    .import_id("id")
}

/// How fast a disk is follows from its kind and size, where nothing is written.
pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let planned = Tags::planned(&request);
    if changes(&request, &["type", "size"]) {
        let planned = forget(&request, &planned, &["iops", "throughput"]);
        return Ok(Planned::unchanged(planned));
    }
    Ok(Planned::unchanged(planned))
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        Filter, ResourceType as Kind, SnapshotState, Volume as Description,
        VolumeModificationState, VolumeState,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bearer, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::{read_batched, timeouts};

    const CREATE_TIMEOUT: Duration = Duration::from_mins(5);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(5);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(10);

    pub(in crate::ec2) struct EbsVolume;

    #[async_trait]
    impl ResourceType for EbsVolume {
        const NAME: &'static str = "aws_ebs_volume";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.ec2().create_volume().client_token(new.token), new.planned,
                set_availability_zone = string "availability_zone",
                set_encrypted = bool "encrypted",
                set_iops = count "iops",
                set_kms_key_id = text "kms_key_id",
                set_multi_attach_enabled = bool "multi_attach_enabled",
                set_outpost_arn = text "outpost_arn",
                set_size = count "size",
                set_snapshot_id = text "snapshot_id",
                set_throughput = count "throughput",
                set_volume_type = word "type",
            );
            let tags = tags_of_new(client, Kind::Volume, new, FoundBy::Tag);
            let call = call.set_tag_specifications(tags).customize().config_override(once());
            let answer = call.send().await.of("ec2:CreateVolume");
            id_of(answer.map(|answer| answer.volume_id), self.find(client, new)).await
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            Wait::new(format!("{id} to become available"), timeout)
                .until(|| async {
                    let found = get(client, id).await?;
                    match found.as_ref().and_then(Description::state) {
                        Some(VolumeState::Available | VolumeState::InUse) => {
                            Ok(Progress::Ready(()))
                        }
                        Some(VolumeState::Error) => {
                            Err(OpError::new(OpErrorKind::Other, format!("{id} has failed.")))
                        }
                        Some(state) => Ok(Progress::Pending(state.as_str().to_owned())),
                        None => Ok(Progress::Pending("not found".into())),
                    }
                })
                .await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let account = client.account_id().await?;
            let found = get(client, id).await?;
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
            let find = |ids| describe(client, filter("volume-id", ids));
            let build = |known: &Value, found: &Description| {
                (!is_gone(found)).then(|| object(client, account, known, found))
            };
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let names = ["iops", "multi_attach_enabled", "size", "throughput", "type"];
            if !change.of(&names) {
                return Ok(());
            }
            let (id, planned) = (change.id(), change.planned);
            let changed = |name: &str| planned.count(name).filter(|_| change.of(&[name]));
            let call = client.ec2().modify_volume().volume_id(id);
            let call = call.set_iops(changed("iops")).set_size(changed("size"));
            let call = call.set_throughput(changed("throughput"));
            let kind = planned.word("type").filter(|_| change.of(&["type"]));
            let shared = planned.bool("multi_attach_enabled");
            let shared = shared.filter(|_| change.of(&["multi_attach_enabled"]));
            let call = call.set_volume_type(kind).set_multi_attach_enabled(shared);
            call.send().await.of("ec2:ModifyVolume")?;
            let timeout = timeouts(planned.value(), "update", UPDATE_TIMEOUT);
            until_modified(client, id, timeout).await
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
            let id = object.str_or_empty("id");
            if get(client, id).await?.is_none() {
                return Ok(());
            }
            let timeout = timeouts(object.value(), "delete", DELETE_TIMEOUT);
            if object.bool("final_snapshot") == Some(true) {
                snapshot(client, id, timeout).await?;
            }
            // It may be on its way off an instance.
            Wait::new(format!("{id} to be free for its deletion"), timeout)
                .until_done(
                    |error| error.code.as_deref() == Some("VolumeInUse"),
                    || async {
                        let call = client.ec2().delete_volume().volume_id(id);
                        call.send().await.if_found("ec2:DeleteVolume")
                    },
                )
                .await?;
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_gone(|| async {
                    let found = get(client, id).await?;
                    Ok(found.and_then(|found| found.state).map(|state| state.to_string()))
                })
                .await
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let mut found = describe(client, token_filter(new.token)).await?;
            found.retain(|_, found| !is_gone(found));
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        describe_by_id!(client, describe_volumes, "ec2:DescribeVolumes", volume_id, filter)
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        let found = describe(client, filter("volume-id", [id])).await?.remove(id);
        Ok(found.filter(|found| !is_gone(found)))
    }

    fn is_gone(found: &Description) -> bool {
        matches!(found.state(), Some(VolumeState::Deleted | VolumeState::Deleting))
    }

    /// A volume can be used while it is made as it is to be.
    async fn until_modified(client: &AwsClients, id: &str, timeout: Duration) -> OpResult<()> {
        Wait::new(format!("{id} to be changed"), timeout)
            .until(|| async {
                let call = client.ec2().describe_volumes_modifications().volume_ids(id);
                let found = call.send().await.if_found("ec2:DescribeVolumesModifications")?;
                let last = found.and_then(|found| found.volumes_modifications?.into_iter().last());
                let Some(last) = last else { return Ok(Progress::Ready(())) };
                match last.modification_state() {
                    Some(
                        VolumeModificationState::Completed | VolumeModificationState::Optimizing,
                    ) => Ok(Progress::Ready(())),
                    Some(VolumeModificationState::Failed) => {
                        let why = last.status_message().unwrap_or_default();
                        let message = format!("The change of {id} has failed. {why}");
                        Err(OpError::new(OpErrorKind::Other, message.trim_end()))
                    }
                    state => Ok(Progress::Pending(format!("{state:?}"))),
                }
            })
            .await
    }

    async fn snapshot(client: &AwsClients, id: &str, timeout: Duration) -> OpResult<()> {
        let call = client.ec2().create_snapshot().volume_id(id);
        let answer = call.customize().config_override(once()).send().await;
        let snapshot = answer.of("ec2:CreateSnapshot")?.snapshot_id.promised("snapshot")?;
        Wait::new(format!("{snapshot} to be completed"), timeout)
            .until(|| async {
                let call = client.ec2().describe_snapshots().snapshot_ids(&snapshot);
                let found = call.send().await.if_found("ec2:DescribeSnapshots")?;
                let found = found.and_then(|found| found.snapshots?.into_iter().next());
                Ok(match found.and_then(|found| found.state) {
                    Some(SnapshotState::Completed) => Progress::Ready(()),
                    state => Progress::Pending(format!("{state:?}")),
                })
            })
            .await
    }

    fn object(client: &AwsClients, account: &str, known: &Value, found: &Description) -> Value {
        let id = found.volume_id().unwrap_or_default();
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", account, &format!("volume/{id}")))
            .set("create_time", found.create_time().and_then(rfc3339))
            .set("availability_zone", found.availability_zone())
            .set("encrypted", found.encrypted())
            .set("iops", found.iops())
            .set("kms_key_id", found.kms_key_id())
            .set("multi_attach_enabled", found.multi_attach_enabled())
            .set("outpost_arn", found.outpost_arn())
            .set("size", found.size())
            .set("snapshot_id", found.snapshot_id())
            .set("throughput", found.throughput())
            .word("type", found.volume_type());
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
