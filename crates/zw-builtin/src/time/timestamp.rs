//! Points in time, as `2024-05-06T07:08:09Z`.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zw_lang::Value;

/// A point in time with its offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// In UTC, to the second.
    pub(crate) fn of(time: SystemTime) -> Self {
        let time = OffsetDateTime::from(time);
        Self(time.replace_nanosecond(0).unwrap_or(time))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self)
    }

    /// A point in time.
    pub(crate) const fn at(time: OffsetDateTime) -> Self {
        Self(time)
    }

    /// It, with its offset.
    pub(crate) const fn time(self) -> OffsetDateTime {
        self.0
    }

    /// As RFC 3339 has it.
    pub(crate) fn text(self) -> String {
        // Years of more than four digits have no such form; no clock shows them.
        self.0.format(&Rfc3339).unwrap_or_default()
    }

    /// The parts of it, by the names of attributes.
    pub(crate) fn parts(self) -> [(&'static str, Value); 7] {
        let number = |number: u8| Value::from(i64::from(number));
        [
            ("day", number(self.0.day())),
            ("hour", number(self.0.hour())),
            ("minute", number(self.0.minute())),
            ("month", number(self.0.month().into())),
            ("second", number(self.0.second())),
            ("unix", Value::from(self.0.unix_timestamp())),
            ("year", Value::from(i64::from(self.0.year()))),
        ]
    }
}
