//! From the answer of a call to rows: held against the plan, made known to whoever waits, and written.

use super::{Executor, Finished, Outcome, id_of, known_part};
use crate::planner::{Kind, ephemeral};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use zw_lang::{Diagnostic, Str, Value};
use zw_provider::{Created, OpError, OpResult};
use zw_state::{ObjectStatus, ResourceRow, RowKey, RowVersion, Write};

use crate::codec;
use crate::diff;
use crate::event::Event;
use crate::graph::Step;
use crate::plan::Action;
use crate::resource::{Instance, operation_diagnostic, shaped};
use crate::state::{Current, encode_output, marked};
use crate::walk::{Computed, ModId, Slot};

/// What is said of a creation that may have taken place.
const IN_DOUBT: &str = "\n\nIt is not certain that nothing was created. The operation stays in the journal, and the next \
                        apply looks for the object before anything else.";

impl Outcome {
    /// What went wrong with the object, if anything did.
    pub(super) fn error(&self) -> Option<&OpError> {
        match self {
            Self::Created(created) => created.error.as_ref(),
            Self::Updated(result) | Self::Read(result) => result.as_ref().err(),
            Self::Deleted(result) => result.as_ref().err(),
            Self::NotDeleted(_) => None,
        }
    }

    /// Whether it is a creation that may have taken place, though nothing is known of an object.
    fn is_creation_in_doubt(&self) -> bool {
        let Self::Created(Created { object: None, error: Some(error) }) = self else {
            return false;
        };
        error.kind.leaves_doubt()
    }
}

