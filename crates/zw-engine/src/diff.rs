//! What follows from a schema: the object that a configuration asks for, given the one that exists, and
//! what differs between the two.
//!
//! Values in here carry no marks: the planner takes them off and puts them on again.

use std::collections::HashSet;

use zw_lang::{Path, PathStep, Type, Value, ValueKind};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting};

/// The object that a configuration asks for. `config` is an object of the block; `prior` the object as
/// it is, or `None` for one that is to be created, whose computed attributes are unknown.
///
/// Terraform: `objchange.ProposedNew`.
pub(crate) fn propose(block: &Block, prior: Option<&Value>, config: &Value) -> Value {
    let (Some(config), prior) = (config.as_object(), prior.and_then(Value::as_object)) else {
        return config.clone();
    };
    let values = block
        .names()
        .iter()
        .map(|name| {
            let given = config.get(name);
            let before = prior.and_then(|prior| prior.get(name));
            if let (Some(attribute), Some(given)) = (block.attribute(name), given) {
                propose_attribute(attribute, before, prior.is_some(), given)
            } else if let (Some(nested), Some(given)) = (block.nested(name), given) {
                propose_nested(nested, before, prior.is_some(), given)
            } else {
                Value::null(Type::Dynamic)
            }
        })
        .collect();
    Value::object_of_shape(block.names().clone(), values)
}

fn propose_attribute(
    attribute: &Attribute,
    prior: Option<&Value>,
    exists: bool,
    config: &Value,
) -> Value {
    if attribute.write_only {
        return Value::null(attribute.ty.clone());
    }
    let computed = || match prior {
        Some(prior) if exists => prior.clone(),
        _ => Value::unknown(attribute.ty.clone()),
    };
    if !attribute.is_configurable() {
        return computed();
    }
    if config.is_null() {
        return match &attribute.default {
            Some(default) => default.clone(),
            None if attribute.is_computed() => computed(),
            None => config.clone(),
        };
    }
    match prior {
        // What means the same is left as it is, so that no change shows.
        Some(prior) if exists && attribute.equality.equal(prior, config) => prior.clone(),
        _ => config.clone(),
    }
}

fn propose_nested(
    nested: &NestedBlock,
    prior: Option<&Value>,
    exists: bool,
    config: &Value,
) -> Value {
    if !config.is_known() {
        return config.clone();
    }
    let is_empty = config.is_null() || config.is_empty() == Some(true);
    if nested.computed && is_empty {
        return match prior {
            Some(prior) if exists => prior.clone(),
            _ => Value::unknown(nested.ty()),
        };
    }
    let block = &nested.block;
    match (nested.nesting, config.kind()) {
        (Nesting::Single, _) if config.is_null() => config.clone(),
        (Nesting::Single, _) => propose(block, prior.filter(|prior| !prior.is_null()), config),
        (Nesting::List, ValueKind::List(list)) => {
            let before = prior.and_then(Value::as_sequence).unwrap_or_default();
            let items = list
                .items
                .iter()
                .enumerate()
                .map(|(at, item)| propose(block, before.get(at), item))
                .collect();
            Value::list(block.ty(), items)
        }
        (Nesting::Map, ValueKind::Map(map)) => {
            let entries = map.entries.iter().map(|(key, item)| {
                let before = prior.and_then(|prior| prior.get(key));
                (key.clone(), propose(block, before, item))
            });
            Value::map(block.ty(), entries.collect::<Vec<_>>())
        }
        (Nesting::Set, ValueKind::Set(set)) => {
            propose_set(block, prior.and_then(Value::as_sequence).unwrap_or_default(), &set.items)
        }
        _ => config.clone(),
    }
}

/// Elements of a set have no identity but their value. One in the configuration stands for one that
/// exists if that has the same values in everything that the configuration sets.
fn propose_set(block: &Block, prior: &[Value], config: &[Value]) -> Value {
    let mut by_config: std::collections::HashMap<Canonical, Vec<&Value>> =
        prior.iter().rev().fold(std::collections::HashMap::new(), |mut found, item| {
            found.entry(Canonical(without_computed(block, item))).or_default().push(item);
            found
        });
    let items = config
        .iter()
        .map(|item| {
            let key = Canonical(without_computed(block, &with_defaults(block, item)));
            let before = by_config.get_mut(&key).and_then(Vec::pop);
            propose(block, before, item)
        })
        .collect();
    Value::set(block.ty(), items)
}

/// An object with null for whatever the provider may have filled in.
fn without_computed(block: &Block, object: &Value) -> Value {
    rebuild(block, object, |attribute, value| {
        if attribute.is_computed() { Value::null(attribute.ty.clone()) } else { value.clone() }
    })
}

/// An object with defaults for what is null.
fn with_defaults(block: &Block, object: &Value) -> Value {
    rebuild(block, object, |attribute, value| match &attribute.default {
        Some(default) if value.is_null() => default.clone(),
        _ => value.clone(),
    })
}

