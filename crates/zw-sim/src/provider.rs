//! The provider that stands before another one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use zw_lang::{Diagnostic, Diagnostics, Function, Str, Value};
use zw_provider::schema::Schema;
use zw_provider::{
    ConfigureRequest, Connection, OpError, OpResult, PermissionsRequest, PlanRequest, Planned,
    Provider,
};

use crate::cloud::cloud_of;
use crate::connection::SimConnection;
use crate::world::World;
use crate::{Faults, SimError, SimOptions};

/// A provider whose objects may exist in the simulated cloud only.
pub struct Simulated {
    inner: Arc<dyn Provider>,
    options: SimOptions,
    /// Opened by the first configuration that needs it, and shared by all.
    world: Mutex<Option<Arc<World>>>,
}

impl Simulated {
    /// Puts the simulated cloud behind the schemas and plans of a provider.
    pub fn wrap(inner: Arc<dyn Provider>, options: SimOptions) -> Arc<dyn Provider> {
        Arc::new(Self::new(inner, options))
    }

    /// The same, to be looked into.
    pub fn new(inner: Arc<dyn Provider>, options: SimOptions) -> Self {
        Self { inner, options, world: Mutex::new(None) }
    }

    /// Everything of a type that exists, wherever it is and however new, in the order of creation.
    ///
    /// # Errors
    /// If the world cannot be opened, or the type is not known.
    pub fn everything(&self, type_name: &str) -> OpResult<Vec<Value>> {
        self.opened()?.everything(type_name)
    }

    /// From now on other things go wrong.
    ///
    /// # Errors
    /// If the world cannot be opened.
    pub fn set_faults(&self, faults: Faults) -> Result<(), SimError> {
        self.opened()?.faults.change(faults);
        Ok(())
    }

    fn simulates(&self, config: &Value) -> bool {
        self.options.always || config.get("simulate").and_then(Value::as_bool) == Some(true)
    }

    fn opened(&self) -> Result<Arc<World>, SimError> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(world) = &*world {
            return Ok(world.clone());
        }
        if let Some(problem) = &self.options.problem {
            return Err(SimError::Options(problem.clone()));
        }
        let opened = World::open(self.inner.clone(), self.options.clone())?;
        Ok(world.insert(Arc::new(opened)).clone())
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

    fn identity_source(&self) -> Option<&'static str> {
        self.inner.identity_source()
    }

    fn functions(&self) -> &[Function] {
        self.inner.functions()
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        self.inner.resource_types()
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        self.inner.data_sources()
    }

    fn ephemeral_types(&self) -> &BTreeMap<&'static str, Schema> {
        self.inner.ephemeral_types()
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        self.inner.plan(type_name, request)
    }

    fn moved_object(&self, to: &str, from: &str, object: &Value) -> Option<Value> {
        self.inner.moved_object(to, from, object)
    }

    fn read_pure_data(&self, type_name: &str, config: &Value) -> Option<OpResult<Value>> {
        self.inner.read_pure_data(type_name, config)
    }

    fn permissions(&self, request: PermissionsRequest<'_>) -> Option<BTreeSet<String>> {
        self.inner.permissions(request)
    }

    fn validate(&self, type_name: &str, config: &Value) -> Vec<OpError> {
        self.inner.validate(type_name, config)
    }

    fn region(&self, config: &Value, object: &Value) -> Option<Str> {
        self.inner.region(config, object)
    }

    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        if !self.simulates(&request.config) {
            return self.inner.configure(request).await;
        }
        let place = cloud_of(self.name()).place(&request.config, &self.options)?;
        let world = self.opened().map_err(|error| {
            let what = format!("{} cannot be simulated", request.address);
            Diagnostic::error(what, error.to_string())
        })?;
        Ok(Arc::new(SimConnection { world, place, traffic: request.traffic }))
    }
}
