//! The file that holds the objects, and the thread that writes it.
//!
//! Operations hand their changes over in the order in which they took effect in memory. The thread
//! commits all that is waiting at once: one `fsync` for as many operations as there are. No
//! operation is answered before its changes are on disk.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use tokio::sync::oneshot;

use crate::error::SimError;

/// The version of the format.
const VERSION: i64 = 1;

/// `zwsm`, in the header of the file.
const APPLICATION_ID: i64 = 0x7a77_736d;

/// The most operations in one transaction.
const BATCH_MAX: usize = 4096;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS objects (
        provider TEXT NOT NULL,
        number INTEGER NOT NULL,
        type TEXT NOT NULL,
        scope TEXT NOT NULL,
        id TEXT NOT NULL,
        token TEXT NOT NULL,
        links TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (provider, number)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS twins (
        provider TEXT NOT NULL,
        digest BLOB NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (provider, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS revisions (
        provider TEXT PRIMARY KEY NOT NULL,
        revision INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// An object as a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) number: i64,
    pub(crate) type_name: String,
    pub(crate) scope: String,
    pub(crate) id: String,
    pub(crate) token: String,
    /// What the index has of it, as JSON.
    pub(crate) links: String,
    /// The object, as JSON.
    pub(crate) body: Arc<str>,
}

/// What is done to the file.
#[derive(Debug)]
pub(crate) enum Change {
    /// Adds or replaces an object.
    Put(Row),
    /// Removes an object.
    Remove(i64),
    /// Says how many objects of one making there were.
    Twins { digest: [u8; 16], count: u32 },
}

/// What is in the file.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) rows: Vec<Row>,
    pub(crate) twins: Vec<([u8; 16], u32)>,
    revision: i64,
}

/// Changes that belong together, and who waits for them.
struct Message {
    changes: Vec<Change>,
    done: oneshot::Sender<Result<(), SimError>>,
}

/// Writes one provider's objects.
pub(crate) struct Store {
    sender: Option<mpsc::Sender<Message>>,
    writer: Option<JoinHandle<()>>,
}

/// Changes on their way to the disk; none if there is no disk.
pub(crate) struct Pending(Option<oneshot::Receiver<Result<(), SimError>>>);

impl Pending {
    /// Waits until they are there.
    pub(crate) async fn wait(self) -> Result<(), SimError> {
        match self.0 {
            Some(written) => written.await.unwrap_or(Err(SimError::Gone)),
            None => Ok(()),
        }
    }
}

impl Store {
    /// Reads the file, if there is one. It is not made before something is to be written.
    pub(crate) fn open(path: &Path, provider: &str) -> Result<(Self, Contents), SimError> {
        let contents = load(path, provider)?;
        let writer = Writer {
            path: path.to_owned(),
            provider: provider.to_owned(),
            revision: contents.revision,
            open: None,
        };
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new().name("zw-sim-writer".into());
        let writer = thread
            .spawn(move || writer.run(&receiver))
            .map_err(|source| SimError::Io { path: path.to_owned(), source: Arc::new(source) })?;
        Ok((Self { sender: Some(sender), writer: Some(writer) }, contents))
    }

    /// Keeps nothing.
    pub(crate) const fn nowhere() -> Self {
        Self { sender: None, writer: None }
    }

    /// Hands over changes. Does not wait.
    pub(crate) fn submit(&self, changes: Vec<Change>) -> Pending {
        let Some(sender) = &self.sender else { return Pending(None) };
        let (done, receiver) = oneshot::channel();
        // A thread that is gone has dropped the receiver, which shows when the answer is awaited.
        let _ = sender.send(Message { changes, done });
        Pending(Some(receiver))
    }
}

impl Drop for Store {
    /// Waits for the thread, so that whoever opens the file next finds it unlocked.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

struct Writer {
    path: PathBuf,
    provider: String,
    /// Of what is in memory.
    revision: i64,
    open: Option<Open>,
}

/// Held from the first change on.
struct Open {
    connection: Connection,
    _lock: File,
}

impl Writer {
    fn run(mut self, receiver: &mpsc::Receiver<Message>) {
        let mut result = Ok(());
        while let Ok(first) = receiver.recv() {
            let mut batch = vec![first];
            batch.extend(receiver.try_iter().take(BATCH_MAX - 1));
            // Once a write has failed, what is in memory is ahead of the disk, and nothing can be
            // answered any more.
            if result.is_ok() {
                result = self.write(&batch);
            }
            for message in batch {
                // Whoever does not wait any more does not want to know.
                let _ = message.done.send(result.clone());
            }
        }
    }

    fn write(&mut self, batch: &[Message]) -> Result<(), SimError> {
        let (path, provider) = (self.path.clone(), self.provider.clone());
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(Open {
                _lock: lock(&path, &provider)?,
                connection: open_for_writing(&path)?,
            }),
        };
        let database = database(&path);
        let revision = self.revision;
        let transaction = open.connection.transaction().map_err(&database)?;
        if read_revision(&transaction, &provider).map_err(&database)? != revision {
            return Err(SimError::Changed { path });
        }
        let apply = || -> rusqlite::Result<()> {
            let mut put = transaction
                .prepare_cached("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
            let mut remove = transaction
                .prepare_cached("DELETE FROM objects WHERE provider = ? AND number = ?")?;
            let mut twins =
                transaction.prepare_cached("INSERT OR REPLACE INTO twins VALUES (?, ?, ?)")?;
            for change in batch.iter().flat_map(|message| &message.changes) {
                match change {
                    Change::Put(row) => put.execute(params![
                        provider,
                        row.number,
                        row.type_name,
                        row.scope,
                        row.id,
                        row.token,
                        row.links,
                        &*row.body,
                    ])?,
                    Change::Remove(number) => remove.execute(params![provider, number])?,
                    Change::Twins { digest, count } => {
                        twins.execute(params![provider, digest.as_slice(), count])?
                    }
                };
            }
            let mut next =
                transaction.prepare_cached("INSERT OR REPLACE INTO revisions VALUES (?, ?)")?;
            next.execute(params![provider, revision + 1])?;
            Ok(())
        };
        apply().map_err(&database)?;
        transaction.commit().map_err(&database)?;
        self.revision = revision + 1;
        Ok(())
    }
}

fn database(path: &Path) -> impl Fn(rusqlite::Error) -> SimError + use<> {
    let path = path.to_owned();
    move |source| SimError::Database { path: path.clone(), source: Arc::new(source) }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> SimError + use<> {
    let path = path.to_owned();
    move |source| SimError::Io { path: path.clone(), source: Arc::new(source) }
}

fn load(path: &Path, provider: &str) -> Result<Contents, SimError> {
    if !path.try_exists().map_err(io(path))? {
        return Ok(Contents::default());
    }
    let database = database(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(&database)?;
    if !is_ours(&connection, path)? {
        return Ok(Contents::default());
    }
    let read = || -> rusqlite::Result<Contents> {
        // One snapshot for all of it.
        let transaction = connection.unchecked_transaction()?;
        let mut statement = transaction.prepare(
            "SELECT number, type, scope, id, token, links, body FROM objects
             WHERE provider = ? ORDER BY number",
        )?;
        let rows = statement.query_map([provider], |row| {
            Ok(Row {
                number: row.get(0)?,
                type_name: row.get(1)?,
                scope: row.get(2)?,
                id: row.get(3)?,
                token: row.get(4)?,
                links: row.get(5)?,
                body: row.get(6)?,
            })
        })?;
        let rows = rows.collect::<rusqlite::Result<_>>()?;
        let mut statement =
            transaction.prepare("SELECT digest, count FROM twins WHERE provider = ?")?;
        let twins = statement.query_map([provider], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let twins = twins.collect::<rusqlite::Result<_>>()?;
        let revision = read_revision(&transaction, provider)?;
        Ok(Contents { rows, twins, revision })
    };
    read().map_err(&database)
}

fn read_revision(connection: &Connection, provider: &str) -> rusqlite::Result<i64> {
    let mut statement =
        connection.prepare_cached("SELECT revision FROM revisions WHERE provider = ?")?;
    Ok(statement.query_row([provider], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Whether the file holds a simulated cloud, as opposed to nothing at all.
fn is_ours(connection: &Connection, path: &Path) -> Result<bool, SimError> {
    let database = database(path);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (id, version) =
        (pragma("application_id").map_err(&database)?, pragma("user_version").map_err(&database)?);
    let tables = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(&database)?;
    match (id, version) {
        (APPLICATION_ID, VERSION) => Ok(true),
        (APPLICATION_ID, version) => Err(SimError::Newer { path: path.to_owned(), version }),
        (0, 0) if tables == 0 => Ok(false),
        _ => Err(SimError::Foreign { path: path.to_owned() }),
    }
}

/// Makes sure that nobody else writes this provider's objects as long as the file is open. The
/// system takes the lock away from a process that dies.
fn lock(path: &Path, provider: &str) -> Result<File, SimError> {
    let io = io(path);
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(&io)?;
    }
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(format!(".{provider}.lock"));
    let file = private_file(Path::new(&lock_path)).map_err(&io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(SimError::Busy { path: path.to_owned() }),
        Err(std::fs::TryLockError::Error(error)) => Err(io(error)),
    }
}

/// Opens or makes a file that only its owner can read: objects have secrets.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn open_for_writing(path: &Path) -> Result<Connection, SimError> {
    drop(private_file(path).map_err(io(path))?);
    let database = database(path);
    let connection = Connection::open(path).map_err(&database)?;
    let configure = || -> rusqlite::Result<()> {
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")
    };
    configure().map_err(&database)?;
    if !is_ours(&connection, path)? {
        let create = || -> rusqlite::Result<()> {
            let sql = format!(
                "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION_ID};
                 PRAGMA user_version = {VERSION}; COMMIT;"
            );
            connection.execute_batch(&sql)
        };
        create().map_err(&database)?;
    }
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i64) -> Row {
        Row {
            number,
            type_name: "a".into(),
            scope: "here".into(),
            id: format!("a-{number}"),
            token: String::new(),
            links: "{}".into(),
            body: "{}".into(),
        }
    }

    async fn write(store: &Store, changes: Vec<Change>) -> Result<(), SimError> {
        store.submit(changes).wait().await
    }

    #[tokio::test]
    async fn what_was_written_is_there_when_the_file_is_opened_again() {
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("deep/sim.db");
        let (store, contents) = Store::open(&path, "p").expect("it opens");
        assert!(contents.rows.is_empty() && !path.exists(), "reading makes no file");
        let put = [1, 2, 3].map(|number| Change::Put(row(number)));
        write(&store, put.into_iter().collect()).await.expect("it is written");
        let twins = Change::Twins { digest: [7; 16], count: 2 };
        write(&store, vec![Change::Remove(2), twins]).await.expect("it is written");
        drop(store);
        let (_store, contents) = Store::open(&path, "p").expect("it opens");
        assert_eq!(contents.rows, [row(1), row(3)]);
        assert_eq!(contents.twins, [([7; 16], 2)]);
        let (_store, contents) = Store::open(&path, "other").expect("it opens");
        assert!(contents.rows.is_empty(), "providers have their own objects");
    }

    #[tokio::test]
    async fn only_one_writes_and_who_is_behind_is_told() {
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("sim.db");
        let (first, _) = Store::open(&path, "p").expect("it opens");
        let (second, _) = Store::open(&path, "p").expect("it opens");
        let (third, _) = Store::open(&path, "p").expect("it opens");
        write(&first, vec![Change::Put(row(1))]).await.expect("it is written");
        let refused = write(&second, vec![Change::Put(row(1))]).await;
        assert!(matches!(refused, Err(SimError::Busy { .. })), "{refused:?}");
        drop(first);
        let refused = write(&third, vec![Change::Put(row(1))]).await;
        assert!(matches!(refused, Err(SimError::Changed { .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn a_file_that_is_something_else_is_left_alone() {
        let dir = tempfile::tempdir().expect("there is room");
        let path = dir.path().join("sim.db");
        std::fs::write(&path, "this is no database at all, but some text").expect("there is room");
        assert!(matches!(Store::open(&path, "p"), Err(SimError::Database { .. })));
        let path = dir.path().join("other.db");
        let other = Connection::open(&path).expect("it opens");
        other.execute_batch("CREATE TABLE t (a)").expect("it is made");
        assert!(matches!(Store::open(&path, "p"), Err(SimError::Foreign { .. })));
        let newer = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 9");
        other.execute_batch(&newer).expect("it is changed");
        assert!(matches!(Store::open(&path, "p"), Err(SimError::Newer { version: 9, .. })));
    }
}
