//! Types whose objects exist in the state alone: to read one is to believe the state, and to delete
//! it is to forget it.

use async_trait::async_trait;
use zw_lang::Value;
use zw_provider::schema::Schema;
use zw_provider::{
    CreateRequest, Created, DataSource, DeleteRequest, Imported, OpError, OpErrorKind, OpResult,
    ReadRequest, Resource, UpdateRequest,
};

use crate::Effects;
use crate::provider::Client;

/// What such a type has to say for itself.
pub(crate) trait StateOnly: Copy + Send + Sync + 'static {
    /// Whether to create or import one takes so long that others are not to wait for it.
    const IS_SLOW: bool = false;

    /// Makes what is planned complete.
    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value>;

    /// Makes a planned change complete.
    fn update(&self, request: UpdateRequest) -> OpResult<Value> {
        Ok(request.planned)
    }

    /// Makes an object of the id that a person typed.
    fn import(&self, effects: &dyn Effects, id: &str) -> OpResult<Value> {
        let _ = (effects, id);
        Err(OpError::new(
            OpErrorKind::Invalid,
            "Objects of this type exist in the state alone, and cannot be imported.",
        ))
    }
}

/// The operations of such a type.
pub(crate) struct Kept<T>(pub(crate) T);

#[async_trait]
impl<T: StateOnly> Resource<Client> for Kept<T> {
    async fn read(&self, _: &Client, prior: &Value) -> OpResult<Option<Value>> {
        Ok(Some(prior.clone()))
    }

    async fn read_many(
        &self,
        _: &Client,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        requests.into_iter().map(|request| Ok(Some(request.prior))).collect()
    }

    async fn create(&self, effects: &Client, request: CreateRequest) -> Created {
        let this = self.0;
        let work = move |effects: &Client| this.create(&**effects, request.planned);
        match run::<T>(effects, work).await {
            Ok(object) => Created::done(object),
            Err(error) => Created::failed(error),
        }
    }

    async fn update(&self, _: &Client, request: UpdateRequest) -> OpResult<Value> {
        self.0.update(request)
    }

    async fn delete(&self, _: &Client, _: DeleteRequest) -> OpResult<()> {
        Ok(())
    }

    async fn import(&self, effects: &Client, id: &str) -> OpResult<Imported> {
        let (this, id) = (self.0, id.to_owned());
        let work = move |effects: &Client| this.import(&**effects, &id);
        Ok(Imported { object: run::<T>(effects, work).await? })
    }
}

/// The same as an ephemeral resource: made whenever it is opened, and not even in the state.
pub(crate) struct Fleeting<T> {
    what: T,
    defaults: Vec<(&'static str, Value)>,
}

impl<T> Fleeting<T> {
    /// With the defaults of a schema.
    pub(crate) fn new(what: T, schema: &Schema) -> Self {
        let attributes = schema.block.attributes.iter();
        let defaults = attributes.filter_map(|one| Some((one.name, one.default.clone()?)));
        Self { what, defaults: defaults.collect() }
    }
}

#[async_trait]
impl<T: StateOnly> DataSource<Client> for Fleeting<T> {
    async fn read(&self, effects: &Client, config: &Value) -> OpResult<Value> {
        let is_missing = |name: &str| config.get(name).is_none_or(Value::is_null);
        let missing = self.defaults.iter().filter(|(name, _)| is_missing(name));
        let planned = missing.fold(config.clone(), |planned, (name, default)| {
            with(planned, [(name, default.clone())])
        });
        let this = self.what;
        run::<T>(effects, move |effects| this.create(&**effects, planned)).await
    }
}

/// Does what takes long on a thread for such things.
async fn run<T: StateOnly>(
    effects: &Client,
    work: impl FnOnce(&Client) -> OpResult<Value> + Send + 'static,
) -> OpResult<Value> {
    if !T::IS_SLOW {
        return work(effects);
    }
    let effects = effects.clone();
    tokio::task::spawn_blocking(move || work(&effects)).await.unwrap_or_else(|error| {
        Err(OpError::new(OpErrorKind::Other, format!("The operation was given up: {error}.")))
    })
}

/// The object with some attributes set; names that it does not have are left out.
pub(crate) fn with<const N: usize>(object: Value, changes: [(&str, Value); N]) -> Value {
    let marks = object.marks();
    let zw_lang::ValueKind::Object(mut object) = object.into_kind() else {
        return Value::object(changes);
    };
    // The planned object is ours alone most of the time, and then nothing is copied.
    let attributes = std::sync::Arc::make_mut(&mut object);
    for (name, value) in changes {
        if let Ok(at) = attributes.names.binary_search_by(|known| known.as_str().cmp(name)) {
            attributes.values[at] = value;
        }
    }
    Value::from(zw_lang::ValueKind::Object(object)).with_marks(marks)
}
