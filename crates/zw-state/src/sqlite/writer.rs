//! The one thread that writes, for as long as a session lives.
//!
//! Writes that arrive while a transaction is being made durable wait in a channel, and become the next
//! transaction together: under load, hundreds of operations share one flush of the disk, and a single
//! one does not wait for others to come.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};

use crate::actor::{Actor, Moment};
use crate::error::StoreError;
use crate::lock::FileLock;
use crate::model::{Intent, RowVersion, RunId, RunKind, RunStatus, Write};
use crate::retention::Retention;
use crate::seal::Recoding;
use crate::sqlite::apply::{Applying, Numbers, Refusal, Tally};
use crate::sqlite::columns::{signed, unsigned};
use crate::sqlite::fault::fault;
use crate::sqlite::file::StateFile;
use crate::sqlite::read;
use crate::sqlite::recode;

/// Requests that wait in the channel, and so the most that share a transaction.
pub(crate) const WAITING_MAX: usize = 1_024;

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What a session asks of its thread.
pub(crate) enum Request {
    Write(Job),
    InDoubt(Answer<Vec<Intent>>),
    Prune(Retention, Answer<()>),
    Recode(Recoding, Answer<bool>),
    End(RunStatus, Answer<()>),
}

/// Writes that take effect together.
pub(crate) struct Job {
    pub(crate) writes: Vec<Write>,
    pub(crate) answer: Answer<Vec<RowVersion>>,
}

/// Writes for a run.
pub(crate) struct Writer {
    path: PathBuf,
    connection: Connection,
    run: RunId,
    lineage: String,
    numbers: Numbers,
    /// Whether this run has counted up the serial.
    counted: bool,
    /// Given back last of all: fields are dropped in their order.
    _lock: FileLock,
}

impl Writer {
    /// Begins a run. The caller has the lock.
    pub(crate) fn begin(
        file: &StateFile,
        lock: FileLock,
        actor: &Actor,
        kind: RunKind,
    ) -> Result<Self, StoreError> {
        let connection = file.writer()?;
        let path = file.path().to_owned();
        let begun = begin_run(&connection, actor, kind);
        let (run, lineage) = begun.map_err(|error| fault(&path, "cannot write", &error))?;
        let numbers = Numbers::default();
        Ok(Self { path, connection, run, lineage, numbers, counted: false, _lock: lock })
    }

    pub(crate) const fn run(&self) -> RunId {
        self.run
    }

    pub(crate) fn lineage(&self) -> &str {
        &self.lineage
    }

    /// Answers requests until the session ends or is dropped. When the end is answered, the state is
    /// free again.
    pub(crate) fn serve(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut next = requests.blocking_recv();
        while let Some(request) = next {
            match request {
                Request::Write(job) => {
                    let mut jobs = vec![job];
                    next = loop {
                        match requests.try_recv() {
                            Ok(Request::Write(job)) if jobs.len() < WAITING_MAX => jobs.push(job),
                            Ok(other) => break Some(other),
                            Err(_) => break None,
                        }
                    };
                    self.write(jobs);
                    if next.is_some() {
                        continue;
                    }
                }
                Request::InDoubt(answer) => {
                    let intents = read::in_doubt(&self.connection, self.run);
                    let _ = answer
                        .send(intents.map_err(|error| fault(&self.path, "cannot read", &error)));
                }
                Request::Prune(retention, answer) => {
                    let pruned = self.prune(retention);
                    let _ = answer.send(pruned);
                }
                Request::Recode(recoding, answer) => {
                    let _ = answer.send(self.recode(&recoding));
                }
                Request::End(status, answer) => {
                    let ended = self.end(status);
                    drop(self);
                    let _ = answer.send(ended);
                    return;
                }
            }
            next = requests.blocking_recv();
        }
    }

    /// Takes back a run that nobody waits for any more.
    pub(crate) fn abandon(self) {
        let _ = self.connection.execute("DELETE FROM run WHERE id = ?1", [signed(self.run.0)]);
    }

