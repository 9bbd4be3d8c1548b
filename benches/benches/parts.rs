//! The parts of a plan: parse, evaluate and expand, compare, write.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that fails panics")]

use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use zw_benches::shape::Shape;
use zw_config::{Disk, LocalSources};
use zw_engine::{Context, PlanOptions, Registry, Silent};
use zw_lang::Host;
use zw_state::Snapshot;

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

fn plan(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("plan");
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

criterion_group!(benches, parse, plan);
criterion_main!(benches);
