//! From Terraform.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::value::RawValue;
use zw_lang::addr::{
    ConfigResourceAddr, InstanceAddr, InstanceKey, ModuleInstancePath, ProviderAddr, ResourceAddr,
};
use zw_lang::{ResourceMode, Str};

use crate::model::{Ending, ObjectStatus, OutputRow, ResourceRow, RowKey, RowVersion, Snapshot};
use crate::tfstate::document::{Document, Instance, Output, Resource, Version};
use crate::tfstate::text::compact;
use crate::tfstate::{FORMAT, TfstateError};

/// What was read from a state file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// Managed objects and outputs. The rows have no versions yet.
    pub snapshot: Snapshot,
    /// How many results of data sources were left out.
    pub data_sources: usize,
}

/// Reads the text of a `terraform.tfstate`.
///
/// # Errors
/// If it is not a state of format 4, or something in it makes no sense.
pub fn from_tfstate(text: &str) -> Result<Imported, TfstateError> {
    let not_state = |error: serde_json::Error| TfstateError::NotState(error.to_string());
    match serde_json::from_str::<Version>(text).map_err(not_state)?.version {
        FORMAT => {}
        found => {
            let advice = if found < FORMAT {
                "run \"terraform apply -refresh-only\" with Terraform 1, which writes format 4"
            } else {
                "it was written by a newer Terraform"
            };
            return Err(TfstateError::Format { found, advice });
        }
    }
    let document: Document<'_> = serde_json::from_str(text).map_err(not_state)?;
    let mut importing = Importing::default();
    let mut data_sources = 0;
    let mut places = Vec::with_capacity(document.resources.len());
    for resource in &document.resources {
        let place = place(resource)?;
        if place.resource.mode == ResourceMode::Data {
            data_sources += resource.instances.len();
        } else {
            importing.note(&place);
            places.push((place, resource));
        }
    }
    let mut resources = BTreeMap::new();
    for (place, resource) in places {
        for instance in &resource.instances {
            let row = importing.row(&place, resource, instance)?;
            let key = row.key.clone();
            if resources.insert(key.clone(), row).is_some() {
                return Err(TfstateError::invalid(key, "it is there twice"));
            }
        }
    }
    let outputs = document.outputs.iter().map(|(name, output)| {
        let row = output_row(name, output);
        (row.name.clone(), row)
    });
    let snapshot = Snapshot {
        serial: document.serial,
        lineage: document.lineage.clone().into_owned(),
        resources,
        outputs: outputs.collect(),
    };
    Ok(Imported { snapshot, data_sources })
}

/// A resource in an instance of a module.
struct Place {
    module: ModuleInstancePath,
    resource: ResourceAddr,
}

impl Place {
    fn instance(&self, key: InstanceKey) -> InstanceAddr {
        InstanceAddr::new(self.module.clone(), self.resource.clone(), key)
    }
}

fn place(resource: &Resource<'_>) -> Result<Place, TfstateError> {
    let Resource { module, mode, type_name, name, .. } = resource;
    let what = || format!("{module} {mode} {type_name}.{name}").trim_start().to_owned();
    let mode = match &**mode {
        "managed" => ResourceMode::Managed,
        "data" => ResourceMode::Data,
        _ => return Err(TfstateError::invalid(what(), "there is no such mode")),
    };
    let module = module.parse().map_err(|error| TfstateError::invalid(what(), error))?;
    let place = Place {
        module,
        resource: ResourceAddr::new(mode, Str::from(&**type_name), Str::from(&**name)),
    };
    // A type or name that is no name would make addresses that cannot be read again.
    let address = place.instance(InstanceKey::None);
    let read: Result<InstanceAddr, _> = address.to_string().parse();
    match read {
        Ok(read) if read == address => Ok(place),
        Ok(_) => Err(TfstateError::invalid(what(), "it has no proper address")),
        Err(error) => Err(TfstateError::invalid(what(), error)),
    }
}

/// Texts that many rows share, and where resources are.
#[derive(Default)]
struct Importing<'a> {
    texts: HashSet<Arc<str>>,
    /// Provider configurations as they are written, and as addresses.
    providers: HashMap<&'a str, Arc<str>>,
    /// Addresses without keys of the resources within a module instance that belong to one in the
    /// configuration.
    within: HashMap<(ModuleInstancePath, ConfigResourceAddr), Vec<Arc<str>>>,
    dependencies: HashMap<&'a str, ConfigResourceAddr>,
}

