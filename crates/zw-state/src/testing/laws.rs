//! The laws, each on a state of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::error::StoreError;
use crate::model::{
    Holder, IntentKind, RowKey, RowVersion, RunId, RunKind, RunStatus, Snapshot, Took, Write,
};
use crate::store::Session;
pub use crate::testing::anew::all_of_it_is_encrypted_and_decrypted;
use crate::testing::{LONG, Place, begin, full_row, intent, output, row};
use crate::wish::{Waiting, Wish};

/// A state that was never written has nothing, and is not made by looking at it.
pub async fn a_new_state_is_empty(place: &impl Place) {
    for store in [place.open(), place.open()] {
        assert_eq!(store.snapshot().await.unwrap(), Snapshot::default());
        assert_eq!(store.versions(&[RowKey::current("a.b")]).await.unwrap(), [None]);
        assert_eq!(store.runs(10).await.unwrap(), []);
        assert_eq!(store.break_lock(None).await.unwrap(), []);
    }
}

/// Every field survives.
pub async fn what_was_written_is_read_back(place: &impl Place) {
    let session = begin(&*place.open()).await;
    let mut rows = [
        full_row("module.m[\"ü\"].aws_vpc.b", None),
        full_row("module.m[\"ü\"].aws_vpc.b", Some("00000001")),
        row("aws_vpc.a[10]"),
        row("aws_vpc.a[9]"),
    ];
    let writes = rows.iter().cloned().map(Write::Put);
    let writes = writes.chain([Write::PutOutput(output("o", 1)), Write::PutOutput(output("p", 2))]);
    let versions = session.write(writes.collect()).await.unwrap();
    let lineage = session.lineage().to_owned();
    session.end(RunStatus::Done).await.unwrap();

    let snapshot = place.open().snapshot().await.unwrap();
    for (row, version) in rows.iter_mut().zip(versions) {
        row.version = version;
    }
    let keyed = rows.iter().map(|row| (row.key.clone(), row.clone())).collect();
    assert_eq!(snapshot.resources, keyed);
    let outputs = [output("o", 1), output("p", 2)].map(|output| (output.name.clone(), output));
    assert_eq!(snapshot.outputs, outputs.into());
    assert_eq!((snapshot.serial, snapshot.lineage), (1, lineage.clone()));
    assert_eq!(begin(&*place.open()).await.lineage(), lineage);
    assert_eq!(lineage.len(), 36);
}

/// Writing an output as it is leaves the state as it is.
pub async fn an_unchanged_output_is_not_a_change(place: &impl Place) {
    let store = place.open();
    for _ in 0..2 {
        let session = begin(&*store).await;
        session.write(vec![Write::PutOutput(output("o", 1))]).await.unwrap();
        session.write(vec![Write::RemoveOutput("p".into())]).await.unwrap();
        session.end(RunStatus::Done).await.unwrap();
    }
    assert_eq!(store.snapshot().await.unwrap().serial, 1);
}

/// A removed row that is made again has another version.
pub async fn versions_grow_and_are_never_given_twice(place: &impl Place) {
    let store = place.open();
    let mut given = Vec::new();
    for _ in 0..3 {
        let session = begin(&*place.open()).await;
        for _ in 0..2 {
            let puts = vec![Write::Put(row("a.b")), Write::Put(row("a.c"))];
            given.extend(session.write(puts).await.unwrap());
            session.write(vec![Write::Remove(RowKey::current("a.c"))]).await.unwrap();
        }
        session.end(RunStatus::Done).await.unwrap();
    }
    assert!(given.is_sorted());
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), 12);
    let keys = [RowKey::current("a.c"), RowKey::current("a.b"), RowKey::current("x.y")];
    let now = store.versions(&keys).await.unwrap();
    assert_eq!(now, [None, Some(given[10]), None]);
}

