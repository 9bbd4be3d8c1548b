//! What objects have to do with each other.

use std::collections::HashSet;

use zw_lang::{Str, Value};
use zw_provider::{OpError, OpResult};

use super::World;
use super::index::{Index, Links, Number};
use crate::cloud::Place;
use crate::leaves::for_each_text;

impl World {
    /// Refuses what refers to something that does not exist. Of a change only what is new counts.
    pub(super) fn check_references(
        &self,
        index: &Index,
        place: &Place,
        type_name: &str,
        planned: &Value,
        prior: Option<&Value>,
    ) -> OpResult<()> {
        if !self.options.check_references {
            return Ok(());
        }
        let mut old = HashSet::new();
        if let Some(prior) = prior {
            for_each_text(prior, &mut |_, text| {
                old.insert(text);
            });
        }
        let is_there = |number: Option<Number>| {
            number.and_then(|number| index.get(number)).is_some_and(|entry| self.is_visible(entry))
        };
        let mut problem: Option<OpError> = None;
        for_each_text(planned, &mut |attribute, text| {
            if problem.is_some() || old.contains(text) || is_there(index.by_handle(text)) {
                return;
            }
            problem = self.cloud.missing(type_name, text, place).map(|mut error| {
                error.path = Some(zw_lang::Path::attr_of_root(attribute));
                error
            });
        });
        for named in self.cloud.named_refs(type_name, planned) {
            let scope = self.cloud.scope(named.type_name, place);
            let is_new = prior.is_none() || !old.contains(named.id.as_str());
            if is_new && !is_there(index.by_id(named.type_name, &scope, &named.id)) {
                problem = problem.or(named.missing);
            }
        }
        problem.map_or(Ok(()), Err)
    }

    /// What an object is found by, which names it has for itself, and what it refers to.
    pub(super) fn links(
        &self,
        index: &Index,
        place: &Place,
        type_name: &str,
        number: Number,
        planned: &Value,
        object: &Value,
    ) -> OpResult<Links> {
        let mut given = HashSet::new();
        for_each_text(planned, &mut |_, text| {
            given.insert(text);
        });
        let mut links = Links::default();
        for_each_text(object, &mut |attribute, text| match index.by_handle(text) {
            Some(owner) if owner != number => links.refs.push((owner, attribute.into())),
            None if self.cloud.is_handle(text) && !given.contains(text) => {
                links.handles.push(text.into());
            }
            _ => {}
        });
        for named in self.cloud.named_refs(type_name, object) {
            let scope = self.cloud.scope(named.type_name, place);
            if let Some(target) = index.by_id(named.type_name, &scope, &named.id) {
                links.refs.push((target, named.attribute.into()));
            }
        }
        let scope = self.cloud.scope(type_name, place);
        for claim in self.cloud.claims(type_name, object) {
            let name: Str = format!("{type_name} {scope} {}", claim.name).into();
            if index.by_claim(&name).is_some_and(|owner| owner != number) {
                return Err(claim.taken);
            }
            links.claims.push(name);
        }
        links.handles.sort_unstable();
        links.handles.dedup();
        links.refs.sort_unstable();
        links.refs.dedup();
        Ok(links)
    }
}
