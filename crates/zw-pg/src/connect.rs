//! Connections.

use std::sync::Arc;

use tokio_postgres::Client;
use zw_state::StoreError;

use crate::fault::{fault, problem};
use crate::options::{PgOptions, Target};
use crate::schema;
use crate::tls;

/// Where states are, and how to get there.
pub(crate) struct Server {
    pub(crate) target: Target,
    pub(crate) options: PgOptions,
}

impl Server {
    pub(crate) fn place(&self) -> &str {
        &self.target.place
    }

    /// A connection that sees the schema. What is in it may be missing, or be of another format.
    pub(crate) async fn connect(&self) -> Result<Client, StoreError> {
        let failed = |error| fault(self.place(), "cannot reach", &error);
        let tls = tls::connector(&self.target);
        let tls = tls.map_err(|reason| problem(self.place(), "cannot reach", reason))?;
        let (client, connection) = self.target.config.connect(tls).await.map_err(failed)?;
        // It ends when the client is dropped; what goes wrong with it comes back from the client's calls.
        tokio::spawn(async move { drop(connection.await) });
        let lease_ms = self.options.lease.as_millis();
        let settings = format!(
            "SET search_path TO {schema}; SET client_min_messages TO warning; SET lock_timeout TO '60s'; \
             SET idle_in_transaction_session_timeout TO {lease_ms}",
            schema = schema::quoted(&self.options.schema)
        );
        client.batch_execute(&settings).await.map_err(failed)?;
        Ok(client)
    }

    /// A connection to read with; `None` if nothing was ever written.
    pub(crate) async fn reader(&self) -> Result<Option<Client>, StoreError> {
        let client = self.connect().await?;
        Ok(schema::is_there(self, &client).await?.then_some(client))
    }

    /// A connection to write with. What is missing is made, if it may be.
    pub(crate) async fn writer(&self) -> Result<Client, StoreError> {
        let client = self.connect().await?;
        schema::create(self, &client).await?;
        Ok(client)
    }
}

/// Shared by the backend, its stores and their sessions.
pub(crate) type SharedServer = Arc<Server>;
