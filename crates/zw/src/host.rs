//! The machine that the command runs on, as functions of the language see it.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use zw_lang::Host;
use zw_lang::functions::{FileKind, FileTree, find_files};

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
        find_files(&Disk, dir, pattern)
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

/// The file system, as the patterns of `fileset` are matched against it.
struct Disk;

impl FileTree for Disk {
    fn names(&self, dir: &str) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(dir)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        let found = std::fs::metadata(path)?;
        Ok(if found.is_file() {
            FileKind::File
        } else if found.is_dir() {
            FileKind::Directory
        } else {
            FileKind::Other
        })
    }
}
