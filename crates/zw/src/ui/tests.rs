//! What people and programs see of tests.

mod junit;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use zw_config::testing::TestRun;
use zw_engine::Run;
use zw_test::{FileReport, Found, Phase, Report, RunReport, Shown, Status, Watcher};

pub(crate) use junit::junit;

use super::json::{Message, Messages};
use super::{Ui, plan};

/// Tests as pages of text, as Terraform writes them. Files run at the same time and are shown in their order, the first
/// that is not done as it goes.
pub(crate) struct Pages {
    ui: Ui,
    verbose: bool,
    queue: Mutex<Queue>,
}

struct Queue {
    order: Vec<PathBuf>,
    /// The file that is being shown.
    at: usize,
    pieces: HashMap<PathBuf, (Vec<Piece>, bool)>,
}

enum Piece {
    Text(String),
    Problems(Shown),
}

impl Pages {
    pub(crate) fn new(ui: &Ui, files: &[Found], verbose: bool) -> Self {
        let order = files.iter().map(|found| found.file.text.path.clone()).collect();
        let queue = Queue { order, at: 0, pieces: HashMap::new() };
        Self { ui: ui.clone(), verbose, queue: Mutex::new(queue) }
    }

    fn add(&self, file: &Path, pieces: Vec<Piece>, is_done: bool) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = queue.pieces.entry(file.to_owned()).or_default();
        entry.0.extend(pieces);
        entry.1 |= is_done;
        while let Some(path) = queue.order.get(queue.at).cloned() {
            let entry = queue.pieces.entry(path).or_default();
            let is_done = entry.1;
            for piece in std::mem::take(&mut entry.0) {
                match piece {
                    Piece::Text(text) => self.ui.out.print(&text),
                    Piece::Problems(shown) => {
                        self.ui.diagnostics(&shown.diagnostics, &shown.sources);
                    }
                }
            }
            if !is_done {
                break;
            }
            queue.at += 1;
        }
    }
}

impl Watcher for Pages {
    fn phase(&self, file: &FileReport, phase: Phase) {
        let what = match phase {
            Phase::Starting => "in progress",
            Phase::TearingDown => "tearing down",
        };
        let line = format!("{}... {what}\n", file.path.display());
        self.add(&file.path, vec![Piece::Text(line)], false);
    }

    fn ran(&self, file: &FileReport, run: &RunReport, _: &TestRun, result: Option<&Run>) {
        let line = format!("  run {:?}... {}\n", run.name, word(run.status));
        let mut pieces = vec![Piece::Text(line)];
        if let Some(result) = result.filter(|_| self.verbose) {
            let mut text = Vec::new();
            let shown = plan::Shown::of(&result.plan, result);
            let stream = &self.ui.out;
            // Writing to memory cannot fail.
            let _ = plan::write(&mut text, &shown, stream.styles, stream.columns);
            pieces.push(Piece::Text(String::from_utf8_lossy(&text).into_owned()));
        }
        pieces.push(Piece::Problems(run.shown.clone()));
        self.add(&file.path, pieces, false);
    }

    fn done(&self, file: &FileReport) {
        let mut pieces: Vec<Piece> = file.shown.iter().cloned().map(Piece::Problems).collect();
        if !file.left.is_empty() {
            let left: Vec<String> =
                file.left.iter().map(|address| format!("  - {address}\n")).collect();
            pieces.push(Piece::Text(format!(
                "\nThe tests of {} could not destroy all that they made:\n{}\n",
                file.path.display(),
                left.concat()
            )));
        }
        let line = format!("{}... {}\n", file.path.display(), word(file.status));
        pieces.push(Piece::Text(line));
        self.add(&file.path, pieces, true);
    }
}

/// What could not be carried out has failed, too.
const fn word(status: Status) -> &'static str {
    match status {
        Status::Error => Status::Fail.word(),
        other => other.word(),
    }
}

