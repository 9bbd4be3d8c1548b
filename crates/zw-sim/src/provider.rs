//! The provider that stands before another one.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use zw_lang::{Diagnostics, Value};
use zw_provider::schema::Schema;
use zw_provider::{
    ConfigureRequest, Connection, OpError, OpResult, PlanRequest, Planned, Provider,
};

use crate::SimOptions;

/// A provider whose objects may exist in the simulated cloud only.
pub struct Simulated {
    inner: Arc<dyn Provider>,
    options: SimOptions,
}

impl Simulated {
    /// Puts the simulated cloud behind the schemas and plans of a provider.
    pub fn wrap(inner: Arc<dyn Provider>, options: SimOptions) -> Arc<dyn Provider> {
        Arc::new(Self { inner, options })
    }

    fn simulates(&self, config: &Value) -> bool {
        self.options.always || config.get("simulate").and_then(Value::as_bool) == Some(true)
    }
}

#[async_trait]
impl Provider for Simulated {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn config_schema(&self) -> &Schema {
        self.inner.config_schema()
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        self.inner.resource_types()
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        self.inner.data_sources()
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        self.inner.plan(type_name, request)
    }

    fn read_pure_data(&self, type_name: &str, config: &Value) -> Option<OpResult<Value>> {
        self.inner.read_pure_data(type_name, config)
    }

    fn validate(&self, type_name: &str, config: &Value) -> Vec<OpError> {
        self.inner.validate(type_name, config)
    }

    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        if !self.simulates(&request.config) {
            return self.inner.configure(request).await;
        }
        Err(zw_lang::Diagnostic::error(
            format!("{} cannot be simulated yet", request.address),
            "The simulated cloud is not there yet.",
        )
        .into())
    }
}
