//! What an engine does with a type, reduced to what a test of the type needs: plan by schema, apply, compare.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};
use zw_aws::Aws;
use zw_lang::{Number, Type, Value};
use zw_provider::schema::{Block, Nesting, Presence};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, DataRequest, Deed, DeleteRequest, OpResult,
    PlanRequest, Provider, ReadRequest, Traffic, UpdateRequest,
};
use zw_testing::{Emulator, Kind};

use crate::emulator::shared;
use crate::recorded::note;

/// From how many objects on types read them in another way: the most that any of them says, and some more.
const MANY: usize = 10;

/// Counts tokens of all tests of this process.
static TOKENS: AtomicUsize = AtomicUsize::new(0);

/// A provider that is connected to the emulator.
pub(crate) struct Rehearsal {
    pub(crate) aws: Aws,
    pub(crate) connection: Arc<dyn Connection>,
    pub(crate) provider_config: Value,
    /// What was called on the connection.
    traffic: Traffic,
    /// Runs for as long as somebody works on it.
    emulator: Option<Arc<Emulator>>,
    /// Whether its answers are those that a test says, in their order.
    is_scripted: bool,
}

impl Rehearsal {
    /// Connects to `us-east-1` of moto, if there is one.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(json!({})).await
    }

    /// The same, with further arguments of the provider block.
    pub(crate) async fn start_with(extra: Json) -> Option<Self> {
        Self::start_on(Kind::Moto, extra).await
    }

    /// The same on an emulator of choice.
    pub(crate) async fn start_on(kind: Kind, extra: Json) -> Option<Self> {
        let emulator = shared(kind)?;
        let mut rehearsal = Self::connect(&emulator.endpoint, extra).await;
        rehearsal.is_scripted = kind == Kind::Model;
        rehearsal.emulator = Some(emulator);
        Some(rehearsal)
    }

    /// Connects to an endpoint that serves everything.
    pub(crate) async fn connect(endpoint: &str, extra: Json) -> Self {
        let aws = Aws::new();
        let mut config =
            json!({ "region": "us-east-1", "access_key": "test", "secret_key": "test" });
        let schema = &aws.config_schema().block;
        let services = &schema.nested("endpoints").expect("there is such a block").block.attributes;
        let endpoints = services.iter().map(|service| (service.name.to_owned(), json!(endpoint)));
        config["endpoints"] = json!([Json::Object(endpoints.collect())]);
        if let (Json::Object(config), Json::Object(extra)) = (&mut config, extra) {
            config.extend(extra);
        }
        let provider_config = written(&aws.config_schema().block, &config);
        let traffic = Traffic::default();
        let connection = connection(&aws, &provider_config, &traffic).await;
        // What there is no emulator for is a server that a test answers for.
        let (emulator, is_scripted) = (None, true);
        Self { aws, connection, provider_config, traffic, emulator, is_scripted }
    }

    /// The emulator that it works on.
    pub(crate) fn emulator(&self) -> Option<Arc<Emulator>> {
        self.emulator.clone()
    }

    /// Does something with a type, and notes what was called for it.
    async fn noted<T>(&self, type_name: &str, deed: Deed, work: impl Future<Output = T>) -> T {
        let before = self.traffic.calls();
        let answer = work.await;
        note(type_name, deed, &before, &self.traffic.calls());
        answer
    }

    /// Notes what is called to read an object by who has read nothing before, and to read many at once. The answers are not
    /// looked at: not every emulator has what many are read by.
    async fn note_reading(&self, type_name: &str, object: &Value) {
        if self.is_scripted {
            return;
        }
        let traffic = Traffic::default();
        let connection = connection(&self.aws, &self.provider_config, &traffic).await;
        for count in [1, MANY] {
            let requests = vec![ReadRequest { prior: object.clone() }; count];
            connection.read(type_name, requests).await;
        }
        note(type_name, Deed::Read, &zw_provider::Calls::default(), &traffic.calls());
    }

    fn block(&self, type_name: &str) -> &Block {
        &self.aws.resource_types()[type_name].block
    }

    /// Plans a change of `prior` to a configuration; whether it means a new object comes along.
    pub(crate) fn plan(&self, type_name: &str, prior: &Value, config: &Json) -> (Value, bool) {
        self.try_plan(type_name, prior, config).expect("the plan is possible")
    }

    /// The same for a change that may not be possible.
    pub(crate) fn try_plan(
        &self,
        type_name: &str,
        prior: &Value,
        config: &Json,
    ) -> OpResult<(Value, bool)> {
        let block = self.block(type_name);
        let config = written(block, config);
        let mut replace = false;
        let planned = plan_block(block, prior, &config, &mut replace);
        let request = PlanRequest {
            provider_config: &self.provider_config,
            config: &config,
            prior,
            planned: &planned,
        };
        let refined = self.aws.plan(type_name, request)?;
        let replace = !prior.is_null() && (replace || !refined.force_new.is_empty());
        Ok((refined.planned, replace))
    }

    /// Plans and creates, and checks that the object is as planned, reads back the same, and has an empty plan.
    pub(crate) async fn create(&self, type_name: &str, config: Json) -> Value {
        let request = self.create_request(type_name, &config);
        self.create_by(type_name, &request, &config).await
    }

    /// The same for a type whose objects have a name of ours, and checks that the name leads to the object after an
    /// interruption.
    pub(crate) async fn create_named(&self, type_name: &str, config: Json) -> Value {
        let request = self.create_request(type_name, &config);
        let before = self.find(type_name, &request).await;
        assert_eq!(before, Ok(None), "{type_name} is not there yet");
        let object = self.create_by(type_name, &request, &config).await;
        let again = self.find(type_name, &request).await;
        let again = again.unwrap_or_else(|error| panic!("{type_name} can be looked for: {error}"));
        let again = again.unwrap_or_else(|| panic!("{type_name} is found by what created it"));
        assert_eq!(difference(&object, &again), None, "{type_name} is found as it was made");
        object
    }

    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        self.noted(type_name, Deed::Create, self.connection.find(type_name, request)).await
    }

    /// Looks for an object as after an interruption, and otherwise creates it, as an engine does.
    pub(crate) async fn try_create(&self, type_name: &str, config: Json) -> OpResult<Value> {
        let request = self.create_request(type_name, &config);
        if let Some(found) = self.find(type_name, &request).await? {
            return Ok(found);
        }
        self.only_create(type_name, config).await
    }

    /// Creates an object, and nothing else.
    pub(crate) async fn only_create(&self, type_name: &str, config: Json) -> OpResult<Value> {
        let request = self.create_request(type_name, &config);
        let create = self.connection.create(type_name, request);
        let created = self.noted(type_name, Deed::Create, create).await;
        match created.error {
            Some(error) => Err(error),
            None => Ok(created.object.expect("a creation without error has an object")),
        }
    }

    fn create_request(&self, type_name: &str, config: &Json) -> CreateRequest {
        let (planned, _) = self.plan(type_name, &Value::null(Type::Dynamic), config);
        let number = TOKENS.fetch_add(1, Ordering::Relaxed);
        let token =
            format!("zw-test-{}-{number}-{}", std::process::id(), type_name.replace('_', "-"));
        CreateRequest { planned, config: written(self.block(type_name), config), token }
    }

    async fn create_by(&self, type_name: &str, request: &CreateRequest, config: &Json) -> Value {
        let create = self.connection.create(type_name, request.clone());
        let created = self.noted(type_name, Deed::Create, create).await;
        assert_eq!(created.error, None, "{type_name} can be created");
        let object = created.object.expect("a creation without error has an object");
        self.settle(type_name, &request.planned, &object, config).await;
        self.note_reading(type_name, &object).await;
        object
    }

    /// Plans and updates in place, with the same checks.
    pub(crate) async fn update(&self, type_name: &str, prior: &Value, config: Json) -> Value {
        let (planned, _) = self.plan(type_name, prior, &config);
        let object = self.try_update(type_name, prior, config.clone()).await;
        let object = object.unwrap_or_else(|error| panic!("{type_name} can be updated: {error}"));
        self.settle(type_name, &planned, &object, &config).await;
        object
    }

    /// Plans and updates in place, and gives the answer as it is.
    pub(crate) async fn try_update(
        &self,
        type_name: &str,
        prior: &Value,
        config: Json,
    ) -> OpResult<Value> {
        let (planned, replace) = self.plan(type_name, prior, &config);
        assert!(!replace, "{type_name} can be updated in place");
        assert_ne!(&planned, prior, "{type_name}: there is something to update");
        let number = TOKENS.fetch_add(1, Ordering::Relaxed);
        let request = UpdateRequest {
            prior: prior.clone(),
            planned,
            config: written(self.block(type_name), &config),
            token: format!("zw-test-{}-{number}-update", std::process::id()),
        };
        self.noted(type_name, Deed::Update, self.connection.update(type_name, request)).await
    }

    async fn settle(&self, type_name: &str, planned: &Value, object: &Value, config: &Json) {
        assert!(object.is_wholly_known(), "{type_name}: all is known after apply: {object:?}");
        assert_eq!(contradiction(planned, object), None, "{type_name} is as planned");
        let read = self.read(type_name, object).await.expect("it was just made");
        assert_eq!(difference(object, &read), None, "{type_name} reads back the same");
        let (again, replace) = self.plan(type_name, &read, config);
        assert_eq!(difference(&read, &again), None, "{type_name}: the next plan is empty");
        assert!(!replace, "{type_name}: the next plan is empty");
    }

    /// Reads an object.
    pub(crate) async fn read(&self, type_name: &str, prior: &Value) -> Option<Value> {
        let request = ReadRequest { prior: prior.clone() };
        let read = self.connection.read(type_name, vec![request]);
        let mut answers = self.noted(type_name, Deed::Read, read).await;
        answers.remove(0).unwrap_or_else(|error| panic!("{type_name} can be read: {error}"))
    }

    /// Reads objects of one type with one request.
    pub(crate) async fn read_all(&self, type_name: &str, priors: &[Value]) -> Vec<Option<Value>> {
        let requests = priors.iter().map(|prior| ReadRequest { prior: prior.clone() }).collect();
        let read = self.connection.read(type_name, requests);
        let answers = self.noted(type_name, Deed::Read, read).await;
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|error| panic!("{type_name} can be read: {error}")))
            .collect()
    }

    /// Imports by id, and checks that nothing is to be done for `config` then.
    pub(crate) async fn import(&self, type_name: &str, id: &str, config: Json) -> Value {
        let import = self.connection.import(type_name, id);
        let imported = self.noted(type_name, Deed::Read, import).await;
        let imported = imported.unwrap_or_else(|error| panic!("{type_name} {id}: {error}")).object;
        let (planned, replace) = self.plan(type_name, &imported, &config);
        assert_eq!(
            difference(&imported, &planned),
            None,
            "{type_name}: the plan after an import is empty"
        );
        assert!(!replace, "{type_name}: the plan after an import is empty");
        imported
    }

    /// Deletes, and checks that the object is gone and that deleting it again is no error.
    pub(crate) async fn delete(&self, type_name: &str, prior: Value) {
        self.delete_only(type_name, prior.clone()).await;
        assert_eq!(self.read(type_name, &prior).await, None, "{type_name} is gone");
    }

    /// Deletes what may stay in some form, and checks that deleting it again is no error.
    pub(crate) async fn delete_only(&self, type_name: &str, prior: Value) {
        let request = DeleteRequest { prior };
        for attempt in ["can be deleted", "can be deleted again"] {
            let delete = self.connection.delete(type_name, request.clone());
            let deleted = self.noted(type_name, Deed::Delete, delete).await;
            assert_eq!(deleted, Ok(()), "{type_name} {attempt}");
        }
    }

    /// Reads a data source.
    pub(crate) async fn data(&self, type_name: &str, config: Json) -> OpResult<Value> {
        let block = &self.aws.data_sources()[type_name].block;
        let config = written(block, &config);
        let read = self.connection.read_data(type_name, DataRequest { config });
        self.noted(&format!("data.{type_name}"), Deed::Read, read).await
    }
}

