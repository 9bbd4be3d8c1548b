//! The nested blocks of a node group.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Nesting};

use crate::toolkit::validate::{between, length, one_of};
use crate::toolkit::{optional, optional_computed, required, set_of_strings, timeouts_block};

pub(super) fn blocks() -> Vec<NestedBlock> {
    vec![
        launch_template(),
        NestedBlock::one(
            "node_repair_config",
            Block::new([optional("enabled", Type::Bool, "Whether it is on.")], []),
        )
        .computed()
        .describe("Whether nodes that are not well are replaced."),
        remote_access(),
        scaling_config(),
        taint(),
        timeouts_block(&["create", "delete", "update"]),
        update_config(),
    ]
}

fn launch_template() -> NestedBlock {
    NestedBlock::one(
        "launch_template",
        Block::new(
            [
                optional_computed("id", Type::String, "The template's id.").force_new(),
                optional_computed("name", Type::String, "The template's name.")
                    .force_new()
                    .validate(length::<3, 125>),
                required("version", Type::String, "The template's version.")
                    .validate(length::<1, 255>),
            ],
            [],
        ),
    )
    .describe("What the nodes are to be like.")
}

fn remote_access() -> NestedBlock {
    NestedBlock::one(
        "remote_access",
        Block::new(
            [
                optional("ec2_ssh_key", Type::String, "The key pair.").force_new(),
                optional(
                    "source_security_group_ids",
                    set_of_strings(),
                    "From where; without it, from everywhere.",
                )
                .force_new(),
            ],
            [],
        ),
    )
    .force_new()
    .describe("Access to the nodes by SSH.")
}

fn scaling_config() -> NestedBlock {
    NestedBlock::one(
        "scaling_config",
        Block::new(
            [
                required("desired_size", Type::Number, "How many nodes there are to be.")
                    .validate(between!(0, 2_147_483_647)),
                required("max_size", Type::Number, "How many there may be.")
                    .validate(between!(1, 2_147_483_647)),
                required("min_size", Type::Number, "How many there have to be.")
                    .validate(between!(0, 2_147_483_647)),
            ],
            [],
        ),
    )
    .required()
    .describe("How many nodes there are.")
}

fn taint() -> NestedBlock {
    NestedBlock::new(
        "taint",
        Nesting::Set,
        Block::new(
            [
                required("key", Type::String, "The key.").validate(length::<1, 63>),
                optional("value", Type::String, "The value.").validate(length::<0, 63>),
                required(
                    "effect",
                    Type::String,
                    "`NO_SCHEDULE`, `NO_EXECUTE` or `PREFER_NO_SCHEDULE`.",
                )
                .validate(one_of!(
                    "NO_SCHEDULE",
                    "NO_EXECUTE",
                    "PREFER_NO_SCHEDULE"
                )),
            ],
            [],
        ),
    )
    .max(50)
    .describe("What keeps pods off the nodes.")
}

fn update_config() -> NestedBlock {
    NestedBlock::one(
        "update_config",
        Block::new(
            [
                optional("max_unavailable", Type::Number, "How many nodes may be missing.")
                    .validate(between!(1, 100)),
                optional(
                    "max_unavailable_percentage",
                    Type::Number,
                    "Which part of the nodes may be missing, in percent.",
                )
                .validate(between!(1, 100)),
            ],
            [],
        ),
    )
    .computed()
    .describe("How many nodes may be missing while they are replaced.")
}
