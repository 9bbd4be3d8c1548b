//! Providers that make up what they answer, with the schemas of real ones.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use async_trait::async_trait;
use zw_lang::{Diagnostics, Function, ResourceMode, Str, Type, Value, ValueKind, convert};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported,
    OpResult, PlanRequest, Planned, Provider, ReadRequest, UpdateRequest,
};

/// What a type answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Values of attributes, instead of those that are made up.
    pub(crate) values: Option<Value>,
    /// Whether they are known while planning.
    pub(crate) at_plan: bool,
}

/// Answers by mode and type.
pub(crate) type Answers = BTreeMap<(ResourceMode, Str), Answer>;

/// A provider that makes up what it answers.
pub(crate) struct Mock {
    real: Arc<dyn Provider>,
    answers: Arc<Answers>,
    /// Of types without an answer of their own.
    at_plan: bool,
    config: Schema,
}

impl Mock {
    pub(crate) fn of(real: Arc<dyn Provider>, answers: Answers, at_plan: bool) -> Arc<Self> {
        // It takes what the real one takes, and needs nothing of it.
        let schema = real.config_schema();
        let attributes = schema.block.attributes.iter().cloned().map(|attribute| {
            let is_required = attribute.presence == Presence::Required;
            let presence = if is_required { Presence::Optional } else { attribute.presence };
            Attribute { presence, ..attribute }
        });
        let blocks = schema.block.blocks.iter().cloned();
        let blocks = blocks.map(|nested| NestedBlock { items_min: 0, ..nested });
        let config = Schema { block: Block::new(attributes, blocks), ..schema.clone() };
        Arc::new(Self { real, answers: Arc::new(answers), at_plan, config })
    }
}

#[async_trait]
impl Provider for Mock {
    fn name(&self) -> &str {
        self.real.name()
    }

    fn config_schema(&self) -> &Schema {
        &self.config
    }

    fn functions(&self) -> &[Function] {
        self.real.functions()
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        self.real.resource_types()
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        self.real.data_sources()
    }

    fn ephemeral_types(&self) -> &BTreeMap<&'static str, Schema> {
        self.real.ephemeral_types()
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        let answer = self.answers.get(&(ResourceMode::Managed, type_name.into()));
        let planned = request.planned.clone();
        if !answer.map_or(self.at_plan, |answer| answer.at_plan) {
            return Ok(Planned::unchanged(planned));
        }
        // What is planned is planned again while applying, and has to come out the same.
        let mut words = Words::of(type_name, request.config);
        Ok(Planned::unchanged(self.completed(
            ResourceMode::Managed,
            type_name,
            &planned,
            request.config,
            &mut words,
        )))
    }

    async fn configure(&self, _: ConfigureRequest) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(Self {
            real: Arc::clone(&self.real),
            answers: Arc::clone(&self.answers),
            at_plan: self.at_plan,
            config: self.config.clone(),
        }))
    }
}

#[async_trait]
impl Connection for Mock {
    async fn read(&self, _: &str, requests: Vec<ReadRequest>) -> Vec<OpResult<Option<Value>>> {
        requests.into_iter().map(|request| Ok(Some(request.prior))).collect()
    }

    async fn create(&self, type_name: &str, request: CreateRequest) -> Created {
        Created::done(self.completed(
            ResourceMode::Managed,
            type_name,
            &request.planned,
            &request.config,
            &mut Words::Random,
        ))
    }

    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value> {
        let UpdateRequest { planned, config, .. } = request;
        Ok(self.completed(ResourceMode::Managed, type_name, &planned, &config, &mut Words::Random))
    }

    async fn delete(&self, _: &str, _: DeleteRequest) -> OpResult<()> {
        Ok(())
    }

    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported> {
        let nothing =
            self.schema(ResourceMode::Managed, type_name).map(|schema| unknown(&schema.block));
        let object = nothing.unwrap_or_else(|| Value::null(Type::Dynamic));
        let made = self.completed(
            ResourceMode::Managed,
            type_name,
            &object,
            &Value::null(Type::Dynamic),
            &mut Words::Random,
        );
        Ok(Imported { object: with(made, "id", &id.into()) })
    }

    async fn find(&self, _: &str, _: &CreateRequest) -> OpResult<Option<Value>> {
        Ok(None)
    }

    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        Ok(self.answered(ResourceMode::Data, type_name, &request))
    }

    async fn open(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        Ok(self.answered(ResourceMode::Ephemeral, type_name, &request))
    }
}

impl Mock {
    fn schema(&self, mode: ResourceMode, type_name: &str) -> Option<&Schema> {
        self.real.types(mode).get(type_name)
    }

