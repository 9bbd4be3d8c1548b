//! The nested blocks of a table.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Nesting};

use crate::toolkit::validate::{arn, between, one_of};
use crate::toolkit::{
    computed, list_of_strings, optional, optional_computed, required, set_of_strings,
    timeouts_block,
};

pub(super) fn all() -> Vec<NestedBlock> {
    vec![
        attribute(),
        global_secondary_index(),
        import_table(),
        local_secondary_index(),
        on_demand_throughput(),
        point_in_time_recovery(),
        replica(),
        server_side_encryption(),
        timeouts_block(&["create", "delete", "update"]),
        ttl(),
    ]
}

fn attribute() -> NestedBlock {
    NestedBlock::new(
        "attribute",
        Nesting::Set,
        Block::new(
            [
                required("name", Type::String, "The attribute's name."),
                required("type", Type::String, "`S` for texts, `N` for numbers, `B` for bytes.")
                    .validate(one_of!("S", "N", "B")),
            ],
            [],
        ),
    )
    .computed()
    .describe("An attribute that a key of the table or of an index is made of.")
}

fn global_secondary_index() -> NestedBlock {
    NestedBlock::new(
        "global_secondary_index",
        Nesting::Set,
        Block::new(
            [
                required("hash_key", Type::String, "The attribute that items are spread by."),
                required("name", Type::String, "The index's name."),
                optional(
                    "non_key_attributes",
                    set_of_strings(),
                    "Attributes that the index has besides keys; for `INCLUDE`.",
                ),
                required("projection_type", Type::String, "Which attributes the index has.")
                    .validate(one_of!("ALL", "INCLUDE", "KEYS_ONLY")),
                optional("range_key", Type::String, "The attribute that items are sorted by."),
                optional("read_capacity", Type::Number, "Read units a second, if provisioned."),
                optional("write_capacity", Type::Number, "Write units a second, if provisioned."),
            ],
            [on_demand_throughput()],
        ),
    )
    .describe("Another order of all items.")
}

fn local_secondary_index() -> NestedBlock {
    NestedBlock::new(
        "local_secondary_index",
        Nesting::Set,
        Block::new(
            [
                required("name", Type::String, "The index's name.").force_new(),
                optional(
                    "non_key_attributes",
                    list_of_strings(),
                    "Attributes that the index has besides keys; for `INCLUDE`.",
                )
                .force_new(),
                required("projection_type", Type::String, "Which attributes the index has.")
                    .force_new()
                    .validate(one_of!("ALL", "INCLUDE", "KEYS_ONLY")),
                required("range_key", Type::String, "The attribute that items are sorted by.")
                    .force_new(),
            ],
            [],
        ),
    )
    .force_new()
    .describe("Another order of the items with one hash key.")
}

fn on_demand_throughput() -> NestedBlock {
    NestedBlock::one(
        "on_demand_throughput",
        Block::new(
            [
                optional("max_read_request_units", Type::Number, "Read units; -1 for any number."),
                optional(
                    "max_write_request_units",
                    Type::Number,
                    "Write units; -1 for any number.",
                ),
            ],
            [],
        ),
    )
    .describe("How much may be used, if nothing is provisioned.")
}

fn point_in_time_recovery() -> NestedBlock {
    NestedBlock::one(
        "point_in_time_recovery",
        Block::new(
            [
                required("enabled", Type::Bool, "Whether the table can be restored."),
                optional_computed(
                    "recovery_period_in_days",
                    Type::Number,
                    "How many days it can be restored for.",
                )
                .validate(between!(1, 35)),
            ],
            [],
        ),
    )
    .computed()
    .describe("Whether the table can be restored as of any time.")
}

fn replica() -> NestedBlock {
    NestedBlock::new(
        "replica",
        Nesting::Set,
        Block::new(
            [
                computed("arn", Type::String, "The replica's ARN."),
                computed("stream_arn", Type::String, "The ARN of the replica's stream."),
                computed("stream_label", Type::String, "When the replica's stream was made."),
                required("region_name", Type::String, "The region."),
                optional_computed("kms_key_arn", Type::String, "The KMS key there.").validate(arn),
                optional(
                    "point_in_time_recovery",
                    Type::Bool,
                    "Whether the replica can be restored as of any time.",
                )
                .default(false),
                optional("propagate_tags", Type::Bool, "Whether the replica has the table's tags.")
                    .default(false),
            ],
            [],
        ),
    )
    .describe("The same table in another region.")
}

fn server_side_encryption() -> NestedBlock {
    NestedBlock::one(
        "server_side_encryption",
        Block::new(
            [
                required(
                    "enabled",
                    Type::Bool,
                    "Whether a KMS key is used, and not one of DynamoDB.",
                ),
                optional_computed("kms_key_arn", Type::String, "The ARN of the KMS key.")
                    .validate(arn),
            ],
            [],
        ),
    )
    .computed()
    .describe("How items are encrypted.")
}

fn ttl() -> NestedBlock {
    NestedBlock::one(
        "ttl",
        Block::new(
            [
                optional(
                    "attribute_name",
                    Type::String,
                    "The attribute with the time of an item's end.",
                ),
                optional("enabled", Type::Bool, "Whether items end.").default(false),
            ],
            [],
        ),
    )
    .computed()
    .describe("When items go by themselves.")
}

fn import_table() -> NestedBlock {
    let csv = Block::new(
        [
            optional("delimiter", Type::String, "What is between two values.").force_new(),
            optional("header_list", set_of_strings(), "Names of attributes.").force_new(),
        ],
        [],
    );
    let source = Block::new(
        [
            required("bucket", Type::String, "The bucket.").force_new(),
            optional("bucket_owner", Type::String, "The account that owns the bucket.").force_new(),
            optional("key_prefix", Type::String, "What the keys begin with.").force_new(),
        ],
        [],
    );
    NestedBlock::one(
        "import_table",
        Block::new(
            [
                optional("input_compression_type", Type::String, "How files are packed.")
                    .force_new()
                    .validate(one_of!("GZIP", "ZSTD", "NONE")),
                required("input_format", Type::String, "What files are.")
                    .force_new()
                    .validate(one_of!("CSV", "DYNAMODB_JSON", "ION")),
            ],
            [
                NestedBlock::one(
                    "input_format_options",
                    Block::new([], [NestedBlock::one("csv", csv).describe("How CSV is written.")]),
                )
                .force_new()
                .describe("How files are written."),
                NestedBlock::one("s3_bucket_source", source)
                    .required()
                    .force_new()
                    .describe("Where the files are."),
            ],
        ),
    )
    .force_new()
    .describe("Files with items that a new table begins with.")
}
