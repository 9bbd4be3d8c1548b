//! A launch template as a request takes it.

use aws_sdk_ec2::types::{
    AcceleratorCountRequest, AcceleratorTotalMemoryMiBRequest, BaselineEbsBandwidthMbpsRequest,
    CapacityReservationTarget, ConnectionTrackingSpecificationRequest, CreditSpecificationRequest,
    ElasticGpuSpecification, EnaSrdSpecificationRequest, EnaSrdUdpSpecificationRequest,
    InstanceIpv6AddressRequest, InstanceRequirementsRequest, Ipv4PrefixSpecificationRequest,
    Ipv6PrefixSpecificationRequest, LaunchTemplateBlockDeviceMappingRequest,
    LaunchTemplateCapacityReservationSpecificationRequest, LaunchTemplateCpuOptionsRequest,
    LaunchTemplateEbsBlockDeviceRequest, LaunchTemplateElasticInferenceAccelerator,
    LaunchTemplateEnclaveOptionsRequest, LaunchTemplateHibernationOptionsRequest,
    LaunchTemplateIamInstanceProfileSpecificationRequest,
    LaunchTemplateInstanceMaintenanceOptionsRequest, LaunchTemplateInstanceMarketOptionsRequest,
    LaunchTemplateInstanceMetadataOptionsRequest,
    LaunchTemplateInstanceNetworkInterfaceSpecificationRequest,
    LaunchTemplateLicenseConfigurationRequest, LaunchTemplatePlacementRequest,
    LaunchTemplatePrivateDnsNameOptionsRequest, LaunchTemplateSpotMarketOptionsRequest,
    LaunchTemplateTagSpecificationRequest, LaunchTemplatesMonitoringRequest,
    MemoryGiBPerVCpuRequest, MemoryMiBRequest, NetworkBandwidthGbpsRequest,
    NetworkInterfaceCountRequest, PrivateIpAddressSpecification, RequestLaunchTemplateData, Tag,
    TotalLocalStorageGbRequest, VCpuCountRangeRequest,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use zw_provider::View;

use crate::toolkit::{Given, build, fill};

/// All that a version says.
#[allow(
    deprecated,
    reason = "the API refuses elastic accelerators today, and says so better than we could"
)]
pub(super) fn launch_template_data(planned: View<'_>) -> RequestLaunchTemplateData {
    let one = |name| planned.block(name);
    let data = fill!(
        RequestLaunchTemplateData::builder(), planned,
        set_disable_api_stop = bool "disable_api_stop",
        set_disable_api_termination = bool "disable_api_termination",
        set_ebs_optimized = truth "ebs_optimized",
        set_image_id = text "image_id",
        set_instance_initiated_shutdown_behavior = word "instance_initiated_shutdown_behavior",
        set_instance_type = word "instance_type",
        set_kernel_id = text "kernel_id",
        set_key_name = text "key_name",
        set_ram_disk_id = text "ram_disk_id",
        set_user_data = text "user_data",
        set_security_groups = texts "security_group_names",
        set_security_group_ids = texts "vpc_security_group_ids",
    );
    data.set_block_device_mappings(all(planned, "block_device_mappings", block_device))
        .set_capacity_reservation_specification(
            one("capacity_reservation_specification").map(capacity_reservation),
        )
        .set_cpu_options(one("cpu_options").map(|view| {
            build!(
                LaunchTemplateCpuOptionsRequest, view,
                set_amd_sev_snp = word "amd_sev_snp",
                set_core_count = count "core_count",
                set_threads_per_core = count "threads_per_core",
            )
        }))
        .set_credit_specification(one("credit_specification").map(|view| {
            build!(CreditSpecificationRequest, view, set_cpu_credits = text "cpu_credits")
        }))
        .set_elastic_gpu_specifications(all(planned, "elastic_gpu_specifications", |view| {
            build!(ElasticGpuSpecification, view, set_type = text "type")
        }))
        .set_elastic_inference_accelerators(all(planned, "elastic_inference_accelerator", |view| {
            build!(LaunchTemplateElasticInferenceAccelerator, view, set_type = text "type")
        }))
        .set_enclave_options(one("enclave_options").map(|view| {
            build!(LaunchTemplateEnclaveOptionsRequest, view, set_enabled = bool "enabled")
        }))
        .set_hibernation_options(one("hibernation_options").map(|view| {
            build!(LaunchTemplateHibernationOptionsRequest, view, set_configured = bool "configured")
        }))
        .set_iam_instance_profile(one("iam_instance_profile").map(|view| {
            build!(
                LaunchTemplateIamInstanceProfileSpecificationRequest, view,
                set_arn = text "arn",
                set_name = text "name",
            )
        }))
        .set_instance_market_options(one("instance_market_options").map(market_options))
        .set_instance_requirements(one("instance_requirements").map(instance_requirements))
        .set_license_specifications(all(planned, "license_specification", |view| {
            build!(
                LaunchTemplateLicenseConfigurationRequest, view,
                set_license_configuration_arn = text "license_configuration_arn",
            )
        }))
        .set_maintenance_options(one("maintenance_options").map(|view| {
            build!(
                LaunchTemplateInstanceMaintenanceOptionsRequest, view,
                set_auto_recovery = word "auto_recovery",
            )
        }))
        .set_metadata_options(one("metadata_options").map(|view| {
            build!(
                LaunchTemplateInstanceMetadataOptionsRequest, view,
                set_http_endpoint = word "http_endpoint",
                set_http_protocol_ipv6 = word "http_protocol_ipv6",
                set_http_put_response_hop_limit = count "http_put_response_hop_limit",
                set_http_tokens = word "http_tokens",
                set_instance_metadata_tags = word "instance_metadata_tags",
            )
        }))
        .set_monitoring(one("monitoring").map(|view| {
            build!(LaunchTemplatesMonitoringRequest, view, set_enabled = bool "enabled")
        }))
        .set_network_interfaces(all(planned, "network_interfaces", network_interface))
        .set_placement(one("placement").map(|view| {
            build!(
                LaunchTemplatePlacementRequest, view,
                set_affinity = text "affinity",
                set_availability_zone = text "availability_zone",
                set_group_name = text "group_name",
                set_host_id = text "host_id",
                set_host_resource_group_arn = text "host_resource_group_arn",
                set_partition_number = count "partition_number",
                set_spread_domain = text "spread_domain",
                set_tenancy = word "tenancy",
            )
        }))
        .set_private_dns_name_options(one("private_dns_name_options").map(|view| {
            build!(
                LaunchTemplatePrivateDnsNameOptionsRequest, view,
                set_enable_resource_name_dns_a_record = bool "enable_resource_name_dns_a_record",
                set_enable_resource_name_dns_aaaa_record =
                    bool "enable_resource_name_dns_aaaa_record",
                set_hostname_type = word "hostname_type",
            )
        }))
        .set_tag_specifications(all(planned, "tag_specifications", |view| {
            let tags = view.string_map("tags").into_iter();
            let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
            fill!(
                LaunchTemplateTagSpecificationRequest::builder(), view,
                set_resource_type = word "resource_type",
            )
            .set_tags(Some(tags.collect()))
            .build()
        }))
        .build()
}

