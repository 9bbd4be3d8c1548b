//! The lock file: which version, commit or archive each source was resolved to, and what was in it.
//!
//! It belongs into version control, so that everybody runs the same code.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use hcl_edit::structure::{Block, Body};

use crate::cache::Wanted;
use zw_config::version::{Version, version};

/// What the file is called, beside the root module.
pub(crate) const FILE: &str = ".zw.lock.hcl";

const HEADER: &str = "# This file is maintained automatically by \"zw init\".\n\
                      # Manual edits may be lost in future updates.\n";

/// What a source was resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locked {
    /// The package without a module's subdirectory.
    pub(crate) package: String,
    /// The constraints that were asked for, as they are shown.
    pub(crate) constraints: Option<String>,
    /// The version that a registry offered.
    pub(crate) version: Option<String>,
    /// The commit of a Git repository.
    pub(crate) commit: Option<String>,
    /// The directory that the registry named within what it gave.
    pub(crate) directory: Option<String>,
    /// The hash of what was in it.
    pub(crate) hash: String,
}

impl Locked {
    fn version(&self) -> Option<Version> {
        version(self.version.as_deref()?).ok()
    }
}

/// The contents of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) entries: Vec<Locked>,
}

impl Lock {
    /// Reads the file of a root module. There need not be one.
    ///
    /// # Errors
    /// What is wrong with it, in sentences.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|error| {
                format!(
                    "{} is not a lock file: {error}. Restore it from version control, or delete it and run \"zw \
                     init\".",
                    path.display()
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("{} cannot be read: {error}.", path.display())),
        }
    }

    /// The newest entry that a call can use.
    pub(crate) fn find(&self, wanted: &Wanted) -> Option<&Locked> {
        let entries = self.of_package(wanted).filter(|entry| {
            let version = entry.version();
            version.is_none_or(|version| wanted.constraints.allow(&version))
        });
        entries.max_by_key(|entry| entry.version())
    }

    /// The entry of a version.
    pub(crate) fn at_version(&self, wanted: &Wanted, version: &str) -> Option<&Locked> {
        self.of_package(wanted).find(|entry| entry.version.as_deref() == Some(version))
    }

    /// The versions that there are of what is asked for.
    pub(crate) fn other_versions(&self, wanted: &Wanted) -> Vec<&str> {
        self.of_package(wanted).filter_map(|entry| entry.version.as_deref()).collect()
    }

    fn of_package(&self, wanted: &Wanted) -> impl Iterator<Item = &Locked> {
        let package = wanted.source.package.to_string();
        self.entries.iter().filter(move |entry| entry.package == package)
    }

    /// Adds an entry, or what asks for it to the one that is there.
    pub(crate) fn add(&mut self, entry: Locked) {
        let is_same =
            |other: &&mut Locked| other.package == entry.package && other.version == entry.version;
        let Some(known) = self.entries.iter_mut().find(is_same) else {
            self.entries.push(entry);
            return;
        };
        let Some(more) = entry.constraints else { return };
        match &mut known.constraints {
            Some(constraints) if constraints.split(", ").any(|one| one == more) => {}
            Some(constraints) => {
                constraints.push_str(", ");
                constraints.push_str(&more);
            }
            none => *none = Some(more),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let body: Body =
            text.parse().map_err(|error: hcl_edit::parser::Error| error.to_string())?;
        let entries = body.blocks().map(entry).collect::<Result<_, String>>()?;
        Ok(Self { entries })
    }

    /// Writes it, unless it says so already. Without entries there is no file.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        if self.entries.is_empty() {
            return match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let text = self.text();
        if std::fs::read_to_string(path).is_ok_and(|known| known == text) {
            return Ok(());
        }
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(dir.unwrap_or(Path::new(".")))?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        readable_by_all(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn text(&self) -> String {
        let mut entries: Vec<&Locked> = self.entries.iter().collect();
        entries.sort_by_key(|entry| (&entry.package, entry.version()));
        let mut text = HEADER.to_owned();
        for entry in entries {
            let fields = [
                ("version", entry.version.as_ref()),
                ("constraints", entry.constraints.as_ref()),
                ("commit", entry.commit.as_ref()),
                ("directory", entry.directory.as_ref()),
                ("hash", Some(&entry.hash)),
            ];
            let fields: Vec<_> =
                fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\nmodule {} {{", zw_lang::quoted(&entry.package));
            for (name, value) in fields {
                let _ = writeln!(text, "  {name:width$} = {}", zw_lang::quoted(value));
            }
            text.push_str("}\n");
        }
        text
    }
}

/// A temporary file is its owner's only; this one is for everybody.
#[cfg(unix)]
fn readable_by_all(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

fn entry(block: &Block) -> Result<Locked, String> {
    let package = block.labels.first().map(|label| label.as_str().to_owned());
    let field = |name: &str| {
        let attribute = block.body.get_attribute(name)?;
        attribute.value.as_str().map(str::to_owned)
    };
    match (block.ident.as_str(), package, field("hash")) {
        ("module", Some(package), Some(hash)) => Ok(Locked {
            package,
            constraints: field("constraints"),
            version: field("version"),
            commit: field("commit"),
            directory: field("directory"),
            hash,
        }),
        _ => Err("a block in it is not a module with a hash".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let vpc = Locked {
            package: "registry.terraform.io/terraform-aws-modules/vpc/aws".to_owned(),
            constraints: Some("~> 5.0".to_owned()),
            version: Some("5.1.2".to_owned()),
            commit: Some("0123abcd".to_owned()),
            directory: None,
            hash: "h1:abc=".to_owned(),
        };
        let odd = Locked {
            package: "https://example.com/${x}\".zip".to_owned(),
            constraints: None,
            version: None,
            commit: None,
            ..vpc.clone()
        };
        let lock = Lock { entries: vec![odd, vpc] };
        let text = lock.text();
        assert_eq!(Lock::parse(&text).expect("well-formed"), lock);
        let mut sources = zw_lang::SourceMap::default();
        let source = sources.add(Path::new(FILE), &*text);
        let formatted = zw_lang::format(zw_lang::parse::Text::of_file(source, &text));
        assert_eq!(formatted.expect("well-formed"), text);
    }
}
