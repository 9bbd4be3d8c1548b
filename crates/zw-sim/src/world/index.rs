//! What is known of the objects in memory: by what they are found, and what refers to what.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use zw_lang::Str;

use super::store::Row;

/// The number of an object: those of later objects are greater.
pub(crate) type Number = i64;

/// Where a type's objects live: an account, and a region unless the type has none.
pub(crate) type Scope = Arc<str>;

/// What the index has of an object.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) type_name: Str,
    pub(crate) scope: Scope,
    pub(crate) id: Str,
    pub(crate) token: Str,
    pub(crate) links: Links,
    pub(crate) body: Arc<str>,
    /// When it was created, if that was by this process.
    pub(crate) born: Option<Instant>,
}

/// How an object hangs together with others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Links {
    /// Ids and ARNs that lead to it, or to something that exists with it, as a VPC's default security group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) handles: Vec<Str>,
    /// Names that no other object may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) claims: Vec<Str>,
    /// Objects that it refers to, and by which attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) refs: Vec<(Number, Str)>,
}

/// All objects of a provider.
#[derive(Default)]
pub(crate) struct Index {
    objects: HashMap<Number, Entry>,
    by_type: HashMap<(Str, Scope), BTreeSet<Number>>,
    by_id: HashMap<(Str, Scope, Str), Number>,
    by_token: HashMap<Str, Number>,
    by_handle: HashMap<Str, Number>,
    by_claim: HashMap<Str, Number>,
    /// Who refers to an object, and by which attribute.
    referrers: HashMap<Number, BTreeSet<(Number, Str)>>,
    twins: HashMap<[u8; 16], u32>,
    last: Number,
}

impl Index {
    /// Takes in what was stored.
    pub(crate) fn load(&mut self, row: Row) -> Result<(), String> {
        let links = serde_json::from_str(&row.links)
            .map_err(|error| format!("{} {}: {error}", row.type_name, row.id))?;
        let entry = Entry {
            type_name: row.type_name.into(),
            scope: row.scope.into(),
            id: row.id.into(),
            token: row.token.into(),
            links,
            body: row.body,
            born: None,
        };
        self.insert(row.number, entry);
        Ok(())
    }

    /// The bodies of all objects of a type, in the order of creation.
    pub(crate) fn everything(&self, type_name: &str) -> Vec<Arc<str>> {
        let of_type = self.objects.iter().filter(|(_, entry)| entry.type_name == type_name);
        let mut found: Vec<_> = of_type.collect();
        found.sort_by_key(|(number, _)| **number);
        found.into_iter().map(|(_, entry)| entry.body.clone()).collect()
    }

    /// The number for the next object.
    pub(crate) fn next_number(&mut self) -> Number {
        self.last += 1;
        self.last
    }

    /// Adds an object, or replaces it.
    pub(crate) fn insert(&mut self, number: Number, entry: Entry) {
        self.remove(number);
        self.last = self.last.max(number);
        let place = (entry.type_name.clone(), entry.scope.clone());
        self.by_id.insert((place.0.clone(), place.1.clone(), entry.id.clone()), number);
        self.by_type.entry(place).or_default().insert(number);
        if !entry.token.is_empty() {
            self.by_token.insert(entry.token.clone(), number);
        }
        for handle in &entry.links.handles {
            self.by_handle.insert(handle.clone(), number);
        }
        for claim in &entry.links.claims {
            self.by_claim.insert(claim.clone(), number);
        }
        for (target, attribute) in &entry.links.refs {
            let referrers = self.referrers.entry(*target).or_default();
            referrers.insert((number, attribute.clone()));
        }
        self.objects.insert(number, entry);
    }

    /// Removes an object. What refers to it goes on to do so.
    pub(crate) fn remove(&mut self, number: Number) -> Option<Entry> {
        let entry = self.objects.remove(&number)?;
        let place = (entry.type_name.clone(), entry.scope.clone());
        if let Some(numbers) = self.by_type.get_mut(&place) {
            numbers.remove(&number);
        }
        self.by_id.remove(&(place.0, place.1, entry.id.clone()));
        self.by_token.remove(&entry.token);
        for handle in &entry.links.handles {
            self.by_handle.remove(handle);
        }
        for claim in &entry.links.claims {
            self.by_claim.remove(claim);
        }
        for (target, attribute) in &entry.links.refs {
            if let Some(referrers) = self.referrers.get_mut(target) {
                referrers.remove(&(number, attribute.clone()));
                if referrers.is_empty() {
                    self.referrers.remove(target);
                }
            }
        }
        Some(entry)
    }

