//! Points in time, as attributes have them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use zw_provider::{OpError, OpErrorKind, OpResult};

/// `2024-05-06T07:08:09Z`; fractions of seconds are left out, as services give them in some answers only.
pub(crate) fn rfc3339(time: &DateTime) -> Option<String> {
    DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok()
}

/// A time as people write it.
pub(crate) fn parsed_time(text: &str) -> OpResult<DateTime> {
    DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|error| {
        let message = format!("{text:?} is not a time such as 2024-05-06T07:08:09Z: {error}.");
        OpError::new(OpErrorKind::Invalid, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_whole_seconds() {
        let time = DateTime::from_secs_and_nanos(1_714_979_289, 123_000_000);
        assert_eq!(rfc3339(&time).as_deref(), Some("2024-05-06T07:08:09Z"));
    }
}
