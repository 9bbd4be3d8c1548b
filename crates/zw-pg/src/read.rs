//! Reading.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row};
use zw_state::{
    Ending, Intent, IntentKind, ObjectStatus, OutputChange, OutputRow, ResourceRow, RowKey,
    RowVersion, Run, RunId, RunKind, RunStatus, Snapshot, Took,
};

/// What was read, or why it could not be.
pub(crate) type Read<T> = Result<T, Unread>;

/// Why something could not be read.
#[derive(Debug)]
pub(crate) enum Unread {
    Database(Error),
    /// There is something that this program does not write.
    Unexpected(&'static str),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// What a run did to an object: the object before and after.
pub(crate) type Change = (RowKey, Option<ResourceRow>, Option<ResourceRow>);

/// The columns of an object, its key besides.
macro_rules! object_columns {
    ($table:literal) => {
        concat!(
            $table,
            ".version, ",
            $table,
            ".type, ",
            $table,
            ".provider, ",
            $table,
            ".schema_version, ",
            $table,
            ".tainted, ",
            $table,
            ".create_before_destroy, ",
            $table,
            ".skip_destroy, ",
            $table,
            ".dependencies, ",
            $table,
            ".sensitive_paths, ",
            $table,
            ".private, ",
            $table,
            ".attributes"
        )
    };
}

/// Numbers as the database has them.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row, column: usize) -> Read<u64> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| Unread::Unexpected("a number is negative"))
}

pub(crate) fn deposed(key: &RowKey) -> &str {
    key.deposed.as_deref().unwrap_or_default()
}

/// Addresses and names, each once in memory, however many rows say it.
#[derive(Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.0.insert(text.clone());
        text
    }

    fn list(&mut self, json: &str) -> Read<Vec<Arc<str>>> {
        if json == "[]" {
            return Ok(Vec::new());
        }
        let list: Vec<String> = serde_json::from_str(json)
            .map_err(|_| Unread::Unexpected("the dependencies are not a list"))?;
        Ok(list.iter().map(|text| self.shared(text)).collect())
    }

    fn key(&mut self, row: &Row, first: usize) -> Read<RowKey> {
        let deposed: &str = row.try_get(first + 1)?;
        Ok(RowKey {
            address: self.shared(row.try_get(first)?),
            deposed: (!deposed.is_empty()).then(|| deposed.into()),
        })
    }

    /// Reads [`object_columns`], of which `first` is the first; `None` where they are null.
    fn object(&mut self, row: &Row, first: usize, key: &RowKey) -> Read<Option<ResourceRow>> {
        if row.try_get::<_, Option<i64>>(first)?.is_none() {
            return Ok(None);
        }
        let schema_version = u32::try_from(row.try_get::<_, i64>(first + 3)?)
            .map_err(|_| Unread::Unexpected("the version of a schema is out of range"))?;
        let is_tainted: bool = row.try_get(first + 4)?;
        let text = |at: usize| row.try_get::<_, Option<&str>>(at).map(|text| text.map(Arc::from));
        Ok(Some(ResourceRow {
            key: key.clone(),
            version: RowVersion(unsigned(row, first)?),
            type_name: self.shared(row.try_get(first + 1)?),
            provider: self.shared(row.try_get(first + 2)?),
            schema_version,
            status: if is_tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
            ending: Ending {
                create_before_destroy: row.try_get(first + 5)?,
                skip_destroy: row.try_get(first + 6)?,
            },
            dependencies: self.list(row.try_get(first + 7)?)?,
            sensitive_paths: text(first + 8)?,
            private: text(first + 9)?,
            attributes: row.try_get::<_, &str>(first + 10)?.into(),
        }))
    }
}

