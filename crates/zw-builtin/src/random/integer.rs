//! `random_integer`: a number of a range.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult, View};

use super::draw::Draw;
use super::keepers;
use crate::Effects;
use crate::state_only::{StateOnly, with};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A random number of a range.",
        [
            keepers::attribute(),
            Attribute::required("min", Type::Number)
                .force_new()
                .validate(whole)
                .describe("The least number of the range."),
            Attribute::required("max", Type::Number)
                .force_new()
                .validate(whole)
                .describe("The greatest number of the range."),
            Attribute::optional("seed", Type::String)
                .force_new()
                .describe("With a seed the number is always the same."),
            Attribute::computed("result", Type::Number).describe("The number."),
            Attribute::computed("id", Type::String).describe("The number as text."),
        ],
        [],
    )
    .import_id("RESULT,MIN,MAX[,SEED]")
}

fn whole(value: &Value) -> Result<(), String> {
    value.as_i64().map(|_| ()).ok_or_else(|| "must be a whole number of 64 bits".to_owned())
}

#[derive(Clone, Copy)]
pub(crate) struct Integer;

impl StateOnly for Integer {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let view = View::new(&planned);
        let (min, max) = (view.i64("min").unwrap_or(0), view.i64("max").unwrap_or(0));
        if max < min {
            return Err(OpError::invalid(
                Path::attr_of_root("min"),
                format!("min is {min}, and must not be greater than max, which is {max}."),
            ));
        }
        let mut draw = Draw::new(effects, view.str("seed"));
        // The whole range of 64 bits has one number more than fits.
        let offset = match max.abs_diff(min).checked_add(1) {
            Some(count) => draw.below(count),
            None => draw.below(u64::MAX),
        };
        let number = min.wrapping_add_unsigned(offset);
        let id = Value::from(number.to_string());
        Ok(with(planned, [("id", id), ("result", Value::from(number))]))
    }

    fn import(&self, _: &dyn Effects, id: &str) -> OpResult<Value> {
        let parts: Vec<&str> = id.split(',').collect();
        let number = |text: &str| text.parse::<i64>().ok().map(Value::from);
        let (numbers, seed) = match parts.as_slice() {
            [result, min, max] => ([result, min, max], None),
            [result, min, max, seed] => ([result, min, max], Some(*seed)),
            _ => return Err(usage(id)),
        };
        let [Some(result), Some(min), Some(max)] = numbers.map(|text| number(text)) else {
            return Err(usage(id));
        };
        Ok(Value::object([
            ("id", Value::from(parts[0])),
            ("keepers", keepers::imported()),
            ("max", max),
            ("min", min),
            ("result", result),
            ("seed", seed.map_or_else(|| Value::null(Type::String), Value::from)),
        ]))
    }
}

fn usage(id: &str) -> OpError {
    OpError::new(
        OpErrorKind::Invalid,
        format!("{id:?} is not of the form RESULT,MIN,MAX or RESULT,MIN,MAX,SEED."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    fn range(min: i64, max: i64) -> [(&'static str, Value); 2] {
        [("min", Value::from(min)), ("max", Value::from(max))]
    }

    #[tokio::test]
    async fn the_number_is_of_the_range_both_ends_included() {
        let bench = Bench::new("random_integer").await;
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..64 {
            let object = bench.create(&range(-1, 1)).await;
            let result = object.get("result").and_then(Value::as_i64).expect("it is a number");
            assert_eq!(text(&object, "id"), result.to_string());
            seen.insert(result);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-1, 0, 1]);
        bench.create(&range(i64::MIN, i64::MAX)).await;
    }

    #[tokio::test]
    async fn a_seed_decides_the_number() {
        let bench = Bench::new("random_integer").await;
        let [min, max] = range(0, 1_000_000);
        let config = [min, max, ("seed", Value::from("s"))];
        let (a, b) = (bench.create(&config).await, bench.create(&config).await);
        assert_eq!(a, b);
    }

    #[tokio::test]
    async fn an_empty_range_is_an_error() {
        let bench = Bench::new("random_integer").await;
        let created = bench.try_create(&bench.plan_create(&range(2, 1))).await;
        let error = created.error.expect("there is no such number");
        assert_eq!(error.path, Some(Path::attr_of_root("min")));
        assert!(created.object.is_none());
    }

    #[tokio::test]
    async fn it_is_imported_with_its_range() {
        let bench = Bench::new("random_integer").await;
        let object = bench.import("3,1,5,s").await.expect("it is imported");
        let [min, max] = range(1, 5);
        let plan = bench.plan(&object, &[min, max, ("seed", Value::from("s"))]);
        assert!(plan.force_new.is_empty());
        assert_eq!(object.get("result"), Some(&Value::from(3)));
        for wrong in ["3", "3,1", "a,1,5", "3,1,5,s,t"] {
            assert!(bench.import(wrong).await.is_err(), "{wrong}");
        }
    }
}
