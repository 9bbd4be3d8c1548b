//! A launch template as an answer has it.

use aws_sdk_ec2::types::{
    InstanceRequirements, LaunchTemplateBlockDeviceMapping,
    LaunchTemplateInstanceMarketOptions as MarketOptions,
    LaunchTemplateInstanceNetworkInterfaceSpecification as NetworkInterface,
    LaunchTemplateSpotMarketOptions as SpotOptions, ResourceType, ResponseLaunchTemplateData,
};
use zw_lang::{Number, Type, Value};

use crate::toolkit::{Draft, rfc3339, strings_set};

/// A set of the words that an answer lists, or null.
macro_rules! words {
    ($list:expr) => {{
        let list = $list;
        (!list.is_empty()).then(|| strings_set(list.iter().map(ToString::to_string)))
    }};
}

/// Sets all that a version says.
pub(super) fn show(draft: &mut Draft, data: &ResponseLaunchTemplateData) {
    // moto lists the template's own tags among those of what it launches.
    let tags = data.tag_specifications().iter();
    let tags = tags.filter(|found| found.resource_type() != Some(&ResourceType::LaunchTemplate));
    draft
        .set("disable_api_stop", data.disable_api_stop)
        .set("disable_api_termination", data.disable_api_termination)
        .set("ebs_optimized", truth(data.ebs_optimized))
        .set("image_id", data.image_id())
        .set(
            "instance_initiated_shutdown_behavior",
            data.instance_initiated_shutdown_behavior().map(ToString::to_string),
        )
        .set("instance_type", data.instance_type().map(ToString::to_string))
        .set("kernel_id", data.kernel_id())
        .set("key_name", data.key_name())
        .set("ram_disk_id", data.ram_disk_id())
        .set("user_data", data.user_data())
        .set("security_group_names", words!(data.security_groups()))
        .set("vpc_security_group_ids", words!(data.security_group_ids()))
        .each("block_device_mappings", data.block_device_mappings(), show_block_device)
        .each(
            "capacity_reservation_specification",
            data.capacity_reservation_specification(),
            |draft, found| {
                let preference = found.capacity_reservation_preference();
                draft
                    .set("capacity_reservation_preference", preference.map(ToString::to_string))
                    .each(
                        "capacity_reservation_target",
                        found.capacity_reservation_target(),
                        |draft, target| {
                            let group = "capacity_reservation_resource_group_arn";
                            draft
                                .set("capacity_reservation_id", target.capacity_reservation_id())
                                .set(group, target.capacity_reservation_resource_group_arn());
                        },
                    );
            },
        )
        .each("cpu_options", data.cpu_options(), |draft, found| {
            draft
                .set("amd_sev_snp", found.amd_sev_snp().map(ToString::to_string))
                .set("core_count", found.core_count)
                .set("threads_per_core", found.threads_per_core);
        })
        .each("credit_specification", data.credit_specification(), |draft, found| {
            draft.set("cpu_credits", found.cpu_credits());
        })
        .each("elastic_gpu_specifications", data.elastic_gpu_specifications(), |draft, found| {
            draft.set("type", found.r#type());
        })
        .each(
            "elastic_inference_accelerator",
            data.elastic_inference_accelerators(),
            |draft, found| {
                draft.set("type", found.r#type());
            },
        )
        .each("enclave_options", data.enclave_options(), |draft, found| {
            draft.set("enabled", found.enabled);
        })
        .each("hibernation_options", data.hibernation_options(), |draft, found| {
            draft.set("configured", found.configured);
        })
        .each("iam_instance_profile", data.iam_instance_profile(), |draft, found| {
            draft.set("arn", found.arn()).set("name", found.name());
        })
        .each("instance_market_options", data.instance_market_options(), show_market_options)
        .each("instance_requirements", data.instance_requirements(), show_requirements)
        .each("license_specification", data.license_specifications(), |draft, found| {
            draft.set("license_configuration_arn", found.license_configuration_arn());
        })
        .each("maintenance_options", data.maintenance_options(), |draft, found| {
            draft.set("auto_recovery", found.auto_recovery().map(ToString::to_string));
        })
        .each("metadata_options", data.metadata_options(), |draft, found| {
            draft
                .set("http_endpoint", found.http_endpoint().map(ToString::to_string))
                .set("http_protocol_ipv6", found.http_protocol_ipv6().map(ToString::to_string))
                .set("http_put_response_hop_limit", found.http_put_response_hop_limit)
                .set("http_tokens", found.http_tokens().map(ToString::to_string))
                .set(
                    "instance_metadata_tags",
                    found.instance_metadata_tags().map(ToString::to_string),
                );
        })
        .each("monitoring", data.monitoring(), |draft, found| {
            draft.set("enabled", found.enabled);
        })
        .each("network_interfaces", data.network_interfaces(), show_network_interface)
        .each("placement", data.placement(), |draft, found| {
            draft
                .set("affinity", found.affinity())
                .set("availability_zone", found.availability_zone())
                .set("group_name", found.group_name())
                .set("host_id", found.host_id())
                .set("host_resource_group_arn", found.host_resource_group_arn())
                .set("partition_number", found.partition_number)
                .set("spread_domain", found.spread_domain())
                .set("tenancy", found.tenancy().map(ToString::to_string));
        })
        .each("private_dns_name_options", data.private_dns_name_options(), |draft, found| {
            let ipv6 = "enable_resource_name_dns_aaaa_record";
            draft
                .set("enable_resource_name_dns_a_record", found.enable_resource_name_dns_a_record)
                .set(ipv6, found.enable_resource_name_dns_aaaa_record)
                .set("hostname_type", found.hostname_type().map(ToString::to_string));
        })
        .each("tag_specifications", tags, |draft, found| {
            let tags = found.tags().iter();
            let tags = tags.filter_map(|tag| {
                Some((tag.key()?.to_owned(), Value::from(tag.value().unwrap_or_default())))
            });
            draft
                .set("resource_type", found.resource_type().map(ToString::to_string))
                .set("tags", Value::map(Type::String, tags));
        });
}

fn show_block_device(draft: &mut Draft, found: &LaunchTemplateBlockDeviceMapping) {
    draft
        .set("device_name", found.device_name())
        .set("no_device", found.no_device())
        .set("virtual_name", found.virtual_name())
        .each("ebs", found.ebs(), |draft, ebs| {
            draft
                .set("delete_on_termination", truth(ebs.delete_on_termination))
                .set("encrypted", truth(ebs.encrypted))
                .set("iops", ebs.iops)
                .set("kms_key_id", ebs.kms_key_id())
                .set("snapshot_id", ebs.snapshot_id())
                .set("throughput", ebs.throughput)
                .set("volume_initialization_rate", ebs.volume_initialization_rate)
                .set("volume_size", ebs.volume_size)
                .set("volume_type", ebs.volume_type().map(ToString::to_string));
        });
}

fn show_market_options(draft: &mut Draft, found: &MarketOptions) {
    draft.set("market_type", found.market_type().map(ToString::to_string)).each(
        "spot_options",
        found.spot_options(),
        |draft, spot: &SpotOptions| {
            let behavior = spot.instance_interruption_behavior();
            draft
                .set("block_duration_minutes", spot.block_duration_minutes)
                .set("instance_interruption_behavior", behavior.map(ToString::to_string))
                .set("max_price", spot.max_price())
                .set("spot_instance_type", spot.spot_instance_type().map(ToString::to_string))
                .set("valid_until", spot.valid_until().and_then(rfc3339));
        },
    );
}

fn show_requirements(draft: &mut Draft, found: &InstanceRequirements) {
    /// Sets a block with a least and a most.
    macro_rules! range {
        ($name:literal, $found:expr) => {
            draft.each($name, $found, |draft, range| {
                draft.set("min", number(range.min)).set("max", number(range.max));
            });
        };
    }
    let over_lowest = "on_demand_max_price_percentage_over_lowest_price";
    let of_optimal = "max_spot_price_as_percentage_of_optimal_on_demand_price";
    draft
        .set("accelerator_manufacturers", words!(found.accelerator_manufacturers()))
        .set("accelerator_names", words!(found.accelerator_names()))
        .set("accelerator_types", words!(found.accelerator_types()))
        .set("allowed_instance_types", words!(found.allowed_instance_types()))
        .set("bare_metal", found.bare_metal().map(ToString::to_string))
        .set("burstable_performance", found.burstable_performance().map(ToString::to_string))
        .set("cpu_manufacturers", words!(found.cpu_manufacturers()))
        .set("excluded_instance_types", words!(found.excluded_instance_types()))
        .set("instance_generations", words!(found.instance_generations()))
        .set("local_storage", found.local_storage().map(ToString::to_string))
        .set("local_storage_types", words!(found.local_storage_types()))
        .set(of_optimal, found.max_spot_price_as_percentage_of_optimal_on_demand_price)
        .set(over_lowest, found.on_demand_max_price_percentage_over_lowest_price)
        .set("require_hibernate_support", found.require_hibernate_support)
        .set(
            "spot_max_price_percentage_over_lowest_price",
            found.spot_max_price_percentage_over_lowest_price,
        );
    range!("accelerator_count", found.accelerator_count());
    range!("accelerator_total_memory_mib", found.accelerator_total_memory_mib());
    range!("baseline_ebs_bandwidth_mbps", found.baseline_ebs_bandwidth_mbps());
    range!("memory_gib_per_vcpu", found.memory_gib_per_v_cpu());
    range!("memory_mib", found.memory_mib());
    range!("network_bandwidth_gbps", found.network_bandwidth_gbps());
    range!("network_interface_count", found.network_interface_count());
    range!("total_local_storage_gb", found.total_local_storage_gb());
    range!("vcpu_count", found.v_cpu_count());
}

fn show_network_interface(draft: &mut Draft, found: &NetworkInterface) {
    let texts = |texts: Vec<String>| (!texts.is_empty()).then(|| strings_set(texts));
    let ipv4 = found.private_ip_addresses().iter();
    let ipv4 = ipv4.filter_map(|one| one.private_ip_address.clone()).collect();
    let ipv6 = found.ipv6_addresses().iter().filter_map(|one| one.ipv6_address.clone()).collect();
    let ipv4_prefixes = found.ipv4_prefixes().iter().filter_map(|one| one.ipv4_prefix.clone());
    let ipv6_prefixes = found.ipv6_prefixes().iter().filter_map(|one| one.ipv6_prefix.clone());
    draft
        .set("associate_carrier_ip_address", truth(found.associate_carrier_ip_address))
        .set("associate_public_ip_address", truth(found.associate_public_ip_address))
        .set("delete_on_termination", truth(found.delete_on_termination))
        .set("description", found.description())
        .set("device_index", found.device_index)
        .set("interface_type", found.interface_type())
        .set("ipv4_address_count", found.secondary_private_ip_address_count)
        .set("ipv4_addresses", texts(ipv4))
        .set("ipv4_prefix_count", found.ipv4_prefix_count)
        .set("ipv4_prefixes", texts(ipv4_prefixes.collect()))
        .set("ipv6_address_count", found.ipv6_address_count)
        .set("ipv6_addresses", texts(ipv6))
        .set("ipv6_prefix_count", found.ipv6_prefix_count)
        .set("ipv6_prefixes", texts(ipv6_prefixes.collect()))
        .set("network_card_index", found.network_card_index)
        .set("network_interface_id", found.network_interface_id())
        .set("primary_ipv6", truth(found.primary_ipv6))
        .set("private_ip_address", found.private_ip_address())
        .set("security_groups", words!(found.groups()))
        .set("subnet_id", found.subnet_id())
        .each(
            "connection_tracking_specification",
            found.connection_tracking_specification(),
            |draft, tracking| {
                draft
                    .set("tcp_established_timeout", tracking.tcp_established_timeout)
                    .set("udp_stream_timeout", tracking.udp_stream_timeout)
                    .set("udp_timeout", tracking.udp_timeout);
            },
        )
        .each("ena_srd_specification", found.ena_srd_specification(), |draft, srd| {
            draft.set("ena_srd_enabled", srd.ena_srd_enabled).each(
                "ena_srd_udp_specification",
                srd.ena_srd_udp_specification(),
                |draft, udp| {
                    draft.set("ena_srd_udp_enabled", udp.ena_srd_udp_enabled);
                },
            );
        });
}

/// A truth value as a text: how Terraform's provider tells "not given" from `false`.
fn truth(value: Option<bool>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn number(value: Option<impl Into<f64>>) -> Option<Value> {
    Number::from_f64(value?.into()).map(Value::from)
}
