//! The provider `local` as it was in version 2.2.3, which the scenarios were recorded with: files without their checksums.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use zw_lang::{Diagnostics, Value};
use zw_provider::schema::{Block, Schema};
use zw_provider::{
    ConfigureRequest, Connection, OpError, OpResult, PlanRequest, Planned, Provider,
};

/// What files have since version 2.3.
const CHECKSUMS: [&str; 6] = [
    "content_base64sha256",
    "content_base64sha512",
    "content_md5",
    "content_sha1",
    "content_sha256",
    "content_sha512",
];

/// The provider that is built in, with smaller schemas.
pub(crate) struct OlderLocal {
    today: Arc<dyn Provider>,
    types: BTreeMap<&'static str, Schema>,
    data_sources: BTreeMap<&'static str, Schema>,
}

impl OlderLocal {
    /// An older form of a provider.
    pub(crate) fn of(today: Arc<dyn Provider>) -> Self {
        let types = without_checksums(today.resource_types());
        let data_sources = without_checksums(today.data_sources());
        Self { today, types, data_sources }
    }
}

fn without_checksums(types: &BTreeMap<&'static str, Schema>) -> BTreeMap<&'static str, Schema> {
    let smaller = |schema: &Schema| {
        let attributes = schema.block.attributes.iter().cloned();
        let attributes = attributes.filter(|attribute| !CHECKSUMS.contains(&attribute.name));
        Schema { block: Block::new(attributes, schema.block.blocks.clone()), ..schema.clone() }
    };
    types.iter().map(|(name, schema)| (*name, smaller(schema))).collect()
}

#[async_trait]
impl Provider for OlderLocal {
    fn name(&self) -> &str {
        self.today.name()
    }

    fn config_schema(&self) -> &Schema {
        self.today.config_schema()
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        &self.types
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        &self.data_sources
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        self.today.plan(type_name, request)
    }

    fn validate(&self, type_name: &str, config: &Value) -> Vec<OpError> {
        self.today.validate(type_name, config)
    }

    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        self.today.configure(request).await
    }
}
