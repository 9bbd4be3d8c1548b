//! Taking leases.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Error, Row};
use zw_state::{Actor, Holder, Moment, RunId, RunStatus, Scope, StoreError, Wish};

use crate::connect::Server;
use crate::fault::fault;
use crate::read::signed;

/// How often others are looked after that hold what is wanted: first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// How long others are waited for in silence.
const NOTICE: Duration = Duration::from_millis(200);

/// A run is alive as long as its time has not run out and its connection is there.
macro_rules! is_alive {
    ($run:literal) => {
        concat!(
            "(",
            $run,
            ".held AND ",
            $run,
            ".expires > clock_timestamp() \
             AND EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = ",
            $run,
            ".server_pid))"
        )
    };
}
pub(crate) use is_alive;

/// A run that has begun.
pub(crate) struct Begun {
    pub(crate) workspace: i32,
    pub(crate) run: RunId,
    pub(crate) lineage: String,
    /// What it may write: what was wished for, and the objects of operations in doubt.
    pub(crate) scope: Scope,
}

/// Begins a run. Waits for others, at most as long as wished, or until `given_up`.
pub(crate) async fn begin(
    server: &Server,
    client: &Client,
    workspace: &str,
    actor: &Actor,
    wish: &Wish,
    given_up: &(dyn Fn() -> bool + Sync),
) -> Result<Begun, StoreError> {
    let failed = |error: Error| fault(server.place(), "cannot lock", &error);
    let begun = Instant::now();
    let mut pause = RETRY.0;
    let mut told = Vec::new();
    loop {
        client.batch_execute("BEGIN").await.map_err(failed)?;
        let outcome = attempt(client, workspace, actor, wish, server.options.lease).await;
        let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
        client.batch_execute(end).await.map_err(failed)?;
        let holders = match outcome.map_err(failed)? {
            Ok(begun) => return Ok(begun),
            Err(holders) => holders,
        };
        let waited = begun.elapsed();
        if waited >= wish.wait || given_up() {
            let first = holders.into_iter().next();
            return Err(first.map_or(StoreError::Lost, StoreError::Held));
        }
        if waited >= NOTICE && told != holders {
            wish.tell(&holders);
            told = holders;
        }
        tokio::time::sleep(pause.min(wish.wait.saturating_sub(waited))).await;
        pause = RETRY.1.min(pause * 3 / 2);
    }
}

/// Takes everything that is wished for, or says who holds some of it. Whoever begins a run holds the lock of the row
/// of its workspace while it looks and takes: nobody ever holds a part of what they want and waits for the rest.
async fn attempt(
    client: &Client,
    name: &str,
    actor: &Actor,
    wish: &Wish,
    lease: Duration,
) -> Result<Result<Begun, Vec<Holder>>, Error> {
    let (workspace, lineage) = locked(client, name).await?;
    bury(client, workspace).await?;
    let (mut writes, reads) = match &wish.scope {
        Scope::Everything => (BTreeSet::new(), BTreeSet::new()),
        Scope::Parts { writes, reads } => (writes.clone(), reads.clone()),
    };
    let everything = wish.scope == Scope::Everything;
    let holders = holders(client, workspace, everything, &writes, &reads).await?;
    if !holders.is_empty() {
        return Ok(Err(holders));
    }
    if !everything {
        writes.extend(doubtful(client, workspace).await?);
    }
    let run = insert(client, workspace, actor, wish, lease).await?;
    let only_read: Vec<&str> = reads.difference(&writes).map(|part| &**part).collect();
    let sql = "INSERT INTO zw_lease (workspace, part, run, shared) \
               SELECT $1::integer, part, $2::bigint, false FROM unnest($3::text[]) AS part \
               UNION ALL SELECT $1::integer, part, $2::bigint, true FROM unnest($4::text[]) AS part";
    let parts: Vec<&str> = writes.iter().map(|part| &**part).collect();
    client.execute(sql, &[&workspace, &signed(run.0), &parts, &only_read]).await?;
    let scope = if everything { Scope::Everything } else { Scope::Parts { writes, reads } };
    Ok(Ok(Begun { workspace, run, lineage, scope }))
}

/// The workspace, which is made if there is none, with its row locked, and its lineage.
async fn locked(client: &Client, name: &str) -> Result<(i32, String), Error> {
    let sql =
        "INSERT INTO zw_workspace (name, lineage) VALUES ($1, '') ON CONFLICT (name) DO NOTHING";
    client.execute(sql, &[&name]).await?;
    let sql = "SELECT id, lineage FROM zw_workspace WHERE name = $1 FOR UPDATE";
    let row = client.query_one(sql, &[&name]).await?;
    let (id, lineage): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    if !lineage.is_empty() {
        return Ok((id, lineage));
    }
    let sql =
        "UPDATE zw_workspace SET lineage = gen_random_uuid()::text WHERE id = $1 RETURNING lineage";
    Ok((id, client.query_one(sql, &[&id]).await?.try_get(0)?))
}

