//! `keepers`, which all types of this provider have.

use zw_lang::{Path, Str, Type, Value};
use zw_provider::schema::Attribute;
use zw_provider::{OpResult, PlanRequest, Planned};

pub(crate) fn attribute() -> Attribute {
    Attribute::optional("keepers", Type::map(Type::String))
        .describe("Values whose changes mean a new object.")
}

/// Other keepers mean a new object.
#[expect(clippy::unnecessary_wraps, reason = "plan hooks can fail")]
pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    Ok(Planned { planned: request.planned.clone(), force_new: force_new(&request) })
}

/// Entries of no value do not count: old versions of Terraform's provider did not keep them.
///
/// Source: `RequiresReplaceIfValuesNotNull` of terraform-provider-random.
pub(crate) fn force_new(request: &PlanRequest<'_>) -> Vec<Path> {
    let (old, new) = (request.prior.get("keepers"), request.planned.get("keepers"));
    let same = old == new || new.is_none_or(Value::is_known) && entries(old) == entries(new);
    if request.prior.is_null() || same { Vec::new() } else { vec![Path::attr_of_root("keepers")] }
}

fn entries(keepers: Option<&Value>) -> Vec<&(Str, Value)> {
    let map = keepers.and_then(Value::as_map);
    let entries = map.map(|map| map.entries.iter()).into_iter().flatten();
    entries.filter(|(_, value)| !value.is_null()).collect()
}

/// The keepers of an imported object: none, but not null.
pub(crate) fn imported() -> Value {
    Value::map(Type::String, [] as [(Str, Value); 0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, map};

    #[tokio::test]
    async fn other_keepers_mean_a_new_object() {
        let bench = Bench::new("random_uuid").await;
        let keepers = ("keepers", map([("a", "1")]));
        let object = bench.create(std::slice::from_ref(&keepers)).await;
        assert!(bench.plan(&object, &[keepers]).force_new.is_empty());
        for other in [map([("a", "2")]), map([("a", "1"), ("b", "2")]), map([])] {
            assert_eq!(bench.plan(&object, &[("keepers", other)]).force_new, ["keepers"]);
        }
        assert_eq!(bench.plan(&object, &[]).force_new, ["keepers"]);
        let unknown = Value::unknown(Type::map(Type::String));
        assert_eq!(bench.plan(&object, &[("keepers", unknown)]).force_new, ["keepers"]);
    }

    #[tokio::test]
    async fn keepers_without_a_value_do_not_count() {
        let bench = Bench::new("random_uuid").await;
        let object = bench.create(&[]).await;
        let nothing = Value::map(Type::String, [("a", Value::null(Type::String))]);
        let plan = bench.plan(&object, &[("keepers", nothing.clone())]);
        assert!(plan.force_new.is_empty());
        let changed = bench.update(&plan).await;
        assert_eq!(changed.get("keepers"), Some(&nothing));
        assert_eq!(changed.get("id"), object.get("id"));
    }
}
