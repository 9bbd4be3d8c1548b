//! The backend `pg`: PostgreSQL.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/pg>

use std::path::Path;
use std::sync::Arc;

use zw_lang::Type;
use zw_pg::{PgBackend, PgOptions};
use zw_provider::schema::Attribute;
use zw_state::{Actor, Backend};

use super::Settings;

pub(crate) fn arguments() -> Vec<Attribute> {
    let flag = |name| Attribute::optional(name, Type::Bool);
    vec![
        Attribute::optional("conn_str", Type::String).sensitive().describe(
            "Where the database is; PG_CONN_STR, and what the variables PG* of PostgreSQL say.",
        ),
        Attribute::optional("schema_name", Type::String)
            .describe("The schema with the tables, terraform_remote_state if there is none."),
        flag("skip_schema_creation").describe("Do not make the schema."),
        flag("skip_table_creation")
            .describe("Do not make tables, nor bring them to a newer format."),
        flag("skip_index_creation").describe("Do not make indexes."),
        Attribute::optional("lease_timeout", Type::String).describe(
            "How long a run keeps its leases beyond its last sign of life, 30s if not given.",
        ),
    ]
}

pub(crate) fn open(settings: &Settings, _: &Path) -> Result<Arc<dyn Backend>, String> {
    let mut options = PgOptions::default();
    if let Some(conn_str) = settings.text_or_env("conn_str", &["PG_CONN_STR"]) {
        options.conn_str = conn_str;
    }
    if let Some(schema) = settings.text_or_env("schema_name", &["PG_SCHEMA_NAME"]) {
        options.schema = schema;
    }
    let skips = |name, variable| settings.flag_or_env(name, variable);
    options.creates_schema = !skips("skip_schema_creation", "PG_SKIP_SCHEMA_CREATION");
    options.creates_tables = !skips("skip_table_creation", "PG_SKIP_TABLE_CREATION");
    options.creates_indexes = !skips("skip_index_creation", "PG_SKIP_INDEX_CREATION");
    if let Some(text) = settings.text("lease_timeout") {
        let lease = zw_lang::duration::parse(text);
        options.lease = lease.map_err(|reason| format!("lease_timeout is {text:?}: {reason}."))?;
        if options.lease.as_millis() < LEASE_MS_MIN {
            return Err(format!("lease_timeout is {text:?}, and has to be a second at least."));
        }
    }
    let env = |name: &str| std::env::var(name).ok();
    let backend = PgBackend::new(options, &env, Actor::of_this_process())?;
    Ok(Arc::new(backend))
}

/// Shorter ones are lost by whoever is merely slow.
const LEASE_MS_MIN: u128 = 1_000;
