//! The nested blocks of a launch template.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting};

use crate::toolkit::validate::one_of;
use crate::toolkit::{optional, optional_computed, required, set_of_strings};

fn text(name: &'static str, description: &'static str) -> Attribute {
    optional(name, Type::String, description)
}

fn flag(name: &'static str, description: &'static str) -> Attribute {
    optional(name, Type::Bool, description)
}

fn number(name: &'static str, description: &'static str) -> Attribute {
    optional(name, Type::Number, description)
}

fn texts(name: &'static str, description: &'static str) -> Attribute {
    optional(name, set_of_strings(), description)
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
    let accelerator_type = required("type", Type::String, "The type.");
    vec![
        block_device_mappings(),
        capacity_reservation_specification(),
        one(
            "cpu_options",
            "What the processor does.",
            [
                text(
                    "amd_sev_snp",
                    "Whether memory is encrypted by AMD SEV-SNP: `enabled` or `disabled`.",
                ),
                number("core_count", "The number of cores."),
                number("threads_per_core", "The number of threads of each core."),
            ],
        ),
        one(
            "credit_specification",
            "Credits of burstable instances.",
            [text("cpu_credits", "`standard` or `unlimited`.")
                .validate(one_of!("standard", "unlimited"))],
        ),
        NestedBlock::new(
            "elastic_gpu_specifications",
            Nesting::List,
            Block::new([accelerator_type.clone()], []),
        )
        .describe("Elastic GPUs."),
        one("elastic_inference_accelerator", "Elastic inference.", [accelerator_type]),
        one(
            "enclave_options",
            "Nitro enclaves.",
            [flag("enabled", "Whether instances have them.")],
        ),
        one(
            "hibernation_options",
            "Hibernation.",
            [required("configured", Type::Bool, "Whether instances can hibernate.")],
        ),
        one(
            "iam_instance_profile",
            "The instance profile.",
            [text("arn", "Its ARN."), text("name", "Its name.")],
        ),
        instance_market_options(),
        instance_requirements(),
        NestedBlock::new(
            "license_specification",
            Nesting::Set,
            Block::new(
                [required("license_configuration_arn", Type::String, "The license configuration.")],
                [],
            ),
        )
        .describe("Licenses."),
        one(
            "maintenance_options",
            "Maintenance.",
            [text("auto_recovery", "`default` or `disabled`.")
                .validate(one_of!("default", "disabled"))],
        ),
        metadata_options(),
        one("monitoring", "Detailed monitoring.", [flag("enabled", "Whether it is on.")]),
        network_interfaces(),
        one(
            "placement",
            "Where instances are.",
            [
                text("affinity", "Affinity on a dedicated host."),
                text("availability_zone", "The availability zone."),
                text("group_name", "The placement group."),
                text("host_id", "The dedicated host."),
                text("host_resource_group_arn", "The group of dedicated hosts."),
                number("partition_number", "The partition in the placement group."),
                text("spread_domain", "Reserved by AWS."),
                text("tenancy", "`default`, `dedicated` or `host`.").validate(one_of!(
                    "default",
                    "dedicated",
                    "host"
                )),
            ],
        ),
        one(
            "private_dns_name_options",
            "Private names of instances.",
            [
                flag(
                    "enable_resource_name_dns_a_record",
                    "Whether they resolve to IPv4 addresses.",
                ),
                flag(
                    "enable_resource_name_dns_aaaa_record",
                    "Whether they resolve to IPv6 addresses.",
                ),
                text("hostname_type", "What they are made of: `ip-name` or `resource-name`.")
                    .validate(one_of!("ip-name", "resource-name")),
            ],
        ),
        NestedBlock::new(
            "tag_specifications",
            Nesting::List,
            Block::new(
                [
                    text("resource_type", "The type of what gets the tags, as `instance`."),
                    optional("tags", Type::map(Type::String), "The tags."),
                ],
                [],
            ),
        )
        .describe("Tags of what an instance is made of."),
    ]
}

