//! What tests of the store share.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use zw_pg::{PgBackend, PgOptions};
use zw_state::testing::Place;
use zw_state::{Actor, Backend, RunKind, Scope, Session, Store, StoreError, Wish};
use zw_testing::Postgres;

/// A schema of its own.
pub(crate) struct Schema {
    pub(crate) server: &'static Postgres,
    pub(crate) options: PgOptions,
}

impl Schema {
    pub(crate) fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Postgres::shared()?;
        let schema = format!("of test \"{}\"", NEXT.fetch_add(1, Ordering::Relaxed));
        let options = PgOptions { conn_str: server.conn_str(), schema, ..PgOptions::default() };
        Some(Self { server, options })
    }

    /// Its name as SQL has it.
    pub(crate) fn name(&self) -> String {
        format!("\"{}\"", self.options.schema.replace('"', "\"\""))
    }

    pub(crate) fn with_lease(mut self, lease: Duration) -> Self {
        self.options.lease = lease;
        self
    }

    pub(crate) fn backend(&self) -> PgBackend {
        PgBackend::new(self.options.clone(), &|_| None, Actor::of_this_process()).unwrap()
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.backend().store("default").unwrap()
    }
}

impl Place for Schema {
    fn open(&self) -> Arc<dyn Store> {
        self.store()
    }
}

pub(crate) fn wish(writes: &[&str], reads: &[&str], wait: Duration) -> Wish {
    let set = |parts: &[&str]| parts.iter().map(|part| Arc::from(*part)).collect::<BTreeSet<_>>();
    let scope = Scope::Parts { writes: set(writes), reads: set(reads) };
    Wish { scope, ..Wish::everything(RunKind::Apply, wait) }
}

pub(crate) async fn now(
    store: &dyn Store,
    writes: &[&str],
    reads: &[&str],
) -> Result<Box<dyn Session>, StoreError> {
    store.begin_with(wish(writes, reads, Duration::ZERO)).await
}

pub(crate) fn held(outcome: Result<Box<dyn Session>, StoreError>) -> Vec<String> {
    match outcome {
        Err(StoreError::Held(holder)) => holder.parts.iter().map(ToString::to_string).collect(),
        other => panic!("{:?}", other.map(|session| session.run())),
    }
}