/// An object with some of its attributes changed, those of its blocks included.
pub(crate) fn rebuild(
    block: &Block,
    object: &Value,
    change: impl Fn(&Attribute, &Value) -> Value + Copy,
) -> Value {
    let Some(known) = object.as_object() else { return object.clone() };
    let values = known
        .iter()
        .map(|(name, value)| match (block.attribute(name), block.nested(name)) {
            (Some(attribute), _) => change(attribute, value),
            (None, Some(nested)) => {
                rebuild_each(&nested.block, value, &|item| rebuild(&nested.block, item, change))
            }
            (None, None) => value.clone(),
        })
        .collect();
    Value::object_of_shape(known.names.clone(), values)
}

/// Changes each object of a nested block, whatever its nesting.
fn rebuild_each(block: &Block, value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match value.kind() {
        ValueKind::List(list) => Value::list(block.ty(), list.items.iter().map(change).collect()),
        ValueKind::Set(set) => Value::set(block.ty(), set.items.iter().map(change).collect()),
        ValueKind::Map(map) => Value::map(
            block.ty(),
            map.entries.iter().map(|(key, item)| (key.clone(), change(item))).collect::<Vec<_>>(),
        ),
        ValueKind::Object(_) => change(value),
        _ => value.clone(),
    }
}

/// A value that is compared and hashed by [`Value::canonical_cmp`].
struct Canonical(Value);

impl PartialEq for Canonical {
    fn eq(&self, other: &Self) -> bool {
        self.0.canonical_cmp(&other.0).is_eq()
    }
}

impl Eq for Canonical {}

impl std::hash::Hash for Canonical {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash_canonical(state);
    }
}

/// The paths of attributes that differ and cannot be changed in place. An attribute whose value is
/// not known yet may come out different, so it counts.
pub(crate) fn replacing(block: &Block, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect_replacing(block, prior, planned, &mut Path::root(), &mut found);
    found
}

fn collect_replacing(
    block: &Block,
    prior: &Value,
    planned: &Value,
    at: &mut Path,
    found: &mut Vec<Path>,
) {
    for attribute in block.attributes.iter().filter(|attribute| attribute.force_new) {
        let (Some(before), Some(after)) = (prior.get(attribute.name), planned.get(attribute.name))
        else {
            continue;
        };
        if before != after && !attribute.equality.equal(before, after) {
            found.push(at.attr(attribute.name));
        }
    }
    for nested in &block.blocks {
        let (Some(before), Some(after)) = (prior.get(nested.name), planned.get(nested.name)) else {
            continue;
        };
        if before == after {
            continue;
        }
        at.0.push(PathStep::Attr(nested.name.into()));
        collect_replacing_nested(nested, before, after, at, found);
        at.0.pop();
    }
}

fn collect_replacing_nested(
    nested: &NestedBlock,
    prior: &Value,
    planned: &Value,
    at: &mut Path,
    found: &mut Vec<Path>,
) {
    if nested.force_new && (!planned.is_known() || prior.len() != planned.len()) {
        found.push(at.clone());
        return;
    }
    match (prior.kind(), planned.kind()) {
        (ValueKind::List(before), ValueKind::List(after)) => {
            for (index, (before, after)) in before.items.iter().zip(&after.items).enumerate() {
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                at.0.push(PathStep::Index(Value::from(index)));
                collect_replacing(&nested.block, before, after, at, found);
                at.0.pop();
            }
            // An element that is added or removed with an attribute that cannot be changed in
            // place is such a change, too.
            if before.items.len() != after.items.len()
                && sets_replacing(&nested.block, prior, planned)
            {
                found.push(at.clone());
            }
        }
        (ValueKind::Set(before), ValueKind::Set(after)) => {
            let known: HashSet<Canonical> =
                before.items.iter().map(|item| Canonical(item.clone())).collect();
            let only_in = |item: &&Value| !known.contains(&Canonical((*item).clone()));
            let differs = after.items.iter().find(only_in).is_some()
                || before.items.len() != after.items.len();
            if differs && has_replacing(&nested.block) {
                found.push(at.clone());
            }
        }
        (ValueKind::Map(before), ValueKind::Map(after)) => {
            for (key, value) in &after.entries {
                if let Some(previous) = before.get(key) {
                    at.0.push(PathStep::Index(Value::from(key.clone())));
                    collect_replacing(&nested.block, previous, value, at, found);
                    at.0.pop();
                }
            }
        }
        (ValueKind::Object(_), ValueKind::Object(_)) => {
            collect_replacing(&nested.block, prior, planned, at, found);
        }
        _ if has_replacing(&nested.block) => found.push(at.clone()),
        _ => {}
    }
}

/// Whether a block has an attribute anywhere that cannot be changed in place.
fn has_replacing(block: &Block) -> bool {
    block.attributes.iter().any(|attribute| attribute.force_new)
        || block.blocks.iter().any(|nested| nested.force_new || has_replacing(&nested.block))
}

