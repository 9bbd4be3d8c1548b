//! The right to write, kept by a thread that gives signs of life.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use zw_state::{
    Actor, Intent, Recoding, Retention, RowVersion, RunId, RunStatus, Scope, Session, StoreError,
    Wish, Write,
};

use crate::begin::{self, Begun};
use crate::connect::SharedServer;
use crate::fault::problem;
use crate::writer::Writer;

/// Requests that wait, and so the most that share a transaction.
const WAITING_MAX: usize = 1_024;

/// Signs of life in the time that a lease lasts without one.
const BEATS: u32 = 3;

/// How long giving the right back may take when a session is dropped.
const GOODBYE: Duration = Duration::from_secs(5);

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What a session asks of its thread.
enum Request {
    Write(Vec<Write>, Answer<Vec<RowVersion>>),
    InDoubt(Answer<Vec<Intent>>),
    Prune(Retention, Answer<()>),
    Recode(Recoding, Answer<Option<String>>),
    End(RunStatus, Answer<()>),
}

/// The right to change parts of a state.
pub(crate) struct PgSession {
    run: RunId,
    lineage: String,
    scope: Arc<Scope>,
    place: String,
    /// Taken when the session is dropped, which tells the thread to stop.
    requests: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread says when a run has begun.
struct Greeting {
    run: RunId,
    lineage: String,
    scope: Arc<Scope>,
}

impl PgSession {
    pub(crate) async fn begin(
        server: &SharedServer,
        workspace: &str,
        actor: &Actor,
        wish: Wish,
    ) -> Result<Self, StoreError> {
        let (begun, beginning) = oneshot::channel();
        let (sender, requests) = mpsc::channel(WAITING_MAX);
        let (server_there, workspace) = (server.clone(), workspace.to_owned());
        let actor = actor.clone();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => {
                    runtime.block_on(run(server_there, workspace, actor, wish, begun, requests));
                }
                Err(error) => {
                    let error = problem(server_there.place(), "cannot open", error.to_string());
                    drop(begun.send(Err(error)));
                }
            }
        };
        let thread = std::thread::Builder::new().name("zw-pg".to_owned()).spawn(work);
        let place = server.place().to_owned();
        let thread = thread.map_err(|error| problem(&place, "cannot open", error.to_string()))?;
        let Greeting { run, lineage, scope } = beginning.await.map_err(|_| stopped(&place))??;
        Ok(Self { run, lineage, scope, place, requests: Some(sender), thread: Some(thread) })
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(Answer<T>) -> Request + Send,
    ) -> Result<T, StoreError> {
        let stopped = || stopped(&self.place);
        let (answer, answered) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(stopped)?;
        requests.send(request(answer)).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

fn stopped(place: &str) -> StoreError {
    problem(place, "cannot write", "the thread that keeps the connection has stopped")
}

#[async_trait]
impl Session for PgSession {
    fn run(&self) -> RunId {
        self.run
    }

    fn lineage(&self) -> &str {
        &self.lineage
    }

    async fn in_doubt(&self) -> Result<Vec<Intent>, StoreError> {
        self.ask(Request::InDoubt).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Vec<RowVersion>, StoreError> {
        if let Some(part) = writes.iter().find_map(|write| self.scope.outside(write)) {
            return Err(StoreError::Outside(part));
        }
        self.ask(|answer| Request::Write(writes, answer)).await
    }

    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        self.ask(|answer| Request::Prune(retention, answer)).await
    }

    async fn recode(&self, recoding: Recoding) -> Result<Option<String>, StoreError> {
        self.ask(|answer| Request::Recode(recoding, answer)).await
    }

    async fn end(self: Box<Self>, status: RunStatus) -> Result<(), StoreError> {
        self.ask(|answer| Request::End(status, answer)).await
    }
}

impl Drop for PgSession {
    /// Waits for what is being written: when this returns, the state is free.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // The connection of a thread that panicked is gone, and its leases with it.
            let _ = thread.join();
        }
    }
}

/// The life of the thread.
async fn run(
    server: SharedServer,
    workspace: String,
    actor: Actor,
    wish: Wish,
    begun: oneshot::Sender<Result<Greeting, StoreError>>,
    requests: mpsc::Receiver<Request>,
) {
    let client = match server.writer().await {
        Ok(client) => client,
        Err(error) => return drop(begun.send(Err(error))),
    };
    let given_up = || begun.is_closed();
    let found = match begin::begin(&server, &client, &workspace, &actor, &wish, &given_up).await {
        Ok(found) => found,
        Err(error) => return drop(begun.send(Err(error))),
    };
    let Begun { run, lineage, scope, .. } = &found;
    let scope = Arc::new(scope.clone());
    let greeting = Greeting { run: *run, lineage: lineage.clone(), scope };
    let beat = server.options.lease / BEATS;
    let mut writer = Writer::new(server, client, found);
    if begun.send(Ok(greeting)).is_err() {
        // Its connection ends now, and the right to write with it, whether this works or not.
        drop(writer.abandon().await);
        return;
    }
    if !serve(&mut writer, requests, beat).await {
        drop(tokio::time::timeout(GOODBYE, writer.let_go()).await);
    }
}

/// Answers requests until the session ends or is dropped; whether the run has ended. When the end is answered,
/// the state is free again.
async fn serve(writer: &mut Writer, mut requests: mpsc::Receiver<Request>, beat: Duration) -> bool {
    let mut next_beat = Instant::now() + beat;
    loop {
        let request = tokio::select! {
            request = requests.recv() => match request {
                Some(request) => request,
                None => return false,
            },
            () = tokio::time::sleep_until(next_beat) => {
                writer.stay_alive().await;
                next_beat = Instant::now() + beat;
                continue;
            }
        };
        let mut next = Some(request);
        while let Some(request) = next.take() {
            match request {
                Request::Write(writes, answer) => {
                    let (mut jobs, mut answers) = (vec![writes], vec![answer]);
                    while jobs.len() < WAITING_MAX {
                        match requests.try_recv() {
                            Ok(Request::Write(writes, answer)) => {
                                jobs.push(writes);
                                answers.push(answer);
                            }
                            Ok(other) => {
                                next = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    let outcomes = writer.write(&jobs).await;
                    for (answer, outcome) in answers.into_iter().zip(outcomes) {
                        let _ = answer.send(outcome);
                    }
                    next_beat = Instant::now() + beat;
                }
                Request::InDoubt(answer) => drop(answer.send(writer.in_doubt().await)),
                Request::Prune(retention, answer) => {
                    drop(answer.send(writer.prune(retention).await));
                }
                Request::Recode(recoding, answer) => {
                    drop(answer.send(writer.recode(&recoding).await));
                    next_beat = Instant::now() + beat;
                }
                Request::End(status, answer) => {
                    let ended = writer.end(status).await;
                    drop(answer.send(ended));
                    return true;
                }
            }
        }
    }
}
