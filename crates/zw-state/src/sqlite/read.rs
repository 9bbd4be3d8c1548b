//! Reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::model::{
    Ending, Intent, IntentKind, OutputRow, ResourceRow, RowKey, RowVersion, Run, RunId, RunKind,
    RunStatus, Snapshot, Took,
};
use crate::sqlite::apply::deposed;
use crate::sqlite::columns::{
    Names, dependencies, key, key_at, object, object_columns, shared, shared_opt, signed, text,
    unexpected, unsigned, version,
};
use crate::store::OutputChange;

/// What a run did to an object: the object before and after.
pub(crate) type Change = (RowKey, Option<ResourceRow>, Option<ResourceRow>);

/// Everything that exists.
pub(crate) fn snapshot(connection: &Connection) -> Result<Snapshot> {
    let reading = connection.unchecked_transaction()?;
    let (serial, lineage) = reading.query_row("SELECT serial, lineage FROM state", (), |row| {
        Ok((unsigned(row, 0)?, row.get(1)?))
    })?;
    let resources = resources(&reading)?;
    let mut statement = reading.prepare("SELECT name, value, type, sensitive FROM output")?;
    let outputs = statement.query_map((), |row| {
        let output = OutputRow {
            name: shared(row, 0)?,
            value: shared(row, 1)?,
            ty: shared(row, 2)?,
            sensitive: row.get(3)?,
        };
        Ok((output.name.clone(), output))
    })?;
    let outputs = outputs.collect::<Result<_>>()?;
    Ok(Snapshot { serial, lineage, resources, outputs })
}

/// All rows. Two passes, each in the order in which the pages lie: one over the index of keys, which
/// yields the order of the addresses without sorting, and one over the rows. Each address is one text in
/// memory, whoever depends on it.
fn resources(connection: &Connection) -> Result<BTreeMap<RowKey, ResourceRow>> {
    let names = Names::load(connection)?;
    let (keys, order) = keys(connection)?;
    let mut address = |number: i64| {
        let key = position(number).and_then(|at| keys.get(at)?.as_ref());
        key.map(|key| key.address.clone()).ok_or_else(|| unexpected(0, "there is no such key"))
    };
    let mut rows: Vec<Option<ResourceRow>> = Vec::new();
    rows.resize_with(keys.len(), || None);
    let sql = concat!("SELECT key, ", object_columns!(), " FROM object");
    let mut statement = connection.prepare(sql)?;
    let mut found = statement.query(())?;
    while let Some(row) = found.next()? {
        let at = position(row.get(0)?);
        let key = at.and_then(|at| keys.get(at)?.clone());
        let (Some(at), Some(key)) = (at, key) else {
            return Err(unexpected(0, "there is no such key"));
        };
        rows[at] = Some(object(row, 1, key, &names, &mut address)?);
    }
    let rows = order.into_iter().filter_map(|at| {
        let row = rows[at].take()?;
        Some((row.key.clone(), row))
    });
    Ok(rows.collect())
}

/// Keys by number, and their numbers in the order of the keys.
fn keys(connection: &Connection) -> Result<(Vec<Option<RowKey>>, Vec<usize>)> {
    let most: Option<i64> =
        connection.query_row("SELECT max(id) FROM key", (), |row| row.get(0))?;
    let length = most.and_then(position).map_or(0, |at| at + 1);
    let mut keys = vec![None; length];
    let mut order = Vec::with_capacity(length);
    let mut statement =
        connection.prepare("SELECT id, address, deposed FROM key ORDER BY address, deposed")?;
    let mut found = statement.query(())?;
    while let Some(row) = found.next()? {
        let at = position(row.get(0)?).filter(|at| *at < length);
        let at = at.ok_or_else(|| unexpected(0, "the number of a key is out of range"))?;
        keys[at] = Some(key_at(row, 1)?);
        order.push(at);
    }
    Ok((keys, order))
}

fn position(number: i64) -> Option<usize> {
    usize::try_from(number).ok()
}

