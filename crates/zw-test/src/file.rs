//! The runs of one file: in which order they are made, and what is left of them.

mod order;
mod run;
mod setting;

use std::sync::Arc;

use indexmap::IndexMap;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use zw_config::testing::TestFile;
use zw_engine::{Context, PlanMode, PlanOptions, Run, Stop};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Str, Value};
use zw_state::{Actor, SqliteStore, Store};

use crate::expected::has_errors;
use crate::project::Project;
use crate::report::{FileReport, Phase, RunReport, Shown, Status, Watcher};
use run::Ran;
use setting::Setting;

/// Outputs of runs by name.
type Outputs = IndexMap<Str, Value>;

/// What files are run with.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) project: Arc<dyn Project>,
    pub(crate) watcher: Arc<dyn Watcher>,
    pub(crate) stop: Stop,
    /// One for each run that may be under way.
    pub(crate) permits: Arc<Semaphore>,
}

/// The runs of a file.
struct FileRunner<'a> {
    means: &'a Means,
    setting: Arc<Setting>,
    dir: tempfile::TempDir,
    states: IndexMap<String, State>,
    /// By run, how far it has come.
    progress: Vec<Progress>,
    /// By run.
    outputs: Vec<Option<Value>>,
    report: FileReport,
}

/// A state, and what it was last applied with.
struct State {
    store: Arc<SqliteStore>,
    last: Option<(Context, PlanOptions)>,
}

/// How far a run has come.
enum Progress {
    Waiting,
    UnderWay,
    Done(Box<(RunReport, Option<Run>)>),
    /// Done, and told of.
    Told,
}

impl Progress {
    const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Told)
    }
}

/// Makes the runs of a file, and destroys what they made.
pub(crate) async fn run(means: &Means, file: TestFile, sources: SourceMap) -> FileReport {
    let mut report = FileReport {
        path: file.text.path.clone(),
        runs: Vec::new(),
        status: Status::Pass,
        shown: Vec::new(),
        left: Vec::new(),
    };
    let dir = match tempfile::tempdir() {
        Ok(dir) => dir,
        Err(error) => {
            let summary = "There is no place for the state of a test";
            let problem = Diagnostic::error(summary, format!("{error}."));
            report.fail(Shown { diagnostics: problem.into(), sources: Arc::default() });
            return report;
        }
    };
    means.watcher.phase(&report, Phase::Starting);
    let (setting, problems) = {
        let _permit = means.permits.acquire().await;
        Setting::of(means, file, sources, dir.path())
    };
    if let Some(shown) = problems {
        report.fail(shown);
    }
    let runs = setting.file.runs.len();
    let mut runner = FileRunner {
        means,
        setting: Arc::new(setting),
        dir,
        states: IndexMap::new(),
        progress: (0..runs).map(|_| Progress::Waiting).collect(),
        outputs: vec![None; runs],
        report,
    };
    runner.all().await;
    runner.tear_down().await;
    means.watcher.done(&runner.report);
    runner.report
}

/// What a task answered. It is never cancelled; where it panicked, so does whoever waits for it.
pub(crate) fn joined<T>(answer: Result<T, JoinError>) -> Option<T> {
    match answer.map_err(JoinError::try_into_panic) {
        Ok(answer) => Some(answer),
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => None,
    }
}

