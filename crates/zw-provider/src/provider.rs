//! The two halves of a provider: what it knows without credentials, and what it does with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use zw_lang::{Diagnostics, Function, Path, ResourceMode, Str, Value};

use crate::error::{OpError, OpErrorKind};
use crate::schema::Schema;
use crate::traffic::Traffic;

/// The result of an operation.
pub type OpResult<T> = Result<T, OpError>;

/// A provider before it is configured: schemas and everything that follows from them.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The provider's name, as `aws`.
    fn name(&self) -> &str;

    /// What a `provider` block takes.
    fn config_schema(&self) -> &Schema;

    /// Resource types by name.
    fn resource_types(&self) -> &BTreeMap<&'static str, Schema>;

    /// Data sources by name.
    fn data_sources(&self) -> &BTreeMap<&'static str, Schema>;

    /// Ephemeral resources by name.
    fn ephemeral_types(&self) -> &BTreeMap<&'static str, Schema> {
        static NONE: BTreeMap<&str, Schema> = BTreeMap::new();
        &NONE
    }

    /// The data source, without arguments, that says whose credentials a connection has. To read it needs no rights.
    fn identity_source(&self) -> Option<&'static str> {
        None
    }

    /// The types of a mode.
    fn types(&self, mode: ResourceMode) -> &BTreeMap<&'static str, Schema> {
        match mode {
            ResourceMode::Managed => self.resource_types(),
            ResourceMode::Data => self.data_sources(),
            ResourceMode::Ephemeral => self.ephemeral_types(),
        }
    }

    /// The functions that it offers: `provider::NAME::FUNCTION`. They are pure.
    fn functions(&self) -> &[Function] {
        &[]
    }

    /// Refines a plan that follows from the schema, where a type needs it: marks further computed attributes as unknown,
    /// asks for replacement, fills in what can be computed, rejects what cannot be done. Pure.
    ///
    /// # Errors
    /// If the change cannot be done, with the path of the attribute that is the reason.
    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        let _ = type_name;
        Ok(Planned::unchanged(request.planned.clone()))
    }

    /// What a data source answers that is computed from its arguments alone, without any call;
    /// `None` if it is not such a one.
    fn read_pure_data(&self, type_name: &str, config: &Value) -> Option<OpResult<Value>> {
        let _ = (type_name, config);
        None
    }

    /// An object of another type as one of type `to`, for a `moved` block from the one to the other; `None` if that
    /// cannot be.
    fn moved_object(&self, to: &str, from: &str, object: &Value) -> Option<Value> {
        let _ = (to, from, object);
        None
    }

    /// The permissions that credentials need for a deed, reading the object included, in the words of the cloud, as
    /// `sqs:CreateQueue`. None if nobody asks for any, which is what a provider says that does not override it;
    /// `None` if they are not known.
    fn permissions(&self, request: PermissionsRequest<'_>) -> Option<BTreeSet<String>> {
        let _ = request;
        Some(BTreeSet::new())
    }

    /// Checks arguments that are wholly or partly known, beyond what the schema says.
    fn validate(&self, type_name: &str, config: &Value) -> Vec<OpError> {
        let _ = (type_name, config);
        Vec::new()
    }

    /// The region of an object, by the configuration of the provider and the object itself, as far as they are
    /// known. `None` if it has none.
    fn region(&self, config: &Value, object: &Value) -> Option<Str> {
        let named = |value: &Value, name| {
            let region = value.get(name).filter(|region| !region.is_sensitive())?;
            region.as_str().filter(|region| !region.is_empty()).map(Str::from)
        };
        ["region", "location"]
            .into_iter()
            .find_map(|name| named(object, name))
            .or_else(|| named(config, "region"))
    }

    /// Connects with a configuration that is wholly known.
    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics>;
}

/// How to configure a provider.
#[derive(Clone, Debug)]
pub struct ConfigureRequest {
    /// The arguments of the `provider` block by the provider's schema.
    pub config: Value,
    /// Address of the configuration, as `provider["aws"].west`.
    pub address: String,
    /// The most requests that may be under way at once.
    pub parallelism: usize,
    /// Where calls are counted and take their turn.
    pub traffic: Traffic,
}

/// What a type may refine of a plan.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    /// The configuration of the provider, where it is known.
    pub provider_config: &'a Value,
    /// The arguments as written: null where there is none, unknown where not known yet.
    pub config: &'a Value,
    /// The object as it is; null if it is to be created.
    pub prior: &'a Value,
    /// What the schema makes of the two.
    pub planned: &'a Value,
}

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// It is created, or looked for after a creation that was interrupted.
    Create,
    /// It is read.
    Read,
    /// It is changed in place.
    Update,
    /// It is deleted.
    Delete,
}

