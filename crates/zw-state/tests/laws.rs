//! The store in a file keeps the laws of every store.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::Arc;

use tempfile::TempDir;
use zw_state::testing::Place;
use zw_state::{Actor, SqliteStore, Store};

struct Directory(TempDir);

impl Directory {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Place for Directory {
    fn open(&self) -> Arc<dyn Store> {
        let path = self.0.path().join("nested/state.db");
        Arc::new(SqliteStore::new(path, Actor::of_this_process()))
    }
}

zw_state::store_laws!(Directory::new);
