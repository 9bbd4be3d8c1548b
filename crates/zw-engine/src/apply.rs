//! Carrying out the execution graph of a plan. Nothing is decided again: what is done, and in which order, follows
//! from the plan; what comes out is held against it.

mod pace;
mod prepare;
mod provision;
pub(crate) mod results;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use tokio::sync::mpsc;
use tracing::Instrument as _;
use zw_lang::{Diagnostic, Str, Value};
use zw_provider::{
    Connection, CreateRequest, Created, DataRequest, DeleteRequest, OpResult, UpdateRequest,
};
use zw_state::{Intent, ResourceRow, RowKey, RowVersion, RunStatus, Session, StoreError, Write};

use crate::api::ApplyReport;
use crate::event::{Event, Observer};
use crate::graph::{self, Dependencies, Graph, Node, Step};
use crate::plan::{Action, Counts, PlanMode};
use crate::planner::Planner;
use crate::resource::Connecting;
use crate::state::Current;
use crate::trace;
use crate::walk::{Dep, Slot};

use provision::{Provision, ProvisionFailure, Provisioning};

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

/// How many operations that call nobody are under way at once, so that their results share a write.
const LOCAL_AT_ONCE_MAX: usize = 1_024;

/// How often a wish to stop is looked for while operations are under way.
const STOP_POLL: Duration = Duration::from_millis(100);

/// Messages that wait to be heard while something is being written. Operations that end wait for room; of what
/// provisioners print, the rest is left out, and that is said.
const MESSAGES_MAX: usize = 65_536;

/// An operation ready to go out.
struct Prepared {
    node: NodeIndex,
    change: usize,
    step: Step,
    connection: Arc<dyn Connection>,
    type_name: Str,
    call: Call,
    /// What is written down before it goes out; `None` where being cut off leaves nothing behind.
    intent: Option<Intent>,
    /// Whether nobody is called: the object is in the state alone, and nothing is provisioned.
    is_local: bool,
    /// What runs before a deletion.
    provisions: Vec<Provision>,
}

enum Call {
    Create(CreateRequest),
    Update(UpdateRequest),
    Delete(DeleteRequest),
    Read(DataRequest),
    Open(DataRequest),
}

/// What came back.
enum Outcome {
    Created(Created),
    Updated(OpResult<Value>),
    Deleted(OpResult<()>),
    /// A provisioner failed before, so that it was not tried.
    NotDeleted(Vec<ProvisionFailure>),
    Read(OpResult<Value>),
}

/// What comes from tasks.
enum Message {
    Finished(Finished),
    /// A provisioner printed a line.
    Said {
        change: usize,
        type_name: Str,
        line: String,
    },
    /// The provisioners of a creation have ended.
    Provisioned {
        change: usize,
        failures: Vec<ProvisionFailure>,
    },
}

struct Finished {
    node: NodeIndex,
    change: usize,
    step: Step,
    token: Option<Arc<str>>,
    is_local: bool,
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
    let (sender, receiver) = mpsc::channel(MESSAGES_MAX);
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
        provisioning: Vec::new(),
        done: Vec::new(),
        committing: None,
        in_flight: 0,
        calls: 0,
        is_stopping: false,
        dependencies: Dependencies::default(),
        report: ApplyReport::default(),
        store_failed: false,
        pace: pace::Pace::default(),
        operations: 0,
    };
    observer.event(&Event::ApplyStarted { total });
    executor.run().await;
    let mut report = std::mem::take(&mut executor.report);
    drop(executor);
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

/// A write that is being made durable, and who goes on once it is.
struct Committing<'a> {
    write: Pin<Box<dyn Future<Output = Written> + Send + 'a>>,
    outcomes: Vec<(NodeIndex, bool)>,
}

type Written = Result<Vec<RowVersion>, StoreError>;

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
    sender: mpsc::Sender<Message>,
    receiver: mpsc::Receiver<Message>,
    /// Creations whose provisioners are under way.
    provisioning: Vec<Provisioning>,
    /// What ended as soon as it was begun.
    done: Vec<Message>,
    /// Results on their way to the disk, while whatever does not depend on them goes on.
    committing: Option<Committing<'a>>,
    in_flight: usize,
    /// How many of those in flight call somebody.
    calls: usize,
    is_stopping: bool,
    dependencies: Dependencies,
    report: ApplyReport,
    /// Whether the store could not be written: then nothing further begins.
    store_failed: bool,
    pace: pace::Pace,
    /// Operations so far, for their tokens.
    operations: u64,
}

