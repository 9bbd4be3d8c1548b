//! What exists, as far as `zw` knows.
//!
//! A [`Store`] keeps one row per object of a resource instance, with outputs, runs, their history and the
//! journal of operations. This crate knows nothing of providers or configuration: objects are JSON text
//! by the type that the provider's schema gives them.

mod actor;
mod backend;
mod error;
mod lock;
mod model;
mod retention;
mod seal;
mod sqlite;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tfstate;
mod wish;

pub use actor::{Actor, Moment};
pub use backend::{Backend, DEFAULT_WORKSPACE};
pub use error::StoreError;
pub use model::{
    Ending, Holder, Intent, IntentKind, ObjectStatus, OutputRow, ResourceRow, RowKey, RowVersion,
    Run, RunId, RunKind, RunStatus, Snapshot, Took, Write,
};
pub use retention::{Retention, keeping};
pub use seal::{
    Key, KeyFile, KeySource, Passphrase, Recoder, Recoding, SEAL, SealScope, SealedStore, Sealing,
    is_sealed_file, open_file, seal_file,
};
pub use sqlite::SqliteStore;
pub use store::{OutputChange, Session, Store};
pub use tfstate::{Imported, TfstateError, from_tfstate, to_tfstate};
pub use wish::{Scope, Waiting, Wish};
