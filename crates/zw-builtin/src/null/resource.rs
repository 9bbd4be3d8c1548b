//! `null_resource`: does nothing, and can be replaced whenever a value changes.

use zw_lang::{Str, Type, Value};
use zw_provider::OpResult;
use zw_provider::schema::{Attribute, Schema};

use crate::Effects;
use crate::state_only::{StateOnly, with};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "Does nothing, and can be replaced whenever another value changes.",
        [
            Attribute::computed("id", Type::String).describe("A random number."),
            Attribute::optional("triggers", Type::map(Type::String))
                .force_new()
                .describe("Values whose changes mean a new object."),
        ],
        [],
    )
}

#[derive(Clone, Copy)]
pub(crate) struct Null;

impl StateOnly for Null {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let mut bytes = [0; 8];
        effects.random(&mut bytes);
        // Terraform: `rand.Int()`, a positive number of 63 bits.
        let number = u64::from_le_bytes(bytes) >> 1;
        let id: Str = number.to_string().into();
        Ok(with(planned, [("id", Value::from(id))]))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Bench, map, text};

    #[tokio::test]
    async fn its_id_is_a_positive_number() {
        let bench = Bench::new("null_resource").await;
        let object = bench.create(&[]).await;
        assert!(text(&object, "id").parse::<i64>().is_ok_and(|id| id > 0));
        assert_eq!(bench.plan(&object, &[]).planned, object);
    }

    #[tokio::test]
    async fn other_triggers_mean_a_new_object() {
        let bench = Bench::new("null_resource").await;
        let object = bench.create(&[("triggers", map([("a", "1")]))]).await;
        assert_eq!(bench.plan(&object, &[("triggers", map([("a", "2")]))]).force_new, ["triggers"]);
    }

    #[tokio::test]
    async fn it_cannot_be_imported() {
        assert!(Bench::new("null_resource").await.import("1").await.is_err());
    }
}
