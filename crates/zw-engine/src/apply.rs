//! Carrying out the execution graph of a plan. Nothing is decided again: what is done, and in which order, follows
//! from the plan; what comes out is held against it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use tokio::sync::mpsc;
use zw_lang::{Diagnostic, Str, Type, Value};
use zw_provider::{
    Connection, CreateRequest, Created, DataRequest, DeleteRequest, OpError, OpResult,
    UpdateRequest,
};
use zw_state::{Intent, IntentKind, ObjectStatus, RowKey, RunStatus, Session, StoreError, Write};

use crate::api::ApplyReport;
use crate::diff;
use crate::event::{Event, Observer};
use crate::graph::{self, Dependencies, Graph, Node, Step};
use crate::plan::Action;
use crate::planner::Planner;
use crate::providers::Link;
use crate::resource::{Connecting, Instance, Work, ignoring, operation_diagnostic, shaped};
use crate::state::{Current, encode_output, encode_row, marked};
use crate::walk::{Computed, Dep, ModId, Slot};

/// A wish to stop that may come at any time, from a signal handler for example.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Has no further operation begin.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody wished so.
    pub fn is_wished(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often a wish to stop is looked for while operations are under way.
const STOP_POLL: Duration = Duration::from_millis(100);

/// An operation ready to go out.
struct Prepared {
    node: NodeIndex,
    change: usize,
    step: Step,
    connection: Arc<dyn Connection>,
    type_name: Str,
    call: Call,
    intent: Option<Intent>,
}

enum Call {
    Create(CreateRequest),
    Update(UpdateRequest),
    Delete(DeleteRequest),
    Read(DataRequest),
}

/// What came back.
enum Outcome {
    Created(Created),
    Updated(OpResult<Value>),
    Deleted(OpResult<()>),
    Read(OpResult<Value>),
}

struct Finished {
    node: NodeIndex,
    change: usize,
    step: Step,
    token: Option<Arc<str>>,
    outcome: Outcome,
    elapsed: Duration,
}

/// Carries out a plan, and ends the run of the session.
pub(crate) async fn apply(
    planner: &mut Planner,
    session: Box<dyn Session>,
    observer: &dyn Observer,
    stop: &Stop,
) -> ApplyReport {
    let started = Instant::now();
    let graph = graph::build(planner);
    let (sender, receiver) = mpsc::unbounded_channel();
    let total = graph.node_weights().filter(|node| matches!(node, Node::Operation(..))).count();
    let waiting = graph
        .node_indices()
        .map(|node| graph.edges_directed(node, Direction::Incoming).count())
        .collect();
    let mut executor = Executor {
        poisoned: vec![false; graph.node_count()],
        waiting,
        ready: VecDeque::new(),
        graph,
        planner,
        session: &*session,
        observer,
        stop,
        sender,
        receiver,
        in_flight: 0,
        is_stopping: false,
        dependencies: Dependencies::default(),
        report: ApplyReport::default(),
        store_failed: false,
        operations: 0,
    };
    observer.event(&Event::ApplyStarted { total });
    executor.run().await;
    let mut report = executor.report;
    observer.event(&Event::ApplyEnded { done: report.done });
    let status = if report.diagnostics.has_errors() || report.stopped {
        RunStatus::Failed
    } else {
        RunStatus::Done
    };
    if let Err(error) = session.end(status).await {
        report.diagnostics.push(store_diagnostic(&error));
    }
    report.elapsed = started.elapsed();
    report
}

struct Executor<'a> {
    planner: &'a mut Planner,
    session: &'a dyn Session,
    observer: &'a dyn Observer,
    stop: &'a Stop,
    graph: Graph,
    /// How many nodes each still waits for.
    waiting: Vec<usize>,
    /// Whether something that a node waits for failed or was not tried.
    poisoned: Vec<bool>,
    ready: VecDeque<NodeIndex>,
    sender: mpsc::UnboundedSender<Finished>,
    receiver: mpsc::UnboundedReceiver<Finished>,
    in_flight: usize,
    is_stopping: bool,
    dependencies: Dependencies,
    report: ApplyReport,
    /// Whether the store could not be written: then nothing further begins.
    store_failed: bool,
    /// Operations so far, for their tokens.
    operations: u64,
}

