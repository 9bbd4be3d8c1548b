//! The files of a directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use zw_config::testing::TestFile;
use zw_engine::Stop;
use zw_lang::{Diagnostic, Diagnostics, SourceMap};

use crate::file::{self, Means};
use crate::project::Project;
use crate::report::{FileReport, Report, Shown, Watcher};

/// The directory of tests of a module.
pub const DIRECTORY: &str = "tests";

/// What names of test files end with.
const ENDINGS: [&str; 3] = [".tftest.hcl", ".tofutest.hcl", ".tftest.json"];

/// A file of tests, as it was read.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub file: TestFile,
    /// What its places point into.
    pub sources: SourceMap,
}

/// Reads the test files of the module in `root`: those beside it, and those in its directory of tests.
///
/// # Errors
/// If something cannot be read, or is not valid.
pub fn find(root: &Path, directory: &Path, only: &[PathBuf]) -> Result<Vec<Found>, Shown> {
    let mut sources = SourceMap::default();
    let mut problems = Diagnostics::new();
    let mut files = Vec::new();
    for path in paths(root, directory).map_err(|problem| alone(problem.into()))? {
        if !only.is_empty() && !only.iter().any(|one| normal(one) == normal(&path)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let detail = format!("{} cannot be read: {error}.", path.display());
            alone(Diagnostic::error("Failed to read file", detail).into())
        })?;
        let mut own = SourceMap::default();
        let (file, _) = TestFile::read(&path, &text, &mut own);
        // Once more for messages about several files.
        problems.extend(TestFile::read(&path, &text, &mut sources).1);
        files.push(Found { file, sources: own });
    }
    for wanted in only {
        if !files.iter().any(|found| normal(&found.file.text.path) == normal(wanted)) {
            let detail = format!("There is no test file {}.", wanted.display());
            problems.push(Diagnostic::error("Unknown test file", detail));
        }
    }
    if problems.has_errors() {
        return Err(Shown { diagnostics: problems, sources: Arc::new(sources) });
    }
    Ok(files)
}

fn alone(diagnostics: Diagnostics) -> Shown {
    Shown { diagnostics, sources: Arc::default() }
}

fn normal(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != std::path::Component::CurDir).collect()
}

fn paths(root: &Path, directory: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut paths = Vec::new();
    for dir in [root.to_owned(), root.join(directory)] {
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                let detail = format!("{} cannot be read: {error}.", dir.display());
                return Err(Diagnostic::error("Unreadable directory of tests", detail));
            }
        };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                paths.push(normal(&entry.path()));
            }
        }
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// Runs files at the same time, and those of their runs that may be; so many runs at once.
pub async fn run(
    files: Vec<Found>,
    project: Arc<dyn Project>,
    watcher: Arc<dyn Watcher>,
    stop: Stop,
    parallelism: usize,
) -> Report {
    let permits = Arc::new(Semaphore::new(parallelism.max(1)));
    let means = Means { project, watcher, stop, permits };
    let mut tasks = JoinSet::new();
    for (at, Found { file, sources }) in files.into_iter().enumerate() {
        let means = means.clone();
        tasks.spawn(async move { (at, file::run(&means, file, sources).await) });
    }
    let mut reports: Vec<(usize, FileReport)> = Vec::new();
    while let Some(done) = tasks.join_next().await {
        reports.extend(file::joined(done));
    }
    reports.sort_by_key(|(at, _)| *at);
    Report { files: reports.into_iter().map(|(_, report)| report).collect() }
}
