//! `aws_ami` (data source): a machine image.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::filters::{filter_blocks, tags};
use crate::toolkit::validate::regular_expression;
use crate::toolkit::{computed, list_of_strings, optional};

pub(crate) fn schema() -> Schema {
    let fact = |name, description| computed(name, Type::String, description);
    let device = Type::object([
        ("device_name", Type::String),
        ("ebs", Type::map(Type::String)),
        ("no_device", Type::String),
        ("virtual_name", Type::String),
    ]);
    let code =
        Type::object(["product_code_id", "product_code_type"].map(|name| (name, Type::String)));
    Schema::new(
        "A machine image.",
        [
            optional(
                "executable_users",
                list_of_strings(),
                "Accounts that may launch it, or `self` or `all`.",
            ),
            optional("include_deprecated", Type::Bool, "Whether deprecated images count.")
                .default(false),
            optional("most_recent", Type::Bool, "Whether the newest of several counts.")
                .default(false),
            optional("name_regex", Type::String, "A regular expression for the name.")
                .validate(regular_expression),
            optional(
                "owners",
                list_of_strings(),
                "Accounts that own it, or `self`, `amazon` or `aws-marketplace`.",
            ),
            optional("uefi_data", Type::String, "Data of the UEFI variable store."),
            tags(),
            fact("id", "The image's id."),
            fact("arn", "The image's ARN."),
            fact("image_id", "The image's id."),
            fact("architecture", "The architecture."),
            computed("block_device_mappings", Type::set(device), "The volumes."),
            fact("boot_mode", "The boot mode."),
            fact("creation_date", "When it was made."),
            fact("deprecation_time", "From when on it is deprecated."),
            fact("description", "What it is."),
            computed("ena_support", Type::Bool, "Whether it has ENA drivers."),
            fact("hypervisor", "The hypervisor."),
            fact("image_location", "Where it is."),
            fact("image_owner_alias", "The alias of its owner."),
            fact("image_type", "The type of the image."),
            fact("imds_support", "Whether it asks for session tokens."),
            fact("kernel_id", "The kernel."),
            fact("last_launched_time", "When it was last launched."),
            fact("name", "The name."),
            fact("owner_id", "The account that owns it."),
            fact("platform", "`windows`, or empty."),
            fact("platform_details", "The platform in detail."),
            computed("product_codes", Type::set(code), "Codes of products in it."),
            computed("public", Type::Bool, "Whether everybody may launch it."),
            fact("ramdisk_id", "The RAM disk."),
            fact("root_device_name", "The device with the operating system."),
            fact("root_device_type", "The type of that device."),
            fact("root_snapshot_id", "The snapshot with the operating system."),
            fact("sriov_net_support", "Whether it has enhanced networking."),
            fact("state", "The state."),
            computed("state_reason", Type::map(Type::String), "Why it is in that state."),
            fact("tpm_support", "The TPM version."),
            fact("usage_operation", "How its usage is billed."),
            fact("virtualization_type", "The type of virtualization."),
        ],
        filter_blocks(),
    )
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use async_trait::async_trait;
    use aws_sdk_ec2::types::{BlockDeviceMapping, Image};
    use regex::Regex;
    use zw_lang::{Type, Value};
    use zw_provider::{DataSource, OpResult, View};

    use crate::ec2::filters::live::{filters, tags_value, the_only};
    use crate::toolkit::{Answer, AwsClients, Draft, Given, partition};

    pub(in crate::ec2) struct Ami;

    #[async_trait]
    impl DataSource<AwsClients> for Ami {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let view = View::new(config);
            let call = client.ec2().describe_images();
            let call = call.set_executable_users(view.texts("executable_users"));
            let call = call.set_owners(view.texts("owners")).set_filters(filters(view, &[]));
            let call = call.set_include_deprecated(view.bool("include_deprecated"));
            let images = call.into_paginator().items().send().try_collect().await;
            let mut images = images.of("ec2:DescribeImages")?;
            if let Some(Ok(expression)) = view.str("name_regex").map(Regex::new) {
                images.retain(|image| image.name().is_some_and(|name| expression.is_match(name)));
            }
            if view.bool("most_recent") == Some(true) {
                // Of the form 2024-05-06T07:08:09.000Z, so that texts sort as times do.
                images.sort_by(|some, other| other.creation_date.cmp(&some.creation_date));
                images.truncate(1);
            }
            Ok(object(client, config, &the_only("image", images)?))
        }
    }

    fn object(client: &AwsClients, config: &Value, image: &Image) -> Value {
        let id = image.image_id().unwrap_or_default();
        let region = client.region.as_str();
        let reason = image.state_reason();
        let reason = [
            ("code", reason.and_then(|reason| reason.code())),
            ("message", reason.and_then(|reason| reason.message())),
        ];
        let reason = reason.map(|(name, text)| (name, Value::from(text.unwrap_or("UNSET"))));
        let root = image
            .block_device_mappings()
            .iter()
            .find(|device| device.device_name() == image.root_device_name());
        let mut draft = Draft::answering(config);
        draft
            .set("id", id)
            .set("arn", format!("arn:{}:ec2:{region}::image/{id}", partition(region)))
            .set("image_id", id)
            .set("architecture", image.architecture().map(ToString::to_string))
            .set("boot_mode", image.boot_mode().map(ToString::to_string))
            .set("creation_date", image.creation_date())
            .set("deprecation_time", image.deprecation_time())
            .set("description", image.description())
            .set("ena_support", image.ena_support.unwrap_or(false))
            .set("hypervisor", image.hypervisor().map(ToString::to_string))
            .set("image_location", image.image_location())
            .set("image_owner_alias", image.image_owner_alias())
            .set("image_type", image.image_type().map(ToString::to_string))
            .set("imds_support", image.imds_support().map(ToString::to_string))
            .set("kernel_id", image.kernel_id())
            .set("last_launched_time", image.last_launched_time())
            .set("name", image.name())
            .set("owner_id", image.owner_id())
            .set("platform", image.platform().map(ToString::to_string))
            .set("platform_details", image.platform_details())
            .set("public", image.public.unwrap_or(false))
            .set("ramdisk_id", image.ramdisk_id())
            .set("root_device_name", image.root_device_name())
            .set("root_device_type", image.root_device_type().map(ToString::to_string))
            .set(
                "root_snapshot_id",
                root.and_then(|device| device.ebs()).and_then(|ebs| ebs.snapshot_id()),
            )
            .set("sriov_net_support", image.sriov_net_support())
            .set("state", image.state().map(ToString::to_string))
            .set("state_reason", Value::map(Type::String, reason))
            .set("tpm_support", image.tpm_support().map(ToString::to_string))
            .set("usage_operation", image.usage_operation())
            .set("virtualization_type", image.virtualization_type().map(ToString::to_string))
            .set("tags", tags_value(client, image.tags()))
            .each("block_device_mappings", image.block_device_mappings(), show_device)
            .each("product_codes", image.product_codes(), |draft, code| {
                draft
                    .set("product_code_id", code.product_code_id())
                    .set("product_code_type", code.product_code_type().map(ToString::to_string));
            });
        draft.finish()
    }

    fn show_device(draft: &mut Draft, device: &BlockDeviceMapping) {
        draft
            .set("device_name", device.device_name())
            .set("no_device", device.no_device())
            .set("virtual_name", device.virtual_name());
        let Some(ebs) = device.ebs() else { return };
        let number = |number: Option<i32>| number.unwrap_or(0).to_string();
        let flag = |flag: Option<bool>| flag.unwrap_or(false).to_string();
        let facts = [
            ("delete_on_termination", flag(ebs.delete_on_termination)),
            ("encrypted", flag(ebs.encrypted)),
            ("iops", number(ebs.iops)),
            ("snapshot_id", ebs.snapshot_id().unwrap_or_default().to_owned()),
            ("throughput", number(ebs.throughput)),
            ("volume_initialization_rate", number(ebs.volume_initialization_rate)),
            ("volume_size", number(ebs.volume_size)),
            ("volume_type", ebs.volume_type().map(ToString::to_string).unwrap_or_default()),
        ];
        let facts = facts.map(|(name, text)| (name, Value::from(text)));
        draft.set("ebs", Value::map(Type::String, facts));
    }
}