impl Executor<'_> {
    async fn run(&mut self) {
        if !self.write_refreshed().await {
            return;
        }
        self.connect().await;
        self.ready =
            self.graph.node_indices().filter(|node| self.waiting[node.index()] == 0).collect();
        loop {
            self.launch().await;
            if self.in_flight == 0 && self.ready.is_empty() {
                break;
            }
            let finished = self.finished().await;
            self.settle(finished).await;
        }
        self.write_outputs().await;
    }

    /// Writes what reading found: objects that others changed, objects that are gone, and moves.
    async fn write_refreshed(&mut self) -> bool {
        let mut writes = Vec::new();
        for prior in &self.planner.prior.objects {
            if let Some(from) = &prior.moved_from {
                let key = |address: &str| RowKey { address: address.into(), deposed: None };
                writes.push(Write::Move(key(&from.to_string()), key(&prior.address.to_string())));
            }
            let key = RowKey {
                address: prior.address.to_string().into(),
                deposed: prior.row.key.deposed.clone(),
            };
            match &prior.current {
                Current::Gone => writes.push(Write::Remove(key)),
                Current::Read(object) if prior.recorded.as_ref() != Some(object) => {
                    let mut row = prior.row.clone();
                    row.key = key;
                    row.attributes = crate::codec::encode(object, &object.ty()).into();
                    writes.push(Write::Put(row));
                }
                _ => {}
            }
        }
        writes.is_empty() || self.write(writes).await.is_some()
    }

    /// Opens the connections that operations need and reading did not.
    async fn connect(&mut self) {
        let mut needed: Vec<_> = self
            .graph
            .node_weights()
            .filter_map(|node| match node {
                Node::Operation(change, _) => self.planner.details[*change].provider,
                _ => None,
            })
            .collect();
        needed.sort_unstable();
        needed.dedup();
        for provider in needed {
            if let Connecting::Soon = self.planner.connection(provider) {}
        }
        self.planner.fetch(self.observer).await;
        let found = std::mem::take(&mut self.planner.diagnostics);
        let errors = found.into_iter().filter(|found| found.severity == zw_lang::Severity::Error);
        self.report.diagnostics.extend(errors);
    }

    /// Starts everything that can start, with all intents in one write.
    async fn launch(&mut self) {
        let most = self.planner.options.parallelism.max(1);
        let mut prepared = Vec::new();
        while self.in_flight + prepared.len() < most {
            let Some(node) = self.ready.pop_front() else { break };
            if self.poisoned[node.index()] || self.must_stop() {
                self.skip(node);
                continue;
            }
            match self.graph[node] {
                Node::Join => self.release(node, true),
                Node::Value(dep) => {
                    let fine = self.recompute(dep);
                    self.release(node, fine);
                }
                Node::Operation(change, step) => match self.prepare(node, change, step) {
                    Ok(operation) => prepared.push(operation),
                    Err(diagnostics) => {
                        self.report.diagnostics.extend(diagnostics);
                        self.release(node, false);
                    }
                },
            }
        }
        if prepared.is_empty() {
            return;
        }
        let intents: Vec<Write> =
            prepared.iter().filter_map(|one| one.intent.clone().map(Write::Begin)).collect();
        if !intents.is_empty() && self.write(intents).await.is_none() {
            // Nothing has gone out, so nothing is lost.
            for one in prepared {
                self.skip(one.node);
            }
            return;
        }
        for one in prepared {
            self.send(one);
        }
    }

    fn must_stop(&mut self) -> bool {
        if self.stop.is_wished() && !self.is_stopping {
            self.is_stopping = true;
            self.report.stopped = true;
            self.observer.event(&Event::Stopping { in_flight: self.in_flight });
        }
        self.is_stopping || self.store_failed
    }

    fn skip(&mut self, node: NodeIndex) {
        if let Node::Operation(change, step) = self.graph[node] {
            let address = &self.planner.changes[change].address;
            self.observer.event(&Event::OperationSkipped { address, action: step.action() });
            self.report.skipped.push(address.clone());
        }
        self.release(node, false);
    }

    /// Lets those go on that wait for a node.
    fn release(&mut self, node: NodeIndex, fine: bool) {
        let users: Vec<NodeIndex> = self.graph.edges(node).map(|edge| edge.target()).collect();
        for user in users {
            let at = user.index();
            self.poisoned[at] |= !fine;
            self.waiting[at] -= 1;
            if self.waiting[at] == 0 {
                self.ready.push_back(user);
            }
        }
    }

    /// Computes a value again, now that more is known.
    fn recompute(&mut self, dep: Dep) -> bool {
        let planner = &mut *self.planner;
        let slot = match dep {
            Dep::Variable(module, at) => {
                let slot = planner.compute_variable(module, at as usize);
                planner.walk.modules[module.at()].variables[at as usize] = slot.clone();
                slot
            }
            Dep::Local(module, at) => {
                let slot = planner.compute_local(module, at as usize);
                planner.walk.modules[module.at()].locals[at as usize] = slot.clone();
                slot
            }
            Dep::Output(module, at) => {
                let slot = planner.compute_output(module, at as usize);
                planner.walk.modules[module.at()].outputs[at as usize] = slot.clone();
                slot
            }
            _ => return true,
        };
        self.report.diagnostics.extend(std::mem::take(&mut self.planner.diagnostics));
        matches!(slot, Slot::Ready(_))
    }

    fn prepare(
        &mut self,
        node: NodeIndex,
        change: usize,
        step: Step,
    ) -> Result<Prepared, Vec<Diagnostic>> {
        let detail = self.planner.details[change].clone();
        let planned = &self.planner.changes[change];
        let address = planned.address.clone();
        let type_name = address.resource().type_name.clone();
        let broken = |what: &str| {
            vec![
                Diagnostic::error(format!("{address} cannot be worked on"), what)
                    .about(address.to_string()),
            ]
        };
        let provider =
            detail.provider.ok_or_else(|| broken("It has no provider configuration."))?;
        let Link::Open(connection) = &self.planner.providers.get(provider).link else {
            return Err(broken("Its provider could not be configured."));
        };
        let connection = connection.clone();
        let (call, request) = match step {
            Step::Delete => {
                let prior = planned.before.clone().unmark_all().0;
                (Call::Delete(DeleteRequest { prior }), Value::null(Type::Dynamic))
            }
            Step::Create | Step::Update | Step::Read => self.desired_call(change, step)?,
        };
        self.operations += 1;
        let intent = (step != Step::Read).then(|| Intent {
            token: self.token(),
            run: self.session.run(),
            kind: match step {
                Step::Create => IntentKind::Create,
                Step::Update => IntentKind::Update,
                Step::Delete | Step::Read => IntentKind::Delete,
            },
            key: self.row_key(change, step),
            type_name: type_name.as_str().into(),
            provider: self.planner.changes[change].provider.clone(),
            request: self.encoded(change, step, request).into(),
            dependencies: self.dependencies.of(self.planner, &detail.deps),
            create_before_destroy: detail.create_before_destroy,
        });
        let call = match (call, &intent) {
            (Call::Create(request), Some(intent)) => {
                Call::Create(CreateRequest { token: intent.token.to_string(), ..request })
            }
            (Call::Update(request), Some(intent)) => {
                Call::Update(UpdateRequest { token: intent.token.to_string(), ..request })
            }
            (call, _) => call,
        };
        Ok(Prepared { node, change, step, connection, type_name, call, intent })
    }

    /// What an operation was asked for, as the journal keeps it.
    fn encoded(&self, change: usize, step: Step, request: Value) -> String {
        if step == Step::Delete {
            return "null".to_owned();
        }
        let planned = &self.planner.changes[change];
        let source = crate::fetch::source_in(&planned.provider);
        let type_name = &planned.address.resource().type_name;
        let schema = self.planner.walk.cx.providers.resource_type(source, type_name);
        let ty = schema.map_or_else(|| request.ty(), |schema| schema.block.ty());
        crate::codec::encode(&known_part(request), &ty)
    }

    /// Names an operation for ever: the state, the run, and its number in the run.
    fn token(&self) -> Arc<str> {
        let lineage: String = self
            .session
            .lineage()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(16)
            .map(|char| char.to_ascii_lowercase())
            .collect();
        format!("zw-{lineage}-{}-{}", self.session.run().0, self.operations).into()
    }

    /// The row that an operation is about. The old object of a replacement that creates first is deposed
    /// before the new one is made.
    fn row_key(&self, change: usize, step: Step) -> RowKey {
        let planned = &self.planner.changes[change];
        let deposed = match (planned.action, step) {
            (Action::CreateThenDelete, Step::Delete) => Some(self.deposed_key(change)),
            _ => planned.deposed.clone(),
        };
        RowKey { address: planned.address.to_string().into(), deposed }
    }

    /// The key under which the old object of a replacement is kept: eight hexadecimal digits that no other object
    /// of the instance has.
    fn deposed_key(&self, change: usize) -> Arc<str> {
        let run = self.session.run().0;
        format!("{:08x}", (run << 20 | change as u64) & 0xffff_ffff).into()
    }

    /// Evaluates the configuration of an instance with what is known now, and holds it against the plan.
    fn desired_call(
        &mut self,
        change: usize,
        step: Step,
    ) -> Result<(Call, Value), Vec<Diagnostic>> {
        let config = self.planner.walk.config.clone();
        let detail = self.planner.details[change].clone();
        let planned = self.planner.changes[change].clone();
        let address = planned.address.clone();
        let missing = || {
            vec![Diagnostic::error(
                format!("{address} is not in the configuration"),
                "The plan says otherwise, which is a bug in zw.",
            )]
        };
        let (module, resource, at) = detail.instance.ok_or_else(missing)?;
        let instance = Instance { module, resource, at };
        let declared = &config.module_of(self.planner.walk.module(module).node).resources[resource];
        let id = detail.provider.ok_or_else(missing)?;
        let provider = self.planner.providers.get(id).provider.clone();
        let types = match step {
            Step::Read => provider.data_sources(),
            _ => provider.resource_types(),
        };
        let schema = types.get(&*declared.type_name).ok_or_else(missing)?;
        let desired = self.planner.desired(instance, declared, schema);
        let found: Vec<Diagnostic> =
            std::mem::take(&mut self.planner.diagnostics).into_iter().collect();
        let desired = match desired {
            Ok(desired) => desired,
            Err(_) => return Err(found),
        };
        self.planner.details[change].deps = desired.deps.clone();
        if !desired.config.is_wholly_known() {
            return Err(vec![
                Diagnostic::error(
                    format!("The configuration of {address} is still not known"),
                    "Everything that it refers to has been applied, and a part of it is unknown all the same. \
                     Apply again; if that does not help, it is a bug in the provider of what it refers to.",
                )
                .at(declared.span)
                .about(address.to_string()),
            ]);
        }
        if step == Step::Read {
            let config = desired.config.clone();
            return Ok((Call::Read(DataRequest { config: desired.config }), config));
        }
        let provider_config = match &self.planner.providers.get(id).arguments {
            crate::providers::Arguments::Known(config) => config.clone(),
            _ => Value::unknown(Type::Dynamic),
        };
        let work =
            Work { provider: &*provider, type_name: &declared.type_name, schema, provider_config };
        let before = planned.before.clone().unmark_all().0;
        let arguments = if step == Step::Update {
            ignoring(&declared.lifecycle.ignore_changes, &before, &desired.config)
        } else {
            desired.config.clone()
        };
        let again = match step {
            Step::Update => work.change(&before, &arguments).map(|(object, _)| object),
            _ => work.create(&arguments),
        };
        let again =
            again.map_err(|error| vec![operation_diagnostic(&address, &error, declared)])?;
        let expected = planned.after.clone().unmark_all().0;
        let wrong = diff::contradictions(&schema.block, &expected, &again);
        if let Some(path) = wrong.first() {
            return Err(vec![
                Diagnostic::error(
                    "Provider produced inconsistent final plan",
                    format!(
                        "When expanding the plan for {address} to include new values learned so far during \
                         apply, the value of {path} is not what was planned. Nothing was changed; plan again."
                    ),
                )
                .at(declared.span)
                .about(address.to_string())
                .attribute(path.to_string()),
            ]);
        }
        let request = again.clone();
        let call = match step {
            Step::Update => Call::Update(UpdateRequest {
                prior: before,
                planned: again,
                config: arguments,
                token: String::new(),
            }),
            _ => Call::Create(CreateRequest {
                planned: again,
                config: arguments,
                token: String::new(),
            }),
        };
        // What is sensitive may have become so only now.
        if let Some(change) = self.planner.changes.get_mut(change) {
            change.after = marked(schema, &expected, &desired.sensitive);
        }
        Ok((call, request))
    }

    fn send(&mut self, prepared: Prepared) {
        let Prepared { node, change, step, connection, type_name, call, intent } = prepared;
        let planned = &self.planner.changes[change];
        self.observer.event(&Event::OperationStarted {
            address: &planned.address,
            deposed: planned.deposed.as_deref(),
            action: step.action(),
            id: if step == Step::Create { None } else { id_of(&planned.before) },
        });
        self.in_flight += 1;
        let sender = self.sender.clone();
        let token = intent.map(|intent| intent.token);
        tokio::spawn(async move {
            let started = Instant::now();
            let outcome = match call {
                Call::Create(request) => {
                    Outcome::Created(connection.create(&type_name, request).await)
                }
                Call::Update(request) => {
                    Outcome::Updated(connection.update(&type_name, request).await)
                }
                Call::Delete(request) => {
                    Outcome::Deleted(connection.delete(&type_name, request).await)
                }
                Call::Read(request) => {
                    Outcome::Read(connection.read_data(&type_name, request).await)
                }
            };
            let elapsed = started.elapsed();
            // Nobody listens any more only if the whole run is being given up.
            let _ = sender.send(Finished { node, change, step, token, outcome, elapsed });
        });
    }

    /// Waits for at least one operation, and takes all that are there.
    async fn finished(&mut self) -> Vec<Finished> {
        let mut finished = Vec::new();
        while self.in_flight > 0 && finished.is_empty() {
            tokio::select! {
                one = self.receiver.recv() => finished.extend(one),
                () = tokio::time::sleep(STOP_POLL) => { self.must_stop(); }
            }
        }
        while let Ok(one) = self.receiver.try_recv() {
            finished.push(one);
        }
        self.in_flight -= finished.len();
        finished
    }

    /// Takes results over, writes all of them at once, and lets go on who waits for them.
    async fn settle(&mut self, finished: Vec<Finished>) {
        let mut writes = Vec::new();
        let mut outcomes = Vec::with_capacity(finished.len());
        for one in finished {
            let node = one.node;
            let fine = self.take(one, &mut writes);
            outcomes.push((node, fine));
        }
        let written = writes.is_empty() || self.write(writes).await.is_some();
        for (node, fine) in outcomes {
            self.release(node, fine && written);
        }
    }

    /// Takes one result over: what is to be written, and whether it is as it should be.
    fn take(&mut self, finished: Finished, writes: &mut Vec<Write>) -> bool {
        let Finished { change, step, token, outcome, elapsed, .. } = finished;
        let before = self.report.diagnostics.0.len();
        let object = match outcome {
            Outcome::Created(created) => self.created(change, created, writes),
            Outcome::Updated(result) => self.updated(change, result, writes),
            Outcome::Deleted(result) => self.deleted(change, result, writes),
            Outcome::Read(result) => self.was_read(change, result),
        };
        writes.extend(token.map(Write::Settle));
        let planned = &self.planner.changes[change];
        let (address, deposed) = (&planned.address, planned.deposed.as_deref());
        let action = step.action();
        match object {
            Ok(object) => {
                let id = object.as_ref().and_then(id_of);
                self.observer.event(&Event::OperationDone {
                    address,
                    deposed,
                    action,
                    id,
                    elapsed,
                });
                match step {
                    Step::Create => self.report.done.add += 1,
                    Step::Update => self.report.done.change += 1,
                    Step::Delete => self.report.done.destroy += 1,
                    Step::Read => {}
                }
                self.report.diagnostics.0.len() == before
            }
            Err(error) => {
                self.observer.event(&Event::OperationFailed {
                    address,
                    deposed,
                    action,
                    error: &error,
                    elapsed,
                });
                let diagnostic = self.describe(change, &error);
                self.report.diagnostics.push(diagnostic);
                false
            }
        }
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
        // After an error the object may have been changed in part: what the state says is read anew by
        // the next plan.
        let object = result?;
        Ok(Some(self.store(change, object, ObjectStatus::Ready, writes)))
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
        let row = encode_row(
            RowKey { address: address.to_string().into(), deposed: None },
            &type_name,
            &planned.provider,
            schema,
            &object,
            &sensitive,
            status,
            self.dependencies.of(self.planner, &detail.deps),
            detail.create_before_destroy,
        );
        writes.push(Write::Put(row));
        let value = marked(schema, &object, &sensitive);
        self.set(change, value);
        object
    }

    /// Makes the value of an instance known, and checks what the configuration promises of it.
    fn set(&mut self, change: usize, value: Value) {
        let detail = &self.planner.details[change];
        let Some((module, resource, at)) = detail.instance else { return };
        let computed =
            Computed { value: value.clone(), deps: detail.deps.clone(), deferred: false };
        self.planner.walk.modules[module.at()].resources[resource].set(at, Slot::Ready(computed));
        let config = self.planner.walk.config.clone();
        let node = self.planner.walk.module(module).node;
        let checks = &config.module_of(node).resources[resource].lifecycle.postconditions;
        let each = self.planner.each_of(Instance { module, resource, at });
        self.planner.checks(module, &each, Some(&value), checks);
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
        let Some(schema) = registry.data_source(source, type_name) else { return Ok(None) };
        let object = shaped(&schema.block, &object);
        let sensitive = planned.after.marked_paths(zw_lang::Marks::SENSITIVE);
        self.set(change, marked(schema, &object, &sensitive));
        Ok(Some(object))
    }

    async fn write_outputs(&mut self) {
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
            writes.push(Write::PutOutput(encode_output(&output.name, &plain, output.sensitive)));
            outputs.insert(output.name.clone(), computed.value.clone());
        }
        writes.extend(removed.iter().map(|name| Write::RemoveOutput(name.as_str().into())));
        if !writes.is_empty() {
            self.write(writes).await;
        }
        self.report.outputs = outputs;
    }

    /// Writes to the store. If that fails it is reported once, and nothing further begins; results that were not written
    /// are still in the journal.
    async fn write(&mut self, writes: Vec<Write>) -> Option<()> {
        match self.session.write(writes).await {
            Ok(_) => Some(()),
            Err(error) => {
                if !self.store_failed {
                    self.report.diagnostics.push(store_diagnostic(&error));
                }
                self.store_failed = true;
                None
            }
        }
    }
}

/// An error of the store as a diagnostic.
pub(crate) fn store_diagnostic(error: &StoreError) -> Diagnostic {
    Diagnostic::error(
        "The state could not be written",
        format!(
            "{error}. Operations that were under way are in the journal: the next apply finds out what became of them."
        ),
    )
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

fn id_of(object: &Value) -> Option<&str> {
    object.get("id").and_then(Value::as_str)
}

/// A value with null for whatever is not known.
fn known_part(value: Value) -> Value {
    value.map_deep(&mut |part| match part.as_unknown() {
        Some(unknown) => Value::null(unknown.ty.clone()),
        None => part,
    })
}
