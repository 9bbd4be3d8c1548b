//! `random_password`: random characters that are a secret.

use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult};

use super::characters;
use crate::Effects;
use crate::state_only::{StateOnly, with};

/// The cost that Go's library takes unless told otherwise.
const BCRYPT_COST: u32 = 10;

/// What the algorithm can take.
const BCRYPT_BYTES_MAX: usize = 72;

pub(crate) fn schema() -> Schema {
    let own = [
        Attribute::computed("id", Type::String).describe("Always `none`."),
        Attribute::computed("bcrypt_hash", Type::String)
            .sensitive()
            .describe("A bcrypt hash of the password, or of its first 72 bytes."),
    ];
    let shared = characters::attributes().map(|attribute| match attribute.name {
        "result" => attribute.sensitive(),
        _ => attribute,
    });
    Schema::new("Random characters that are a secret.", shared.chain(own), [])
        .version(3)
        .import_id("result")
}

/// `ephemeral "random_password"`: without what belongs to an object that is kept.
pub(crate) fn ephemeral() -> Schema {
    let kept = ["id", "keepers", "number"];
    let attributes = schema().block.attributes;
    let attributes = attributes.into_iter().filter(|one| !kept.contains(&one.name));
    let attributes = attributes.map(|one| match one.name {
        "numeric" => one.default(true),
        _ => one,
    });
    Schema::new("Random characters that are a secret, and are nowhere kept.", attributes, [])
}

#[derive(Clone, Copy)]
pub(crate) struct Password;

impl StateOnly for Password {
    /// The hash is meant to take long: some 50 ms.
    const IS_SLOW: bool = true;

    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let result = characters::draw(effects, &planned);
        let hash = hash(effects, &result)?;
        let changes = [
            ("bcrypt_hash", Value::from(hash)),
            ("id", Value::from("none")),
            ("result", Value::from(result)),
        ];
        Ok(with(planned, changes))
    }

    fn import(&self, effects: &dyn Effects, id: &str) -> OpResult<Value> {
        let own = [("bcrypt_hash", Value::from(hash(effects, id)?)), ("id", Value::from("none"))];
        Ok(Value::object(characters::imported(id).into_iter().chain(own)))
    }
}

fn hash(effects: &dyn Effects, password: &str) -> OpResult<String> {
    let mut salt = [0; 16];
    effects.random(&mut salt);
    let bytes = password.as_bytes();
    let bytes = &bytes[..bytes.len().min(BCRYPT_BYTES_MAX)];
    let parts = bcrypt::hash_with_salt(bytes, BCRYPT_COST, salt).map_err(|error| {
        OpError::new(OpErrorKind::Invalid, format!("The password cannot be hashed: {error}."))
    })?;
    Ok(parts.format_for_version(bcrypt::Version::TwoA))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    #[tokio::test]
    async fn it_has_a_hash_of_the_password() {
        let bench = Bench::new("random_password").await;
        let config = [("length", Value::from(80))];
        let object = bench.create(&config).await;
        assert_eq!(text(&object, "id"), "none");
        let (password, hash) = (text(&object, "result"), text(&object, "bcrypt_hash"));
        assert!(hash.starts_with("$2a$10$"), "{hash}");
        assert_eq!(bcrypt::verify(&password.as_bytes()[..72], hash).ok(), Some(true));
        assert_eq!(bench.plan(&object, &config).planned, object);
    }

    #[tokio::test]
    async fn the_password_and_its_hash_are_sensitive() {
        let schema = schema();
        let sensitive = schema.block.attributes.iter().filter(|attribute| attribute.sensitive);
        assert_eq!(sensitive.map(|attr| attr.name).collect::<Vec<_>>(), ["bcrypt_hash", "result"]);
    }

    #[tokio::test]
    async fn it_is_imported_by_the_password() {
        let bench = Bench::new("random_password").await;
        let object = bench.import("sésame").await.expect("it is imported");
        assert_eq!(bcrypt::verify("sésame", text(&object, "bcrypt_hash")).ok(), Some(true));
        let plan = bench.plan(&object, &[("length", Value::from(6))]);
        assert_eq!(plan.planned, object);
    }
}
