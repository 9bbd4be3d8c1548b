//! Where renderers find the schema of an object, and its region.

use zw_engine::{Change, Registry, Run};
use zw_lang::Str;
use zw_lang::addr::ResourceAddr;
use zw_provider::schema::Schema;

/// The schemas of resource types and data sources.
pub(crate) trait Schemas: Sync {
    /// The schema of a resource, by the address of the provider configuration that serves it, as
    /// `provider["registry.terraform.io/hashicorp/aws"].west`. `None` if this program has none.
    fn schema(&self, provider: &str, resource: &ResourceAddr) -> Option<&Schema>;

    /// The region of the object of a change. `None` if it has none, or if it is not known here.
    fn region(&self, change: &Change) -> Option<Str> {
        let _ = change;
        None
    }
}

impl Schemas for Registry {
    fn schema(&self, provider: &str, resource: &ResourceAddr) -> Option<&Schema> {
        let source = provider_source(provider);
        Self::schema(self, source, resource.mode, &resource.type_name)
    }
}

impl Schemas for Run {
    fn schema(&self, provider: &str, resource: &ResourceAddr) -> Option<&Schema> {
        Self::schema(self, provider, resource)
    }

    fn region(&self, change: &Change) -> Option<Str> {
        Self::region(self, change)
    }
}

/// The source address in the address of a provider configuration.
pub(crate) fn provider_source(provider: &str) -> &str {
    let inside = provider.split_once("provider[\"").and_then(|(_, rest)| rest.split_once("\"]"));
    inside.map_or(provider, |(source, _)| source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_what_stands_in_brackets() {
        let source = "registry.terraform.io/hashicorp/aws";
        for text in ["provider[\"SOURCE\"]", "provider[\"SOURCE\"].west", "SOURCE"] {
            assert_eq!(provider_source(&text.replace("SOURCE", source)), source);
        }
    }
}
