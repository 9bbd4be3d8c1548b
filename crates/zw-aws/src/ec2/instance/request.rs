//! The request for a new instance.

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, CapacityReservationSpecification, CapacityReservationTarget,
    CpuOptionsRequest, CreditSpecificationRequest, EbsBlockDevice, EnclaveOptionsRequest,
    HibernationOptionsRequest, IamInstanceProfileSpecification, InstanceIpv6Address,
    InstanceMaintenanceOptionsRequest, InstanceMarketOptionsRequest,
    InstanceMetadataOptionsRequest, InstanceNetworkInterfaceSpecification,
    LaunchTemplateSpecification, Placement, PrivateDnsNameOptionsRequest,
    PrivateIpAddressSpecification, ResourceType, RunInstancesMonitoringEnabled, SpotMarketOptions,
    Tag, TagSpecification,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zw_provider::{CreateRequest, OpResult, View};

use crate::ec2::live::{FoundBy, tag_specification};
use crate::toolkit::{Answer, AwsClients, Given, build, fill};

/// All that is planned, but for what cannot be said here.
pub(super) async fn run_instances(
    client: &AwsClients,
    request: &CreateRequest,
) -> OpResult<RunInstancesFluentBuilder> {
    let view = View::new(&request.planned);
    let root = match (view.block("root_block_device"), view.text("ami")) {
        (Some(_), Some(image)) => root_device_name(client, &image).await?,
        _ => None,
    };
    let call = fill!(
        client.ec2().run_instances().client_token(&request.token).min_count(1).max_count(1), view,
        set_image_id = text "ami",
        set_disable_api_stop = bool "disable_api_stop",
        set_disable_api_termination = bool "disable_api_termination",
        set_ebs_optimized = bool "ebs_optimized",
        set_instance_initiated_shutdown_behavior = word "instance_initiated_shutdown_behavior",
        set_instance_type = word "instance_type",
        set_key_name = text "key_name",
    )
    .set_user_data(user_data(view))
    .set_block_device_mappings(block_devices(view, root.as_deref()))
    .set_placement(placement(view))
    .set_monitoring(
        view.bool("monitoring")
            .map(|enabled| RunInstancesMonitoringEnabled::builder().enabled(enabled).build()),
    )
    .set_iam_instance_profile(
        view.text("iam_instance_profile")
            .map(|name| IamInstanceProfileSpecification::builder().name(name).build()),
    )
    .set_hibernation_options(
        view.bool("hibernation")
            .map(|configured| HibernationOptionsRequest::builder().configured(configured).build()),
    )
    .set_tag_specifications(tags(client, request));
    Ok(network(options(call, view), view))
}

/// Which device of an image has the operating system.
async fn root_device_name(client: &AwsClients, image: &str) -> OpResult<Option<String>> {
    let found = client.ec2().describe_images().image_ids(image).send().await;
    let image = found.of("ec2:DescribeImages")?.images.and_then(|found| found.into_iter().next());
    Ok(image.and_then(|image| image.root_device_name))
}