/// Connects.
async fn connection(aws: &Aws, config: &Value, traffic: &Traffic) -> Arc<dyn Connection> {
    let request = ConfigureRequest {
        config: config.clone(),
        address: "provider[\"aws\"]".into(),
        parallelism: 10,
        traffic: traffic.clone(),
    };
    aws.configure(request).await.expect("the emulator takes any credentials")
}

/// A text attribute.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{name} is a text: {object:?}"))
}

/// What is written, as the front end of the language hands it on.
pub(crate) fn written(block: &Block, json: &Json) -> Value {
    if let Json::Object(given) = json {
        for name in given.keys() {
            assert!(
                block.names().iter().any(|known| known.as_str() == name),
                "no attribute {name}"
            );
        }
    }
    let attributes = block.attributes.iter().map(|attribute| {
        (
            attribute.name,
            json.get(attribute.name).map_or_else(
                || Value::null(attribute.ty.clone()),
                |json| typed(&attribute.ty, json),
            ),
        )
    });
    let blocks = block.blocks.iter().map(|nested| {
        let item = |json: &Json| written(&nested.block, json);
        let items = || {
            json.get(nested.name).and_then(Json::as_array).into_iter().flatten().map(item).collect()
        };
        let value = match nested.nesting {
            Nesting::Single => json.get(nested.name).map_or_else(|| Value::null(nested.ty()), item),
            Nesting::List => Value::list(nested.block.ty(), items()),
            Nesting::Set => Value::set(nested.block.ty(), items()),
            Nesting::Map => panic!("no block of this provider is a map"),
        };
        (nested.name, value)
    });
    Value::object(attributes.chain(blocks))
}

