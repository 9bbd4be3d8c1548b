//! The state as a plan sees it: rows decoded to values, and read anew.

use std::collections::BTreeMap;

use foldhash::HashMap;
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, Marks, Path, Str, Type, Value, parallel};
use zw_provider::schema::Schema;
use zw_state::{ObjectStatus, OutputRow, ResourceRow, Snapshot};

use crate::codec;
use crate::diff::sensitive_paths;

/// An object of the state.
#[derive(Clone, Debug)]
pub(crate) struct Prior {
    pub(crate) row: ResourceRow,
    pub(crate) address: InstanceAddr,
    /// Where the row was before it was moved in this plan.
    pub(crate) moved_from: Option<InstanceAddr>,
    /// The id by which it was imported in this plan.
    pub(crate) imported: Option<Str>,
    /// The object as it was last written down; `None` if it could not be decoded, which has been reported.
    pub(crate) recorded: Option<Value>,
    /// The object as it is, as far as that has been found out.
    pub(crate) current: Current,
}

/// What is known of an object as it is.
#[derive(Clone, Debug)]
pub(crate) enum Current {
    /// Not read yet.
    Unread,
    /// Believed to be as recorded.
    AsRecorded,
    /// Read: the object.
    Read(Value),
    /// Read: it is gone.
    Gone,
    /// Reading failed, which has been reported.
    Failed,
}

impl Prior {
    /// The object as far as is known, without marks; `None` if it is gone or not known.
    pub(crate) fn object(&self) -> Option<&Value> {
        match &self.current {
            Current::Read(value) => Some(value),
            Current::AsRecorded | Current::Unread | Current::Failed => self.recorded.as_ref(),
            Current::Gone => None,
        }
    }

    pub(crate) fn is_tainted(&self) -> bool {
        self.row.status == ObjectStatus::Tainted
    }

    /// Paths that are sensitive because what they were set to was.
    pub(crate) fn sensitive_paths(&self) -> Vec<Path> {
        self.row.sensitive_paths.as_deref().map(codec::decode_paths).unwrap_or_default()
    }
}

/// The objects of the state by address; those with a key after the current one.
#[derive(Default)]
pub(crate) struct PriorState {
    pub(crate) objects: Vec<Prior>,
    current: HashMap<InstanceAddr, usize>,
    pub(crate) outputs: BTreeMap<Str, OutputRow>,
}

impl PriorState {
    /// Takes over a snapshot. Rows whose address cannot be read are reported.
    pub(crate) fn new(snapshot: &Snapshot, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let rows: Vec<&ResourceRow> = snapshot.resources.values().collect();
        let addresses = parallel::map(&rows, |row| row.key.address.parse::<InstanceAddr>());
        let mut state = Self::default();
        state.objects.reserve(rows.len());
        state.current.reserve(rows.len());
        for (row, address) in rows.into_iter().zip(addresses) {
            match address {
                Ok(address) => {
                    if row.key.deposed.is_none() {
                        state.current.insert(address.clone(), state.objects.len());
                    }
                    state.objects.push(Prior {
                        row: row.clone(),
                        address,
                        moved_from: None,
                        imported: None,
                        recorded: None,
                        current: Current::Unread,
                    });
                }
                Err(error) => diagnostics.push(Diagnostic::error(
                    format!("The state has an object with the address {:?}", row.key.address),
                    format!("{error}. Remove it with \"zw state rm\", or restore the state."),
                )),
            }
        }
        state.outputs =
            snapshot.outputs.iter().map(|(name, row)| (Str::from(&**name), row.clone())).collect();
        state
    }

    /// Adds an object that is the current one of its instance; its position.
    pub(crate) fn add(&mut self, object: Prior) -> usize {
        let at = self.objects.len();
        self.current.insert(object.address.clone(), at);
        self.objects.push(object);
        at
    }

    /// The position of the current object of an instance.
    pub(crate) fn position(&self, address: &InstanceAddr) -> Option<usize> {
        self.current.get(address).copied()
    }

    /// Gives an object another address.
    pub(crate) fn rename(&mut self, from: &InstanceAddr, to: &InstanceAddr) {
        if let Some(at) = self.current.remove(from) {
            let object = &mut self.objects[at];
            object.moved_from.get_or_insert_with(|| from.clone());
            object.address = to.clone();
            self.current.insert(to.clone(), at);
        }
    }
}

/// Decodes the attributes of a row by a schema. What the schema has and the row lacks is null.
pub(crate) fn decode_row(row: &ResourceRow, schema: &Schema) -> Result<Value, Diagnostic> {
    if row.schema_version > schema.version {
        return Err(Diagnostic::error(
            format!("{} was written by a newer version of its provider", row.key.address),
            format!(
                "Its schema has version {}, and this zw knows {} up to version {}. Use a newer zw.",
                row.schema_version, row.type_name, schema.version
            ),
        ));
    }
    codec::decode(&row.attributes, &schema.block.ty()).map_err(|error| {
        Diagnostic::error(
            format!("The state of {} cannot be read", row.key.address),
            format!("{error}. Restore the state from its history, or remove the object with \"zw state rm\"."),
        )
    })
}

/// The value of an output in the state.
pub(crate) fn decode_output(row: &OutputRow) -> Option<Value> {
    let ty = codec::decode_type(&row.ty)?;
    let value = codec::decode(&row.value, &ty).ok()?;
    Some(if row.sensitive { value.sensitive() } else { value })
}

/// A row for an output.
pub(crate) fn encode_output(name: &str, value: &Value, sensitive: bool) -> OutputRow {
    OutputRow {
        name: name.into(),
        value: codec::encode(value, &value.ty()).into(),
        ty: codec::encode_type(&value.ty()).into(),
        sensitive,
    }
}

/// An object with marks on everything that is not to be shown.
pub(crate) fn marked(schema: &Schema, object: &Value, further: &[Path]) -> Value {
    let by_schema = sensitive_paths(&schema.block, object);
    if by_schema.is_empty() && further.is_empty() {
        return object.clone();
    }
    object.clone().mark_paths(&by_schema, Marks::SENSITIVE).mark_paths(further, Marks::SENSITIVE)
}

/// Null of the type of objects of a schema.
pub(crate) fn no_object(schema: Option<&Schema>) -> Value {
    Value::null(schema.map_or(Type::Dynamic, |schema| schema.block.ty()))
}