    pub(crate) fn get(&self, number: Number) -> Option<&Entry> {
        self.objects.get(&number)
    }

    /// The object of a type with an id.
    pub(crate) fn by_id(&self, type_name: &str, scope: &Scope, id: &str) -> Option<Number> {
        self.by_id.get(&(type_name.into(), scope.clone(), id.into())).copied()
    }

    pub(crate) fn by_token(&self, token: &str) -> Option<Number> {
        self.by_token.get(token).copied()
    }

    /// The object that an id or ARN leads to, whatever its type.
    pub(crate) fn by_handle(&self, handle: &str) -> Option<Number> {
        self.by_handle.get(handle).copied()
    }

    /// The object that has a name which there can be only once.
    pub(crate) fn by_claim(&self, claim: &str) -> Option<Number> {
        self.by_claim.get(claim).copied()
    }

    /// The objects of a type in the order of their creation.
    pub(crate) fn of_type(&self, type_name: &str, scope: &Scope) -> impl Iterator<Item = &Entry> {
        let numbers = self.by_type.get(&(type_name.into(), scope.clone()));
        numbers.into_iter().flatten().filter_map(|number| self.objects.get(number))
    }

    /// How many objects of a type there are.
    pub(crate) fn count(&self, type_name: &str, scope: &Scope) -> usize {
        self.by_type.get(&(type_name.into(), scope.clone())).map_or(0, BTreeSet::len)
    }

    /// The objects that refer to one, and by which attribute.
    pub(crate) fn referrers(&self, number: Number) -> impl Iterator<Item = (&Entry, &str)> {
        let referrers = self.referrers.get(&number).into_iter().flatten();
        referrers
            .filter_map(|(source, attribute)| Some((self.objects.get(source)?, attribute.as_str())))
    }

    /// How many objects were made of the same arguments so far.
    pub(crate) fn twins(&self, digest: [u8; 16]) -> u32 {
        self.twins.get(&digest).copied().unwrap_or(0)
    }

    /// Counts one more object of the same arguments.
    pub(crate) fn count_twin(&mut self, digest: [u8; 16]) -> u32 {
        let count = self.twins.entry(digest).or_default();
        *count += 1;
        *count
    }

    pub(crate) fn load_twins(&mut self, digest: [u8; 16], count: u32) {
        self.twins.insert(digest, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, links: Links) -> Entry {
        Entry {
            type_name: "a".into(),
            scope: "here".into(),
            id: id.into(),
            token: format!("token of {id}").into(),
            links,
            body: "{}".into(),
            born: None,
        }
    }

    fn links(handle: &str, refs: &[Number]) -> Links {
        Links {
            handles: vec![handle.into()],
            claims: vec![format!("claim {handle}").into()],
            refs: refs.iter().map(|number| (*number, Str::from("to"))).collect(),
        }
    }

    #[test]
    fn an_object_is_found_by_all_that_leads_to_it_until_it_is_removed() {
        let mut index = Index::default();
        let here: Scope = "here".into();
        let number = index.next_number();
        index.insert(number, entry("x", links("arn:x", &[])));
        let found = |index: &Index| {
            [
                index.by_id("a", &here, "x"),
                index.by_token("token of x"),
                index.by_handle("arn:x"),
                index.by_claim("claim arn:x"),
            ]
        };
        assert_eq!(found(&index), [Some(number); 4]);
        assert_eq!(index.by_id("a", &"there".into(), "x"), None);
        assert_eq!(index.count("a", &here), 1);
        index.remove(number);
        assert_eq!(found(&index), [None; 4]);
        assert_eq!(index.count("a", &here), 0);
    }

    #[test]
    fn who_refers_to_an_object_is_known_until_they_do_not_any_more() {
        let mut index = Index::default();
        let (target, source) = (index.next_number(), index.next_number());
        index.insert(target, entry("target", links("t", &[])));
        index.insert(source, entry("source", links("s", &[target])));
        let referrers = |index: &Index| {
            let referrers = index.referrers(target);
            referrers
                .map(|(entry, attribute)| format!("{}.{attribute}", entry.id))
                .collect::<Vec<_>>()
        };
        assert_eq!(referrers(&index), ["source.to"]);
        index.insert(source, entry("source", links("s", &[])));
        assert!(referrers(&index).is_empty());
    }

    #[test]
    fn twins_are_told_apart() {
        let mut index = Index::default();
        assert_eq!([index.count_twin([1; 16]), index.count_twin([1; 16])], [1, 2]);
        assert_eq!(index.count_twin([2; 16]), 1);
        index.load_twins([3; 16], 5);
        assert_eq!(index.count_twin([3; 16]), 6);
    }
}
