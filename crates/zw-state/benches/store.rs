//! What writing and reading a state costs.
//!
//! `ZW_BENCH_ROWS` is the size of the state that is read, 100,000 unless it is set.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that fails panics")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use zw_state::testing::{begin, row};
use zw_state::{
    Actor, Intent, IntentKind, KeyFile, ResourceRow, RowKey, RunStatus, SealScope, SealedStore,
    Sealing, Session, SqliteStore, Store, Write,
};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn store(dir: &TempDir) -> SqliteStore {
    SqliteStore::new(dir.path().join("state.db"), Actor::of_this_process())
}

/// A state in which everything is encrypted, by a key in a file.
fn sealed(dir: &TempDir) -> SealedStore {
    let path = dir.path().join("key");
    std::fs::write(&path, [7; 32]).unwrap();
    let sealing = Sealing {
        source: Arc::new(KeyFile::new(path)),
        fallbacks: Vec::new(),
        scope: SealScope::All,
        enforced: true,
        holds_secrets: Arc::new(|_, _| true),
    };
    SealedStore::new(Arc::new(store(dir)), Some(sealing))
}

/// An object as an estate has it: a long address, some hundred bytes of attributes, two dependencies.
fn object(number: usize) -> ResourceRow {
    // In the order in which graphs are walked: the same resource of every module, and then the next one.
    let number = number % 5_000 * 20 + number / 5_000;
    let module = format!("module.cell[\"us-east-1-{:04}\"].module.network", number / 20);
    let mut row = row(&format!("{module}.aws_subnet.private[{}]", number % 20));
    row.attributes = format!(
        "{{\"arn\":\"arn:aws:ec2:us-east-1:123456789012:subnet/subnet-{number:017x}\",\"availability_zone\":\
         \"us-east-1a\",\"cidr_block\":\"10.0.{}.0/24\",\"id\":\"subnet-{number:017x}\",\"tags\":{{\"Name\":\
         \"private-{number}\",\"environment\":\"production\"}},\"vpc_id\":\"vpc-{:017x}\",\
         \"map_public_ip_on_launch\":false,\"private_dns_hostname_type_on_launch\":\"ip-name\"}}",
        number % 256,
        number / 20
    )
    .into();
    row.dependencies =
        vec![format!("{module}.aws_vpc.main").into(), format!("{module}.data.aws_region.x").into()];
    row
}

fn intent(session: &dyn Session, row: &ResourceRow, token: &str) -> Intent {
    Intent {
        token: token.into(),
        run: session.run(),
        kind: IntentKind::Create,
        key: row.key.clone(),
        type_name: row.type_name.clone(),
        provider: row.provider.clone(),
        request: row.attributes.clone(),
        dependencies: row.dependencies.clone(),
        ending: zw_state::Ending::default(),
    }
}

async fn fill(store: &dyn Store, rows: usize, at_once: usize) -> Duration {
    let session = begin(store).await;
    let batches: Vec<Vec<Write>> = (0..rows)
        .map(|number| Write::Put(object(number)))
        .collect::<Vec<_>>()
        .chunks(at_once)
        .map(<[Write]>::to_vec)
        .collect();
    let begun = Instant::now();
    for batch in batches {
        session.write(batch).await.unwrap();
    }
    let elapsed = begun.elapsed();
    session.end(RunStatus::Done).await.unwrap();
    elapsed
}

/// Each of many operations writes its intent, waits for that, and then writes its result.
async fn operate(store: &SqliteStore, operations: usize, at_once: usize) -> Duration {
    let session: Arc<dyn Session> = begin(store).await.into();
    let begun = Instant::now();
    let workers: Vec<_> = (0..at_once)
        .map(|worker| {
            let session = session.clone();
            tokio::spawn(async move {
                for number in (worker..operations).step_by(at_once) {
                    let row = object(number);
                    let token = format!("zw-0123456789abcdef-20260102030405-{number}");
                    let intent = intent(&*session, &row, &token);
                    session.write(vec![Write::Begin(intent)]).await.unwrap();
                    session
                        .write(vec![Write::Settle(token.into()), Write::Put(row)])
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    begun.elapsed()
}

fn write(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("write");
    group.sample_size(10).throughput(Throughput::Elements(10_000));
    for at_once in [1_000, 100] {
        group.bench_function(format!("10k rows, {at_once} a batch"), |bencher| {
            bencher.iter_custom(|iterations| {
                (0..iterations)
                    .map(|_| {
                        let dir = tempfile::tempdir().unwrap();
                        runtime.block_on(fill(&store(&dir), 10_000, at_once))
                    })
                    .sum()
            });
        });
    }
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("1k single writes at once", |bencher| {
        bencher.iter_custom(|iterations| {
            (0..iterations)
                .map(|_| {
                    let dir = tempfile::tempdir().unwrap();
                    runtime.block_on(async {
                        let session: Arc<dyn Session> = begin(&store(&dir)).await.into();
                        let begun = Instant::now();
                        let tasks: Vec<_> = (0..1_000)
                            .map(|number| {
                                let session = session.clone();
                                let writes = vec![Write::Put(object(number))];
                                tokio::spawn(async move { session.write(writes).await.unwrap() })
                            })
                            .collect();
                        for task in tasks {
                            task.await.unwrap();
                        }
                        begun.elapsed()
                    })
                })
                .sum()
        });
    });
    group.throughput(Throughput::Elements(10_000));
    for at_once in [64, 1_000] {
        group.bench_function(
            format!("10k operations with intents, {at_once} at once"),
            |bencher| {
                bencher.iter_custom(|iterations| {
                    (0..iterations)
                        .map(|_| {
                            let dir = tempfile::tempdir().unwrap();
                            runtime.block_on(operate(&store(&dir), 10_000, at_once))
                        })
                        .sum()
                });
            },
        );
    }
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let rows = std::env::var("ZW_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok());
    let rows = rows.unwrap_or(100_000_usize);
    let runtime = runtime();
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    runtime.block_on(fill(&store, rows, 10_000));
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10).throughput(Throughput::Elements(rows as u64));
    group.bench_function(format!("snapshot of {rows} rows"), |bencher| {
        bencher.iter(|| black_box(runtime.block_on(store.snapshot()).unwrap()));
    });
    let unsealed = SealedStore::new(Arc::new(store.clone()), None);
    group.bench_function(format!("snapshot of {rows} rows, encryption off"), |bencher| {
        bencher.iter(|| black_box(runtime.block_on(unsealed.snapshot()).unwrap()));
    });
    let sealed_dir = tempfile::tempdir().unwrap();
    let sealed = sealed(&sealed_dir);
    runtime.block_on(fill(&sealed, rows, 10_000));
    group.bench_function(format!("snapshot of {rows} rows, encrypted"), |bencher| {
        bencher.iter(|| black_box(runtime.block_on(sealed.snapshot()).unwrap()));
    });
    let keys: Vec<RowKey> = (0..10_000.min(rows)).map(|number| object(number).key).collect();
    group.throughput(Throughput::Elements(keys.len() as u64));
    group.bench_function(format!("versions of {} rows", keys.len()), |bencher| {
        bencher.iter(|| black_box(runtime.block_on(store.versions(&keys)).unwrap()));
    });
    group.finish();
}

criterion_group!(benches, write, read);
criterion_main!(benches);
