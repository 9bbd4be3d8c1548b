//! `time_static`: a point in time that stays.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult, PlanRequest, Planned, View};

use super::timestamp::Timestamp;
use crate::Effects;
use crate::state_only::{StateOnly, with};

pub(crate) fn schema() -> Schema {
    let number = |name, description| Attribute::computed(name, Type::Number).describe(description);
    Schema::new(
        "A point in time that stays what it was.",
        [
            Attribute::optional_computed("rfc3339", Type::String)
                .force_new()
                .validate(timestamp)
                .describe("The point in time, as `2024-05-06T07:08:09Z`; now, if not given."),
            Attribute::optional("triggers", Type::map(Type::String))
                .force_new()
                .describe("Values whose changes mean a new point in time."),
            Attribute::computed("id", Type::String).describe("The point in time."),
            number("day", "The day of the month."),
            number("hour", "The hour."),
            number("minute", "The minute."),
            number("month", "The month."),
            number("second", "The second."),
            number("unix", "Seconds since 1970-01-01 UTC."),
            number("year", "The year."),
        ],
        [],
    )
    .import_id("rfc3339")
}

fn timestamp(value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    match Timestamp::parse(text) {
        Some(_) => Ok(()),
        None => Err(format!("{text:?} is not a time as \"2024-05-06T07:08:09Z\"")),
    }
}

/// A time that is given is known with all its parts.
pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let planned = request.planned.clone();
    let given = View::new(&planned).str("rfc3339").filter(|_| request.prior.is_null());
    Ok(Planned::unchanged(match given {
        Some(text) => at(planned.clone(), text)?,
        None => planned,
    }))
}

#[derive(Clone, Copy)]
pub(crate) struct Static;

impl StateOnly for Static {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        match View::new(&planned).string("rfc3339") {
            Some(text) => at(planned, &text),
            None => at(planned, &Timestamp::of(effects.now()).text()),
        }
    }

    fn import(&self, _: &dyn Effects, id: &str) -> OpResult<Value> {
        let triggers = Value::map(Type::String, [] as [(&str, Value); 0]);
        let parts = parse(id)?.parts();
        let own = [("id", id.into()), ("rfc3339", id.into()), ("triggers", triggers)];
        Ok(Value::object(parts.into_iter().chain(own)))
    }
}

fn at(object: Value, text: &str) -> OpResult<Value> {
    let object = with(object, parse(text)?.parts());
    Ok(with(object, [("id", Value::from(text)), ("rfc3339", Value::from(text))]))
}

fn parse(text: &str) -> OpResult<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| OpError {
        path: Some(Path::attr_of_root("rfc3339")),
        ..OpError::new(
            OpErrorKind::Invalid,
            format!("{text:?} is not a time as \"2024-05-06T07:08:09Z\"."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, map, text};

    fn numbers(object: &Value) -> Vec<i64> {
        let names = ["year", "month", "day", "hour", "minute", "second", "unix"];
        names.iter().filter_map(|name| object.get(name)?.as_i64()).collect()
    }

    #[tokio::test]
    async fn it_is_the_time_of_its_creation() {
        let bench = Bench::new("time_static").await;
        let plan = bench.plan_create(&[]);
        assert!(plan.planned.get("rfc3339").is_some_and(|value| !value.is_known()));
        let object = bench.create(&[]).await;
        assert_eq!(text(&object, "rfc3339"), "2026-01-02T03:04:05Z");
        assert_eq!(object.get("id"), object.get("rfc3339"));
        assert_eq!(numbers(&object), [2026, 1, 2, 3, 4, 5, 1_767_323_045]);
        assert_eq!(bench.plan(&object, &[]).planned, object);
    }

    #[tokio::test]
    async fn a_time_that_is_given_is_known_before() {
        let bench = Bench::new("time_static").await;
        let config = [("rfc3339", Value::from("2020-02-29T23:30:00+02:00"))];
        let plan = bench.plan_create(&config);
        assert_eq!(numbers(&plan.planned), [2020, 2, 29, 23, 30, 0, 1_583_011_800]);
        let object = bench.create(&config).await;
        assert_eq!(object, plan.planned);
        assert_eq!(bench.plan(&object, &config).planned, object);
        let other = [("rfc3339", Value::from("2020-02-29T23:30:01+02:00"))];
        assert_eq!(bench.plan(&object, &other).force_new, ["rfc3339"]);
    }

    #[tokio::test]
    async fn other_triggers_mean_a_new_time() {
        let bench = Bench::new("time_static").await;
        let object = bench.create(&[]).await;
        let plan = bench.plan(&object, &[("triggers", map([("a", "1")]))]);
        assert_eq!(plan.force_new, ["triggers"]);
    }

    #[tokio::test]
    async fn it_is_imported_by_the_time() {
        let bench = Bench::new("time_static").await;
        let object = bench.import("2026-01-02T03:04:05Z").await.expect("it is a time");
        assert_eq!(numbers(&object), [2026, 1, 2, 3, 4, 5, 1_767_323_045]);
        assert!(bench.import("yesterday").await.is_err());
        assert!(bench.check("rfc3339", "2026-13-01T00:00:00Z").is_err());
    }
}
