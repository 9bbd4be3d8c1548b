use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::actor::Actor;
use crate::error::StoreError;
use crate::model::{RowKey, RunKind, RunStatus, Write};
use crate::sqlite::SqliteStore;
use crate::store::{Session, Store};
use crate::testing::anew::{FixedKey, SECRET, everything, live, secret_row};
use crate::testing::{LONG, begin, full_row, output, row};

use std::sync::Arc;
use std::time::Duration;

struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("state.db")
    }

    fn plain(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::new(self.path(), Actor::of_this_process()))
    }

    fn sealed(&self, sealing: Sealing) -> SealedStore {
        SealedStore::new(self.plain(), Some(sealing))
    }

    /// Whether any file has some bytes in it.
    fn holds(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        found
    }
}

impl crate::testing::Place for Place {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.sealed(sealing(1)))
    }
}

mod laws {
    // All but one: the first run that writes is one that changes something, as it writes down the key.
    crate::store_laws!(
        || Some(super::Place::new()),
        a_new_state_is_empty,
        what_was_written_is_read_back,
        an_unchanged_output_is_not_a_change,
        versions_grow_and_are_never_given_twice,
        a_batch_takes_effect_whole_or_not_at_all,
        a_refused_batch_does_not_fail_others,
        a_move_needs_a_row_and_a_free_key,
        an_intent_stays_until_it_is_settled,
        an_intent_and_its_result_change_places_at_once,
        a_token_is_in_the_journal_once,
        one_run_at_a_time,
        a_held_state_is_waited_for,
        whoever_waits_is_told_for_whom,
        a_dropped_session_lets_go,
        reading_needs_no_lock,
        a_reader_sees_whole_commits,
        a_forced_unlock_fences_the_holder_out,
        runs_are_listed_newest_first,
        changes_of_a_run_are_rows_before_and_after,
        outputs_are_known_as_they_were,
        a_state_that_moved_here_goes_on,
        many_writers_are_all_answered,
        a_large_state_comes_back_in_order
    );

    #[test]
    fn any_history_is_that_of_the_model() {
        crate::testing::history::any_history_is_that_of_the_model(&super::Place::new);
    }
}

fn sealing(key: u8) -> Sealing {
    Sealing {
        source: Arc::new(FixedKey(key)),
        fallbacks: Vec::new(),
        scope: SealScope::All,
        enforced: false,
        holds_secrets: Arc::new(|_, type_name| type_name == "secret_type"),
    }
}

fn refusal<T>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Sealed(reason)) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn no_secret_reaches_the_disk() {
    let place = Place::new();
    let store = place.sealed(sealing(1));
    // While a session is open its log is there.
    let session = begin(&store).await;
    session.write(vec![Write::Put(secret_row("a.early"))]).await.unwrap();
    assert!(fs::metadata(place.dir.path().join("state.db-wal")).unwrap().len() > 0);
    assert_eq!(place.holds(SECRET), Vec::<String>::new());
    session.end(RunStatus::Done).await.unwrap();
    live(&store).await;
    assert_eq!(place.holds(SECRET), Vec::<String>::new());
    assert!(everything(&store).await.iter().any(|text| text.contains(SECRET)));
    // Addresses are there, so the search finds what there is.
    assert_eq!(place.holds("aws_vpc.kept"), ["state.db"]);
}

#[tokio::test]
async fn what_is_not_sensitive_stays_legible_in_the_narrower_scope() {
    let place = Place::new();
    let store = place.sealed(Sealing { scope: SealScope::Sensitive, ..sealing(1) });
    let session = begin(&store).await;
    let mut by_path = secret_row("a.by_path");
    by_path.sensitive_paths = Some("[[{\"type\":\"get_attr\",\"value\":\"password\"}]]".into());
    let mut by_type = secret_row("a.by_type");
    by_type.type_name = "secret_type".into();
    let mut open = row("a.open");
    open.attributes = "{\"name\":\"legible\"}".into();
    let mut secret_output = output("s", 2);
    secret_output.value = "222222222".into();
    let mut open_output = output("t", 1);
    open_output.value = "333333333".into();
    let writes = [by_path, by_type, open].into_iter().map(Write::Put);
    let writes = writes.chain([secret_output, open_output].map(Write::PutOutput)).collect();
    session.write(writes).await.unwrap();
    let moved = Write::Move(RowKey::current("a.open"), RowKey::current("a.moved"));
    session.write(vec![moved]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(place.holds(SECRET), Vec::<String>::new());
    assert_eq!(place.holds("legible"), ["state.db"]);
    assert_eq!(place.holds("222222222"), Vec::<String>::new());
    assert_eq!(place.holds("333333333"), ["state.db"]);
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.resources.len(), 3);
    assert_eq!(&*snapshot.outputs["s"].value, "222222222");
    assert!(snapshot.resources[&RowKey::current("a.by_path")].sensitive_paths.is_some());
}