/// The counts in a line, as Terraform has it.
pub(crate) fn summary(report: &Report) -> String {
    let passed = report.count(|status| status == Status::Pass);
    let failed = report.count(|status| status > Status::Pass);
    let skipped = report.count(|status| status == Status::Skip);
    let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    let begins = if report.status() > Status::Pass { "Failure!" } else { "Success!" };
    format!("{begins} {passed} passed, {failed} failed{skips}.")
}

/// Tests as Terraform's machine-readable messages.
pub(crate) struct Lines {
    ui: Ui,
}

impl Lines {
    pub(crate) fn new(ui: &Ui, files: &[Found]) -> Self {
        let runs: usize = files.iter().map(|found| found.file.runs.len()).sum();
        let names = |found: &Found| -> Vec<String> {
            found.file.runs.iter().map(|run| run.name.to_string()).collect()
        };
        let all: serde_json::Map<String, serde_json::Value> = files
            .iter()
            .map(|found| (found.file.text.path.display().to_string(), json!(names(found))))
            .collect();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let text = format!(
            "Found {} file{} and {runs} run block{}",
            files.len(),
            plural(files.len()),
            plural(runs)
        );
        let message = Message::new(text, "test_abstract").with("test_abstract", all);
        Messages::new(ui).send(&message);
        Self { ui: ui.clone() }
    }

    fn file(&self, file: &FileReport, what: &str, fields: serde_json::Value) {
        let path = file.path.display().to_string();
        let message = Message::new(format!("{path}... {what}"), "test_file")
            .with("@testfile", path)
            .with("test_file", fields);
        Messages::new(&self.ui).send(&message);
    }

    fn problems(&self, file: &FileReport, run: Option<&str>, shown: &Shown) {
        for problem in &shown.diagnostics {
            let mut message = Message::diagnostic(problem, &shown.sources)
                .with("@testfile", file.path.display().to_string());
            if let Some(run) = run {
                message = message.with("@testrun", run);
            }
            Messages::new(&self.ui).send(&message);
        }
    }
}

impl Watcher for Lines {
    fn phase(&self, file: &FileReport, phase: Phase) {
        let (what, progress) = match phase {
            Phase::Starting => ("in progress", "starting"),
            Phase::TearingDown => ("tearing down", "teardown"),
        };
        self.file(
            file,
            what,
            json!({"path": file.path.display().to_string(), "progress": progress}),
        );
    }

    fn ran(&self, file: &FileReport, run: &RunReport, _: &TestRun, _: Option<&Run>) {
        let path = file.path.display().to_string();
        let status = run.status.word();
        let message = Message::new(format!("  {:?}... {}", run.name, word(run.status)), "test_run")
            .with("@testfile", path.clone())
            .with("@testrun", run.name.clone())
            .with(
                "test_run",
                json!({"path": path, "run": run.name, "progress": "complete", "status": status}),
            );
        Messages::new(&self.ui).send(&message);
        self.problems(file, Some(&run.name), &run.shown);
    }

    fn done(&self, file: &FileReport) {
        for shown in &file.shown {
            self.problems(file, None, shown);
        }
        if !file.left.is_empty() {
            let resources: Vec<_> =
                file.left.iter().map(|address| json!({"instance": address})).collect();
            let message = Message::new("Some resources could not be destroyed.", "test_cleanup")
                .with("@testfile", file.path.display().to_string())
                .with("test_cleanup", json!({"failed_resources": resources}));
            Messages::new(&self.ui).send(&message);
        }
        let (path, status) = (file.path.display().to_string(), file.status.word());
        self.file(
            file,
            word(file.status),
            json!({"path": path, "progress": "complete", "status": status}),
        );
    }
}

/// The counts as a message.
pub(crate) fn summary_message(ui: &Ui, report: &Report) {
    let count = |wanted: Status| report.count(|status| status == wanted);
    let message = Message::new(summary(report), "test_summary").with(
        "test_summary",
        json!({
            "status": report.status().word(),
            "passed": count(Status::Pass),
            "failed": count(Status::Fail),
            "errored": count(Status::Error),
            "skipped": count(Status::Skip),
        }),
    );
    Messages::new(ui).send(&message);
}
