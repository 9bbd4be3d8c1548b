//! `random_uuid`: a random UUID.

use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult};

use super::keepers;
use crate::Effects;
use crate::state_only::{StateOnly, with};

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A random UUID (version 4).",
        [
            keepers::attribute(),
            Attribute::computed("id", Type::String).describe("The UUID."),
            Attribute::computed("result", Type::String).describe("The UUID."),
        ],
        [],
    )
    .import_id("result")
}

#[derive(Clone, Copy)]
pub(crate) struct Uuid;

impl StateOnly for Uuid {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let uuid = Value::from(effects.uuid());
        Ok(with(planned, [("id", uuid.clone()), ("result", uuid)]))
    }

    fn import(&self, _: &dyn Effects, id: &str) -> OpResult<Value> {
        if !is_uuid(id) {
            let message = format!("{id:?} is not a UUID.");
            return Err(OpError::new(OpErrorKind::Invalid, message));
        }
        let uuid = Value::from(id.to_ascii_lowercase());
        Ok(Value::object([
            ("id", uuid.clone()),
            ("keepers", keepers::imported()),
            ("result", uuid),
        ]))
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    #[tokio::test]
    async fn it_is_a_uuid_of_version_4() {
        let bench = Bench::new("random_uuid").await;
        let object = bench.create(&[]).await;
        let uuid = text(&object, "result");
        assert!(is_uuid(uuid), "{uuid}");
        assert_eq!(&uuid[14..15], "4");
        assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
        assert_eq!(object.get("id"), object.get("result"));
        assert_ne!(bench.create(&[]).await, object);
    }

    #[tokio::test]
    async fn it_is_imported_by_the_uuid() {
        let bench = Bench::new("random_uuid").await;
        let uuid = "AABBCCDD-0011-4022-8033-445566778899";
        let object = bench.import(uuid).await.expect("it is a UUID");
        assert_eq!(text(&object, "result"), uuid.to_lowercase());
        assert!(bench.plan(&object, &[]).force_new.is_empty());
        assert!(bench.import("AABBCCDD00114022803344556677889900000").await.is_err());
    }
}
