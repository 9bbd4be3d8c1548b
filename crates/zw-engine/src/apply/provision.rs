//! Provisioners: what runs on the side after an object was created, and before it is destroyed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use petgraph::graph::NodeIndex;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use zw_config::model::{
    Body, Provisioner as Declared, ProvisionerFailure, ProvisionerWhen, Removed, Resource,
};
use zw_lang::addr::InstanceKey;
use zw_lang::{Diagnostic, Diagnostics, EvalError, Span, Str, Value};
use zw_provider::{OpError, OpErrorKind, Provisioner};
use zw_state::{ObjectStatus, ResourceRow, RowKey, Write};

use super::{Executor, Message};
use crate::body;
use crate::event::Event;
use crate::graph::Step;
use crate::guard;
use crate::plan::Action;
use crate::resource::Instance;
use crate::walk::{EachData, ModId};

/// What is said instead of what a provisioner prints that was given a secret.
const SUPPRESSED: &str = "(output suppressed due to sensitive value in config)";

/// A provisioner with its arguments.
pub(super) struct Provision {
    pub(super) type_name: Str,
    pub(super) span: Span,
    goes_on: bool,
    config: Value,
    connection: Option<Value>,
    /// Whether a part of the arguments is sensitive, so that nothing of what is printed can be shown.
    is_secret: bool,
    provisioner: Arc<dyn Provisioner>,
}

/// The provisioners of a block, and the connection that they share.
#[derive(Clone, Copy)]
struct Provisioners<'a> {
    connection: Option<&'a Body>,
    all: &'a [Declared],
}

impl<'a> Provisioners<'a> {
    fn of(declared: &'a Resource) -> Self {
        Self { connection: declared.connection.as_ref(), all: &declared.provisioners }
    }
}

/// What a provisioner's own connection leaves open, the shared one says.
fn connection(shared: Option<&Body>, declared: &Declared) -> Option<Body> {
    match (shared.cloned(), declared.connection.clone()) {
        (Some(mut shared), Some(own)) => {
            shared.overridden(own);
            Some(shared)
        }
        (shared, own) => own.or(shared),
    }
}

/// What a provisioner that failed said.
#[derive(Clone, Debug)]
pub(super) struct ProvisionFailure {
    type_name: Str,
    span: Span,
    /// Whether the operation goes on all the same.
    goes_on: bool,
    message: String,
}

/// A creation whose provisioners are under way.
pub(super) struct Provisioning {
    pub(super) node: NodeIndex,
    pub(super) change: usize,
    /// The row as it is to be when all of them have done their work.
    pub(super) row: ResourceRow,
    id: Option<String>,
    started: Instant,
}

impl Provision {
    /// Runs one after another, until one fails for good. What is printed goes through the channel.
    pub(super) async fn run_all(
        all: Vec<Self>,
        change: usize,
        sender: Sender<Message>,
    ) -> Vec<ProvisionFailure> {
        let mut failures = Vec::new();
        for one in all {
            let (is_secret, said) = (one.is_secret, AtomicBool::new(false));
            let left_out = AtomicUsize::new(0);
            let say = |line: &str| {
                if is_secret && said.swap(true, Ordering::Relaxed) {
                    return;
                }
                let line = if is_secret { SUPPRESSED } else { line };
                let (type_name, line) = (one.type_name.clone(), line.to_owned());
                // Nobody listens any more only if the whole run is being given up.
                if let Err(TrySendError::Full(_)) =
                    sender.try_send(Message::Said { change, type_name, line })
                {
                    left_out.fetch_add(1, Ordering::Relaxed);
                }
            };
            let work = one.provisioner.run(&one.config, one.connection.as_ref(), &say);
            let ended = guard::caught(work).await.and_then(|ended| ended);
            if let count @ 1.. = left_out.into_inner() {
                let line = format!("({count} lines came faster than they could be shown)");
                let said = Message::Said { change, type_name: one.type_name.clone(), line };
                let _ = sender.send(said).await;
            }
            if let Err(message) = ended {
                let message = if is_secret { format!("It failed. {SUPPRESSED}") } else { message };
                let Self { type_name, span, goes_on, .. } = one;
                failures.push(ProvisionFailure { type_name, span, goes_on, message });
                if !goes_on {
                    break;
                }
            }
        }
        failures
    }
}

