//! Changes that are alike, as one: those of one resource in all instances of its module, which do the same and
//! differ in values only.

use std::collections::{BTreeMap, HashSet};

use indexmap::{IndexMap, IndexSet};
use zw_engine::{Action, Change, Reason};
use zw_lang::addr::{InstanceKey, ModulePath};
use zw_lang::{Str, parallel};

use super::is_moved;
use crate::ui::diff::{self, Diff, Digest};

/// Changes that are alike.
pub(crate) struct Group<'a> {
    /// The changes, in the order of the plan. There is one at least.
    pub(crate) changes: Vec<&'a Change>,
    /// The difference of the first, with a note at each value that is another one elsewhere.
    pub(crate) diff: Diff<'a>,
    /// The positions of those values in a [`Digest`].
    pub(crate) differing: Vec<usize>,
}

impl Group<'_> {
    /// The address, with `[*]` for keys that differ.
    pub(crate) fn subject(&self) -> String {
        match self.changes.as_slice() {
            [one] => super::change::subject(one),
            several => Places::of(several).address,
        }
    }

    /// How many they are, behind what happens to them.
    pub(crate) fn times(&self) -> String {
        match self.changes.len() {
            1 => String::new(),
            count => format!(", {count} times"),
        }
    }
}

/// What changes have in common that are shown as one.
#[derive(PartialEq, Eq, Hash)]
struct Likeness {
    module: ModulePath,
    type_name: Str,
    /// `None` where those of all names are put together.
    name: Option<Str>,
    action: Action,
    reason: Reason,
    is_deposed: bool,
    is_moved: bool,
    is_imported: bool,
    shape: u64,
}

/// More groups than this, and those that differ in the names of their resources only are one.
const NAMED_MAX: usize = 100;

/// Puts changes that are alike together, in the order of the first of each. `diff_of` gives the difference that a
/// change makes.
pub(crate) fn groups<'a>(
    changes: &[&'a Change],
    diff_of: impl Fn(&'a Change) -> Diff<'a> + Sync,
) -> Vec<Group<'a>> {
    let digests =
        parallel::map(changes, |change| Digest::of(&diff_of(change), change.importing.is_some()));
    let mut alike = likenesses(changes, &digests, true);
    if alike.len() > NAMED_MAX {
        alike = likenesses(changes, &digests, false);
    }
    let group = |members: Vec<usize>| {
        let first = changes[members[0]];
        let mut diff = diff_of(first);
        let counts = different(members.iter().map(|at| digests[*at].values.as_slice()));
        diff::note(&mut diff, first.importing.is_some(), &counts);
        let differing = (0..counts.len()).filter(|at| counts[*at] > 1).collect();
        Group { changes: members.into_iter().map(|at| changes[at]).collect(), diff, differing }
    };
    alike.into_values().map(group).collect()
}

/// Positions of changes by what they have in common.
fn likenesses(
    changes: &[&Change],
    digests: &[Digest],
    by_name: bool,
) -> IndexMap<Likeness, Vec<usize>> {
    let mut alike: IndexMap<Likeness, Vec<usize>> = IndexMap::new();
    for (at, (change, digest)) in changes.iter().zip(digests).enumerate() {
        alike.entry(likeness(change, digest.shape, by_name)).or_default().push(at);
    }
    alike
}

fn likeness(change: &Change, shape: u64, by_name: bool) -> Likeness {
    let resource = change.address.resource();
    Likeness {
        module: change.address.module().module(),
        type_name: resource.type_name.clone(),
        name: by_name.then(|| resource.name.clone()),
        action: change.action,
        reason: change.reason,
        is_deposed: change.deposed.is_some(),
        is_moved: is_moved(change),
        is_imported: change.importing.is_some(),
        shape,
    }
}

/// How many different values there are at each position.
fn different<'d>(digests: impl Iterator<Item = &'d [u64]>) -> Vec<usize> {
    let mut seen: Vec<HashSet<u64>> = Vec::new();
    for values in digests {
        seen.resize_with(seen.len().max(values.len()), HashSet::new);
        for (seen, value) in seen.iter_mut().zip(values) {
            seen.insert(*value);
        }
    }
    seen.iter().map(HashSet::len).collect()
}

/// Where changes that are alike are.
pub(crate) struct Places {
    /// The address of all of them, with `[*]` for keys that differ.
    pub(crate) address: String,
    /// For each key that differs, whose it is and which there are.
    pub(crate) keys: Vec<(String, Vec<String>)>,
}

impl Places {
    /// Where changes are, which differ in keys only.
    pub(crate) fn of(changes: &[&Change]) -> Self {
        let mut address = String::new();
        let mut keys = Vec::new();
        let Some(first) = changes.first() else { return Self { address, keys } };
        let mut step = |name: String, found: IndexSet<&InstanceKey>| {
            address.push_str(if address.is_empty() { "" } else { "." });
            address.push_str(&name);
            match found.first() {
                Some(key) if found.len() == 1 => address.push_str(&key.to_string()),
                _ => {
                    address.push_str("[*]");
                    keys.push((address.clone(), found.into_iter().map(key_text).collect()));
                }
            }
        };
        for (at, (name, _)) in first.address.module().steps().iter().enumerate() {
            let of_step = changes.iter().filter_map(|one| one.address.module().steps().get(at));
            step(format!("module.{name}"), of_step.map(|(_, key)| key).collect());
        }
        let resource = first.address.resource();
        let names: IndexSet<&Str> =
            changes.iter().map(|change| &change.address.resource().name).collect();
        let of_resource = changes.iter().map(|change| change.address.key()).collect();
        if names.len() == 1 {
            step(resource.to_string(), of_resource);
        } else {
            let whole = format!("{}{}.*", resource.mode.prefix(), resource.type_name);
            step(whole.clone(), of_resource);
            keys.push((whole, names.iter().map(ToString::to_string).collect()));
        }
        Self { address, keys }
    }
}

fn key_text(key: &InstanceKey) -> String {
    let text = key.to_string();
    if text.is_empty() { "(none)".to_owned() } else { text[1..text.len() - 1].to_owned() }
}

/// Regions with the number of changes in each, most first.
pub(crate) fn regions(found: impl Iterator<Item = Str>) -> Vec<(Str, usize)> {
    let mut counts: BTreeMap<Str, usize> = BTreeMap::new();
    found.for_each(|region| *counts.entry(region).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(_, a), (_, b)| b.cmp(a));
    counts
}
