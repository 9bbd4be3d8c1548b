//! Plans that return to an earlier state: what is wanted are the objects as they were after a run, instead of what the
//! configuration says.
//!
//! A row is read as a configuration: its arguments as they were, while what a provider computes is left to it. A text
//! in it that names another object of that time, by its id or ARN, follows that object: where it has another id by
//! now, or will have one, so will whoever refers to it. That is how references come back, of which a state knows only
//! between which objects they were.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use zw_config::model::Resource;
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, Path, Type, Value, ValueKind};
use zw_provider::schema::{Attribute, Block, Presence, Schema};
use zw_state::ResourceRow;

use crate::codec;
use crate::diff;
use crate::fetch::source_in;
use crate::plan::{Action, Change, Reason};
use crate::planner::{Detail, Planner};
use crate::providers::{Arguments, ProvId};
use crate::resource::{Decision, Work, decide, describe_error, ignoring};
use crate::state::{Current, Prior, decode_row, marked, no_object};
use crate::walk::{Dep, narrow};

/// Shorter texts say too little to be taken for the name of an object, unless they are its id.
const NAME_LENGTH_MIN: usize = 8;

/// An object of then that is wanted again.
pub(crate) struct Returned {
    pub(crate) row: ResourceRow,
    pub(crate) address: InstanceAddr,
    /// The object as it was.
    was: Value,
    /// The object as it will be, and after it was applied as it is.
    now: Option<Value>,
    /// What it depended on, by position: all of them come before it.
    pub(crate) deps: Vec<u32>,
    /// What happens to it, by position in the plan.
    pub(crate) change: Option<usize>,
}

impl Returned {
    /// Says how the object is.
    pub(crate) fn set(&mut self, object: Value) {
        self.now = Some(object);
    }

    fn sensitive_paths(&self) -> Vec<Path> {
        self.row.sensitive_paths.as_deref().map(codec::decode_paths).unwrap_or_default()
    }
}

/// What is asked for when an object is made as it was.
pub(crate) struct Asked {
    pub(crate) config: Value,
    pub(crate) sensitive: Vec<Path>,
    /// The block that declares the instance now, whose `ignore_changes` holds.
    pub(crate) declared: Option<Arc<Resource>>,
}

impl Planner {
    /// Plans what makes the objects of then.
    pub(crate) fn plan_return(&mut self) {
        // What providers refer to may have been planned on the way to them.
        self.changes.clear();
        self.details.clear();
        self.change_of.clear();
        self.claimed.clear();
        self.returned = self.objects_of_then();
        self.take_back_moves();
        for at in 0..self.returned.len() {
            self.plan_returned(at);
        }
    }

    /// The objects of then with what they were, in an order that has each after those that it depended on.
    fn objects_of_then(&mut self) -> Vec<Returned> {
        let rows = self.options.past.clone();
        let mut found = Vec::new();
        for row in rows.iter().filter(|row| row.key.deposed.is_none()) {
            let Ok(address) = row.key.address.parse::<InstanceAddr>() else { continue };
            if !self.targets.contains_instance(&address) {
                continue;
            }
            let source = source_in(&row.provider);
            let schema = self.walk.cx.providers.resource_type(source, &row.type_name);
            let was = schema
                .ok_or_else(|| {
                    let detail = format!("{} has no such type in this zw.", row.provider);
                    Diagnostic::error(format!("{address} cannot be made again"), detail)
                })
                .and_then(|schema| decode_row(row, schema));
            match was {
                Ok(was) => found.push(Returned {
                    row: row.clone(),
                    address,
                    was,
                    now: None,
                    deps: Vec::new(),
                    change: None,
                }),
                Err(problem) => self.diagnostics.push(problem.about(row.key.address.to_string())),
            }
        }
        in_order(found)
    }

