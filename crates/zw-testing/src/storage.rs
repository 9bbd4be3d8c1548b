//! An emulator of Azure's object store that nobody here wrote.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::emulator::workspace;
use crate::server::{Server, free_port};

/// Microsoft's emulator of Azure Storage, from npm; it stops when this is dropped.
#[derive(Debug)]
pub struct Azurite {
    /// The address of its account.
    pub endpoint: String,
    _server: Server,
    _files: TempDir,
}

impl Azurite {
    /// The account that there is.
    pub const ACCOUNT: &str = "devstoreaccount1";

    /// Its key, which is the same everywhere.
    /// <https://learn.microsoft.com/azure/storage/common/storage-use-azurite>
    pub const KEY: &str =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// Starts it with a container; `None`, and a word about it, if it is not installed.
    pub fn start(container: &str) -> Option<Self> {
        let modules = std::env::var_os("ZW_EMULATOR_NODE_MODULES")
            .map_or_else(|| workspace().join("target/emulators-node/node_modules"), PathBuf::from);
        let main = modules.join("azurite/dist/src/blob/main.js");
        if !main.exists() {
            println!(
                "skipped: azurite is not set up; `cargo xtask emulators` does that where there is npm"
            );
            return None;
        }
        let files = TempDir::new().expect("a directory for the emulator");
        let port = free_port();
        let mut command = Command::new("node");
        command
            .arg(workspace().join("tests/emulators/azurite.js"))
            .arg(main)
            .args([&port.to_string(), container, "--blobHost", "127.0.0.1"])
            .args([
                "--inMemoryPersistence",
                "--silent",
                "--skipApiVersionCheck",
                "--disableTelemetry",
            ])
            .current_dir(files.path());
        let server = Server::run("azurite", port, &mut command);
        assert!(server.says("ready"), "azurite has no container");
        let endpoint = format!("{}/{}", server.endpoint, Self::ACCOUNT);
        Some(Self { endpoint, _server: server, _files: files })
    }
}
