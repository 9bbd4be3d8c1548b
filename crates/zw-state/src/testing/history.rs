//! Any sequence of writes gives what the model says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::model::{ObjectStatus, ResourceRow, RowKey, RowVersion, RunStatus, Write};
use crate::store::Store;
use crate::testing::model::Model;
use crate::testing::{Place, begin, full_row, intent, output};

/// A write before it is known which run makes it.
#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Remove(u8),
    Move(u8, u8),
    PutOutput(u8, u32),
    RemoveOutput(u8),
    Begin(u8),
    Settle(u8),
}

/// Few names, so that steps meet.
fn step() -> impl Strategy<Value = Step> {
    let name = || 0..8_u8;
    prop_oneof![
        4 => (name(), any::<u8>()).prop_map(|(at, variant)| Step::Put(at, variant)),
        2 => name().prop_map(Step::Remove),
        2 => (name(), name()).prop_map(|(from, to)| Step::Move(from, to)),
        1 => (name(), 0..4_u32).prop_map(|(at, value)| Step::PutOutput(at, value)),
        1 => name().prop_map(Step::RemoveOutput),
        2 => name().prop_map(Step::Begin),
        2 => name().prop_map(Step::Settle),
    ]
}

fn key(at: u8) -> RowKey {
    let deposed = (at % 4 == 3).then(|| format!("{at:08x}").into());
    RowKey { address: format!("module.m[\"{}\"].a.b[{}]", at % 2, at / 4).into(), deposed }
}

fn put(at: u8, variant: u8) -> ResourceRow {
    let mut row = full_row("", None);
    row.key = key(at);
    row.schema_version = u32::from(variant);
    row.dependencies = (0..variant % 4).map(|other| key(other).address).collect();
    row.ending.create_before_destroy = variant & 4 == 0;
    row.ending.skip_destroy = variant & 8 == 0;
    row.status = if variant & 8 == 0 { ObjectStatus::Ready } else { ObjectStatus::Tainted };
    row.attributes = "x".repeat(usize::from(variant) * 100).into();
    row
}

/// Compares a store with the model over sequences of runs, each of batches of writes.
pub fn any_history_is_that_of_the_model<P: Place>(place: &dyn Fn() -> P) {
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let runs = vec(vec(vec(step(), 1..5), 0..8), 1..5);
    let compared = TestRunner::new(config).run(&runs, |runs| {
        runtime.block_on(compare(&place(), &runs));
        Ok(())
    });
    compared.unwrap_or_else(|error| panic!("{error}"));
}

async fn compare(place: &impl Place, runs: &[Vec<Vec<Step>>]) {
    let store = place.open();
    let mut model = Model::default();
    let mut seen = BTreeSet::new();
    let mut pasts = Vec::new();
    for batches in runs {
        let session = begin(&*place.open()).await;
        assert_eq!(session.in_doubt().await.unwrap(), model.in_doubt(session.run()));
        let before = model.clone();
        for batch in batches {
            let writes: Vec<Write> = batch
                .iter()
                .map(|step| match *step {
                    Step::Put(at, variant) => Write::Put(put(at, variant)),
                    Step::Remove(at) => Write::Remove(key(at)),
                    Step::Move(from, to) => Write::Move(key(from), key(to)),
                    Step::PutOutput(at, value) => Write::PutOutput(output(&at.to_string(), value)),
                    Step::RemoveOutput(at) => Write::RemoveOutput(at.to_string().into()),
                    Step::Begin(at) => {
                        Write::Begin(intent(&at.to_string(), session.run(), &key(at).address))
                    }
                    Step::Settle(at) => Write::Settle(at.to_string().into()),
                })
                .collect();
            let accepted = model.write(&writes);
            match session.write(writes).await {
                Ok(versions) => {
                    assert!(accepted, "{batch:?} was accepted");
                    for version in versions {
                        assert!(seen.last().is_none_or(|last| *last < version));
                        seen.insert(version);
                    }
                }
                Err(error) => assert!(!accepted, "{batch:?} was refused: {error}"),
            }
        }
        pasts.push((session.run(), before, model.clone()));
        session.end(RunStatus::Done).await.unwrap();
        check(&*store, &model).await;
    }
    for (run, before, after) in pasts {
        let changed: BTreeMap<_, _> = store
            .changes(run)
            .await
            .unwrap()
            .into_iter()
            .map(|(key, before, after)| (key, (before.map(plain), after.map(plain))))
            .collect();
        let keys = before.resources.keys().chain(after.resources.keys()).chain(changed.keys());
        for key in keys {
            let (was, is) = (before.resources.get(key), after.resources.get(key));
            match changed.get(key) {
                Some((old, new)) => assert_eq!((old.as_ref(), new.as_ref()), (was, is)),
                None => assert_eq!(was, is, "{key} changed"),
            }
        }
    }
}

async fn check(store: &dyn Store, model: &Model) {
    let snapshot = store.snapshot().await.unwrap();
    let keys: Vec<RowKey> = (0..8).map(key).collect();
    let versions = store.versions(&keys).await.unwrap();
    for (key, version) in keys.iter().zip(versions) {
        assert_eq!(snapshot.resources.get(key).map(|row| row.version), version);
    }
    let resources: BTreeMap<_, _> =
        snapshot.resources.into_iter().map(|(key, row)| (key, plain(row))).collect();
    assert_eq!(resources, model.resources);
    assert_eq!(snapshot.outputs, model.outputs);
}

fn plain(row: ResourceRow) -> ResourceRow {
    ResourceRow { version: RowVersion::default(), ..row }
}
