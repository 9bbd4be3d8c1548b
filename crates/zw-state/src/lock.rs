//! The exclusive right to change a file: an advisory lock of the operating system, which vanishes with
//! the process that holds it, however that dies.
//!
//! The lock is on a file of its own, which also says who holds it. That file stays when the lock is
//! given back: were it removed, somebody who waits on the removed file and somebody who makes a new one
//! would both believe that they hold the lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::actor::UNKNOWN;
use crate::error::StoreError;
use crate::model::Holder;

/// How often a lock is tried that somebody else holds.
const RETRY: Duration = Duration::from_millis(20);

/// How long somebody else is waited for in silence.
const NOTICE: Duration = Duration::from_millis(200);

/// How long to wait for a holder that has the lock but has not said who it is yet.
const INTRODUCTION: Duration = Duration::from_millis(60);

/// A lock that is held; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct FileLock {
    file: File,
}

impl FileLock {
    /// Takes a lock. Waits at most `wait` for somebody else, who is told to `waiting`, or until `given_up`.
    ///
    /// # Errors
    /// [`StoreError::Held`] if somebody else still holds it then.
    pub(crate) fn take(
        path: &Path,
        holder: &Holder,
        wait: Duration,
        waiting: impl Fn(&[Holder]),
        given_up: impl Fn() -> bool,
    ) -> Result<Self, StoreError> {
        let begun = Instant::now();
        let mut told = None;
        loop {
            if let Some(lock) = Self::try_take(path, holder)? {
                return Ok(lock);
            }
            let waited = begun.elapsed();
            if waited >= wait || given_up() {
                return Err(StoreError::Held(introduced(path)));
            }
            // Whoever waits a moment only is not worth a word.
            if waited >= NOTICE {
                let now = introduced(path);
                if told.as_ref() != Some(&now) && now.pid != 0 {
                    waiting(std::slice::from_ref(&now));
                    told = Some(now);
                }
            }
            std::thread::sleep(RETRY.min(wait.saturating_sub(waited)));
        }
    }

    fn try_take(path: &Path, holder: &Holder) -> Result<Option<Self>, StoreError> {
        let failed = |error: &std::io::Error| failure(path, error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        // Between opening and locking somebody may have put another file in its place, see `replace`.
        if !is_same_file(&file, path) {
            return Ok(None);
        }
        let mut lock = Self { file };
        lock.introduce(holder).map_err(|error| failed(&error))?;
        Ok(Some(lock))
    }

    fn introduce(&mut self, holder: &Holder) -> std::io::Result<()> {
        let text = serde_json::to_vec(holder)?;
        self.file.set_len(0)?;
        self.file.write_all(&text)
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Only a courtesy to those who look into the file; closing it is what gives the lock back.
        let _ = self.file.set_len(0);
    }
}

/// Who holds a lock, if anybody does.
pub(crate) fn holder(path: &Path) -> Result<Option<Holder>, StoreError> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failure(path, &error)),
        // Shared, so that asking does not keep anybody else from asking.
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(introduced(path))),
            Err(TryLockError::Error(error)) => Err(failure(path, &error)),
        },
    }
}

/// Puts a new file in the place of the one that is locked, so that the next who wants the lock gets it.
/// The old holder is not told: what the lock guards must have a fence.
pub(crate) fn replace(path: &Path) -> Result<(), StoreError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    File::create(&fresh)
        .and_then(|_| std::fs::rename(&fresh, path))
        .map_err(|error| failure(path, &error))
}

fn failure(path: &Path, error: &std::io::Error) -> StoreError {
    let reason = if error.kind() == ErrorKind::Unsupported {
        format!(
            "{error}. Keep the state on a local disk, or in a backend that is made to be shared"
        )
    } else {
        error.to_string()
    };
    StoreError::Io { context: format!("cannot lock {}", path.display()), reason }
}

/// The holder of a lock by its own words.
fn introduced(path: &Path) -> Holder {
    let begun = Instant::now();
    loop {
        let mut text = Vec::new();
        let read = File::open(path).and_then(|mut file| file.read_to_end(&mut text));
        if let Some(holder) = read.ok().and_then(|_| serde_json::from_slice(&text).ok()) {
            return holder;
        }
        if begun.elapsed() >= INTRODUCTION {
            let unknown = || UNKNOWN.to_owned();
            return Holder {
                who: unknown(),
                host: unknown(),
                pid: 0,
                what: unknown(),
                since: unknown(),
                run: None,
                parts: Vec::new(),
            };
        }
        std::thread::sleep(RETRY);
    }
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(a), Ok(b)) => a.dev() == b.dev() && a.ino() == b.ino(),
        _ => false,
    }
}

// Elsewhere there is no stable way to ask; the fence of the store decides.
#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(pid: u32) -> Holder {
        Holder {
            who: "ann".to_owned(),
            host: "laptop".to_owned(),
            pid,
            what: "apply".to_owned(),
            since: "2026-01-01T00:00:00Z".to_owned(),
            run: None,
            parts: Vec::new(),
        }
    }

    fn try_take(path: &Path, pid: u32) -> Result<FileLock, StoreError> {
        FileLock::take(path, &holder(pid), Duration::ZERO, |_| (), || false)
    }

    #[test]
    fn a_second_taker_is_told_who_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.lock");
        let lock = try_take(&path, 1).unwrap();
        assert_eq!(try_take(&path, 2).unwrap_err(), StoreError::Held(holder(1)));
        drop(lock);
        let _lock = try_take(&path, 2).unwrap();
        assert_eq!(try_take(&path, 3).unwrap_err(), StoreError::Held(holder(2)));
    }

    #[test]
    fn a_lock_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.lock");
        let lock = try_take(&path, 1).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(50));
                drop(lock);
            });
            FileLock::take(&path, &holder(2), Duration::from_secs(30), |_| (), || false).unwrap();
        });
    }

    #[test]
    fn waiting_ends_when_it_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.lock");
        let _lock = try_take(&path, 1).unwrap();
        let error = FileLock::take(&path, &holder(2), Duration::MAX, |_| (), || true).unwrap_err();
        assert_eq!(error, StoreError::Held(holder(1)));
    }

    #[test]
    fn a_lock_that_was_replaced_can_be_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.lock");
        assert_eq!(super::holder(&path), Ok(None));
        let old = try_take(&path, 1).unwrap();
        assert_eq!(super::holder(&path), Ok(Some(holder(1))));
        replace(&path).unwrap();
        let new = try_take(&path, 2).unwrap();
        drop(old);
        assert_eq!(try_take(&path, 3).unwrap_err(), StoreError::Held(holder(2)));
        drop(new);
        assert_eq!(super::holder(&path), Ok(None));
    }

    #[test]
    fn a_holder_that_does_not_say_who_it_is_is_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.lock");
        let file = File::create(&path).unwrap();
        file.lock().unwrap();
        match try_take(&path, 2) {
            Err(StoreError::Held(holder)) => assert_eq!(holder.who, UNKNOWN),
            other => panic!("{other:?}"),
        }
    }
}