    /// Gives objects that go by another address by now the one that they had then: they are told by their ids.
    fn take_back_moves(&mut self) {
        let there: HashSet<&InstanceAddr> = self.returned.iter().map(|one| &one.address).collect();
        let mut elsewhere: HashMap<(Arc<str>, Arc<str>, String), InstanceAddr> = HashMap::new();
        for prior in &self.prior.objects {
            let id = prior.recorded.as_ref().and_then(id_of);
            if let (Some(id), None, false) =
                (id, &prior.row.key.deposed, there.contains(&prior.address))
            {
                let Prior { row: ResourceRow { type_name, provider, .. }, address, .. } = prior;
                let key = (type_name.clone(), provider.clone(), id.to_owned());
                elsewhere.insert(key, address.clone());
            }
        }
        for one in &self.returned {
            let Some(id) = id_of(&one.was) else { continue };
            let key = (one.row.type_name.clone(), one.row.provider.clone(), id.to_owned());
            if self.prior.position(&one.address).is_none()
                && let Some(from) = elsewhere.remove(&key)
            {
                self.prior.rename(&from, &one.address);
            }
        }
    }

    fn plan_returned(&mut self, at: usize) {
        let address = self.returned[at].address.clone();
        let fail = |planner: &mut Self, problem: Diagnostic| {
            planner.diagnostics.push(problem.about(address.to_string()));
        };
        let name = self.returned[at].row.provider.clone();
        let Some(provider) = self.provider_of_address(&name) else {
            let detail = format!(
                "The configuration has no provider {name} any more, which {address} belonged to. Add it again to \
                 return to this state."
            );
            return fail(self, Diagnostic::error("Provider configuration not present", detail));
        };
        let position = self.prior.position(&address);
        if let Some(at) = position {
            self.claimed.insert(at);
            if matches!(self.prior.objects[at].current, Current::Failed) {
                return;
            }
        }
        let decided = self.decide_returned(at, provider, position);
        let (decision, asked) = match decided {
            Ok(Some(decided)) => decided,
            Ok(None) => return,
            Err(problem) => return fail(self, problem),
        };
        self.add_returned(at, provider, position, decision, &asked);
    }

    /// Decides what is done to make an object as it was; `None` if that is not possible, which has been reported.
    fn decide_returned(
        &mut self,
        at: usize,
        provider: ProvId,
        position: Option<usize>,
    ) -> Result<Option<(Decision, Asked)>, Diagnostic> {
        let provider_config = match &self.providers.get(provider).arguments {
            Arguments::Known(config) => config.clone(),
            Arguments::Failed => return Ok(None),
            Arguments::Pending | Arguments::Unknown => Value::unknown(Type::Dynamic),
        };
        let types = self.providers.get(provider).provider.clone();
        let type_name = self.returned[at].row.type_name.clone();
        let Some(schema) = types.resource_types().get(&*type_name) else { return Ok(None) };
        let prior = position.map(|at| &self.prior.objects[at]);
        let object = prior.and_then(Prior::object).cloned();
        let address = &self.returned[at].address;
        let why = if prior.is_some_and(Prior::is_tainted) {
            Some(Reason::Tainted)
        } else {
            self.options.replace.contains(address).then_some(Reason::Requested)
        };
        let asked = self.asked_again(at, schema, object.is_some());
        let work = Work { provider: &*types, type_name: &type_name, schema, provider_config };
        let config = match (&asked.declared, &object) {
            (Some(declared), Some(before)) => {
                ignoring(&declared.lifecycle.ignore_changes, before, &asked.config)
            }
            _ => asked.config.clone(),
        };
        let decision = decide(&work, object, &config, why).map_err(|error| describe_error(&error));
        Ok(Some((decision?, asked)))
    }

    fn add_returned(
        &mut self,
        at: usize,
        provider: ProvId,
        position: Option<usize>,
        decision: Decision,
        asked: &Asked,
    ) {
        let Returned { row, address, .. } = &self.returned[at];
        let (row, address) = (row.clone(), address.clone());
        let Decision { mut action, reason, before, after, replace_paths } = decision;
        if action.is_replace() {
            if row.ending.create_before_destroy {
                action = Action::CreateThenDelete;
            }
            if let Some((instance, declared)) = self.declared(&address)
                && !self.may_destroy(instance, &declared, &address)
            {
                return;
            }
        }
        let types = self.providers.get(provider).provider.clone();
        let Some(schema) = types.resource_types().get(&*row.type_name) else { return };
        let prior = position.map(|at| &self.prior.objects[at]);
        let before = match (&before, prior) {
            (Some(before), Some(prior)) => marked(schema, before, &prior.sensitive_paths()),
            _ => no_object(Some(schema)),
        };
        let change = Change {
            address,
            deposed: None,
            previous_address: prior.and_then(|prior| prior.moved_from.clone()),
            provider: row.provider.clone(),
            action,
            reason,
            before,
            after: marked(schema, &after, &asked.sensitive),
            replace_paths,
            importing: None,
        };
        let deps = self.returned[at].deps.iter().map(|dep| Dep::Returned(*dep)).collect();
        self.returned[at].set(after);
        self.returned[at].change = Some(self.changes.len());
        self.add_change(
            change,
            Detail {
                instance: None,
                returned: Some(narrow(at)),
                prior: position,
                provider: Some(provider),
                ending: row.ending,
                deps,
            },
        );
    }

