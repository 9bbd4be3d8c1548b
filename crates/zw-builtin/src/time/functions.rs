//! The functions of the provider `time`.
//!
//! Source: the functions of terraform-provider-time.

use time::{Duration, OffsetDateTime};
use zw_lang::{CallContext, FuncError, Function, Number, Param, Type, Value};

use super::timestamp::Timestamp;

pub(crate) fn all() -> Vec<Function> {
    let function = |name, description, parameter, ty, call| {
        Function::new(name, description, vec![Param::new(parameter, ty)], Type::Dynamic, call)
    };
    vec![
        function(
            "rfc3339_parse",
            "The parts of a point in time, as 2024-05-06T07:08:09Z.",
            "timestamp",
            Type::String,
            rfc3339_parse,
        ),
        function(
            "duration_parse",
            "How long a duration is, as 1h30m, in units of each kind.",
            "duration",
            Type::String,
            duration_parse,
        ),
        function(
            "unix_timestamp_parse",
            "The parts of a point in time, in seconds since 1970.",
            "unix_timestamp",
            Type::Number,
            unix_timestamp_parse,
        ),
    ]
}

fn rfc3339_parse(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let text = args[0].as_str().unwrap_or_default();
    let found = Timestamp::parse(text).ok_or_else(|| {
        FuncError::arg(
            0,
            format!("{text:?} is not a timestamp as RFC 3339 has it, such as 2024-05-06T07:08:09Z"),
        )
    })?;
    Ok(Value::object(parts(found.time())))
}

fn unix_timestamp_parse(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let time =
        args[0].as_i64().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let Some(time) = time else {
        return Err(FuncError::arg(0, "it is not a number of seconds since 1970"));
    };
    let rfc3339 = ("rfc3339", Value::from(Timestamp::at(time).text()));
    Ok(Value::object(parts(time).into_iter().chain([rfc3339])))
}

fn parts(time: OffsetDateTime) -> Vec<(&'static str, Value)> {
    let (iso_year, iso_week, _) = time.to_iso_week_date();
    let weekday = time.weekday();
    let number = |number: i64| Value::from(number);
    vec![
        ("day", number(time.day().into())),
        ("hour", number(time.hour().into())),
        ("iso_week", number(iso_week.into())),
        ("iso_year", number(iso_year.into())),
        ("minute", number(time.minute().into())),
        ("month", number(u8::from(time.month()).into())),
        ("month_name", Value::from(time.month().to_string())),
        ("second", number(time.second().into())),
        ("unix", number(time.unix_timestamp())),
        ("weekday", number(weekday.number_days_from_sunday().into())),
        ("weekday_name", Value::from(weekday.to_string())),
        ("year", number(time.year().into())),
        ("year_day", number(time.ordinal().into())),
    ]
}

fn duration_parse(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let text = args[0].as_str().unwrap_or_default();
    let nanoseconds = zw_lang::duration::nanoseconds(text).map_err(|_| {
        FuncError::arg(0, format!("{text:?} is not a duration, such as 1h30m or 500ms"))
    })?;
    let found = Duration::nanoseconds(nanoseconds);
    let whole = |amount: i64| number(&amount.to_string());
    let float =
        |seconds_per_unit: f64| number(&(found.as_seconds_f64() / seconds_per_unit).to_string());
    Ok(Value::object([
        ("hours", float(3600.0)?),
        ("minutes", float(60.0)?),
        ("seconds", float(1.0)?),
        ("milliseconds", whole(nanoseconds / 1_000_000)?),
        ("microseconds", whole(nanoseconds / 1000)?),
        ("nanoseconds", whole(nanoseconds)?),
    ]))
}

fn number(text: &str) -> Result<Value, FuncError> {
    Number::parse(text).map(Value::from).ok_or_else(|| FuncError::new("it is no number"))
}