/// What comes before a refused write in its batch did not happen either.
pub async fn a_batch_takes_effect_whole_or_not_at_all(place: &impl Place) {
    let store = place.open();
    let session = begin(&*store).await;
    session.write(vec![Write::Put(row("a.kept"))]).await.unwrap();
    let before = store.snapshot().await.unwrap();
    let batch = vec![
        Write::Put(row("a.new")),
        Write::Remove(RowKey::current("a.kept")),
        Write::PutOutput(output("o", 1)),
        Write::Begin(intent("token", session.run(), "a.new")),
        Write::Settle("absent".into()),
    ];
    let error = session.write(batch).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    assert_eq!(store.snapshot().await.unwrap(), before);
    session.end(RunStatus::Failed).await.unwrap();
    assert_eq!(begin(&*store).await.in_doubt().await.unwrap(), []);
}

/// Callers that share a commit do not share a refusal.
pub async fn a_refused_batch_does_not_fail_others(place: &impl Place) {
    let store = place.open();
    let session: Arc<dyn Session> = begin(&*store).await.into();
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let session = session.clone();
            tokio::spawn(async move {
                let mut writes = vec![Write::Put(row(&format!("a.b[{number}]")))];
                if number % 10 == 3 {
                    writes.push(Write::Settle("absent".into()));
                }
                session.write(writes).await.is_ok()
            })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), number % 10 != 3, "{number}");
    }
    assert_eq!(store.snapshot().await.unwrap().resources.len(), 180);
}

/// A row keeps its contents when it moves, and gets a version.
pub async fn a_move_needs_a_row_and_a_free_key(place: &impl Place) {
    let store = place.open();
    let session = begin(&*store).await;
    let (from, to) = (RowKey::current("a.from"), RowKey::current("a.to"));
    let rename = || vec![Write::Move(from.clone(), to.clone())];
    assert_eq!(session.write(rename()).await, Err(StoreError::Conflict("a.from".to_owned())));
    let written = session.write(vec![Write::Put(full_row("a.from", None))]).await.unwrap();
    assert_eq!(session.write(rename()).await.unwrap(), []);
    let snapshot = store.snapshot().await.unwrap();
    let moved = &snapshot.resources[&to];
    assert!(moved.version > written[0]);
    let mut expected = full_row("a.to", None);
    expected.version = moved.version;
    assert_eq!(*moved, expected);
    assert_eq!(snapshot.resources.len(), 1);
    session.write(vec![Write::Put(row("a.from"))]).await.unwrap();
    assert_eq!(session.write(rename()).await, Err(StoreError::Conflict("a.to".to_owned())));
}

/// Intents of a run are in doubt for the next one, not for the run itself.
pub async fn an_intent_stays_until_it_is_settled(place: &impl Place) {
    let session = begin(&*place.open()).await;
    let first = session.run();
    let intents = ["b", "a", "c"].map(|token| intent(token, first, "a.b"));
    session.write(intents.iter().cloned().map(Write::Begin).collect()).await.unwrap();
    assert_eq!(session.in_doubt().await.unwrap(), []);
    drop(session);

    let session = begin(&*place.open()).await;
    let [b, a, c] = intents;
    assert_eq!(session.in_doubt().await.unwrap(), [a, b.clone(), c.clone()]);
    session.write(vec![Write::Settle("a".into())]).await.unwrap();
    let later = intent("0", session.run(), "a.b");
    session.write(vec![Write::Begin(later.clone())]).await.unwrap();
    assert_eq!(session.in_doubt().await.unwrap(), [b.clone(), c.clone()]);
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(begin(&*place.open()).await.in_doubt().await.unwrap(), [b, c, later]);
}

/// A reader never sees an operation that is neither in doubt nor done.
pub async fn an_intent_and_its_result_change_places_at_once(place: &impl Place) {
    let store = place.open();
    let session = begin(&*store).await;
    let begun = Write::Begin(intent("t", session.run(), "a.b"));
    assert_eq!(session.write(vec![begun]).await.unwrap(), []);
    let settled = vec![Write::Put(row("a.b")), Write::Settle("t".into())];
    assert_eq!(session.write(settled).await.unwrap().len(), 1);
    drop(session);
    let session = begin(&*store).await;
    assert_eq!(session.in_doubt().await.unwrap(), []);
    assert_eq!(store.snapshot().await.unwrap().resources.len(), 1);
}

