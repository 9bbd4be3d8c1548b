//! The machine that the command runs on, as functions of the language see it.

use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use zw_lang::Host;

/// This machine.
pub(crate) struct Machine {
    started: (i64, u32),
}

impl Machine {
    /// This machine, from now on.
    pub(crate) fn new() -> Self {
        Self { started: clock() }
    }
}

/// Seconds and nanoseconds since 1970. A clock that is set before that reads as 1970.
fn clock() -> (i64, u32) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

impl Host for Machine {
    fn read_file(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn file_exists(&self, path: &str) -> io::Result<bool> {
        match std::fs::metadata(path) {
            Ok(found) if found.is_file() => Ok(true),
            Ok(_) => Err(io::Error::other(format!("{path} is not a regular file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn fileset(&self, dir: &str, pattern: &str) -> io::Result<Vec<String>> {
        // As in Terraform a star does not match a slash, and two stars do.
        let pattern = globset::GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(io::Error::other)?
            .compile_matcher();
        let mut found = Vec::new();
        collect_files(Path::new(dir), Path::new(""), &mut found)?;
        found.retain(|path| pattern.is_match(path));
        found.sort();
        Ok(found)
    }

    fn home_dir(&self) -> Option<String> {
        std::env::home_dir().map(|path| path.to_string_lossy().into_owned())
    }

    fn current_dir(&self) -> io::Result<String> {
        std::env::current_dir().map(|path| path.to_string_lossy().into_owned())
    }

    fn now(&self) -> Option<(i64, u32)> {
        Some(clock())
    }

    fn plan_time(&self) -> (i64, u32) {
        self.started
    }

    fn random(&self, buffer: &mut [u8]) -> bool {
        getrandom::fill(buffer).is_ok()
    }
}

/// Paths of regular files below `root/below`, relative to `root`, with slashes.
fn collect_files(root: &Path, below: &Path, found: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        // Links are followed, as Terraform does.
        let kind = std::fs::metadata(root.join(&path))?;
        if kind.is_dir() {
            collect_files(root, &path, found)?;
        } else if kind.is_file() {
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            found.push(parts.join("/"));
        }
    }
    Ok(())
}
