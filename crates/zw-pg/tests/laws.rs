//! What every store must do, on a real PostgreSQL; and what stores with leases do besides.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

mod support;

use std::num::NonZeroUsize;
use std::time::Duration;

use support::{Schema, held, now, wish};
use zw_pg::{PgBackend, PgOptions};
use zw_state::testing::{LONG, begin, intent, output, row};
use zw_state::{
    Actor, Backend, Retention, RowKey, RunKind, RunStatus, Snapshot, StoreError, Write,
};
use zw_testing::Postgres;

zw_state::store_laws!(where there is Schema::new);

#[tokio::test]
async fn runs_whose_scopes_do_not_meet_go_on_at_once() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store();
    let a = now(&*store, &["a.a", "output.a"], &["a.shared"]).await.unwrap();
    let b = now(&*schema.store(), &["a.b"], &["a.shared"]).await.unwrap();
    a.write(vec![Write::Put(row("a.a")), Write::PutOutput(output("a", 1))]).await.unwrap();
    b.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    // What is not theirs they do not write.
    for stray in [Write::Put(row("a.b")), Write::Remove(RowKey::current("a.shared"))] {
        assert!(matches!(a.write(vec![stray]).await, Err(StoreError::Outside(_))));
    }
    assert_eq!(held(now(&*store, &["a.b", "a.c"], &[]).await), ["a.b"]);
    assert_eq!(held(now(&*store, &["a.shared"], &[]).await), ["a.shared"]);
    assert_eq!(held(now(&*store, &["a.c"], &["a.b"]).await), ["a.b"]);
    assert_eq!(held(store.begin(RunKind::Apply, Duration::ZERO).await), Vec::<String>::new());
    a.end(RunStatus::Done).await.unwrap();
    assert_eq!(held(now(&*store, &["a.shared"], &[]).await), ["a.shared"]);
    b.end(RunStatus::Done).await.unwrap();
    let all = begin(&*store).await;
    assert_eq!(held(now(&*store, &["a.x"], &[]).await), Vec::<String>::new());
    drop(all);
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!((snapshot.resources.len(), snapshot.outputs.len(), snapshot.serial), (2, 1, 2));
}

#[tokio::test]
async fn whoever_gives_no_sign_of_life_is_fenced_out() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store();
    let session = now(&*store, &["a.a"], &[]).await.unwrap();
    let begun = intent("t", session.run(), "a.a");
    session.write(vec![Write::Begin(begun.clone()), Write::Put(row("a.a"))]).await.unwrap();
    assert!(!store.has_doubts().await.unwrap());
    // As if it had been suspended for longer than its lease lasts.
    let runs = format!("{}.zw_run", schema.name());
    schema.server.sql(&format!("UPDATE {runs} SET expires = now() - interval '1 second'"));
    assert!(store.has_doubts().await.unwrap());
    // Even before anybody has taken its place.
    assert_eq!(session.write(vec![Write::Put(row("a.a"))]).await, Err(StoreError::Lost));
    let next = now(&*store, &["a.b"], &[]).await.unwrap();
    // Its operations are the next one's to settle, whatever that wanted.
    assert_eq!(next.in_doubt().await.unwrap(), [begun]);
    assert!(!store.has_doubts().await.unwrap());
    assert_eq!(held(now(&*store, &["a.a"], &[]).await), ["a.a"]);
    next.write(vec![Write::Put(row("a.a")), Write::Settle("t".into())]).await.unwrap();
    assert_eq!(session.write(vec![Write::Put(row("a.a"))]).await, Err(StoreError::Lost));
    assert_eq!(session.end(RunStatus::Done).await, Err(StoreError::Lost));
    next.end(RunStatus::Done).await.unwrap();
}