fn options(call: RunInstancesFluentBuilder, view: View<'_>) -> RunInstancesFluentBuilder {
    let one = |name| view.block(name);
    let cores = (view.count("cpu_core_count"), view.count("cpu_threads_per_core"));
    let cpu = match (one("cpu_options"), cores) {
        (Some(cpu), _) => Some(build!(
            CpuOptionsRequest, cpu,
            set_amd_sev_snp = word "amd_sev_snp",
            set_core_count = count "core_count",
            set_threads_per_core = count "threads_per_core",
        )),
        (None, (None, _)) => None,
        (None, (cores, threads)) => {
            let cpu = CpuOptionsRequest::builder().set_core_count(cores);
            Some(cpu.threads_per_core(threads.unwrap_or(2)).build())
        }
    };
    call.set_cpu_options(cpu)
        .set_capacity_reservation_specification(
            one("capacity_reservation_specification").map(capacity_reservation),
        )
        .set_credit_specification(one("credit_specification").and_then(|credits| {
            let credits = credits.text("cpu_credits")?;
            Some(CreditSpecificationRequest::builder().cpu_credits(credits).build())
        }))
        .set_enclave_options(one("enclave_options").map(
            |options| build!(EnclaveOptionsRequest, options, set_enabled = bool "enabled"),
        ))
        .set_instance_market_options(one("instance_market_options").map(market_options))
        .set_launch_template(one("launch_template").map(|template| {
            let id = template.text("id");
            // The API takes one of the two.
            let name = template.text("name").filter(|_| id.is_none());
            LaunchTemplateSpecification::builder()
                .set_launch_template_id(id)
                .set_launch_template_name(name)
                .set_version(template.text("version"))
                .build()
        }))
        .set_maintenance_options(one("maintenance_options").map(|options| {
            build!(InstanceMaintenanceOptionsRequest, options, set_auto_recovery = word "auto_recovery")
        }))
        .set_metadata_options(one("metadata_options").map(|options| {
            build!(
                InstanceMetadataOptionsRequest, options,
                set_http_endpoint = word "http_endpoint",
                set_http_protocol_ipv6 = word "http_protocol_ipv6",
                set_http_put_response_hop_limit = count "http_put_response_hop_limit",
                set_http_tokens = word "http_tokens",
                set_instance_metadata_tags = word "instance_metadata_tags",
            )
        }))
        .set_private_dns_name_options(one("private_dns_name_options").map(|options| {
            build!(
                PrivateDnsNameOptionsRequest, options,
                set_enable_resource_name_dns_a_record = bool "enable_resource_name_dns_a_record",
                set_enable_resource_name_dns_aaaa_record =
                    bool "enable_resource_name_dns_aaaa_record",
                set_hostname_type = word "hostname_type",
            )
        }))
}

/// Addresses, subnet and groups belong to the call, or to its only network interface where there is more to say of that.
fn network(call: RunInstancesFluentBuilder, view: View<'_>) -> RunInstancesFluentBuilder {
    let given: Vec<_> = view.blocks("network_interface").map(given_interface).collect();
    if !given.is_empty() {
        return call.set_network_interfaces(Some(given));
    }
    let ipv6 = view.texts("ipv6_addresses").map(|addresses| {
        let address = |address| InstanceIpv6Address::builder().ipv6_address(address).build();
        addresses.into_iter().map(address).collect()
    });
    let secondary = view.texts("secondary_private_ips");
    let needs_interface = ["associate_public_ip_address", "enable_primary_ipv6"]
        .iter()
        .any(|name| view.bool(name).is_some())
        || secondary.is_some();
    if !needs_interface {
        return fill!(
            call, view,
            set_subnet_id = text "subnet_id",
            set_security_group_ids = texts "vpc_security_group_ids",
            set_security_groups = texts "security_groups",
            set_private_ip_address = text "private_ip",
            set_ipv6_address_count = count "ipv6_address_count",
        )
        .set_ipv6_addresses(ipv6);
    }
    let secondary = secondary.map(|addresses| {
        let address =
            |address| PrivateIpAddressSpecification::builder().private_ip_address(address).build();
        addresses.into_iter().map(address).collect()
    });
    let interface = fill!(
        InstanceNetworkInterfaceSpecification::builder().device_index(0), view,
        set_associate_public_ip_address = bool "associate_public_ip_address",
        set_primary_ipv6 = bool "enable_primary_ipv6",
        set_subnet_id = text "subnet_id",
        set_groups = texts "vpc_security_group_ids",
        set_private_ip_address = text "private_ip",
        set_ipv6_address_count = count "ipv6_address_count",
    );
    let interface = interface.set_ipv6_addresses(ipv6).set_private_ip_addresses(secondary).build();
    call.network_interfaces(interface)
}

fn given_interface(view: View<'_>) -> InstanceNetworkInterfaceSpecification {
    build!(
        InstanceNetworkInterfaceSpecification, view,
        set_delete_on_termination = bool "delete_on_termination",
        set_device_index = i32 "device_index",
        set_network_card_index = i32 "network_card_index",
        set_network_interface_id = text "network_interface_id",
    )
}