/// Everything that exists in a workspace. The caller has begun a transaction that sees one moment.
pub(crate) async fn snapshot(client: &Client, workspace: &str) -> Read<Snapshot> {
    let find = "SELECT id, lineage, serial FROM zw_workspace WHERE name = $1";
    let Some(row) = client.query_opt(find, &[&workspace]).await? else {
        return Ok(Snapshot::default());
    };
    let (id, lineage): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    let serial = unsigned(&row, 2)?;
    let mut texts = Texts::default();
    let mut resources = Vec::new();
    let sql = concat!(
        "SELECT o.address, o.deposed, ",
        object_columns!("o"),
        " FROM zw_object o WHERE o.workspace = $1 ORDER BY o.address, o.deposed"
    );
    let parameters: [&(dyn ToSql + Sync); 1] = [&id];
    let mut rows = pin!(client.query_raw(sql, parameters).await?);
    while let Some(row) = rows.try_next().await? {
        let key = texts.key(&row, 0)?;
        if let Some(object) = texts.object(&row, 2, &key)? {
            resources.push((key, object));
        }
    }
    let outputs = outputs(client, id).await?.into_iter();
    let outputs = outputs.map(|(_, output)| (output.name.clone(), output)).collect();
    Ok(Snapshot { serial, lineage, resources: resources.into_iter().collect(), outputs })
}

/// Objects of a workspace, those after one of them.
pub(crate) async fn objects(
    client: &Client,
    workspace: i32,
    after: Option<&RowKey>,
    most: i64,
) -> Read<Vec<ResourceRow>> {
    let sql = concat!(
        "SELECT o.address, o.deposed, ",
        object_columns!("o"),
        " FROM zw_object o WHERE o.workspace = $1 AND (o.address, o.deposed) > ($2, $3) \
          ORDER BY o.address, o.deposed LIMIT $4"
    );
    let after = after.map_or(("", ""), |key| (&*key.address, deposed(key)));
    let mut texts = Texts::default();
    let rows = client.query(sql, &[&workspace, &after.0, &after.1, &most]).await?;
    let rows = rows.iter().map(|row| {
        let key = texts.key(row, 0)?;
        texts.object(row, 2, &key)?.ok_or(Unread::Unexpected("an object has no version"))
    });
    rows.collect()
}

/// Something as it was, with the number of the row that says so.
pub(crate) type Past<T> = (i64, T);

/// Objects as they were, those with greater numbers than one.
pub(crate) async fn past_objects(
    client: &Client,
    workspace: i32,
    after: i64,
    most: i64,
) -> Read<Vec<Past<ResourceRow>>> {
    let sql = concat!(
        "SELECT h.id, h.address, h.deposed, ",
        object_columns!("h"),
        " FROM zw_history h WHERE h.workspace = $1 AND h.id > $2 AND h.version IS NOT NULL ORDER BY h.id LIMIT $3"
    );
    let mut texts = Texts::default();
    let rows = client.query(sql, &[&workspace, &after, &most]).await?;
    let rows = rows.iter().map(|row| {
        let key = texts.key(row, 1)?;
        let object = texts.object(row, 3, &key)?;
        Ok((row.try_get(0)?, object.ok_or(Unread::Unexpected("an object has no version"))?))
    });
    rows.collect()
}

/// Outputs of a workspace, all with the number 0.
pub(crate) async fn outputs(client: &Client, workspace: i32) -> Read<Vec<Past<OutputRow>>> {
    let sql = "SELECT 0::bigint, name, value, type, sensitive FROM zw_output WHERE workspace = $1";
    client.query(sql, &[&workspace]).await?.iter().map(output).collect()
}

/// Outputs as they were.
pub(crate) async fn past_outputs(client: &Client, workspace: i32) -> Read<Vec<Past<OutputRow>>> {
    let sql = "SELECT id, name, value, type, sensitive FROM zw_output_history \
               WHERE workspace = $1 AND value IS NOT NULL";
    client.query(sql, &[&workspace]).await?.iter().map(output).collect()
}

fn output(row: &Row) -> Read<Past<OutputRow>> {
    let output = OutputRow {
        name: row.try_get::<_, &str>(1)?.into(),
        value: row.try_get::<_, &str>(2)?.into(),
        ty: row.try_get::<_, &str>(3)?.into(),
        sensitive: row.try_get(4)?,
    };
    Ok((row.try_get(0)?, output))
}

