//! Who changes a state, and when.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::{Holder, RunKind};

/// Who changes a state: told to others who want to, and kept in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user's name.
    pub user: String,
    /// The host's name.
    pub host: String,
    /// The process.
    pub pid: u32,
}

impl Actor {
    /// The user and process that run this program.
    pub fn of_this_process() -> Self {
        let user = ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
        Self {
            user: user.unwrap_or_else(|| UNKNOWN.to_owned()),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            pid: std::process::id(),
        }
    }

    /// This one as the holder of a state, from now on.
    pub fn holding(&self, kind: RunKind) -> Holder {
        Holder {
            who: self.user.clone(),
            host: self.host.clone(),
            pid: self.pid,
            what: kind.name().to_owned(),
            since: Moment::now().rfc3339(),
            run: None,
            parts: Vec::new(),
        }
    }

    /// As `user@host`.
    pub fn at_host(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}

pub(crate) const UNKNOWN: &str = "unknown";

/// A second of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

impl Moment {
    /// By the clock of this machine.
    pub fn now() -> Self {
        // A clock that is set before 1970 gives 1970: times inform people, nothing relies on them.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::of_unix_seconds(since.as_secs())
    }

    /// Some days before now.
    pub(crate) fn days_ago(days: u32) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::of_unix_seconds(since.as_secs().saturating_sub(u64::from(days) * 86_400))
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    const fn of_unix_seconds(seconds: u64) -> Self {
        let days = seconds / 86_400 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + (month <= 2) as u64;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        Self { year, month, day, second_of_day: seconds % 86_400 }
    }

    /// As RFC 3339.
    pub fn rfc3339(self) -> String {
        let Self { year, month, day, .. } = self;
        let (hour, minute, second) = self.time();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// As `YYYYMMDDhhmmss`.
    pub const fn digits(self) -> u64 {
        let (hour, minute, second) = self.time();
        let date = (self.year * 100 + self.month) * 100 + self.day;
        ((date * 100 + hour) * 100 + minute) * 100 + second
    }

    const fn time(self) -> (u64, u64, u64) {
        (self.second_of_day / 3_600, self.second_of_day / 60 % 60, self.second_of_day % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_of_the_calendar() {
        let text = |seconds| Moment::of_unix_seconds(seconds).rfc3339();
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(text(951_868_800), "2000-03-01T00:00:00Z");
        assert_eq!(text(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(text(4_107_542_400), "2100-03-01T00:00:00Z");
        assert_eq!(Moment::of_unix_seconds(1_735_689_599).digits(), 20_241_231_235_959);
    }

    #[test]
    fn an_actor_has_a_name_and_a_host() {
        let actor = Actor::of_this_process();
        assert!(!actor.user.is_empty() && !actor.host.is_empty() && actor.pid > 0);
    }
}