/// A token names one operation.
pub async fn a_token_is_in_the_journal_once(place: &impl Place) {
    let session = begin(&*place.open()).await;
    let begun = || vec![Write::Begin(intent("t", session.run(), "a.b"))];
    session.write(begun()).await.unwrap();
    let refused = StoreError::Conflict("operation t".to_owned());
    assert_eq!(session.write(begun()).await, Err(refused.clone()));
    session.write(vec![Write::Settle("t".into())]).await.unwrap();
    assert_eq!(session.write(vec![Write::Settle("t".into())]).await, Err(refused));
}

/// Whoever comes second is told who was first.
pub async fn one_run_at_a_time(place: &impl Place) {
    let (first, second) = (place.open(), place.open());
    let session = first.begin(RunKind::Destroy, Duration::ZERO).await.unwrap();
    match second.begin(RunKind::Apply, Duration::from_millis(50)).await {
        Err(StoreError::Held(holder)) => {
            assert_eq!((holder.what.as_str(), holder.pid), ("destroy", std::process::id()));
            assert!(!holder.who.is_empty() && !holder.host.is_empty());
            assert!(holder.since.ends_with('Z'), "{}", holder.since);
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("two runs at once"),
    }
    session.end(RunStatus::Done).await.unwrap();
    second.begin(RunKind::Apply, Duration::ZERO).await.unwrap();
}

/// A run begins when the one before it ends.
pub async fn a_held_state_is_waited_for(place: &impl Place) {
    let session = begin(&*place.open()).await;
    let store = place.open();
    let waiting = tokio::spawn(async move { store.begin(RunKind::Apply, LONG).await.map(drop) });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    session.end(RunStatus::Done).await.unwrap();
    waiting.await.unwrap().unwrap();
}

/// A session that was not ended leaves its writes, and a run that seems to go on.
pub async fn a_dropped_session_lets_go(place: &impl Place) {
    let store = place.open();
    let session = begin(&*store).await;
    session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    drop(session);
    let session = store.begin(RunKind::Apply, Duration::ZERO).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().resources.len(), 1);
    session.end(RunStatus::Done).await.unwrap();
    let statuses: Vec<_> = store.runs(9).await.unwrap().iter().map(|run| run.status).collect();
    assert_eq!(statuses, [RunStatus::Done, RunStatus::Running]);
}

/// A plan can be made while somebody applies.
pub async fn reading_needs_no_lock(place: &impl Place) {
    let store = place.open();
    let session = begin(&*store).await;
    for number in 0..5 {
        session.write(vec![Write::Put(row(&format!("a.b[{number}]")))]).await.unwrap();
        assert_eq!(place.open().snapshot().await.unwrap().resources.len(), number + 1);
    }
}

/// Rows that are written together are seen together.
pub async fn a_reader_sees_whole_commits(place: &impl Place) {
    let session = begin(&*place.open()).await;
    let store = place.open();
    let reading = tokio::spawn(async move {
        let mut last = 0;
        while last < 100 {
            let snapshot = store.snapshot().await.unwrap();
            let values: Vec<u64> =
                snapshot.resources.values().map(|row| row.attributes.parse().unwrap()).collect();
            assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
            assert_eq!(values.len() % 20, 0);
            let now = values.first().copied().unwrap_or(0);
            assert!(now >= last);
            last = now;
            tokio::task::yield_now().await;
        }
    });
    for value in 1..=100 {
        let writes = (0..20).map(|number| {
            let mut row = row(&format!("a.b[{number}]"));
            row.attributes = value.to_string().into();
            Write::Put(row)
        });
        session.write(writes.collect()).await.unwrap();
        tokio::task::yield_now().await;
    }
    reading.await.unwrap();
}

