//! How objects lie in columns.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Error, OptionalExtension, Result, Row};

use crate::model::{Ending, ObjectStatus, ResourceRow, RowKey, RowVersion};

/// The columns of an object besides its key, in tables `object` and `history`.
macro_rules! object_columns {
    () => {
        "version, type, provider, schema_version, tainted, create_before_destroy, dependencies, \
         sensitive_paths, private, attributes, skip_destroy"
    };
}
pub(crate) use object_columns;

/// A value that this program does not write.
pub(crate) fn unexpected(column: usize, what: &'static str) -> Error {
    let what = std::io::Error::other(what);
    Error::FromSqlConversionFailure(column, Type::Null, Box::new(what))
}

/// Resource types and provider configurations by number.
pub(crate) struct Names(HashMap<i64, Arc<str>>);

impl Names {
    pub(crate) fn load(connection: &Connection) -> Result<Self> {
        let mut statement = connection.prepare_cached("SELECT id, text FROM name")?;
        let names = statement.query_map((), |row| Ok((row.get(0)?, shared(row, 1)?)))?;
        names.collect::<Result<_>>().map(Self)
    }

    /// The name whose number is in a column.
    pub(crate) fn of(&self, row: &Row<'_>, column: usize) -> Result<Arc<str>> {
        let name = self.0.get(&row.get(column)?).cloned();
        name.ok_or_else(|| unexpected(column, "there is no such name"))
    }
}

/// Text of a column, shared.
pub(crate) fn shared(row: &Row<'_>, column: usize) -> Result<Arc<str>> {
    Ok(text(row, column)?.into())
}

/// Text of a column that may be null, shared.
pub(crate) fn shared_opt(row: &Row<'_>, column: usize) -> Result<Option<Arc<str>>> {
    let value = row.get_ref(column)?;
    let text = value.as_str_or_null().map_err(|error| mistyped(column, error))?;
    Ok(text.map(Arc::from))
}

pub(crate) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str> {
    row.get_ref(column)?.as_str().map_err(|error| mistyped(column, error))
}

fn mistyped(column: usize, error: FromSqlError) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// Reads the columns [`object_columns`], of which `first` is the first. `address` gives the address of
/// the key with a number.
pub(crate) fn object(
    row: &Row<'_>,
    first: usize,
    key: RowKey,
    names: &Names,
    address: &mut dyn FnMut(i64) -> Result<Arc<str>>,
) -> Result<ResourceRow> {
    Ok(ResourceRow {
        key,
        version: version(row, first)?,
        type_name: names.of(row, first + 1)?,
        provider: names.of(row, first + 2)?,
        schema_version: row.get(first + 3)?,
        status: if row.get(first + 4)? { ObjectStatus::Tainted } else { ObjectStatus::Ready },
        ending: Ending {
            create_before_destroy: row.get(first + 5)?,
            skip_destroy: row.get(first + 10)?,
        },
        dependencies: dependencies(row, first + 6, address)?,
        sensitive_paths: shared_opt(row, first + 7)?,
        private: shared_opt(row, first + 8)?,
        attributes: shared(row, first + 9)?,
    })
}

pub(crate) fn version(row: &Row<'_>, column: usize) -> Result<RowVersion> {
    Ok(RowVersion(unsigned(row, column)?))
}

pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(column, number))
}

/// Numbers as the database has them. Runs and versions come from it, or count up from what is in it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads a JSON array of numbers of keys as their addresses.
pub(crate) fn dependencies(
    row: &Row<'_>,
    column: usize,
    address: &mut dyn FnMut(i64) -> Result<Arc<str>>,
) -> Result<Vec<Arc<str>>> {
    let text = text(row, column)?;
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let inner = inner.ok_or_else(|| unexpected(column, "the dependencies are not a list"))?;
    if inner.is_empty() {
        return Ok(Vec::new());
    }
    let mut addresses = Vec::with_capacity(1 + inner.bytes().filter(|byte| *byte == b',').count());
    for number in inner.split(',') {
        let number = number.parse();
        let number = number.map_err(|_| unexpected(column, "a dependency is not a number"))?;
        addresses.push(address(number)?);
    }
    Ok(addresses)
}

/// The key with a number.
pub(crate) fn key(connection: &Connection, number: i64) -> Result<RowKey> {
    let mut statement =
        connection.prepare_cached("SELECT address, deposed FROM key WHERE id = ?1")?;
    let key = statement.query_row([number], |row| key_at(row, 0)).optional()?;
    key.ok_or_else(|| unexpected(0, "there is no such key"))
}

/// The key whose address and deposed key are in two columns.
pub(crate) fn key_at(row: &Row<'_>, first: usize) -> Result<RowKey> {
    let deposed = text(row, first + 1)?;
    Ok(RowKey {
        address: shared(row, first)?,
        deposed: (!deposed.is_empty()).then(|| deposed.into()),
    })
}
