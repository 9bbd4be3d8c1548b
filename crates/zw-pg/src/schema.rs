//! Making the tables, and bringing them to the format of today.

use tokio_postgres::Client;
use zw_state::StoreError;

use crate::connect::Server;
use crate::fault::{fault, problem};

/// What makes a format out of the one before it.
struct Migration {
    tables: &'static str,
    indexes: &'static str,
}

/// All formats, the first made out of nothing. One that was released never changes.
const MIGRATIONS: &[Migration] = &[
    Migration {
        tables: include_str!("migrations/1.sql"),
        indexes: include_str!("migrations/1.indexes.sql"),
    },
    Migration { tables: include_str!("migrations/2.sql"), indexes: "" },
    Migration { tables: include_str!("migrations/3.sql"), indexes: "" },
];

/// The format that this program writes.
const NEWEST: usize = MIGRATIONS.len();

/// One migrates at a time: the key of an advisory lock, `zwST`.
const LOCK: i64 = 0x7A77_5354;

/// A name as SQL has it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether there are tables of the newest format; older ones are brought to it.
pub(crate) async fn is_there(server: &Server, client: &Client) -> Result<bool, StoreError> {
    match format(server, client).await? {
        0 => Ok(false),
        found if found == NEWEST => Ok(true),
        _ => create(server, client).await.map(|()| true),
    }
}

/// Makes what is missing.
pub(crate) async fn create(server: &Server, client: &Client) -> Result<(), StoreError> {
    if format(server, client).await? == NEWEST {
        return Ok(());
    }
    if !server.options.creates_tables {
        return Err(problem(
            server.place(),
            "cannot create",
            "its tables are missing or old, and skip_table_creation says not to make them",
        ));
    }
    let failed = |error| fault(server.place(), "cannot create", &error);
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})");
    client.batch_execute(&lock).await.map_err(failed)?;
    let migrated = migrate(server, client).await;
    let end = if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" };
    client.batch_execute(end).await.map_err(failed)?;
    migrated
}

async fn migrate(server: &Server, client: &Client) -> Result<(), StoreError> {
    // Somebody else may have done it meanwhile.
    let found = format(server, client).await?;
    let failed = |error| fault(server.place(), "cannot create", &error);
    // Asking first needs no right to create schemas where there is one.
    let find = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    if server.options.creates_schema
        && client.query_opt(find, &[&server.options.schema]).await.map_err(failed)?.is_none()
    {
        let sql = format!("CREATE SCHEMA {}", quoted(&server.options.schema));
        client.batch_execute(&sql).await.map_err(failed)?;
    }
    if found == 0 {
        let sql =
            "CREATE TABLE zw_format (format integer NOT NULL); INSERT INTO zw_format VALUES (0)";
        client.batch_execute(sql).await.map_err(failed)?;
    }
    for migration in &MIGRATIONS[found..] {
        client.batch_execute(migration.tables).await.map_err(failed)?;
        if server.options.creates_indexes {
            client.batch_execute(migration.indexes).await.map_err(failed)?;
        }
    }
    let sql = format!("UPDATE zw_format SET format = {NEWEST}");
    client.batch_execute(&sql).await.map_err(failed)
}

/// The format of the tables; 0 if there are none.
async fn format(server: &Server, client: &Client) -> Result<usize, StoreError> {
    let failed = |error| fault(server.place(), "cannot read", &error);
    // The catalog is asked rather than a name resolved: what another connection has just made is not in the caches yet.
    let find = "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                WHERE n.nspname = $1 AND c.relname = 'zw_format'";
    if client.query_opt(find, &[&server.options.schema]).await.map_err(failed)?.is_none() {
        return Ok(0);
    }
    let found = client.query_one("SELECT format FROM zw_format", &[]).await.map_err(failed)?;
    let found = usize::try_from(found.get::<_, i32>(0)).unwrap_or(usize::MAX);
    if found > NEWEST {
        let number = |format: usize| u32::try_from(format).unwrap_or(u32::MAX);
        return Err(StoreError::Newer {
            path: server.place().into(),
            found: number(found),
            known: number(NEWEST),
        });
    }
    Ok(found)
}