    /// What is answered to who only asks.
    fn answered(&self, mode: ResourceMode, type_name: &str, request: &DataRequest) -> Value {
        let planned = match self.schema(mode, type_name) {
            Some(schema) => asked(&schema.block, &request.config),
            None => request.config.clone(),
        };
        self.completed(mode, type_name, &planned, &request.config, &mut Words::Random)
    }

    /// An object with values for all that is not known: those that are given, or made up ones.
    fn completed(
        &self,
        mode: ResourceMode,
        type_name: &str,
        planned: &Value,
        config: &Value,
        words: &mut Words,
    ) -> Value {
        let answer = self.answers.get(&(mode, type_name.into()));
        let values = answer.and_then(|answer| answer.values.as_ref());
        let Some(object) = planned.as_object() else { return planned.clone() };
        let completed = object.iter().map(|(name, value)| {
            let given = values.and_then(|values| values.get(name));
            let is_written =
                config.get(name).is_some_and(|written| !written.is_null() && written.is_known());
            match given {
                Some(given) if !is_written => {
                    let fitting = convert(given, &value.ty()).unwrap_or_else(|_| given.clone());
                    (name.clone(), fitting)
                }
                _ => (name.clone(), value.clone().map_deep(&mut |value| made_up(value, words))),
            }
        });
        Value::object(completed)
    }
}

fn with(object: Value, name: &str, value: &Value) -> Value {
    let Some(known) = object.as_object() else { return object };
    if known.get(name).is_none() {
        return object;
    }
    Value::object(known.iter().map(|(attr, old)| {
        (attr.clone(), if attr.as_str() == name { value.clone() } else { old.clone() })
    }))
}

/// An object of which nothing is known.
fn unknown(block: &Block) -> Value {
    let object = block.object_type();
    Value::object(
        object.attrs().iter().map(|attr| (attr.name.clone(), Value::unknown(attr.ty.clone()))),
    )
}

/// What a data source was asked, with all that it answers unknown.
fn asked(block: &Block, config: &Value) -> Value {
    let attribute = |attribute: &Attribute| {
        let given = config.get(attribute.name).filter(|given| !given.is_null()).cloned();
        let is_answer = given.is_none() && attribute.is_computed();
        let missing = if is_answer {
            Value::unknown(attribute.ty.clone())
        } else {
            Value::null(attribute.ty.clone())
        };
        (Str::from(attribute.name), given.unwrap_or(missing))
    };
    let nested = block.blocks.iter().map(|nested| {
        let given = config.get(nested.name).filter(|given| !given.is_null()).cloned();
        let none = match nested.nesting {
            Nesting::Single => Value::null(nested.ty()),
            _ => empty(&nested.ty()),
        };
        (Str::from(nested.name), given.unwrap_or(none))
    });
    Value::object(block.attributes.iter().map(attribute).chain(nested))
}

/// A value for one that is not known. Source: "Mock Providers" in Terraform's documentation of tests.
fn made_up(value: Value, words: &mut Words) -> Value {
    if let ValueKind::Unknown(_) = value.kind() { of_type(&value.ty(), words) } else { value }
}

fn of_type(ty: &Type, words: &mut Words) -> Value {
    match ty {
        Type::String => Value::from(words.next()),
        Type::Number => Value::from(0_i64),
        Type::Bool => Value::from(false),
        Type::Object(object) => Value::object(
            object.attrs().iter().map(|attr| (attr.name.clone(), of_type(&attr.ty, words))),
        ),
        Type::Tuple(items) => Value::tuple(items.iter().map(|item| of_type(item, words)).collect()),
        Type::Dynamic => Value::null(Type::Dynamic),
        collection => empty(collection),
    }
}

fn empty(ty: &Type) -> Value {
    match ty {
        Type::List(element) => Value::list((**element).clone(), Vec::new()),
        Type::Set(element) => Value::set((**element).clone(), Vec::new()),
        Type::Map(element) => Value::map((**element).clone(), std::iter::empty::<(Str, Value)>()),
        other => Value::null(other.clone()),
    }
}

/// Words of eight letters and digits.
enum Words {
    Random,
    /// The same ones whenever the same thing is asked for.
    Repeatable(u64),
}

impl Words {
    fn of(type_name: &str, config: &Value) -> Self {
        let mut hasher = DefaultHasher::new();
        type_name.hash(&mut hasher);
        config.hash_canonical(&mut hasher);
        Self::Repeatable(hasher.finish())
    }

    fn next(&mut self) -> String {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut bytes = [0_u8; 8];
        match self {
            // Without a source of random numbers they are all the same, which no test may rely on either.
            Self::Random => drop(getrandom::fill(&mut bytes)),
            Self::Repeatable(seed) => {
                let mut hasher = DefaultHasher::new();
                seed.hash(&mut hasher);
                *seed = hasher.finish();
                bytes = seed.to_le_bytes();
            }
        }
        let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        bytes.iter().map(letter).collect()
    }
}
