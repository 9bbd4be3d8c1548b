//! `random_shuffle`: a list in random order.

use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpResult, View};

use super::draw::Draw;
use super::keepers;
use crate::Effects;
use crate::state_only::{StateOnly, with};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A list in random order.",
        [
            keepers::attribute(),
            Attribute::required("input", Type::list(Type::String))
                .force_new()
                .describe("The list."),
            Attribute::optional("result_count", Type::Number).force_new().validate(count).describe(
                "How many items to give. With fewer than there are, some are left out; with more, items are given \
                 again, none of them for the third time before each was given twice, and so on.",
            ),
            Attribute::optional("seed", Type::String)
                .force_new()
                .describe("With a seed the order is always the same."),
            Attribute::computed("result", Type::list(Type::String)).describe("The items."),
            Attribute::computed("id", Type::String).describe("Always `-`."),
        ],
        [],
    )
}

fn count(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(0..=0xffff) => Ok(()),
        _ => Err("must be a whole number from 0 to 65535".to_owned()),
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Shuffle;

impl StateOnly for Shuffle {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let view = View::new(&planned);
        let input = view.get("input").and_then(Value::as_sequence).unwrap_or_default();
        let count = view.i64("result_count").and_then(|count| usize::try_from(count).ok());
        // As in Terraform, 0 is as good as nothing.
        let count = count.filter(|count| *count > 0).unwrap_or(input.len());
        let mut draw = Draw::new(effects, view.str("seed"));
        let mut result: Vec<Value> = Vec::with_capacity(count);
        while result.len() < count && !input.is_empty() {
            let mut round = input.to_vec();
            draw.shuffle(&mut round);
            round.truncate(count - result.len());
            result.extend(round);
        }
        let result = Value::list(Type::String, result);
        Ok(with(planned, [("id", Value::from("-")), ("result", result)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    fn list(items: &[&str]) -> Value {
        Value::list(Type::String, items.iter().map(|item| Value::from(*item)).collect())
    }

    fn result(object: &Value) -> Vec<&str> {
        let items = object.get("result").and_then(Value::as_sequence).expect("it is a list");
        items.iter().filter_map(Value::as_str).collect()
    }

    #[tokio::test]
    async fn it_has_the_items_in_another_order() {
        let bench = Bench::new("random_shuffle").await;
        let items = ["a", "b", "c", "d", "e", "f"];
        let object = bench.create(&[("input", list(&items))]).await;
        assert_eq!(text(&object, "id"), "-");
        let mut sorted = result(&object);
        assert_ne!(sorted, items);
        sorted.sort_unstable();
        assert_eq!(sorted, items);
    }

    #[tokio::test]
    async fn it_gives_as_many_as_are_asked_for() {
        let bench = Bench::new("random_shuffle").await;
        let input = ("input", list(&["a", "b"]));
        for (count, expected) in [(1, 1), (5, 5), (0, 2)] {
            let count = ("result_count", Value::from(count));
            let object = bench.create(&[input.clone(), count]).await;
            assert_eq!(result(&object).len(), expected);
        }
        let object = bench.create(&[input, ("result_count", Value::from(4))]).await;
        assert_eq!(result(&object).iter().filter(|item| **item == "a").count(), 2);
        let empty = bench.create(&[("input", list(&[])), ("result_count", Value::from(3))]).await;
        assert!(result(&empty).is_empty());
    }

    #[tokio::test]
    async fn a_seed_decides_the_order() {
        let bench = Bench::new("random_shuffle").await;
        let config = [("input", list(&["a", "b", "c", "d", "e"])), ("seed", Value::from("seed"))];
        assert_eq!(bench.create(&config).await, bench.create(&config).await);
    }

    #[tokio::test]
    async fn arguments_force_a_new_object_and_it_cannot_be_imported() {
        let bench = Bench::new("random_shuffle").await;
        let object = bench.create(&[("input", list(&["a"]))]).await;
        let plan =
            bench.plan(&object, &[("input", list(&["b"])), ("result_count", Value::from(1))]);
        assert_eq!(plan.force_new, ["input", "result_count"]);
        assert!(bench.check("result_count", -1).is_err());
        assert!(bench.import("-").await.is_err());
    }
}
