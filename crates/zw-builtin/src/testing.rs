//! What an engine does with a type, reduced to what a test of the type needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, DeleteRequest, OpError,
    OpResult, PlanRequest, Provider, ReadRequest, Traffic, UpdateRequest,
};

use crate::Effects;

/// Randomness that is the same in every run, and a clock that stands still.
#[derive(Default)]
pub(crate) struct FixedEffects {
    state: AtomicU64,
}

impl Effects for FixedEffects {
    fn random(&self, buffer: &mut [u8]) {
        for byte in buffer {
            // SplitMix64, of which one byte is used.
            let mut z = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)).to_le_bytes()[0];
        }
    }

    /// 2026-01-02T03:04:05Z
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045)
    }
}

/// A resource type of one of the providers.
pub(crate) struct Bench {
    type_name: &'static str,
    provider: Arc<dyn Provider>,
    connection: Arc<dyn Connection>,
}

/// What is planned for an object.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) planned: Value,
    /// Attributes whose change means a new object.
    pub(crate) force_new: Vec<String>,
    config: Value,
    prior: Value,
}

impl Bench {
    pub(crate) async fn new(type_name: &'static str) -> Self {
        let providers =
            crate::providers_with(&(Arc::new(FixedEffects::default()) as Arc<dyn Effects>));
        let has_type = |provider: &Arc<dyn Provider>| {
            provider.resource_types().contains_key(type_name)
                || provider.data_sources().contains_key(type_name)
        };
        let provider = providers.into_iter().find(has_type).expect("a provider has the type");
        let request = ConfigureRequest {
            config: Value::object([] as [(&str, Value); 0]),
            address: "provider".into(),
            parallelism: 1,
            traffic: Traffic::default(),
        };
        let connection = provider.configure(request).await.expect("nothing to configure");
        Self { type_name, provider, connection }
    }

    fn schema(&self) -> &Schema {
        &self.provider.resource_types()[self.type_name]
    }

    /// The arguments as the engine passes them: null where there is none.
    pub(crate) fn config(&self, given: &[(&str, Value)]) -> Value {
        config_of(self.schema(), given)
    }

    pub(crate) fn validate(&self, given: &[(&str, Value)]) -> Vec<OpError> {
        self.provider.validate(self.type_name, &self.config(given))
    }

    /// What a schema's own check says of an argument.
    pub(crate) fn check(&self, name: &str, value: impl Into<Value>) -> Result<(), String> {
        let attribute = self.schema().block.attribute(name).expect("it has the attribute");
        attribute.validate.map_or(Ok(()), |check| check(&value.into()))
    }

    pub(crate) fn plan_create(&self, given: &[(&str, Value)]) -> Plan {
        self.plan(&Value::null(Type::Dynamic), given)
    }

    pub(crate) fn plan(&self, prior: &Value, given: &[(&str, Value)]) -> Plan {
        self.try_plan(prior, given).expect("the plan is possible")
    }

    pub(crate) fn try_plan(&self, prior: &Value, given: &[(&str, Value)]) -> OpResult<Plan> {
        let schema = self.schema();
        let config = self.config(given);
        let value = |attribute: &Attribute| {
            let given = config.get(attribute.name).expect("it is there").clone();
            let before = prior.get(attribute.name);
            match &attribute.default {
                _ if !given.is_null() => given,
                Some(default) => default.clone(),
                None if attribute.is_computed() => {
                    before.cloned().unwrap_or_else(|| Value::unknown(attribute.ty.clone()))
                }
                None => given,
            }
        };
        let attributes = &schema.block.attributes;
        let planned = Value::object(attributes.iter().map(|attr| (attr.name, value(attr))));
        let request =
            PlanRequest { provider_config: &planned, config: &config, prior, planned: &planned };
        let refined = self.provider.plan(self.type_name, request)?;
        let of_schema = attributes.iter().filter(|attr| attr.force_new).map(|attr| attr.name);
        let of_hook = refined.force_new.iter().map(Path::to_string);
        let changed = |name: &String| {
            !prior.is_null() && prior.get(name.as_str()) != refined.planned.get(name.as_str())
        };
        let force_new = of_schema.map(str::to_owned).chain(of_hook).filter(changed).collect();
        Ok(Plan { planned: refined.planned, force_new, config, prior: prior.clone() })
    }

