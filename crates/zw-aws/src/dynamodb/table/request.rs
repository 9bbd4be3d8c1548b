//! From arguments to the parts of a request.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, CsvOptions, GlobalSecondaryIndex, InputFormatOptions, KeySchemaElement,
    KeyType, LocalSecondaryIndex, OnDemandThroughput, Projection, ProvisionedThroughput,
    S3BucketSource, SseSpecification, SseType, StreamSpecification, TableCreationParameters, Tag,
};

use crate::toolkit::parsed_time;
use crate::toolkit::prelude::*;

const PROVISIONED: &str = "PROVISIONED";

/// Whether a table begins with what another one or a bucket has.
pub(super) fn is_made_of_another(planned: View<'_>) -> bool {
    let sources = ["restore_source_name", "restore_source_table_arn"];
    sources.iter().any(|name| planned.text(name).is_some())
        || planned.block("import_table").is_some()
}

/// Makes the table: new, as another one was, or from files.
pub(super) async fn create(
    client: &AwsClients,
    new: &New<'_>,
    tags: Option<Vec<Tag>>,
) -> OpResult<()> {
    let planned = new.planned;
    if let Some(import) = planned.block("import_table") {
        return create_from_files(client, new, import).await;
    }
    if is_made_of_another(planned) {
        return restore(client, planned).await;
    }
    fill!(
        client.dynamodb().create_table(), planned,
        set_table_name = string "name",
        set_billing_mode = word "billing_mode",
        set_deletion_protection_enabled = bool "deletion_protection_enabled",
        set_table_class = word "table_class",
    )
    .set_attribute_definitions(Some(attributes(planned)?))
    .set_key_schema(Some(keys(planned)?))
    .set_global_secondary_indexes(global_indexes(planned)?)
    .set_local_secondary_indexes(local_indexes(planned)?)
    .set_provisioned_throughput(provisioned(planned, planned)?)
    .set_on_demand_throughput(on_demand(planned))
    .set_sse_specification(encryption(planned))
    .set_stream_specification(stream(planned)?)
    .set_tags(tags)
    .send()
    .await
    .of("dynamodb:CreateTable")
    .map(drop)
}

async fn restore(client: &AwsClients, planned: View<'_>) -> OpResult<()> {
    let time = planned.text("restore_date_time").map(|text| parsed_time(&text)).transpose()?;
    fill!(
        client.dynamodb().restore_table_to_point_in_time(), planned,
        set_target_table_name = string "name",
        set_source_table_name = text "restore_source_name",
        set_source_table_arn = text "restore_source_table_arn",
        set_use_latest_restorable_time = bool "restore_to_latest_time",
        set_billing_mode_override = word "billing_mode",
    )
    .set_restore_date_time(time)
    .set_global_secondary_index_override(global_indexes(planned)?)
    .set_local_secondary_index_override(local_indexes(planned)?)
    .set_provisioned_throughput_override(provisioned(planned, planned)?)
    .set_on_demand_throughput_override(on_demand(planned))
    .set_sse_specification_override(encryption(planned))
    .send()
    .await
    .of("dynamodb:RestoreTableToPointInTime")
    .map(drop)
}

async fn create_from_files(client: &AwsClients, new: &New<'_>, import: View<'_>) -> OpResult<()> {
    let planned = new.planned;
    let source = import.block("s3_bucket_source").map(|source| {
        build!(
            S3BucketSource, source,
            set_s3_bucket = string "bucket",
            set_s3_bucket_owner = text "bucket_owner",
            set_s3_key_prefix = text "key_prefix",
        )
        .complete()
    });
    let csv = import.block("input_format_options").and_then(|options| options.block("csv"));
    let options = csv.map(|csv| {
        let csv = build!(
            CsvOptions, csv,
            set_delimiter = text "delimiter",
            set_header_list = texts "header_list",
        );
        InputFormatOptions::builder().csv(csv).build()
    });
    let table = fill!(
        TableCreationParameters::builder(), planned,
        set_table_name = string "name",
        set_billing_mode = word "billing_mode",
    )
    .set_attribute_definitions(Some(attributes(planned)?))
    .set_key_schema(Some(keys(planned)?))
    .set_global_secondary_indexes(global_indexes(planned)?)
    .set_provisioned_throughput(provisioned(planned, planned)?)
    .set_on_demand_throughput(on_demand(planned))
    .set_sse_specification(encryption(planned));
    let call = fill!(
        client.dynamodb().import_table(), import,
        set_input_compression_type = word "input_compression_type",
        set_input_format = word "input_format",
    );
    call.client_token(new.token)
        .set_s3_bucket_source(source.transpose()?)
        .set_input_format_options(options)
        .table_creation_parameters(table.build().complete()?)
        .send()
        .await
        .of("dynamodb:ImportTable")
        .map(drop)
}

