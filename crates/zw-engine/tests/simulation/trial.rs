//! A seed, from its first apply to its last.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use zw_engine::{ApplyReport, Context, Event, Observer, PlanMode, PlanOptions, Registry, Stop};
use zw_lang::Diagnostics;
use zw_state::{RunKind, RunStatus, Store};

use crate::chance::Chance;
use crate::cloud::{FarCloud, Setup};
use crate::fate::{Fate, Plan};
use crate::laws;
use crate::scenario::Estate;
use crate::store::MemoryStore;
use crate::support::Still;

/// How many applies something happens to before the one that has to make it good, at most.
const TROUBLED_MAX: usize = 3;
/// A process that is to die does so within as many points, or has done its work before.
const POINTS_MAX: usize = 80;

/// What happens to an apply at a seed.
pub(crate) struct Trial {
    name: String,
    chance: Chance,
    fate: Fate,
    store: MemoryStore,
    cloud: Arc<FarCloud>,
    providers: Arc<Registry>,
    /// The only thing that happens, if it is not left to chance: in which apply the process dies, and at which point.
    dies_at: Option<(usize, usize)>,
    report: Report,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    pub(crate) applies: u64,
    pub(crate) crashes: u64,
    /// Applies that somebody asked to stop.
    stopped: u64,
    /// Applies with operations that failed.
    failed: u64,
    /// Operations in doubt that were settled.
    settled: u64,
    /// Of those, creations that had taken place.
    adopted: u64,
}

/// How an apply ended.
enum Ended {
    Died,
    Refused(Diagnostics),
    Done(ApplyReport),
}

impl Trial {
    pub(crate) fn of_seed(seed: u64) -> Self {
        let is_loud = std::env::var_os("ZW_SEED").is_some();
        Self::new(format!("ZW_SEED={seed}"), seed, is_loud, None)
    }

    /// A life of an estate, of which one apply dies at a point, and to which nothing else happens.
    pub(crate) fn crashing_at(apply: usize, point: usize) -> Self {
        let name = format!("a crash at point {point} of apply {apply}");
        Self::new(name, 0, false, Some((apply, point)))
    }

    fn new(name: String, seed: u64, is_loud: bool, dies_at: Option<(usize, usize)>) -> Self {
        let mut chance = Chance::new(seed);
        let fate = Fate::new(Chance::new(chance.next()), is_loud);
        let cloud = Arc::new(FarCloud::new(fate.clone()));
        let mut providers = Registry::default();
        providers.add(cloud.clone());
        let setup = Setup::new(fate.clone(), cloud.watch.clone());
        providers.add_provisioner("setup", Arc::new(setup));
        let store = MemoryStore::new(fate.clone());
        let providers = Arc::new(providers);
        Self { name, chance, fate, store, cloud, providers, dies_at, report: Report::default() }
    }

    /// Runs it; panics with the name of the trial if a law is broken.
    pub(crate) fn run(mut self) -> Report {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime without a driver");
        let estates = match self.dies_at {
            Some(_) => Estate::life(),
            None => Estate::sequence(&mut self.chance),
        };
        runtime.block_on(async {
            let mut before = Estate::default();
            for (step, estate) in estates.into_iter().enumerate() {
                self.reach(step, &before, &estate).await;
                before = estate;
            }
        });
        self.report
    }

