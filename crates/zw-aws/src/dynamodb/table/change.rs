//! Changes of a table: `DynamoDB` takes one at a time, and each takes its time.

use std::time::Duration;

use aws_sdk_dynamodb::config::{Builder, Region};
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    CreateGlobalSecondaryIndexAction, CreateReplicationGroupMemberAction,
    DeleteGlobalSecondaryIndexAction, DeleteReplicationGroupMemberAction,
    GlobalSecondaryIndexUpdate, PointInTimeRecoverySpecification, ReplicationGroupUpdate,
    StreamSpecification, Tag, TimeToLiveSpecification, UpdateGlobalSecondaryIndexAction,
};

use super::live::until_active;
use super::request::{attributes, encryption, keys, on_demand, projection, provisioned, stream};
use crate::toolkit::prelude::*;

/// Changes what is said of the table as a whole.
pub(super) async fn table(
    client: &AwsClients,
    change: &Change<'_>,
    timeout: Duration,
) -> OpResult<()> {
    let (name, planned) = (change.id(), change.planned);
    let call = || client.dynamodb().update_table().table_name(name);
    if change.of(&["billing_mode", "read_capacity", "write_capacity"]) {
        let update = call().set_billing_mode(planned.word("billing_mode"));
        let update = update.set_provisioned_throughput(provisioned(planned, planned)?);
        // Indexes that are there get what is provisioned for them with the table.
        let indexes = change.of(&["billing_mode"]).then(|| throughputs(change)).transpose()?;
        let indexes = indexes.filter(|all| !all.is_empty());
        run(client, name, update.set_global_secondary_index_updates(indexes), timeout).await?;
    }
    if change.of(&["on_demand_throughput"]) {
        run(client, name, call().set_on_demand_throughput(on_demand(planned)), timeout).await?;
    }
    if change.of(&["table_class"]) {
        run(client, name, call().set_table_class(planned.word("table_class")), timeout).await?;
    }
    if change.of(&["stream_enabled", "stream_view_type"]) {
        // What a stream tells cannot change while it is on.
        if change.prior.bool("stream_enabled") == Some(true) {
            let off = StreamSpecification::builder().stream_enabled(false).build().complete()?;
            run(client, name, call().stream_specification(off), timeout).await?;
        }
        if let Some(on) = stream(planned)? {
            run(client, name, call().stream_specification(on), timeout).await?;
        }
    }
    if change.of(&["server_side_encryption"]) {
        run(client, name, call().set_sse_specification(encryption(planned)), timeout).await?;
    }
    if change.of(&["deletion_protection_enabled"]) {
        let is_on = planned.bool("deletion_protection_enabled").unwrap_or(false);
        run(client, name, call().deletion_protection_enabled(is_on), timeout).await?;
    }
    Ok(())
}

async fn run(
    client: &AwsClients,
    name: &str,
    update: UpdateTableFluentBuilder,
    timeout: Duration,
) -> OpResult<()> {
    // Somebody else may be changing the table, or one of its replicas.
    Wait::new(format!("the table {name} to be free for a change"), timeout)
        .until_done(
            |error| {
                matches!(
                    error.code.as_deref(),
                    Some("ResourceInUseException" | "LimitExceededException")
                )
            },
            || async { update.clone().send().await.of("dynamodb:UpdateTable") },
        )
        .await?;
    until_active(client, name, timeout).await
}

/// Updates of indexes that were there and stay, to what is provisioned for them.
fn throughputs(change: &Change<'_>) -> OpResult<Vec<GlobalSecondaryIndexUpdate>> {
    let planned = change.planned;
    let stays = |index: &View<'_>| {
        let name = index.str("name");
        change.prior.blocks("global_secondary_index").any(|old| old.str("name") == name)
    };
    let mut updates = Vec::new();
    for index in planned.blocks("global_secondary_index").filter(stays) {
        if let Some(throughput) = provisioned(planned, index)? {
            let update = UpdateGlobalSecondaryIndexAction::builder()
                .set_index_name(index.string("name"))
                .provisioned_throughput(throughput);
            let update = update.build().complete()?;
            updates.push(GlobalSecondaryIndexUpdate::builder().update(update).build());
        }
    }
    Ok(updates)
}

