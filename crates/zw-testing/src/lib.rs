//! What tests of several crates stand on: emulators of clouds, a proxy that makes trouble before them, a server
//! to log into, a database, and a witness that is not ours.
//!
//! For tests only: it panics where a test would.

#![allow(clippy::missing_panics_doc, reason = "a test that cannot be set up has failed")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod browser;
mod caller;
mod emulator;
mod fault_proxy;
pub mod permissions;
#[cfg(unix)]
mod postgres;
mod server;
mod sshd;
mod storage;
mod terraform_http;

pub use browser::Browser;
pub use caller::{Caller, Said};
pub use emulator::{Emulator, Kind, python, workspace};
pub use fault_proxy::{FaultCounts, FaultProxy};
#[cfg(unix)]
pub use postgres::{Certified, Postgres};
pub use sshd::Sshd;
pub use storage::Azurite;
pub use terraform_http::TerraformHttp;