/// Objects of some keys.
pub(crate) fn rows(
    connection: &Connection,
    keys: &[RowKey],
) -> Result<BTreeMap<RowKey, ResourceRow>> {
    let reading = connection.unchecked_transaction()?;
    let names = Names::load(&reading)?;
    let mut address = |number: i64| key(&reading, number).map(|key| key.address);
    let mut statement = reading.prepare(concat!(
        "SELECT ",
        object_columns!(),
        " FROM key JOIN object ON object.key = key.id WHERE address = ?1 AND deposed = ?2"
    ))?;
    let mut rows = BTreeMap::new();
    for key in keys {
        let found = statement.query_row([&*key.address, deposed(key)], |row| {
            object(row, 0, key.clone(), &names, &mut address)
        });
        if let Some(row) = found.optional()? {
            rows.insert(key.clone(), row);
        }
    }
    Ok(rows)
}

/// An output.
pub(crate) fn output(connection: &Connection, name: &Arc<str>) -> Result<Option<OutputRow>> {
    let mut statement =
        connection.prepare("SELECT value, type, sensitive FROM output WHERE name = ?1")?;
    let found = statement.query_row([&**name], |row| output_at(row, name));
    Ok(found.optional()?.flatten())
}

/// The output in three columns; `None` if there was none.
pub(crate) fn output_at(row: &Row<'_>, name: &Arc<str>) -> Result<Option<OutputRow>> {
    match (shared_opt(row, 0)?, shared_opt(row, 1)?) {
        (Some(value), Some(ty)) => {
            Ok(Some(OutputRow { name: name.clone(), value, ty, sensitive: row.get(2)? }))
        }
        _ => Ok(None),
    }
}

/// Versions of rows, in the order of the keys.
pub(crate) fn versions(
    connection: &Connection,
    keys: &[RowKey],
) -> Result<Vec<Option<RowVersion>>> {
    let reading = connection.unchecked_transaction()?;
    let mut statement = reading.prepare(
        "SELECT version FROM key JOIN object ON object.key = key.id WHERE address = ?1 AND deposed = ?2",
    )?;
    keys.iter()
        .map(|key| {
            let parameters = [&*key.address, deposed(key)];
            statement.query_row(parameters, |row| version(row, 0)).optional()
        })
        .collect()
}

/// Runs, newest first.
pub(crate) fn runs(connection: &Connection, most: usize) -> Result<Vec<Run>> {
    let mut statement = connection.prepare(
        "SELECT id, kind, status, who, started, ended, created, changed, destroyed, took \
         FROM run ORDER BY id DESC LIMIT ?1",
    )?;
    let runs = statement.query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| {
        Ok(Run {
            id: RunId(unsigned(row, 0)?),
            kind: named(row, 1, RunKind::of_name)?,
            status: named(row, 2, RunStatus::of_name)?,
            who: row.get(3)?,
            started: row.get(4)?,
            ended: row.get(5)?,
            changes: [unsigned(row, 6)?, unsigned(row, 7)?, unsigned(row, 8)?],
            took: took(row, 9)?,
        })
    })?;
    runs.collect()
}

fn took(row: &Row<'_>, column: usize) -> Result<Vec<Took>> {
    let text: Option<String> = row.get(column)?;
    let read = |text: String| serde_json::from_str(&text);
    text.map_or_else(|| Ok(Vec::new()), read)
        .map_err(|_| unexpected(column, "how long operations took cannot be read"))
}

fn named<T>(row: &Row<'_>, column: usize, of_name: fn(&str) -> Option<T>) -> Result<T> {
    of_name(text(row, column)?).ok_or_else(|| unexpected(column, "there is no such word"))
}