#[tokio::test]
async fn a_state_with_history_is_encrypted_rotated_and_decrypted() {
    let place = Place::new();
    live(&*place.plain()).await;
    let before = everything(&*place.plain()).await;
    assert_eq!(place.holds(SECRET), ["state.db"]);
    let store = place.sealed(sealing(1));
    let versions = place.plain().versions(&[RowKey::current("aws_vpc.kept")]).await.unwrap();
    assert_eq!(store.encrypt(LONG).await.unwrap(), None);
    assert_eq!(place.holds(SECRET), Vec::<String>::new());
    let after = everything(&store).await;
    assert_eq!(after[0], before[0]);
    assert!(before[1..].iter().all(|then| after.contains(then)), "{after:#?}");
    assert_eq!(store.versions(&[RowKey::current("aws_vpc.kept")]).await.unwrap(), versions);

    // A new key, with the old one still known.
    let fallbacks: Vec<Arc<dyn KeySource>> = vec![Arc::new(FixedKey(1))];
    let rotating = place.sealed(Sealing { fallbacks, ..sealing(2) });
    assert_eq!(rotating.snapshot().await.unwrap(), store.snapshot().await.unwrap());
    let sealed_before = fs::read(place.path()).unwrap();
    rotating.encrypt(LONG).await.unwrap();
    assert_ne!(fs::read(place.path()).unwrap(), sealed_before);
    assert_eq!(everything(&rotating).await[0], before[0]);
    assert!(refusal(store.snapshot().await).contains("not the right one"));
    let new = place.sealed(sealing(2));
    assert_eq!(everything(&new).await[0], before[0]);

    new.decrypt(LONG).await.unwrap();
    let plain = everything(&*place.plain()).await;
    assert_eq!(plain[0], before[0]);
    assert!(before[1..].iter().all(|then| plain.contains(then)), "{plain:#?}");
    assert_eq!(place.plain().output(SEAL).await.unwrap(), None);
}

#[tokio::test]
async fn without_the_key_nothing_is_read_or_written() {
    let place = Place::new();
    live(&place.sealed(sealing(1))).await;
    let contents = fs::read(place.path()).unwrap();
    let runs = place.plain().runs(9).await.unwrap();
    for (store, word) in [
        (SealedStore::new(place.plain(), None), "no \"encryption\" block"),
        (place.sealed(sealing(2)), "not the right one"),
    ] {
        assert!(refusal(store.snapshot().await).contains(word));
        assert!(refusal(store.changes(runs[0].id).await).contains(word));
        assert!(refusal(store.begin(RunKind::Apply, LONG).await).contains(word));
        assert!(refusal(store.encrypt(LONG).await).contains(if word.starts_with("no") {
            word
        } else {
            "right"
        }));
    }
    let kinds = Passphrase::new("correct horse battery", [Some(8_192), Some(1), Some(1)]).unwrap();
    let other = place.sealed(Sealing { source: Arc::new(kinds), ..sealing(2) });
    assert!(refusal(other.snapshot().await).contains("\"fixed\""));
    // Runs that were refused are there, but nothing else is another.
    assert_eq!(place.sealed(sealing(1)).snapshot().await.unwrap().resources.len(), 2);
    assert!(!contents.is_empty());
}

