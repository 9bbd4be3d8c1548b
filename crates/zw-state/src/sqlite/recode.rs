//! Writing all that there is anew, in one transaction.

use std::sync::Arc;

use rusqlite::{Connection, Error, Result, params};

use crate::error::StoreError;
use crate::model::{OutputRow, RunId};
use crate::seal::{Recoder, Recoding};
use crate::sqlite::columns::{Names, key, object, object_columns, shared};
use crate::sqlite::read;

/// Writes it in a transaction that the caller has begun. The outer error is that of the database.
pub(crate) fn all(connection: &Connection, recoding: &Recoding) -> Result<Result<(), StoreError>> {
    let Recoding { recoder, mark, record } = recoding;
    connection.execute("DELETE FROM output_history WHERE name = ?1", [&**mark])?;
    connection.execute("DELETE FROM output WHERE name = ?1", [&**mark])?;
    let recoded = objects(connection, &**recoder, "object", "key")
        .and_then(|()| objects(connection, &**recoder, "history", "id"))
        .and_then(|()| outputs(connection, &**recoder, "output", "name"))
        .and_then(|()| outputs(connection, &**recoder, "output_history", "id"))
        .and_then(|()| intents(connection, &**recoder));
    if let Err(failure) = recoded {
        return match failure {
            Failure::Database(error) => Err(error),
            Failure::Recoder(error) => Ok(Err(error)),
        };
    }
    if let Some(OutputRow { name, value, ty, sensitive }) = record {
        connection.execute(
            "INSERT INTO output (name, value, type, sensitive) VALUES (?1, ?2, ?3, ?4)",
            params![&**name, &**value, &**ty, sensitive],
        )?;
    }
    Ok(Ok(()))
}

enum Failure {
    Database(Error),
    Recoder(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Recoder(error)
    }
}

/// Objects of a table, one at a time, by its primary key.
fn objects(
    connection: &Connection,
    recoder: &dyn Recoder,
    table: &str,
    id: &str,
) -> std::result::Result<(), Failure> {
    let names = Names::load(connection)?;
    let mut address = |number: i64| key(connection, number).map(|key| key.address);
    let mut ids =
        connection.prepare(&format!("SELECT {id}, key FROM {table} WHERE version IS NOT NULL"))?;
    let ids = ids.query_map((), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let ids: Vec<(i64, i64)> = ids.collect::<Result<_>>()?;
    let mut select = connection.prepare(&format!(
        concat!("SELECT ", object_columns!(), " FROM {} WHERE {} = ?1"),
        table, id
    ))?;
    let mut update = connection.prepare(&format!(
        "UPDATE {table} SET attributes = ?2, sensitive_paths = ?3, private = ?4 WHERE {id} = ?1"
    ))?;
    for (at, number) in ids {
        let key = key(connection, number)?;
        let row = select.query_row([at], |row| object(row, 0, key, &names, &mut address))?;
        let row = recoder.row(row)?;
        update.execute(params![
            at,
            &*row.attributes,
            row.sensitive_paths.as_deref(),
            row.private.as_deref()
        ])?;
    }
    Ok(())
}

fn outputs(
    connection: &Connection,
    recoder: &dyn Recoder,
    table: &str,
    id: &str,
) -> std::result::Result<(), Failure> {
    let mut select = connection.prepare(&format!(
        "SELECT value, type, sensitive, name, {id} FROM {table} WHERE value IS NOT NULL"
    ))?;
    let found = select.query_map((), |row| {
        let name: Arc<str> = shared(row, 3)?;
        Ok((row.get::<_, rusqlite::types::Value>(4)?, read::output_at(row, &name)?))
    })?;
    let found: Vec<_> = found.collect::<Result<_>>()?;
    let mut update =
        connection.prepare(&format!("UPDATE {table} SET value = ?2, type = ?3 WHERE {id} = ?1"))?;
    for (at, output) in found {
        let Some(output) = output else { continue };
        let output = recoder.output(output)?;
        update.execute(params![at, &*output.value, &*output.ty])?;
    }
    Ok(())
}

fn intents(connection: &Connection, recoder: &dyn Recoder) -> std::result::Result<(), Failure> {
    let mut update = connection.prepare("UPDATE intent SET request = ?2 WHERE token = ?1")?;
    // No run has this number, so these are all.
    for intent in read::in_doubt(connection, RunId(0))? {
        let intent = recoder.intent(intent)?;
        update.execute([&*intent.token, &*intent.request])?;
    }
    Ok(())
}

/// Takes what was overwritten out of the file and its log. Whether that worked: a reader may keep the log from
/// being emptied, and the disk may have no room for a second file.
pub(crate) fn forget_old_bytes(connection: &Connection) -> bool {
    let emptied = |connection: &Connection| {
        let busy: Result<i64> =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0));
        busy.is_ok_and(|busy| busy == 0)
    };
    connection.execute_batch("VACUUM").is_ok() && emptied(connection)
}
