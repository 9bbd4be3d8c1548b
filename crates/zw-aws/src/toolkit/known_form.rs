//! What was read, in the words of the configuration where they mean the same.

use zw_lang::{Value, ValueKind};
use zw_provider::schema::{Block, Equality};

/// What was found, with each attribute as it was known where the two mean the same by the attribute's equality: a
/// service may write a policy anew, and that is no change.
pub(crate) fn in_known_form(block: &Block, known: &Value, found: Value) -> Value {
    if *known == found || known.is_null() || !known.is_known() {
        return found;
    }
    let ValueKind::Object(object) = found.kind() else { return found };
    let values = object.iter().map(|(name, found)| match known.get(name) {
        Some(known) => part(block, name, known, found),
        None => found.clone(),
    });
    let values = values.collect();
    Value::object_of_shape(object.names.clone(), values)
}

fn part(block: &Block, name: &str, known: &Value, found: &Value) -> Value {
    if let Some(attribute) = block.attribute(name) {
        let is_same = !matches!(attribute.equality, Equality::Exact)
            && attribute.equality.equal(known, found);
        return if is_same { known.clone() } else { found.clone() };
    }
    let Some(nested) = block.nested(name) else { return found.clone() };
    let block = &nested.block;
    match (known.kind(), found.kind()) {
        (ValueKind::List(known), ValueKind::List(found)) => {
            let items = found.items.iter().enumerate().map(|(at, found)| {
                let known = known.items.get(at);
                known.map_or_else(
                    || found.clone(),
                    |known| in_known_form(block, known, found.clone()),
                )
            });
            Value::list(found.element.clone(), items.collect())
        }
        (ValueKind::Set(known), ValueKind::Set(found)) => {
            let items = found.items.iter().map(|found| {
                let known = known
                    .items
                    .iter()
                    .find(|known| in_known_form(block, known, found.clone()) == **known);
                known.unwrap_or(found).clone()
            });
            Value::set(found.element.clone(), items.collect())
        }
        (ValueKind::Object(_), ValueKind::Object(_)) => in_known_form(block, known, found.clone()),
        _ => found.clone(),
    }
}

#[cfg(test)]
mod tests {
    use zw_lang::Type;
    use zw_provider::schema::{Attribute, NestedBlock, Nesting};

    use super::*;

    fn block() -> Block {
        let policy = Attribute::optional("policy", Type::String).equality(Equality::Json);
        let name = Attribute::optional("name", Type::String);
        let rule = Block::new([policy.clone(), name.clone()], []);
        Block::new([policy, name], [NestedBlock::new("rule", Nesting::Set, rule)])
    }

    fn object(policy: &str, name: &str, rules: &[(&str, &str)]) -> Value {
        let rules = rules
            .iter()
            .map(|(policy, name)| {
                Value::object([("name", Value::from(*name)), ("policy", Value::from(*policy))])
            })
            .collect();
        let rule = block().nested("rule").expect("there is one").block.ty();
        Value::object([
            ("name", Value::from(name)),
            ("policy", Value::from(policy)),
            ("rule", Value::set(rule, rules)),
        ])
    }

    #[test]
    fn what_means_the_same_stays_as_it_was_known() {
        let known = object("{ \"a\": 1 }", "x", &[("[1, 2]", "p"), ("[3]", "q")]);
        let found = object("{\"a\":1}", "x", &[("[3]", "q"), ("[1,2]", "p")]);
        assert_eq!(in_known_form(&block(), &known, found), known);
    }

    #[test]
    fn what_differs_is_as_found() {
        let known = object("{ \"a\": 1 }", "x", &[("[1, 2]", "p")]);
        let found = object("{\"a\":2}", "y", &[("[1,2]", "z")]);
        assert_eq!(in_known_form(&block(), &known, found.clone()), found);
    }
}
