//! Where the text of a configuration comes from.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_lang::SourceMap;

/// Reads files and directories. Paths are relative to where the command was run, or absolute.
pub trait Files {
    /// The contents of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The names of the regular files in a directory, in any order.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            // A link to a file is a file.
            if entry.file_type()?.is_dir() || entry.path().is_dir() {
                continue;
            }
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// Files in memory: those of a configuration that was loaded before, or of a test.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    files: BTreeMap<PathBuf, Arc<str>>,
}

impl Snapshot {
    /// The files of a configuration, to load the same again.
    pub fn of(sources: &SourceMap) -> Self {
        sources.iter().map(|(_, source)| (source.path.clone(), Arc::clone(&source.text))).collect()
    }
}

impl<P: Into<PathBuf>, T: Into<Arc<str>>> FromIterator<(P, T)> for Snapshot {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.into(), text.into())).collect();
        Self { files }
    }
}

impl Files for Snapshot {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = self.files.get(path).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("there is no file {}", path.display()))
        })?;
        Ok(text.as_bytes().to_vec())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let names: Vec<String> = self
            .files
            .keys()
            .filter(|path| path.parent() == Some(dir))
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
            .collect();
        if names.is_empty() && !self.files.keys().any(|path| path.starts_with(dir)) {
            let message = format!("there is no directory {}", dir.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        Ok(names)
    }
}
