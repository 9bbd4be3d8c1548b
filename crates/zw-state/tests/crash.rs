//! Processes that die, that contend for a state, and that run out of room.
//!
//! The processes are this program again, asked to run one of the tests that are ignored otherwise.
//! `ZW_CRASHES` is how often the writer is killed, 25 times unless it is set.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use zw_state::testing::{begin, intent, row};
use zw_state::{
    Actor, ResourceRow, RunKind, RunStatus, Session, SqliteStore, Store, StoreError, Write,
};

const PATH: &str = "ZW_STATE_TEST_PATH";

fn store(path: &Path) -> SqliteStore {
    SqliteStore::new(path, Actor::of_this_process())
}

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".zw/state.db");
    (dir, path)
}

/// This program, about to run one test on a state.
fn helper(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command.env(PATH, path).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Tells the process that started this one.
fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "say {words}").unwrap();
    out.flush().unwrap();
}

/// Reads what a helper says next.
fn hear(lines: &mut BufReader<ChildStdout>) -> Option<String> {
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
            return None;
        }
        if let Some((_, words)) = line.trim_end().split_once("say ") {
            return Some(words.to_owned());
        }
    }
}

fn given_path() -> Option<PathBuf> {
    std::env::var_os(PATH).map(PathBuf::from)
}

fn random_below(limit: u64) -> u64 {
    RandomState::new().hash_one(0) % limit
}

fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A row and its twin, which are only ever written together.
fn twins(name: &str, value: &str) -> [ResourceRow; 2] {
    ["a", "b"].map(|which| {
        let mut row = row(&format!("twin.{which}[\"{name}\"]"));
        row.attributes = format!("\"{value}\"").into();
        row.dependencies = vec![format!("twin.a[\"{name}\"]").into()];
        row
    })
}

/// Operates on a state until it is killed, and says what has been acknowledged: `begun` and `done`
/// with the token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is started by other tests"]
async fn operates() {
    let Some(path) = given_path() else { return };
    let store = store(&path);
    let session: Arc<dyn Session> = begin(&store).await.into();
    for doubt in session.in_doubt().await.unwrap() {
        let mut writes = twins(&doubt.token, &doubt.token).map(Write::Put).to_vec();
        writes.push(Write::Settle(doubt.token.clone()));
        session.write(writes).await.unwrap();
        say(&format!("done {}", doubt.token));
    }
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let session = session.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    let token = format!("{}-{worker}-{number}", session.run().0);
                    let intent = intent(&token, session.run(), &format!("twin.a[\"{token}\"]"));
                    session.write(vec![Write::Begin(intent)]).await.unwrap();
                    say(&format!("begun {token}"));
                    let mut writes = twins(&token, &token).map(Write::Put).to_vec();
                    writes.push(Write::Settle(token.as_str().into()));
                    // Sometimes written twice, so that there is more history than creations.
                    if number % 5 == 0 {
                        writes.extend(twins(&token, &token).map(Write::Put));
                    }
                    session.write(writes).await.unwrap();
                    say(&format!("done {token}"));
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let (_dir, path) = place();
    let kills = std::env::var("ZW_CRASHES").ok().and_then(|kills| kills.parse().ok()).unwrap_or(25);
    let (mut begun, mut done) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..kills {
        let mut child = helper("operates", &path).spawn().unwrap();
        // The first few die while the state is made, the others while it is written.
        let limit = if number < 5 { 30_000 } else { 300_000 };
        std::thread::sleep(Duration::from_micros(random_below(limit)));
        kill(&mut child);
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while let Some(words) = hear(&mut lines) {
            match words.split_once(' ').unwrap() {
                ("begun", token) => begun.insert(token.to_owned()),
                (_, token) => done.insert(token.to_owned()),
            };
        }
        check(&store(&path), &begun, &done).await;
    }
    assert!(kills < 25 || done.len() > 100, "{} operations were done", done.len());
}

/// Every acknowledged operation is there, and every operation that was begun is either in doubt or done.
async fn check(store: &SqliteStore, begun: &BTreeSet<String>, done: &BTreeSet<String>) {
    let session = begin(store).await;
    let doubts = session.in_doubt().await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let doubts: BTreeSet<String> = doubts.iter().map(|intent| intent.token.to_string()).collect();
    let snapshot = store.snapshot().await.unwrap();
    let mut values = BTreeMap::new();
    for (key, row) in &snapshot.resources {
        let (which, name) = key.address.split_once('[').unwrap();
        let name = name.trim_matches(['"', ']']).to_owned();
        assert_eq!(row.attributes.trim_matches('"'), name);
        values.entry(name).or_insert_with(Vec::new).push(which.to_owned());
    }
    assert!(values.values().all(|twins| twins.len() == 2), "a twin is alone");
    for token in done {
        assert!(values.contains_key(token), "{token} is lost");
    }
    for token in begun {
        assert!(
            values.contains_key(token) != doubts.contains(token),
            "{token} is in neither or both"
        );
    }
    assert!(doubts.iter().all(|token| !values.contains_key(token)));
    let runs = store.runs(usize::MAX).await.unwrap();
    let created: u64 = runs.iter().map(|run| run.changes[0]).sum();
    assert_eq!(created, snapshot.resources.len() as u64);
    assert_eq!(snapshot.serial, runs.iter().filter(|run| run.changes != [0; 3]).count() as u64);
}