#[tokio::test]
async fn a_ciphertext_that_was_moved_or_changed_is_noticed() {
    let swap = "UPDATE object SET attributes = CASE key WHEN (SELECT min(key) FROM object) \
                THEN (SELECT attributes FROM object ORDER BY key DESC LIMIT 1) \
                ELSE (SELECT attributes FROM object ORDER BY key LIMIT 1) END";
    let change = "UPDATE object SET attributes = replace(attributes, 'A', 'B')";
    let rename = "UPDATE key SET address = 'a.other' WHERE address = 'a.x'";
    let outputs =
        "UPDATE output SET value = (SELECT value FROM output WHERE name = 'o') WHERE name = 'p'";
    for (sql, word) in [
        (swap, "cannot be decrypted"),
        (change, "cannot be decrypted"),
        (rename, "a.other cannot be decrypted"),
        (outputs, "output \"p\" cannot be decrypted"),
    ] {
        let place = Place::new();
        let store = place.sealed(sealing(1));
        let session = begin(&store).await;
        let writes = vec![
            Write::Put(secret_row("a.x")),
            Write::Put(full_row("a.y", None)),
            Write::PutOutput(output("o", 1)),
            Write::PutOutput(output("p", 2)),
        ];
        session.write(writes).await.unwrap();
        session.end(RunStatus::Done).await.unwrap();
        let connection = rusqlite::Connection::open(place.path()).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        let reason = refusal(store.snapshot().await);
        assert!(reason.contains(word), "{sql}: {reason}");
    }
}

#[tokio::test]
async fn what_must_be_encrypted_and_is_not_is_refused() {
    let place = Place::new();
    live(&*place.plain()).await;
    let enforced = || place.sealed(Sealing { enforced: true, ..sealing(1) });
    assert!(refusal(enforced().snapshot().await).contains("zw state encrypt"));
    assert!(refusal(enforced().begin(RunKind::Apply, LONG).await).contains("zw state encrypt"));
    enforced().encrypt(LONG).await.unwrap();
    enforced().snapshot().await.unwrap();
    // Somebody puts a row there in clear.
    let session = begin(&*place.plain()).await;
    session.write(vec![Write::Put(row("a.smuggled"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert!(refusal(enforced().snapshot().await).contains("a.smuggled is not encrypted"));
    // Without that it is read, and encrypted when it is written.
    let lenient = place.sealed(sealing(1));
    assert_eq!(lenient.snapshot().await.unwrap().resources.len(), 3);
    let fresh = Place::new();
    live(&fresh.sealed(Sealing { enforced: true, ..sealing(1) })).await;
}

#[tokio::test]
async fn the_key_is_written_down_before_anything_that_needs_it() {
    let place = Place::new();
    let store = place.sealed(sealing(1));
    let session: Arc<dyn Session> = begin(&store).await.into();
    // A first batch that is refused, beside one that is not.
    let refused = session.write(vec![Write::Settle("absent".into())]);
    let fine = session.write(vec![Write::Put(secret_row("a.b"))]);
    let (refused, fine) = tokio::join!(refused, fine);
    assert!(matches!(refused, Err(StoreError::Conflict(_))) && fine.is_ok());
    drop(session);
    let reread = place.sealed(sealing(1)).snapshot().await.unwrap();
    assert_eq!(reread.resources.len(), 1);
    assert!(place.plain().output(SEAL).await.unwrap().is_some());
}

#[tokio::test]
async fn a_full_disk_leaves_a_state_as_it_was() {
    let place = Place::new();
    let session = begin(&*place.plain()).await;
    let rows = (0..300).map(|number| {
        let mut row = secret_row(&format!("a.b[{number}]"));
        row.attributes = format!("{{\"p\":\"{}\"}}", "x".repeat(500)).into();
        Write::Put(row)
    });
    session.write(rows.collect()).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let before = place.plain().snapshot().await.unwrap();
    let pages = u32::try_from(fs::metadata(place.path()).unwrap().len() / 8192).unwrap();
    let small = SqliteStore::new(place.path(), Actor::of_this_process()).of_size(pages + 2);
    let store = SealedStore::new(Arc::new(small), Some(sealing(1)));
    assert!(matches!(store.encrypt(Duration::ZERO).await, Err(StoreError::Io { .. })));
    assert_eq!(place.plain().snapshot().await.unwrap(), before);
}

#[tokio::test]
async fn files_are_sealed_and_opened() {
    let source = FixedKey(1);
    let sealed = seal_file(&source, SECRET.as_bytes()).await.unwrap();
    assert!(is_sealed_file(&sealed) && !is_sealed_file(SECRET.as_bytes()));
    assert!(!sealed.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    assert_eq!(open_file(&[&source], &sealed).await.unwrap(), SECRET.as_bytes());
    assert_eq!(open_file(&[&FixedKey(2), &source], &sealed).await.unwrap(), SECRET.as_bytes());
    assert!(refusal(open_file(&[&FixedKey(2)], &sealed).await).contains("not the right one"));
    for len in [9, 10, 15, 30, sealed.len() - 1] {
        assert!(open_file(&[&source], &sealed[..len]).await.is_err(), "{len} bytes");
    }
}
