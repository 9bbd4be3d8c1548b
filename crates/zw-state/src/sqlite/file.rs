//! The file: making it, opening it, and bringing it to the format of today.

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::actor::Actor;
use crate::error::StoreError;
use crate::lock::FileLock;
use crate::model::{RunId, RunKind};
use crate::sqlite::columns::unsigned;
use crate::sqlite::fault::fault;

/// Tells a state from the databases of other programs: `zwST`.
const APPLICATION_ID: u32 = 0x7A77_5354;

/// What the first bytes of every database are.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// How many bytes come before the first page's contents.
const HEADER_LENGTH: usize = 100;

/// How often, and after how long, a file is looked at again that seems to be damaged.
const LOOKS: usize = 3;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// What makes each format out of the one before it, the first out of nothing. A format that was released
/// never changes; the number of the last is what this program writes.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/1.sql"),
    include_str!("migrations/2.sql"),
    include_str!("migrations/3.sql"),
    include_str!("migrations/4.sql"),
];

/// How long to wait for another process that is within a transaction.
const BUSY: Duration = Duration::from_secs(30);

/// Where a state is kept.
#[derive(Clone, Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    migrations: &'static [&'static str],
    /// How large the file may become, in pages.
    pages_max: Option<u32>,
}

/// How a connection uses the file.
enum Access {
    Read,
    Write,
}