impl Executor<'_> {
    /// Takes one result over: what is to be written, and whether it is as it should be; `None` if its
    /// provisioners have to say that.
    pub(super) fn take(&mut self, finished: Finished, writes: &mut Vec<Write>) -> Option<bool> {
        let Finished { node, change, step, token, outcome, elapsed, .. } = finished;
        let before = self.report.diagnostics.0.len();
        let is_in_doubt = outcome.is_creation_in_doubt();
        let object = match outcome {
            Outcome::Created(created) => self.created(change, created, writes),
            Outcome::Updated(result) => self.updated(change, result, writes),
            Outcome::Deleted(result) => self.deleted(change, result, writes),
            Outcome::Read(result) => self.was_read(change, result),
            Outcome::NotDeleted(failures) => {
                let address = self.planner.changes[change].address.to_string();
                let found = failures.iter().map(|failure| failure.diagnostic(&address));
                self.report.diagnostics.extend(found);
                writes.extend(token.map(Write::Settle));
                return Some(false);
            }
        };
        if !is_in_doubt {
            writes.extend(token.map(Write::Settle));
        }
        match object {
            Ok(object) => {
                let id = object.as_ref().and_then(id_of);
                let fine = self.report.diagnostics.0.len() == before;
                if fine && step == Step::Create {
                    match self.begin_provisioning(node, change, writes) {
                        Ok(false) => {}
                        Ok(true) => return None,
                        Err(()) => return Some(false),
                    }
                }
                self.tell_done(change, step, id, elapsed);
                Some(fine)
            }
            Err(error) => {
                let planned = &self.planner.changes[change];
                self.observer.event(&Event::OperationFailed {
                    address: &planned.address,
                    deposed: planned.deposed.as_deref(),
                    action: step.action(planned),
                    error: &error,
                    elapsed,
                });
                let mut diagnostic = self.describe(change, &error);
                if is_in_doubt {
                    diagnostic.detail.push_str(IN_DOUBT);
                }
                self.report.diagnostics.push(diagnostic);
                Some(false)
            }
        }
    }

    /// Says that an operation is done, and counts it.
    pub(super) fn tell_done(
        &mut self,
        change: usize,
        step: Step,
        id: Option<&str>,
        elapsed: Duration,
    ) {
        let planned = &self.planner.changes[change];
        self.observer.event(&Event::OperationDone {
            address: &planned.address,
            deposed: planned.deposed.as_deref(),
            action: step.action(planned),
            id,
            elapsed,
        });
        match step {
            Step::Create => self.report.done.add += 1,
            Step::Update => self.report.done.change += 1,
            Step::Delete => self.report.done.destroy += 1,
            Step::Read => {}
        }
        self.pace.note(planned, step, elapsed);
    }

    fn describe(&self, change: usize, error: &OpError) -> Diagnostic {
        let address = &self.planner.changes[change].address;
        match self.planner.details[change].instance {
            Some((module, resource, _)) => {
                let node = self.planner.walk.module(module).node;
                let declared = &self.planner.walk.config.module_of(node).resources[resource];
                operation_diagnostic(address, error, declared)
            }
            None => crate::resource::describe_error(error).about(address.to_string()),
        }
    }

    fn created(
        &mut self,
        change: usize,
        created: Created,
        writes: &mut Vec<Write>,
    ) -> Result<Option<Value>, OpError> {
        if let Some(object) = created.object {
            if self.planner.changes[change].action == Action::CreateThenDelete {
                // The old object steps aside, in the same write that brings the new one.
                let address: Arc<str> = self.planner.changes[change].address.to_string().into();
                let from = RowKey { address: address.clone(), deposed: None };
                let to = RowKey { address, deposed: Some(self.deposed_key(change)) };
                writes.push(Write::Move(from, to));
            }
            let status =
                if created.error.is_some() { ObjectStatus::Tainted } else { ObjectStatus::Ready };
            let object = self.store(change, object, status, writes);
            return match created.error {
                Some(error) => Err(error),
                None => Ok(Some(object)),
            };
        }
        Err(created.error.unwrap_or_else(|| {
            OpError::new(
                zw_provider::OpErrorKind::Other,
                "The provider says neither that it created the object nor that it failed.",
            )
        }))
    }

    fn updated(
        &mut self,
        change: usize,
        result: OpResult<Value>,
        writes: &mut Vec<Write>,
    ) -> Result<Option<Value>, OpError> {
        match result {
            Ok(object) => Ok(Some(self.store(change, object, ObjectStatus::Ready, writes))),
            Err(error) => {
                // The object may have been changed in part: what the state says of it is read anew by the next
                // plan. It may depend on what it is to depend on already.
                let detail = self.planner.details[change].clone();
                let dependencies = self.dependencies.of(self.planner, &detail.deps);
                if let Some(prior) = detail.prior.map(|at| &self.planner.prior.objects[at]) {
                    let key = self.row_key(change, Step::Update);
                    let mut row = prior.row.clone();
                    if let Current::Read(object) = &prior.current {
                        row.attributes = codec::encode(object, &object.ty()).into();
                    }
                    writes.extend(depending(&row, key, &dependencies));
                }
                Err(error)
            }
        }
    }

    fn deleted(
        &mut self,
        change: usize,
        result: OpResult<()>,
        writes: &mut Vec<Write>,
    ) -> Result<Option<Value>, OpError> {
        match result {
            Err(error) if !error.is_not_found() => Err(error),
            _ => {
                writes.push(Write::Remove(self.row_key(change, Step::Delete)));
                Ok(None)
            }
        }
    }

    /// Holds an object against the plan, makes it known to whoever refers to it, and has it written.
    fn store(
        &mut self,
        change: usize,
        object: Value,
        status: ObjectStatus,
        writes: &mut Vec<Write>,
    ) -> Value {
        let detail = self.planner.details[change].clone();
        let planned = self.planner.changes[change].clone();
        let address = planned.address.clone();
        let type_name = address.resource().type_name.clone();
        let source = crate::fetch::source_in(&planned.provider).to_owned();
        let registry = self.planner.walk.cx.providers.clone();
        let Some(schema) = registry.resource_type(&source, &type_name) else { return object };
        let object = shaped(&schema.block, &object);
        let unknown = !object.is_wholly_known();
        let object = if unknown { known_part(object) } else { object };
        let expected = planned.after.clone().unmark_all().0;
        if status == ObjectStatus::Ready {
            for path in diff::contradictions(&schema.block, &expected, &object) {
                let sensitive =
                    planned.after.at_path(&path).is_some_and(|value| !value.all_marks().is_empty());
                let diagnostic =
                    inconsistent(&address.to_string(), &path, &expected, &object, sensitive);
                self.report.diagnostics.push(self.planner.at_block(diagnostic, &address));
            }
            if unknown {
                let diagnostic = Diagnostic::error(
                    "Provider returned unknown values after apply",
                    format!(
                        "After the apply of {address}, its provider still says that parts of it are not known. \
                         They are written down as null. This is a bug in the provider."
                    ),
                )
                .about(address.to_string());
                self.report.diagnostics.push(self.planner.at_block(diagnostic, &address));
            }
        }
        let by_schema = diff::sensitive_paths(&schema.block, &object);
        let sensitive: Vec<_> = planned
            .after
            .marked_paths(zw_lang::Marks::SENSITIVE)
            .into_iter()
            .filter(|path| !by_schema.contains(path))
            .collect();
        let row = ResourceRow {
            key: RowKey::current(address.to_string()),
            type_name: type_name.as_str().into(),
            provider: planned.provider.clone(),
            schema_version: schema.version,
            attributes: codec::encode(&object, &schema.block.ty()).into(),
            sensitive_paths: (!sensitive.is_empty())
                .then(|| codec::encode_paths(&sensitive).into()),
            private: None,
            status,
            dependencies: self.dependencies_of(change),
            ending: detail.ending,
            version: RowVersion::default(),
        };
        writes.push(Write::Put(row));
        let value = marked(schema, &object, &sensitive);
        self.observer.learned(&value);
        self.set(change, &value);
        object
    }

    /// Makes the value of an instance known, and checks what the configuration promises of it.
    fn set(&mut self, change: usize, value: &Value) {
        let detail = &self.planner.details[change];
        if let Some(at) = detail.returned {
            self.planner.returned[at as usize].set(value.clone().unmark_all().0);
        }
        let Some((module, resource, at)) = detail.instance else { return };
        let computed =
            Computed { value: value.clone(), deps: detail.deps.clone(), deferred: false };
        self.planner.walk.modules[module.at()].resources[resource].set(at, Slot::Ready(computed));
        let config = self.planner.walk.config.clone();
        let node = self.planner.walk.module(module).node;
        let checks = &config.module_of(node).resources[resource].lifecycle.postconditions;
        let each = self.planner.each_of(Instance { module, resource, at });
        self.planner.checks(module, &each, Some(value), checks, Kind::Postcondition);
        self.report.diagnostics.extend(std::mem::take(&mut self.planner.diagnostics));
    }

    fn was_read(
        &mut self,
        change: usize,
        result: OpResult<Value>,
    ) -> Result<Option<Value>, OpError> {
        let object = result?;
        let planned = &self.planner.changes[change];
        let source = crate::fetch::source_in(&planned.provider);
        let type_name = &planned.address.resource().type_name;
        let registry = self.planner.walk.cx.providers.clone();
        let mode = planned.address.resource().mode;
        let Some(schema) = registry.schema(source, mode, type_name) else { return Ok(None) };
        let object = shaped(&schema.block, &object);
        let sensitive = planned.after.marked_paths(zw_lang::Marks::SENSITIVE);
        self.set(change, &ephemeral::of_mode(mode, marked(schema, &object, &sensitive)));
        Ok(Some(object))
    }

    pub(super) async fn write_outputs(&mut self) {
        let config = self.planner.walk.config.clone();
        let mut outputs = BTreeMap::new();
        let mut writes = Vec::new();
        let removed: Vec<Str> = self
            .planner
            .outputs
            .iter()
            .filter(|output| output.action == Action::Delete)
            .map(|output| output.name.clone())
            .collect();
        // Those that others may change at the same time are none of this run's.
        let written: Vec<Str> = self
            .planner
            .outputs
            .iter()
            .filter(|output| self.planner.is_written(output))
            .map(|output| output.name.clone())
            .collect();
        for (at, output) in config.root().outputs.iter().enumerate() {
            if removed.contains(&output.name) {
                continue;
            }
            let slot = &self.planner.walk.module(ModId::ROOT).outputs[at];
            let Some(computed) = slot.ready() else { continue };
            // What was not reached keeps the value that it had.
            if !computed.value.is_wholly_known() || computed.value.is_null() {
                continue;
            }
            let plain = computed.value.clone().unmark_all().0;
            if written.contains(&output.name) {
                let row = encode_output(&output.name, &plain, output.sensitive);
                writes.push(Write::PutOutput(row));
            }
            outputs.insert(output.name.clone(), computed.value.clone());
        }
        writes.extend(removed.iter().map(|name| Write::RemoveOutput(name.as_str().into())));
        writes.extend(self.pace.write(&self.planner.walk.cx.providers));
        if !writes.is_empty() {
            self.write(writes).await;
        }
        self.report.outputs = outputs;
    }
}

/// Has a row depend on more than it says, if it does not already.
pub(crate) fn depending(row: &ResourceRow, key: RowKey, more: &[Arc<str>]) -> Option<Write> {
    let mut dependencies = [&row.dependencies, more].concat();
    dependencies.sort();
    dependencies.dedup();
    let is_more = dependencies.len() > row.dependencies.len();
    is_more.then(|| Write::Put(ResourceRow { key, dependencies, ..row.clone() }))
}

fn inconsistent(
    address: &str,
    path: &zw_lang::Path,
    planned: &Value,
    result: &Value,
    sensitive: bool,
) -> Diagnostic {
    let shown = |object: &Value| match object.at_path(path) {
        _ if sensitive => "a sensitive value".to_owned(),
        Some(value) => format!("{value:?}"),
        None => "nothing".to_owned(),
    };
    Diagnostic::error(
        "Provider produced inconsistent result after apply",
        format!(
            "When applying changes to {address}, the provider returned an unexpected value for {path}: was {}, \
             but now {}. The object has been written down as it is; plan again to see what differs.",
            shown(planned),
            shown(result)
        ),
    )
    .about(address)
    .attribute(path.to_string())
}
