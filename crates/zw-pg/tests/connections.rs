//! Connections that break, and connections that are encrypted, with a real PostgreSQL.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use support::{Schema, now, wish};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use zw_pg::{PgBackend, PgOptions};
use zw_state::testing::{LONG, row};
use zw_state::{Actor, Backend, RowKey, RunStatus, Session, Snapshot, Store, StoreError, Write};
use zw_testing::{Certified, Postgres};

/// Ends the connections of runs that go on, as a server does that is restarted.
fn end_connections(schema: &Schema) {
    let name = schema.name();
    let sql = format!("SELECT pg_terminate_backend(server_pid) FROM {name}.zw_run WHERE held");
    assert_eq!(schema.server.sql(&sql), "t");
}

async fn put(session: &dyn Session, version: u32) -> Result<(), StoreError> {
    let mut row = row("a.a");
    row.schema_version = version;
    session.write(vec![Write::Put(row)]).await.map(drop)
}

#[tokio::test]
async fn a_run_whose_connection_breaks_goes_on_with_another_one() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store();
    let session = now(&*store, &["a.a"], &[]).await.unwrap();
    put(&*session, 1).await.unwrap();
    for version in 2..5 {
        end_connections(&schema);
        put(&*session, version).await.unwrap();
    }
    end_connections(&schema);
    session.end(RunStatus::Done).await.unwrap();
    let runs = store.runs(9).await.unwrap();
    assert_eq!((runs.len(), runs[0].changes, runs[0].status), (1, [1, 3, 0], RunStatus::Done));
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.resources[&RowKey::current("a.a")].schema_version, 4);
}

#[tokio::test]
async fn a_silent_run_takes_another_connection_with_its_next_sign_of_life() {
    let Some(schema) = Schema::new() else { return };
    let schema = schema.with_lease(Duration::from_secs(3));
    let session = now(&*schema.store(), &["a.a"], &[]).await.unwrap();
    end_connections(&schema);
    // Longer than its lease lasts, so signs of life came by another one.
    tokio::time::sleep(Duration::from_secs(5)).await;
    put(&*session, 1).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
}

#[tokio::test]
async fn whoever_was_taken_for_dead_stays_out() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.store();
    let session = now(&*store, &["a.a"], &[]).await.unwrap();
    put(&*session, 1).await.unwrap();
    end_connections(&schema);
    let next = store.begin_with(wish(&["a.a"], &[], LONG)).await.unwrap();
    assert_eq!(put(&*session, 2).await, Err(StoreError::Lost));
    put(&*next, 3).await.unwrap();
    assert_eq!(put(&*session, 4).await, Err(StoreError::Lost));
    assert_eq!(session.end(RunStatus::Done).await, Err(StoreError::Lost));
    next.end(RunStatus::Done).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.resources[&RowKey::current("a.a")].schema_version, 3);
}

/// Stands between a program and the server, and cuts the connection at the next end of a transaction.
struct Between {
    port: u16,
    cuts_before: Arc<AtomicBool>,
    cuts_after: Arc<AtomicBool>,
}

const COMMIT: &[u8] = b"COMMIT\0";

impl Between {
    async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cuts_before, cuts_after) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
        let flags = (cuts_before.clone(), cuts_after.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                let (asks, answered) = client.into_split();
                let (answers, asked) = server.into_split();
                tokio::spawn(pass(asks, asked, answers, answered, flags.clone()));
            }
        });
        Self { port, cuts_before, cuts_after }
    }
}

