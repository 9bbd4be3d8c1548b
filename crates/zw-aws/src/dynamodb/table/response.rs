//! From what `DynamoDB` says of a table to its object.

use aws_sdk_dynamodb::operation::describe_continuous_backups::DescribeContinuousBackupsOutput;
use aws_sdk_dynamodb::operation::describe_time_to_live::DescribeTimeToLiveOutput;
use aws_sdk_dynamodb::types::{
    BillingMode, KeySchemaElement, KeyType, OnDemandThroughput, PointInTimeRecoveryDescription,
    PointInTimeRecoveryStatus, Projection, ProvisionedThroughputDescription, ReplicaDescription,
    SseStatus, StreamSpecification, TableClass, TableDescription, TimeToLiveStatus,
};

use crate::toolkit::prelude::*;

pub(super) fn show(draft: &mut Draft, table: &TableDescription) {
    let billing = table.billing_mode_summary().and_then(|summary| summary.billing_mode());
    let class = table.table_class_summary().and_then(|summary| summary.table_class());
    let throughput = table.provisioned_throughput();
    let stream = table.stream_specification();
    let keys = table.key_schema();
    draft
        .set("id", table.table_name())
        .set("name", table.table_name())
        .set("arn", table.table_arn())
        .set("billing_mode", billing.unwrap_or(&BillingMode::Provisioned).as_str())
        .set("deletion_protection_enabled", table.deletion_protection_enabled())
        .set("hash_key", key(keys, &KeyType::Hash))
        .set("range_key", key(keys, &KeyType::Range))
        // Zero where nothing is provisioned, as Terraform has it.
        .set_exactly(
            "read_capacity",
            throughput.and_then(ProvisionedThroughputDescription::read_capacity_units),
        )
        .set_exactly(
            "write_capacity",
            throughput.and_then(ProvisionedThroughputDescription::write_capacity_units),
        )
        .set("stream_enabled", stream.is_some_and(StreamSpecification::stream_enabled))
        .word("stream_view_type", stream.and_then(|stream| stream.stream_view_type()))
        .set("stream_arn", table.latest_stream_arn())
        .set("stream_label", table.latest_stream_label())
        .set("table_class", class.unwrap_or(&TableClass::Standard).as_str())
        .each("attribute", table.attribute_definitions(), |block, it| {
            block.set("name", it.attribute_name()).set("type", it.attribute_type().as_str());
        })
        .each("global_secondary_index", table.global_secondary_indexes(), |block, index| {
            let throughput = index.provisioned_throughput();
            block
                .set("name", index.index_name())
                .set("hash_key", key(index.key_schema(), &KeyType::Hash))
                .set("range_key", key(index.key_schema(), &KeyType::Range))
                .set(
                    "read_capacity",
                    throughput.and_then(ProvisionedThroughputDescription::read_capacity_units),
                )
                .set(
                    "write_capacity",
                    throughput.and_then(ProvisionedThroughputDescription::write_capacity_units),
                )
                .each("on_demand_throughput", index.on_demand_throughput(), on_demand);
            projection(block, index.projection());
        })
        .each("local_secondary_index", table.local_secondary_indexes(), |block, index| {
            block
                .set("name", index.index_name())
                .set("range_key", key(index.key_schema(), &KeyType::Range));
            projection(block, index.projection());
        })
        .each("on_demand_throughput", table.on_demand_throughput(), on_demand);
    show_encryption(draft, table);
    show_replicas(draft, table.replicas());
}

fn key<'a>(keys: &'a [KeySchemaElement], kind: &KeyType) -> Option<&'a str> {
    keys.iter().find(|key| key.key_type() == kind).map(KeySchemaElement::attribute_name)
}

fn projection(block: &mut Draft, found: Option<&Projection>) {
    let names = found.map(Projection::non_key_attributes).unwrap_or_default();
    block
        .word("projection_type", found.and_then(|found| found.projection_type()))
        .texts("non_key_attributes", names);
}

fn on_demand(block: &mut Draft, found: &OnDemandThroughput) {
    block
        .set("max_read_request_units", found.max_read_request_units())
        .set("max_write_request_units", found.max_write_request_units());
}

/// With a key of `DynamoDB`'s own, nothing is said of encryption.
fn show_encryption(draft: &mut Draft, table: &TableDescription) {
    let found = table.sse_description().filter(|found| {
        matches!(
            found.status(),
            Some(SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating)
        )
    });
    let is_written = draft.get("server_side_encryption").and_then(Value::as_sequence);
    let is_written = is_written.is_some_and(|blocks| !blocks.is_empty());
    match found {
        Some(found) => {
            draft.each("server_side_encryption", [found], |block, found| {
                block.set("enabled", true).set("kms_key_arn", found.kms_master_key_arn());
            });
        }
        None if is_written => {
            draft.each("server_side_encryption", [()], |block, ()| {
                block.set("enabled", false);
            });
        }
        None => {
            draft.each("server_side_encryption", [(); 0], |_, ()| {});
        }
    }
}

/// What `DynamoDB` does not tell of a replica stays as it was written.
fn show_replicas(draft: &mut Draft, found: &[ReplicaDescription]) {
    let known = draft.get("replica").cloned();
    let known = known.as_ref().and_then(Value::as_sequence).unwrap_or_default();
    draft.each("replica", found, |block, replica| {
        let region = replica.region_name();
        let was = known.iter().map(View::new).find(|it| it.str("region_name") == region);
        let switch = |name| was.and_then(|was| was.bool(name)).unwrap_or(false);
        let text = |name| was.and_then(|was| was.string(name));
        block
            .set("region_name", region)
            .set("kms_key_arn", replica.kms_master_key_id())
            .set("arn", replica.replica_arn().map(str::to_owned).or_else(|| text("arn")))
            .set("stream_arn", text("stream_arn"))
            .set("stream_label", text("stream_label"))
            .set_exactly("point_in_time_recovery", switch("point_in_time_recovery"))
            .set_exactly("propagate_tags", switch("propagate_tags"));
    });
}

pub(super) fn show_backups(draft: &mut Draft, found: Option<&DescribeContinuousBackupsOutput>) {
    let found = found.and_then(|found| found.continuous_backups_description());
    let found = found.and_then(|found| found.point_in_time_recovery_description());
    let status = found.and_then(|found| found.point_in_time_recovery_status());
    let is_enabled = status == Some(&PointInTimeRecoveryStatus::Enabled);
    draft.each("point_in_time_recovery", [found], |block, found| {
        let days = found.and_then(PointInTimeRecoveryDescription::recovery_period_in_days);
        block.set("enabled", is_enabled);
        block.set("recovery_period_in_days", days.filter(|_| is_enabled));
    });
}

pub(super) fn show_ttl(draft: &mut Draft, found: Option<&DescribeTimeToLiveOutput>) {
    let found = found.and_then(|found| found.time_to_live_description());
    let status = found.and_then(|found| found.time_to_live_status());
    let is_enabled = matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
    let known = draft.get("ttl").and_then(Value::as_sequence).and_then(<[Value]>::first);
    let name = known.map(View::new).and_then(|known| known.string("attribute_name"));
    draft.each("ttl", [found], |block, found| {
        let found = found.and_then(|found| found.attribute_name()).map(str::to_owned);
        block.set("enabled", is_enabled);
        // While it is off, nobody tells which attribute it was.
        block
            .set("attribute_name", if is_enabled { found } else { found.or_else(|| name.clone()) });
    });
}
