//! `random_id`: random bytes in several notations.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zw_lang::{Number, Path, Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpError, OpResult, View};

use super::keepers;
use crate::Effects;
use crate::state_only::{StateOnly, with};
use crate::text::hex;

/// More than anybody needs, and little enough for the memory of any machine.
const BYTES_MAX: i64 = 1 << 16;

pub(crate) fn schema() -> Schema {
    let text = |name, description| Attribute::computed(name, Type::String).describe(description);
    Schema::new(
        "Random bytes, to be used as a unique id.",
        [
            keepers::attribute(),
            Attribute::required("byte_length", Type::Number)
                .force_new()
                .validate(byte_length)
                .describe("How many bytes; each is eight bits of randomness."),
            Attribute::optional("prefix", Type::String)
                .force_new()
                .describe("What the notations begin with, as it is."),
            text("b64_std", "The bytes in base64, after the prefix."),
            text("b64_url", "The bytes in base64 for URLs, after the prefix."),
            text("dec", "The bytes as a decimal number, after the prefix."),
            text("hex", "The bytes in hexadecimal, after the prefix."),
            text("id", "The bytes in base64 for URLs, without the prefix."),
        ],
        [],
    )
    .import_id("[PREFIX,]B64_URL")
}

fn byte_length(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(1..=BYTES_MAX) => Ok(()),
        _ => Err(format!("must be a whole number from 1 to {BYTES_MAX}")),
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Id;

impl StateOnly for Id {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let length = View::new(&planned).i64("byte_length").filter(|length| *length <= BYTES_MAX);
        let mut bytes =
            vec![0; length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0)];
        effects.random(&mut bytes);
        Ok(with_notations(planned, &bytes))
    }

    fn import(&self, _: &dyn Effects, id: &str) -> OpResult<Value> {
        let (prefix, id) = match id.rsplit_once(',') {
            Some((prefix, id)) => (Some(prefix), id),
            None => (None, id),
        };
        let bytes = URL_SAFE_NO_PAD.decode(id).map_err(|error| {
            OpError::invalid(
                Path::attr_of_root("id"),
                format!("{id:?} is not base64 for URLs: {error}."),
            )
        })?;
        let prefix = prefix.filter(|prefix| !prefix.is_empty());
        let later = || Value::null(Type::String);
        let object = Value::object([
            ("b64_std", later()),
            ("b64_url", later()),
            ("byte_length", Value::from(Number::from(bytes.len()))),
            ("dec", later()),
            ("hex", later()),
            ("id", later()),
            ("keepers", keepers::imported()),
            ("prefix", prefix.map_or_else(later, Value::from)),
        ]);
        Ok(with_notations(object, &bytes))
    }
}

fn with_notations(object: Value, bytes: &[u8]) -> Value {
    let prefix = View::new(&object).str_or_empty("prefix").to_owned();
    let id = URL_SAFE_NO_PAD.encode(bytes);
    let prefixed = |notation: &str| Value::from(format!("{prefix}{notation}"));
    let changes = [
        ("b64_std", prefixed(&STANDARD.encode(bytes))),
        ("b64_url", prefixed(&id)),
        ("dec", prefixed(&decimal(bytes))),
        ("hex", prefixed(&hex(bytes))),
        ("id", Value::from(id)),
    ];
    with(object, changes)
}

/// Bytes, the most significant first, as a decimal number.
fn decimal(bytes: &[u8]) -> String {
    // Limbs of nine decimal digits, the least significant first.
    const LIMB: u64 = 1_000_000_000;
    let mut limbs: Vec<u64> = Vec::with_capacity(bytes.len() / 3 + 1);
    for byte in bytes {
        let mut carry = u64::from(*byte);
        for limb in &mut limbs {
            let value = *limb * 256 + carry;
            *limb = value % LIMB;
            carry = value / LIMB;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut limbs = limbs.iter().rev();
    let first = limbs.next().copied().unwrap_or(0).to_string();
    std::iter::once(first).chain(limbs.map(|limb| format!("{limb:09}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    #[tokio::test]
    async fn it_has_the_same_bytes_in_all_notations() {
        let bench = Bench::new("random_id").await;
        let length = ("byte_length", Value::from(8));
        let object = bench.create(&[length, ("prefix", Value::from("x/"))]).await;
        let hex = text(&object, "hex").strip_prefix("x/").expect("the prefix is there");
        assert_eq!(hex.len(), 16);
        let number = u64::from_str_radix(hex, 16).expect("it is hexadecimal");
        assert_eq!(text(&object, "dec"), format!("x/{number}"));
        let bytes = number.to_be_bytes();
        assert_eq!(text(&object, "b64_std"), format!("x/{}", STANDARD.encode(bytes)));
        assert_eq!(text(&object, "b64_url"), format!("x/{}", text(&object, "id")));
        assert_eq!(URL_SAFE_NO_PAD.decode(text(&object, "id")), Ok(bytes.to_vec()));
    }

    #[tokio::test]
    async fn an_imported_id_is_the_one_that_was_created() {
        let bench = Bench::new("random_id").await;
        let config = [("byte_length", Value::from(5)), ("prefix", Value::from("a,b"))];
        let object = bench.create(&config).await;
        let id = format!("a,b,{}", text(&object, "id"));
        let imported = bench.import(&id).await.expect("it is imported");
        assert_eq!(
            with(imported, [("keepers", object.get("keepers").expect("it is there").clone())]),
            object
        );
        assert!(bench.plan(&object, &config).force_new.is_empty());
    }

    #[tokio::test]
    async fn an_id_that_is_no_base64_cannot_be_imported() {
        let bench = Bench::new("random_id").await;
        assert!(bench.import("a/b").await.is_err());
    }

    #[tokio::test]
    async fn arguments_force_a_new_object_and_are_checked() {
        let bench = Bench::new("random_id").await;
        let object = bench.create(&[("byte_length", Value::from(1))]).await;
        let plan = bench.plan(&object, &[("byte_length", Value::from(2))]);
        assert_eq!(plan.force_new, ["byte_length"]);
        assert!(bench.check("byte_length", 1).is_ok());
        assert!(bench.check("byte_length", 0).is_err());
        assert!(bench.check("byte_length", 1 << 40).is_err());
    }

    #[test]
    fn long_numbers_are_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 0]), "0");
        assert_eq!(decimal(&[0, 255]), "255");
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
        assert_eq!(decimal(&1_000_000_000_u64.to_be_bytes()), "1000000000");
    }
}
