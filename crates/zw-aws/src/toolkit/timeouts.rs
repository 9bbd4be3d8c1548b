//! The `timeouts` block: how long an operation may take.

use std::time::Duration;

use zw_lang::{Type, Value};
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
        .and_then(parse_duration)
        .unwrap_or(default)
}

/// Reads a duration as Go writes it: `1h30m`, `90s`, `1.5h`, `300ms`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(unit_at);
        let unit_len = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_len);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

fn check(value: &Value) -> Result<(), String> {
    match value.as_str().map(parse_duration) {
        Some(None) => Err("a duration such as \"30m\" or \"1h30m\" is required.".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_mins(90)));
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("0"), Some(Duration::ZERO));
        for wrong in ["", "10", "m", "1d", "-1s", "1h 2m"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