/// Whether the elements that only one of two lists has set an attribute that cannot be changed in place.
fn sets_replacing(block: &Block, prior: &Value, planned: &Value) -> bool {
    let before = prior.as_sequence().unwrap_or_default();
    let after = planned.as_sequence().unwrap_or_default();
    let (longer, shorter) =
        if before.len() > after.len() { (before, after) } else { (after, before) };
    longer[shorter.len()..].iter().any(|item| {
        block.attributes.iter().any(|attribute| {
            attribute.force_new && item.get(attribute.name).is_some_and(|value| !value.is_null())
        })
    })
}

/// The paths of sensitive attributes by the schema alone, as far as the object has them.
pub(crate) fn sensitive_paths(block: &Block, object: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    if is_sensitive_anywhere(block) {
        collect_sensitive(block, object, &mut Path::root(), &mut found);
    }
    found
}

pub(crate) fn is_sensitive_anywhere(block: &Block) -> bool {
    block.attributes.iter().any(|attribute| attribute.sensitive)
        || block.blocks.iter().any(|nested| is_sensitive_anywhere(&nested.block))
}

fn collect_sensitive(block: &Block, object: &Value, at: &mut Path, found: &mut Vec<Path>) {
    for attribute in block.attributes.iter().filter(|attribute| attribute.sensitive) {
        if object.get(attribute.name).is_some() {
            found.push(at.attr(attribute.name));
        }
    }
    for nested in block.blocks.iter().filter(|nested| is_sensitive_anywhere(&nested.block)) {
        let Some(value) = object.get(nested.name) else { continue };
        at.0.push(PathStep::Attr(nested.name.into()));
        if value.as_object().is_some() {
            collect_sensitive(&nested.block, value, at, found);
        } else {
            value.for_each_child(&mut |step, child| {
                at.0.push(step());
                collect_sensitive(&nested.block, child, at, found);
                at.0.pop();
            });
        }
        at.0.pop();
    }
}

/// Where a provider's result contradicts the plan: paths with what was planned and what came. What
/// was unknown may come out as anything of its type.
///
/// Terraform: `objchange.AssertObjectCompatible`.
pub(crate) fn contradictions(block: &Block, planned: &Value, result: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    for attribute in &block.attributes {
        let (Some(planned), Some(result)) =
            (planned.get(attribute.name), result.get(attribute.name))
        else {
            continue;
        };
        if !attribute.write_only
            && !agrees(planned, result)
            && !attribute.equality.equal(planned, result)
        {
            found.push(Path::attr_of_root(attribute.name));
        }
    }
    for nested in &block.blocks {
        let (Some(planned), Some(result)) = (planned.get(nested.name), result.get(nested.name))
        else {
            continue;
        };
        contradictions_nested(nested, planned, result, &mut found);
    }
    found
}

fn contradictions_nested(
    nested: &NestedBlock,
    planned: &Value,
    result: &Value,
    found: &mut Vec<Path>,
) {
    let here = Path::attr_of_root(nested.name);
    let below = |step: PathStep, inner: Vec<Path>| {
        inner.into_iter().map(move |path| {
            let mut steps = vec![PathStep::Attr(nested.name.into()), step.clone()];
            steps.extend(path.0);
            Path(steps)
        })
    };
    match (planned.kind(), result.kind()) {
        (ValueKind::List(before), ValueKind::List(after))
            if before.items.len() == after.items.len() =>
        {
            for (index, (planned, result)) in before.items.iter().zip(&after.items).enumerate() {
                let step = PathStep::Index(Value::from(i64::try_from(index).unwrap_or(i64::MAX)));
                found.extend(below(step, contradictions(&nested.block, planned, result)));
            }
        }
        (ValueKind::Object(_), ValueKind::Object(_)) => {
            for path in contradictions(&nested.block, planned, result) {
                let mut steps = here.0.clone();
                steps.extend(path.0);
                found.push(Path(steps));
            }
        }
        _ if agrees(planned, result) => {}
        _ => found.push(here),
    }
}

/// Whether a result is what was planned, where the plan knew.
pub(crate) fn agrees(planned: &Value, result: &Value) -> bool {
    match (planned.kind(), result.kind()) {
        (ValueKind::Unknown(_), _) | (ValueKind::Null(_), ValueKind::Null(_)) => true,
        (ValueKind::List(a), ValueKind::List(b)) => agree_all(&a.items, &b.items),
        (ValueKind::Tuple(a), ValueKind::Tuple(b)) => agree_all(a, b),
        (ValueKind::Set(a), ValueKind::Set(b)) => {
            if planned.is_wholly_known() {
                return agree_all(&a.items, &b.items);
            }
            // Elements that were not wholly known have no counterpart that could be named.
            b.items.len() <= a.items.len()
        }
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            a.entries.len() == b.entries.len()
                && a.entries.iter().zip(&b.entries).all(|((key_a, value_a), (key_b, value_b))| {
                    key_a == key_b && agrees(value_a, value_b)
                })
        }
        (ValueKind::Object(a), ValueKind::Object(b)) => {
            a.names == b.names && agree_all(&a.values, &b.values)
        }
        _ => planned.canonical_cmp(result).is_eq(),
    }
}

fn agree_all(planned: &[Value], result: &[Value]) -> bool {
    planned.len() == result.len() && planned.iter().zip(result).all(|(a, b)| agrees(a, b))
}