/// Whoever lost the lock by force can no longer write, nor end somebody else's run.
pub async fn a_forced_unlock_fences_the_holder_out(place: &impl Place) {
    let store = place.open();
    let session = begin(&*store).await;
    session.write(vec![Write::Put(row("a.before"))]).await.unwrap();
    let run = session.run();
    assert_eq!(place.open().break_lock(Some(RunId(1))).await.unwrap(), []);
    session.write(vec![Write::Put(row("a.before"))]).await.unwrap();
    let holders = place.open().break_lock(Some(run)).await.unwrap();
    assert_eq!(holders.len(), 1);
    assert_eq!((holders[0].pid, holders[0].run), (std::process::id(), Some(run)));
    assert_eq!(session.write(vec![Write::Put(row("a.after"))]).await, Err(StoreError::Lost));

    let next = store.begin(RunKind::Apply, Duration::ZERO).await.unwrap();
    next.write(vec![Write::Put(row("a.next"))]).await.unwrap();
    assert_eq!(session.write(vec![Write::Put(row("a.after"))]).await, Err(StoreError::Lost));
    assert_eq!(session.end(RunStatus::Done).await, Err(StoreError::Lost));
    next.write(vec![Write::Put(row("a.last"))]).await.unwrap();
    match store.begin(RunKind::Apply, Duration::ZERO).await {
        Err(StoreError::Held(_)) => {}
        other => panic!("{:?}", other.map(|session| session.run())),
    }
    next.end(RunStatus::Done).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    let addresses: Vec<_> = snapshot.resources.keys().map(|key| &*key.address).collect();
    assert_eq!(addresses, ["a.before", "a.last", "a.next"]);
}

/// With what they did, by whom, and how they ended.
pub async fn runs_are_listed_newest_first(place: &impl Place) {
    let store = place.open();
    let mut ids = Vec::new();
    for (kind, status) in [
        (RunKind::Apply, RunStatus::Done),
        (RunKind::Refresh, RunStatus::Failed),
        (RunKind::Edit, RunStatus::Done),
    ] {
        let session = store.begin(kind, LONG).await.unwrap();
        ids.push(session.run());
        let number = ids.len();
        session.write(vec![Write::Put(row(&format!("a.b[{number}]")))]).await.unwrap();
        session.write(vec![Write::Put(row("a.a")), Write::Put(row("a.c"))]).await.unwrap();
        session.write(vec![Write::Remove(RowKey::current("a.c"))]).await.unwrap();
        session.end(status).await.unwrap();
    }
    assert!(ids.is_sorted());
    let runs = store.runs(10).await.unwrap();
    assert_eq!(runs.iter().rev().map(|run| run.id).collect::<Vec<_>>(), ids);
    assert_eq!(runs[0].kind, RunKind::Edit);
    assert_eq!((runs[1].kind, runs[1].status), (RunKind::Refresh, RunStatus::Failed));
    assert_eq!((runs[0].changes, runs[2].changes), ([2, 1, 1], [3, 0, 1]));
    for run in &runs {
        assert!(run.who.contains('@'));
        assert!(run.ended.as_ref().is_some_and(|ended| *ended >= run.started));
    }
    assert_eq!(store.runs(2).await.unwrap(), runs[..2]);
}

/// Whatever later runs did.
pub async fn changes_of_a_run_are_rows_before_and_after(place: &impl Place) {
    let store = place.open();
    let key = RowKey::current;
    let write = async |writes: Vec<Write>| {
        let session = begin(&*store).await;
        let run = session.run();
        let versions = session.write(writes).await.unwrap();
        session.end(RunStatus::Done).await.unwrap();
        (run, versions)
    };
    let at = |mut row: crate::model::ResourceRow, version: RowVersion| {
        row.version = version;
        Some(row)
    };
    let (old, new) = (row("a.b"), full_row("a.b", None));
    let (first, one) = write(vec![Write::Put(old.clone()), Write::Put(row("a.c"))]).await;
    let (second, two) = write(vec![
        Write::Put(row("a.passing")),
        Write::Put(new.clone()),
        Write::Remove(key("a.c")),
        Write::Remove(key("a.passing")),
    ])
    .await;
    let (third, _) = write(vec![Write::Remove(key("a.b")), Write::Put(row("a.c"))]).await;
    assert_eq!(
        store.changes(first).await.unwrap(),
        [(key("a.b"), None, at(old.clone(), one[0])), (key("a.c"), None, at(row("a.c"), one[1])),]
    );
    assert_eq!(
        store.changes(second).await.unwrap(),
        [
            (key("a.b"), at(old, one[0]), at(new.clone(), two[1])),
            (key("a.c"), at(row("a.c"), one[1]), None),
        ]
    );
    let changes = store.changes(third).await.unwrap();
    assert_eq!(changes[0], (key("a.b"), at(new, two[1]), None));
    assert!(changes[1].1.is_none() && changes[1].2.is_some());
    assert_eq!(store.changes(RunId(1)).await.unwrap(), []);
}

