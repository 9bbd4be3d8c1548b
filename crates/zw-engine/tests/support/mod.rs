//! What tests of the engine stand on: a configuration in a string, a cloud in memory, a state in a file.

#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod cloud;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloud::{TestProvider, World};
use zw_engine::{Action, ApplyReport, Context, PlanOptions, Registry, Run, Silent, Stop};
use zw_lang::{Diagnostics, Host};
use zw_state::{Actor, RunKind, Snapshot, SqliteStore, Store};

/// A directory with a state, and a cloud.
pub(crate) struct Bench {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) store: Arc<dyn Store>,
    registry: Arc<Registry>,
    pub(crate) dir: tempfile::TempDir,
}

/// A machine on which nothing ever changes.
pub(crate) struct Still;

impl Host for Still {
    fn read_file(&self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }
    fn file_exists(&self, path: &str) -> std::io::Result<bool> {
        Ok(Path::new(path).is_file())
    }
    fn fileset(&self, _: &str, _: &str) -> std::io::Result<Vec<String>> {
        Ok(Vec::new())
    }
    fn home_dir(&self) -> Option<String> {
        None
    }
    fn current_dir(&self) -> std::io::Result<String> {
        Ok("/".to_owned())
    }
    fn now(&self) -> Option<(i64, u32)> {
        Some((1_700_000_000, 0))
    }
    fn plan_time(&self) -> (i64, u32) {
        (1_700_000_000, 0)
    }
    fn random(&self, buffer: &mut [u8]) -> bool {
        buffer.fill(7);
        true
    }
}

impl Default for Bench {
    fn default() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = SqliteStore::new(dir.path().join("state.db"), Actor::of_this_process());
        let world: Arc<Mutex<World>> = Arc::default();
        let mut registry = Registry::default();
        registry.add(Arc::new(TestProvider::new(world.clone())));
        registry.add_provisioner("test-note", Arc::new(cloud::Note::new(world.clone())));
        Self { world, store: Arc::new(store), registry: Arc::new(registry), dir }
    }
}

impl Bench {
    /// A configuration of one file.
    pub(crate) fn context(&self, config: &str) -> Context {
        self.context_of(&[("main.tf", config)])
    }

    /// A configuration of several files.
    pub(crate) fn context_of(&self, files: &[(&str, &str)]) -> Context {
        let files: zw_config::Snapshot = files.iter().copied().collect();
        let (config, found) = zw_config::load(Path::new("."), &files, &mut zw_config::LocalSources);
        assert!(!found.has_errors(), "{found}");
        Context {
            config: Arc::new(config),
            providers: self.registry.clone(),
            host: Arc::new(Still),
            workspace: "default".into(),
        }
    }

    /// Starts again with an empty state.
    pub(crate) fn forget_state(&self) {
        for file in ["state.db", "state.db-wal", "state.db-shm"] {
            // Not all of them are always there.
            let _ = std::fs::remove_file(self.dir.path().join(file));
        }
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        self.store.snapshot().await.expect("the state can be read")
    }

    pub(crate) async fn plan_with(
        &self,
        cx: &Context,
        options: PlanOptions,
    ) -> Result<Run, Diagnostics> {
        zw_engine::plan(cx, self.snapshot().await, options, &Silent).await
    }

    pub(crate) async fn plan(&self, config: &str) -> Result<Run, Diagnostics> {
        self.plan_with(&self.context(config), PlanOptions::default()).await
    }

    pub(crate) async fn apply_run(&self, mut run: Run) -> ApplyReport {
        let session =
            self.store.begin(RunKind::Apply, Duration::ZERO).await.expect("nobody else is here");
        run.apply(session, &Silent, &Stop::default()).await
    }

    /// Plans and applies, which must work.
    pub(crate) async fn apply(&self, config: &str) -> ApplyReport {
        let run = self.plan(config).await.unwrap_or_else(|problems| panic!("{problems}"));
        let report = self.apply_run(run).await;
        assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
        report
    }

    /// What was done to the cloud since the last call.
    pub(crate) fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.world.lock().expect("no panic while locked").log)
    }

    /// Addresses in the state.
    pub(crate) async fn addresses(&self) -> Vec<String> {
        self.snapshot().await.resources.keys().map(ToString::to_string).collect()
    }
}

/// What a plan does, without what it leaves alone: `create test_thing.a`.
pub(crate) fn actions(run: &Run) -> Vec<String> {
    let changes = run.plan.changes.iter().filter(|change| change.action != Action::NoOp);
    changes.map(|change| format!("{:?} {}", change.action, change.address)).collect()
}