impl Deed {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// What permissions are asked for.
#[derive(Clone, Copy, Debug)]
pub struct PermissionsRequest<'a> {
    /// Whether it is a resource, a data source or an ephemeral resource.
    pub mode: ResourceMode,
    /// The type's name.
    pub type_name: &'a str,
    /// What is done.
    pub deed: Deed,
    /// The object as planned, or as it is where it is read or deleted. What is null of it may be left out of account;
    /// what is not known, and an object of which nothing is known, may be anything.
    pub object: &'a Value,
}

/// A refined plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The object as it will be, with unknown parts.
    pub planned: Value,
    /// Paths of changes that mean a new object, besides those of the schema.
    pub force_new: Vec<Path>,
}

impl Planned {
    /// A plan with no further reason for replacement.
    pub fn unchanged(planned: Value) -> Self {
        Self { planned, force_new: Vec::new() }
    }
}

/// A configured provider. Operations of one connection may run at the same time.
#[async_trait]
pub trait Connection: Send + Sync {
    /// Reads objects of one type. The answers are in the order of the requests; `None` means that the
    /// object is gone. A type that can reads many with one call.
    async fn read(
        &self,
        type_name: &str,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>>;

    /// Creates an object.
    async fn create(&self, type_name: &str, request: CreateRequest) -> Created;

    /// Changes an object. On an error the object may have been changed in part.
    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value>;

    /// Deletes an object. That it does not exist is no error.
    async fn delete(&self, type_name: &str, request: DeleteRequest) -> OpResult<()>;

    /// Finds the object of an id that a person typed.
    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported>;

    /// Finds the object that an interrupted create with this request made, by its token, its tags or its
    /// natural key; `None` if there is none.
    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>>;

    /// The region that its calls go to, for logs; `None` where there is none.
    fn region(&self) -> Option<&str> {
        None
    }

    /// For how long after a call was cut off [`Self::find`] may not find yet what the call made: it may still be
    /// on its way, and not all servers of a service know of a new object at once.
    fn appearance(&self) -> Duration {
        Duration::ZERO
    }

    /// Reads a data source.
    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value>;

    /// Opens an ephemeral resource: a value that is nowhere kept. It stays good until the run ends; none of those
    /// that there are has to be given back.
    async fn open(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        let _ = request;
        Err(OpError::new(
            OpErrorKind::Other,
            format!("There is no ephemeral resource {type_name:?}."),
        ))
    }
}

/// What is read.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The object as it was last known.
    pub prior: Value,
}

/// What is created.
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// The object as planned; parts that the provider computes are unknown.
    pub planned: Value,
    /// The arguments as written, write-only ones included.
    pub config: Value,
    /// Names this creation for ever: the same token is the same creation. At most 64 characters of
    /// `[a-z0-9-]`.
    pub token: String,
}

/// The outcome of a creation.
#[derive(Clone, Debug)]
pub struct Created {
    /// The object, complete or as far as it is known to exist; `None` if nothing was created.
    pub object: Option<Value>,
    /// What went wrong. With an object, the object is kept and is tainted. Without one, an error that
    /// [leaves doubt](OpErrorKind::leaves_doubt) keeps the creation in the journal, for the next run to look for.
    pub error: Option<OpError>,
}

impl Created {
    /// It worked.
    pub fn done(object: Value) -> Self {
        Self { object: Some(object), error: None }
    }

    /// Nothing was created.
    pub fn failed(error: OpError) -> Self {
        Self { object: None, error: Some(error) }
    }

    /// Something exists, but is not as it should be.
    pub fn partial(object: Value, error: OpError) -> Self {
        Self { object: Some(object), error: Some(error) }
    }
}

/// What is changed.
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// The object as it is.
    pub prior: Value,
    /// The object as planned.
    pub planned: Value,
    /// The arguments as written, write-only ones included.
    pub config: Value,
    /// Names this change for ever.
    pub token: String,
}

/// What is deleted.
#[derive(Clone, Debug)]
pub struct DeleteRequest {
    /// The object as it is.
    pub prior: Value,
}

/// An imported object.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The object.
    pub object: Value,
}

/// What a data source is asked.
#[derive(Clone, Debug)]
pub struct DataRequest {
    /// The arguments, wholly known.
    pub config: Value,
}