fn typed(ty: &Type, json: &Json) -> Value {
    match (ty, json) {
        (_, Json::Null) => Value::null(ty.clone()),
        (Type::Bool, Json::Bool(value)) => Value::from(*value),
        (Type::Number, Json::Number(number)) => number.as_i64().map_or_else(
            || Value::from(number.as_f64().and_then(Number::from_f64).expect("a finite number")),
            Value::from,
        ),
        // Documents are written as what they say.
        (Type::String, Json::Object(_) | Json::Array(_)) => Value::from(json.to_string()),
        (Type::String, Json::String(text)) => Value::from(text.as_str()),
        (Type::List(element), Json::Array(items)) => Value::list(
            (**element).clone(),
            items.iter().map(|item| typed(element, item)).collect(),
        ),
        (Type::Set(element), Json::Array(items)) => {
            Value::set((**element).clone(), items.iter().map(|item| typed(element, item)).collect())
        }
        (Type::Map(element), Json::Object(entries)) => Value::map(
            (**element).clone(),
            entries.iter().map(|(key, item)| (key.as_str(), typed(element, item))),
        ),
        (Type::Object(object), Json::Object(entries)) => {
            Value::object(object.attrs().iter().map(|attr| {
                (
                    attr.name.clone(),
                    typed(&attr.ty, entries.get(attr.name.as_str()).unwrap_or(&Json::Null)),
                )
            }))
        }
        _ => panic!("{json} is no {ty}"),
    }
}