/// By run, as objects are.
pub async fn outputs_are_known_as_they_were(place: &impl Place) {
    let store = place.open();
    let write = async |writes: Vec<Write>| {
        let session = begin(&*store).await;
        let run = session.run();
        session.write(writes).await.unwrap();
        session.end(RunStatus::Done).await.unwrap();
        run
    };
    let named = |name: &str, value: u32| (std::sync::Arc::from(name), output(name, value));
    let first = write(vec![Write::PutOutput(output("a", 1)), Write::PutOutput(output("b", 1))]);
    let first = first.await;
    let second = write(vec![
        Write::PutOutput(output("a", 2)),
        Write::PutOutput(output("a", 3)),
        Write::RemoveOutput("b".into()),
        Write::PutOutput(output("passing", 1)),
        Write::RemoveOutput("passing".into()),
    ])
    .await;
    let third = write(vec![Write::RemoveOutput("a".into()), Write::PutOutput(output("b", 1))]);
    let third = third.await;
    assert_eq!(
        store.output_changes(second).await.unwrap(),
        [
            ("a".into(), Some(output("a", 1)), Some(output("a", 3))),
            ("b".into(), Some(output("b", 1)), None),
        ]
    );
    let outputs = async |run| store.snapshot_at(Some(run)).await.unwrap().outputs;
    assert_eq!(outputs(first).await, [named("a", 1), named("b", 1)].into());
    assert_eq!(outputs(second).await, [named("a", 3)].into());
    assert_eq!(outputs(third).await, [named("b", 1)].into());
    assert_eq!(store.snapshot().await.unwrap().outputs, [named("b", 1)].into());
}

/// Once each, whatever they wrote; the journal is not a change.
pub async fn the_serial_counts_runs_that_changed_something(place: &impl Place) {
    let store = place.open();
    let mut serials = Vec::new();
    for number in 0..4 {
        let session = begin(&*store).await;
        let token = number.to_string();
        session.write(vec![Write::Begin(intent(&token, session.run(), "a.b"))]).await.unwrap();
        session.write(vec![Write::Settle(token.into())]).await.unwrap();
        session.write(vec![Write::Remove(RowKey::current("a.absent"))]).await.unwrap();
        for _ in 0..number {
            session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
        }
        session.end(RunStatus::Done).await.unwrap();
        serials.push(store.snapshot().await.unwrap().serial);
    }
    assert_eq!(serials, [0, 1, 2, 3]);
}