/// Versions of rows, in the order of the keys.
pub(crate) async fn versions(
    client: &Client,
    workspace: &str,
    keys: &[RowKey],
) -> Read<Vec<Option<RowVersion>>> {
    let sql = "SELECT o.version \
               FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS wanted (address, deposed, at) \
               LEFT JOIN (zw_object o JOIN zw_workspace w ON w.id = o.workspace AND w.name = $1) \
                   ON o.address = wanted.address AND o.deposed = wanted.deposed \
               ORDER BY wanted.at";
    let addresses: Vec<&str> = keys.iter().map(|key| &*key.address).collect();
    let deposed: Vec<&str> = keys.iter().map(deposed).collect();
    let rows = client.query(sql, &[&workspace, &addresses, &deposed]).await?;
    rows.iter()
        .map(|row| {
            Ok(row.try_get::<_, Option<i64>>(0)?.map(|version| RowVersion(version.unsigned_abs())))
        })
        .collect()
}

/// Runs, newest first.
pub(crate) async fn runs(client: &Client, workspace: &str, most: usize) -> Read<Vec<Run>> {
    let sql = "SELECT r.id, r.kind, r.status, r.person || '@' || r.host, r.started, r.ended, r.created, \
                   r.changed, r.destroyed, r.took \
               FROM zw_run r JOIN zw_workspace w ON w.id = r.workspace AND w.name = $1 \
               ORDER BY r.id DESC LIMIT $2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = client.query(sql, &[&workspace, &most]).await?;
    let run = |row: &Row| {
        Ok(Run {
            id: RunId(unsigned(row, 0)?),
            kind: named(row, 1, RunKind::of_name)?,
            status: named(row, 2, RunStatus::of_name)?,
            who: row.try_get(3)?,
            started: row.try_get(4)?,
            ended: row.try_get(5)?,
            changes: [unsigned(row, 6)?, unsigned(row, 7)?, unsigned(row, 8)?],
            took: took(row, 9)?,
        })
    };
    rows.iter().map(run).collect()
}

fn took(row: &Row, column: usize) -> Read<Vec<Took>> {
    let text: Option<&str> = row.try_get(column)?;
    text.map_or_else(|| Ok(Vec::new()), serde_json::from_str)
        .map_err(|_| Unread::Unexpected("how long operations took cannot be read"))
}

fn named<T>(row: &Row, column: usize, of_name: fn(&str) -> Option<T>) -> Read<T> {
    of_name(row.try_get(column)?).ok_or(Unread::Unexpected("there is no such word"))
}

/// What a run wrote.
pub(crate) async fn changes(client: &Client, workspace: &str, run: RunId) -> Read<Vec<Change>> {
    // The row as it was after the last write has the version of that write, wherever it is.
    let sql = concat!(
        "WITH written AS ( \
             SELECT h.workspace, h.address, h.deposed, min(h.id) AS first, max(h.id) AS last \
             FROM zw_history h JOIN zw_workspace w ON w.id = h.workspace AND w.name = $1 \
             WHERE h.run = $2 GROUP BY h.workspace, h.address, h.deposed) \
         SELECT c.address, c.deposed, ",
        object_columns!("b"),
        ", ",
        object_columns!("n"),
        ", ",
        object_columns!("l"),
        " FROM written c \
          JOIN zw_history b ON b.workspace = c.workspace AND b.id = c.first \
          LEFT JOIN zw_object n ON n.workspace = c.workspace AND n.address = c.address \
              AND n.deposed = c.deposed AND n.version = c.last \
          LEFT JOIN zw_history l ON l.workspace = c.workspace AND l.version = c.last \
          ORDER BY c.address, c.deposed"
    );
    let mut texts = Texts::default();
    let mut changes = Vec::new();
    for row in client.query(sql, &[&workspace, &signed(run.0)]).await? {
        let key = texts.key(&row, 0)?;
        let before = texts.object(&row, 2, &key)?;
        let after = match texts.object(&row, 13, &key)? {
            Some(now) => Some(now),
            None => texts.object(&row, 24, &key)?,
        };
        if before.is_some() || after.is_some() {
            changes.push((key, before, after));
        }
    }
    Ok(changes)
}