fn placement(view: View<'_>) -> Option<Placement> {
    let names = [
        "availability_zone",
        "placement_group",
        "placement_partition_number",
        "tenancy",
        "host_id",
        "host_resource_group_arn",
    ];
    names.iter().any(|name| view.get(name).is_some()).then(|| {
        build!(
            Placement, view,
            set_availability_zone = text "availability_zone",
            set_group_name = text "placement_group",
            set_partition_number = count "placement_partition_number",
            set_tenancy = word "tenancy",
            set_host_id = text "host_id",
            set_host_resource_group_arn = text "host_resource_group_arn",
        )
    })
}

fn block_devices(view: View<'_>, root: Option<&str>) -> Option<Vec<BlockDeviceMapping>> {
    let ebs = |device: View<'_>| {
        let ebs = fill!(
            EbsBlockDevice::builder(), device,
            set_delete_on_termination = bool "delete_on_termination",
            set_encrypted = bool "encrypted",
            set_iops = count "iops",
            set_kms_key_id = text "kms_key_id",
            set_snapshot_id = text "snapshot_id",
            set_throughput = count "throughput",
            set_volume_size = count "volume_size",
            set_volume_type = word "volume_type",
        );
        ebs.build()
    };
    let further = view.blocks("ebs_block_device").map(|device| {
        let mapping = BlockDeviceMapping::builder().set_device_name(device.text("device_name"));
        mapping.ebs(ebs(device)).build()
    });
    let ephemeral = view.blocks("ephemeral_block_device").map(|device| {
        let mapping = BlockDeviceMapping::builder().set_device_name(device.text("device_name"));
        match device.bool("no_device") {
            Some(true) => mapping.no_device("").build(),
            _ => mapping.set_virtual_name(device.text("virtual_name")).build(),
        }
    });
    let root = view.blocks("root_block_device").filter_map(|device| {
        Some(BlockDeviceMapping::builder().device_name(root?).ebs(ebs(device)).build())
    });
    let all: Vec<_> = root.chain(further).chain(ephemeral).collect();
    (!all.is_empty()).then_some(all)
}

fn capacity_reservation(view: View<'_>) -> CapacityReservationSpecification {
    let target = view.block("capacity_reservation_target").map(|target| {
        build!(
            CapacityReservationTarget, target,
            set_capacity_reservation_id = text "capacity_reservation_id",
            set_capacity_reservation_resource_group_arn =
                text "capacity_reservation_resource_group_arn",
        )
    });
    fill!(
        CapacityReservationSpecification::builder(), view,
        set_capacity_reservation_preference = word "capacity_reservation_preference",
    )
    .set_capacity_reservation_target(target)
    .build()
}

fn market_options(view: View<'_>) -> InstanceMarketOptionsRequest {
    let spot = view.block("spot_options").map(|spot| {
        let until = spot.text("valid_until");
        let until = until.and_then(|text| DateTime::from_str(&text, Format::DateTime).ok());
        fill!(
            SpotMarketOptions::builder(), spot,
            set_instance_interruption_behavior = word "instance_interruption_behavior",
            set_max_price = text "max_price",
            set_spot_instance_type = word "spot_instance_type",
        )
        .set_valid_until(until)
        .build()
    });
    let options = InstanceMarketOptionsRequest::builder();
    options.set_market_type(view.word("market_type")).set_spot_options(spot).build()
}

/// Volumes get the default tags too, and the tags of all volumes.
fn tags(client: &AwsClients, request: &CreateRequest) -> Option<Vec<TagSpecification>> {
    let instance = tag_specification(client, ResourceType::Instance, request, FoundBy::Tag);
    let mut of_volumes = client.tags.default.clone();
    let own = View::new(&request.planned).string_map("volume_tags").into_iter();
    of_volumes.extend(own.map(|(key, value)| (key.into(), value.into())));
    let of_volumes: Vec<Tag> = of_volumes
        .into_iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect();
    let volume = (!of_volumes.is_empty()).then(|| {
        let specification = TagSpecification::builder().resource_type(ResourceType::Volume);
        specification.set_tags(Some(of_volumes)).build()
    });
    let all: Vec<_> = instance.into_iter().flatten().chain(volume).collect();
    (!all.is_empty()).then_some(all)
}

/// The instance's data in base64, as the API takes it.
pub(super) fn user_data(view: View<'_>) -> Option<String> {
    let encoded = view.text("user_data_base64");
    encoded.or_else(|| Some(STANDARD.encode(view.text("user_data")?)))
}
