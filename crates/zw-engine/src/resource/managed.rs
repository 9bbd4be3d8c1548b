//! What is done with an instance of a managed resource.

use super::{Desired, Instance, Work, ignoring, operation_diagnostic};
use zw_state::Ending;

use crate::planner::Kind;
use std::sync::Arc;

use zw_config::model::Resource;
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, EvalError, Expr, Path, Type, Value, convert, evaluate};
use zw_provider::schema::Schema;
use zw_provider::{OpError, Provider};

use crate::diff;
use crate::plan::{Action, Change, PlanMode, Reason};
use crate::planner::{Detail, Planner};
use crate::providers::Arguments;
use crate::state::{Current, marked, no_object};
use crate::statics::{Object, StaticId};
use crate::walk::{Computed, Slot};

impl Planner {
    pub(super) fn managed(
        &mut self,
        instance: Instance,
        declared: &Resource,
        provider: &Arc<dyn Provider>,
        schema: &Schema,
        desired: Desired,
    ) -> Slot {
        let address = self.walk.address(instance.module, instance.resource, instance.at);
        self.move_for_count(&address);
        let mut position = self.prior.position(&address);
        if position.is_none() && self.imports_objects() {
            position = match self.imported(&address, desired.provider, schema) {
                Ok(found) => found,
                Err(slot) => return slot,
            };
        }
        if let Some(at) = position {
            let is_unread = matches!(self.prior.objects[at].current, Current::Unread);
            if is_unread && self.want_object(at, desired.provider) {
                return Slot::Blocked;
            }
            if matches!(self.prior.objects[at].current, Current::Failed) {
                return Slot::Failed;
            }
        }
        if let Some(at) = position {
            self.claimed.insert(at);
        }
        let planned = self.plan_managed(&address, declared, provider, schema, &desired, position);
        let planned = match planned {
            Ok(planned) => planned,
            Err(slot) => return slot,
        };
        let id = StaticId {
            node: self.walk.module(instance.module).node,
            object: Object::Resource(instance.resource),
        };
        let create_before_destroy = self.walk.statics.create_before_destroy(&self.walk.config, id);
        let Decision { mut action, reason, before, after, replace_paths } = planned;
        let skip_destroy = declared.lifecycle.destroy == Some(false);
        if action.is_replace() {
            action = match (skip_destroy, create_before_destroy) {
                (true, _) => Action::ForgetThenCreate,
                (false, true) => Action::CreateThenDelete,
                (false, false) => action,
            };
            if !skip_destroy && !self.may_destroy(instance, declared, &address) {
                return Slot::Failed;
            }
        }
        let after = marked(schema, &after, &desired.sensitive);
        let prior = position.map(|at| &self.prior.objects[at]);
        let before = match (&before, prior) {
            (Some(before), Some(prior)) => marked(schema, before, &prior.sensitive_paths()),
            _ => no_object(Some(schema)),
        };
        let value = match (self.options.mode, position) {
            // What does not exist will not either, and whatever refers to it is no error.
            (PlanMode::RefreshOnly, None) => Value::unknown(schema.block.ty()),
            (PlanMode::RefreshOnly, Some(_)) => before.clone(),
            _ => after.clone(),
        };
        let previous_address = prior.and_then(|prior| prior.moved_from.clone());
        let importing = prior.and_then(|prior| prior.imported.clone());
        let postconditions = &declared.lifecycle.postconditions;
        if !postconditions.is_empty() {
            let each = self.each_of(instance);
            let kind = Kind::Postcondition;
            if let Some(slot) =
                self.checks(instance.module, &each, Some(&value), postconditions, kind)
            {
                return slot;
            }
        }
        self.add_change(
            Change {
                address,
                deposed: None,
                previous_address,
                provider: self.providers.get(desired.provider).address.clone(),
                action,
                reason,
                before,
                after,
                replace_paths,
                importing,
            },
            Detail {
                instance: Some((instance.module, instance.resource, instance.at)),
                returned: None,
                prior: position,
                provider: Some(desired.provider),
                ending: Ending { create_before_destroy, skip_destroy },
                deps: desired.deps.clone(),
            },
        );
        Slot::Ready(Computed { value, deps: desired.deps, deferred: false })
    }

    /// Whether an object may be destroyed, going by `prevent_destroy`; if not, that is reported.
    pub(crate) fn may_destroy(
        &mut self,
        instance: Instance,
        declared: &Resource,
        address: &InstanceAddr,
    ) -> bool {
        let Some(expr) = &declared.lifecycle.prevent_destroy else { return true };
        let each = self.each_of(instance);
        let mut view = self.walk.view(instance.module, each);
        let problem = match evaluate(expr, &mut view) {
            Ok(value) => match convert(&value, &Type::Bool).ok().and_then(|value| value.as_bool()) {
                Some(false) => return true,
                Some(true) => Diagnostic::error(
                    "Instance cannot be destroyed",
                    format!(
                        "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this \
                         resource to be destroyed. To avoid this error and continue with the plan, either \
                         disable lifecycle.prevent_destroy or reduce the scope of the plan using the \
                         -target option."
                    ),
                )
                .at(declared.span),
                None if value.is_null() => return true,
                None => not_told(address, expr),
            },
            Err(EvalError::Blocked) => not_told(address, expr),
            Err(EvalError::Diagnostics(found)) => {
                self.diagnostics.extend(found);
                return false;
            }
        };
        self.diagnostics.push(problem.about(address.to_string()));
        false
    }