    fn write(&mut self, jobs: Vec<Job>) {
        match self.commit(&jobs) {
            Ok(outcomes) => {
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    let _ = job.answer.send(outcome);
                }
            }
            // What is too much together, on a disk that is nearly full, may go one by one.
            Err(StoreError::Io { .. }) if jobs.len() > 1 => {
                for job in jobs {
                    self.write(vec![job]);
                }
            }
            Err(error) => {
                for job in jobs {
                    let _ = job.answer.send(Err(error.clone()));
                }
            }
        }
    }

    /// Writes jobs in one transaction. The outer error is that of all, and nothing was written then.
    fn commit(
        &mut self,
        jobs: &[Job],
    ) -> Result<Vec<Result<Vec<RowVersion>, StoreError>>, StoreError> {
        // Savepoints cost a copy of every page that a job touches, and refusals are rare: they are set only
        // after a first try has shown that they are needed.
        let outcomes = match self.transaction(jobs, false) {
            Err(Refusal::Conflict(what)) if jobs.len() == 1 => {
                return Ok(vec![Err(StoreError::Conflict(what))]);
            }
            Err(Refusal::Conflict(_)) => self.transaction(jobs, true),
            other => other,
        };
        outcomes.map_err(|refusal| match refusal {
            Refusal::Lost => StoreError::Lost,
            Refusal::Database(error) => fault(&self.path, "cannot write", &error),
            Refusal::Conflict(what) => StoreError::Conflict(what),
        })
    }

    fn transaction(
        &mut self,
        jobs: &[Job],
        apart: bool,
    ) -> Result<Vec<Result<Vec<RowVersion>, StoreError>>, Refusal> {
        self.execute("BEGIN IMMEDIATE")?;
        let written = self.within(jobs, apart).and_then(|(outcomes, tally)| {
            self.execute("COMMIT")?;
            self.counted |= tally.changed || tally.adopted;
            Ok(outcomes)
        });
        if written.is_err() {
            self.numbers.forget();
            // After some errors the database has rolled back itself.
            if !self.connection.is_autocommit() {
                self.execute("ROLLBACK")?;
            }
        }
        written
    }

    fn within(
        &mut self,
        jobs: &[Job],
        apart: bool,
    ) -> Result<(Vec<Result<Vec<RowVersion>, StoreError>>, Tally), Refusal> {
        let version = self.fenced()?;
        let mut tally = Tally { version, objects: [0; 3], changed: false, adopted: false };
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            if apart {
                self.execute("SAVEPOINT job")?;
            }
            let mut applying = Applying {
                connection: &self.connection,
                numbers: &mut self.numbers,
                run: self.run,
                tally,
            };
            let outcome = applying.all(&job.writes);
            let after = applying.tally;
            match outcome {
                Ok(versions) => {
                    tally = after;
                    outcomes.push(Ok(versions));
                }
                Err(Refusal::Conflict(what)) if apart => {
                    self.numbers.forget();
                    self.execute("ROLLBACK TO job")?;
                    outcomes.push(Err(StoreError::Conflict(what)));
                }
                Err(refusal) => return Err(refusal),
            }
            if apart {
                self.execute("RELEASE job")?;
            }
        }
        self.account(tally)?;
        Ok((outcomes, tally))
    }

    /// The version given last, if this run may still write.
    fn fenced(&self) -> Result<u64, Refusal> {
        self.connection
            .prepare_cached("SELECT version FROM state WHERE fence = ?1")?
            .query_row([signed(self.run.0)], |row| unsigned(row, 0))
            .optional()?
            .ok_or(Refusal::Lost)
    }

    fn account(&self, tally: Tally) -> rusqlite::Result<()> {
        if !tally.changed {
            return Ok(());
        }
        let serial = i64::from(!self.counted && !tally.adopted);
        self.connection
            .prepare_cached("UPDATE state SET version = ?1, serial = serial + ?2")?
            .execute([signed(tally.version), serial])?;
        let [created, changed, destroyed] = tally.objects.map(signed);
        self.connection
            .prepare_cached(
                "UPDATE run SET created = created + ?2, changed = changed + ?3, \
                 destroyed = destroyed + ?4 WHERE id = ?1",
            )?
            .execute([signed(self.run.0), created, changed, destroyed])?;
        Ok(())
    }

    fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        self.fenced().and_then(|_| Ok(prune(&self.connection, retention)?)).map_err(|refusal| {
            match refusal {
                Refusal::Database(error) => fault(&self.path, "cannot forget old runs in", &error),
                Refusal::Conflict(what) => StoreError::Conflict(what),
                Refusal::Lost => StoreError::Lost,
            }
        })
    }

    fn recode(&mut self, recoding: &Recoding) -> Result<bool, StoreError> {
        let written = || -> Result<Result<(), StoreError>, Refusal> {
            self.execute("BEGIN IMMEDIATE")?;
            self.fenced()?;
            let recoded = recode::all(&self.connection, recoding)?;
            if recoded.is_ok() {
                self.execute("COMMIT")?;
            }
            Ok(recoded)
        };
        let written = written();
        if !self.connection.is_autocommit() {
            let rolled_back = self.execute("ROLLBACK");
            rolled_back.map_err(|error| fault(&self.path, "cannot write", &error))?;
        }
        match written {
            Ok(recoded) => recoded.map(|()| recode::forget_old_bytes(&self.connection)),
            Err(Refusal::Lost) => Err(StoreError::Lost),
            Err(Refusal::Conflict(what)) => Err(StoreError::Conflict(what)),
            Err(Refusal::Database(error)) => Err(fault(&self.path, "cannot write", &error)),
        }
    }

    fn end(&self, status: RunStatus) -> Result<(), StoreError> {
        let sql = "UPDATE run SET status = ?2, ended = ?3 \
                   WHERE id = ?1 AND id = (SELECT fence FROM state)";
        let ended = self
            .connection
            .execute(sql, params![signed(self.run.0), status.name(), Moment::now().rfc3339()]);
        match ended {
            Ok(0) => Err(StoreError::Lost),
            Ok(_) => Ok(()),
            Err(error) => Err(fault(&self.path, "cannot write", &error)),
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(()).map(drop)
    }
}

