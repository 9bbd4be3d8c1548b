//! Timestamps of RFC 3339, as strict as Terraform is: a capital `T`, a capital `Z`, no leap
//! seconds.

use std::fmt;

const DAY_SECONDS: i64 = 86_400;
const NANOSECONDS: i128 = 1_000_000_000;

/// A point in time with the parts that a clock somewhere shows.
#[derive(Clone, Debug)]
pub(in crate::functions) struct Timestamp {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    /// Seconds that the clock is ahead of UTC.
    pub(super) offset_seconds: i64,
    /// Days since 1970-01-01 that the clock shows.
    pub(super) days: i64,
    nanosecond: i64,
}

impl Timestamp {
    /// The time that a clock on UTC shows, seconds after 1970.
    pub(super) fn utc(seconds: i64) -> Self {
        Self::at(i128::from(seconds) * NANOSECONDS, 0)
    }

    /// The time that a clock shows, nanoseconds after 1970 in UTC.
    fn at(instant: i128, offset_seconds: i64) -> Self {
        let local = instant + i128::from(offset_seconds) * NANOSECONDS;
        let seconds = i64::try_from(local.div_euclid(NANOSECONDS)).unwrap_or(i64::MAX);
        let nanosecond = i64::try_from(local.rem_euclid(NANOSECONDS)).unwrap_or(0);
        let days = seconds.div_euclid(DAY_SECONDS);
        let of_day = seconds.rem_euclid(DAY_SECONDS);
        let (year, month, day) = civil(days);
        let small = |value: i64| u8::try_from(value).unwrap_or(0);
        Self {
            year,
            month,
            day,
            hour: small(of_day / 3600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
            offset_seconds,
            days,
            nanosecond,
        }
    }

    /// Nanoseconds after 1970 in UTC.
    pub(super) fn instant(&self) -> i128 {
        let of_day =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
                - self.offset_seconds;
        let seconds = i128::from(self.days) * i128::from(DAY_SECONDS) + i128::from(of_day);
        seconds * NANOSECONDS + i128::from(self.nanosecond)
    }

    /// A later time on the same clock.
    pub(super) fn plus(&self, nanoseconds: i64) -> Self {
        Self::at(self.instant() + i128::from(nanoseconds), self.offset_seconds)
    }

    /// Reads a timestamp, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, false)
    }

    /// Reads a timestamp as Go's `time.Parse` does: the hour may have one digit, the fraction a comma,
    /// and an offset up to a full day.
    pub(super) fn parse_as_go(text: &str) -> Result<Self, String> {
        Self::read(text, true)
    }

    fn read(text: &str, lenient: bool) -> Result<Self, String> {
        Reader { rest: text, lenient }
            .timestamp()
            .map_err(|reason| format!("not a valid RFC3339 timestamp: {reason}"))
    }

    /// Reads a timestamp as YAML knows it: a date alone, or a date and a time with a zone or, with
    /// a space in between, without; fields may have one digit.
    pub(in crate::functions) fn parse_loosely(text: &str) -> Option<Self> {
        // All dates begin with a year of four digits.
        if text.as_bytes().get(4) != Some(&b'-') {
            return None;
        }
        let (date, time) = match text.find(['T', 't', ' ']) {
            Some(at) => (&text[..at], Some((&text[at..=at], &text[at + 1..]))),
            None => (text, None),
        };
        let fields = |text: &str, separator: char, widths: &[usize]| -> Option<Vec<i64>> {
            let parts: Vec<&str> = text.split(separator).collect();
            let fits = parts.len() == widths.len()
                && parts.iter().zip(widths).all(|(part, width)| (1..=*width).contains(&part.len()))
                && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            fits.then(|| parts.iter().map(|part| part.parse().ok()).collect())?
        };
        let date = fields(date, '-', &[4, 2, 2])?;
        let (clock, zone) = match time {
            None => ("0:0:0", "Z"),
            Some((" ", clock)) => (clock, "Z"),
            Some((_, time)) => time.split_at(time.find(['Z', '+', '-'])?),
        };
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let clock = fields(clock, ':', &[2, 2, 2])?;
        let (&[year, month, day], &[hour, minute, second]) = (&date[..], &clock[..]) else {
            return None;
        };
        let strict = format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}{zone}"
        );
        Self::parse(&strict).ok()
    }

    /// `Z`, or hours and minutes with a colon.
    pub(super) fn offset_or_z(&self) -> String {
        if self.offset_seconds == 0 { "Z".into() } else { self.offset_text(":") }
    }

    /// Hours and minutes with a sign.
    pub(super) fn offset_text(&self, separator: &str) -> String {
        let sign = if self.offset_seconds < 0 { '-' } else { '+' };
        let minutes = self.offset_seconds.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Display for Timestamp {
    /// As RFC 3339 has it, without the fraction of a second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
            self.year.abs(),
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.offset_or_z()
        )
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// Whether what Go's `time.Parse` takes will do.
    lenient: bool,
}

