//! Writes as statements.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{
    Intent, ObjectStatus, OutputRow, ResourceRow, RowKey, RowVersion, RunId, Took, Write,
};
use crate::sqlite::columns::{object_columns, signed};

/// Keys that are remembered. A run of a million resources must not remember all of them.
const KEYS_REMEMBERED_MAX: usize = 100_000;

/// Why a batch was not applied.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It does not fit what there is.
    Conflict(String),
    /// Somebody else has the right to write now.
    Lost,
    /// The database could not do it.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Numbers of names and keys that were looked up or made before.
#[derive(Default)]
pub(crate) struct Numbers {
    names: HashMap<Arc<str>, i64>,
    keys: HashMap<RowKey, i64>,
}

impl Numbers {
    /// Forgets everything: after a rollback, what was made is gone.
    pub(crate) fn forget(&mut self) {
        self.names.clear();
        self.keys.clear();
    }

    fn name(&mut self, connection: &Connection, text: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some(number) = self.names.get(text) {
            return Ok(*number);
        }
        let mut find = connection.prepare_cached("SELECT id FROM name WHERE text = ?1")?;
        let number = match find.query_row([&**text], |row| row.get(0)).optional()? {
            Some(number) => number,
            None => connection
                .prepare_cached("INSERT INTO name (text) VALUES (?1)")?
                .insert([&**text])?,
        };
        self.names.insert(text.clone(), number);
        Ok(number)
    }

    fn key(&mut self, connection: &Connection, key: &RowKey) -> rusqlite::Result<i64> {
        if let Some(number) = self.keys.get(key) {
            return Ok(*number);
        }
        let number = match find_key(connection, key)? {
            Some(number) => number,
            None => connection
                .prepare_cached("INSERT INTO key (address, deposed) VALUES (?1, ?2)")?
                .insert([&*key.address, deposed(key)])?,
        };
        if self.keys.len() >= KEYS_REMEMBERED_MAX {
            self.keys.clear();
        }
        self.keys.insert(key.clone(), number);
        Ok(number)
    }

    /// Numbers of addresses as a JSON array.
    fn keys(&mut self, connection: &Connection, of: &[Arc<str>]) -> rusqlite::Result<String> {
        let mut text = String::from("[");
        for address in of {
            let number = self.key(connection, &RowKey::current(address.clone()))?;
            let separator = if text.len() > 1 { "," } else { "" };
            // Writing to a string does not fail.
            let _ = write!(text, "{separator}{number}");
        }
        text.push(']');
        Ok(text)
    }
}

/// The number of a key, if it has one.
pub(crate) fn find_key(connection: &Connection, key: &RowKey) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM key WHERE address = ?1 AND deposed = ?2")?
        .query_row([&*key.address, deposed(key)], |row| row.get(0))
        .optional()
}

pub(crate) fn deposed(key: &RowKey) -> &str {
    key.deposed.as_deref().unwrap_or_default()
}

/// What a transaction has done so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    /// The version given last.
    pub(crate) version: u64,
    /// Objects created, changed and destroyed.
    pub(crate) objects: [u64; 3],
    /// Whether a row or an output changed.
    pub(crate) changed: bool,
    /// Whether the serial was taken over from another state, so that this run does not count in it.
    pub(crate) adopted: bool,
}

const ADD_OBJECT: &str = concat!(
    "INSERT INTO object (key, ",
    object_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (key) DO NOTHING"
);

const REPLACE_OBJECT: &str = concat!(
    "REPLACE INTO object (key, ",
    object_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
);

/// A transaction that writes are applied in.
pub(crate) struct Applying<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) run: RunId,
    pub(crate) tally: Tally,
}

