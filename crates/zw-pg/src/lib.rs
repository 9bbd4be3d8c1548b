//! States in PostgreSQL, for teams.
//!
//! Each workspace is a row of `zw_workspace`, and everything else refers to it. Runs of one workspace go on at once as long
//! as their scopes do not meet: a run takes leases on all that it means to write and to rely on in one
//! transaction, under a lock of the row of its workspace, so that no two can wait for one another. Its leases last
//! as long as it gives signs of life; heartbeats and writes are such. Each transaction that writes begins by finding
//! its own run still held, by the server's clock, and locks that row: a run whose time has run out writes
//! nothing, and one that is just writing cannot be declared dead.
//!
//! A session has a thread and a connection of its own: a busy program goes on giving signs of life, and when the
//! connection is gone others need not wait until its leases have run out. As long as nobody has taken them away,
//! another connection takes them over (`resume.rs`). So what pools connections in between must give each session its
//! own.

mod backend;
mod batch;
mod begin;
mod connect;
mod ending;
mod fault;
mod options;
mod read;
mod recode;
mod resume;
mod schema;
mod session;
mod store;
mod tls;
mod writer;

pub use backend::PgBackend;
pub use options::PgOptions;
