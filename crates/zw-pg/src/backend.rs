//! States by workspace.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use zw_state::{Actor, Backend, DEFAULT_WORKSPACE, RunKind, Store, StoreError};

use crate::connect::{Server, SharedServer};
use crate::fault::fault;
use crate::options::{PgOptions, Target};
use crate::store::PgStore;

/// A schema of a PostgreSQL database that keeps states.
pub struct PgBackend {
    server: SharedServer,
    actor: Actor,
}

impl PgBackend {
    /// States of this place, changed by an actor. What the connection string leaves open is looked up in `env`.
    ///
    /// # Errors
    /// What is wrong with the options, in a sentence without any secret.
    pub fn new(
        options: PgOptions,
        env: &dyn Fn(&str) -> Option<String>,
        actor: Actor,
    ) -> Result<Self, String> {
        let target = Target::of(&options, env)?;
        Ok(Self { server: Arc::new(Server { target, options }), actor })
    }

    fn open(&self, workspace: &str) -> PgStore {
        PgStore::new(self.server.clone(), workspace, self.actor.clone())
    }
}

#[async_trait]
impl Backend for PgBackend {
    fn store(&self, workspace: &str) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(self.open(workspace)))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        let mut names = vec![DEFAULT_WORKSPACE.to_owned()];
        let Some(client) = self.server.reader().await? else { return Ok(names) };
        let failed = |error| fault(self.server.place(), "cannot read", &error);
        for row in client.query("SELECT name FROM zw_workspace", &[]).await.map_err(failed)? {
            names.push(row.try_get(0).map_err(failed)?);
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    async fn create(&self, workspace: &str) -> Result<(), StoreError> {
        let client = self.server.writer().await?;
        let sql = "INSERT INTO zw_workspace (name, lineage) VALUES ($1, '') ON CONFLICT (name) DO NOTHING";
        let made = client.execute(sql, &[&workspace]).await;
        made.map(drop).map_err(|error| fault(self.server.place(), "cannot write", &error))
    }

    async fn delete(&self, workspace: &str) -> Result<(), StoreError> {
        let session = self.open(workspace).begin(RunKind::Edit, Duration::ZERO).await?;
        let client = self.server.writer().await?;
        let deleted =
            client.execute("DELETE FROM zw_workspace WHERE name = $1", &[&workspace]).await;
        // Its run went with it.
        drop(session);
        deleted.map(drop).map_err(|error| fault(self.server.place(), "cannot write", &error))
    }
}
