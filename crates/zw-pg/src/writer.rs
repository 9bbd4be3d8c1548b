//! Transactions that write. Many callers share one, and each kind of change is one statement for all rows.

use std::collections::HashMap;

use tokio::time::Instant;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};
use zw_state::{Intent, ObjectStatus, ResourceRow, RowKey, RowVersion, Scope, StoreError, Write};

use crate::batch::{self, Step};
use crate::begin::{Begun, milliseconds};
use crate::connect::{Server, SharedServer};
use crate::fault::{fault, problem};
use crate::read::{self, Unread, deposed, signed};
use crate::resume::is_broken;

/// Why writes did not take effect.
pub(crate) enum Refusal {
    /// They do not fit what there is.
    Conflict(String),
    /// The run may not write any more.
    Lost,
    /// The database could not do it.
    Database(Error),
    /// There is something that this program does not write.
    Unexpected(&'static str),
    /// Whatever else.
    Store(StoreError),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Unread> for Refusal {
    fn from(error: Unread) -> Self {
        match error {
            Unread::Database(error) => Self::Database(error),
            Unread::Unexpected(what) => Self::Unexpected(what),
        }
    }
}

/// Writes for a run.
pub(crate) struct Writer {
    server: SharedServer,
    client: Client,
    pub(crate) begun: Begun,
    statements: HashMap<&'static str, Statement>,
    /// Whether this run has counted up the serial.
    counted: bool,
    /// How many transactions it has made.
    writes: i64,
    /// A moment before the last sign of life that the server has noted.
    last_sign: Instant,
}

/// What a transaction has done so far.
#[derive(Default)]
struct Tally {
    created: i64,
    changed: i64,
    destroyed: i64,
    /// Whether a row or an output changed.
    is_change: bool,
    adopted: bool,
}

/// What a transaction gave to each caller, and what it has done.
type Made = (Vec<Vec<RowVersion>>, Tally);

pub(crate) type Parameters<'a> = [&'a (dyn ToSql + Sync)];

impl Writer {
    pub(crate) fn new(server: SharedServer, client: Client, begun: Begun) -> Self {
        let (statements, last_sign) = (HashMap::new(), Instant::now());
        Self { server, client, begun, statements, counted: false, writes: 0, last_sign }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) const fn last_sign(&self) -> Instant {
        self.last_sign
    }

    /// Goes on with another connection, on which there was a sign of life after that moment.
    pub(crate) fn replace(&mut self, client: Client, sign: Instant) {
        self.client = client;
        self.last_sign = sign;
        self.statements.clear();
    }