/// The objects of a nested block that may be repeated, unless there are none.
fn all<T>(view: View<'_>, name: &str, make: impl Fn(View<'_>) -> T) -> Option<Vec<T>> {
    let items: Vec<T> = view.blocks(name).map(make).collect();
    (!items.is_empty()).then_some(items)
}

fn block_device(view: View<'_>) -> LaunchTemplateBlockDeviceMappingRequest {
    let ebs = view.block("ebs").map(|ebs| {
        build!(
            LaunchTemplateEbsBlockDeviceRequest, ebs,
            set_delete_on_termination = truth "delete_on_termination",
            set_encrypted = truth "encrypted",
            set_iops = count "iops",
            set_kms_key_id = text "kms_key_id",
            set_snapshot_id = text "snapshot_id",
            set_throughput = count "throughput",
            set_volume_initialization_rate = count "volume_initialization_rate",
            set_volume_size = count "volume_size",
            set_volume_type = word "volume_type",
        )
    });
    fill!(
        LaunchTemplateBlockDeviceMappingRequest::builder(), view,
        set_device_name = text "device_name",
        set_no_device = text "no_device",
        set_virtual_name = text "virtual_name",
    )
    .set_ebs(ebs)
    .build()
}

fn capacity_reservation(view: View<'_>) -> LaunchTemplateCapacityReservationSpecificationRequest {
    let target = view.block("capacity_reservation_target").map(|target| {
        build!(
            CapacityReservationTarget, target,
            set_capacity_reservation_id = text "capacity_reservation_id",
            set_capacity_reservation_resource_group_arn =
                text "capacity_reservation_resource_group_arn",
        )
    });
    fill!(
        LaunchTemplateCapacityReservationSpecificationRequest::builder(), view,
        set_capacity_reservation_preference = word "capacity_reservation_preference",
    )
    .set_capacity_reservation_target(target)
    .build()
}