impl<'a> Importing<'a> {
    fn note(&mut self, place: &Place) {
        let address = place.instance(InstanceKey::None);
        let (config, text) = (address.config(), self.shared(&address.to_string()));
        let steps = place.module.steps();
        for depth in 0..=steps.len() {
            let outer = ModuleInstancePath::new(steps[..depth].to_vec());
            self.within.entry((outer, config.clone())).or_default().push(text.clone());
        }
    }

    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.texts.insert(text.clone());
        text
    }

    fn row(
        &mut self,
        place: &Place,
        resource: &'a Resource<'_>,
        instance: &'a Instance<'_>,
    ) -> Result<ResourceRow, TfstateError> {
        let address = place.instance(InstanceKey::None).to_string();
        let key = index_key(instance.index_key.as_deref())
            .ok_or_else(|| TfstateError::invalid(address, "there is no such index key"))?;
        let address = place.instance(key).to_string();
        let invalid = |reason: &str| TfstateError::invalid(&address, reason);
        let is_key = |key: &str| key.len() == 8 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        let deposed = match &*instance.deposed {
            "" => None,
            deposed if is_key(deposed) => Some(deposed.into()),
            _ => return Err(invalid("the key of a deposed object has eight hexadecimal digits")),
        };
        let attributes = match (&instance.attributes, &instance.attributes_flat) {
            (Some(attributes), _) => compact(attributes.get()).into(),
            (None, None) => "{}".into(),
            (None, Some(_)) => {
                return Err(invalid(
                    "it was written by Terraform before version 0.12. Run \"terraform apply -refresh-only\" \
                     with Terraform 1 first",
                ));
            }
        };
        let status = match &*instance.status {
            "" => ObjectStatus::Ready,
            "tainted" => ObjectStatus::Tainted,
            _ => return Err(invalid("there is no such status")),
        };
        let sensitive_paths = instance.sensitive_attributes.as_ref().map(|raw| compact(raw.get()));
        let written =
            if instance.provider.is_empty() { &resource.provider } else { &instance.provider };
        let provider = self.provider(written).ok_or_else(|| {
            invalid(&format!("{written:?} is not the address of a provider configuration"))
        })?;
        let dependencies = self.dependencies(&place.module, &instance.dependencies);
        let dependencies =
            dependencies.map_err(|reason| TfstateError::invalid(&address, reason))?;
        Ok(ResourceRow {
            key: RowKey { address: self.shared(&address), deposed },
            type_name: self.shared(&resource.type_name),
            provider,
            schema_version: instance.schema_version,
            attributes,
            sensitive_paths: sensitive_paths
                .filter(|paths| paths != "[]" && paths != "null")
                .map(Into::into),
            status,
            dependencies,
            ending: Ending {
                create_before_destroy: instance.create_before_destroy,
                skip_destroy: instance.skip_destroy,
            },
            private: (!instance.private.is_empty()).then(|| Arc::from(&*instance.private)),
            version: RowVersion::default(),
        })
    }

    fn provider(&mut self, text: &'a str) -> Option<Arc<str>> {
        if let Some(known) = self.providers.get(text) {
            return Some(known.clone());
        }
        let address: ProviderAddr = text.parse().ok().or_else(|| legacy_provider(text))?;
        let address = self.shared(&named_namespace(address).to_string());
        self.providers.insert(text, address.clone());
        Some(address)
    }

    /// What an object in a module instance depends on, resource by resource. Where the paths of the two
    /// modules have calls in common, they are within the same instances of these: an instance of a
    /// module cannot refer to its siblings.
    fn dependencies(
        &mut self,
        module: &ModuleInstancePath,
        written: &'a [Cow<'_, str>],
    ) -> Result<Vec<Arc<str>>, zw_lang::addr::AddrError> {
        let mut addresses = Vec::with_capacity(written.len());
        for text in written {
            let text: &'a str = text;
            let config = if let Some(config) = self.dependencies.get(text) {
                config.clone()
            } else {
                let config = text.parse::<InstanceAddr>()?.config();
                self.dependencies.insert(text, config.clone());
                config
            };
            let names = config.module.names().iter();
            let common = module.steps().iter().zip(names).take_while(|((a, _), b)| a == *b).count();
            let outer = ModuleInstancePath::new(module.steps()[..common].to_vec());
            match self.within.get(&(outer, config)) {
                Some(found) => addresses.extend(found.iter().cloned()),
                // Without objects: a data source, or something that has no instances.
                None => addresses.push(self.shared(text)),
            }
        }
        addresses.sort();
        addresses.dedup();
        Ok(addresses)
    }
}

fn index_key(raw: Option<&RawValue>) -> Option<InstanceKey> {
    let Some(raw) = raw else { return Some(InstanceKey::None) };
    match raw.get() {
        "null" => Some(InstanceKey::None),
        text if text.starts_with('"') => {
            serde_json::from_str::<String>(text).ok().map(|key| InstanceKey::Str(key.into()))
        }
        number => number.parse().ok().map(InstanceKey::Int),
    }
}

/// `module.a.provider.aws.west`, as Terraform 0.12 wrote it.
fn legacy_provider(text: &str) -> Option<ProviderAddr> {
    let (module, rest) = match text.strip_prefix("provider.") {
        Some(rest) => ("", rest),
        None => text.split_once(".provider.")?,
    };
    let (name, alias) = match rest.split_once('.') {
        Some((name, alias)) => (name, Some(alias)),
        None => (rest, None),
    };
    let source = match name {
        "terraform" => "terraform.io/builtin/terraform".to_owned(),
        name => format!("registry.terraform.io/hashicorp/{name}"),
    };
    let address = ProviderAddr {
        module: module.parse().ok()?,
        source: source.into(),
        alias: alias.map(Str::from),
        key: InstanceKey::None,
    };
    // Through text once more: names that are no names do not come back.
    address.to_string().parse().ok()
}

/// Terraform 0.13 wrote `-` for the namespace of a provider that it did not know yet; these were the ones
/// that are in `hashicorp` now.
fn named_namespace(mut address: ProviderAddr) -> ProviderAddr {
    if let Some(name) = address.source.strip_prefix("registry.terraform.io/-/") {
        address.source = format!("registry.terraform.io/hashicorp/{name}").into();
    }
    address
}

fn output_row(name: &str, output: &Output<'_>) -> OutputRow {
    OutputRow {
        name: name.into(),
        value: compact(output.value.get()).into(),
        ty: compact(output.ty.get()).into(),
        sensitive: output.sensitive,
    }
}