    pub(crate) fn place(&self) -> &str {
        self.server.place()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the connection is there still.
    pub(crate) fn is_connected(&self) -> bool {
        !self.client.is_closed()
    }

    pub(crate) fn fault(&self, doing: &str, error: &Error) -> StoreError {
        fault(self.server.place(), doing, error)
    }

    /// Intents of runs that cannot settle them any more.
    pub(crate) async fn in_doubt(&self) -> Result<Vec<Intent>, StoreError> {
        let parts: Option<Vec<String>> = match &self.begun.scope {
            Scope::Everything => None,
            Scope::Parts { writes, .. } => Some(writes.iter().map(ToString::to_string).collect()),
        };
        let Begun { workspace, run, .. } = self.begun;
        let found = read::in_doubt(&self.client, workspace, run, parts.as_deref()).await;
        found.map_err(|error| match error {
            Unread::Database(error) => self.fault("cannot read", &error),
            Unread::Unexpected(what) => problem(self.server.place(), "cannot read", what),
        })
    }

    /// Gives a sign of life; false if the right to write is gone.
    pub(crate) async fn beat(&mut self) -> Result<bool, Error> {
        let sql = "UPDATE zw_run SET expires = clock_timestamp() + $3 * interval '1 millisecond' \
                   WHERE workspace = $1 AND id = $2 AND held AND expires > clock_timestamp()";
        self.sign(sql).await
    }

    /// The same in a transaction that writes, and counts it: nobody can take the leases until it ends.
    async fn fence(&mut self) -> Result<bool, Error> {
        let sql = "UPDATE zw_run SET expires = clock_timestamp() + $3 * interval '1 millisecond', \
                       writes = writes + 1 \
                   WHERE workspace = $1 AND id = $2 AND held AND expires > clock_timestamp()";
        self.sign(sql).await
    }

    async fn sign(&mut self, sql: &'static str) -> Result<bool, Error> {
        let lease = milliseconds(self.server.options.lease);
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        let now = Instant::now();
        let is_held = self.execute(sql, &[&workspace, &run, &lease]).await? > 0;
        self.last_sign = now;
        Ok(is_held)
    }

    /// Writes what callers want in one transaction. If one of them is refused, each gets one of its own.
    pub(crate) async fn write(
        &mut self,
        jobs: &[Vec<Write>],
    ) -> Vec<Result<Vec<RowVersion>, StoreError>> {
        let together: Vec<&[Write]> = jobs.iter().map(Vec::as_slice).collect();
        match self.transaction(&together).await {
            Ok(versions) => versions.into_iter().map(Ok).collect(),
            Err(Refusal::Conflict(_)) if jobs.len() > 1 => {
                let mut outcomes = Vec::with_capacity(jobs.len());
                for job in jobs {
                    let outcome = self.transaction(&[job]).await;
                    let outcome = outcome.map(|mut versions| versions.pop().unwrap_or_default());
                    outcomes.push(outcome.map_err(|refusal| self.refused(&refusal)));
                }
                outcomes
            }
            Err(refusal) => vec![Err(self.refused(&refusal)); jobs.len()],
        }
    }

    pub(crate) fn refused(&self, refusal: &Refusal) -> StoreError {
        match refusal {
            Refusal::Conflict(what) => StoreError::Conflict(what.clone()),
            Refusal::Lost => StoreError::Lost,
            Refusal::Database(error) => self.fault("cannot write", error),
            Refusal::Unexpected(what) => problem(self.place(), "cannot read", *what),
            Refusal::Store(error) => error.clone(),
        }
    }

    /// Does something as a whole, or not at all.
    pub(crate) async fn in_transaction<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.client.batch_execute("BEGIN").await?;
        let done = work(self).await;
        if done.is_ok() {
            self.client.batch_execute("COMMIT").await?;
        } else if self.is_connected() {
            self.client.batch_execute("ROLLBACK").await?;
        }
        done
    }

    async fn transaction(&mut self, jobs: &[&[Write]]) -> Result<Vec<Vec<RowVersion>>, Refusal> {
        loop {
            let mut made = None;
            let written = self.in_transaction(async |this| {
                made = Some(this.within(jobs).await?);
                Ok(())
            });
            let refusal = match (written.await, made.take()) {
                (Ok(()), Some(made)) => return Ok(self.wrote(made)),
                (Err(Refusal::Database(error)), unanswered) if is_broken(&error) => {
                    let there = self.resume(error.into()).await?;
                    match unanswered {
                        Some(made) if there > self.writes => return Ok(self.wrote(made)),
                        _ => continue,
                    }
                }
                (Err(refusal), _) => refusal,
                (Ok(()), None) => Refusal::Lost,
            };
            return Err(refusal);
        }
    }

    fn wrote(&mut self, (versions, tally): Made) -> Vec<Vec<RowVersion>> {
        self.writes += 1;
        self.counted |= tally.is_change || tally.adopted;
        versions
    }

    async fn within(&mut self, jobs: &[&[Write]]) -> Result<Made, Refusal> {
        if !self.fence().await? {
            return Err(Refusal::Lost);
        }
        let needed = jobs.iter().map(|job| batch::versions(job)).sum();
        let mut numbers = self.versions(needed).await?.into_iter();
        let mut next = || numbers.next().unwrap_or_default();
        let writes = jobs.iter().flat_map(|job| job.iter());
        let steps = batch::steps(writes, &mut next);
        let mut puts = steps.iter().flat_map(|step| step.puts.iter().map(|(_, version)| *version));
        let given = jobs
            .iter()
            .map(|job| {
                let count = job.iter().filter(|write| matches!(write, Write::Put(_))).count();
                puts.by_ref()
                    .take(count)
                    .map(|version| RowVersion(version.unsigned_abs()))
                    .collect()
            })
            .collect();
        drop(puts);
        let mut tally = Tally::default();
        for step in &steps {
            self.step(step, &mut tally).await?;
        }
        self.account(&tally).await?;
        Ok((given, tally))
    }

