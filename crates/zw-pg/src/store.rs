//! The state of a workspace.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio_postgres::Client;
use zw_state::{
    Actor, Holder, OutputChange, ResourceRow, RowKey, RowVersion, Run, RunId, Session, Snapshot,
    Store, StoreError, Wish,
};

use crate::begin::{holder, is_alive};
use crate::connect::SharedServer;
use crate::fault::{fault, problem};
use crate::read::{self, Read, Unread, signed};
use crate::session::PgSession;

/// A state in PostgreSQL. It need not exist.
pub(crate) struct PgStore {
    server: SharedServer,
    workspace: String,
    actor: Actor,
    /// A connection to read with, from one call to the next.
    reader: Mutex<Option<Client>>,
}

impl PgStore {
    pub(crate) fn new(server: SharedServer, workspace: &str, actor: Actor) -> Self {
        Self { server, workspace: workspace.to_owned(), actor, reader: Mutex::new(None) }
    }

    /// Reads in a transaction that sees one moment; `None` if nothing was ever written.
    async fn read<T, F>(
        &self,
        what: impl FnOnce(Arc<Client>) -> F + Send,
    ) -> Result<Option<T>, StoreError>
    where
        F: Future<Output = Read<T>> + Send,
        T: Send,
    {
        let mut kept = self.reader.lock().await;
        let client = match kept.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => match self.server.reader().await? {
                Some(client) => client,
                None => return Ok(None),
            },
        };
        let client = Arc::new(client);
        let outcome = async {
            client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            let found = what(client.clone()).await?;
            client.batch_execute("COMMIT").await?;
            Ok(found)
        };
        match outcome.await {
            Ok(found) => {
                // A connection on which something went wrong is not used again.
                *kept = Arc::into_inner(client);
                Ok(Some(found))
            }
            Err(error) => Err(self.unread(&error)),
        }
    }

    fn unread(&self, error: &Unread) -> StoreError {
        match error {
            Unread::Database(error) => fault(self.server.place(), "cannot read", error),
            Unread::Unexpected(what) => problem(self.server.place(), "cannot read", *what),
        }
    }
}

#[async_trait]
impl Store for PgStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let workspace = self.workspace.clone();
        let found =
            self.read(|client| async move { read::snapshot(&client, &workspace).await }).await?;
        Ok(found.unwrap_or_default())
    }

    async fn versions(&self, keys: &[RowKey]) -> Result<Vec<Option<RowVersion>>, StoreError> {
        let workspace = self.workspace.clone();
        let wanted = keys.to_vec();
        let found = self
            .read(|client| async move { read::versions(&client, &workspace, &wanted).await })
            .await?;
        Ok(found.unwrap_or_else(|| vec![None; keys.len()]))
    }

    async fn runs(&self, most: usize) -> Result<Vec<Run>, StoreError> {
        let workspace = self.workspace.clone();
        let found =
            self.read(|client| async move { read::runs(&client, &workspace, most).await }).await?;
        Ok(found.unwrap_or_default())
    }

    async fn changes(
        &self,
        run: RunId,
    ) -> Result<Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)>, StoreError> {
        let workspace = self.workspace.clone();
        let found = self
            .read(|client| async move { read::changes(&client, &workspace, run).await })
            .await?;
        Ok(found.unwrap_or_default())
    }

    async fn output_changes(&self, run: RunId) -> Result<Vec<OutputChange>, StoreError> {
        let workspace = self.workspace.clone();
        let found = self
            .read(|client| async move { read::output_changes(&client, &workspace, run).await })
            .await?;
        Ok(found.unwrap_or_default())
    }

    async fn begin_with(&self, wish: Wish) -> Result<Box<dyn Session>, StoreError> {
        let session = PgSession::begin(&self.server, &self.workspace, &self.actor, wish).await?;
        Ok(Box::new(session))
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn has_doubts(&self) -> Result<bool, StoreError> {
        let sql = concat!(
            "WITH living AS (SELECT r.id FROM zw_run r JOIN zw_workspace w ON w.id = r.workspace \
                 AND w.name = $1 WHERE ",
            is_alive!("r"),
            ") SELECT EXISTS (SELECT FROM zw_intent i JOIN zw_workspace w ON w.id = i.workspace AND w.name = $1 \
             WHERE i.run NOT IN (SELECT id FROM living) \
                 AND NOT EXISTS (SELECT FROM zw_lease l WHERE l.workspace = i.workspace AND l.part = i.address \
                     AND l.run IN (SELECT id FROM living)))"
        );
        let workspace = self.workspace.clone();
        let find = |client: Arc<Client>| async move {
            Ok(client.query_one(sql, &[&workspace]).await?.try_get(0)?)
        };
        Ok(self.read(find).await?.unwrap_or_default())
    }

    async fn break_lock(&self, run: Option<RunId>) -> Result<Vec<Holder>, StoreError> {
        let Some(client) = self.server.reader().await? else { return Ok(Vec::new()) };
        let sql = concat!(
            "WITH living AS (SELECT r.workspace, r.id FROM zw_run r WHERE ",
            is_alive!("r"),
            "), broken AS ( \
                 UPDATE zw_run r SET held = false FROM zw_workspace w \
                 WHERE w.name = $1 AND r.workspace = w.id AND r.held AND ($2 OR r.id = $3) \
                 RETURNING r.*), \
             taken AS ( \
                 DELETE FROM zw_lease l USING broken b WHERE l.workspace = b.workspace AND l.run = b.id \
                 RETURNING l.run, l.part) \
             SELECT b.person, b.host, b.pid, b.kind, b.started, b.id, b.everything, \
                 array_remove(array_agg(taken.part ORDER BY taken.part), NULL) \
             FROM broken b LEFT JOIN taken ON taken.run = b.id \
             WHERE (b.workspace, b.id) IN (SELECT workspace, id FROM living) \
             GROUP BY b.person, b.host, b.pid, b.kind, b.started, b.id, b.everything ORDER BY b.id"
        );
        let failed = |error| fault(self.server.place(), "cannot unlock", &error);
        let id = signed(run.unwrap_or_default().0);
        let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
            &[&self.workspace, &run.is_none(), &id];
        let rows = client.query(sql, parameters).await.map_err(failed)?;
        rows.iter().map(|row| holder(row).map_err(failed)).collect()
    }
}