/// Deletes, creates and changes global secondary indexes.
pub(super) async fn indexes(
    client: &AwsClients,
    change: &Change<'_>,
    timeout: Duration,
) -> OpResult<()> {
    if !change.of(&["global_secondary_index"]) {
        return Ok(());
    }
    let (name, planned) = (change.id(), change.planned);
    let old: Vec<View<'_>> = change.prior.blocks("global_secondary_index").collect();
    let new: Vec<View<'_>> = planned.blocks("global_secondary_index").collect();
    let counterpart = |of: View<'_>, among: &[View<'_>]| {
        among.iter().any(|index| index.str("name") == of.str("name") && has_same_keys(of, *index))
    };
    let call = || -> OpResult<UpdateTableFluentBuilder> {
        let call = client.dynamodb().update_table().table_name(name);
        Ok(call.set_attribute_definitions(Some(attributes(planned)?)))
    };
    for index in old.iter().filter(|index| !counterpart(**index, &new)) {
        let delete = DeleteGlobalSecondaryIndexAction::builder();
        let delete = delete.set_index_name(index.string("name")).build().complete()?;
        let update = GlobalSecondaryIndexUpdate::builder().delete(delete).build();
        let deletion = client.dynamodb().update_table().table_name(name);
        run(client, name, deletion.global_secondary_index_updates(update), timeout).await?;
    }
    for index in new.iter().filter(|index| !counterpart(**index, &old)) {
        let create = CreateGlobalSecondaryIndexAction::builder()
            .set_index_name(index.string("name"))
            .set_key_schema(Some(keys(*index)?))
            .projection(projection(*index))
            .set_provisioned_throughput(provisioned(planned, *index)?)
            .set_on_demand_throughput(on_demand(*index));
        let create = create.build().complete()?;
        let update = GlobalSecondaryIndexUpdate::builder().create(create).build();
        run(client, name, call()?.global_secondary_index_updates(update), timeout).await?;
    }
    for index in new.iter().filter(|index| counterpart(**index, &old)) {
        let was = old.iter().find(|old| old.str("name") == index.str("name"));
        let is_same = |name: &str| was.is_some_and(|was| was.i64(name) == index.i64(name));
        let units = provisioned(planned, *index)?;
        let has_same_units = is_same("read_capacity") && is_same("write_capacity");
        let limit = on_demand(*index)
            .filter(|limit| was.and_then(|was| on_demand(*was)).as_ref() != Some(limit));
        // A change of how the table is paid for has told of units already.
        let units = units.filter(|_| !has_same_units && !change.of(&["billing_mode"]));
        if units.is_none() && limit.is_none() {
            continue;
        }
        let update = UpdateGlobalSecondaryIndexAction::builder()
            .set_index_name(index.string("name"))
            .set_provisioned_throughput(units)
            .set_on_demand_throughput(limit);
        let update = update.build().complete()?;
        let update = GlobalSecondaryIndexUpdate::builder().update(update).build();
        run(client, name, call()?.global_secondary_index_updates(update), timeout).await?;
    }
    Ok(())
}

/// Whether two indexes differ in nothing but what can be changed.
fn has_same_keys(some: View<'_>, other: View<'_>) -> bool {
    let names = |index: View<'_>| {
        let mut names = index.strings("non_key_attributes");
        names.sort_unstable();
        names
    };
    ["hash_key", "range_key", "projection_type"]
        .iter()
        .all(|name| some.str_or_empty(name) == other.str_or_empty(name))
        && names(some) == names(other)
}

/// Sets what has calls of its own: when items end, backups, and replicas. `prior` is `None` for a new table.
pub(super) async fn beyond_the_table(
    client: &AwsClients,
    name: &str,
    prior: Option<View<'_>>,
    planned: View<'_>,
    timeout: Duration,
) -> OpResult<()> {
    if planned.block("ttl").is_some() {
        set_ttl(client, name, prior, planned).await?;
    }
    if let Some(new) = planned.block("point_in_time_recovery") {
        let old = prior.and_then(|prior| prior.block("point_in_time_recovery"));
        let is_on = |block: View<'_>| block.bool("enabled") == Some(true);
        let days = |block: View<'_>| block.i64("recovery_period_in_days");
        let was_on = old.is_some_and(is_on);
        let has_other_days = days(new).is_some() && old.and_then(days) != days(new);
        if was_on != is_on(new) || (was_on && has_other_days) {
            set_backups(client, name, None, new, timeout).await?;
        }
    }
    if planned.value().get("replica").is_some_and(Value::is_known) {
        set_replicas(client, name, prior, planned, timeout).await?;
    }
    Ok(())
}

async fn set_ttl(
    client: &AwsClients,
    name: &str,
    prior: Option<View<'_>>,
    planned: View<'_>,
) -> OpResult<()> {
    let old = prior.and_then(|prior| prior.block("ttl"));
    let Some(new) = planned.block("ttl") else { return Ok(()) };
    let is_on = |block: View<'_>| block.bool("enabled") == Some(true);
    let (was_on, is_to_be_on) = (old.is_some_and(is_on), is_on(new));
    // What is so already cannot be made so.
    let is_same_attribute =
        old.and_then(|old| old.text("attribute_name")) == new.text("attribute_name");
    if was_on == is_to_be_on && (!is_to_be_on || is_same_attribute) {
        return Ok(());
    }
    let attribute = new.text("attribute_name").or_else(|| old?.text("attribute_name"));
    let specification = TimeToLiveSpecification::builder().enabled(is_to_be_on);
    let specification = specification.set_attribute_name(attribute).build().complete()?;
    let call = client.dynamodb().update_time_to_live().table_name(name);
    let answer = call.time_to_live_specification(specification).send().await;
    answer.of("dynamodb:UpdateTimeToLive").map(drop)
}