    async fn versions(&mut self, count: usize) -> Result<Vec<i64>, Error> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let sql = "SELECT nextval('zw_version') FROM generate_series(1, $1::bigint)";
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let rows = self.query(sql, &[&count]).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    async fn step(&mut self, step: &Step<'_>, tally: &mut Tally) -> Result<(), Refusal> {
        if !step.begun.is_empty() {
            self.begin(&step.begun).await?;
        }
        if !step.settled.is_empty() {
            self.settle(&step.settled).await?;
        }
        if !step.puts.is_empty() {
            self.put(&step.puts, tally).await?;
        }
        if !step.removes.is_empty() {
            self.remove(&step.removes, tally).await?;
        }
        if !step.moves.is_empty() {
            self.rename(step, tally).await?;
        }
        if !step.put_outputs.is_empty() || !step.removed_outputs.is_empty() {
            self.outputs(step, tally).await?;
        }
        if let Some((lineage, serial)) = step.adopted {
            let sql = "UPDATE zw_workspace SET lineage = $2, serial = $3 WHERE id = $1";
            let workspace = self.begun.workspace;
            self.execute(sql, &[&workspace, &lineage, &signed(serial)]).await?;
            tally.adopted = true;
        }
        if let Some(took) = step.took {
            let sql = "UPDATE zw_run SET took = $3 WHERE workspace = $1 AND id = $2";
            let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
            // Numbers and names can always be written as JSON.
            let text = serde_json::to_string(took).unwrap_or_default();
            self.execute(sql, &[&workspace, &run, &text]).await?;
        }
        Ok(())
    }

    async fn put(
        &mut self,
        rows: &[(&ResourceRow, i64)],
        tally: &mut Tally,
    ) -> Result<(), Refusal> {
        let sql = "WITH new AS ( \
                SELECT * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], \
                    $9::boolean[], $10::boolean[], $11::boolean[], $12::text[], $13::text[], $14::text[], $15::text[]) \
                AS new (address, deposed, version, type, provider, schema_version, tainted, create_before_destroy, \
                    skip_destroy, dependencies, sensitive_paths, private, attributes)), \
            kept AS ( \
                INSERT INTO zw_history (workspace, id, run, address, deposed, version, type, provider, \
                    schema_version, tainted, create_before_destroy, skip_destroy, dependencies, sensitive_paths, \
                    private, attributes) \
                SELECT $1::integer, new.version, $2::bigint, new.address, new.deposed, o.version, o.type, o.provider, \
                    o.schema_version, o.tainted, o.create_before_destroy, o.skip_destroy, o.dependencies, \
                    o.sensitive_paths, o.private, o.attributes \
                FROM new LEFT JOIN zw_object o \
                    ON o.workspace = $1::integer AND o.address = new.address AND o.deposed = new.deposed \
                RETURNING version), \
            written AS ( \
                INSERT INTO zw_object (workspace, address, deposed, version, type, provider, schema_version, tainted, \
                    create_before_destroy, skip_destroy, dependencies, sensitive_paths, private, attributes) \
                SELECT $1::integer, new.* FROM new \
                ON CONFLICT (workspace, address, deposed) DO UPDATE SET \
                    version = excluded.version, type = excluded.type, provider = excluded.provider, \
                    schema_version = excluded.schema_version, tainted = excluded.tainted, \
                    create_before_destroy = excluded.create_before_destroy, skip_destroy = excluded.skip_destroy, \
                    dependencies = excluded.dependencies, sensitive_paths = excluded.sensitive_paths, \
                    private = excluded.private, attributes = excluded.attributes) \
            SELECT count(*) FILTER (WHERE version IS NULL), count(version) FROM kept";
        let (addresses, deposed) = columns(rows.iter().map(|(row, _)| &row.key));
        let versions: Vec<i64> = rows.iter().map(|(_, version)| *version).collect();
        let types: Vec<&str> = rows.iter().map(|(row, _)| &*row.type_name).collect();
        let providers: Vec<&str> = rows.iter().map(|(row, _)| &*row.provider).collect();
        let schemas: Vec<i64> = rows.iter().map(|(row, _)| i64::from(row.schema_version)).collect();
        let tainted: Vec<bool> =
            rows.iter().map(|(row, _)| row.status == ObjectStatus::Tainted).collect();
        let before: Vec<bool> =
            rows.iter().map(|(row, _)| row.ending.create_before_destroy).collect();
        let skipped: Vec<bool> = rows.iter().map(|(row, _)| row.ending.skip_destroy).collect();
        let dependencies: Vec<String> =
            rows.iter().map(|(row, _)| json(&row.dependencies)).collect();
        let paths: Vec<Option<&str>> =
            rows.iter().map(|(row, _)| row.sensitive_paths.as_deref()).collect();
        let private: Vec<Option<&str>> =
            rows.iter().map(|(row, _)| row.private.as_deref()).collect();
        let attributes: Vec<&str> = rows.iter().map(|(row, _)| &*row.attributes).collect();
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        let counts = self
            .query_one(
                sql,
                &[
                    &workspace,
                    &run,
                    &addresses,
                    &deposed,
                    &versions,
                    &types,
                    &providers,
                    &schemas,
                    &tainted,
                    &before,
                    &skipped,
                    &dependencies,
                    &paths,
                    &private,
                    &attributes,
                ],
            )
            .await?;
        tally.created += counts.try_get::<_, i64>(0)?;
        tally.changed += counts.try_get::<_, i64>(1)?;
        tally.is_change = true;
        Ok(())
    }

