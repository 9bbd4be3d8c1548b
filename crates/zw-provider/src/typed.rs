//! A provider put together from resource types and data sources that each stand on their own.
//!
//! What is known of a type without credentials (its schema and how changes are planned) is a
//! [`Catalog`]; what is done with a client of type `C` is [`Operations`]. The two are apart so that
//! the catalog of a cloud can be used without its SDK.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use zw_lang::Value;

use crate::error::{OpError, OpErrorKind};
use crate::provider::{
    Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported, OpResult,
    PlanRequest, Planned, ReadRequest, UpdateRequest,
};
use crate::schema::Schema;

/// How many objects of a type that has no better way are read at the same time.
pub const READS_AT_ONCE_MAX: usize = 10;

/// Refines the plan of a resource type.
pub type PlanHook = fn(PlanRequest<'_>) -> OpResult<Planned>;

/// Makes an object of one type, which is named, one of another.
pub type MoveHook = fn(&str, &Value) -> Option<Value>;

/// Checks arguments of a type beyond what its schema says.
pub type ValidateHook = fn(&Value) -> Vec<OpError>;

/// What a data source that makes no call answers.
pub type PureRead = fn(&Value) -> OpResult<Value>;

/// Types by name, as far as they are known without credentials.
#[derive(Default)]
pub struct Catalog {
    /// Schemas of resource types.
    pub resource_types: BTreeMap<&'static str, Schema>,
    /// Schemas of data sources.
    pub data_sources: BTreeMap<&'static str, Schema>,
    /// Schemas of ephemeral resources.
    pub ephemeral_types: BTreeMap<&'static str, Schema>,
    plan_hooks: BTreeMap<&'static str, PlanHook>,
    move_hooks: BTreeMap<&'static str, MoveHook>,
    validate_hooks: BTreeMap<&'static str, ValidateHook>,
    pure_reads: BTreeMap<&'static str, PureRead>,
}

impl Catalog {
    /// Adds a resource type whose plans follow from its schema alone.
    pub fn resource(&mut self, name: &'static str, schema: Schema) -> &mut Self {
        self.resource_types.insert(name, schema);
        self
    }

    /// Has plans of a resource type refined by `hook`.
    pub fn plan_hook(&mut self, name: &'static str, hook: PlanHook) -> &mut Self {
        self.plan_hooks.insert(name, hook);
        self
    }

    /// Has objects of other types become objects of this resource type by `hook`.
    pub fn move_hook(&mut self, name: &'static str, hook: MoveHook) -> &mut Self {
        self.move_hooks.insert(name, hook);
        self
    }

    /// An object of another type as one of type `to`: see [`crate::Provider::moved_object`].
    pub fn moved_object(&self, to: &str, from: &str, object: &Value) -> Option<Value> {
        self.move_hooks.get(to).and_then(|hook| hook(from, object))
    }

    /// Has plans of all resource types refined by `hook` that have none of their own so far and a schema like that.
    pub fn plan_hook_for_others(&mut self, is_like_that: fn(&Schema) -> bool, hook: PlanHook) {
        for (name, schema) in &self.resource_types {
            if is_like_that(schema) {
                self.plan_hooks.entry(name).or_insert(hook);
            }
        }
    }

    /// Has arguments of a resource type or data source checked by `hook`.
    pub fn validate_hook(&mut self, name: &'static str, hook: ValidateHook) -> &mut Self {
        self.validate_hooks.insert(name, hook);
        self
    }

    /// Adds a data source.
    pub fn data_source(&mut self, name: &'static str, schema: Schema) -> &mut Self {
        self.data_sources.insert(name, schema);
        self
    }

    /// Adds an ephemeral resource.
    pub fn ephemeral(&mut self, name: &'static str, schema: Schema) -> &mut Self {
        self.ephemeral_types.insert(name, schema);
        self
    }

    /// Adds a data source that is computed from its arguments alone.
    pub fn pure_data_source(
        &mut self,
        name: &'static str,
        schema: Schema,
        read: PureRead,
    ) -> &mut Self {
        self.pure_reads.insert(name, read);
        self.data_source(name, schema)
    }

    /// Refines the plan of a resource type, if it has a hook.
    pub fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        match self.plan_hooks.get(type_name) {
            Some(hook) => hook(request),
            None => Ok(Planned::unchanged(request.planned.clone())),
        }
    }

    /// Checks arguments, if the type has a hook.
    pub fn validate(&self, type_name: &str, config: &Value) -> Vec<OpError> {
        self.validate_hooks.get(type_name).map(|hook| hook(config)).unwrap_or_default()
    }

    /// Whether a data source is computed from its arguments alone.
    pub fn is_pure(&self, type_name: &str) -> bool {
        self.pure_reads.contains_key(type_name)
    }

    /// What a pure data source answers; `None` if it is not one.
    pub fn read_pure(&self, type_name: &str, config: &Value) -> Option<OpResult<Value>> {
        self.pure_reads.get(type_name).map(|read| read(config))
    }
}

