//! Durations, as `1.5h`.

use std::time::Duration;

/// A number and one of `ms`, `s`, `m` and `h`.
///
/// Source: the pattern `^[0-9]+(\.[0-9]+)?(ms|s|m|h)$` of terraform-provider-time.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let nanos_per_unit: f64 = match unit {
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        _ => return None,
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let seconds = number.parse::<f64>().ok()? * nanos_per_unit / 1e9;
    // What does not fit is longer than anybody waits.
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(parse("30s"), Some(Duration::from_secs(30)));
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(parse("2h"), Some(Duration::from_hours(2)));
        for wrong in
            ["", "s", "1", "1d", "-1s", ".5s", "1.s", "1e3s", "1m30s", "1 s", "inf", "1.2.3s"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&format!("{}h", "9".repeat(400))), None);
    }
}