    async fn remove(&mut self, keys: &[(&RowKey, i64)], tally: &mut Tally) -> Result<(), Refusal> {
        let sql = "WITH gone AS ( \
                DELETE FROM zw_object o USING unnest($3::text[], $4::text[], $5::bigint[]) \
                    AS unwanted (address, deposed, at) \
                WHERE o.workspace = $1::integer AND o.address = unwanted.address AND o.deposed = unwanted.deposed \
                RETURNING unwanted.at, o.*), \
            kept AS ( \
                INSERT INTO zw_history (workspace, id, run, address, deposed, version, type, provider, \
                    schema_version, tainted, create_before_destroy, skip_destroy, dependencies, sensitive_paths, \
                    private, attributes) \
                SELECT workspace, at, $2::bigint, address, deposed, version, type, provider, schema_version, tainted, \
                    create_before_destroy, skip_destroy, dependencies, sensitive_paths, private, attributes \
                FROM gone) \
            SELECT count(*) FROM gone";
        let (addresses, deposed) = columns(keys.iter().map(|(key, _)| *key));
        let versions: Vec<i64> = keys.iter().map(|(_, version)| *version).collect();
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        let parameters: &Parameters<'_> = &[&workspace, &run, &addresses, &deposed, &versions];
        let count: i64 = self.query_one(sql, parameters).await?.try_get(0)?;
        tally.destroyed += count;
        tally.is_change |= count > 0;
        Ok(())
    }

    async fn rename(&mut self, step: &Step<'_>, tally: &mut Tally) -> Result<(), Refusal> {
        let moves = &step.moves;
        let (from, from_deposed) = columns(moves.iter().map(|one| one.from));
        let (to, to_deposed) = columns(moves.iter().map(|one| one.to));
        let find = "SELECT wanted.at, o.version IS NOT NULL, t.version IS NOT NULL \
            FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY \
                AS wanted (address, deposed, to_address, to_deposed, at) \
            LEFT JOIN zw_object o ON o.workspace = $1::integer AND o.address = wanted.address \
                AND o.deposed = wanted.deposed \
            LEFT JOIN zw_object t ON t.workspace = $1::integer AND t.address = wanted.to_address \
                AND t.deposed = wanted.to_deposed \
            WHERE o.version IS NULL OR t.version IS NOT NULL ORDER BY wanted.at LIMIT 1";
        let workspace = self.begun.workspace;
        let parameters: &Parameters<'_> = &[&workspace, &from, &from_deposed, &to, &to_deposed];
        if let Some(row) = self.query(find, parameters).await?.first() {
            let at = usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or_default();
            let is_there: bool = row.try_get(1)?;
            let one = &moves[at];
            return Err(Refusal::Conflict(if is_there { one.to } else { one.from }.to_string()));
        }
        let sql = "WITH moved AS ( \
                SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[]) \
                AS moved (address, deposed, to_address, to_deposed, leaving, arriving)), \
            left_behind AS ( \
                INSERT INTO zw_history (workspace, id, run, address, deposed, version, type, provider, \
                    schema_version, tainted, create_before_destroy, skip_destroy, dependencies, sensitive_paths, \
                    private, attributes) \
                SELECT o.workspace, moved.leaving, $2::bigint, o.address, o.deposed, o.version, o.type, o.provider, \
                    o.schema_version, o.tainted, o.create_before_destroy, o.skip_destroy, o.dependencies, \
                    o.sensitive_paths, o.private, o.attributes \
                FROM moved JOIN zw_object o ON o.workspace = $1::integer AND o.address = moved.address \
                    AND o.deposed = moved.deposed), \
            arrived AS ( \
                INSERT INTO zw_history (workspace, id, run, address, deposed) \
                SELECT $1::integer, arriving, $2::bigint, to_address, to_deposed FROM moved) \
            UPDATE zw_object o SET address = moved.to_address, deposed = moved.to_deposed, version = moved.arriving \
            FROM moved WHERE o.workspace = $1::integer AND o.address = moved.address AND o.deposed = moved.deposed";
        let leaving: Vec<i64> = moves.iter().map(|one| one.left).collect();
        let arriving: Vec<i64> = moves.iter().map(|one| one.arrived).collect();
        let run = signed(self.begun.run.0);
        let parameters: &Parameters<'_> =
            &[&workspace, &run, &from, &from_deposed, &to, &to_deposed, &leaving, &arriving];
        self.execute(sql, parameters).await?;
        tally.is_change = true;
        Ok(())
    }