/// Takes the right to write from runs that gave no sign of life for too long, or whose connection is gone. A run whose
/// row is locked is in the middle of a transaction, and is left alone: that it is gone shows when the server ends
/// a transaction that stands still.
async fn bury(client: &Client, workspace: i32) -> Result<(), Error> {
    let sql = concat!(
        "WITH dead AS ( \
             SELECT r.id FROM zw_run r WHERE r.workspace = $1 AND r.held AND NOT ",
        is_alive!("r"),
        " FOR UPDATE SKIP LOCKED) \
         UPDATE zw_run SET held = false FROM dead WHERE workspace = $1 AND zw_run.id = dead.id"
    );
    client.execute(sql, &[&workspace]).await?;
    let sql = "DELETE FROM zw_lease l WHERE l.workspace = $1 AND NOT EXISTS ( \
                   SELECT FROM zw_run r WHERE r.workspace = $1 AND r.id = l.run AND r.held)";
    client.execute(sql, &[&workspace]).await?;
    Ok(())
}

/// Those who hold something that somebody else wants.
async fn holders(
    client: &Client,
    workspace: i32,
    everything: bool,
    writes: &BTreeSet<Arc<str>>,
    reads: &BTreeSet<Arc<str>>,
) -> Result<Vec<Holder>, Error> {
    let sql = "WITH met AS ( \
                   SELECT l.run, l.part FROM zw_lease l \
                   WHERE l.workspace = $1 AND (l.part = ANY ($3) OR l.part = ANY ($4) AND NOT l.shared)) \
               SELECT r.person, r.host, r.pid, r.kind, r.started, r.id, r.everything, \
                   array_remove(array_agg(met.part ORDER BY met.part), NULL) \
               FROM zw_run r LEFT JOIN met ON met.run = r.id \
               WHERE r.workspace = $1 AND r.held AND ($2 OR r.everything OR met.run IS NOT NULL) \
               GROUP BY r.workspace, r.id ORDER BY r.id";
    let list = |parts: &BTreeSet<Arc<str>>| -> Vec<String> {
        parts.iter().map(ToString::to_string).collect()
    };
    let rows = client.query(sql, &[&workspace, &everything, &list(writes), &list(reads)]).await?;
    rows.iter().map(holder).collect()
}

/// Reads who holds what: person, host, process, kind, time, run, whether everything, parts.
pub(crate) fn holder(row: &Row) -> Result<Holder, Error> {
    let parts: Vec<&str> = row.try_get(7)?;
    let pid: i64 = row.try_get(2)?;
    let run: i64 = row.try_get(5)?;
    Ok(Holder {
        who: row.try_get(0)?,
        host: row.try_get(1)?,
        pid: u32::try_from(pid).unwrap_or_default(),
        what: row.try_get(3)?,
        since: row.try_get(4)?,
        run: Some(RunId(run.unsigned_abs())),
        parts: parts.into_iter().map(Arc::from).collect(),
    })
}

/// The objects of operations in doubt that nobody is about to settle.
async fn doubtful(client: &Client, workspace: i32) -> Result<Vec<Arc<str>>, Error> {
    let sql = "SELECT DISTINCT i.address FROM zw_intent i \
               WHERE i.workspace = $1 \
                   AND NOT EXISTS (SELECT FROM zw_run r WHERE r.workspace = $1 AND r.id = i.run AND r.held) \
                   AND NOT EXISTS (SELECT FROM zw_lease l WHERE l.workspace = $1 AND l.part = i.address)";
    let rows = client.query(sql, &[&workspace]).await?;
    rows.iter().map(|row| Ok(row.try_get::<_, &str>(0)?.into())).collect()
}

/// Writes a run down, with the right to write.
async fn insert(
    client: &Client,
    workspace: i32,
    actor: &Actor,
    wish: &Wish,
    lease: Duration,
) -> Result<RunId, Error> {
    let now = Moment::now();
    let sql = "INSERT INTO zw_run (workspace, id, kind, status, person, host, pid, started, held, everything, \
                   expires, server_pid) \
               SELECT $1::integer, greatest($2::bigint, (SELECT max(id) + 1 FROM zw_run WHERE workspace = $1)), \
                   $3::text, $4::text, $5::text, $6::text, $7::bigint, $8::text, true, $9::boolean, \
                   clock_timestamp() + $10::float8 * interval '1 millisecond', pg_backend_pid() \
               RETURNING id";
    let row = client
        .query_one(
            sql,
            &[
                &workspace,
                &signed(now.digits()),
                &wish.kind.name(),
                &RunStatus::Running.name(),
                &actor.user,
                &actor.host,
                &i64::from(actor.pid),
                &now.rfc3339(),
                &(wish.scope == Scope::Everything),
                &milliseconds(lease),
            ],
        )
        .await?;
    Ok(RunId(row.try_get::<_, i64>(0)?.unsigned_abs()))
}

/// A duration as a parameter.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
