//! `random_string`: random characters that are no secret.

use zw_lang::{Type, Value};
use zw_provider::OpResult;
use zw_provider::schema::{Attribute, Schema};

use super::characters;
use crate::Effects;
use crate::state_only::{StateOnly, with};

pub(crate) fn schema() -> Schema {
    let id = Attribute::computed("id", Type::String).describe("The characters.");
    Schema::new(
        "Random characters. For those that are a secret there is `random_password`.",
        characters::attributes().chain([id]),
        [],
    )
    .version(2)
    .import_id("result")
}

#[derive(Clone, Copy)]
pub(crate) struct RandomString;

impl StateOnly for RandomString {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let result = Value::from(characters::draw(effects, &planned));
        Ok(with(planned, [("id", result.clone()), ("result", result)]))
    }

    fn import(&self, _: &dyn Effects, id: &str) -> OpResult<Value> {
        let attributes = characters::imported(id).into_iter();
        Ok(Value::object(attributes.chain([("id", Value::from(id))])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    #[tokio::test]
    async fn its_id_is_the_string_and_its_import_is_without_consequence() {
        let bench = Bench::new("random_string").await;
        let config = [("length", Value::from(8))];
        let object = bench.create(&config).await;
        assert_eq!(text(&object, "id"), text(&object, "result"));
        assert_eq!(text(&object, "id").len(), 8);
        let imported = bench.import(text(&object, "id")).await.expect("it is imported");
        assert_eq!(imported, object);
        assert_eq!(bench.plan(&imported, &config).planned, object);
    }
}
