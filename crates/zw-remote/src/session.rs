//! The right to change a state that is elsewhere, and the task that uses it.
//!
//! All writes go through one task. Those that arrive while it waits for the network are sent together next:
//! under load hundreds of operations share a request, and a single one does not wait for others to come.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use zw_state::{
    Intent, Moment, Recoding, Retention, RowVersion, RunId, RunStatus, Session, StoreError, Write,
};

use crate::event::Event;
use crate::io::{Io, stopped};
use crate::recode::Recoded;
use crate::state::{Changes, State};

/// Requests that wait, and so the most that are sent together.
const WAITING_MAX: usize = 1_024;

/// Where writes become durable, as long as one has the right to write there.
#[async_trait]
pub(crate) trait Medium: Send + 'static {
    /// Makes durable what `events` made of a state, which is `state` now.
    ///
    /// # Errors
    /// After any error it is not asked again.
    async fn commit(&mut self, state: &State, events: Vec<Event>) -> Result<(), StoreError>;

    /// Forgets what is kept elsewhere of runs before this one.
    async fn forget(&mut self, first: RunId) -> Result<(), StoreError>;

    /// What runs did whose changes are not in the state.
    async fn archived(&mut self, runs: Vec<RunId>) -> Result<Vec<(RunId, Changes)>, StoreError>;

    /// Removes what was there before all of a state was written anew, and says in sentences what may be left of it.
    async fn recoded(&mut self, state: &State) -> String;

    /// Tidies up after a run that has ended.
    async fn tidy(&mut self, state: State);

    /// Gives the right back.
    async fn release(&mut self);
}

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

enum Request {
    Write(Job),
    InDoubt(Answer<Vec<Intent>>),
    Prune(Retention, Answer<()>),
    Recode(Recoding, Answer<Option<String>>),
    End(RunStatus, Answer<()>),
}

struct Job {
    writes: Vec<Write>,
    answer: Answer<Vec<RowVersion>>,
}

/// A session whose run has begun.
pub(crate) struct RemoteSession {
    run: RunId,
    lineage: String,
    /// Taken when the session is dropped, which tells the task to stop.
    requests: Option<mpsc::Sender<Request>>,
    /// Ends with the task.
    finished: Mutex<std::sync::mpsc::Receiver<()>>,
    /// The threads on which the task runs.
    _io: Io,
}

impl RemoteSession {
    /// A session for the last run of a state.
    pub(crate) fn start(io: &Io, medium: impl Medium, state: State, run: RunId) -> Self {
        let (sender, requests) = mpsc::channel(WAITING_MAX);
        let (finishing, finished) = std::sync::mpsc::channel();
        let lineage = state.lineage.clone();
        let writer = Writer { run, state, medium, broken: None };
        io.handle().spawn(async move {
            writer.serve(requests).await;
            drop(finishing);
        });
        Self {
            run,
            lineage,
            requests: Some(sender),
            finished: Mutex::new(finished),
            _io: io.clone(),
        }
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(Answer<T>) -> Request + Send,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(stopped)?;
        requests.send(request(answer)).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

#[async_trait]
impl Session for RemoteSession {
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
        self.ask(|answer| Request::Write(Job { writes, answer })).await
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

impl Drop for RemoteSession {
    /// Waits for what is being written: when this returns, the state is free.
    fn drop(&mut self) {
        self.requests = None;
        // Nothing is ever sent: it ends when the other side does.
        let finished = self.finished.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = finished.recv();
    }
}

struct Writer<M> {
    run: RunId,
    state: State,
    medium: M,
    /// Why nothing can be written any more. What is in memory may then differ from what is durable.
    broken: Option<StoreError>,
}

impl<M: Medium> Writer<M> {
    async fn serve(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut waiting = Vec::new();
        while requests.recv_many(&mut waiting, WAITING_MAX).await > 0 {
            let mut jobs = Vec::new();
            for request in waiting.drain(..) {
                match request {
                    Request::Write(job) => jobs.push(job),
                    Request::InDoubt(answer) => {
                        self.write(std::mem::take(&mut jobs)).await;
                        let _ = answer.send(Ok(self.state.in_doubt(self.run)));
                    }
                    Request::Prune(retention, answer) => {
                        self.write(std::mem::take(&mut jobs)).await;
                        let _ = answer.send(self.prune(retention).await);
                    }
                    Request::Recode(recoding, answer) => {
                        self.write(std::mem::take(&mut jobs)).await;
                        let _ = answer.send(self.recode(recoding).await);
                    }
                    Request::End(status, answer) => {
                        self.write(std::mem::take(&mut jobs)).await;
                        let ended = self.end(status).await;
                        let _ = answer.send(ended);
                        return;
                    }
                }
            }
            self.write(jobs).await;
        }
        self.medium.release().await;
    }

    async fn write(&mut self, jobs: Vec<Job>) {
        let (mut all, mut accepted) = (Vec::new(), Vec::with_capacity(jobs.len()));
        for Job { writes, answer } in jobs {
            if let Some(error) = &self.broken {
                let _ = answer.send(Err(error.clone()));
                continue;
            }
            match self.state.write(writes) {
                Ok((events, versions)) => {
                    all.extend(events);
                    accepted.push((answer, versions));
                }
                Err(conflict) => drop(answer.send(Err(StoreError::Conflict(conflict)))),
            }
        }
        let committed = self.commit(all).await;
        for (answer, versions) in accepted {
            let _ = answer.send(committed.clone().map(|()| versions));
        }
    }

    async fn commit(&mut self, events: Vec<Event>) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let committed = self.medium.commit(&self.state, events).await;
        if let Err(error) = &committed {
            self.broken = Some(error.clone());
        }
        committed
    }

    async fn prune(&mut self, retention: Retention) -> Result<(), StoreError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let Some(first) = self.state.first_kept(retention) else { return Ok(()) };
        let event = Event::Prune { first };
        self.state.apply(&event);
        self.commit(vec![event]).await?;
        self.medium.forget(first).await
    }

    async fn recode(&mut self, recoding: Recoding) -> Result<Option<String>, StoreError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let mut changes = self.state.changes.clone();
        let runs = self.state.runs.iter().map(|run| run.id);
        let elsewhere = runs.filter(|run| !changes.contains_key(run)).collect();
        changes.extend(self.medium.archived(elsewhere).await?);
        let event = Event::Recode(Box::new(Recoded::of(&self.state, &changes, &recoding)?));
        self.state.apply(&event);
        self.commit(vec![event]).await?;
        Ok(Some(self.medium.recoded(&self.state).await))
    }

    /// Ends the run. When this returns, the state is free.
    async fn end(mut self, status: RunStatus) -> Result<(), StoreError> {
        if let Some(error) = self.broken {
            self.medium.release().await;
            return Err(error);
        }
        let event = Event::End { run: self.run, status, ended: Moment::now().rfc3339() };
        self.state.apply(&event);
        let ended = self.commit(vec![event]).await;
        if ended.is_ok() {
            self.medium.tidy(self.state).await;
        }
        self.medium.release().await;
        ended
    }
}