impl Reader<'_> {
    fn timestamp(mut self) -> Result<Timestamp, String> {
        let year = self.number("year", 4)?;
        self.introducer("year/month separator", "-")?;
        let month = self.number("month", 2)?;
        if !(1..=12).contains(&month) {
            return Err("month must be between 1 and 12 inclusive".into());
        }
        self.introducer("month/day separator", "-")?;
        let day = self.number("day of month", 2)?;
        self.introducer("time introducer", "T")?;
        let has_digits = |count| self.rest.bytes().take_while(u8::is_ascii_digit).count() == count;
        let hour_digits = if self.lenient && has_digits(1) { 1 } else { 2 };
        let hour = self.number("hour", hour_digits)?;
        if hour > 23 {
            return Err("hour must be between 0 and 23 inclusive".into());
        }
        self.introducer("hour/minute separator", ":")?;
        let minute = self.number("minute", 2)?;
        self.introducer("minute/second separator", ":")?;
        let second = self.number("second", 2)?;
        if minute > 59 || second > 59 {
            return Err("minute and second must be between 0 and 59 inclusive".into());
        }
        if day < 1 || day > i64::from(days_in_month(year, month)) {
            return Err("day out of range".into());
        }
        let nanosecond = self.fraction()?;
        let offset_seconds = self.offset()?;
        let small = |value: i64| u8::try_from(value).unwrap_or(0);
        Ok(Timestamp {
            year,
            month: small(month),
            day: small(day),
            hour: small(hour),
            minute: small(minute),
            second: small(second),
            offset_seconds,
            days: days_from_civil(year, month, day),
            nanosecond,
        })
    }

    fn number(&mut self, what: &str, digits: usize) -> Result<i64, String> {
        if self.rest.is_empty() {
            return Err(format!("end of string before {what}"));
        }
        let found = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if found == 0 {
            return Err(format!("cannot use {:?} as {what}", self.rest));
        }
        if found != digits {
            let count = if digits == 4 { "four" } else { "two" };
            return Err(format!("{what} must have exactly {count} digits"));
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().map_err(|_| format!("cannot use {number:?} as {what}"))
    }

    fn introducer(&mut self, what: &str, expected: &str) -> Result<(), String> {
        self.rest = self
            .rest
            .strip_prefix(expected)
            .ok_or_else(|| format!("missing required {what} '{expected}'"))?;
        Ok(())
    }

    fn fraction(&mut self) -> Result<i64, String> {
        let comma = self.rest.strip_prefix(',').filter(|_| self.lenient);
        let Some(rest) = self.rest.strip_prefix('.').or(comma) else { return Ok(0) };
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 {
            return Err("cannot use \".\" as timestamp segment".into());
        }
        let (digits, rest) = rest.split_at(len);
        self.rest = rest;
        // Nanoseconds are as fine as it gets.
        let nanoseconds: String = digits.chars().chain("000000000".chars()).take(9).collect();
        nanoseconds.parse().map_err(|_| "fraction out of range".into())
    }

    fn offset(self) -> Result<i64, String> {
        let text = self.rest;
        if text.is_empty() {
            return Err("end of string before UTC offset".into());
        }
        if text == "Z" {
            return Ok(0);
        }
        let invalid = || format!("cannot use {text:?} as UTC offset");
        let sign = match text.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(invalid()),
        };
        let (hours, minutes) = text[1..].split_once(':').ok_or_else(invalid)?;
        let part = |text: &str, max: i64| {
            let value: i64 = text.parse().ok()?;
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            (digits && value <= max).then_some(value)
        };
        let (hours_max, minutes_max) = if self.lenient { (24, 60) } else { (23, 59) };
        let hours = part(hours, hours_max).ok_or_else(invalid)?;
        let minutes = part(minutes, minutes_max).ok_or_else(invalid)?;
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i64, month: i64) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, u8, u8) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}