/// The operations of a resource type with a client `C`.
#[async_trait]
pub trait Resource<C: Sync>: Send + Sync {
    /// Reads one object; `None` if it is gone.
    async fn read(&self, client: &C, prior: &Value) -> OpResult<Option<Value>>;

    /// Reads many objects, [`READS_AT_ONCE_MAX`] at a time. Types whose service can, override it with
    /// few calls.
    async fn read_many(
        &self,
        client: &C,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        let reads: Vec<_> =
            requests.iter().map(|request| self.read(client, &request.prior)).collect();
        stream::iter(reads).buffered(READS_AT_ONCE_MAX).collect().await
    }

    /// Creates an object.
    async fn create(&self, client: &C, request: CreateRequest) -> Created;

    /// Changes an object. Types all of whose attributes force replacement do not override it.
    async fn update(&self, client: &C, request: UpdateRequest) -> OpResult<Value> {
        let _ = (client, request);
        Err(OpError::new(OpErrorKind::Other, "Objects of this type cannot be changed."))
    }

    /// Deletes an object. That it does not exist is no error.
    async fn delete(&self, client: &C, request: DeleteRequest) -> OpResult<()>;

    /// Finds the object of an id that a person typed.
    async fn import(&self, client: &C, id: &str) -> OpResult<Imported>;

    /// Finds what an interrupted create made.
    async fn find(&self, client: &C, request: &CreateRequest) -> OpResult<Option<Value>> {
        let _ = (client, request);
        Ok(None)
    }
}

/// The operation of a data source or ephemeral resource with a client `C`.
#[async_trait]
pub trait DataSource<C: Sync>: Send + Sync {
    /// Reads or opens it. The answer has all attributes of the schema.
    async fn read(&self, client: &C, config: &Value) -> OpResult<Value>;
}

/// The operations of a provider's types, by name.
pub struct Operations<C> {
    resources: BTreeMap<&'static str, Box<dyn Resource<C>>>,
    data_sources: BTreeMap<&'static str, Box<dyn DataSource<C>>>,
    ephemeral_types: BTreeMap<&'static str, Box<dyn DataSource<C>>>,
}

impl<C> Default for Operations<C> {
    fn default() -> Self {
        Self {
            resources: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            ephemeral_types: BTreeMap::new(),
        }
    }
}

impl<C: Sync> Operations<C> {
    /// Adds a resource type.
    pub fn resource(
        &mut self,
        name: &'static str,
        operations: impl Resource<C> + 'static,
    ) -> &mut Self {
        self.resources.insert(name, Box::new(operations));
        self
    }

    /// Adds a data source.
    pub fn data_source(
        &mut self,
        name: &'static str,
        operation: impl DataSource<C> + 'static,
    ) -> &mut Self {
        self.data_sources.insert(name, Box::new(operation));
        self
    }

    /// Adds an ephemeral resource.
    pub fn ephemeral(
        &mut self,
        name: &'static str,
        operation: impl DataSource<C> + 'static,
    ) -> &mut Self {
        self.ephemeral_types.insert(name, Box::new(operation));
        self
    }

    /// Names of the resource types.
    pub fn resource_names(&self) -> impl Iterator<Item = &'static str> {
        self.resources.keys().copied()
    }

    /// Names of the data sources.
    pub fn data_source_names(&self) -> impl Iterator<Item = &'static str> {
        self.data_sources.keys().copied()
    }

    fn get(&self, type_name: &str) -> OpResult<&dyn Resource<C>> {
        self.resources.get(type_name).map(AsRef::as_ref).ok_or_else(|| {
            OpError::new(
                OpErrorKind::NotImplemented,
                format!("This provider has no resource type {type_name:?}."),
            )
        })
    }
}

