//! The providers that are built in, by source address.

use std::collections::BTreeMap;
use std::sync::Arc;

use zw_lang::ResourceMode;
use zw_provider::schema::Schema;
use zw_provider::{Provider, Provisioner, Traffic};

/// Providers by source address, as `hashicorp/aws`.
#[derive(Clone, Default)]
pub struct Registry {
    by_source: BTreeMap<String, Arc<dyn Provider>>,
    provisioners: BTreeMap<&'static str, Arc<dyn Provisioner>>,
    /// Whether all clouds are simulated, whatever the configuration says.
    pub simulated: bool,
    /// Where the calls of all providers are counted and take their turn.
    pub traffic: Traffic,
}

/// The namespace of providers whose source is not given.
const DEFAULT_NAMESPACE: &str = "hashicorp";

/// The host of providers whose source does not name one. Only written, never contacted: it makes states
/// and plans read by Terraform's tools.
const DEFAULT_HOST: &str = "registry.terraform.io";

impl Registry {
    /// Adds a provider under `hashicorp/NAME`, or under `terraform.io/builtin/terraform`.
    pub fn add(&mut self, provider: Arc<dyn Provider>) {
        let source = full_source(provider.name(), None);
        self.by_source.insert(source, provider);
    }

    /// Adds a provider under a full source address.
    pub fn insert(&mut self, source: String, provider: Arc<dyn Provider>) {
        self.by_source.insert(source, provider);
    }

    /// Adds a type of provisioner.
    pub fn add_provisioner(&mut self, type_name: &'static str, provisioner: Arc<dyn Provisioner>) {
        self.provisioners.insert(type_name, provisioner);
    }

    /// The provisioner of a type.
    pub fn provisioner(&self, type_name: &str) -> Option<&Arc<dyn Provisioner>> {
        self.provisioners.get(type_name)
    }

    /// The provider of a full source address.
    pub fn get(&self, source: &str) -> Option<&Arc<dyn Provider>> {
        self.by_source.get(source)
    }

    /// Full source addresses and providers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<dyn Provider>)> {
        self.by_source.iter().map(|(source, provider)| (source.as_str(), provider))
    }

    /// The schema of a resource type of a provider.
    pub fn resource_type(&self, source: &str, type_name: &str) -> Option<&Schema> {
        self.get(source)?.resource_types().get(type_name)
    }

    /// Whether objects of a type hold secrets by its schema; of a type that is not known here, they may.
    pub fn holds_secrets(&self, provider: &str, type_name: &str) -> bool {
        let schema = self.resource_type(crate::fetch::source_in(provider), type_name);
        schema.is_none_or(|schema| crate::diff::is_sensitive_anywhere(&schema.block))
    }

    /// The schema of a type of a provider.
    pub fn schema(&self, source: &str, mode: ResourceMode, type_name: &str) -> Option<&Schema> {
        self.get(source)?.types(mode).get(type_name)
    }
}

/// The source address of a provider in full: host, namespace and name.
pub fn full_source(local_name: &str, source: Option<&str>) -> String {
    match source {
        None if local_name == "terraform" => "terraform.io/builtin/terraform".to_owned(),
        None => format!("{DEFAULT_HOST}/{DEFAULT_NAMESPACE}/{local_name}"),
        Some(source) => match source.split('/').count() {
            1 => format!("{DEFAULT_HOST}/{DEFAULT_NAMESPACE}/{source}"),
            2 => format!("{DEFAULT_HOST}/{source}"),
            _ => source.to_owned(),
        },
    }
}