/// What a run did to outputs.
pub(crate) async fn output_changes(
    client: &Client,
    workspace: &str,
    run: RunId,
) -> Read<Vec<OutputChange>> {
    // An output as it was after is as the next run that wrote it found it, or as it is now.
    let sql = "WITH written AS ( \
            SELECT h.workspace, h.name, min(h.id) AS first \
            FROM zw_output_history h JOIN zw_workspace w ON w.id = h.workspace AND w.name = $1 \
            WHERE h.run = $2 GROUP BY h.workspace, h.name) \
        SELECT c.name, b.value, b.type, b.sensitive, l.id IS NOT NULL, l.value, l.type, l.sensitive, \
            n.value, n.type, n.sensitive \
        FROM written c \
        JOIN zw_output_history b ON b.workspace = c.workspace AND b.id = c.first \
        LEFT JOIN LATERAL ( \
            SELECT l.* FROM zw_output_history l \
            WHERE l.workspace = c.workspace AND l.name = c.name AND l.run > $2 \
            ORDER BY l.run, l.id LIMIT 1) l ON true \
        LEFT JOIN zw_output n ON n.workspace = c.workspace AND n.name = c.name \
        ORDER BY c.name";
    let mut changes = Vec::new();
    for row in client.query(sql, &[&workspace, &signed(run.0)]).await? {
        let name: Arc<str> = row.try_get::<_, &str>(0)?.into();
        let output = |first: usize| -> Read<Option<OutputRow>> {
            let Some(value) = row.try_get::<_, Option<&str>>(first)? else { return Ok(None) };
            Ok(Some(OutputRow {
                name: name.clone(),
                value: value.into(),
                ty: row.try_get::<_, &str>(first + 1)?.into(),
                sensitive: row.try_get(first + 2)?,
            }))
        };
        let was_written_later: bool = row.try_get(4)?;
        let (before, after) = (output(1)?, output(if was_written_later { 5 } else { 8 })?);
        if before != after {
            changes.push((name, before, after));
        }
    }
    Ok(changes)
}

/// Intents of other runs, in the order in which they began: all of them, or those of some objects.
pub(crate) async fn in_doubt(
    client: &Client,
    workspace: i32,
    run: RunId,
    parts: Option<&[String]>,
) -> Read<Vec<Intent>> {
    let sql = "SELECT token, run, kind, address, deposed, type, provider, create_before_destroy, skip_destroy, \
                   dependencies, request \
               FROM zw_intent WHERE workspace = $1 AND run <> $2 AND ($3 OR address = ANY ($4)) \
               ORDER BY run, token";
    let none = Vec::new();
    let parts = (parts.is_none(), parts.map_or(&none[..], |parts| parts));
    let rows = client.query(sql, &[&workspace, &signed(run.0), &parts.0, &parts.1]).await?;
    let mut texts = Texts::default();
    let intent = |row: &Row| {
        Ok(Intent {
            token: row.try_get::<_, &str>(0)?.into(),
            run: RunId(unsigned(row, 1)?),
            kind: named(row, 2, IntentKind::of_name)?,
            key: texts.key(row, 3)?,
            type_name: texts.shared(row.try_get(5)?),
            provider: texts.shared(row.try_get(6)?),
            ending: Ending {
                create_before_destroy: row.try_get(7)?,
                skip_destroy: row.try_get(8)?,
            },
            dependencies: texts.list(row.try_get(9)?)?,
            request: row.try_get::<_, &str>(10)?.into(),
        })
    };
    rows.iter().map(intent).collect()
}
