//! What came of tests.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use zw_config::testing::TestRun;
use zw_engine::Run;
use zw_lang::{Diagnostics, SourceMap};

/// What came of a run, a file or everything. The worst of its parts is that of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It was not begun, because something before it went wrong.
    #[default]
    Skip,
    /// It is as it should be.
    Pass,
    /// An assertion does not hold, or what was expected to fail did not.
    Fail,
    /// It could not be carried out.
    Error,
}

impl Status {
    /// It in a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// What there is to say, with what it points into.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// What it points into.
    pub sources: Arc<SourceMap>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The name.
    pub name: String,
    /// What came of it.
    pub status: Status,
    /// What there is to say of it.
    pub shown: Shown,
    /// How many assertions it has.
    pub assertions: usize,
    /// When it was begun, since 1970-01-01 UTC, if it was.
    pub begun: Option<Duration>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// Its runs.
    pub runs: Vec<RunReport>,
    /// What came of them, and of the file itself.
    pub status: Status,
    /// What there is to say of the file, and of destroying what it made.
    pub shown: Vec<Shown>,
    /// What could not be destroyed, by address.
    pub left: Vec<String>,
}

impl FileReport {
    /// Notes what went wrong besides the runs.
    pub(crate) fn fail(&mut self, shown: Shown) {
        self.shown.push(shown);
        self.status = Status::Error;
    }
}

/// What came of everything.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By file, in their order.
    pub files: Vec<FileReport>,
}

impl Report {
    /// How many runs came out so.
    pub fn count(&self, is: impl Fn(Status) -> bool) -> usize {
        self.files.iter().flat_map(|file| &file.runs).filter(|run| is(run.status)).count()
    }

    /// What came of everything.
    pub fn status(&self) -> Status {
        self.files.iter().map(|file| file.status).max().unwrap_or_default()
    }
}

/// Where a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its runs begin.
    Starting,
    /// What it made is destroyed.
    TearingDown,
}

/// Told of what happens. Events of files that run at the same time are mixed.
pub trait Watcher: Send + Sync {
    /// A file has come so far.
    fn phase(&self, file: &FileReport, phase: Phase) {
        let _ = (file, phase);
    }

    /// A run is done: what it planned or applied, if it came so far.
    fn ran(&self, file: &FileReport, run: &RunReport, declared: &TestRun, result: Option<&Run>) {
        let _ = (file, run, declared, result);
    }

    /// A file is done.
    fn done(&self, file: &FileReport) {
        let _ = file;
    }
}