fn plan_block(block: &Block, prior: &Value, config: &Value, replace: &mut bool) -> Value {
    let part = |name| config.get(name).cloned().expect("the configuration has all attributes");
    let attributes = block.attributes.iter().map(|attribute| {
        let given = part(attribute.name);
        let old = prior.get(attribute.name);
        let value = match (&attribute.default, attribute.presence) {
            _ if !given.is_null() => {
                let same = old.filter(|old| attribute.equality.equal(old, &given));
                same.cloned().unwrap_or(given)
            }
            (Some(default), _) => default.clone(),
            (None, Presence::Computed | Presence::OptionalComputed) => {
                old.cloned().unwrap_or_else(|| Value::unknown(attribute.ty.clone()))
            }
            _ => given,
        };
        *replace |= attribute.force_new && old.is_some_and(|old| *old != value);
        (attribute.name, value)
    });
    let attributes: Vec<_> = attributes.collect();
    let blocks = block.blocks.iter().map(|nested| {
        let given = part(nested.name);
        let old = prior.get(nested.name);
        let items = given.as_sequence().unwrap_or_default();
        if nested.computed && given.is_empty() == Some(true) {
            return (nested.name, old.cloned().unwrap_or_else(|| Value::unknown(nested.ty())));
        }
        let planned = items.iter().enumerate().map(|(at, item)| {
            let old_items = old.and_then(Value::as_sequence).unwrap_or_default();
            let null = Value::null(Type::Dynamic);
            let counterpart = match nested.nesting {
                Nesting::Set => old_items.iter().find(|old| answers(&nested.block, old, item)),
                _ => old_items.get(at),
            };
            let replace = if nested.nesting == Nesting::Set { &mut false } else { &mut *replace };
            plan_block(&nested.block, counterpart.unwrap_or(&null), item, replace)
        });
        let planned: Vec<Value> = planned.collect();
        let value = match nested.nesting {
            Nesting::List => Value::list(nested.block.ty(), planned),
            Nesting::Set => Value::set(nested.block.ty(), planned),
            _ => given,
        };
        (nested.name, value)
    });
    let blocks: Vec<_> = blocks.collect();
    let force_new = block.blocks.iter().filter(|nested| nested.force_new);
    for nested in force_new {
        let new = blocks.iter().find(|(name, _)| *name == nested.name).map(|(_, value)| value);
        *replace |= prior.get(nested.name).is_some_and(|old| Some(old) != new);
    }
    Value::object(attributes.into_iter().chain(blocks))
}