fn market_options(view: View<'_>) -> LaunchTemplateInstanceMarketOptionsRequest {
    let spot = view.block("spot_options").map(|spot| {
        let until = spot.text("valid_until");
        let until = until.and_then(|text| DateTime::from_str(&text, Format::DateTime).ok());
        fill!(
            LaunchTemplateSpotMarketOptionsRequest::builder(), spot,
            set_block_duration_minutes = count "block_duration_minutes",
            set_instance_interruption_behavior = word "instance_interruption_behavior",
            set_max_price = text "max_price",
            set_spot_instance_type = word "spot_instance_type",
        )
        .set_valid_until(until)
        .build()
    });
    fill!(
        LaunchTemplateInstanceMarketOptionsRequest::builder(), view,
        set_market_type = word "market_type",
    )
    .set_spot_options(spot)
    .build()
}

fn instance_requirements(view: View<'_>) -> InstanceRequirementsRequest {
    /// A block with a least and a most.
    macro_rules! range {
        ($type:ident, $how:ident, $name:literal) => {
            view.block($name)
                .map(|range| build!($type, range, set_min = $how "min", set_max = $how "max"))
        };
    }
    fill!(
        InstanceRequirementsRequest::builder(), view,
        set_accelerator_manufacturers = words "accelerator_manufacturers",
        set_accelerator_names = words "accelerator_names",
        set_accelerator_types = words "accelerator_types",
        set_allowed_instance_types = texts "allowed_instance_types",
        set_bare_metal = word "bare_metal",
        set_burstable_performance = word "burstable_performance",
        set_cpu_manufacturers = words "cpu_manufacturers",
        set_excluded_instance_types = texts "excluded_instance_types",
        set_instance_generations = words "instance_generations",
        set_local_storage = word "local_storage",
        set_local_storage_types = words "local_storage_types",
        set_max_spot_price_as_percentage_of_optimal_on_demand_price =
            count "max_spot_price_as_percentage_of_optimal_on_demand_price",
        set_on_demand_max_price_percentage_over_lowest_price =
            count "on_demand_max_price_percentage_over_lowest_price",
        set_require_hibernate_support = bool "require_hibernate_support",
        set_spot_max_price_percentage_over_lowest_price =
            count "spot_max_price_percentage_over_lowest_price",
    )
    .set_accelerator_count(range!(AcceleratorCountRequest, i32, "accelerator_count"))
    .set_accelerator_total_memory_mib(range!(
        AcceleratorTotalMemoryMiBRequest,
        i32,
        "accelerator_total_memory_mib"
    ))
    .set_baseline_ebs_bandwidth_mbps(range!(
        BaselineEbsBandwidthMbpsRequest,
        i32,
        "baseline_ebs_bandwidth_mbps"
    ))
    .set_memory_gib_per_v_cpu(range!(MemoryGiBPerVCpuRequest, f64, "memory_gib_per_vcpu"))
    .set_memory_mib(range!(MemoryMiBRequest, i32, "memory_mib"))
    .set_network_bandwidth_gbps(range!(NetworkBandwidthGbpsRequest, f64, "network_bandwidth_gbps"))
    .set_network_interface_count(range!(
        NetworkInterfaceCountRequest,
        i32,
        "network_interface_count"
    ))
    .set_total_local_storage_gb(range!(TotalLocalStorageGbRequest, f64, "total_local_storage_gb"))
    .set_v_cpu_count(range!(VCpuCountRangeRequest, i32, "vcpu_count"))
    .build()
}

