//! `random_pet`: a name that people can remember, as `calmly-brave-otter`.

mod words;

use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpResult, View};

use super::draw::Draw;
use super::keepers;
use crate::Effects;
use crate::state_only::{StateOnly, with};

const WORDS_MAX: i64 = 64;

pub(crate) fn schema() -> Schema {
    Schema::new(
        "A random name that people can remember.",
        [
            keepers::attribute(),
            Attribute::optional_computed("length", Type::Number)
                .force_new()
                .default(2)
                .validate(length)
                .describe("How many words, without the prefix."),
            Attribute::optional("prefix", Type::String)
                .force_new()
                .describe("What the name begins with, before a separator."),
            Attribute::optional_computed("separator", Type::String)
                .force_new()
                .default("-")
                .describe("What stands between the words."),
            Attribute::computed("id", Type::String).describe("The name."),
        ],
        [],
    )
}

fn length(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(1..=WORDS_MAX) => Ok(()),
        _ => Err(format!("must be a whole number from 1 to {WORDS_MAX}")),
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Pet;

impl StateOnly for Pet {
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let view = View::new(&planned);
        let mut draw = Draw::new(effects, None);
        let mut pick = |words: &[&'static str]| words[draw.index(words.len())];
        let length = view.i64("length").unwrap_or(2);
        let prefix = view.str("prefix").filter(|prefix| !prefix.is_empty());
        let mut words: Vec<&str> = prefix.into_iter().collect();
        words.extend((2..length).map(|_| pick(&words::ADVERBS)));
        if length > 1 {
            words.push(pick(&words::ADJECTIVES));
        }
        words.push(pick(&words::NAMES));
        let id = words.join(view.str_or_empty("separator"));
        Ok(with(planned, [("id", Value::from(id))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    #[tokio::test]
    async fn a_name_is_an_adjective_and_an_animal() {
        let bench = Bench::new("random_pet").await;
        let object = bench.create(&[]).await;
        let (adjective, name) = text(&object, "id").split_once('-').expect("it has two words");
        assert!(words::ADJECTIVES.contains(&adjective), "{adjective}");
        assert!(words::NAMES.contains(&name), "{name}");
        assert_eq!(bench.plan(&object, &[]).planned, object);
    }

    #[tokio::test]
    async fn length_counts_words_besides_the_prefix() {
        let bench = Bench::new("random_pet").await;
        let prefix = ("prefix", Value::from("web"));
        let separator = ("separator", Value::from("_"));
        for (length, expected) in [(1, 2), (2, 3), (5, 6)] {
            let length = ("length", Value::from(length));
            let object = bench.create(&[length, prefix.clone(), separator.clone()]).await;
            let words: Vec<&str> = text(&object, "id").split('_').collect();
            assert_eq!(words.len(), expected);
            assert_eq!(words[0], "web");
        }
    }

    #[tokio::test]
    async fn arguments_force_a_new_object_and_are_checked() {
        let bench = Bench::new("random_pet").await;
        let object = bench.create(&[]).await;
        let changed = [("length", Value::from(3)), ("separator", Value::from("."))];
        assert_eq!(bench.plan(&object, &changed).force_new, ["length", "separator"]);
        assert!(bench.check("length", 0).is_err());
    }

    #[test]
    fn words_are_lower_case_and_there_is_none_twice() {
        for words in [&words::ADVERBS[..], &words::ADJECTIVES, &words::NAMES] {
            assert!(words.len() >= 200);
            assert!(words.is_sorted_by(|a, b| a < b));
            assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase())));
        }
    }
}