    async fn outputs(&mut self, step: &Step<'_>, tally: &mut Tally) -> Result<(), Refusal> {
        // What is written as it is leaves the state as it is.
        let put = "WITH new AS ( \
                SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::boolean[]) \
                AS new (name, value, type, sensitive)), \
            changed AS ( \
                SELECT new.*, o.value AS old_value, o.type AS old_type, o.sensitive AS old_sensitive FROM new \
                LEFT JOIN zw_output o ON o.workspace = $1::integer AND o.name = new.name \
                WHERE (o.value, o.type, o.sensitive) IS DISTINCT FROM (new.value, new.type, new.sensitive)), \
            kept AS ( \
                INSERT INTO zw_output_history (workspace, run, name, value, type, sensitive) \
                SELECT $1::integer, $2::bigint, name, old_value, old_type, old_sensitive FROM changed), \
            written AS ( \
                INSERT INTO zw_output (workspace, name, value, type, sensitive) \
                SELECT $1::integer, name, value, type, sensitive FROM changed \
                ON CONFLICT (workspace, name) DO UPDATE SET \
                    value = excluded.value, type = excluded.type, sensitive = excluded.sensitive) \
            SELECT count(*) FROM changed";
        let remove = "WITH gone AS ( \
                DELETE FROM zw_output WHERE workspace = $1::integer AND name = ANY ($3::text[]) RETURNING *), \
            kept AS ( \
                INSERT INTO zw_output_history (workspace, run, name, value, type, sensitive) \
                SELECT workspace, $2::bigint, name, value, type, sensitive FROM gone) \
            SELECT count(*) FROM gone";
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        let outputs = &step.put_outputs;
        let names: Vec<&str> = outputs.iter().map(|output| &*output.name).collect();
        let values: Vec<&str> = outputs.iter().map(|output| &*output.value).collect();
        let types: Vec<&str> = outputs.iter().map(|output| &*output.ty).collect();
        let sensitive: Vec<bool> = outputs.iter().map(|output| output.sensitive).collect();
        let parameters: &Parameters<'_> = &[&workspace, &run, &names, &values, &types, &sensitive];
        let mut count: i64 = 0;
        if !outputs.is_empty() {
            count += self.query_one(put, parameters).await?.try_get::<_, i64>(0)?;
        }
        if !step.removed_outputs.is_empty() {
            let parameters: &Parameters<'_> = &[&workspace, &run, &step.removed_outputs];
            count += self.query_one(remove, parameters).await?.try_get::<_, i64>(0)?;
        }
        tally.is_change |= count > 0;
        Ok(())
    }