    /// From one estate to the next, with trouble on the way.
    async fn reach(&mut self, step: usize, before: &Estate, estate: &Estate) {
        self.fate.say(|| format!("--- to be:\n{}", estate.config()));
        let options = PlanOptions {
            mode: if estate.0.is_empty() { PlanMode::Destroy } else { PlanMode::Normal },
            parallelism: self.chance.one_of(&[1, 2, 64]),
            ..PlanOptions::default()
        };
        let config = if estate.0.is_empty() { before.config() } else { estate.config() };
        let context = self.context(&config);
        self.leave_last(before, estate);
        if let Some((apply, point)) = self.dies_at {
            if apply == step {
                let plan = Plan { dies_at: Some(point), ..Plan::default() };
                self.apply(&context, &options, plan, before, estate).await;
            }
        } else {
            for _ in 0..self.chance.below(TROUBLED_MAX + 1) {
                self.cloud.trouble(true);
                let plan = self.trouble();
                self.apply(&context, &options, plan, before, estate).await;
            }
        }
        self.cloud.trouble(false);
        let ended = self.apply(&context, &options, Plan::default(), before, estate).await;
        match ended {
            Ended::Done(report) if !report.diagnostics.has_errors() => {}
            Ended::Done(report) => self.fail(&report.diagnostics.to_string()),
            Ended::Refused(problems) => self.fail(&problems.to_string()),
            Ended::Died => self.fail("it died, and was not to"),
        }
        // What is on its way from a process that died is there by then, or lost.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let watch = self.cloud.watch.clone();
        let watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
        let (cloud, state) = (self.cloud.objects(), self.store.contents());
        self.hold(&laws::all_is_as_configured(&cloud, &state, estate, &watch));
    }

    fn trouble(&mut self) -> Plan {
        let mut at = || Some(self.chance.below(POINTS_MAX));
        let (dies_at, stops_at) = (at(), at());
        Plan {
            is_troubled: true,
            dies_at: dies_at.filter(|_| !self.chance.one_in(3)),
            stops_at: stops_at.filter(|_| self.chance.one_in(4)),
        }
    }

    /// What is to go may go only after those that refer to it, if they go, too.
    fn leave_last(&self, before: &Estate, estate: &Estate) {
        let goes = |name: &String| !estate.0.contains_key(name);
        let users = |name: &String| {
            let users =
                before.0.iter().filter(|(user, thing)| goes(user) && thing.links.contains(name));
            users.map(|(user, _)| user.clone()).collect()
        };
        let last =
            before.0.keys().filter(|name| goes(name)).map(|name| (name.clone(), users(name)));
        let mut watch = self.cloud.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.leave_last = last.collect();
    }

    fn context(&self, config: &str) -> Context {
        let files: zw_config::Snapshot = [("main.tf", config)].into_iter().collect();
        let (config, found) = zw_config::load(Path::new("."), &files, &mut zw_config::LocalSources);
        assert!(!found.has_errors(), "{}: {found}", self.name);
        Context {
            config: Arc::new(config),
            providers: self.providers.clone(),
            host: Arc::new(Still),
            workspace: "default".into(),
        }
    }

    /// One process, from its beginning to its end.
    async fn apply(
        &mut self,
        context: &Context,
        options: &PlanOptions,
        plan: Plan,
        before: &Estate,
        estate: &Estate,
    ) -> Ended {
        let (_, stop) = self.fate.begin(plan);
        self.fate.say(|| format!("begins, {plan:?}, parallelism {}", options.parallelism));
        let seen = Seen::default();
        let ended = {
            let process = one_process(context, options, &self.store, &seen, &stop);
            tokio::select! {
                biased;
                () = self.fate.death() => Ended::Died,
                ended = process => ended,
            }
        };
        self.report.applies += 1;
        let counts = seen.counts();
        self.report.settled += counts.settled;
        self.report.adopted += counts.adopted;
        match &ended {
            Ended::Died => self.report.crashes += 1,
            Ended::Refused(problems) => self.fate.say(|| format!("is refused: {problems}")),
            Ended::Done(report) => {
                self.fate.say(|| format!("ends: {}", report.diagnostics));
                self.report.stopped += u64::from(report.stopped);
                self.report.failed += u64::from(!counts.failed.is_empty());
                self.check(report, &counts, before, estate);
            }
        }
        let broken = {
            let mut watch = self.cloud.watch.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut watch.broken)
        };
        let forgotten = laws::nothing_is_forgotten(&self.cloud.objects(), &self.store.contents());
        self.hold(&[broken, forgotten].concat());
        ended
    }

    /// Every operation was done, or failed, or was not tried because of one that failed.
    fn check(&self, report: &ApplyReport, seen: &Counts, before: &Estate, estate: &Estate) {
        if seen.started != seen.done + seen.failed.len() {
            self.fail(&format!("{} operations have no end", seen.started));
        }
        let all = seen.started + report.skipped.len();
        if all != seen.total {
            self.fail(&format!("{all} of {} operations are accounted for", seen.total));
        }
        let is_related = |a: &str, b: &str| {
            a == b || [before, estate].iter().any(|all| all.depends(a, b) || all.depends(b, a))
        };
        let skipped = report.skipped.iter().map(|address| address.resource().name.to_string());
        let mut unexplained: Vec<String> = skipped.collect();
        let mut reasons = seen.failed.clone();
        while let Some(reason) = reasons.pop() {
            let (found, others) =
                unexplained.into_iter().partition(|skipped| is_related(skipped, &reason));
            unexplained = others;
            reasons.extend::<Vec<String>>(found);
        }
        // Without room for its results, or when it is asked to stop, nothing further is begun.
        let is_ended = report.stopped
            || report
                .diagnostics
                .iter()
                .any(|found| found.summary.contains("could not be written"));
        if !is_ended && !unexplained.is_empty() {
            self.fail(&format!("{unexplained:?} were not tried, and {:?} failed", seen.failed));
        }
    }

    fn hold(&self, broken: &[String]) {
        if !broken.is_empty() {
            self.fail(&broken.join("; "));
        }
    }

    fn fail(&self, problem: &str) -> ! {
        panic!("{}: {problem}", self.name)
    }
}