    /// Decides what is done with a managed instance.
    fn plan_managed(
        &mut self,
        address: &InstanceAddr,
        declared: &Resource,
        provider: &Arc<dyn Provider>,
        schema: &Schema,
        desired: &Desired,
        position: Option<usize>,
    ) -> Result<Decision, Slot> {
        let prior = position.map(|at| &self.prior.objects[at]);
        let object = prior.and_then(|prior| prior.object()).cloned();
        let is_tainted = prior.is_some_and(crate::state::Prior::is_tainted);
        if self.options.mode == PlanMode::RefreshOnly {
            return Ok(Decision {
                action: Action::NoOp,
                reason: Reason::None,
                after: object.clone().unwrap_or_else(|| no_object(Some(schema))),
                before: object,
                replace_paths: Vec::new(),
            });
        }
        let provider_config = match &self.providers.get(desired.provider).arguments {
            Arguments::Known(config) => config.clone(),
            Arguments::Failed => return Err(Slot::Failed),
            Arguments::Pending | Arguments::Unknown => Value::unknown(Type::Dynamic),
        };
        let work =
            Work { provider: &**provider, type_name: &declared.type_name, schema, provider_config };
        let (config, why) = match &object {
            Some(before) => {
                let config = ignoring(&declared.lifecycle.ignore_changes, before, &desired.config);
                let triggered = self.is_triggered(declared, address);
                let why = if is_tainted {
                    Some(Reason::Tainted)
                } else if self.options.replace.contains(address) {
                    Some(Reason::Requested)
                } else {
                    triggered?.then_some(Reason::Triggered)
                };
                (config, why)
            }
            None => (desired.config.clone(), None),
        };
        decide(&work, object, &config, why).map_err(|error| {
            self.diagnostics.push(operation_diagnostic(address, &error, declared));
            Slot::Failed
        })
    }

    /// Whether something that `replace_triggered_by` names changes.
    fn is_triggered(&mut self, declared: &Resource, address: &InstanceAddr) -> Result<bool, Slot> {
        if declared.lifecycle.replace_triggered_by.is_empty() {
            return Ok(false);
        }
        let Some(instance) = self.instance_of(address) else { return Ok(false) };
        let mut triggered = false;
        for expr in &declared.lifecycle.replace_triggered_by {
            match crate::trigger::fires(self, instance, expr) {
                Ok(fires) => triggered |= fires,
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic);
                    return Err(Slot::Failed);
                }
            }
        }
        Ok(triggered)
    }
}

/// What is done with an object.
pub(crate) struct Decision {
    pub(crate) action: Action,
    pub(crate) reason: Reason,
    pub(crate) before: Option<Value>,
    pub(crate) after: Value,
    pub(crate) replace_paths: Vec<Path>,
}

/// Decides what makes an object, if there is one, what a configuration asks for. `why` is a reason to replace it even if
/// nothing about it changed.
pub(crate) fn decide(
    work: &Work<'_>,
    object: Option<Value>,
    config: &Value,
    why: Option<Reason>,
) -> Result<Decision, OpError> {
    let Some(before) = object else {
        return Ok(Decision {
            action: Action::Create,
            reason: Reason::None,
            before: None,
            after: work.create(config)?,
            replace_paths: Vec::new(),
        });
    };
    let (after, forced) = work.change(&before, config)?;
    let mut replace_paths = diff::replacing(&work.schema.block, &before, &after);
    for path in forced {
        if before.at_path(&path) != after.at_path(&path) && !replace_paths.contains(&path) {
            replace_paths.push(path);
        }
    }
    let reason = match why {
        Some(reason) => reason,
        None if replace_paths.is_empty() => {
            let action = if after == before { Action::NoOp } else { Action::Update };
            let reason = Reason::None;
            return Ok(Decision { action, reason, before: Some(before), after, replace_paths });
        }
        None => Reason::CannotUpdate,
    };
    let after = work.create(config)?;
    let action = Action::DeleteThenCreate;
    Ok(Decision { action, reason, before: Some(before), after, replace_paths })
}

/// That it cannot be told whether an object is protected, which is no reason to destroy it.
fn not_told(address: &InstanceAddr, expr: &Expr) -> Diagnostic {
    let detail = format!(
        "The plan calls for {address} to be destroyed, and whether its lifecycle.prevent_destroy allows that is not \
         known: it must be true or false, and made of what is known before anything is applied and does not \
         depend on resources."
    );
    Diagnostic::error("Instance may not be destroyed", detail).at(expr.span)
}
