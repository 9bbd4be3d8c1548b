//! The nested blocks of an instance.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting};

use crate::toolkit::validate::one_of;
use crate::toolkit::{computed, optional, optional_computed, required, timeouts_block};

fn text(name: &'static str, description: &'static str) -> Attribute {
    optional_computed(name, Type::String, description)
}

fn flag(name: &'static str, description: &'static str) -> Attribute {
    optional_computed(name, Type::Bool, description)
}

fn number(name: &'static str, description: &'static str) -> Attribute {
    optional_computed(name, Type::Number, description)
}

fn one(
    name: &'static str,
    description: &'static str,
    attributes: impl IntoIterator<Item = Attribute>,
) -> NestedBlock {
    NestedBlock::one(name, Block::new(attributes, [])).describe(description)
}

/// All of them.
pub(super) fn blocks() -> Vec<NestedBlock> {
    vec![
        capacity_reservation_specification(),
        one(
            "cpu_options",
            "What the processor does.",
            [
                text("amd_sev_snp", "Whether memory is encrypted by AMD SEV-SNP.").force_new(),
                number("core_count", "The number of cores.").force_new(),
                number("threads_per_core", "The number of threads of each core.").force_new(),
            ],
        )
        .computed(),
        one(
            "credit_specification",
            "Credits of a burstable instance.",
            [optional("cpu_credits", Type::String, "`standard` or `unlimited`.")
                .validate(one_of!("standard", "unlimited"))],
        ),
        ebs_block_device(),
        one(
            "enclave_options",
            "Nitro enclaves.",
            [flag("enabled", "Whether the instance has them.").force_new()],
        )
        .computed(),
        ephemeral_block_device(),
        instance_market_options(),
        one(
            "launch_template",
            "The launch template.",
            [
                text("id", "Its id.").force_new(),
                text("name", "Its name.").force_new(),
                optional("version", Type::String, "The version, `$Latest` or `$Default`.")
                    .default("$Default"),
            ],
        ),
        one(
            "maintenance_options",
            "Maintenance.",
            [text("auto_recovery", "`default` or `disabled`.")
                .validate(one_of!("default", "disabled"))],
        )
        .computed(),
        metadata_options(),
        network_interface(),
        one(
            "private_dns_name_options",
            "The private name of the instance.",
            [
                flag(
                    "enable_resource_name_dns_a_record",
                    "Whether it resolves to an IPv4 address.",
                ),
                flag(
                    "enable_resource_name_dns_aaaa_record",
                    "Whether it resolves to an IPv6 address.",
                ),
                text("hostname_type", "What it is made of: `ip-name` or `resource-name`.")
                    .force_new(),
            ],
        )
        .computed(),
        root_block_device(),
        timeouts_block(&["create", "read", "update", "delete"]),
    ]
}

fn capacity_reservation_specification() -> NestedBlock {
    let target = one(
        "capacity_reservation_target",
        "A certain reservation.",
        [
            optional("capacity_reservation_id", Type::String, "The reservation."),
            optional(
                "capacity_reservation_resource_group_arn",
                Type::String,
                "The group of reservations.",
            ),
        ],
    );
    let preference = optional("capacity_reservation_preference", Type::String, "`open` or `none`.")
        .validate(one_of!("open", "none", "capacity-reservations-only"));
    NestedBlock::one("capacity_reservation_specification", Block::new([preference], [target]))
        .computed()
        .describe("Capacity reservations.")
}

/// What all volumes have.
fn volume_attributes() -> [Attribute; 7] {
    [
        optional("delete_on_termination", Type::Bool, "Whether the volume goes with the instance.")
            .default(true),
        optional("tags", Type::map(Type::String), "Tags of the volume."),
        optional_computed(
            "tags_all",
            Type::map(Type::String),
            "All tags of the volume, those of the provider's `default_tags` included.",
        ),
        computed("volume_id", Type::String, "The volume."),
        flag("encrypted", "Whether the volume is encrypted.").force_new(),
        text("kms_key_id", "The key that the volume is encrypted with.").force_new(),
        number("volume_size", "The size in GiB."),
    ]
}