fn block_device_mappings() -> NestedBlock {
    let ebs = one(
        "ebs",
        "The volume.",
        [
            text("delete_on_termination", "Whether the volume goes with the instance."),
            text("encrypted", "Whether the volume is encrypted."),
            optional_computed("iops", Type::Number, "Operations per second."),
            text("kms_key_id", "The key that the volume is encrypted with."),
            text("snapshot_id", "The snapshot that the volume begins with."),
            optional_computed("throughput", Type::Number, "Throughput in MiB/s."),
            optional_computed(
                "volume_initialization_rate",
                Type::Number,
                "How fast the snapshot is loaded, in MiB/s.",
            ),
            optional_computed("volume_size", Type::Number, "The size in GiB."),
            optional_computed("volume_type", Type::String, "The volume type, as `gp3`."),
        ],
    );
    let attributes = [
        text("device_name", "The name of the device."),
        text("no_device", "Whether to do without the image's device of that name."),
        text("virtual_name", "The name of an instance store volume."),
    ];
    NestedBlock::new("block_device_mappings", Nesting::List, Block::new(attributes, [ebs]))
        .describe("Volumes besides those of the image, or instead of them.")
}

fn capacity_reservation_specification() -> NestedBlock {
    let target = one(
        "capacity_reservation_target",
        "A certain reservation.",
        [
            text("capacity_reservation_id", "The reservation."),
            text("capacity_reservation_resource_group_arn", "The group of reservations."),
        ],
    );
    let preference =
        text("capacity_reservation_preference", "`open`, `none` or `capacity-reservations-only`.")
            .validate(one_of!("open", "none", "capacity-reservations-only"));
    NestedBlock::one("capacity_reservation_specification", Block::new([preference], [target]))
        .describe("Capacity reservations.")
}

fn instance_market_options() -> NestedBlock {
    let spot = one(
        "spot_options",
        "Spot instances.",
        [
            number("block_duration_minutes", "The duration, a multiple of 60."),
            text("instance_interruption_behavior", "`hibernate`, `stop` or `terminate`.")
                .validate(one_of!("hibernate", "stop", "terminate")),
            text("max_price", "The highest price per hour."),
            text("spot_instance_type", "`one-time` or `persistent`.")
                .validate(one_of!("one-time", "persistent")),
            optional_computed("valid_until", Type::String, "When the request ends."),
        ],
    );
    let market = text("market_type", "`spot` or `capacity-block`.")
        .validate(one_of!("spot", "capacity-block"));
    NestedBlock::one("instance_market_options", Block::new([market], [spot]))
        .describe("How instances are bought.")
}

/// A block with a least and a most.
fn range(name: &'static str, description: &'static str) -> NestedBlock {
    one(name, description, [number("min", "The least."), number("max", "The most.")])
}

fn required_range(name: &'static str, description: &'static str) -> NestedBlock {
    let least = required("min", Type::Number, "The least.");
    one(name, description, [least, number("max", "The most.")]).required()
}

fn instance_requirements() -> NestedBlock {
    let included = "`included`, `excluded` or `required`.";
    let attributes = [
        texts("accelerator_manufacturers", "Manufacturers of accelerators."),
        texts("accelerator_names", "Names of accelerators."),
        texts("accelerator_types", "Types of accelerators."),
        texts("allowed_instance_types", "Instance types, with `*` for any text."),
        text("bare_metal", included).validate(one_of!("included", "excluded", "required")),
        text("burstable_performance", included)
            .validate(one_of!("included", "excluded", "required")),
        texts("cpu_manufacturers", "Manufacturers of processors."),
        texts(
            "excluded_instance_types",
            "Instance types that are left out, with `*` for any text.",
        ),
        texts("instance_generations", "`current` or `previous`."),
        text("local_storage", included).validate(one_of!("included", "excluded", "required")),
        texts("local_storage_types", "`hdd` or `ssd`."),
        number(
            "max_spot_price_as_percentage_of_optimal_on_demand_price",
            "The highest spot price, of the on-demand price of the best type.",
        ),
        number(
            "on_demand_max_price_percentage_over_lowest_price",
            "The highest on-demand price, over the lowest.",
        ),
        flag("require_hibernate_support", "Whether instances must be able to hibernate."),
        number(
            "spot_max_price_percentage_over_lowest_price",
            "The highest spot price, over the lowest.",
        ),
    ];
    let ranges = [
        range("accelerator_count", "The number of accelerators."),
        range("accelerator_total_memory_mib", "The accelerators' memory in MiB."),
        range("baseline_ebs_bandwidth_mbps", "The bandwidth to volumes in Mbit/s."),
        range("memory_gib_per_vcpu", "The memory of each virtual processor in GiB."),
        required_range("memory_mib", "The memory in MiB."),
        range("network_bandwidth_gbps", "The network bandwidth in Gbit/s."),
        range("network_interface_count", "The number of network interfaces."),
        range("total_local_storage_gb", "The local storage in GB."),
        required_range("vcpu_count", "The number of virtual processors."),
    ];
    NestedBlock::one("instance_requirements", Block::new(attributes, ranges))
        .describe("What an instance type must have, instead of a certain type.")
}