    /// What is asked for to make an object as it was, with what is known by now of those that it refers to.
    pub(crate) fn asked_again(&self, at: usize, schema: &Schema, exists: bool) -> Asked {
        let one = &self.returned[at];
        let arguments = arguments(&schema.block, &one.was, exists);
        let names = self.names_of_now(&one.deps);
        let config = if names.is_empty() {
            arguments
        } else {
            arguments.map_deep(&mut |part| match part.as_str() {
                Some(text) => follow(text, &names).unwrap_or(part),
                None => part,
            })
        };
        let declared = self.declared(&one.address).map(|(_, declared)| declared);
        Asked { config, sensitive: one.sensitive_paths(), declared }
    }

    /// The names that some objects had and have no more, with what they are now; `None` for what is not known yet.
    fn names_of_now(&self, deps: &[u32]) -> Vec<(String, Option<String>)> {
        let mut names = Names::default();
        for dep in deps {
            let Returned { was, now, .. } = &self.returned[*dep as usize];
            if let Some(now) = now {
                names.compare(was, Some(now), false);
            }
        }
        names.changed.retain(|(text, _)| !names.unchanged.contains(text));
        // The longest first, for one may be a part of another; of equal ones an id counts most.
        names.changed.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        names.changed.dedup_by(|a, b| a.0 == b.0);
        names.changed
    }
}

/// Objects after those that they depended on. What depends on itself in a circle, which no plan makes, comes last.
fn in_order(mut objects: Vec<Returned>) -> Vec<Returned> {
    let mut by_address: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, one) in objects.iter().enumerate() {
        by_address.entry(one.address.to_string()).or_default().push(at);
        let whole = one.address.without_key().to_string();
        if whole != *one.row.key.address {
            by_address.entry(whole).or_default().push(at);
        }
    }
    let on: Vec<Vec<usize>> = objects
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let all = one.row.dependencies.iter().filter_map(|name| by_address.get(&**name));
            all.flatten().copied().filter(|on| *on != at).collect()
        })
        .collect();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); objects.len()];
    let mut waiting: Vec<usize> = on.iter().map(Vec::len).collect();
    for (at, on) in on.iter().enumerate() {
        for on in on {
            users[*on].push(at);
        }
    }
    let mut order: Vec<usize> = (0..objects.len()).filter(|at| waiting[*at] == 0).collect();
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        next += 1;
        for user in &users[at] {
            waiting[*user] -= 1;
            if waiting[*user] == 0 {
                order.push(*user);
            }
        }
    }
    order.extend((0..objects.len()).filter(|at| waiting[*at] > 0));
    let mut place = vec![0; objects.len()];
    for (to, from) in order.iter().enumerate() {
        place[*from] = to;
    }
    for (at, one) in objects.iter_mut().enumerate() {
        let before = on[at].iter().map(|on| place[*on]).filter(|on| *on < place[at]);
        one.deps = before.map(narrow).collect();
    }
    let mut placed: Vec<(usize, Returned)> = place.into_iter().zip(objects).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, one)| one).collect()
}

/// What a configuration would have said for an object to be as it was.
fn arguments(block: &Block, was: &Value, exists: bool) -> Value {
    diff::rebuild(block, was, |attribute, value| {
        if is_left_out(attribute, value, exists) {
            Value::null(attribute.ty.clone())
        } else {
            value.clone()
        }
    })
}

/// Whether an attribute is for the provider to fill in. Of one that it may fill in a value that is as good as none is
/// asked for only where it takes back another one.
fn is_left_out(attribute: &Attribute, value: &Value, exists: bool) -> bool {
    match attribute.presence {
        Presence::Computed => true,
        Presence::Required | Presence::Optional => false,
        Presence::OptionalComputed => {
            attribute.name == "id" || (!exists && crate::generate::is_empty(value))
        }
    }
}

