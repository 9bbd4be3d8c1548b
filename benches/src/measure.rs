//! What a command takes.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4 as _;

/// What a command took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From start to end.
    pub wall: Duration,
    /// On all cores together, in the program and in the system for it.
    pub cpu: Duration,
    /// The most memory that was resident, in bytes.
    pub peak: u64,
}

/// Runs a command to its end. What it prints is thrown away, unless it fails.
///
/// # Errors
/// If it cannot be started or fails, with what it said.
pub fn run(program: &Path, args: &[&str], dir: &Path) -> io::Result<Cost> {
    let said = tempfile::NamedTempFile::new()?;
    let started = Instant::now();
    let child = Command::new(program)
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said.reopen()?)
        .spawn()?;
    let used = child.wait4()?;
    let wall = started.elapsed();
    if !used.status.success() {
        let said = std::fs::read_to_string(said.path()).unwrap_or_default();
        let program = program.display();
        return Err(io::Error::other(format!("{program} {args:?} failed: {said}")));
    }
    Ok(Cost { wall, cpu: used.rusage.utime + used.rusage.stime, peak: used.rusage.maxrss })
}

/// The size of the files whose names begin in a certain way, in a directory and below it.
///
/// # Errors
/// If it cannot be listed.
pub fn size_of(dir: &Path, name: &str) -> io::Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            total += size_of(&entry.path(), name)?;
        } else if entry.file_name().to_string_lossy().starts_with(name) {
            total += metadata.len();
        }
    }
    Ok(total)
}
