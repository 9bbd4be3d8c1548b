//! What an engine does with a provider, reduced to what a test needs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use zw_lang::{Type, Value, json_to_value};
use zw_provider::schema::{Block, Nesting};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, DeleteRequest, OpError,
    OpResult, PlanRequest, Provider, ReadRequest, Traffic, UpdateRequest,
};
use zw_sim::{SimOptions, Simulated};

/// Tokens of all tests, so that what comes out equal does not derive from them.
static TOKENS: AtomicUsize = AtomicUsize::new(0);

/// A provider in a simulated cloud.
pub(crate) struct Sim {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) connection: Arc<dyn Connection>,
    pub(crate) traffic: Traffic,
    config: Value,
}

/// Options with a clock that stands still, so that two runs can be compared.
pub(crate) fn options(dir: &Path) -> SimOptions {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
    SimOptions { always: true, now: Some(now), ..SimOptions::instant(dir) }
}

impl Sim {
    /// AWS in `us-east-1`, with a file that goes with the directory.
    pub(crate) async fn aws(dir: &TempDir) -> Self {
        Self::aws_with(options(dir.path()), json!({})).await
    }

    pub(crate) async fn aws_with(options: SimOptions, config: Json) -> Self {
        Self::connect(Arc::new(zw_aws::Aws::new()), options, config).await
    }

    pub(crate) async fn connect(
        inner: Arc<dyn Provider>,
        options: SimOptions,
        config: Json,
    ) -> Self {
        let provider = Simulated::wrap(inner, options);
        let config = written(&provider.config_schema().block, &config);
        let traffic = Traffic::default();
        let connection = configure(&provider, &config, &traffic).await;
        Self { provider, connection, traffic, config }
    }

    /// Another configuration of the same provider.
    pub(crate) async fn beside(&self, config: Json) -> Self {
        let config = written(&self.provider.config_schema().block, &config);
        let (provider, traffic) = (self.provider.clone(), self.traffic.clone());
        let connection = configure(&provider, &config, &traffic).await;
        Self { provider, connection, traffic, config }
    }

    pub(crate) fn block(&self, type_name: &str) -> &Block {
        &self.provider.resource_types()[type_name].block
    }

    /// What is planned for a configuration.
    pub(crate) fn plan(&self, type_name: &str, prior: &Value, config: &Json) -> Value {
        let block = self.block(type_name);
        let config = written(block, config);
        let planned = propose(block, prior, &config);
        let provider_config = &self.config;
        let request = PlanRequest { provider_config, config: &config, prior, planned: &planned };
        self.provider.plan(type_name, request).expect("it can be planned").planned
    }

    pub(crate) fn create_request(&self, type_name: &str, config: &Json) -> CreateRequest {
        let token = format!("token-{}", TOKENS.fetch_add(1, Ordering::Relaxed));
        CreateRequest {
            planned: self.plan(type_name, &Value::null(Type::Dynamic), config),
            config: written(self.block(type_name), config),
            token,
        }
    }

    pub(crate) async fn try_create(&self, type_name: &str, config: Json) -> Created {
        let request = self.create_request(type_name, &config);
        self.connection.create(type_name, request).await
    }

    /// The error of a creation that must fail.
    pub(crate) async fn refused(&self, type_name: &str, config: Json) -> OpError {
        let created = self.try_create(type_name, config).await;
        assert_eq!(created.object, None, "{type_name} is not created");
        created.error.unwrap_or_else(|| panic!("{type_name} is refused"))
    }

    /// Creates an object and checks all that an engine relies on.
    pub(crate) async fn create(&self, type_name: &str, config: Json) -> Value {
        let request = self.create_request(type_name, &config);
        let created = self.connection.create(type_name, request.clone()).await;
        assert_eq!(created.error, None, "{type_name} is created");
        let object = created.object.expect("what was created is there");
        self.check(type_name, &request.planned, &object, &config).await;
        object
    }

    /// Changes an object, with the same checks.
    pub(crate) async fn update(&self, type_name: &str, prior: &Value, config: Json) -> Value {
        let planned = self.plan(type_name, prior, &config);
        let request = UpdateRequest {
            prior: prior.clone(),
            planned: planned.clone(),
            config: written(self.block(type_name), &config),
            token: format!("update-{}", TOKENS.fetch_add(1, Ordering::Relaxed)),
        };
        let object = self.connection.update(type_name, request).await;
        let object = object.unwrap_or_else(|error| panic!("{type_name} is changed: {error}"));
        self.check(type_name, &planned, &object, &config).await;
        object
    }

    async fn check(&self, type_name: &str, planned: &Value, object: &Value, config: &Json) {
        assert!(object.is_wholly_known(), "{type_name}: all is known: {object:?}");
        assert_eq!(object.ty(), self.block(type_name).ty(), "{type_name} is of its type");
        assert_eq!(contradiction(planned, object), None, "{type_name} is as planned");
        assert_eq!(
            self.read(type_name, object).await.as_ref(),
            Some(object),
            "{type_name} reads back"
        );
        let again = self.plan(type_name, object, config);
        assert_eq!(contradiction(&again, object), None, "{type_name}: the next plan is empty");
        assert_eq!(&again, object, "{type_name}: the next plan is empty");
    }

    pub(crate) async fn read(&self, type_name: &str, prior: &Value) -> Option<Value> {
        let requests = vec![ReadRequest { prior: prior.clone() }];
        let mut answers = self.connection.read(type_name, requests).await;
        answers.remove(0).unwrap_or_else(|error| panic!("{type_name} is read: {error}"))
    }

