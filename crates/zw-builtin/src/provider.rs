//! How the types of a folder become a provider.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use zw_lang::{Diagnostics, Function, Value};
use zw_provider::schema::Schema;
use zw_provider::{
    Catalog, ConfigureRequest, Connection, OpError, OpResult, Operations, PlanRequest, Planned,
    Provider, TypedConnection,
};

use crate::Effects;
use crate::state_only::{Kept, StateOnly};

/// What operations are given.
pub(crate) type Client = Arc<dyn Effects>;

/// The types of a provider.
pub(crate) struct Builtin {
    name: &'static str,
    pub(crate) catalog: Catalog,
    pub(crate) operations: Operations<Client>,
    pub(crate) functions: Vec<Function>,
}

impl Builtin {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            catalog: Catalog::default(),
            operations: Operations::default(),
            functions: Vec::new(),
        }
    }

    /// Adds a resource type whose objects exist in the state alone.
    pub(crate) fn state_only(
        &mut self,
        name: &'static str,
        schema: Schema,
        what: impl StateOnly,
    ) -> &mut Self {
        self.catalog.resource(name, schema.state_only());
        self.operations.resource(name, Kept(what));
        self
    }

    pub(crate) fn provider(self, effects: Client) -> Arc<dyn Provider> {
        let catalog = Arc::new(self.catalog);
        Arc::new(BuiltinProvider {
            name: self.name,
            config_schema: Schema::new("Takes no arguments.", [], []),
            connection: Arc::new(TypedConnection {
                client: effects,
                operations: Arc::new(self.operations),
                catalog: catalog.clone(),
                appearance: Duration::ZERO,
                region: None,
            }),
            catalog,
            functions: self.functions,
        })
    }
}

struct BuiltinProvider {
    name: &'static str,
    config_schema: Schema,
    catalog: Arc<Catalog>,
    functions: Vec<Function>,
    /// The same for every configuration, as there is nothing to configure.
    connection: Arc<TypedConnection<Client>>,
}

#[async_trait]
impl Provider for BuiltinProvider {
    fn name(&self) -> &str {
        self.name
    }

    fn config_schema(&self) -> &Schema {
        &self.config_schema
    }

    fn functions(&self) -> &[Function] {
        &self.functions
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        &self.catalog.resource_types
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        &self.catalog.data_sources
    }

    fn ephemeral_types(&self) -> &BTreeMap<&'static str, Schema> {
        &self.catalog.ephemeral_types
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        self.catalog.plan(type_name, request)
    }

    fn moved_object(&self, to: &str, from: &str, object: &Value) -> Option<Value> {
        self.catalog.moved_object(to, from, object)
    }

    fn read_pure_data(&self, type_name: &str, config: &Value) -> Option<OpResult<Value>> {
        self.catalog.read_pure(type_name, config)
    }

    fn validate(&self, type_name: &str, config: &Value) -> Vec<OpError> {
        self.catalog.validate(type_name, config)
    }

    async fn configure(&self, _: ConfigureRequest) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(self.connection.clone())
    }
}