/// A connection made of a client and the operations of each type.
pub struct TypedConnection<C> {
    /// The client.
    pub client: C,
    /// What is done with it.
    pub operations: Arc<Operations<C>>,
    /// For data sources that need no client.
    pub catalog: Arc<Catalog>,
    /// As [`Connection::appearance`].
    pub appearance: Duration,
    /// As [`Connection::region`].
    pub region: Option<String>,
}

#[async_trait]
impl<C: Send + Sync> Connection for TypedConnection<C> {
    fn appearance(&self) -> Duration {
        self.appearance
    }

    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    async fn read(
        &self,
        type_name: &str,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        match self.operations.get(type_name) {
            Ok(resource) => read_in_time(resource, &self.client, requests).await,
            Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn create(&self, type_name: &str, request: CreateRequest) -> Created {
        match self.operations.get(type_name) {
            Ok(resource) => resource.create(&self.client, request).await,
            Err(error) => Created::failed(error),
        }
    }

    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value> {
        self.operations.get(type_name)?.update(&self.client, request).await
    }

    async fn delete(&self, type_name: &str, request: DeleteRequest) -> OpResult<()> {
        self.operations.get(type_name)?.delete(&self.client, request).await
    }

    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported> {
        self.operations.get(type_name)?.import(&self.client, id).await
    }

    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        self.operations.get(type_name)?.find(&self.client, request).await
    }

    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        if let Some(answer) = self.catalog.read_pure(type_name, &request.config) {
            return answer;
        }
        let Some(source) = self.operations.data_sources.get(type_name) else {
            return Err(OpError::new(
                OpErrorKind::NotImplemented,
                format!("This provider has no data source {type_name:?}."),
            ));
        };
        let limit = read_limit(&request.config);
        in_time(limit, source.read(&self.client, &request.config)).await?
    }

    async fn open(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        let Some(source) = self.operations.ephemeral_types.get(type_name) else {
            return Err(OpError::new(
                OpErrorKind::NotImplemented,
                format!("This provider has no ephemeral resource {type_name:?}."),
            ));
        };
        source.read(&self.client, &request.config).await
    }
}

/// How long reading something may take, as its block `timeouts` says.
fn read_limit(object: &Value) -> Option<Duration> {
    let text = object.get("timeouts")?.get("read")?.as_str()?;
    zw_lang::duration::parse(text).ok()
}

async fn in_time<T>(limit: Option<Duration>, reading: impl Future<Output = T>) -> OpResult<T> {
    let Some(limit) = limit else { return Ok(reading.await) };
    tokio::time::timeout(limit, reading).await.map_err(|_| {
        let message = format!(
            "Timed out after {} s of reading. The block `timeouts` sets how long it may take, as `read`.",
            limit.as_secs_f64()
        );
        OpError::new(OpErrorKind::Timeout, message)
    })
}

/// Reads many objects, those together that may take as long as each other.
async fn read_in_time<C: Sync>(
    resource: &dyn Resource<C>,
    client: &C,
    requests: Vec<ReadRequest>,
) -> Vec<OpResult<Option<Value>>> {
    let count = requests.len();
    let mut groups: BTreeMap<Option<Duration>, (Vec<usize>, Vec<ReadRequest>)> = BTreeMap::new();
    for (at, request) in requests.into_iter().enumerate() {
        let (places, together) = groups.entry(read_limit(&request.prior)).or_default();
        places.push(at);
        together.push(request);
    }
    let read = groups.into_iter().map(async |(limit, (places, together))| {
        let answers = in_time(limit, resource.read_many(client, together)).await;
        let answers = answers.unwrap_or_else(|error| vec![Err(error); places.len()]);
        places.into_iter().zip(answers).collect::<Vec<_>>()
    });
    let mut answers: Vec<_> = join_all(read).await.into_iter().flatten().collect();
    answers.sort_unstable_by_key(|(at, _)| *at);
    debug_assert_eq!(answers.len(), count, "each request has an answer");
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests;