/// The lineage and the serial are those of the other state, and go on from there.
pub async fn a_state_that_moved_here_goes_on(place: &impl Place) {
    let session = begin(&*place.open()).await;
    let lineage: Arc<str> = "01234567-89ab-4cde-8f01-23456789abcd".into();
    let adopt = Write::Adopt { lineage: lineage.clone(), serial: 41 };
    session.write(vec![Write::Put(row("a.b")), adopt]).await.unwrap();
    session.write(vec![Write::Put(row("a.c"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let snapshot = place.open().snapshot().await.unwrap();
    assert_eq!((snapshot.serial, &*snapshot.lineage), (41, &*lineage));
    let session = begin(&*place.open()).await;
    assert_eq!(session.lineage(), &*lineage);
    session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(place.open().snapshot().await.unwrap().serial, 42);
}

/// A run says how long its operations took, last if more than once; that is no change of the state.
pub async fn how_long_operations_took_is_kept_with_the_run(place: &impl Place) {
    let took = |count| {
        let kind = IntentKind::Create;
        vec![Took { type_name: "aws_vpc".into(), kind, count, milliseconds: 1_500 * count }]
    };
    let store = place.open();
    let session = begin(&*store).await;
    session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    session.write(vec![Write::Took(took(1))]).await.unwrap();
    session.write(vec![Write::Took(took(2)), Write::Put(row("a.c"))]).await.unwrap();
    let refused = vec![Write::Took(took(9)), Write::Settle("absent".into())];
    assert!(session.write(refused).await.is_err());
    session.end(RunStatus::Done).await.unwrap();
    let session = begin(&*store).await;
    session.write(vec![Write::Took(took(3))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let session = begin(&*store).await;
    session.write(vec![Write::Put(row("a.d"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let store = place.open();
    let runs = store.runs(10).await.unwrap();
    let kept: Vec<_> = runs.into_iter().map(|run| run.took).collect();
    assert_eq!(kept, [Vec::new(), took(3), took(2)]);
    assert_eq!(store.snapshot().await.unwrap().serial, 2);
}

/// Whoever waits is told for whom.
pub async fn whoever_waits_is_told_for_whom(place: &impl Place) {
    let session = begin(&*place.open()).await;
    let (told, mut telling) = tokio::sync::mpsc::unbounded_channel();
    let waiting: Waiting = Arc::new(move |holders: &[Holder]| drop(told.send(holders.to_vec())));
    let wish = Wish { waiting: Some(waiting), ..Wish::everything(RunKind::Destroy, LONG) };
    let store = place.open();
    let waiting = tokio::spawn(async move { store.begin_with(wish).await.map(drop) });
    let holders = telling.recv().await.unwrap();
    assert_eq!(holders.len(), 1);
    assert_eq!((holders[0].what.as_str(), holders[0].pid), ("apply", std::process::id()));
    session.end(RunStatus::Done).await.unwrap();
    waiting.await.unwrap().unwrap();
}

/// Far more at once than share a commit.
pub async fn many_writers_are_all_answered(place: &impl Place) {
    let store = place.open();
    let session: Arc<dyn Session> = begin(&*store).await.into();
    let tasks: Vec<_> = (0..5_000)
        .map(|number| {
            let session = session.clone();
            let put = vec![Write::Put(row(&format!("a.b[{number}]")))];
            tokio::spawn(async move { session.write(put).await.unwrap()[0] })
        })
        .collect();
    let mut versions = BTreeSet::new();
    for (number, task) in tasks.into_iter().enumerate() {
        let version = task.await.unwrap();
        versions.insert(version);
        let key = RowKey::current(format!("a.b[{number}]"));
        if number % 500 == 0 {
            assert_eq!(store.versions(&[key]).await.unwrap(), [Some(version)]);
        }
    }
    assert_eq!(versions.len(), 5_000);
    assert_eq!(store.snapshot().await.unwrap().resources.len(), 5_000);
}

/// Rows come by key, whatever the order in which they were written; a dependency is the same text as
/// the address that it names.
pub async fn a_large_state_comes_back_in_order(place: &impl Place) {
    let session = begin(&*place.open()).await;
    for part in 0..10_u64 {
        let writes = (0..1_000).map(|number| {
            // Some order that is not the order of the addresses.
            let number = (part * 1_000 + number) * 7_919 % 10_000;
            let mut row = row(&format!("module.m[{}].a.b[{number}]", number % 7));
            row.dependencies = vec![format!("module.m[{}].a.b", number % 7).into()];
            Write::Put(row)
        });
        session.write(writes.collect()).await.unwrap();
    }
    let snapshot = place.open().snapshot().await.unwrap();
    assert_eq!(snapshot.resources.len(), 10_000);
    assert!(snapshot.resources.keys().is_sorted());
    for (key, row) in &snapshot.resources {
        assert_eq!(*key, row.key);
        assert!(key.address.starts_with(&*row.dependencies[0]));
    }
}
