//! Where packages are kept, and what of them is asked for.

use std::path::{Path, PathBuf};

use zw_config::Resolved;
use zw_config::model::ModuleCall;

use crate::hash;
use crate::lock::Locked;
use crate::source::{Package, Source};
use zw_config::version::Constraints;

/// The directory of packages. Each is in one of its own, named after what is in it: so what is there is never
/// changed, and an older state of the lock file finds what it pinned.
pub(crate) struct Cache {
    pub(crate) dir: PathBuf,
}

impl Cache {
    /// The one in the data directory of a project.
    pub(crate) fn within(data_dir: &Path) -> Self {
        Self { dir: data_dir.join("modules") }
    }

    /// Where a package is kept.
    pub(crate) fn place(&self, package: &Package, locked: &Locked) -> PathBuf {
        let mut name = package.short_name();
        if let Some(version) = &locked.version {
            name.push('-');
            name.push_str(version);
        }
        let is_plain = |char: char| char.is_ascii_alphanumeric() || ".-_".contains(char);
        let name: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
        self.dir.join(format!("{name}-{}", hash::short(&locked.hash)))
    }

    /// The module of a package that a call means.
    pub(crate) fn module(&self, wanted: &Wanted, locked: &Locked) -> Result<Resolved, String> {
        let package = self.place(&wanted.source.package, locked);
        let base = locked.directory.as_deref().unwrap_or_default();
        resolved(package.clone(), &package.join(base), &wanted.source.subdirectory)
    }
}

/// A module in a directory of a package.
fn resolved(package: PathBuf, base: &Path, subdirectory: &str) -> Result<Resolved, String> {
    let dir = if subdirectory.is_empty() { base.to_owned() } else { base.join(subdirectory) };
    if dir.is_dir() {
        Ok(Resolved { dir, package })
    } else if subdirectory.is_empty() {
        Err(format!("There is no directory {}.", dir.display()))
    } else {
        Err(format!("The package has no directory {subdirectory:?}."))
    }
}

/// What a call asks for.
pub(crate) struct Wanted {
    pub(crate) source: Source,
    pub(crate) constraints: Constraints,
    /// The constraints as they are written.
    pub(crate) written: Option<String>,
}

impl Wanted {
    /// Reads `source` and `version` of a call.
    ///
    /// # Errors
    /// What is wrong with them, in sentences.
    pub(crate) fn by(call: &ModuleCall) -> Result<Self, String> {
        let source = Source::parse(&call.source)?;
        let Some((version, _)) = &call.version else {
            return Ok(Self { source, constraints: Constraints::default(), written: None });
        };
        if !matches!(source.package, Package::Registry(_)) {
            return Err("It has a \"version\" constraint, which only modules of a registry can have. For Git, name \
                        the version in the source: \"?ref=v1.2.0\"."
                .to_owned());
        }
        let constraints = Constraints::parse(version)?;
        Ok(Self { source, constraints, written: Some(version.trim().to_owned()) })
    }

    /// A directory on this machine is used where it is: it is neither kept nor pinned.
    pub(crate) fn in_place(&self) -> Option<Result<Resolved, String>> {
        let Package::Directory(dir) = &self.source.package else { return None };
        Some(resolved(dir.clone(), dir, &self.source.subdirectory))
    }
}