/// Sets whether a table can be restored, here or in the region of a replica.
async fn set_backups(
    client: &AwsClients,
    name: &str,
    region: Option<&str>,
    block: View<'_>,
    timeout: Duration,
) -> OpResult<()> {
    let is_on = block.bool("enabled").or_else(|| block.bool("point_in_time_recovery"));
    let specification = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(is_on == Some(true))
        .set_recovery_period_in_days(block.count("recovery_period_in_days"));
    let specification = specification.build().complete()?;
    // Backups of a new table are not to be had at once.
    Wait::new(format!("backups of {name} to be enabled"), timeout)
        .until_done(
            |error| error.code.as_deref() == Some("ContinuousBackupsUnavailableException"),
            || async {
                let call = client.dynamodb().update_continuous_backups().table_name(name);
                let call = call.point_in_time_recovery_specification(specification.clone());
                let call = call.customize().config_override(in_region(region));
                call.send().await.of("dynamodb:UpdateContinuousBackups").map(drop)
            },
        )
        .await
}

/// Has a call go to another region, if one is named.
fn in_region(region: Option<&str>) -> Builder {
    match region {
        Some(region) => Builder::new().region(Region::new(region.to_owned())),
        None => Builder::new(),
    }
}

async fn set_replicas(
    client: &AwsClients,
    name: &str,
    prior: Option<View<'_>>,
    planned: View<'_>,
    timeout: Duration,
) -> OpResult<()> {
    let old: Vec<View<'_>> = prior.map(|it| it.blocks("replica").collect()).unwrap_or_default();
    let new: Vec<View<'_>> = planned.blocks("replica").collect();
    let was = |region: &str| old.iter().find(|it| it.str("region_name") == Some(region)).copied();
    for gone in old.iter().filter_map(|old| old.str("region_name")) {
        if !new.iter().any(|new| new.str("region_name") == Some(gone)) {
            delete_replica(client, name, gone, timeout).await?;
        }
    }
    for replica in &new {
        let region = replica.str_or_empty("region_name");
        let before = was(region);
        let has_other_key = before.is_some_and(|before| {
            let key = replica.text("kms_key_arn");
            key.is_some() && before.text("kms_key_arn") != key
        });
        // The key of a replica cannot be changed.
        if has_other_key {
            delete_replica(client, name, region, timeout).await?;
        }
        let before = before.filter(|_| !has_other_key);
        if before.is_none() {
            let create = CreateReplicationGroupMemberAction::builder().region_name(region);
            let create = create.set_kms_master_key_id(replica.text("kms_key_arn"));
            let update = ReplicationGroupUpdate::builder().create(create.build().complete()?);
            let call = client.dynamodb().update_table().table_name(name);
            run(client, name, call.replica_updates(update.build()), timeout).await?;
        }
        let differs = |name: &str| {
            let old = before.and_then(|before| before.bool(name)).unwrap_or(false);
            replica.bool(name).unwrap_or(false) != old
        };
        if differs("point_in_time_recovery") {
            set_backups(client, name, Some(region), *replica, timeout).await?;
        }
        if replica.bool("propagate_tags") == Some(true) {
            tag_replica(client, name, region, planned).await?;
        }
    }
    Ok(())
}

/// Gives a replica the table's tags.
async fn tag_replica(
    client: &AwsClients,
    name: &str,
    region: &str,
    planned: View<'_>,
) -> OpResult<()> {
    let Some(tags) = client.tags.of_new::<Tag>(planned.value())? else { return Ok(()) };
    let call = client.dynamodb().describe_table().table_name(name).customize();
    let answer = call.config_override(in_region(Some(region))).send().await;
    let found = answer.of("dynamodb:DescribeTable")?.table.and_then(|table| table.table_arn);
    let call = client.dynamodb().tag_resource().resource_arn(found.promised("ARN")?);
    let call = call.set_tags(Some(tags)).customize().config_override(in_region(Some(region)));
    call.send().await.of("dynamodb:TagResource").map(drop)
}

async fn delete_replica(
    client: &AwsClients,
    name: &str,
    region: &str,
    timeout: Duration,
) -> OpResult<()> {
    let delete = DeleteReplicationGroupMemberAction::builder().region_name(region);
    let update = ReplicationGroupUpdate::builder().delete(delete.build().complete()?).build();
    let call = client.dynamodb().update_table().table_name(name).replica_updates(update);
    match run(client, name, call, timeout).await {
        Err(error) if error.is_not_found() => Ok(()),
        answer => answer,
    }
}

/// Deletes the replicas of a table that is to go: it cannot, as long as it has any.
pub(super) async fn delete_replicas(
    client: &AwsClients,
    name: &str,
    object: View<'_>,
    timeout: Duration,
) -> OpResult<()> {
    let Some(found) = super::live::describe(client, name).await? else { return Ok(()) };
    for region in object.blocks("replica").filter_map(|replica| replica.str("region_name")) {
        if found.replicas().iter().any(|replica| replica.region_name() == Some(region)) {
            delete_replica(client, name, region, timeout).await?;
        }
    }
    Ok(())
}
