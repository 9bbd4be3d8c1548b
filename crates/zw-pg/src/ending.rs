//! The end of a run, and of those that nobody wants to know of any more.

use tokio_postgres::Error;
use zw_state::{Moment, Retention, RunStatus, StoreError};

use crate::read::signed;
use crate::resume::is_broken;
use crate::writer::{Parameters, Refusal, Writer};

impl Writer {
    /// Forgets runs that are beyond what is to be kept, with what they wrote. One that has operations in the journal
    /// or goes on is kept, and so is every run after it.
    pub(crate) async fn prune(&mut self, retention: Retention) -> Result<(), StoreError> {
        if retention == Retention::default() {
            return Ok(());
        }
        let sql = "WITH bound AS ( \
                SELECT least( \
                    greatest( \
                        coalesce((SELECT id FROM zw_run WHERE workspace = $1::integer \
                            ORDER BY id DESC LIMIT 1 OFFSET $3::bigint), 0), \
                        coalesce($4::bigint, 0)), \
                    (SELECT min(id) FROM zw_run WHERE workspace = $1::integer AND held), \
                    (SELECT min(run) FROM zw_intent WHERE workspace = $1::integer)) AS first \
                FROM zw_run WHERE workspace = $1::integer AND id = $2::bigint AND held \
                    AND expires > clock_timestamp()), \
            objects AS (DELETE FROM zw_history USING bound WHERE workspace = $1::integer AND run < bound.first), \
            outputs AS (DELETE FROM zw_output_history USING bound WHERE workspace = $1::integer AND run < bound.first), \
            runs AS (DELETE FROM zw_run USING bound WHERE workspace = $1::integer AND id < bound.first) \
            SELECT first FROM bound";
        let by_count = retention
            .runs
            .map_or(i64::MAX, |most| i64::try_from(most.get() - 1).unwrap_or(i64::MAX));
        let by_age = retention.oldest().map(|oldest| signed(oldest.0));
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        match self.query(sql, &[&workspace, &run, &by_count, &by_age]).await {
            Ok(rows) if rows.is_empty() => Err(StoreError::Lost),
            Ok(_) => Ok(()),
            Err(error) => Err(self.fault("cannot forget old runs in", &error)),
        }
    }

    /// Ends the run.
    pub(crate) async fn end(&mut self, status: RunStatus) -> Result<(), StoreError> {
        let now = Moment::now().rfc3339();
        let ended = match self.try_end(status, &now).await {
            Err(Refusal::Database(error)) if is_broken(&error) => {
                match self.resume(error.into()).await {
                    Ok(_) => self.try_end(status, &now).await,
                    // It may have ended, and the answer was lost.
                    Err(Refusal::Lost) if self.has_ended(&now).await => Ok(()),
                    Err(refusal) => Err(refusal),
                }
            }
            ended => ended,
        };
        ended.map_err(|refusal| self.refused(&refusal))
    }

    async fn try_end(&mut self, status: RunStatus, now: &str) -> Result<(), Refusal> {
        let sql = "WITH ended AS ( \
                UPDATE zw_run SET status = $3, ended = $4, held = false \
                WHERE workspace = $1 AND id = $2 AND held AND expires > clock_timestamp() RETURNING id), \
            given_back AS (DELETE FROM zw_lease WHERE workspace = $1 AND run = $2) \
            SELECT count(*) FROM ended";
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        let parameters: &Parameters<'_> = &[&workspace, &run, &status.name(), &now];
        let count: i64 = self.query_one(sql, parameters).await?.try_get(0)?;
        if count == 0 { Err(Refusal::Lost) } else { Ok(()) }
    }

    /// Whether the run ended at that moment, by its own word.
    async fn has_ended(&self, now: &str) -> bool {
        let sql = "SELECT FROM zw_run WHERE workspace = $1 AND id = $2 AND ended = $3";
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        let Ok(client) = self.server().connect().await else { return false };
        client.query_opt(sql, &[&workspace, &run, &now]).await.is_ok_and(|row| row.is_some())
    }

    /// Gives the right to write back, as after the death of the process.
    pub(crate) async fn let_go(&mut self) -> Result<(), Error> {
        let sql = "WITH given_back AS (DELETE FROM zw_lease WHERE workspace = $1 AND run = $2) \
            UPDATE zw_run SET held = false WHERE workspace = $1 AND id = $2";
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        self.execute(sql, &[&workspace, &run]).await.map(drop)
    }

    /// Takes back a run that nobody waits for any more.
    pub(crate) async fn abandon(&mut self) -> Result<(), Error> {
        let sql = "WITH given_back AS (DELETE FROM zw_lease WHERE workspace = $1 AND run = $2) \
            DELETE FROM zw_run WHERE workspace = $1 AND id = $2";
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        self.execute(sql, &[&workspace, &run]).await.map(drop)
    }
}