/// What `zw apply` does.
async fn one_process(
    context: &Context,
    options: &PlanOptions,
    store: &MemoryStore,
    seen: &Seen,
    stop: &Stop,
) -> Ended {
    let only_writes_fail = "the store fails to write only";
    let session = store.begin(RunKind::Apply, Duration::ZERO).await.expect(only_writes_fail);
    let snapshot = store.snapshot().await.expect(only_writes_fail);
    if let Err(problems) = zw_engine::settle(context, &snapshot, options, &*session, seen).await {
        return Ended::Refused(problems);
    }
    let snapshot = store.snapshot().await.expect(only_writes_fail);
    let planned = zw_engine::plan(context, snapshot, options.clone(), seen).await;
    match planned {
        Ok(mut run) => Ended::Done(run.apply(session, seen, stop).await),
        Err(problems) => {
            session.end(RunStatus::Failed).await.expect(only_writes_fail);
            Ended::Refused(problems)
        }
    }
}

/// What the engine says.
#[derive(Default)]
struct Seen(Mutex<Counts>);

#[derive(Clone, Debug, Default)]
struct Counts {
    total: usize,
    started: usize,
    done: usize,
    failed: Vec<String>,
    settled: u64,
    adopted: u64,
}

impl Seen {
    fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Seen {
    fn event(&self, event: &Event<'_>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::ApplyStarted { total } => counts.total = *total,
            Event::OperationStarted { .. } => counts.started += 1,
            Event::OperationDone { .. } => counts.done += 1,
            Event::OperationFailed { address, .. } => {
                counts.failed.push(address.resource().name.to_string());
            }
            Event::Settled { outcome, .. } => {
                counts.settled += 1;
                counts.adopted += u64::from(outcome.contains("taken into the state"));
            }
            _ => {}
        }
    }
}

impl Report {
    /// Whether everything happened that is to be tried.
    pub(crate) const fn has_everything(&self) -> bool {
        self.crashes > 0
            && self.stopped > 0
            && self.failed > 0
            && self.settled > self.adopted
            && self.adopted > 0
    }
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.applies += other.applies;
        self.crashes += other.crashes;
        self.stopped += other.stopped;
        self.failed += other.failed;
        self.settled += other.settled;
        self.adopted += other.adopted;
    }
}

impl Sum for Report {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let mut total = Self::default();
        all.for_each(|one| total += one);
        total
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { applies, crashes, stopped, failed, settled, adopted } = self;
        write!(
            f,
            "{applies} applies, of which {crashes} died, {stopped} were stopped and {failed} had failures; \
             {settled} operations in doubt, of which {adopted} were creations that had taken place"
        )
    }
}