impl Executor<'_> {
    async fn run(&mut self) {
        if self.write_refreshed().await {
            self.connect().await;
        }
        self.ready =
            self.graph.node_indices().filter(|node| self.waiting[node.index()] == 0).collect();
        loop {
            self.launch().await;
            if self.in_flight == 0 {
                if !self.commit().await && self.ready.is_empty() {
                    break;
                }
                continue;
            }
            let finished = self.finished().await;
            self.settle(finished).await;
        }
        // What depends on what was just made is known only now.
        if self.planner.options.mode == PlanMode::Normal {
            self.planner.check_blocks();
            self.report.diagnostics.extend(std::mem::take(&mut self.planner.diagnostics));
        }
        self.write_outputs().await;
    }

    /// Writes what reading found: objects that others changed, objects that are gone, and moves.
    async fn write_refreshed(&mut self) -> bool {
        let mut writes = Vec::new();
        let mut done = Counts::default();
        let mut imported = std::collections::HashMap::new();
        // What blocks say of the end of objects that are otherwise left alone.
        let mut endings = std::collections::HashMap::new();
        let mut settled = std::collections::HashMap::new();
        for (change, detail) in self.planner.changes.iter().zip(&self.planner.details) {
            if let (Action::NoOp, Some(_), Some(at)) =
                (change.action, detail.instance, detail.prior)
            {
                endings.insert(at, detail.ending);
                settled.insert(at, &detail.deps);
            }
            if let (Some(_), Some(at)) = (&change.importing, detail.prior) {
                done.import += 1;
                imported.insert(at, self.dependencies.of(self.planner, &detail.deps));
            }
            if change.action == Action::Forget {
                let deposed = change.deposed.clone();
                let address = change.address.to_string().into();
                writes.push(Write::Remove(RowKey { address, deposed }));
                done.forget += 1;
            }
        }
        for (at, prior) in self.planner.prior.objects.iter().enumerate() {
            if let Some(from) = &prior.moved_from {
                let key = |address: &str| RowKey { address: address.into(), deposed: None };
                writes.push(Write::Move(key(&from.to_string()), key(&prior.address.to_string())));
            }
            let key = RowKey {
                address: prior.address.to_string().into(),
                deposed: prior.row.key.deposed.clone(),
            };
            let found = match &prior.current {
                Current::Gone => {
                    writes.push(Write::Remove(key));
                    continue;
                }
                Current::Read(object) if prior.recorded.as_ref() != Some(object) => Some(object),
                _ => None,
            };
            let ending = endings.get(&at).copied().unwrap_or(prior.row.ending);
            if found.is_none() && ending == prior.row.ending {
                continue;
            }
            let mut row = ResourceRow { key, ending, ..prior.row.clone() };
            if let Some(object) = found {
                // Found as it is to be, whoever made it so: then it depends on what the configuration says.
                if let Some(deps) = settled.get(&at) {
                    row.dependencies = self.dependencies.of(self.planner, deps);
                }
                row.dependencies.extend(imported.remove(&at).into_iter().flatten());
                let source = crate::fetch::source_in(&row.provider);
                let schema = self.planner.walk.cx.providers.resource_type(source, &row.type_name);
                let ty = schema.map_or_else(|| object.ty(), |schema| schema.block.ty());
                row.attributes = crate::codec::encode(object, &ty).into();
            }
            writes.push(Write::Put(row));
        }
        let written = writes.is_empty() || self.write(writes).await.is_some();
        if written {
            self.report.done = done;
        }
        written
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
        // Who allows one at a time wants one after another.
        let most_with_local = if most == 1 { 1 } else { most.max(LOCAL_AT_ONCE_MAX) };
        let (mut calls, mut all) = (self.calls, self.in_flight);
        let mut prepared = Vec::new();
        while calls < most && all < most_with_local {
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
                    Ok(operation) => {
                        calls += usize::from(!operation.is_local);
                        all += 1;
                        prepared.push(operation);
                    }
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
            self.send(one).await;
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
            let planned = &self.planner.changes[change];
            let (address, action) = (&planned.address, step.action(planned));
            self.observer.event(&Event::OperationSkipped { address, action });
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
                planner.repeat_call(module);
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

    async fn send(&mut self, prepared: Prepared) {
        let Prepared { node, change, step, connection, type_name, call, is_local, .. } = prepared;
        let (intent, provisions) = (prepared.intent, prepared.provisions);
        let planned = &self.planner.changes[change];
        self.observer.event(&Event::OperationStarted {
            address: &planned.address,
            deposed: planned.deposed.as_deref(),
            action: step.action(planned),
            id: if step == Step::Create { None } else { id_of(&planned.before) },
        });
        self.in_flight += 1;
        self.calls += usize::from(!is_local);
        let sender = self.sender.clone();
        let token = intent.map(|intent| intent.token);
        let said = self.sender.clone();
        let span = trace::operation(
            step.action(planned).name(),
            &planned.address,
            &type_name,
            &planned.provider,
            connection.as_ref(),
        );
        let call = async move {
            let started = Instant::now();
            let outcome = match call {
                Call::Create(request) => {
                    Outcome::Created(connection.create(&type_name, request).await)
                }
                Call::Update(request) => {
                    Outcome::Updated(connection.update(&type_name, request).await)
                }
                Call::Delete(request) => {
                    let failures = Provision::run_all(provisions, change, said).await;
                    if failures.iter().any(ProvisionFailure::is_fatal) {
                        Outcome::NotDeleted(failures)
                    } else {
                        Outcome::Deleted(connection.delete(&type_name, request).await)
                    }
                }
                Call::Read(request) => {
                    Outcome::Read(connection.read_data(&type_name, request).await)
                }
                Call::Open(request) => Outcome::Read(connection.open(&type_name, request).await),
            };
            if let Some(error) = outcome.error() {
                trace::failed(error);
            }
            let elapsed = started.elapsed();
            Message::Finished(Finished { node, change, step, token, is_local, outcome, elapsed })
        };
        let mut call = Box::pin(call.instrument(span));
        // Most that call nobody are done at once, which is worth no task.
        if is_local
            && let Poll::Ready(finished) =
                poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await
        {
            self.done.push(finished);
            return;
        }
        // Nobody listens any more only if the whole run is being given up.
        tokio::spawn(async move { drop(sender.send(call.await).await) });
    }

    /// Waits for at least one operation, and takes all that are there.
    async fn finished(&mut self) -> Vec<Message> {
        let mut messages = std::mem::take(&mut self.done);
        while self.in_flight > 0 && messages.is_empty() {
            let committed = async {
                match &mut self.committing {
                    Some(committing) => committing.write.as_mut().await,
                    None => std::future::pending().await,
                }
            };
            // In this order, so that a test can say in which order things happen.
            tokio::select! {
                biased;
                one = self.receiver.recv() => {
                    let ended = one.and_then(|one| self.heard(one));
                    messages.extend(ended);
                }
                written = committed => {
                    self.committed(written);
                    break;
                }
                () = tokio::time::sleep(STOP_POLL) => { self.must_stop(); }
            }
        }
        while let Ok(one) = self.receiver.try_recv() {
            messages.extend(self.heard(one));
        }
        self.in_flight -= messages.len();
        let is_local =
            |message: &Message| matches!(message, Message::Finished(one) if one.is_local);
        self.calls -= messages.iter().filter(|message| !is_local(message)).count();
        messages
    }

    /// Passes on what is only said.
    fn heard(&self, message: Message) -> Option<Message> {
        let Message::Said { change, type_name, line } = message else { return Some(message) };
        let address = &self.planner.changes[change].address;
        self.observer.event(&Event::Provisioning { address, type_name: &type_name, line: &line });
        None
    }

    /// Takes results over and has all of them written at once.
    async fn settle(&mut self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        let mut writes = Vec::new();
        let mut outcomes = Vec::with_capacity(messages.len());
        for message in messages {
            match message {
                Message::Finished(finished) => {
                    let node = finished.node;
                    let fine = self.take(finished, &mut writes);
                    outcomes.extend(fine.map(|fine| (node, fine)));
                }
                Message::Provisioned { change, failures } => {
                    outcomes.extend(self.provisioned(change, &failures, &mut writes));
                }
                Message::Said { .. } => {}
            }
        }
        if writes.is_empty() {
            for (node, fine) in outcomes {
                self.release(node, fine);
            }
            return;
        }
        // One at a time: what ends meanwhile is in the next.
        self.commit().await;
        let session = self.session;
        let mut write = session.write(writes);
        // The store has it from the first look on.
        let looked = poll_fn(|context| Poll::Ready(write.as_mut().poll(context))).await;
        self.committing = Some(Committing { write, outcomes });
        if let Poll::Ready(written) = looked {
            self.committed(written);
        }
    }

    /// Waits for results to be durable; whether there were any.
    async fn commit(&mut self) -> bool {
        let Some(committing) = &mut self.committing else { return false };
        let written = committing.write.as_mut().await;
        self.committed(written);
        true
    }

    /// Lets go on who waits for results that were written.
    fn committed(&mut self, written: Written) {
        let Some(Committing { outcomes, .. }) = self.committing.take() else { return };
        let written = self.wrote(written).is_some();
        for (node, fine) in outcomes {
            self.release(node, fine && written);
        }
    }

    /// Writes to the store, and waits for it. Results on their way go first: a store may do one thing at a time.
    async fn write(&mut self, writes: Vec<Write>) -> Option<()> {
        self.commit().await;
        let written = self.session.write(writes).await;
        self.wrote(written)
    }

    /// What became of a write. If it failed that is reported once, and nothing further begins; results that were not
    /// written are still in the journal.
    fn wrote(&mut self, written: Written) -> Option<()> {
        match written {
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
