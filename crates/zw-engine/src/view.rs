//! The state decoded for showing.

use std::sync::Arc;

use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, Diagnostics, Str, Value};
use zw_provider::schema::Schema;
use zw_state::{ObjectStatus, ResourceRow, RowKey, Snapshot};

use crate::codec;
use crate::fetch::source_in;
use crate::plan::{Action, Change, Reason};
use crate::registry::Registry;
use crate::state::{decode_output, decode_row, marked, no_object};

/// An object of the state.
#[derive(Clone, Debug)]
pub struct StateObject<'a> {
    /// The resource instance.
    pub address: InstanceAddr,
    /// The key of a deposed object.
    pub deposed: Option<Arc<str>>,
    /// The provider configuration that manages it.
    pub provider: Arc<str>,
    /// The schema of its type.
    pub schema: &'a Schema,
    /// The object; sensitive parts are marked.
    pub value: Value,
    /// Whether it is to be replaced because its creation did not end well.
    pub is_tainted: bool,
    /// What it directly depends on.
    pub dependencies: Vec<Arc<str>>,
}

/// An output of the root module.
#[derive(Clone, Debug)]
pub struct StateOutput {
    /// The name.
    pub name: Str,
    /// The value, marked if it is sensitive.
    pub value: Value,
    /// Whether it is not to be shown.
    pub sensitive: bool,
}

/// The state decoded by the schemas of its types, sorted by address.
#[derive(Clone, Debug, Default)]
pub struct StateView<'a> {
    /// Counts the runs that changed something.
    pub serial: u64,
    /// Names the state for ever.
    pub lineage: String,
    /// Objects.
    pub objects: Vec<StateObject<'a>>,
    /// Outputs.
    pub outputs: Vec<StateOutput>,
}

impl<'a> StateView<'a> {
    /// Decodes a state.
    ///
    /// # Errors
    /// If it has objects that cannot be read; all of them are named.
    pub fn new(snapshot: &Snapshot, providers: &'a Registry) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::new();
        let mut view =
            Self { serial: snapshot.serial, lineage: snapshot.lineage.clone(), ..Self::default() };
        for row in snapshot.resources.values() {
            let schema = providers.resource_type(source_in(&row.provider), &row.type_name);
            let (Some(schema), Ok(address)) = (schema, row.key.address.parse::<InstanceAddr>())
            else {
                problems.push(unknown_type(row));
                continue;
            };
            let paths = row.sensitive_paths.as_deref().map(codec::decode_paths);
            match decode_row(row, schema) {
                Ok(object) => view.objects.push(StateObject {
                    address,
                    deposed: row.key.deposed.clone(),
                    provider: row.provider.clone(),
                    schema,
                    value: marked(schema, &object, &paths.unwrap_or_default()),
                    is_tainted: row.status == ObjectStatus::Tainted,
                    dependencies: row.dependencies.clone(),
                }),
                Err(problem) => problems.push(problem),
            }
        }
        view.objects
            .sort_by(|a, b| a.address.cmp(&b.address).then_with(|| a.deposed.cmp(&b.deposed)));
        for row in snapshot.outputs.values() {
            match decode_output(row) {
                Some(value) => view.outputs.push(StateOutput {
                    name: Str::from(&*row.name),
                    value,
                    sensitive: row.sensitive,
                }),
                None => problems.push(Diagnostic::error(
                    format!("Output {:?} cannot be shown", row.name),
                    "The state has a value for it that cannot be read.",
                )),
            }
        }
        problems.into_result(view)
    }
}

/// What was done to objects, by the rows before and after it, in the form in which plans say what will be.
///
/// # Errors
/// If an object cannot be read by the schema of its type.
pub fn past_changes(
    rows: &[(RowKey, Option<ResourceRow>, Option<ResourceRow>)],
    providers: &Registry,
) -> Result<Vec<Change>, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut changes = Vec::new();
    for (key, before, after) in rows {
        let Some(row) = after.as_ref().or(before.as_ref()) else { continue };
        let schema = providers.resource_type(source_in(&row.provider), &row.type_name);
        let (Some(schema), Ok(address)) = (schema, key.address.parse()) else {
            problems.push(unknown_type(row));
            continue;
        };
        let mut object = |row: &Option<ResourceRow>| {
            let Some(row) = row else { return no_object(Some(schema)) };
            let paths = row.sensitive_paths.as_deref().map(codec::decode_paths);
            match decode_row(row, schema) {
                Ok(object) => marked(schema, &object, &paths.unwrap_or_default()),
                Err(problem) => {
                    problems.push(problem);
                    no_object(Some(schema))
                }
            }
        };
        changes.push(Change {
            address,
            deposed: key.deposed.clone(),
            previous_address: None,
            provider: row.provider.clone(),
            action: match (before, after) {
                (None, _) => Action::Create,
                (Some(_), Some(_)) => Action::Update,
                (Some(_), None) => Action::Delete,
            },
            reason: Reason::None,
            before: object(before),
            after: object(after),
            replace_paths: Vec::new(),
            importing: None,
        });
    }
    problems.into_result(changes)
}

fn unknown_type(row: &ResourceRow) -> Diagnostic {
    Diagnostic::error(
        format!("{} cannot be shown", row.key),
        format!(
            "Its type {} of {} is not known to this zw, or its address makes no sense.",
            row.type_name, row.provider
        ),
    )
}