/// Whether an element of a set is what became of a written one.
fn answers(block: &Block, old: &Value, item: &Value) -> bool {
    block.attributes.iter().filter(|attribute| attribute.is_configurable()).all(|attribute| {
        let given = item.get(attribute.name);
        given.is_none_or(Value::is_null) || given == old.get(attribute.name)
    })
}

/// Where an object is not as planned.
fn contradiction(planned: &Value, object: &Value) -> Option<String> {
    if !planned.is_known() || planned == object {
        return None;
    }
    match (planned.as_sequence(), object.as_sequence()) {
        (Some(some), Some(others)) if some.len() == others.len() => {
            let mut pairs = some.iter().zip(others);
            return pairs.find_map(|(planned, object)| contradiction(planned, object));
        }
        _ => {}
    }
    match (planned.as_object(), object.as_object()) {
        (Some(some), Some(_)) => some.iter().find_map(|(name, value)| {
            let found = contradiction(value, object.get(name)?)?;
            Some(format!("{name}: {found}"))
        }),
        _ => Some(format!("planned {planned:?}, got {object:?}")),
    }
}

/// Where two objects differ.
fn difference(some: &Value, other: &Value) -> Option<String> {
    if some == other {
        return None;
    }
    match some.as_object() {
        Some(object) => object.iter().find_map(|(name, value)| {
            let found = difference(value, other.get(name)?)?;
            Some(format!("{name}: {found}"))
        }),
        None => Some(format!("{some:?} became {other:?}")),
    }
}
