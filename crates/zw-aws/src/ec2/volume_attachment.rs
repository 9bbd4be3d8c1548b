//! `aws_volume_attachment`: a volume at an instance.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, optional, required, timeouts_block};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A volume at an instance.",
        [
            computed("id", Type::String, "The device, the volume and the instance, with colons."),
            required("device_name", Type::String, "The device's name.").force_new(),
            required("instance_id", Type::String, "The instance.").force_new(),
            required("volume_id", Type::String, "The volume.").force_new(),
            optional(
                "force_detach",
                Type::Bool,
                "Whether to detach the volume even if the instance does not let go of it.",
            ),
            optional(
                "skip_destroy",
                Type::Bool,
                "Whether the volume stays attached when the attachment is destroyed here.",
            ),
            optional(
                "stop_instance_before_detaching",
                Type::Bool,
                "Whether the instance is stopped before.",
            ),
        ],
        [timeouts_block(&["create", "delete"])],
    )
    .import_id("device_name:volume_id:instance_id")
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        InstanceStateName, Volume, VolumeAttachment as Description, VolumeAttachmentState,
    };
    use zw_lang::Path;

    use crate::ec2::describe_by_id;
    use crate::ec2::live::filter;
    use crate::toolkit::prelude::*;
    use crate::toolkit::{read_batched, timeouts};

    const TIMEOUT: Duration = Duration::from_mins(5);
    const STOP_TIMEOUT: Duration = Duration::from_mins(10);

    pub(in crate::ec2) struct VolumeAttachment;

    #[async_trait]
    impl ResourceType for VolumeAttachment {
        const NAME: &'static str = "aws_volume_attachment";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.ec2().attach_volume(), new.planned,
                set_device = string "device_name",
                set_instance_id = string "instance_id",
                set_volume_id = string "volume_id",
            );
            call.send().await.of("ec2:AttachVolume")?;
            Ok(id_of(new.planned))
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", TIMEOUT);
            Wait::new(format!("{id} to be attached"), timeout)
                .until(|| async {
                    Ok(match state(client, new.planned).await? {
                        Some(VolumeAttachmentState::Attached) => Progress::Ready(()),
                        state => Progress::Pending(format!("{state:?}")),
                    })
                })
                .await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let volume = View::new(known).str_or_empty("volume_id");
            let found = describe(client, vec![volume.to_owned()]).await?;
            Ok(found.get(volume).and_then(|volume| object(known, volume)))
        }

        /// What a volume is attached to is said of the volume.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            read_batched(requests, "volume_id", |ids| describe(client, ids), object).await
        }

        /// How it is detached is for later, and nothing is told to EC2.
        async fn update(&self, _: &AwsClients, _: &Change<'_>) -> OpResult<()> {
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            if object.bool("skip_destroy") == Some(true) || state(client, object).await?.is_none() {
                return Ok(());
            }
            if object.bool("stop_instance_before_detaching") == Some(true) {
                stop(client, object.str_or_empty("instance_id")).await?;
            }
            let call = fill!(
                client.ec2().detach_volume(), object,
                set_device = string "device_name",
                set_instance_id = string "instance_id",
                set_volume_id = string "volume_id",
                set_force = bool "force_detach",
            );
            call.send().await.if_found("ec2:DetachVolume")?;
            let timeout = timeouts(object.value(), "delete", TIMEOUT);
            Wait::new(format!("{} to be detached", object.str_or_empty("id")), timeout)
                .until_gone(|| async {
                    Ok(state(client, object).await?.map(|state| state.to_string()))
                })
                .await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id_of(new.planned)))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let parts: Vec<&str> = id.split(':').collect();
            let [device, volume, instance] = parts[..] else {
                let message = format!("{id:?} is not of the form DEVICE:VOLUME:INSTANCE.");
                return Err(OpError::invalid(Path::attr_of_root("id"), message));
            };
            object
                .set("id", id)
                .set("device_name", device)
                .set("volume_id", volume)
                .set("instance_id", instance);
            Ok(())
        }
    }

    fn id_of(object: View<'_>) -> String {
        let part = |name| object.str_or_empty(name);
        format!("{}:{}:{}", part("device_name"), part("volume_id"), part("instance_id"))
    }

    async fn describe(client: &AwsClients, ids: Vec<String>) -> OpResult<HashMap<String, Volume>> {
        let by_id = filter("volume-id", ids);
        describe_by_id!(client, describe_volumes, "ec2:DescribeVolumes", volume_id, by_id)
    }

    fn attachment<'a>(of: View<'_>, volume: &'a Volume) -> Option<&'a Description> {
        let instance = of.str("instance_id");
        let mut all = volume.attachments().iter();
        all.find(|found| found.instance_id() == instance && !is_detached(found))
    }

    fn is_detached(found: &Description) -> bool {
        found.state() == Some(&VolumeAttachmentState::Detached)
    }

    async fn state(client: &AwsClients, of: View<'_>) -> OpResult<Option<VolumeAttachmentState>> {
        let volume = of.str_or_empty("volume_id");
        let found = describe(client, vec![volume.to_owned()]).await?;
        let found = found.get(volume).and_then(|volume| attachment(of, volume));
        Ok(found.and_then(|found| found.state.clone()))
    }

    fn object(known: &Value, volume: &Volume) -> Option<Value> {
        let found = attachment(View::new(known), volume)?;
        let mut draft = Draft::from(known);
        draft
            .set("device_name", found.device())
            .set("instance_id", found.instance_id())
            .set("volume_id", found.volume_id());
        Some(draft.finish())
    }

    async fn stop(client: &AwsClients, instance: &str) -> OpResult<()> {
        let call = client.ec2().stop_instances().instance_ids(instance);
        if call.send().await.if_found("ec2:StopInstances")?.is_none() {
            return Ok(());
        }
        Wait::new(format!("{instance} to be stopped"), STOP_TIMEOUT)
            .until(|| async {
                let call = client.ec2().describe_instances().instance_ids(instance);
                let found = call.send().await.if_found("ec2:DescribeInstances")?;
                let found = found.and_then(|found| found.reservations?.into_iter().next());
                let found = found.and_then(|found| found.instances?.into_iter().next());
                Ok(match found.and_then(|found| found.state?.name) {
                    None | Some(InstanceStateName::Stopped | InstanceStateName::Terminated) => {
                        Progress::Ready(())
                    }
                    Some(state) => Progress::Pending(state.to_string()),
                })
            })
            .await
    }
}
