//! To Terraform.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use zw_lang::addr::{InstanceAddr, InstanceKey, ModuleInstancePath, ProviderAddr};

use crate::model::{ObjectStatus, OutputRow, ResourceRow, Snapshot};
use crate::tfstate::document::{Document, Instance, Output, Resource};
use crate::tfstate::text::indented;
use crate::tfstate::{FORMAT, TfstateError};

/// Which version of Terraform is said to have written the file; those of 1.x do not look.
const TERRAFORM_VERSION: &str = "1.11.4";

/// A resource in the order of Terraform's file: by the texts of module, mode, type and name.
type Place = (String, &'static str, String, String);

/// A state as the text of a `terraform.tfstate`.
///
/// # Errors
/// If a row has an address, a provider or attributes that cannot be read.
pub fn to_tfstate(snapshot: &Snapshot) -> Result<String, TfstateError> {
    let mut resources: BTreeMap<Place, Vec<(InstanceKey, &ResourceRow)>> = BTreeMap::new();
    for row in snapshot.resources.values() {
        let address: InstanceAddr =
            row.key.address.parse().map_err(|error| TfstateError::invalid(&row.key, error))?;
        let resource = address.resource();
        let mode = resource.mode.name();
        let place = (
            address.module().to_string(),
            mode,
            resource.type_name.to_string(),
            resource.name.to_string(),
        );
        resources.entry(place).or_default().push((address.key().clone(), row));
    }
    let document = Document {
        version: FORMAT,
        terraform_version: TERRAFORM_VERSION.into(),
        serial: snapshot.serial,
        lineage: snapshot.lineage.as_str().into(),
        outputs: snapshot.outputs.values().map(output).collect::<Result<_, _>>()?,
        resources: resources.into_iter().map(resource).collect::<Result<_, _>>()?,
        check_results: None,
    };
    let text = serde_json::to_string(&document)
        .map_err(|error| TfstateError::invalid("the state", error))?;
    Ok(indented(&text) + "\n")
}

fn output(row: &OutputRow) -> Result<(Cow<'_, str>, Output<'_>), TfstateError> {
    let what = || format!("output {}", row.name);
    let output =
        Output { value: raw(&row.value, what)?, ty: raw(&row.ty, what)?, sensitive: row.sensitive };
    Ok((Cow::Borrowed(&*row.name), output))
}

fn resource(
    ((module, mode, type_name, name), mut rows): (Place, Vec<(InstanceKey, &ResourceRow)>),
) -> Result<Resource<'_>, TfstateError> {
    rows.sort_by(|a, b| (&a.0, &a.1.key.deposed).cmp(&(&b.0, &b.1.key.deposed)));
    let provider = match rows.first() {
        Some((_, row)) => without_keys(row)?,
        None => String::new(),
    };
    let instances = rows.into_iter().map(|(key, row)| instance(key, row, &provider));
    Ok(Resource {
        module: module.into(),
        mode: mode.into(),
        type_name: type_name.into(),
        name: name.into(),
        instances: instances.collect::<Result<_, _>>()?,
        provider: provider.into(),
    })
}

/// The provider configuration of a row as Terraform can have it.
fn without_keys(row: &ResourceRow) -> Result<String, TfstateError> {
    let provider: ProviderAddr =
        row.provider.parse().map_err(|error| TfstateError::invalid(&row.key, error))?;
    let steps = provider.module.steps().iter();
    let steps = steps.map(|(name, _)| (name.clone(), InstanceKey::None)).collect();
    let module = ModuleInstancePath::new(steps);
    Ok(ProviderAddr { module, key: InstanceKey::None, ..provider }.to_string())
}

fn instance<'r>(
    key: InstanceKey,
    row: &'r ResourceRow,
    provider: &str,
) -> Result<Instance<'r>, TfstateError> {
    let what = || row.key.to_string();
    let index_key = match key {
        InstanceKey::None => None,
        InstanceKey::Int(number) => Some(number.to_string()),
        InstanceKey::Str(text) => Some(
            serde_json::to_string(&*text).map_err(|error| TfstateError::invalid(what(), error))?,
        ),
    };
    let index_key = index_key.map(|text| RawValue::from_string(text).map(Cow::Owned));
    let index_key = index_key.transpose().map_err(|error| TfstateError::invalid(what(), error))?;
    Ok(Instance {
        index_key,
        status: match row.status {
            ObjectStatus::Ready => "",
            ObjectStatus::Tainted => "tainted",
        }
        .into(),
        deposed: row.key.deposed.as_deref().unwrap_or_default().into(),
        provider: if *row.provider == *provider { "" } else { &*row.provider }.into(),
        schema_version: row.schema_version,
        attributes: Some(raw(&row.attributes, what)?),
        attributes_flat: None,
        sensitive_attributes: Some(raw(row.sensitive_paths.as_deref().unwrap_or("[]"), what)?),
        private: row.private.as_deref().unwrap_or_default().into(),
        dependencies: dependencies(row)?,
        create_before_destroy: row.ending.create_before_destroy,
        skip_destroy: row.ending.skip_destroy,
    })
}

/// Dependencies by configuration: without keys, each once.
fn dependencies(row: &ResourceRow) -> Result<Vec<Cow<'_, str>>, TfstateError> {
    let mut dependencies = row
        .dependencies
        .iter()
        .map(|dependency| {
            let address: InstanceAddr =
                dependency.parse().map_err(|error| TfstateError::invalid(&row.key, error))?;
            Ok(address.config().to_string().into())
        })
        .collect::<Result<Vec<_>, _>>()?;
    dependencies.sort();
    dependencies.dedup();
    Ok(dependencies)
}

fn raw(json: &str, what: impl Fn() -> String) -> Result<Cow<'_, RawValue>, TfstateError> {
    serde_json::from_str::<&RawValue>(json)
        .map(Cow::Borrowed)
        .map_err(|error| TfstateError::invalid(what(), error))
}