    async fn begin(&mut self, intents: &[&Intent]) -> Result<(), Refusal> {
        let sql = "INSERT INTO zw_intent (workspace, token, run, kind, address, deposed, type, provider, \
                create_before_destroy, skip_destroy, dependencies, request) \
            SELECT $1::integer, new.* FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], \
                $7::text[], $8::text[], $9::boolean[], $10::boolean[], $11::text[], $12::text[]) AS new \
            ON CONFLICT (workspace, token) DO NOTHING RETURNING token";
        let (addresses, deposed) = columns(intents.iter().map(|intent| &intent.key));
        let tokens: Vec<&str> = intents.iter().map(|intent| &*intent.token).collect();
        let runs: Vec<i64> = intents.iter().map(|intent| signed(intent.run.0)).collect();
        let kinds: Vec<&str> = intents.iter().map(|intent| intent.kind.name()).collect();
        let types: Vec<&str> = intents.iter().map(|intent| &*intent.type_name).collect();
        let providers: Vec<&str> = intents.iter().map(|intent| &*intent.provider).collect();
        let before: Vec<bool> =
            intents.iter().map(|intent| intent.ending.create_before_destroy).collect();
        let skipped: Vec<bool> = intents.iter().map(|intent| intent.ending.skip_destroy).collect();
        let dependencies: Vec<String> =
            intents.iter().map(|intent| json(&intent.dependencies)).collect();
        let requests: Vec<&str> = intents.iter().map(|intent| &*intent.request).collect();
        let workspace = self.begun.workspace;
        let parameters: &Parameters<'_> = &[
            &workspace,
            &tokens,
            &runs,
            &kinds,
            &addresses,
            &deposed,
            &types,
            &providers,
            &before,
            &skipped,
            &dependencies,
            &requests,
        ];
        let added = self.query(sql, parameters).await?;
        all_there(&tokens, &added)
    }

    async fn settle(&mut self, tokens: &[&str]) -> Result<(), Refusal> {
        let sql = "DELETE FROM zw_intent WHERE workspace = $1 AND token = ANY ($2) RETURNING token";
        let workspace = self.begun.workspace;
        let removed = self.query(sql, &[&workspace, &tokens]).await?;
        all_there(tokens, &removed)
    }

    async fn account(&mut self, tally: &Tally) -> Result<(), Refusal> {
        if !tally.is_change {
            return Ok(());
        }
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        if !self.counted && !tally.adopted {
            let sql = "UPDATE zw_workspace SET serial = serial + 1 WHERE id = $1";
            self.execute(sql, &[&workspace]).await?;
        }
        let sql = "UPDATE zw_run SET created = created + $3, changed = changed + $4, destroyed = destroyed + $5 \
                   WHERE workspace = $1 AND id = $2";
        let Tally { created, changed, destroyed, .. } = tally;
        self.execute(sql, &[&workspace, &run, created, changed, destroyed]).await?;
        Ok(())
    }

    async fn statement(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        parameters: &Parameters<'_>,
    ) -> Result<u64, Error> {
        let statement = self.statement(sql).await?;
        self.client.execute(&statement, parameters).await
    }

    pub(crate) async fn query(
        &mut self,
        sql: &'static str,
        parameters: &Parameters<'_>,
    ) -> Result<Vec<Row>, Error> {
        let statement = self.statement(sql).await?;
        self.client.query(&statement, parameters).await
    }

    pub(crate) async fn query_one(
        &mut self,
        sql: &'static str,
        parameters: &Parameters<'_>,
    ) -> Result<Row, Error> {
        let statement = self.statement(sql).await?;
        self.client.query_one(&statement, parameters).await
    }
}

/// Refuses if an operation is not among those that a statement found.
fn all_there(tokens: &[&str], found: &[Row]) -> Result<(), Refusal> {
    if tokens.len() == found.len() {
        return Ok(());
    }
    let mut names = Vec::with_capacity(found.len());
    for row in found {
        names.push(row.try_get::<_, &str>(0)?);
    }
    names.sort_unstable();
    let missing = tokens.iter().find(|token| names.binary_search(token).is_err());
    Err(Refusal::Conflict(format!("operation {}", missing.copied().unwrap_or_default())))
}

fn columns<'a>(keys: impl Iterator<Item = &'a RowKey>) -> (Vec<&'a str>, Vec<&'a str>) {
    keys.map(|key| (&*key.address, deposed(key))).unzip()
}

/// Addresses as a JSON array.
fn json(addresses: &[std::sync::Arc<str>]) -> String {
    let texts = addresses.iter().map(|address| serde_json::Value::from(&**address));
    serde_json::Value::Array(texts.collect()).to_string()
}
