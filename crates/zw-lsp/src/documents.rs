//! What the editor has open, and the disk behind it.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_config::{Disk, Files, Syntax};

/// Open files by path.
#[derive(Debug, Default)]
pub(crate) struct Documents(HashMap<PathBuf, Arc<str>>);

impl Documents {
    pub(crate) fn set(&mut self, path: PathBuf, text: String) {
        self.0.insert(path, text.into());
    }

    pub(crate) fn close(&mut self, path: &Path) {
        self.0.remove(path);
    }

    /// The text of a file, as the editor or the disk has it.
    pub(crate) fn text(&self, path: &Path) -> Option<Arc<str>> {
        let open = self.0.get(path).cloned();
        open.or_else(|| Some(std::fs::read_to_string(path).ok()?.into()))
    }

    /// The files of configuration in a directory.
    pub(crate) fn of_module(&self, dir: &Path) -> Vec<PathBuf> {
        let names = self.list(dir).unwrap_or_default();
        let mut paths: Vec<PathBuf> = names
            .into_iter()
            .map(|name| dir.join(name))
            .filter(|path| Syntax::of_path(path).is_some())
            .collect();
        paths.sort();
        paths
    }
}

impl Files for Documents {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Disk.read(path),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let on_disk = Disk.list(dir).unwrap_or_default();
        let mut names: BTreeSet<String> = on_disk.into_iter().collect();
        let open = self.0.keys().filter(|path| path.parent() == Some(dir));
        names.extend(open.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())));
        Ok(names.into_iter().collect())
    }
}
