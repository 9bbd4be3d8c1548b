//! Brings the modules of a configuration here, and pins them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use zw_config::model::ModuleCall;
use zw_config::{Resolved, SourceResolver};

use crate::cache::{Cache, Wanted};
use crate::fetch::{Fetched, fetch};
use crate::hash;
use crate::http::Http;
use crate::lock::{FILE, Lock, Locked};
use crate::registry::Registries;
use crate::settings::Settings;
use crate::source::{Package, Source};

/// Installs what a configuration calls, while it is loaded.
pub struct Installer<'a> {
    cache: Cache,
    lock_path: PathBuf,
    /// What the lock file says. Nothing of it counts in an upgrade.
    known: Lock,
    /// What is used now.
    used: Lock,
    /// Places whose contents have been compared with their hash.
    verified: HashSet<PathBuf>,
    /// Whether everything that was asked for could be had.
    is_complete: bool,
    http: Http,
    registries: Registries,
    report: Box<dyn FnMut(&str) + 'a>,
}

impl<'a> Installer<'a> {
    /// An installer for the project with the root module in `root`. With `upgrade` the newest is taken that is
    /// allowed, whatever is pinned. Each step is reported in a line.
    ///
    /// # Errors
    /// If the lock file or the settings of the user cannot be read: why, in sentences.
    pub fn new(
        root: &Path,
        data_dir: &Path,
        upgrade: bool,
        report: impl FnMut(&str) + 'a,
    ) -> Result<Self, String> {
        let lock_path = root.join(FILE);
        let known = if upgrade { Lock::default() } else { Lock::read(&lock_path)? };
        Ok(Self {
            cache: Cache::within(data_dir),
            lock_path,
            known,
            used: Lock::default(),
            verified: HashSet::new(),
            is_complete: true,
            http: Http::new(),
            registries: Registries::new(Settings::of_this_user()?),
            report: Box::new(report),
        })
    }

    /// Writes the lock file: what is used, and nothing that is not, unless something could not be had.
    ///
    /// # Errors
    /// If it cannot be written: why, in a sentence.
    pub fn finish(mut self) -> Result<(), String> {
        if !self.is_complete {
            for entry in self.known.entries {
                self.used.add(entry);
            }
        }
        self.used
            .write(&self.lock_path)
            .map_err(|error| format!("{} cannot be written: {error}.", self.lock_path.display()))
    }

    fn install(&mut self, call: &ModuleCall) -> Result<Resolved, String> {
        let wanted = Wanted::by(call)?;
        if let Some(resolved) = wanted.in_place() {
            return resolved;
        }
        let mut locked = match self.known.find(&wanted).cloned() {
            Some(pinned) => self.as_pinned(call, &wanted, pinned)?,
            None => self.newest(call, &wanted)?,
        };
        locked.constraints.clone_from(&wanted.written);
        let resolved = self.cache.module(&wanted, &locked)?;
        (self.report)(&format!("- {} in {}", call.name, resolved.dir.display()));
        self.used.add(locked);
        Ok(resolved)
    }

    /// What the lock file pins, fetched if it is not here as it was.
    fn as_pinned(
        &mut self,
        call: &ModuleCall,
        wanted: &Wanted,
        pinned: Locked,
    ) -> Result<Locked, String> {
        let place = self.cache.place(&wanted.source.package, &pinned);
        if self.verified.contains(&place) {
            return Ok(pinned);
        }
        if place.is_dir() {
            if hash::of_directory(&place).is_ok_and(|hash| hash == pinned.hash) {
                self.verified.insert(place);
                return Ok(pinned);
            }
            // Somebody has changed it: what is pinned is what runs.
            let moved = std::fs::remove_dir_all(&place);
            moved.map_err(|error| format!("{} cannot be removed: {error}.", place.display()))?;
        }
        let found =
            self.fetch(call, wanted, pinned.version.as_deref(), pinned.commit.as_deref())?;
        if found.hash == pinned.hash {
            return Ok(pinned);
        }
        Err(format!(
            "It is not what {FILE} has pinned: its contents have the hash {}, and the pinned ones {}. Somebody has \
             changed what was published. If you trust the change, run \"zw init -upgrade\".",
            found.hash, pinned.hash
        ))
    }

    /// The newest that is allowed.
    fn newest(&mut self, call: &ModuleCall, wanted: &Wanted) -> Result<Locked, String> {
        let Package::Registry(module) = &wanted.source.package else {
            return match self.used.find(wanted) {
                Some(used) => Ok(used.clone()),
                None => self.fetch(call, wanted, None, None),
            };
        };
        let newest = self.registries.newest(&self.http, module, &wanted.constraints)?.to_string();
        match self.used.at_version(wanted, &newest) {
            Some(used) => Ok(used.clone()),
            None => self.fetch(call, wanted, Some(&newest), None),
        }
    }

    /// Fetches a package into its place.
    fn fetch(
        &mut self,
        call: &ModuleCall,
        wanted: &Wanted,
        version: Option<&str>,
        commit: Option<&str>,
    ) -> Result<Locked, String> {
        let package = &wanted.source.package;
        let shown_version = version.map(|version| format!(" {version}")).unwrap_or_default();
        (self.report)(&format!("Downloading {package}{shown_version} for {}...", call.name));
        let (source, token) = match (package, version) {
            (Package::Registry(module), Some(version)) => {
                let source = self.registries.location(&self.http, module, version)?;
                let token = self.registries.token_for_package(module, &source);
                (source, token)
            }
            _ => (Source { package: package.clone(), subdirectory: String::new() }, None),
        };
        let in_cache = |error: std::io::Error| {
            format!("{} cannot be written to: {error}.", self.cache.dir.display())
        };
        std::fs::create_dir_all(&self.cache.dir).map_err(in_cache)?;
        let temporary = tempfile::Builder::new()
            .prefix(".fetching-")
            .tempdir_in(&self.cache.dir)
            .map_err(in_cache)?;
        let dir = temporary.path().join("package");
        std::fs::create_dir(&dir).map_err(in_cache)?;
        let Fetched { commit, directory } =
            fetch(&self.http, &source, token.as_deref(), commit, &dir)?;
        let locked = Locked {
            package: package.to_string(),
            constraints: None,
            version: version.map(str::to_owned),
            commit,
            directory,
            hash: hash::of_directory(&dir).map_err(in_cache)?,
        };
        let place = self.cache.place(package, &locked);
        // Its name says what is in it: if there is one, it is the same, or was left unfinished by nobody.
        if !place.is_dir() {
            std::fs::rename(&dir, &place).map_err(in_cache)?;
        }
        self.verified.insert(place);
        Ok(locked)
    }
}

impl SourceResolver for Installer<'_> {
    fn resolve(&mut self, call: &ModuleCall) -> Result<Resolved, String> {
        let resolved = self.install(call);
        self.is_complete &= resolved.is_ok();
        resolved
    }
}