impl StateFile {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path, migrations: MIGRATIONS, pages_max: None }
    }

    /// The same file as a program of other formats, or a disk of another size, has it.
    #[cfg(test)]
    pub(crate) const fn with(
        mut self,
        migrations: &'static [&'static str],
        pages_max: Option<u32>,
    ) -> Self {
        self.migrations = migrations;
        self.pages_max = pages_max;
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.beside(".lock")
    }

    /// A connection that reads; `None` if there is no state yet.
    pub(crate) fn reader(&self, actor: &Actor) -> Result<Option<Connection>, StoreError> {
        if !self.exists()? {
            return Ok(None);
        }
        let connection = self.connect(&Access::Read)?;
        if self.format(&connection)? == self.newest() {
            return Ok(Some(connection));
        }
        drop(connection);
        let holder = actor.holding(RunKind::Edit);
        let lock = FileLock::take(&self.lock_path(), &holder, BUSY, |_| (), || false)?;
        let mut connection = self.connect(&Access::Write)?;
        self.migrate(&mut connection)?;
        drop(lock);
        self.connect(&Access::Read).map(Some)
    }

    /// A connection that writes, to a file that is made if there is none. The caller has the lock.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        if !self.exists()? {
            self.create()?;
        }
        let mut connection = self.connect(&Access::Write)?;
        self.migrate(&mut connection)?;
        Ok(connection)
    }

    /// Makes the directory of a new state.
    pub(crate) fn create_directory(&self) -> Result<(), StoreError> {
        let Some(directory) = self.path.parent() else { return Ok(()) };
        std::fs::create_dir_all(directory).map_err(|error| StoreError::Io {
            context: format!("cannot create {}", directory.display()),
            reason: error.to_string(),
        })
    }

    /// The run that may write, if there is one.
    pub(crate) fn fence(&self) -> Result<Option<RunId>, StoreError> {
        if !self.exists()? {
            return Ok(None);
        }
        let connection = self.connect(&Access::Read)?;
        self.format(&connection)?;
        let fence = connection
            .query_row("SELECT fence FROM state", (), |row| unsigned(row, 0))
            .map_err(|error| fault(&self.path, "cannot read", &error))?;
        Ok((fence > 0).then_some(RunId(fence)))
    }

    /// Takes the right to write from whoever has it.
    pub(crate) fn lower_fence(&self) -> Result<(), StoreError> {
        if !self.exists()? {
            return Ok(());
        }
        let connection = self.connect(&Access::Write)?;
        self.format(&connection)?;
        connection
            .execute("UPDATE state SET fence = 0", ())
            .map(drop)
            .map_err(|error| fault(&self.path, "cannot write", &error))
    }

    /// Whether there is a state, or nothing at all. What is there and is no state is an error: a file is never
    /// taken for a new state because it cannot be read.
    fn exists(&self) -> Result<bool, StoreError> {
        let mut found = self.examine();
        // Another process may make the state, or fold its log into it, between two looks at it.
        for _ in 0..LOOKS {
            if !matches!(found, Err(StoreError::Corrupt { .. })) {
                break;
            }
            std::thread::sleep(BETWEEN_LOOKS);
            found = self.examine();
        }
        found
    }

    fn examine(&self) -> Result<bool, StoreError> {
        let had_log = self.has_log();
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return self.no_remains().map(|()| false);
            }
            Err(error) => return Err(self.unreadable(&error)),
            Ok(file) => file,
        };
        let length = file.metadata().map_err(|error| self.unreadable(&error))?.len();
        if length == 0 {
            return Err(self.corrupt(
                "it is empty. Restore it from a backup; delete it only if nothing was ever applied",
            ));
        }
        let mut header = [0; HEADER_LENGTH];
        match file.read_exact(&mut header) {
            Ok(()) if header.starts_with(MAGIC) => {}
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => {
                return Err(self.unreadable(&error));
            }
            _ => {
                return Err(self.corrupt(
                    "it is not a database. Move it away if something else belongs there; otherwise restore it \
                     from a backup",
                ));
            }
        }
        if !had_log {
            self.is_whole(&header, length)?;
        }
        Ok(true)
    }

    fn has_log(&self) -> bool {
        std::fs::metadata(self.beside("-wal")).is_ok_and(|metadata| metadata.len() > 0)
    }

    /// Compares the file's length with what its header says. The database fills the end of a last page
    /// that was cut off with zeros, without a word. While there is a log, pages may be there and not here.
    fn is_whole(&self, header: &[u8; HEADER_LENGTH], length: u64) -> Result<(), StoreError> {
        let number = |at: usize| {
            header[at..].iter().take(4).fold(0, |all, byte| all << 8 | u64::from(*byte))
        };
        // "Database File Format", 1.3: 1 stands for 65,536, which does not fit into two bytes.
        let page_size = match number(16) >> 16 {
            1 => 65_536,
            size => size,
        };
        let expected = number(28) * page_size;
        if length == expected || self.has_log() {
            return Ok(());
        }
        Err(self.corrupt(&format!(
            "it has {length} bytes, and should have {expected}. Restore it from a backup"
        )))
    }

    /// A write-ahead log without its database belongs to a state that was removed or moved. A new state beside it
    /// would be overwritten with the pages in it.
    fn no_remains(&self) -> Result<(), StoreError> {
        if !self.has_log() {
            return Ok(());
        }
        Err(self.corrupt(&format!(
            "the file is missing, but its log {} is there. Put the file back, or delete the log too",
            self.beside("-wal").display()
        )))
    }

    /// Makes an empty state beside its place and then moves it there, so that whoever dies meanwhile leaves
    /// either no state or a whole one.
    fn create(&self) -> Result<(), StoreError> {
        let unwritable = |error: std::io::Error| StoreError::Io {
            context: format!("cannot create {}", self.path.display()),
            reason: error.to_string(),
        };
        let fresh = self.beside(".new");
        for leftover in [fresh.clone(), appended(&fresh, "-journal"), appended(&fresh, "-wal")] {
            match std::fs::remove_file(&leftover) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(unwritable(error)),
                _ => {}
            }
        }
        let made = Connection::open(&fresh).and_then(|mut connection| {
            // A row with its attributes is seldom larger than a page of this size.
            connection.pragma_update(None, "page_size", 8192)?;
            let transaction = connection.transaction()?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            for migration in self.migrations {
                transaction.execute_batch(migration)?;
            }
            transaction.pragma_update(None, "user_version", self.newest())?;
            transaction.execute_batch(NEW_STATE)?;
            transaction.commit()?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.close().map_err(|(_, error)| error)
        });
        made.map_err(|error| fault(&self.path, "cannot create", &error))?;
        File::open(&fresh)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&fresh, &self.path))
            .and_then(|()| sync_directory(&self.path))
            .map_err(unwritable)
    }

    fn connect(&self, access: &Access) -> Result<Connection, StoreError> {
        let how = match access {
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let connection =
            Connection::open_with_flags(&self.path, how | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .and_then(|connection| {
                    connection.busy_timeout(BUSY)?;
                    connection.set_prepared_statement_cache_capacity(64);
                    connection.pragma_update(None, "temp_store", "memory")?;
                    if matches!(access, Access::Write) {
                        // Every commit reaches the disk before it is reported.
                        connection.pragma_update(None, "synchronous", "full")?;
                        connection.pragma_update(None, "cache_size", -65_536)?;
                        // In pages. Fewer checkpoints write the pages that change all the time less often.
                        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
                        if let Some(most) = self.pages_max {
                            connection.pragma_update(None, "max_page_count", most)?;
                        }
                    }
                    Ok(connection)
                })
                .map_err(|error| fault(&self.path, "cannot open", &error))?;
        if matches!(access, Access::Write) {
            self.write_ahead(&connection)?;
        }
        Ok(connection)
    }

    fn write_ahead(&self, connection: &Connection) -> Result<(), StoreError> {
        let mode: String = connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
            .map_err(|error| fault(&self.path, "cannot open", &error))?;
        if mode == "wal" {
            return Ok(());
        }
        Err(StoreError::Io {
            context: format!("cannot open {}", self.path.display()),
            reason: "the file system has no shared memory. Keep the state on a local disk"
                .to_owned(),
        })
    }

    /// The format of a file that is a state.
    fn format(&self, connection: &Connection) -> Result<u32, StoreError> {
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
        let numbers = pragma("application_id").and_then(|id| Ok((id, pragma("user_version")?)));
        let (id, found) = numbers.map_err(|error| fault(&self.path, "cannot read", &error))?;
        if id != APPLICATION_ID || found == 0 {
            return Err(self.corrupt("it is the database of another program. Move it away"));
        }
        if found > self.newest() {
            let known = self.newest();
            return Err(StoreError::Newer { path: self.path.clone(), found, known });
        }
        Ok(found)
    }

    /// Brings a file to the newest format: a step at a time, each whole or not at all. A copy of the file as
    /// it was stays beside it.
    fn migrate(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let found = self.format(connection)?;
        if found == self.newest() {
            return Ok(());
        }
        let failed = |error| fault(&self.path, "cannot migrate", &error);
        let copy = self.beside(&format!(".format-{found}"));
        if !copy.exists() {
            let copy = copy.to_string_lossy();
            connection.execute("VACUUM INTO ?1", [&*copy]).map_err(failed)?;
        }
        for (migration, format) in self.migrations.iter().zip(1..) {
            if format <= found {
                continue;
            }
            let step = connection.transaction().and_then(|transaction| {
                transaction.execute_batch(migration)?;
                transaction.pragma_update(None, "user_version", format)?;
                transaction.commit()
            });
            step.map_err(failed)?;
        }
        Ok(())
    }

    fn newest(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        appended(&self.path, suffix)
    }

    fn corrupt(&self, reason: &str) -> StoreError {
        StoreError::Corrupt { path: self.path.clone(), reason: reason.to_owned() }
    }

    fn unreadable(&self, error: &std::io::Error) -> StoreError {
        StoreError::Io {
            context: format!("cannot read {}", self.path.display()),
            reason: error.to_string(),
        }
    }
}

/// The lineage is a random UUID (version 4), as Terraform's are.
const NEW_STATE: &str = "
    WITH random AS (SELECT lower(hex(randomblob(16))) AS hex)
    INSERT INTO state (id, lineage, serial, version, fence)
    SELECT 1,
        substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-4' || substr(hex, 14, 3) || '-'
            || substr('89ab', 1 + (instr('0123456789abcdef', substr(hex, 17, 1)) - 1) % 4, 1)
            || substr(hex, 18, 3) || '-' || substr(hex, 21, 12),
        0, 0, 0
    FROM random";

fn appended(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Makes the names in a file's directory durable.
#[cfg(unix)]
fn sync_directory(path: &Path) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> std::io::Result<()> {
    Ok(())
}