impl FileRunner<'_> {
    /// Makes the runs, each as soon as those are done that it waits for.
    async fn all(&mut self) {
        let waits = order::waits(&self.setting.file, &self.setting.common());
        let mut tasks = JoinSet::new();
        loop {
            while let Some(at) = self.next(&waits) {
                if self.report.status == Status::Error || self.means.stop.is_wished() {
                    self.skip(at);
                } else {
                    self.start(at, &mut tasks);
                }
            }
            self.tell();
            let Some((at, ran)) = tasks.join_next().await.and_then(joined) else { break };
            self.finish(at, ran);
        }
    }

    /// The first run that waits for nothing any more.
    fn next(&self, waits: &[Vec<usize>]) -> Option<usize> {
        let is_ready = |at: &usize| {
            matches!(self.progress[*at], Progress::Waiting)
                && waits[*at].iter().all(|before| self.progress[*before].is_done())
        };
        (0..waits.len()).find(is_ready)
    }

    fn start(&mut self, at: usize, tasks: &mut JoinSet<(usize, Ran)>) {
        self.progress[at] = Progress::UnderWay;
        // Of those that may be under way beside it nothing is known, however fast they are.
        let before = self.setting.file.runs[..at].iter().zip(&self.outputs);
        let runs: Outputs = before
            .filter_map(|(run, outputs)| Some((run.name.clone(), outputs.clone()?)))
            .collect();
        let store = self.store(at);
        let (setting, permits) = (Arc::clone(&self.setting), Arc::clone(&self.means.permits));
        tasks.spawn(async move {
            // It is never closed.
            let _permit = permits.acquire_owned().await;
            (at, setting.run(&setting.file.runs[at], &runs, &store).await)
        });
    }

    /// The store of the state of a run.
    fn store(&mut self, at: usize) -> Arc<SqliteStore> {
        let count = self.states.len();
        let path = self.dir.path().join(format!("state-{count}.db"));
        let state = self.states.entry(order::state_key(&self.setting.file.runs[at]));
        let state = state.or_insert_with(|| State {
            store: Arc::new(SqliteStore::new(path, Actor::of_this_process())),
            last: None,
        });
        Arc::clone(&state.store)
    }

    fn finish(&mut self, at: usize, ran: Ran) {
        let declared = &self.setting.file.runs[at];
        if let Some(state) = self.states.get_mut(&order::state_key(declared))
            && let Some(applied) = ran.applied
        {
            state.last = Some(applied);
        }
        self.outputs[at] = ran.outputs;
        let report = RunReport {
            name: declared.name.to_string(),
            status: ran.status,
            shown: Shown { diagnostics: ran.found, sources: ran.sources },
            assertions: declared.asserts.len(),
            begun: ran.begun,
            elapsed: ran.elapsed,
        };
        self.report.status = self.report.status.max(ran.status);
        self.progress[at] = Progress::Done(Box::new((report, ran.result)));
    }

    fn skip(&mut self, at: usize) {
        let shown =
            Shown { diagnostics: Diagnostics::new(), sources: Arc::clone(&self.setting.sources) };
        let declared = &self.setting.file.runs[at];
        let report = RunReport {
            name: declared.name.to_string(),
            status: Status::Skip,
            shown,
            assertions: declared.asserts.len(),
            begun: None,
            elapsed: std::time::Duration::ZERO,
        };
        self.progress[at] = Progress::Done(Box::new((report, None)));
    }

    /// Tells of the runs that are done, in the order in which they are written.
    fn tell(&mut self) {
        while let Some(progress) = self.progress.get_mut(self.report.runs.len())
            && progress.is_done()
        {
            let at = self.report.runs.len();
            let Progress::Done(done) = std::mem::replace(progress, Progress::Told) else { break };
            let (run, result) = *done;
            let declared = &self.setting.file.runs[at];
            self.means.watcher.ran(&self.report, &run, declared, result.as_ref());
            self.report.runs.push(run);
        }
    }

    /// Destroys what runs made, the last first.
    async fn tear_down(&mut self) {
        let means = self.means;
        let _permit = means.permits.acquire().await;
        means.watcher.phase(&self.report, Phase::TearingDown);
        for (_, state) in std::mem::take(&mut self.states).into_iter().rev() {
            let Some((cx, options)) = state.last else { continue };
            let options = PlanOptions {
                mode: PlanMode::Destroy,
                targets: Vec::new(),
                replace: Vec::new(),
                refresh: true,
                ..options
            };
            let mut found = Diagnostics::new();
            match run::plan(&cx, &state.store, &options).await {
                Ok(mut run) => {
                    // Whatever happens, what was made is taken away.
                    let stop = Stop::default();
                    found.extend(run::apply(&cx, &state.store, &options, &mut run, &stop).await);
                }
                Err(problems) => found.extend(problems),
            }
            if has_errors(&found) {
                let sources = Arc::new(cx.config.sources.clone());
                self.report.fail(Shown { diagnostics: found, sources });
            }
            if let Ok(snapshot) = state.store.snapshot().await {
                self.report.left.extend(snapshot.resources.keys().map(ToString::to_string));
            }
        }
    }
}
