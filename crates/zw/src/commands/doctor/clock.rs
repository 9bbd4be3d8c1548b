//! Whether the clock is right: signatures of requests carry the time, and services refuse those that are off by
//! minutes.

use std::time::{Duration, SystemTime};

use super::{Check, Health};

/// How far off a clock may be. AWS refuses requests that are off by more than five minutes.
const SKEW_MAX: Duration = Duration::from_mins(1);

/// How long to wait for a server that is only asked for the time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Compares the clock with that of a server of a cloud that is used, if there is one.
pub(super) async fn check(clouds: &[String]) -> Option<Check> {
    let url = clouds.iter().find_map(|cloud| server_of(cloud))?;
    let asked = url.clone();
    let answer = tokio::task::spawn_blocking(move || skew(&asked)).await;
    let what = "clock";
    Some(match answer.unwrap_or_else(|error| Err(error.to_string())) {
        Ok(skew) if skew <= SKEW_MAX => Check::new(
            what,
            Health::Good,
            format!("It agrees with {url} to {} s.", skew.as_secs().max(1)),
        ),
        Ok(skew) => Check::new(
            what,
            Health::Wrong,
            format!(
                "It is off by {} s, says {url}: signed requests may be refused. Synchronise it with NTP.",
                skew.as_secs()
            ),
        ),
        Err(reason) => {
            Check::new(what, Health::Unknown, format!("{url} did not say the time: {reason}."))
        }
    })
}

/// A server that answers whoever asks, and says when.
fn server_of(cloud: &str) -> Option<String> {
    let given = |name| std::env::var(name).ok().filter(|url| !url.is_empty());
    match cloud {
        "aws" => given("AWS_ENDPOINT_URL_STS")
            .or_else(|| given("AWS_ENDPOINT_URL"))
            .or_else(|| Some("https://sts.amazonaws.com/".to_owned())),
        _ => None,
    }
}

fn skew(url: &str) -> Result<Duration, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .tls_config(
            ureq::tls::TlsConfig::builder()
                .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                .build(),
        )
        .build()
        .into();
    let answer = agent.head(url).call().map_err(|error| error.to_string())?;
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let there = date.and_then(http_date).ok_or("there is no date in its answer")?;
    let here = SystemTime::now();
    let ahead = here.duration_since(there);
    Ok(ahead.unwrap_or_else(|error| error.duration()))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
///
/// Source: RFC 9110, 5.6.7, `IMF-fixdate`.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_once(", ")?.1.split(' ');
    let day: u64 = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = u64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let year: u64 = parts.next()?.parse().ok()?;
    let mut time = parts.next()?.split(':').map(str::parse::<u64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    // Days since the epoch: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    let shifted = if month > 2 { year } else { year.checked_sub(1)? };
    let (era, year_of_era) = (shifted / 400, shifted % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_servers_are_read() {
        let seconds = |text| {
            let since = http_date(text)?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            Some(since.as_secs())
        };
        // The example of the RFC, and two around the end of February.
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 29 Feb 2024 12:34:56 GMT"), Some(1_709_210_096));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for wrong in ["", "Sun, 06 Nuv 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
