//! Points in time, as attributes have them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// `2024-05-06T07:08:09Z`; fractions of seconds are left out, as services give them in some answers only.
pub(crate) fn rfc3339(time: &DateTime) -> Option<String> {
    DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok()
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
