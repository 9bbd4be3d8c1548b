//! What credentials need to be allowed, so that a plan can be applied with them.

use std::collections::BTreeSet;

use zw_lang::addr::InstanceAddr;
use zw_lang::{ResourceMode, Type, Value};
use zw_provider::{Deed, PermissionsRequest, Provider};

use crate::api::Run;
use crate::fetch::source_in;
use crate::plan::{Action, Change};

/// The permissions of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Those that are needed, in the words of the clouds.
    pub needed: BTreeSet<String>,
    /// Types of which it is not known what they need; data sources begin with `data.`.
    pub unknown: BTreeSet<String>,
    /// What is put off to later rounds of an apply, and is not known well enough to be taken into account.
    pub deferred: BTreeSet<String>,
}

impl Run {
    /// What has to be allowed to make this plan again and to apply it: what each change does, and to read everything
    /// that was read.
    pub fn permissions(&self) -> Permissions {
        let mut found = Permissions::default();
        let registry = &self.planner.walk.cx.providers;
        let plan = &self.plan;
        let changed = plan
            .changes
            .iter()
            .flat_map(|change| deeds_of(change).map(move |(deed, object)| (change, deed, object)));
        let found_changed = plan.drift.iter().map(|change| (change, Deed::Read, &change.before));
        for (change, deed, object) in changed.chain(found_changed) {
            let Some(provider) = registry.get(source_in(&change.provider)) else { continue };
            let resource = change.address.resource();
            found.ask(&**provider, resource.mode, &resource.type_name, deed, object);
        }
        let nothing = Value::null(Type::Dynamic);
        for (provider, type_name, _) in self.planner.answers.keys() {
            // What is imported is kept among them, too, and is a change.
            let Some(provider) = registry.get(source_in(provider)) else { continue };
            if provider.data_sources().contains_key(type_name.as_str()) {
                found.ask(&**provider, ResourceMode::Data, type_name, Deed::Read, &nothing);
            }
        }
        for deferred in &plan.deferred {
            let resource = deferred.address.parse::<InstanceAddr>();
            let resource = resource.as_ref().map(InstanceAddr::resource);
            let owner = resource.as_ref().ok().and_then(|resource| {
                let mut providers = registry.iter().map(|(_, provider)| provider);
                providers
                    .find(|it| it.types(resource.mode).contains_key(resource.type_name.as_str()))
            });
            match (resource, owner) {
                (Ok(resource), Some(provider)) => {
                    let deed = match resource.mode {
                        ResourceMode::Managed => Deed::Create,
                        ResourceMode::Data | ResourceMode::Ephemeral => Deed::Read,
                    };
                    found.ask(&**provider, resource.mode, &resource.type_name, deed, &nothing);
                }
                _ => {
                    found.deferred.insert(deferred.address.clone());
                }
            }
        }
        found
    }
}

impl Permissions {
    fn ask(
        &mut self,
        provider: &dyn Provider,
        mode: ResourceMode,
        type_name: &str,
        deed: Deed,
        object: &Value,
    ) {
        match provider.permissions(PermissionsRequest { mode, type_name, deed, object }) {
            Some(needed) => self.needed.extend(needed),
            None => {
                let is_data = mode == ResourceMode::Data;
                let prefix = if is_data { "data." } else { "" };
                self.unknown.insert(format!("{prefix}{type_name}"));
            }
        }
    }
}

/// What is done with which objects. Whatever exists was read, whether anything happens to it or not.
fn deeds_of(change: &Change) -> impl Iterator<Item = (Deed, &Value)> {
    let (before, after) = (&change.before, &change.after);
    let [first, second] = match change.action {
        Action::NoOp | Action::Forget => [Some((Deed::Read, before)), None],
        Action::Read | Action::Open => [Some((Deed::Read, after)), None],
        Action::Create => [Some((Deed::Create, after)), None],
        Action::Update => [Some((Deed::Update, after)), None],
        Action::Delete => [Some((Deed::Delete, before)), None],
        Action::DeleteThenCreate | Action::CreateThenDelete => {
            [Some((Deed::Delete, before)), Some((Deed::Create, after))]
        }
        Action::ForgetThenCreate => [Some((Deed::Read, before)), Some((Deed::Create, after))],
    };
    first.into_iter().chain(second)
}
