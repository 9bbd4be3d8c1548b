//! The parts of a plan and an apply: parse, evaluate, expand, compare, write. What the store alone takes is measured in
//! `zw-state`.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that fails panics")]

use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use zw_benches::shape::Shape;
use zw_config::{Disk, LocalSources};
use zw_engine::{Context, PlanOptions, Registry, Silent, Stop};
use zw_lang::parse::{LocalNames, Resolver, Text};
use zw_lang::{
    Diagnostic, EvalResult, Host, ResolvedStep, Scope, SourceId, Span, Str, SymbolId, Value,
};
use zw_state::{Actor, RunKind, Snapshot, SqliteStore, Store};

const RESOURCES: usize = 10_000;

/// A world in which nothing is.
struct Nothing;

impl Host for Nothing {
    fn read_file(&self, _: &str) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn file_exists(&self, _: &str) -> std::io::Result<bool> {
        Ok(false)
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
        None
    }

    fn plan_time(&self) -> (i64, u32) {
        (0, 0)
    }

    fn random(&self, _: &mut [u8]) -> bool {
        false
    }
}

fn context(dir: &Path) -> Context {
    let (config, found) = zw_config::load(dir, &Disk, &mut LocalSources);
    assert!(!found.has_errors(), "{found:?}");
    let mut providers = Registry::default();
    for provider in zw_builtin::providers() {
        providers.add(provider);
    }
    Context {
        config: Arc::new(config),
        providers: Arc::new(providers),
        host: Arc::new(Nothing),
        workspace: "default".into(),
    }
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let dir = tempfile::tempdir().unwrap();
    Shape::Blocks.write(RESOURCES, dir.path()).unwrap();
    let bytes = std::fs::metadata(dir.path().join("main.tf")).unwrap().len();
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    group.bench_function("blocks", |bencher| {
        bencher.iter(|| zw_config::load(dir.path(), &Disk, &mut LocalSources));
    });
    group.finish();
}

/// Where every name is one object with an attribute.
struct Everything(Value);

impl Resolver for Everything {
    fn resolve(
        &mut self,
        _: &str,
        _: &[(Str, Span)],
        _: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        Ok((SymbolId(0), 0))
    }
}

impl Scope for Everything {
    fn lookup(&mut self, _: SymbolId, _: &[ResolvedStep], _: Span) -> EvalResult<(Value, usize)> {
        Ok((self.0.clone(), 0))
    }

    fn host(&self) -> &dyn Host {
        &Nothing
    }
}

fn evaluate(criterion: &mut Criterion) {
    let mut scope = Everything(Value::object([("id", Value::from("i-0123456789"))]));
    let mut group = criterion.benchmark_group("evaluate");
    for (name, text) in [
        ("reference", "data.id"),
        ("template", "\"service-${data.id}-${other.id}\""),
        ("call", "upper(join(\"-\", [data.id, other.id]))"),
        ("for", "{ for key in range(100) : \"k${key}\" => data.id if key != 7 }"),
    ] {
        let text = Text::of_file(SourceId(0), text);
        let expr = zw_lang::parse::expression(text, &LocalNames::default(), &mut scope).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| zw_lang::evaluate(&expr, &mut scope).unwrap());
        });
    }
    group.finish();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// Applies an estate to a new state in a directory.
fn apply_in(runtime: &tokio::runtime::Runtime, cx: &Context, dir: &Path) -> SqliteStore {
    let store = SqliteStore::new(dir.join("state.db"), Actor::of_this_process());
    runtime.block_on(async {
        let options = PlanOptions::default();
        let run = zw_engine::plan(cx, Snapshot::default(), options, &Silent).await;
        let mut run = run.unwrap_or_else(|found| panic!("{found:?}"));
        let session = store.begin(RunKind::Apply, std::time::Duration::ZERO).await.unwrap();
        let report = run.apply(session, &Silent, &Stop::default()).await;
        assert!(!report.diagnostics.has_errors(), "{:?}", report.diagnostics);
    });
    store
}

/// Plans that find everything as it is, and everything changed.
fn compare(criterion: &mut Criterion) {
    let runtime = runtime();
    let dir = tempfile::tempdir().unwrap();
    let text = |input: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  count = {RESOURCES}\n  input = \"{input}\"\n}}\n"
        )
    };
    let main = dir.path().join("main.tf");
    std::fs::write(&main, text("a")).unwrap();
    let same = context(dir.path());
    let store = apply_in(&runtime, &same, dir.path());
    let snapshot = runtime.block_on(store.snapshot()).unwrap();
    std::fs::write(&main, text("b")).unwrap();
    let changed = context(dir.path());
    let mut group = criterion.benchmark_group("compare");
    group.sample_size(10).throughput(Throughput::Elements(RESOURCES as u64));
    for (name, cx) in [("same", &same), ("changed", &changed)] {
        group.bench_function(name, |bencher| {
            let setup = || (snapshot.clone(), PlanOptions::default());
            let once = |(snapshot, options)| {
                runtime.block_on(zw_engine::plan(cx, snapshot, options, &Silent)).is_ok()
            };
            bencher.iter_batched(setup, once, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// Plans and applies, with a state on the disk.
fn apply(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("apply");
    group.sample_size(10).throughput(Throughput::Elements(RESOURCES as u64));
    for shape in [Shape::Blocks, Shape::Modules] {
        let dir = tempfile::tempdir().unwrap();
        shape.write(RESOURCES, dir.path()).unwrap();
        let cx = context(dir.path());
        group.bench_function(shape.name(), |bencher| {
            let setup = || tempfile::tempdir().unwrap();
            let once = |dir: tempfile::TempDir| apply_in(&runtime, &cx, dir.path());
            bencher.iter_batched(setup, once, BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// Evaluates and expands, with nothing there yet.
fn expand(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("expand");
    group.sample_size(10).throughput(Throughput::Elements(RESOURCES as u64));
    for shape in [Shape::Blocks, Shape::Modules, Shape::Cross] {
        let dir = tempfile::tempdir().unwrap();
        shape.write(RESOURCES, dir.path()).unwrap();
        let cx = context(dir.path());
        group.bench_function(shape.name(), |bencher| {
            let setup = || (Snapshot::default(), PlanOptions::default());
            let once = |(snapshot, options)| {
                runtime.block_on(zw_engine::plan(&cx, snapshot, options, &Silent)).is_ok()
            };
            bencher.iter_batched(setup, once, BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, parse, evaluate, expand, compare, apply);
criterion_main!(benches);