/// What a run wrote.
pub(crate) fn changes(connection: &Connection, run: RunId) -> Result<Vec<Change>> {
    let reading = connection.unchecked_transaction()?;
    let names = Names::load(&reading)?;
    let mut entries = reading.prepare(
        "SELECT key, min(id), max(id) FROM history \
         WHERE id > (SELECT version FROM run WHERE id = ?1) \
             AND id <= coalesce((SELECT min(version) FROM run WHERE id > ?1), id) \
         GROUP BY key",
    )?;
    let select = |from: &str| {
        reading.prepare(&format!(concat!("SELECT ", object_columns!(), " FROM {}"), from))
    };
    let mut before = select("history WHERE id = ?1")?;
    let mut later = select("history WHERE version = ?1")?;
    let mut now = select("object WHERE key = ?1 AND version = ?2")?;
    let mut address = |number: i64| key(&reading, number).map(|key| key.address);
    let mut read = |row: &Row<'_>, key: &RowKey| match row.get_ref(0)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => object(row, 0, key.clone(), &names, &mut address).map(Some),
    };
    let mut changes = Vec::new();
    let mut found = entries.query([signed(run.0)])?;
    while let Some(entry) = found.next()? {
        let (number, first, last): (i64, i64, i64) = (entry.get(0)?, entry.get(1)?, entry.get(2)?);
        let key = key(&reading, number)?;
        let before = before.query_row([first], |row| read(row, &key))?;
        let mut after = now.query_row([number, last], |row| read(row, &key)).optional()?.flatten();
        if after.is_none() {
            after = later.query_row([last], |row| read(row, &key)).optional()?.flatten();
        }
        if before.is_some() || after.is_some() {
            changes.push((key, before, after));
        }
    }
    changes.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(changes)
}

/// What a run did to outputs.
pub(crate) fn output_changes(connection: &Connection, run: RunId) -> Result<Vec<OutputChange>> {
    let reading = connection.unchecked_transaction()?;
    let mut names =
        reading.prepare("SELECT name, min(id) FROM output_history WHERE run = ?1 GROUP BY name")?;
    let mut before =
        reading.prepare("SELECT value, type, sensitive FROM output_history WHERE id = ?1")?;
    let mut later = reading.prepare(
        "SELECT value, type, sensitive FROM output_history \
         WHERE name = ?1 AND run > ?2 ORDER BY run, id LIMIT 1",
    )?;
    let mut now = reading.prepare("SELECT value, type, sensitive FROM output WHERE name = ?1")?;
    let mut changes = Vec::new();
    let mut found = names.query([signed(run.0)])?;
    while let Some(entry) = found.next()? {
        let (name, first): (Arc<str>, i64) = (shared(entry, 0)?, entry.get(1)?);
        let before = before.query_row([first], |row| output_at(row, &name))?;
        let next = later.query_row(params![&*name, signed(run.0)], |row| output_at(row, &name));
        let after = match next.optional()? {
            Some(after) => after,
            None => now.query_row([&*name], |row| output_at(row, &name)).optional()?.flatten(),
        };
        if before != after {
            changes.push((name, before, after));
        }
    }
    Ok(changes)
}

/// Intents of other runs, in the order in which they began.
pub(crate) fn in_doubt(connection: &Connection, run: RunId) -> Result<Vec<Intent>> {
    let names = Names::load(connection)?;
    let mut statement = connection.prepare(
        "SELECT token, run, kind, key, type, provider, create_before_destroy, dependencies, request, \
         skip_destroy \
         FROM intent WHERE run <> ?1 ORDER BY run, token",
    )?;
    let mut address = |number: i64| key(connection, number).map(|key| key.address);
    let intents = statement.query_map([signed(run.0)], |row| {
        let key = key(connection, row.get(3)?)?;
        Ok(Intent {
            token: shared(row, 0)?,
            run: RunId(unsigned(row, 1)?),
            kind: named(row, 2, IntentKind::of_name)?,
            key,
            type_name: names.of(row, 4)?,
            provider: names.of(row, 5)?,
            ending: Ending { create_before_destroy: row.get(6)?, skip_destroy: row.get(9)? },
            dependencies: dependencies(row, 7, &mut address)?,
            request: shared(row, 8)?,
        })
    })?;
    intents.collect()
}
