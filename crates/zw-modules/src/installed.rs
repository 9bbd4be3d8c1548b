//! Modules that `zw init` has brought here.

use std::path::Path;

use zw_config::model::ModuleCall;
use zw_config::{Resolved, SourceResolver};

use crate::cache::{Cache, Wanted};
use crate::lock::{FILE, Lock};

/// Finds modules where they were installed, and asks nobody.
pub struct Installed {
    cache: Cache,
    /// Read when the first call needs it: most configurations have none.
    lock: Option<Lock>,
    lock_path: std::path::PathBuf,
}

impl Installed {
    /// The modules of the project with the root module in `root`.
    pub fn new(root: &Path, data_dir: &Path) -> Self {
        Self { cache: Cache::within(data_dir), lock: None, lock_path: root.join(FILE) }
    }
}

impl SourceResolver for Installed {
    fn resolve(&mut self, call: &ModuleCall) -> Result<Resolved, String> {
        let wanted = Wanted::by(call)?;
        if let Some(resolved) = wanted.in_place() {
            return resolved;
        }
        let lock = match &mut self.lock {
            Some(lock) => lock,
            none => none.insert(Lock::read(&self.lock_path)?),
        };
        let Some(locked) = lock.find(&wanted) else {
            return Err(match lock.other_versions(&wanted).as_slice() {
                [] => NOT_INSTALLED.to_owned(),
                versions => format!(
                    "The constraint \"{}\" does not allow what {FILE} has, which is {}. Run \"zw init\" to \
                     choose a version that it allows.",
                    wanted.constraints,
                    versions.join(", ")
                ),
            });
        };
        if !self.cache.place(&wanted.source.package, locked).is_dir() {
            return Err(NOT_INSTALLED.to_owned());
        }
        self.cache.module(&wanted, locked)
    }
}

const NOT_INSTALLED: &str = "The module is not yet installed. Run \"zw init\" to install all modules required by \
                             this configuration.";
