//! Provisioners that work on a machine over SSH: `remote-exec` and `file`, with `connection` blocks.
//!
//! The protocol is `russh`'s. Files go over SFTP, which every common server offers.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/resources/provisioners/connection>

mod auth;
mod client;
mod connection;
mod file;
mod remote_exec;
mod upload;

use std::path::PathBuf;
use std::sync::Arc;

use zw_lang::Value;
use zw_provider::Provisioner;

use self::connection::Connection;

/// The provisioners by the name of their type.
pub fn provisioners() -> Vec<(&'static str, Arc<dyn Provisioner>)> {
    vec![
        ("file", Arc::new(file::File::new())),
        ("remote-exec", Arc::new(remote_exec::RemoteExec::new())),
    ]
}

/// The connection that a provisioner of this crate cannot do without.
fn reached(block: Option<&Value>) -> Result<Connection, String> {
    let missing = "Missing connection configuration for provisioner. Add a connection block to it, or to the resource.";
    Connection::read(block.ok_or(missing)?)
}

/// A path on this machine, in which `~` is the home directory.
fn local_path(path: &str) -> PathBuf {
    let home = path.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    home.unwrap_or_else(|| PathBuf::from(path))
}