fn root_block_device() -> NestedBlock {
    let attributes = volume_attributes().into_iter().chain([
        computed("device_name", Type::String, "The name of the device."),
        number("iops", "Operations per second."),
        number("throughput", "Throughput in MiB/s."),
        text("volume_type", "The volume type, as `gp3`."),
    ]);
    one("root_block_device", "The volume with the operating system.", attributes).computed()
}

fn ebs_block_device() -> NestedBlock {
    let attributes = volume_attributes().into_iter().map(|attribute| match attribute.name {
        "delete_on_termination" | "volume_size" => attribute.force_new(),
        _ => attribute,
    });
    let attributes = attributes.chain([
        required("device_name", Type::String, "The name of the device.").force_new(),
        number("iops", "Operations per second.").force_new(),
        text("snapshot_id", "The snapshot that the volume begins with.").force_new(),
        number("throughput", "Throughput in MiB/s.").force_new(),
        text("volume_type", "The volume type, as `gp3`.").force_new(),
    ]);
    NestedBlock::new("ebs_block_device", Nesting::Set, Block::new(attributes, []))
        .computed()
        .describe("Further volumes, made with the instance.")
}

fn ephemeral_block_device() -> NestedBlock {
    let attributes = [
        required("device_name", Type::String, "The name of the device."),
        optional("no_device", Type::Bool, "Whether to do without the image's device of that name."),
        optional("virtual_name", Type::String, "The name of an instance store volume."),
    ];
    NestedBlock::new("ephemeral_block_device", Nesting::Set, Block::new(attributes, []))
        .computed()
        .force_new()
        .describe("Instance store volumes.")
}

fn instance_market_options() -> NestedBlock {
    let spot = one(
        "spot_options",
        "Spot instances.",
        [
            text("instance_interruption_behavior", "`hibernate`, `stop` or `terminate`.")
                .force_new(),
            text("max_price", "The highest price per hour.").force_new(),
            text("spot_instance_type", "`one-time` or `persistent`.").force_new(),
            text("valid_until", "When the request ends.").force_new(),
        ],
    )
    .computed();
    let market = text("market_type", "`spot` or `capacity-block`.").force_new();
    NestedBlock::one("instance_market_options", Block::new([market], [spot]))
        .computed()
        .force_new()
        .describe("How the instance is bought.")
}

fn metadata_options() -> NestedBlock {
    let attributes = [
        optional("http_endpoint", Type::String, "`enabled` or `disabled`.")
            .default("enabled")
            .validate(one_of!("enabled", "disabled")),
        optional("http_protocol_ipv6", Type::String, "`enabled` or `disabled`.")
            .default("disabled")
            .validate(one_of!("enabled", "disabled")),
        number("http_put_response_hop_limit", "How many hops an answer may take."),
        text("http_tokens", "Whether a session token is `optional` or `required`.")
            .validate(one_of!("optional", "required")),
        text("instance_metadata_tags", "Whether tags are in the metadata.")
            .validate(one_of!("enabled", "disabled")),
    ];
    one("metadata_options", "The instance metadata service.", attributes).computed()
}

fn network_interface() -> NestedBlock {
    let attributes = [
        optional("delete_on_termination", Type::Bool, "Whether it goes with the instance.")
            .force_new()
            .default(false),
        required("device_index", Type::Number, "Its position.").force_new(),
        optional("network_card_index", Type::Number, "The network card.").force_new().default(0),
        required("network_interface_id", Type::String, "The network interface.").force_new(),
    ];
    NestedBlock::new("network_interface", Nesting::Set, Block::new(attributes, []))
        .computed()
        .force_new()
        .describe("Network interfaces that exist already.")
}