impl Applying<'_> {
    /// Applies writes in order. Those before one that is refused remain: the caller rolls back.
    pub(crate) fn all(&mut self, writes: &[Write]) -> Result<Vec<RowVersion>, Refusal> {
        let mut versions = Vec::new();
        for write in writes {
            match write {
                Write::Put(row) => versions.push(self.put(row)?),
                Write::Remove(key) => self.remove(key)?,
                Write::Move(from, to) => self.rename(from, to)?,
                Write::PutOutput(output) => self.put_output(output)?,
                Write::RemoveOutput(name) => self.remove_output(name)?,
                Write::Begin(intent) => self.begin(intent)?,
                Write::Settle(token) => self.settle(token)?,
                Write::Adopt { lineage, serial } => self.adopt(lineage, *serial)?,
                Write::Took(took) => self.took(took)?,
            }
        }
        Ok(versions)
    }

    fn put(&mut self, row: &ResourceRow) -> Result<RowVersion, Refusal> {
        let key = self.numbers.key(self.connection, &row.key)?;
        let type_name = self.numbers.name(self.connection, &row.type_name)?;
        let provider = self.numbers.name(self.connection, &row.provider)?;
        let dependencies = self.numbers.keys(self.connection, &row.dependencies)?;
        let version = self.next_version();
        let values = params![
            key,
            signed(version),
            type_name,
            provider,
            row.schema_version,
            row.status == ObjectStatus::Tainted,
            row.ending.create_before_destroy,
            dependencies,
            row.sensitive_paths.as_deref(),
            row.private.as_deref(),
            &*row.attributes,
            row.ending.skip_destroy,
        ];
        // Most objects are new.
        let added = self.connection.prepare_cached(ADD_OBJECT)?.execute(values)?;
        if added > 0 {
            self.record_absent(version, key)?;
            self.tally.objects[0] += 1;
        } else {
            self.record(version, key)?;
            self.connection.prepare_cached(REPLACE_OBJECT)?.execute(values)?;
            self.tally.objects[1] += 1;
        }
        Ok(RowVersion(version))
    }

    fn remove(&mut self, key: &RowKey) -> Result<(), Refusal> {
        let Some(key) = find_key(self.connection, key)? else { return Ok(()) };
        let version = self.tally.version + 1;
        if self.record(version, key)? {
            self.next_version();
            self.connection.prepare_cached("DELETE FROM object WHERE key = ?1")?.execute([key])?;
            self.tally.objects[2] += 1;
        }
        Ok(())
    }

    fn rename(&mut self, from: &RowKey, to: &RowKey) -> Result<(), Refusal> {
        let from_key = self.numbers.key(self.connection, from)?;
        let to_key = self.numbers.key(self.connection, to)?;
        let exists = |key: i64| {
            self.connection
                .prepare_cached("SELECT 1 FROM object WHERE key = ?1")
                .and_then(|mut statement| statement.exists([key]))
        };
        if !exists(from_key)? {
            return Err(Refusal::Conflict(from.to_string()));
        }
        if exists(to_key)? {
            return Err(Refusal::Conflict(to.to_string()));
        }
        let left = self.next_version();
        self.record(left, from_key)?;
        let arrived = self.next_version();
        self.record_absent(arrived, to_key)?;
        self.connection
            .prepare_cached("UPDATE object SET key = ?2, version = ?3 WHERE key = ?1")?
            .execute([from_key, to_key, signed(arrived)])?;
        Ok(())
    }

    fn put_output(&mut self, output: &OutputRow) -> Result<(), Refusal> {
        let parameters = params![&*output.name, &*output.value, &*output.ty, output.sensitive];
        let same = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM output WHERE name = ?1 AND value = ?2 AND type = ?3 AND sensitive = ?4",
            )?
            .exists(parameters)?;
        if same {
            return Ok(());
        }
        self.record_output(&output.name)?;
        self.connection
            .prepare_cached(
                "REPLACE INTO output (name, value, type, sensitive) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(parameters)?;
        Ok(())
    }

    fn remove_output(&mut self, name: &str) -> Result<(), Refusal> {
        let mut find = self.connection.prepare_cached("SELECT 1 FROM output WHERE name = ?1")?;
        if find.exists([name])? {
            self.record_output(name)?;
            self.connection
                .prepare_cached("DELETE FROM output WHERE name = ?1")?
                .execute([name])?;
        }
        Ok(())
    }

    fn begin(&mut self, intent: &Intent) -> Result<(), Refusal> {
        let key = self.numbers.key(self.connection, &intent.key)?;
        let type_name = self.numbers.name(self.connection, &intent.type_name)?;
        let provider = self.numbers.name(self.connection, &intent.provider)?;
        let dependencies = self.numbers.keys(self.connection, &intent.dependencies)?;
        let sql = "INSERT INTO intent (token, run, kind, key, type, provider, create_before_destroy, \
                   skip_destroy, dependencies, request) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
                   ON CONFLICT (token) DO NOTHING";
        let added = self.connection.prepare_cached(sql)?.execute(params![
            &*intent.token,
            signed(intent.run.0),
            intent.kind.name(),
            key,
            type_name,
            provider,
            intent.ending.create_before_destroy,
            intent.ending.skip_destroy,
            dependencies,
            &*intent.request,
        ])?;
        if added == 0 {
            return Err(Refusal::Conflict(format!("operation {}", intent.token)));
        }
        Ok(())
    }

    fn settle(&mut self, token: &str) -> Result<(), Refusal> {
        let mut statement =
            self.connection.prepare_cached("DELETE FROM intent WHERE token = ?1")?;
        if statement.execute([token])? == 0 {
            return Err(Refusal::Conflict(format!("operation {token}")));
        }
        Ok(())
    }

    fn adopt(&mut self, lineage: &str, serial: u64) -> Result<(), Refusal> {
        self.connection
            .prepare_cached("UPDATE state SET lineage = ?1, serial = ?2")?
            .execute(params![lineage, signed(serial)])?;
        self.tally.adopted = true;
        Ok(())
    }

    fn took(&mut self, took: &[Took]) -> Result<(), Refusal> {
        // Numbers and names can always be written as JSON.
        let text = serde_json::to_string(took).unwrap_or_default();
        self.connection
            .prepare_cached("UPDATE run SET took = ?2 WHERE id = ?1")?
            .execute(params![signed(self.run.0), text])?;
        Ok(())
    }

    const fn next_version(&mut self) -> u64 {
        self.tally.version += 1;
        self.tally.changed = true;
        self.tally.version
    }

    /// Writes an object as it is into the history; false if there is none.
    fn record(&self, version: u64, key: i64) -> rusqlite::Result<bool> {
        let sql = concat!(
            "INSERT INTO history (id, key, ",
            object_columns!(),
            ") SELECT ?1, key, ",
            object_columns!(),
            " FROM object WHERE key = ?2"
        );
        Ok(self.connection.prepare_cached(sql)?.execute([signed(version), key])? > 0)
    }

    fn record_absent(&self, version: u64, key: i64) -> rusqlite::Result<()> {
        let sql = "INSERT INTO history (id, key) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.execute([signed(version), key])?;
        Ok(())
    }

    fn record_output(&mut self, name: &str) -> rusqlite::Result<()> {
        self.tally.changed = true;
        let sql = "INSERT INTO output_history (run, name, value, type, sensitive) \
                   SELECT ?1, ?2, value, type, sensitive \
                   FROM (SELECT 1) LEFT JOIN output ON name = ?2";
        self.connection.prepare_cached(sql)?.execute(params![signed(self.run.0), name])?;
        Ok(())
    }
}