fn metadata_options() -> NestedBlock {
    let word = |name, description| optional_computed(name, Type::String, description);
    one(
        "metadata_options",
        "The instance metadata service.",
        [
            word("http_endpoint", "`enabled` or `disabled`.")
                .validate(one_of!("enabled", "disabled")),
            word("http_protocol_ipv6", "`enabled` or `disabled`.")
                .validate(one_of!("enabled", "disabled")),
            optional_computed(
                "http_put_response_hop_limit",
                Type::Number,
                "How many hops an answer may take.",
            ),
            word("http_tokens", "Whether a session token is `optional` or `required`.")
                .validate(one_of!("optional", "required")),
            word(
                "instance_metadata_tags",
                "Whether tags are in the metadata: `enabled` or `disabled`.",
            )
            .validate(one_of!("enabled", "disabled")),
        ],
    )
    .computed()
}

fn network_interfaces() -> NestedBlock {
    let udp = one(
        "ena_srd_udp_specification",
        "ENA Express for UDP.",
        [flag("ena_srd_udp_enabled", "Whether it is on.")],
    );
    let ena_srd = NestedBlock::one(
        "ena_srd_specification",
        Block::new([flag("ena_srd_enabled", "Whether it is on.")], [udp]),
    )
    .describe("ENA Express.");
    let tracking = one(
        "connection_tracking_specification",
        "Tracking of connections.",
        [
            number("tcp_established_timeout", "Seconds until an idle TCP connection is forgotten."),
            number("udp_stream_timeout", "Seconds until an idle UDP stream is forgotten."),
            number("udp_timeout", "Seconds until an idle UDP flow in one direction is forgotten."),
        ],
    );
    let attributes = [
        text("associate_carrier_ip_address", "Whether it gets a carrier address."),
        text("associate_public_ip_address", "Whether it gets a public address."),
        text("delete_on_termination", "Whether it goes with the instance."),
        text("description", "What it is for."),
        number("device_index", "Its position."),
        text("interface_type", "Its type, as `efa`."),
        number("ipv4_address_count", "How many secondary IPv4 addresses it has."),
        texts("ipv4_addresses", "Its IPv4 addresses."),
        number("ipv4_prefix_count", "How many IPv4 prefixes it has."),
        texts("ipv4_prefixes", "Its IPv4 prefixes."),
        number("ipv6_address_count", "How many IPv6 addresses it has."),
        texts("ipv6_addresses", "Its IPv6 addresses."),
        number("ipv6_prefix_count", "How many IPv6 prefixes it has."),
        texts("ipv6_prefixes", "Its IPv6 prefixes."),
        number("network_card_index", "The network card."),
        text("network_interface_id", "A network interface that exists."),
        text("primary_ipv6", "Whether its first IPv6 address is the primary one."),
        text("private_ip_address", "Its primary IPv4 address."),
        texts("security_groups", "Its security groups."),
        text("subnet_id", "Its subnet."),
    ];
    NestedBlock::new(
        "network_interfaces",
        Nesting::List,
        Block::new(attributes, [tracking, ena_srd]),
    )
    .describe("Network interfaces.")
}