/// Holds a state until it is killed.
#[tokio::test]
#[ignore = "it is started by other tests"]
async fn holds() {
    let Some(path) = given_path() else { return };
    let session = store(&path).begin(RunKind::Destroy, Duration::ZERO).await.unwrap();
    session.write(vec![Write::Put(row("a.held"))]).await.unwrap();
    say("held");
    std::thread::sleep(Duration::from_mins(10));
}

#[tokio::test]
async fn a_process_that_is_killed_lets_go() {
    let (_dir, path) = place();
    let mut child = helper("holds", &path).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(hear(&mut lines).as_deref(), Some("held"));

    let store = store(&path);
    assert_eq!(store.snapshot().await.unwrap().resources.len(), 1);
    match store.begin(RunKind::Apply, Duration::from_millis(100)).await {
        Err(StoreError::Held(holder)) => {
            assert_eq!((holder.pid, holder.what.as_str()), (child.id(), "destroy"));
        }
        other => panic!("{:?}", other.map(|session| session.run())),
    }
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.begin(RunKind::Apply, Duration::from_mins(1)).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    kill(&mut child);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_process_whose_lock_was_broken_can_be_followed() {
    let (_dir, path) = place();
    let mut child = helper("holds", &path).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(hear(&mut lines).as_deref(), Some("held"));
    let store = store(&path);
    let holders = store.break_lock(None).await.unwrap();
    assert_eq!(holders[0].pid, child.id());
    let session = store.begin(RunKind::Apply, Duration::ZERO).await.unwrap();
    session.write(vec![Write::Put(row("a.next"))]).await.unwrap();
    kill(&mut child);
    session.write(vec![Write::Put(row("a.last"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().resources.len(), 3);
}

#[tokio::test]
async fn a_program_that_is_started_does_not_inherit_the_lock() {
    let (_dir, path) = place();
    let session = begin(&store(&path)).await;
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let next = store(&path).begin(RunKind::Apply, Duration::ZERO).await;
    kill(&mut child);
    next.unwrap();
}

/// Takes its turn a few times.
#[tokio::test]
#[ignore = "it is started by other tests"]
async fn takes_turns() {
    let Some(path) = given_path() else { return };
    let store = store(&path);
    for turn in 0..10 {
        let session = begin(&store).await;
        let snapshot = store.snapshot().await.unwrap();
        let count = snapshot.resources.values().next().map_or(0, |row| row.schema_version);
        let mut row = row("a.counter");
        row.schema_version = count + 1;
        session.write(vec![Write::Put(row)]).await.unwrap();
        if turn % 3 == 0 {
            drop(session);
        } else {
            session.end(RunStatus::Done).await.unwrap();
        }
    }
    say("done");
}

#[tokio::test]
async fn processes_take_turns() {
    let (_dir, path) = place();
    let mut children: Vec<Child> =
        (0..4).map(|_| helper("takes_turns", &path).spawn().unwrap()).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let store = store(&path);
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.resources.values().next().unwrap().schema_version, 40);
    assert_eq!((snapshot.serial, store.runs(100).await.unwrap().len()), (40, 40));
}

/// Writes until that fails, then reads, and says how many rows were acknowledged and read.
#[tokio::test]
#[ignore = "it is started by other tests"]
async fn fills() {
    let Some(path) = given_path() else { return };
    let store = store(&path);
    let session = begin(&store).await;
    let mut acknowledged = 0;
    let error = loop {
        let mut row = row(&format!("a.b[{acknowledged}]"));
        row.attributes = "x".repeat(2_000).into();
        match session.write(vec![Write::Put(row)]).await {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    let kind = if matches!(error, StoreError::Io { .. }) { "io" } else { "other" };
    let read = store.snapshot().await.unwrap().resources.len();
    say(&format!("{kind} {acknowledged} {read}"));
}

/// The limit on the size of files stands for a full disk: writing beyond it fails in the same places.
#[tokio::test]
async fn running_out_of_room_loses_nothing() {
    let (_dir, path) = place();
    let session = begin(&store(&path)).await;
    session.end(RunStatus::Done).await.unwrap();
    let limited = helper("fills", &path);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 3000; exec \"$@\"", "sh"]);
    command.arg(limited.get_program()).args(limited.get_args());
    command.env(PATH, &path).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let said = hear(&mut lines).unwrap();
    lines.read_to_string(&mut String::new()).unwrap();
    child.wait().unwrap();
    let words: Vec<&str> = said.split(' ').collect();
    let acknowledged: usize = words[1].parse().unwrap();
    assert_eq!((words[0], words[1]), ("io", words[2]), "{said}");
    assert!(acknowledged > 10, "{said}");

    let store = store(&path);
    assert_eq!(store.snapshot().await.unwrap().resources.len(), acknowledged);
    let session = begin(&store).await;
    session.write(vec![Write::Put(row("a.more"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().resources.len(), acknowledged + 1);
}
