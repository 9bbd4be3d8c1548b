//! The `timeouts` block: how long an operation may take.

use std::time::Duration;

use zw_lang::{Type, Value, duration};
use zw_provider::View;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting};

/// The block `timeouts`, with an attribute for each operation that takes its time.
pub(crate) fn timeouts_block(operations: &[&'static str]) -> NestedBlock {
    let attributes = operations.iter().map(|operation| {
        Attribute::optional(operation, Type::String)
            .describe("How long the operation may take, as `30m` or `1h30m`.")
            .validate(check)
    });
    NestedBlock::new("timeouts", Nesting::Single, Block::new(attributes, []))
        .describe("How long operations may take.")
}

/// How long an operation on this object may take.
pub(crate) fn timeouts(object: &Value, operation: &str, default: Duration) -> Duration {
    object
        .get("timeouts")
        .and_then(|block| View::new(block).str(operation))
        .and_then(|text| duration::parse(text).ok())
        .unwrap_or(default)
}

fn check(value: &Value) -> Result<(), String> {
    match value.as_str().map(duration::parse) {
        Some(Err(_)) => Err("a duration such as \"30m\" or \"1h30m\" is required.".into()),
        _ => Ok(()),
    }
}