#[tokio::test]
async fn signs_of_life_keep_a_lease() {
    let Some(schema) = Schema::new() else { return };
    let schema = schema.with_lease(Duration::from_millis(600));
    let store = schema.store();
    let session = begin(&*store).await;
    let waiting = store.begin(RunKind::Apply, Duration::from_millis(1_500)).await;
    assert!(matches!(waiting, Err(StoreError::Held(_))));
    session.write(vec![Write::Put(row("a.a"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
}

#[tokio::test]
async fn a_lock_of_one_run_is_broken_and_no_other() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store();
    let a = now(&*store, &["a.a"], &[]).await.unwrap();
    let b = now(&*store, &["a.b"], &[]).await.unwrap();
    let broken = store.break_lock(Some(a.run())).await.unwrap();
    assert_eq!(broken.len(), 1);
    assert_eq!((broken[0].run, broken[0].parts.len()), (Some(a.run()), 1));
    assert_eq!(a.write(vec![Write::Put(row("a.a"))]).await, Err(StoreError::Lost));
    b.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    assert_eq!(store.break_lock(None).await.unwrap().len(), 1);
    assert_eq!(b.end(RunStatus::Done).await, Err(StoreError::Lost));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_want_the_same_come_one_after_the_other() {
    let Some(schema) = Schema::new() else { return };
    let first: u32 = 8;
    let tasks: Vec<_> = (0..first)
        .map(|number| {
            let store = schema.store();
            tokio::spawn(async move {
                // Each wants what its neighbours want, in another order.
                let (one, other) = (format!("a.{number}"), format!("a.{}", (number + 1) % first));
                let session = store.begin_with(wish(&[&one, &other], &[], LONG)).await.unwrap();
                let puts = [&other, &one].map(|name| Write::Put(row(name)));
                session.write(puts.to_vec()).await.unwrap();
                session.end(RunStatus::Done).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let store = schema.store();
    assert_eq!(store.snapshot().await.unwrap().resources.len(), 8);
    let runs = store.runs(99).await.unwrap();
    assert_eq!(runs.iter().filter(|run| run.status == RunStatus::Done).count(), 8);
}

#[tokio::test]
async fn old_runs_are_forgotten() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store();
    let mut ids = Vec::new();
    for number in 0..4 {
        let session = begin(&*store).await;
        ids.push(session.run());
        let mut changed = row("a.a");
        changed.schema_version = number;
        session
            .write(vec![Write::Put(changed), Write::PutOutput(output("o", number))])
            .await
            .unwrap();
        session.end(RunStatus::Done).await.unwrap();
    }
    let session = begin(&*store).await;
    let retention = Retention { runs: NonZeroUsize::new(3), days: None };
    session.prune(retention).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let runs = store.runs(9).await.unwrap();
    assert_eq!(runs.len(), 3);
    let then = store.snapshot_at(Some(ids[2])).await.unwrap();
    assert_eq!(then.resources[&RowKey::current("a.a")].schema_version, 2);
    assert_eq!(store.changes(ids[1]).await.unwrap(), []);
    assert_eq!(store.changes(ids[3]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn workspaces_are_apart() {
    let Some(schema) = Schema::new() else { return };
    let backend = schema.backend();
    assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
    backend.create("staging").await.unwrap();
    backend.create("staging").await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default", "staging"]);
    let staging = backend.store("staging").unwrap();
    assert_eq!(staging.snapshot().await.unwrap(), Snapshot::default());
    let (one, other) = (begin(&*schema.store()).await, begin(&*staging).await);
    one.write(vec![Write::Put(row("a.a"))]).await.unwrap();
    other.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    assert_ne!(one.lineage(), other.lineage());
    assert!(matches!(backend.delete("staging").await, Err(StoreError::Held(_))));
    other.end(RunStatus::Done).await.unwrap();
    backend.delete("staging").await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
    assert_eq!(schema.store().snapshot().await.unwrap().resources.len(), 1);
}

#[tokio::test]
async fn nothing_is_made_where_that_is_not_wanted() {
    let Some(mut schema) = Schema::new() else { return };
    schema.options.creates_tables = false;
    let store = schema.store();
    assert_eq!(store.snapshot().await.unwrap(), Snapshot::default());
    let error = store.begin(RunKind::Apply, Duration::ZERO).await.err().unwrap();
    assert!(error.to_string().contains("skip_table_creation"), "{error}");
    schema.options.creates_tables = true;
    schema.options.creates_schema = false;
    let error = schema.store().begin(RunKind::Apply, Duration::ZERO).await.err().unwrap();
    assert!(error.to_string().contains("no schema has been selected"), "{error}");
}

#[tokio::test]
async fn a_newer_format_is_left_alone() {
    let Some(schema) = Schema::new() else { return };
    begin(&*schema.store()).await.end(RunStatus::Done).await.unwrap();
    schema.server.sql(&format!("UPDATE {}.zw_format SET format = 99", schema.name()));
    let error = schema.store().snapshot().await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn tables_of_the_first_format_are_brought_to_that_of_today() {
    let Some(schema) = Schema::new() else { return };
    let name = schema.name();
    let first = include_str!("../src/migrations/1.sql");
    schema.server.sql(&format!(
        "CREATE SCHEMA {name}; SET search_path TO {name}; CREATE TABLE zw_format (format integer NOT NULL); \
         INSERT INTO zw_format VALUES (1); {first}"
    ));
    let session = begin(&*schema.store()).await;
    session.write(vec![Write::Put(row("a.a"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(schema.store().snapshot().await.unwrap().resources.len(), 1);
}

#[tokio::test]
async fn who_cannot_get_in_is_told_where_and_no_password() {
    let Some(schema) = Schema::new() else { return };
    let port = schema.server.port;
    let open = |conn_str: String| {
        let options = PgOptions { conn_str, ..schema.options.clone() };
        PgBackend::new(options, &|_| None, Actor::of_this_process())
            .unwrap()
            .store("default")
            .unwrap()
    };
    for (conn_str, expected) in [
        (schema.server.guarded_conn_str("hush"), "password authentication failed"),
        (format!("postgres://zw:hush@127.0.0.1:{port}/postgres"), "sslmode=disable"),
        (
            "postgres://zw:hush@127.0.0.1:1/postgres?sslmode=disable".to_owned(),
            "Connection refused",
        ),
    ] {
        let error = open(conn_str).snapshot().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("127.0.0.1") && !error.contains("hush"), "{error}");
    }
    let right = open(schema.server.guarded_conn_str(Postgres::PASSWORD));
    assert_eq!(right.snapshot().await.unwrap(), Snapshot::default());
    let absent = schema.server.conn_str().replace("/postgres?", "/absent?");
    let error = open(absent).snapshot().await.unwrap_err().to_string();
    assert!(error.contains("database \"absent\" does not exist"), "{error}");
}