    /// Creates what is planned, and checks that nothing that was known came out different, and that
    /// it reads back as it was created.
    pub(crate) async fn create(&self, given: &[(&str, Value)]) -> Value {
        let plan = self.plan_create(given);
        let created = self.try_create(&plan).await;
        assert_eq!(created.error, None, "it can be created");
        let object = created.object.expect("what was created without an error is there");
        self.check_applied(&plan, &object).await;
        object
    }

    pub(crate) async fn try_create(&self, plan: &Plan) -> Created {
        let request = CreateRequest {
            planned: plan.planned.clone(),
            config: plan.config.clone(),
            token: "token".into(),
        };
        self.connection.create(self.type_name, request).await
    }

    pub(crate) async fn update(&self, plan: &Plan) -> Value {
        let request = UpdateRequest {
            prior: plan.prior.clone(),
            planned: plan.planned.clone(),
            config: plan.config.clone(),
            token: "token".into(),
        };
        let object = self.connection.update(self.type_name, request).await.expect("it is changed");
        self.check_applied(plan, &object).await;
        object
    }

    async fn check_applied(&self, plan: &Plan, object: &Value) {
        assert!(object.is_wholly_known(), "all is known after apply: {object:?}");
        for (name, planned) in plan.planned.as_object().expect("it is an object").iter() {
            let value = object.get(name).expect("it has all attributes");
            assert!(!planned.is_wholly_known() || planned == value, "{name} is as planned");
        }
        let names = object.as_object().expect("it is an object").names.clone();
        assert_eq!(names, *self.schema().block.names(), "it has the attributes of the schema");
        assert_eq!(self.read(object).await.as_ref(), Some(object), "it reads back");
    }

    pub(crate) async fn read(&self, prior: &Value) -> Option<Value> {
        let requests = vec![ReadRequest { prior: prior.clone() }; 2];
        let mut answers = self.connection.read(self.type_name, requests).await;
        assert_eq!(answers.len(), 2, "one answer for each request");
        answers.remove(1).expect("it can be read")
    }

    pub(crate) async fn delete(&self, prior: &Value) {
        let request = DeleteRequest { prior: prior.clone() };
        self.connection.delete(self.type_name, request).await.expect("it can be deleted");
    }

    pub(crate) async fn import(&self, id: &str) -> OpResult<Value> {
        Ok(self.connection.import(self.type_name, id).await?.object)
    }
}

fn config_of(schema: &Schema, given: &[(&str, Value)]) -> Value {
    for (name, _) in given {
        let attribute = schema.block.attribute(name).expect("the schema has the argument");
        assert!(attribute.is_configurable(), "{name} can be given");
    }
    Value::object(schema.block.attributes.iter().map(|attribute| {
        let value = given.iter().find(|(name, _)| *name == attribute.name);
        let null = || Value::null(attribute.ty.clone());
        (attribute.name, value.map_or_else(null, |(_, value)| value.clone()))
    }))
}

/// A text attribute.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} is a text"))
}

/// A map of strings.
pub(crate) fn map<const N: usize>(entries: [(&str, &str); N]) -> Value {
    Value::map(Type::String, entries.map(|(key, value)| (key, Value::from(value))))
}

/// Reads a data source, and checks that the answer has the attributes of the schema.
pub(crate) async fn read_data(
    provider: &str,
    type_name: &str,
    given: &[(&str, Value)],
) -> OpResult<Value> {
    let providers = crate::providers_with(&(Arc::new(FixedEffects::default()) as Arc<dyn Effects>));
    let provider = providers.into_iter().find(|known| known.name() == provider);
    let provider = provider.expect("there is such a provider");
    let schema = &provider.data_sources()[type_name];
    let config = config_of(schema, given);
    let request = ConfigureRequest {
        config: config.clone(),
        address: "provider".into(),
        parallelism: 1,
        traffic: Traffic::default(),
    };
    let connection = provider.configure(request).await.expect("nothing to configure");
    let object = connection.read_data(type_name, DataRequest { config }).await?;
    assert!(object.is_wholly_known(), "all is known: {object:?}");
    let names = object.as_object().expect("it is an object").names.clone();
    assert_eq!(names, *schema.block.names(), "it has the attributes of the schema");
    Ok(object)
}
