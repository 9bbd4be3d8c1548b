//! How the simulated cloud behaves.

use std::path::{Path, PathBuf};

/// How the simulated cloud behaves.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Whether every configuration of the provider is simulated, or only those with
    /// `simulate = true`.
    pub always: bool,
    /// The file that holds the objects.
    pub path: PathBuf,
    /// What ids, addresses and faults derive from.
    pub seed: u64,
}

impl SimOptions {
    /// The default behaviour, with the objects in a file `sim.db` of a directory.
    pub fn in_dir(dir: &Path) -> Self {
        Self { always: false, path: dir.join("sim.db"), seed: 0 }
    }
}