/// Forgets runs that are beyond what is to be kept, with what they wrote. One that has operations in the journal is
/// kept, and so is every run after it.
fn prune(connection: &Connection, retention: Retention) -> rusqlite::Result<()> {
    if retention == Retention::default() {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction()?;
    let by_count = retention.runs.map(|most| i64::try_from(most.get() - 1).unwrap_or(i64::MAX));
    let by_age = retention.oldest().map(|oldest| signed(oldest.0));
    // The first run that is kept. There is one: the run that goes on.
    let first: Option<i64> = transaction.query_row(
        "SELECT min( \
             max(coalesce((SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET ?1), 0), coalesce(?2, 0)), \
             (SELECT max(id) FROM run), \
             coalesce((SELECT min(run) FROM intent), (SELECT max(id) FROM run)))",
        params![by_count.unwrap_or(i64::MAX), by_age],
        |row| row.get(0),
    )?;
    transaction.execute(
        "DELETE FROM history WHERE id <= (SELECT min(version) FROM run WHERE id >= ?1)",
        [first],
    )?;
    transaction.execute("DELETE FROM output_history WHERE run < ?1", [first])?;
    transaction.execute("DELETE FROM run WHERE id < ?1", [first])?;
    transaction.commit()
}

/// Writes a run down, and gives it the fence: whoever wrote before can no longer.
fn begin_run(
    connection: &Connection,
    actor: &Actor,
    kind: RunKind,
) -> rusqlite::Result<(RunId, String)> {
    let now = Moment::now();
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let begun = (|| {
        let last = connection
            .query_row("SELECT id FROM run ORDER BY id DESC LIMIT 1", (), |row| unsigned(row, 0))
            .optional()?;
        let run = now.digits().max(last.map_or(0, |last| last + 1));
        connection.execute(
            "INSERT INTO run (id, kind, status, who, started, version) \
             SELECT ?1, ?2, ?3, ?4, ?5, version FROM state",
            params![
                signed(run),
                kind.name(),
                RunStatus::Running.name(),
                actor.at_host(),
                now.rfc3339()
            ],
        )?;
        connection.execute("UPDATE state SET fence = ?1", [signed(run)])?;
        let lineage = connection.query_row("SELECT lineage FROM state", (), |row| row.get(0))?;
        connection.execute_batch("COMMIT")?;
        Ok((RunId(run), lineage))
    })();
    if begun.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    begun
}
