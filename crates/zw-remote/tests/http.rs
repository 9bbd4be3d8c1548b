//! The store behind Terraform's HTTP protocol keeps the laws of every store, as far as a file of Terraform can hold
//! what they write.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::sync::Arc;
use std::time::Duration;

use zw_remote::{Http, Url};
use zw_state::testing::{Place, begin, full_row, intent, laws, row};
use zw_state::{Actor, RowKey, RunKind, RunStatus, Store, StoreError, Write};
use zw_testing::TerraformHttp;

fn configured(server: &TerraformHttp) -> Http {
    let address: Url = server.address.parse().unwrap();
    Http {
        lock_address: Some(address.clone()),
        unlock_address: Some(address.clone()),
        retry_max: 1,
        retry_wait_min: Duration::from_millis(1),
        ..Http::at(address)
    }
}

fn store(configured: Http) -> Arc<dyn Store> {
    configured.open(Actor::of_this_process()).unwrap().store("default").unwrap()
}

impl Place for Server {
    fn open(&self) -> Arc<dyn Store> {
        store(configured(&self.0))
    }
}

struct Server(TerraformHttp);

macro_rules! keeps {
    ($($law:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $law() {
            laws::$law(&Server(TerraformHttp::start())).await;
        }
    )*};
}

// All but those that write objects whose address names another type than they have, which no file of Terraform can
// hold, and the one that looks for a run that changed nothing in the history.
keeps!(
    a_new_state_is_empty,
    an_unchanged_output_is_not_a_change,
    versions_grow_and_are_never_given_twice,
    a_batch_takes_effect_whole_or_not_at_all,
    a_refused_batch_does_not_fail_others,
    an_intent_stays_until_it_is_settled,
    an_intent_and_its_result_change_places_at_once,
    a_token_is_in_the_journal_once,
    one_run_at_a_time,
    a_held_state_is_waited_for,
    reading_needs_no_lock,
    a_reader_sees_whole_commits,
    a_forced_unlock_fences_the_holder_out,
    runs_are_listed_newest_first,
    outputs_are_known_as_they_were,
    the_serial_counts_runs_that_changed_something,
    a_state_that_moved_here_goes_on,
    all_of_it_is_encrypted_and_decrypted,
    whoever_waits_is_told_for_whom,
    many_writers_are_all_answered,
    a_large_state_comes_back_in_order,
);

/// What Terraform makes of a document: it counts the serial up, and knows nothing of the field.
fn as_terraform_writes(server: &TerraformHttp) {
    let mut document = server.state().unwrap();
    let serial = document["serial"].as_u64().unwrap();
    document["serial"] = (serial + 1).into();
    document.as_object_mut().unwrap().remove("zw");
    server.put(&document);
}

#[tokio::test]
async fn every_field_survives() {
    let server = Server(TerraformHttp::start());
    let mut row = full_row("module.m[\"ü\"].aws_eks_cluster.b[7]", Some("00000001"));
    let session = begin(&*server.open()).await;
    row.version = session.write(vec![Write::Put(row.clone())]).await.unwrap()[0];
    let run = session.run();
    drop(session);
    let state = server.open();
    assert_eq!(state.snapshot().await.unwrap().resources[&row.key], row);
    assert_eq!(state.changes(run).await.unwrap(), [(row.key.clone(), None, Some(row))]);
    let session = state.begin(RunKind::Apply, Duration::ZERO).await.unwrap();
    assert_eq!(session.end(RunStatus::Done).await, Ok(()));
}

#[tokio::test]
async fn what_terraform_wrote_in_between_counts() {
    let server = TerraformHttp::start();
    let session = begin(&*store(configured(&server))).await;
    let given = session.write(vec![Write::Put(row("a.b")), Write::Put(row("a.c"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    as_terraform_writes(&server);
    let state = store(configured(&server));
    let key = [RowKey::current("a.b")];
    let now = state.versions(&key).await.unwrap()[0].unwrap();
    assert!(given.iter().all(|version| *version < now));
    let session = begin(&*state).await;
    let next = session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert!(next[0] > now);
    // A field that was carried along by somebody who changed the rest is not believed.
    let mut document = server.state().unwrap();
    document["serial"] = (document["serial"].as_u64().unwrap() + 1).into();
    server.put(&document);
    assert!(state.versions(&key).await.unwrap()[0].unwrap() > next[0]);
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again() {
    let server = TerraformHttp::start();
    let session = begin(&*store(configured(&server))).await;
    server.fail(1);
    session.write(vec![Write::Put(row("a.b"))]).await.unwrap();
    server.fail(2);
    let error = session.write(vec![Write::Put(row("a.c"))]).await.unwrap_err();
    assert!(error.to_string().contains("500 Internal Server Error (not now)"), "{error}");
    drop(session);
    assert_eq!(server.lock(), None);
    assert_eq!(store(configured(&server)).snapshot().await.unwrap().resources.len(), 1);
}

#[tokio::test]
async fn a_run_that_changes_nothing_writes_nothing() {
    let server = TerraformHttp::start();
    let session = begin(&*store(configured(&server))).await;
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!((server.writes(), server.state(), server.lock()), (0, None, None));
}

#[tokio::test]
async fn intents_are_there_for_another_machine() {
    let server = TerraformHttp::start();
    let session = begin(&*store(configured(&server))).await;
    let begun = intent("t", session.run(), "a.b");
    session.write(vec![Write::Begin(begun.clone())]).await.unwrap();
    drop(session);
    let document = server.state().unwrap();
    assert_eq!(document["zw"]["intents"][0]["token"], "t");
    assert_eq!(begin(&*store(configured(&server))).await.in_doubt().await.unwrap(), [begun]);
}

#[tokio::test]
async fn a_user_is_let_in_by_name_and_password() {
    let server = TerraformHttp::start();
    // `ann:secret` in Base64.
    server.require("Basic YW5uOnNlY3JldA==");
    let error = store(configured(&server)).snapshot().await.unwrap_err().to_string();
    assert!(
        error.contains("401 Unauthorized") && error.contains("give username and password"),
        "{error}"
    );
    let who = |password: &str| Http {
        username: Some("ann".to_owned()),
        password: Some(password.to_owned()),
        ..configured(&server)
    };
    let error =
        store(who("wrong")).begin(RunKind::Apply, Duration::ZERO).await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }) && error.to_string().contains("check username"));
    begin(&*store(who("secret"))).await.end(RunStatus::Done).await.unwrap();
}