async fn pass(
    mut asks: OwnedReadHalf,
    mut asked: OwnedWriteHalf,
    mut answers: OwnedReadHalf,
    mut answered: OwnedWriteHalf,
    (cuts_before, cuts_after): (Arc<AtomicBool>, Arc<AtomicBool>),
) {
    let (mut question, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    let mut is_last = false;
    loop {
        tokio::select! {
            read = asks.read(&mut question) => {
                let Ok(length @ 1..) = read else { return };
                let is_end = question[..length].windows(COMMIT.len()).any(|part| part == COMMIT);
                if is_end && cuts_before.swap(false, Ordering::Relaxed) {
                    return;
                }
                is_last |= is_end && cuts_after.swap(false, Ordering::Relaxed);
                if asked.write_all(&question[..length]).await.is_err() {
                    return;
                }
            }
            read = answers.read(&mut answer) => {
                let Ok(length @ 1..) = read else { return };
                if is_last || answered.write_all(&answer[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_transaction_whose_answer_is_lost_takes_effect_once() {
    let Some(mut schema) = Schema::new() else { return };
    let direct = schema.store();
    let between = Between::start(schema.server.port).await;
    let port = format!(":{}/", between.port);
    schema.options.conn_str =
        schema.options.conn_str.replace(&format!(":{}/", schema.server.port), &port);
    let session = now(&*schema.store(), &["a.a"], &[]).await.unwrap();
    put(&*session, 1).await.unwrap();
    for (version, cut) in [(2, &between.cuts_before), (3, &between.cuts_after)] {
        cut.store(true, Ordering::Relaxed);
        put(&*session, version).await.unwrap();
        assert!(!cut.load(Ordering::Relaxed), "nothing was cut");
        let snapshot = direct.snapshot().await.unwrap();
        assert_eq!(snapshot.resources[&RowKey::current("a.a")].schema_version, version);
    }
    session.end(RunStatus::Done).await.unwrap();
    let runs = direct.runs(9).await.unwrap();
    assert_eq!((runs[0].changes, runs[0].status), ([1, 2, 0], RunStatus::Done));
}

fn of(conn_str: &str) -> Arc<dyn Store> {
    let schema = "encrypted".to_owned();
    let options = PgOptions { conn_str: conn_str.to_owned(), schema, ..PgOptions::default() };
    let backend = PgBackend::new(options, &|_| None, Actor::of_this_process()).unwrap();
    backend.store("default").unwrap()
}

#[tokio::test]
async fn connections_are_encrypted_and_servers_prove_who_they_are_as_far_as_asked() {
    let Some((server, Certified { authority, other_authority, .. })) = Postgres::encrypted() else {
        return;
    };
    let at = |host: &str, rest: &str| {
        of(&format!("postgres://{}@{host}:{}/postgres{rest}", Postgres::USER, server.port))
    };
    let (ours, others) = (authority.display(), other_authority.display());
    // The certificate is for localhost, from an authority that no machine trusts by itself.
    for (host, rest) in [
        ("localhost", String::new()),
        ("127.0.0.1", "?sslmode=require".to_owned()),
        ("127.0.0.1", "?sslmode=prefer".to_owned()),
        ("localhost", format!("?sslmode=verify-full&sslrootcert={ours}")),
        ("127.0.0.1", format!("?sslmode=verify-ca&sslrootcert={ours}")),
        ("127.0.0.1", format!("?sslmode=require&sslrootcert={ours}")),
    ] {
        let session = at(host, &rest).begin(zw_state::RunKind::Apply, LONG).await.unwrap();
        let sql = "SELECT count(*) > 0, bool_and(s.ssl) FROM encrypted.zw_run r \
                   JOIN pg_stat_ssl s ON s.pid = r.server_pid WHERE r.held";
        assert_eq!(server.sql(sql), "t|t", "{host}{rest}");
        session.end(RunStatus::Done).await.unwrap();
    }
    for (host, rest, word) in [
        ("127.0.0.1", format!("?sslmode=verify-full&sslrootcert={ours}"), "not valid for name"),
        ("localhost", "?sslmode=verify-full".to_owned(), "UnknownIssuer"),
        ("localhost", format!("?sslmode=verify-ca&sslrootcert={others}"), "UnknownIssuer"),
        ("localhost", format!("?sslmode=require&sslrootcert={others}"), "UnknownIssuer"),
        ("localhost", "?sslmode=verify-ca&sslrootcert=absent.pem".to_owned(), "absent.pem"),
    ] {
        let error = at(host, &rest).snapshot().await.unwrap_err().to_string();
        assert!(error.contains(word), "{host}{rest}: {error}");
    }
    let plain = at("127.0.0.1", "?sslmode=disable");
    assert_ne!(plain.snapshot().await.unwrap(), Snapshot::default());
}