pub(super) fn attributes(planned: View<'_>) -> OpResult<Vec<AttributeDefinition>> {
    let blocks = planned.blocks("attribute").map(|attribute| {
        build!(
            AttributeDefinition, attribute,
            set_attribute_name = string "name",
            set_attribute_type = word "type",
        )
        .complete()
    });
    blocks.collect()
}

/// The keys of a table or an index.
pub(super) fn keys(of: View<'_>) -> OpResult<Vec<KeySchemaElement>> {
    let keys = [("hash_key", KeyType::Hash), ("range_key", KeyType::Range)];
    let keys = keys.into_iter().filter_map(|(name, kind)| {
        let attribute = of.text(name)?;
        Some(
            KeySchemaElement::builder().attribute_name(attribute).key_type(kind).build().complete(),
        )
    });
    keys.collect()
}

fn global_indexes(planned: View<'_>) -> OpResult<Option<Vec<GlobalSecondaryIndex>>> {
    let indexes = planned.blocks("global_secondary_index").map(|index| {
        GlobalSecondaryIndex::builder()
            .set_index_name(index.string("name"))
            .set_key_schema(Some(keys(index)?))
            .projection(projection(index))
            .set_provisioned_throughput(provisioned(planned, index)?)
            .set_on_demand_throughput(on_demand(index))
            .build()
            .complete()
    });
    let indexes = indexes.collect::<OpResult<Vec<_>>>()?;
    Ok(Some(indexes).filter(|all| !all.is_empty()))
}

fn local_indexes(planned: View<'_>) -> OpResult<Option<Vec<LocalSecondaryIndex>>> {
    let hash_key = planned.text("hash_key");
    let indexes = planned.blocks("local_secondary_index").map(|index| {
        let hash = KeySchemaElement::builder().set_attribute_name(hash_key.clone());
        let hash = hash.key_type(KeyType::Hash).build().complete()?;
        let mut schema = vec![hash];
        schema.extend(keys(index)?);
        LocalSecondaryIndex::builder()
            .set_index_name(index.string("name"))
            .set_key_schema(Some(schema))
            .projection(projection(index))
            .build()
            .complete()
    });
    let indexes = indexes.collect::<OpResult<Vec<_>>>()?;
    Ok(Some(indexes).filter(|all| !all.is_empty()))
}

pub(super) fn projection(index: View<'_>) -> Projection {
    build!(
        Projection, index,
        set_projection_type = word "projection_type",
        set_non_key_attributes = texts "non_key_attributes",
    )
}

/// What is provisioned for a table or one of its indexes; `None` if nothing is.
pub(super) fn provisioned(
    table: View<'_>,
    of: View<'_>,
) -> OpResult<Option<ProvisionedThroughput>> {
    if table.str("billing_mode").unwrap_or(PROVISIONED) != PROVISIONED {
        return Ok(None);
    }
    let units = |name| of.i64(name).filter(|units| *units > 0);
    let (Some(read), Some(write)) = (units("read_capacity"), units("write_capacity")) else {
        return Ok(None);
    };
    let built = ProvisionedThroughput::builder().read_capacity_units(read);
    Ok(Some(built.write_capacity_units(write).build().complete()?))
}

pub(super) fn on_demand(of: View<'_>) -> Option<OnDemandThroughput> {
    let block = of.block("on_demand_throughput")?;
    Some(build!(
        OnDemandThroughput, block,
        set_max_read_request_units = i64 "max_read_request_units",
        set_max_write_request_units = i64 "max_write_request_units",
    ))
}

pub(super) fn encryption(planned: View<'_>) -> Option<SseSpecification> {
    let block = planned.block("server_side_encryption")?;
    let is_enabled = block.bool("enabled") == Some(true);
    let built = SseSpecification::builder().enabled(is_enabled);
    let key = block.text("kms_key_arn").filter(|_| is_enabled);
    let built = built.set_sse_type(is_enabled.then_some(SseType::Kms));
    Some(built.set_kms_master_key_id(key).build())
}

pub(super) fn stream(planned: View<'_>) -> OpResult<Option<StreamSpecification>> {
    if planned.bool("stream_enabled") != Some(true) {
        return Ok(None);
    }
    let built = StreamSpecification::builder().stream_enabled(true);
    let built = built.set_stream_view_type(planned.word("stream_view_type"));
    Ok(Some(built.build().complete()?))
}
