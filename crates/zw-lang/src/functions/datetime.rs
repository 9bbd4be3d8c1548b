//! Functions of date and time.

mod timestamp;

use std::cmp::Ordering;

use super::args::{Outcome, string, text};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::Value;

pub(super) use timestamp::Timestamp;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From 1970-01-01, which was a Thursday.
const WEEKDAYS: [&str; 7] =
    ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

pub(super) fn functions() -> Vec<Function> {
    let param = |name| Param::new(name, Type::String);
    vec![
        Function::new(
            "formatdate",
            "Writes a timestamp in another format.",
            vec![param("format"), param("time")],
            Type::String,
            formatdate,
        ),
        Function::new(
            "plantimestamp",
            "Returns the time at which the plan was begun.",
            vec![],
            Type::String,
            |_, context| Ok(string(Timestamp::utc(context.host.plan_time().0).to_string())),
        ),
        Function::new(
            "timeadd",
            "Adds a duration to a timestamp.",
            vec![param("timestamp"), param("duration")],
            Type::String,
            timeadd,
        ),
        Function::new(
            "timecmp",
            "Compares two timestamps: -1, 0 or 1 if the first is earlier, equal or later.",
            vec![param("timestamp_a"), param("timestamp_b")],
            Type::Number,
            timecmp,
        ),
        Function::new(
            "timestamp",
            "Returns the current time; unknown until the plan is applied.",
            vec![],
            Type::String,
            |_, context| {
                Ok(match context.host.now() {
                    Some((seconds, _)) => string(Timestamp::utc(seconds).to_string()),
                    None => Value::unknown(Type::String),
                })
            },
        ),
    ]
}

fn timestamp_arg(args: &[Value], index: usize) -> Result<Timestamp, FuncError> {
    Timestamp::parse(text(args, index)).map_err(|reason| FuncError::arg(index, reason))
}

fn timeadd(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let time = Timestamp::parse(text(args, 0)).map_err(FuncError::new)?;
    let nanoseconds = crate::duration::nanoseconds(text(args, 1)).map_err(FuncError::new)?;
    Ok(string(time.plus(nanoseconds).to_string()))
}

fn timecmp(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let instant = |index| match Timestamp::parse_as_go(text(args, index)) {
        Ok(time) => Ok(time.instant()),
        Err(reason) => Err(FuncError::arg(index, reason)),
    };
    let order = instant(0)?.cmp(&instant(1)?);
    Ok(Value::from(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

fn formatdate(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let time = timestamp_arg(args, 1)?;
    let mut out = String::new();
    let mut rest = text(args, 0);
    while let Some(c) = rest.chars().next() {
        let len = if c == '\'' {
            literal(rest, &mut out).map_err(|reason| FuncError::arg(0, reason))?
        } else if c.is_ascii_alphabetic() {
            let len = rest.len() - rest.trim_start_matches(c).len();
            verb(&rest[..len], &time, &mut out).map_err(|reason| {
                FuncError::arg(0, format!("invalid date format verb {:?}{reason}", &rest[..len]))
            })?;
            len
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = &rest[len..];
    }
    Ok(string(out))
}

/// Writes the text between quotes at the beginning of `format`, in which a doubled quote is one, and
/// returns the length with the quotes. Two quotes alone are one, and so are two at the end.
///
/// Source: `splitDateFormat` of `cty`.
fn literal(format: &str, out: &mut String) -> Result<usize, String> {
    if format.starts_with("''") {
        out.push('\'');
        return Ok(2);
    }
    let mut at = 1;
    while let Some(end) = format[at..].find('\'') {
        out.push_str(&format[at..at + end]);
        at += end + 1;
        if !format[at..].starts_with('\'') {
            return Ok(at);
        }
        out.push('\'');
        at += 1;
        if at == format.len() {
            return Ok(at);
        }
    }
    Err("unterminated literal '".into())
}

/// Writes a part of a time. The error says what the verb should be.
fn verb(verb: &str, time: &Timestamp, out: &mut String) -> Result<(), &'static str> {
    let month = MONTHS[usize::from(time.month.clamp(1, 12)) - 1];
    let weekday = WEEKDAYS[usize::try_from(time.days.rem_euclid(7)).unwrap_or(0)];
    let hour12 = if time.hour.is_multiple_of(12) { 12 } else { time.hour % 12 };
    let is_morning = time.hour < 12;
    let written = match verb {
        "YYYY" => format!("{:04}", time.year),
        "YY" => format!("{:02}", time.year.rem_euclid(100)),
        "MMMM" => month.to_owned(),
        "MMM" => month[..3].to_owned(),
        "MM" => format!("{:02}", time.month),
        "M" => time.month.to_string(),
        "DD" => format!("{:02}", time.day),
        "D" => time.day.to_string(),
        "EEEE" => weekday.to_owned(),
        "EEE" => weekday[..3].to_owned(),
        "hh" => format!("{:02}", time.hour),
        "h" => time.hour.to_string(),
        "HH" => format!("{hour12:02}"),
        "H" => hour12.to_string(),
        "AA" => if is_morning { "AM" } else { "PM" }.to_owned(),
        "aa" => if is_morning { "am" } else { "pm" }.to_owned(),
        "mm" => format!("{:02}", time.minute),
        "m" => time.minute.to_string(),
        "ss" => format!("{:02}", time.second),
        "s" => time.second.to_string(),
        "Z" => time.offset_or_z(),
        "ZZZ" if time.offset_seconds == 0 => "UTC".to_owned(),
        "ZZZ" | "ZZZZ" => time.offset_text(""),
        "ZZZZZ" => time.offset_text(":"),
        _ => {
            return Err(match verb.as_bytes().first() {
                Some(b'Y') => ": year must either be \"YY\" or \"YYYY\"",
                Some(b'M') => ": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"",
                Some(b'D') => ": day of month must either be \"D\" or \"DD\"",
                Some(b'E') => ": day of week must either be \"EEE\" or \"EEEE\"",
                Some(b'h') => ": 24-hour must either be \"h\" or \"hh\"",
                Some(b'H') => ": 12-hour must either be \"H\" or \"HH\"",
                Some(b'A') => ": must be \"AA\"",
                Some(b'a') => ": must be \"aa\"",
                Some(b'm') => ": minute must either be \"m\" or \"mm\"",
                Some(b's') => ": second must either be \"s\" or \"ss\"",
                Some(b'Z') => ": timezone must be Z, ZZZZ, or ZZZZZ",
                _ => "",
            });
        }
    };
    out.push_str(&written);
    Ok(())
}