impl ProvisionFailure {
    pub(super) const fn is_fatal(&self) -> bool {
        !self.goes_on
    }

    pub(super) fn diagnostic(&self, address: &str) -> Diagnostic {
        let summary = format!("{} provisioner error", self.type_name);
        let found = Diagnostic::error(summary, self.message.clone()).at(self.span).about(address);
        if self.goes_on { found.into_warning() } else { found }
    }
}

impl Executor<'_> {
    /// Begins the provisioners of an object that was just created, if it has any. Until they are done the object
    /// counts as tainted, so that it is made anew if they never are.
    pub(super) fn begin_provisioning(
        &mut self,
        node: NodeIndex,
        change: usize,
        writes: &mut [Write],
    ) -> Result<bool, ()> {
        let Some((module, resource, at)) = self.planner.details[change].instance else {
            return Ok(false);
        };
        let config = self.planner.walk.config.clone();
        let declared = &config.module_of(self.planner.walk.module(module).node).resources[resource];
        if !declared.provisioners.iter().any(|one| one.when == ProvisionerWhen::Create) {
            return Ok(false);
        }
        let each = self.planner.each_of(Instance { module, resource, at });
        let slots = &self.planner.walk.module(module).resources[resource].instances;
        let Some(itself) = slots[at].ready().map(|computed| computed.value.clone()) else {
            return Ok(false);
        };
        let key = RowKey::current(self.planner.changes[change].address.to_string());
        let row = writes.iter_mut().rev().find_map(|write| match write {
            Write::Put(row) if row.key == key => Some(row),
            _ => None,
        });
        let Some(row) = row else { return Ok(false) };
        let ready = row.clone();
        row.status = ObjectStatus::Tainted;
        let all = self.provisions(
            module,
            &each,
            &itself,
            Provisioners::of(declared),
            ProvisionerWhen::Create,
        );
        let all = all.map_err(|found| {
            let address = self.planner.changes[change].address.to_string();
            let named = found.into_iter().map(|found| found.about(address.clone()));
            self.report.diagnostics.extend(named);
        })?;
        self.in_flight += 1;
        self.calls += 1;
        let id = itself.get("id").and_then(Value::as_str).map(str::to_owned);
        let started = Instant::now();
        self.provisioning.push(Provisioning { node, change, row: ready, id, started });
        let sender = self.sender.clone();
        tokio::spawn(async move {
            let failures = Provision::run_all(all, change, sender.clone()).await;
            let _ = sender.send(Message::Provisioned { change, failures }).await;
        });
        Ok(true)
    }

    /// The provisioners that run before an object is destroyed. They know the object, and what its key says.
    pub(super) fn before_destruction(&self, change: usize) -> Result<Vec<Provision>, Diagnostics> {
        let planned = &self.planner.changes[change];
        let prior = self.planner.details[change].prior.map(|at| &self.planner.prior.objects[at]);
        if planned.deposed.is_some() || prior.is_some_and(crate::state::Prior::is_tainted) {
            return Ok(Vec::new());
        }
        let declared = self.planner.declared(&planned.address);
        let removed = self.planner.removed_block(&planned.address);
        let (module, provisioners) = match (&declared, removed) {
            (Some((instance, declared)), _) => (instance.module, Provisioners::of(declared)),
            (None, Some((module, removed))) => {
                let Removed { connection, provisioners, .. } = removed;
                (module, Provisioners { connection: connection.as_ref(), all: provisioners })
            }
            (None, None) => return Ok(Vec::new()),
        };
        let each = match planned.address.key() {
            InstanceKey::None => EachData::default(),
            InstanceKey::Int(at) => EachData {
                count_index: Some(Value::from(i64::try_from(*at).unwrap_or(i64::MAX))),
                each: None,
            },
            InstanceKey::Str(key) => {
                let key = Value::from(key.clone());
                EachData { each: Some((key.clone(), key)), count_index: None }
            }
        };
        self.provisions(module, &each, &planned.before, provisioners, ProvisionerWhen::Destroy)
    }

    fn provisions(
        &self,
        module: ModId,
        each: &EachData,
        itself: &Value,
        declared: Provisioners<'_>,
        when: ProvisionerWhen,
    ) -> Result<Vec<Provision>, Diagnostics> {
        let Provisioners { connection, all } = declared;
        let wanted = all.iter().filter(|one| one.when == when);
        wanted.map(|one| self.provision(module, each, itself, connection, one)).collect()
    }

    fn provision(
        &self,
        module: ModId,
        each: &EachData,
        itself: &Value,
        shared: Option<&Body>,
        declared: &Declared,
    ) -> Result<Provision, Diagnostics> {
        let walk = &self.planner.walk;
        let Some(provisioner) = walk.cx.providers.provisioner(&declared.type_name) else {
            return Err(crate::unsupported::provisioner(declared).into());
        };
        let mut view = walk.view(module, each.clone()).with_self(itself.clone());
        let mut decoded = |schema, body| match body::decode(schema, body, &mut view) {
            Ok((config, _)) => {
                let (config, marks) = config.unmark_all();
                Ok((config, !marks.is_empty()))
            }
            Err(EvalError::Diagnostics(found)) => Err(found),
            Err(EvalError::Blocked) => Ok((Value::unknown(zw_lang::Type::Dynamic), false)),
        };
        let (config, is_secret) = decoded(provisioner.schema(), &declared.body)?;
        // A password with which to log in is no reason to hide what a script says.
        let connection = match (provisioner.connection(), connection(shared, declared)) {
            (Some(schema), Some(body)) => Some(decoded(schema, &body)?.0),
            _ => None,
        };
        if !config.is_wholly_known() || !connection.as_ref().is_none_or(Value::is_wholly_known) {
            let detail = "Its arguments depend on what is not known.";
            return Err(Diagnostic::error("A provisioner cannot run", detail)
                .at(declared.span)
                .into());
        }
        Ok(Provision {
            type_name: declared.type_name.clone(),
            span: declared.span,
            goes_on: declared.on_failure == ProvisionerFailure::Continue,
            config,
            connection,
            is_secret,
            provisioner: provisioner.clone(),
        })
    }

    /// Takes over how the provisioners of a creation ended: what is to be written, and whether all is well.
    pub(super) fn provisioned(
        &mut self,
        change: usize,
        failures: &[ProvisionFailure],
        writes: &mut Vec<Write>,
    ) -> Option<(NodeIndex, bool)> {
        let at = self.provisioning.iter().position(|one| one.change == change)?;
        let Provisioning { node, row, id, started, .. } = self.provisioning.swap_remove(at);
        let address = row.key.address.to_string();
        self.report.diagnostics.extend(failures.iter().map(|failure| failure.diagnostic(&address)));
        let fine = !failures.iter().any(ProvisionFailure::is_fatal);
        if fine {
            writes.push(Write::Put(row));
            self.tell_done(change, Step::Create, id.as_deref(), started.elapsed());
        } else {
            let planned = &self.planner.changes[change];
            self.observer.event(&Event::OperationFailed {
                address: &planned.address,
                deposed: None,
                action: Action::Create,
                error: &OpError::new(OpErrorKind::Other, "A provisioner failed."),
                elapsed: started.elapsed(),
            });
        }
        Some((node, fine))
    }
}