    pub(crate) async fn try_delete(&self, type_name: &str, prior: &Value) -> OpResult<()> {
        self.connection.delete(type_name, DeleteRequest { prior: prior.clone() }).await
    }

    pub(crate) async fn delete(&self, type_name: &str, prior: &Value) {
        self.try_delete(type_name, prior).await.expect("nothing stands against it");
        assert_eq!(self.read(type_name, prior).await, None, "{type_name} is gone");
        assert_eq!(
            self.try_delete(type_name, prior).await,
            Ok(()),
            "to delete it again is no error"
        );
    }

    pub(crate) async fn data(&self, type_name: &str, config: Json) -> OpResult<Value> {
        let schema = &self.provider.data_sources()[type_name];
        let config = written(&schema.block, &config);
        let answer = self.connection.read_data(type_name, DataRequest { config }).await?;
        assert!(answer.is_wholly_known(), "all is known: {answer:?}");
        assert_eq!(answer.ty(), schema.block.ty(), "{type_name} is of its type");
        Ok(answer)
    }
}

async fn configure(
    provider: &Arc<dyn Provider>,
    config: &Value,
    traffic: &Traffic,
) -> Arc<dyn Connection> {
    let request = ConfigureRequest {
        config: config.clone(),
        address: format!("provider[{:?}]", provider.name()),
        parallelism: 10,
        traffic: traffic.clone(),
    };
    match provider.configure(request).await {
        Ok(connection) => connection,
        Err(problems) => panic!("it can be simulated: {problems:?}"),
    }
}

/// A text attribute.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    let value = object.get(name).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("{name} is a text: {object:?}"))
}

/// What is written, as the engine passes it on: null where there is nothing.
pub(crate) fn written(block: &Block, json: &Json) -> Value {
    let given = |name: &str| json.get(name).filter(|json| !json.is_null());
    let names = json.as_object().into_iter().flatten().map(|(name, _)| name);
    for name in names {
        assert!(block.names().iter().any(|known| known.as_str() == name), "no attribute {name}");
    }
    let attributes = block.attributes.iter().map(|attribute| {
        let value = match given(attribute.name) {
            Some(json) => json_to_value(json, &attribute.ty).expect("it is of its type"),
            None => Value::null(attribute.ty.clone()),
        };
        (attribute.name, value)
    });
    let blocks = block.blocks.iter().map(|nested| {
        let item = |json: &Json| written(&nested.block, json);
        let items = || given(nested.name).and_then(Json::as_array).into_iter().flatten().map(item);
        let value = match nested.nesting {
            Nesting::Single => given(nested.name).map_or_else(|| Value::null(nested.ty()), item),
            Nesting::List => Value::list(nested.block.ty(), items().collect()),
            Nesting::Set => Value::set(nested.block.ty(), items().collect()),
            Nesting::Map => panic!("no block here is a map"),
        };
        (nested.name, value)
    });
    Value::object(attributes.chain(blocks))
}

/// The object that a configuration asks for.
pub(crate) fn propose(block: &Block, prior: &Value, config: &Value) -> Value {
    let part = |name: &str| config.get(name).cloned().expect("the configuration is complete");
    let attributes = block.attributes.iter().map(|attribute| {
        let (given, before) = (part(attribute.name), prior.get(attribute.name));
        let value = match &attribute.default {
            _ if !given.is_null() => before
                .filter(|before| attribute.equality.equal(before, &given))
                .cloned()
                .unwrap_or(given),
            Some(default) => default.clone(),
            None if attribute.is_computed() => {
                before.cloned().unwrap_or_else(|| Value::unknown(attribute.ty.clone()))
            }
            None => given,
        };
        (attribute.name, value)
    });
    let blocks = block.blocks.iter().map(|nested| {
        let (given, before) = (part(nested.name), prior.get(nested.name));
        if nested.computed && given.is_empty() != Some(false) {
            return (nested.name, before.cloned().unwrap_or_else(|| Value::unknown(nested.ty())));
        }
        let null = Value::null(Type::Dynamic);
        let before = before.and_then(Value::as_sequence).unwrap_or_default();
        let items = given.as_sequence().unwrap_or_default().iter().enumerate();
        let items = items.map(|(at, item)| {
            let before = match nested.nesting {
                Nesting::Set => {
                    before.iter().find(|before| stands_for(&nested.block, item, before))
                }
                _ => before.get(at),
            };
            propose(&nested.block, before.unwrap_or(&null), item)
        });
        let value = match nested.nesting {
            Nesting::List => Value::list(nested.block.ty(), items.collect()),
            Nesting::Set => Value::set(nested.block.ty(), items.collect()),
            _ => given,
        };
        (nested.name, value)
    });
    Value::object(attributes.chain(blocks))
}

fn stands_for(block: &Block, item: &Value, before: &Value) -> bool {
    block.attributes.iter().all(|attribute| {
        let given = item.get(attribute.name);
        given.is_none_or(Value::is_null) || given == before.get(attribute.name)
    })
}

/// Where an object is not as planned.
pub(crate) fn contradiction(planned: &Value, object: &Value) -> Option<String> {
    if !planned.is_known() || planned == object {
        return None;
    }
    if let (Some(some), Some(others)) = (planned.as_sequence(), object.as_sequence())
        && some.len() == others.len()
    {
        let mut pairs = some.iter().zip(others);
        return pairs.find_map(|(planned, object)| contradiction(planned, object));
    }
    match planned.as_object() {
        Some(planned) => planned.iter().find_map(|(name, value)| {
            Some(format!("{name}: {}", contradiction(value, object.get(name)?)?))
        }),
        None => Some(format!("planned {planned:?}, got {object:?}")),
    }
}
