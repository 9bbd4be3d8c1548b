use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use tempfile::TempDir;

use super::file::MIGRATIONS;
use super::*;
use crate::model::RunKind;
use crate::testing::{begin, full_row, intent, output, row};

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

    fn store(&self) -> SqliteStore {
        SqliteStore::new(self.path(), Actor::of_this_process())
    }

    fn store_with(
        &self,
        migrations: &'static [&'static str],
        pages_max: Option<u32>,
    ) -> SqliteStore {
        let mut store = self.store();
        store.file = store.file.with(migrations, pages_max);
        store
    }

    /// A state with a row, closed.
    async fn filled(&self) {
        let session = begin(&self.store()).await;
        let rows = (0..200).map(|number| Write::Put(full_row(&format!("a.b[{number}]"), None)));
        session.write(rows.collect()).await.unwrap();
        session.end(RunStatus::Done).await.unwrap();
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// What reading and beginning a run both say.
    async fn refusal(&self) -> StoreError {
        let reading = match self.store().snapshot().await {
            Err(error) => error,
            Ok(snapshot) => panic!("{} rows were read", snapshot.resources.len()),
        };
        match self.store().begin(RunKind::Apply, Duration::ZERO).await {
            Err(error) => assert_eq!(error, reading),
            Ok(_) => panic!("a run began, though reading says {reading}"),
        }
        reading
    }

    async fn reason(&self) -> String {
        match self.refusal().await {
            StoreError::Corrupt { path, reason } => {
                assert_eq!(path, self.path());
                reason
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn looking_at_a_new_state_leaves_no_file() {
    let place = Place::new();
    place.store().snapshot().await.unwrap();
    place.store().runs(1).await.unwrap();
    place.store().break_lock(None).await.unwrap();
    assert!(place.files().is_empty());
}

#[tokio::test]
async fn a_closed_state_is_one_file_and_its_lock() {
    let place = Place::new();
    place.filled().await;
    assert_eq!(place.files(), ["state.db", "state.db.lock"]);
}

#[tokio::test]
async fn an_empty_file_is_not_a_new_state() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    assert!(place.reason().await.starts_with("it is empty."));
    assert_eq!(fs::metadata(place.path()).unwrap().len(), 0);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let place = Place::new();
    for contents in
        ["{}", "{\"version\": 4, \"serial\": 1, \"lineage\": \"long enough for a page\"}"]
    {
        fs::write(place.path(), contents).unwrap();
        assert!(place.reason().await.starts_with("it is not a database."));
        assert_eq!(fs::read_to_string(place.path()).unwrap(), contents);
    }
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let place = Place::new();
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("CREATE TABLE t (x); PRAGMA user_version = 1").unwrap();
    drop(other);
    assert!(place.reason().await.starts_with("it is the database of another program."));
}

#[tokio::test]
async fn a_newer_format_is_not_touched() {
    let place = Place::new();
    place.filled().await;
    let connection = Connection::open(place.path()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let known = u32::try_from(MIGRATIONS.len()).unwrap();
    let newer = StoreError::Newer { path: place.path(), found: 99, known };
    assert_eq!(place.refusal().await, newer);
}

#[tokio::test]
async fn a_truncated_file_is_damaged() {
    let place = Place::new();
    place.filled().await;
    let whole = fs::read(place.path()).unwrap();
    for length in [whole.len() - 1, whole.len() / 2, 8192, 5000, 100, 17, 16, 15, 1] {
        fs::write(place.path(), &whole[..length]).unwrap();
        let reason = place.reason().await;
        assert!(reason.to_lowercase().contains("restore it from a backup"), "{length}: {reason}");
    }
    fs::write(place.path(), &whole).unwrap();
    assert_eq!(place.store().snapshot().await.unwrap().resources.len(), 200);
}

/// Damage is found or harmless; it is never a panic.
#[tokio::test]
async fn a_damaged_page_never_panics() {
    let place = Place::new();
    place.filled().await;
    let whole = fs::read(place.path()).unwrap();
    let mut found = 0;
    for at in (0..whole.len()).step_by(whole.len() / 120) {
        let mut damaged = whole.clone();
        let end = (at + 64).min(whole.len());
        damaged[at..end].fill(0xA5);
        fs::write(place.path(), &damaged).unwrap();
        match place.store().snapshot().await {
            Ok(_) => {}
            Err(StoreError::Corrupt { .. }) => found += 1,
            Err(error) => panic!("{at}: {error}"),
        }
    }
    assert!(found > 10, "{found}");
}

#[tokio::test]
async fn a_log_without_its_database_is_not_overwritten() {
    let place = Place::new();
    let log = place.dir.path().join("state.db-wal");
    fs::write(&log, "pages").unwrap();
    assert!(place.reason().await.starts_with("the file is missing, but its log "));
    fs::remove_file(log).unwrap();
    place.filled().await;
}

#[tokio::test]
async fn remains_of_an_interrupted_creation_do_not_matter() {
    let place = Place::new();
    for name in ["state.db.new", "state.db.new-journal", "state.db.new-wal"] {
        fs::write(place.dir.path().join(name), "half a page").unwrap();
    }
    place.filled().await;
    assert_eq!(place.files(), ["state.db", "state.db.lock"]);
}

/// A state of format 1, as text: what released programs have written does not change with this one.
const FORMAT_1: &str = include_str!("../../tests/fixtures/format-1.sql");

#[tokio::test]
async fn a_state_of_format_1_is_read() {
    let place = Place::new();
    let connection = Connection::open(place.path()).unwrap();
    connection.execute_batch(FORMAT_1).unwrap();
    drop(connection);
    let snapshot = place.store().snapshot().await.unwrap();
    assert_eq!(
        (snapshot.serial, snapshot.lineage.as_str()),
        (2, "11111111-2222-4333-8444-555555555555")
    );
    let addresses: Vec<_> = snapshot.resources.keys().map(ToString::to_string).collect();
    assert_eq!(
        addresses,
        ["aws_subnet.a[0]", "aws_subnet.a[0] (deposed object 0badcafe)", "aws_vpc.main"]
    );
    let subnet = &snapshot.resources[&RowKey::current("aws_subnet.a[0]")];
    assert_eq!(subnet.dependencies, ["aws_vpc.main".into()]);
    assert_eq!(&*snapshot.outputs["vpc"].value, "\"vpc-1\"");

    let store = place.store();
    assert_eq!(store.changes(RunId(20_260_102_030_405)).await.unwrap().len(), 2);
    let session = begin(&store).await;
    assert_eq!(&*session.in_doubt().await.unwrap()[0].token, "zw-1-2");
    let versions = session.write(vec![Write::Put(row("aws_vpc.main"))]).await.unwrap();
    assert_eq!(versions, [RowVersion(5)]);
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(store.runs(9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_older_format_is_migrated_step_by_step_and_kept() {
    const LATER: &[&str] = &[
        MIGRATIONS[0],
        MIGRATIONS[1],
        MIGRATIONS[2],
        MIGRATIONS[3],
        "CREATE TABLE extra (x) STRICT_IS_NO_WORD_HERE",
    ];
    const FIXED: &[&str] = &[
        MIGRATIONS[0],
        MIGRATIONS[1],
        MIGRATIONS[2],
        MIGRATIONS[3],
        "CREATE TABLE extra (x); INSERT INTO extra SELECT count(*) FROM object",
        "UPDATE extra SET x = x + 1; UPDATE state SET serial = 70",
    ];
    let place = Place::new();
    place.filled().await;
    // A step that fails leaves the state as it was.
    assert!(place.store_with(LATER, None).snapshot().await.is_err());
    assert_eq!(place.store().snapshot().await.unwrap().serial, 1);
    // Reading migrates, too, but not under somebody who writes.
    let session = begin(&place.store()).await;
    session.end(RunStatus::Done).await.unwrap();
    let later = place.store_with(FIXED, None);
    assert_eq!(later.snapshot().await.unwrap().serial, 70);
    let session = begin(&later).await;
    session.write(vec![Write::Put(row("a.new"))]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(later.snapshot().await.unwrap().resources.len(), 201);
    // The program from before refuses, and the copy from before is there.
    assert!(matches!(place.refusal().await, StoreError::Newer { found: 6, known: 4, .. }));
    let copy = place.dir.path().join("state.db.format-4");
    let copy = SqliteStore::new(copy, Actor::of_this_process());
    assert_eq!(copy.snapshot().await.unwrap().resources.len(), 200);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_is_survived() {
    let place = Place::new();
    place.filled().await;
    let pages = u32::try_from(fs::metadata(place.path()).unwrap().len() / 8192).unwrap();
    let store = place.store_with(MIGRATIONS, Some(pages + 4));
    let session = begin(&store).await;
    let mut acknowledged = 200;
    let large = |number: usize| {
        let mut row = full_row(&format!("a.large[{number}]"), None);
        row.attributes = "x".repeat(3_000).into();
        Write::Put(row)
    };
    let error = loop {
        match session.write(vec![large(acknowledged)]).await {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    let StoreError::Io { reason, .. } = &error else { panic!("{error}") };
    assert!(reason.contains("full"), "{error}");
    assert!(acknowledged > 200);
    assert_eq!(store.snapshot().await.unwrap().resources.len(), acknowledged);
    // Too much in one batch is refused as a whole; what still fits is taken.
    let much = (0..50).map(|number| large(1_000 + number)).collect();
    assert!(matches!(session.write(much).await, Err(StoreError::Io { .. })));
    assert_eq!(store.snapshot().await.unwrap().resources.len(), acknowledged);
    session.write(vec![Write::Remove(RowKey::current("a.b[0]"))]).await.unwrap();
    session.end(RunStatus::Failed).await.unwrap();
    // With more room it goes on.
    let session = begin(&place.store()).await;
    session.write(vec![large(2_000)]).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(place.store().snapshot().await.unwrap().resources.len(), acknowledged);
}

#[tokio::test]
async fn callers_that_do_not_fit_together_are_written_one_by_one() {
    let place = Place::new();
    place.filled().await;
    let pages = u32::try_from(fs::metadata(place.path()).unwrap().len() / 8192).unwrap();
    let store = place.store_with(MIGRATIONS, Some(pages + 4));
    let session: std::sync::Arc<dyn Session> = begin(&store).await.into();
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let session = session.clone();
            let mut row = row(&format!("a.c[{number}]"));
            row.attributes = "x".repeat(if number == 0 { 1_000_000 } else { 10 }).into();
            tokio::spawn(async move { session.write(vec![Write::Put(row)]).await.is_ok() })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), number > 0, "{number}");
    }
}

#[tokio::test]
async fn a_directory_in_the_place_of_the_state_is_an_error() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    assert!(matches!(place.refusal().await, StoreError::Io { .. }));
}

#[tokio::test]
async fn giving_up_waiting_leaves_no_run() {
    let place = Place::new();
    let store = place.store();
    let session = begin(&store).await;
    let waiting = store.begin(RunKind::Apply, Duration::from_mins(1));
    assert!(tokio::time::timeout(Duration::from_millis(50), waiting).await.is_err());
    session.end(RunStatus::Done).await.unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let session = store.begin(RunKind::Apply, Duration::ZERO).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(store.runs(9).await.unwrap().len(), 2);
}

/// Runs that each change the same row and output, and then forget what is beyond what is kept; their numbers.
async fn lived(store: &SqliteStore, runs: u32, retention: Retention) -> Vec<RunId> {
    let mut ids = Vec::new();
    for number in 0..runs {
        let session = begin(store).await;
        ids.push(session.run());
        let mut row = row("a.b");
        row.attributes = number.to_string().into();
        let writes = vec![Write::Put(row), Write::PutOutput(output("o", number))];
        session.write(writes).await.unwrap();
        session.prune(retention).await.unwrap();
        session.end(RunStatus::Done).await.unwrap();
    }
    ids
}

async fn known(store: &SqliteStore) -> Vec<RunId> {
    store.runs(9).await.unwrap().iter().map(|run| run.id).collect()
}

fn keeping(runs: usize) -> Retention {
    Retention { runs: NonZeroUsize::new(runs), days: None }
}

#[tokio::test]
async fn runs_beyond_what_is_kept_are_forgotten() {
    let place = Place::new();
    let store = place.store();
    let all = lived(&store, 5, Retention::default()).await;
    assert_eq!(known(&store).await.len(), 5);
    let more = lived(&store, 1, keeping(3)).await;
    assert_eq!(known(&store).await, [more[0], all[4], all[3]]);
    // What is left is as it was.
    let then = store.snapshot_at(Some(all[3])).await.unwrap();
    assert_eq!(&*then.resources[&RowKey::current("a.b")].attributes, "3");
    assert_eq!(&*then.outputs["o"].value, "3");
    let (_, before, after) = &store.changes(all[3]).await.unwrap()[0];
    let text = |row: &Option<ResourceRow>| row.as_ref().map(|row| row.attributes.to_string());
    assert_eq!((text(before), text(after)), (Some("2".into()), Some("3".into())));
    let connection = Connection::open(place.path()).unwrap();
    let count = |sql| connection.query_row(sql, (), |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM history"), 3);
    assert_eq!(count("SELECT count(*) FROM output_history"), 3);
}

#[tokio::test]
async fn a_run_with_operations_in_doubt_is_not_forgotten() {
    let place = Place::new();
    let store = place.store();
    let session = begin(&store).await;
    let doubtful = session.run();
    session.write(vec![Write::Begin(intent("token", doubtful, "a.b"))]).await.unwrap();
    session.end(RunStatus::Failed).await.unwrap();
    lived(&store, 3, keeping(1)).await;
    assert_eq!(known(&store).await.len(), 4);
    let session = begin(&store).await;
    assert_eq!(session.in_doubt().await.unwrap()[0].run, doubtful);
    session.write(vec![Write::Settle("token".into())]).await.unwrap();
    session.prune(keeping(1)).await.unwrap();
    let last = session.run();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(known(&store).await, [last]);
}

#[tokio::test]
async fn old_runs_are_forgotten_by_their_age() {
    let place = Place::new();
    let store = place.store();
    let ids = lived(&store, 2, Retention::default()).await;
    let connection = Connection::open(place.path()).unwrap();
    // As if the first had been long ago.
    connection
        .execute_batch(&format!(
            "PRAGMA foreign_keys = off; \
             UPDATE output_history SET run = 20200101000000 WHERE run = {0}; \
             UPDATE run SET id = 20200101000000 WHERE id = {0}",
            ids[0].0
        ))
        .unwrap();
    drop(connection);
    let month = Retention { runs: None, days: NonZeroU32::new(30) };
    let last = lived(&store, 1, month).await[0];
    assert_eq!(known(&store).await, [last, ids[1]]);
}