fn network_interface(view: View<'_>) -> LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
    let ena_srd = view.block("ena_srd_specification").map(|srd| {
        let udp = srd.block("ena_srd_udp_specification").map(|udp| {
            build!(
                EnaSrdUdpSpecificationRequest, udp,
                set_ena_srd_udp_enabled = bool "ena_srd_udp_enabled",
            )
        });
        fill!(
            EnaSrdSpecificationRequest::builder(), srd,
            set_ena_srd_enabled = bool "ena_srd_enabled",
        )
        .set_ena_srd_udp_specification(udp)
        .build()
    });
    let tracking = view.block("connection_tracking_specification").map(|tracking| {
        build!(
            ConnectionTrackingSpecificationRequest, tracking,
            set_tcp_established_timeout = count "tcp_established_timeout",
            set_udp_stream_timeout = count "udp_stream_timeout",
            set_udp_timeout = count "udp_timeout",
        )
    });
    let primary = view.text("private_ip_address");
    let addresses = view.texts("ipv4_addresses").map(|addresses| {
        let address = |address: String| {
            let is_primary = Some(&address) == primary.as_ref();
            PrivateIpAddressSpecification::builder()
                .private_ip_address(address)
                .primary(is_primary)
                .build()
        };
        addresses.into_iter().map(address).collect()
    });
    let ipv6 = view.texts("ipv6_addresses").map(|addresses| {
        let address = |address| InstanceIpv6AddressRequest::builder().ipv6_address(address).build();
        addresses.into_iter().map(address).collect()
    });
    let ipv4_prefixes = view.texts("ipv4_prefixes").map(|prefixes| {
        let prefix = |prefix| Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(prefix).build();
        prefixes.into_iter().map(prefix).collect()
    });
    let ipv6_prefixes = view.texts("ipv6_prefixes").map(|prefixes| {
        let prefix = |prefix| Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(prefix).build();
        prefixes.into_iter().map(prefix).collect()
    });
    fill!(
        LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder(), view,
        set_associate_carrier_ip_address = truth "associate_carrier_ip_address",
        set_associate_public_ip_address = truth "associate_public_ip_address",
        set_delete_on_termination = truth "delete_on_termination",
        set_description = text "description",
        set_interface_type = text "interface_type",
        set_secondary_private_ip_address_count = count "ipv4_address_count",
        set_ipv4_prefix_count = count "ipv4_prefix_count",
        set_ipv6_address_count = count "ipv6_address_count",
        set_ipv6_prefix_count = count "ipv6_prefix_count",
        set_network_card_index = i32 "network_card_index",
        set_network_interface_id = text "network_interface_id",
        set_primary_ipv6 = truth "primary_ipv6",
        set_groups = texts "security_groups",
        set_subnet_id = text "subnet_id",
    )
    // The first interface is where nobody says otherwise; the API has no default.
    .device_index(view.i32("device_index").unwrap_or(0))
    .set_private_ip_address(primary.filter(|_| addresses.is_none()))
    .set_private_ip_addresses(addresses)
    .set_ipv6_addresses(ipv6)
    .set_ipv4_prefixes(ipv4_prefixes)
    .set_ipv6_prefixes(ipv6_prefixes)
    .set_ena_srd_specification(ena_srd)
    .set_connection_tracking_specification(tracking)
    .build()
}
