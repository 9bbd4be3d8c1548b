//! The state decoded for showing.

use std::sync::Arc;

use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, Diagnostics, Str, Value};
use zw_provider::schema::Schema;
use zw_state::{ObjectStatus, Snapshot};

use crate::codec;
use crate::fetch::source_in;
use crate::registry::Registry;
use crate::state::{decode_output, decode_row, marked};

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
                problems.push(Diagnostic::error(
                    format!("{} cannot be shown", row.key),
                    format!(
                        "Its type {} of {} is not known to this zw, or its address makes no sense.",
                        row.type_name, row.provider
                    ),
                ));
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