/// The texts in objects that names of objects may be.
#[derive(Default)]
struct Names {
    changed: Vec<(String, Option<String>)>,
    unchanged: HashSet<String>,
}

impl Names {
    /// Compares an object as it was with what it is: `None` where that is not known.
    fn compare(&mut self, was: &Value, now: Option<&Value>, is_id: bool) {
        let now = now.filter(|now| now.is_known());
        if let ValueKind::String(text) = was.kind() {
            if text.is_empty() || !(is_id || is_name(text)) {
                return;
            }
            let text = text.to_string();
            match now.map(|now| now.as_str()) {
                Some(Some(now)) if *now == text => {
                    self.unchanged.insert(text);
                }
                Some(None) => {}
                Some(Some(now)) => self.changed.push((text, Some(now.to_owned()))),
                None => self.changed.push((text, None)),
            }
            return;
        }
        if let Some(object) = was.as_object() {
            for (name, was) in object.iter() {
                let now = match now {
                    Some(now) => match now.get(name) {
                        Some(now) => Some(now),
                        None => continue,
                    },
                    None => None,
                };
                self.compare(was, now, *name == "id");
            }
        } else if let Some(items) = was.as_sequence() {
            match now.map(Value::as_sequence) {
                Some(Some(others)) if others.len() == items.len() => {
                    items.iter().zip(others).for_each(|(was, now)| {
                        self.compare(was, Some(now), false);
                    });
                }
                Some(_) => {}
                None => items.iter().for_each(|was| self.compare(was, None, false)),
            }
        } else if let ValueKind::Map(map) = was.kind() {
            for (key, was) in &map.entries {
                match now {
                    Some(now) => {
                        if let Some(now) = now.get(key) {
                            self.compare(was, Some(now), false);
                        }
                    }
                    None => self.compare(was, None, false),
                }
            }
        }
    }
}

/// Whether a text may be the name of an object, or something in which there is one.
fn is_name(text: &str) -> bool {
    text.len() >= NAME_LENGTH_MIN && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A text with the names of now in place of those of then; `None` if there is none of those in it.
fn follow(text: &str, names: &[(String, Option<String>)]) -> Option<Value> {
    let mut changed: Option<String> = None;
    for (old, new) in names {
        let here = changed.as_deref().unwrap_or(text);
        if here != old && !(is_name(old) && here.contains(&**old)) {
            continue;
        }
        let Some(new) = new else { return Some(Value::unknown(Type::String)) };
        changed = Some(here.replace(&**old, new));
    }
    changed.map(Value::from)
}

fn id_of(object: &Value) -> Option<&str> {
    object.get("id").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_follows_what_it_names() {
        let names = [
            ("arn:aws:x:subnet-0123abcd".to_owned(), Some("arn:aws:x:subnet-9".to_owned())),
            ("subnet-0123abcd".to_owned(), None),
            ("7".to_owned(), Some("8".to_owned())),
        ];
        let known =
            |text: &str| follow(text, &names).map(|value| value.as_str().map(str::to_owned));
        assert_eq!(known("arn:aws:x:subnet-0123abcd"), Some(Some("arn:aws:x:subnet-9".into())));
        assert_eq!(known("x/arn:aws:x:subnet-0123abcd"), Some(Some("x/arn:aws:x:subnet-9".into())));
        assert_eq!(known("subnet-0123abcd"), Some(None));
        assert_eq!(known("7"), Some(Some("8".into())));
        // A short id is followed only where it is all there is.
        assert_eq!(known("1.7"), None);
        assert_eq!(known("something else"), None);
    }

    #[test]
    fn a_text_that_still_names_an_object_is_left_alone() {
        let object = |id: &str, arn: &str, input: &str| {
            Value::object([("id", id.into()), ("arn", arn.into()), ("input", input.into())])
        };
        let mut names = Names::default();
        let was = object("id-1", "arn:thing-1", "arn:thing-1");
        names.compare(&was, Some(&object("id-2", "arn:thing-2", "arn:thing-1")), false);
        assert!(names.unchanged.contains("arn:thing-1"));
        assert!(names.changed.contains(&("id-1".to_owned(), Some("id-2".to_owned()))));
    }
}
