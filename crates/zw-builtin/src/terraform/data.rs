//! `terraform_data`: a value of any type that is kept in the state.

use zw_lang::{Type, Value, ValueKind};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpResult, PlanRequest, Planned};

use crate::Effects;
use crate::state_only::{StateOnly, with};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Keeps a value of any type, and can be replaced whenever another value changes.",
        [
            Attribute::computed("id", Type::String).describe("A random UUID."),
            Attribute::optional("input", Type::Dynamic)
                .describe("A value that is kept, and is given again by `output`."),
            Attribute::computed("output", Type::Dynamic)
                .describe("The value of `input`, known once it has been applied."),
            Attribute::optional("triggers_replace", Type::Dynamic)
                .force_new()
                .describe("A value whose changes mean a new object."),
        ],
        [],
    )
    .import_id("id")
}

/// The type of `output` follows that of `input`, and its value too, once that has been applied.
///
/// Source: `planDataStoreResourceChange` of Terraform.
#[expect(clippy::unnecessary_wraps, reason = "plan hooks can fail")]
pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let PlanRequest { prior, planned, .. } = request;
    let null = Value::null(Type::Dynamic);
    let input = planned.get("input").unwrap_or(&null);
    let output = || if input.is_null() { input.clone() } else { Value::unknown(input.ty()) };
    let planned = planned.clone();
    Ok(Planned::unchanged(if prior.is_null() {
        let id = Value::unknown_not_null(Type::String);
        with(planned, [("id", id), ("output", output())])
    } else if prior.get("input") == Some(input) {
        planned
    } else {
        with(planned, [("output", Value::unknown(input.ty()))])
    }))
}

/// A `null_resource` is the same thing by another name.
///
/// Terraform: The `terraform_data` managed resource type, on how it takes over from `null_resource`.
pub(crate) fn moved(from: &str, object: &Value) -> Option<Value> {
    if from != "null_resource" {
        return None;
    }
    let null = Value::null(Type::Dynamic);
    let triggers = match object.get("triggers").map(Value::kind) {
        // As an object it is equal to what is written in braces.
        Some(ValueKind::Map(map)) => {
            Value::object(map.entries.iter().map(|(key, value)| (key.clone(), value.clone())))
        }
        _ => null.clone(),
    };
    Some(Value::object([
        ("id", object.get("id")?.clone()),
        ("input", null.clone()),
        ("output", null),
        ("triggers_replace", triggers),
    ]))
}

#[derive(Clone, Copy)]
pub(crate) struct Data;

impl StateOnly for Data {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let output = output_of(&planned);
        Ok(with(planned, [("id", Value::from(effects.uuid())), ("output", output)]))
    }

    fn update(&self, request: zw_provider::UpdateRequest) -> OpResult<Value> {
        let output = output_of(&request.planned);
        Ok(with(request.planned, [("output", output)]))
    }

    fn import(&self, _: &dyn Effects, id: &str) -> OpResult<Value> {
        let null = Value::null(Type::Dynamic);
        Ok(Value::object([
            ("id", Value::from(id)),
            ("input", null.clone()),
            ("output", null.clone()),
            ("triggers_replace", null),
        ]))
    }
}

fn output_of(planned: &Value) -> Value {
    planned.get("input").cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    fn number(n: i64) -> Value {
        Value::from(n)
    }

    #[tokio::test]
    async fn what_is_put_in_comes_out_with_its_type() {
        let bench = Bench::new("terraform_data").await;
        let input = Value::object([("a", number(1)), ("b", Value::tuple(vec![number(2)]))]);
        let plan = bench.plan_create(&[("input", input.clone())]);
        assert_eq!(plan.planned.get("output"), Some(&Value::unknown(input.ty())));
        let object = bench.create(&[("input", input.clone())]).await;
        assert_eq!(object.get("output"), Some(&input));
        assert_eq!(text(&object, "id").len(), 36);
        assert_eq!(bench.plan(&object, &[("input", input)]).planned, object);
    }

    #[tokio::test]
    async fn no_input_is_no_output_and_that_is_known() {
        let bench = Bench::new("terraform_data").await;
        let plan = bench.plan_create(&[]);
        assert_eq!(plan.planned.get("output"), Some(&Value::null(Type::Dynamic)));
        bench.create(&[]).await;
    }

    #[tokio::test]
    async fn another_input_changes_the_output_in_place() {
        let bench = Bench::new("terraform_data").await;
        let object = bench.create(&[("input", number(1))]).await;
        let plan = bench.plan(&object, &[("input", Value::from("two"))]);
        assert_eq!(plan.force_new, Vec::<String>::new());
        assert_eq!(plan.planned.get("output"), Some(&Value::unknown(Type::String)));
        assert_eq!(plan.planned.get("id"), object.get("id"));
        let changed = bench.update(&plan).await;
        assert_eq!(text(&changed, "output"), "two");
    }

    #[tokio::test]
    async fn another_trigger_means_a_new_object() {
        let bench = Bench::new("terraform_data").await;
        let object = bench.create(&[("triggers_replace", number(1))]).await;
        let plan = bench.plan(&object, &[("triggers_replace", number(2))]);
        assert_eq!(plan.force_new, ["triggers_replace"]);
        let other = bench.create(&[("triggers_replace", number(2))]).await;
        assert_ne!(other.get("id"), object.get("id"));
    }

    #[tokio::test]
    async fn it_is_imported_by_its_id_alone() {
        let bench = Bench::new("terraform_data").await;
        let object = bench.import("some-id").await.expect("any id will do");
        assert_eq!(text(&object, "id"), "some-id");
        assert_eq!(bench.plan(&object, &[]).planned, object);
    }
}
