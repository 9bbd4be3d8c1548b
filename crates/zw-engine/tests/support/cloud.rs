//! A cloud in memory, with one resource type that says what it does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use zw_lang::{Diagnostics, Type, Value};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported,
    OpError, OpErrorKind, OpResult, Provider, ReadRequest, UpdateRequest,
};

/// The objects that exist, by id, and what was done to them, in order.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) objects: BTreeMap<String, Value>,
    pub(crate) log: Vec<String>,
    /// Whether creations are not answered.
    pub(crate) hanging: bool,
    next: u64,
}

/// A provider `test` with a resource type `test_thing` and a data source `test_thing`.
///
/// A thing has a `name`, a `color` that can be changed, a `shape` that cannot, a `link` to anything, a
/// `secret`, blocks `part` in a list, and a computed `id` and `code`. Names that begin with `fail-create` cannot be
/// created. The provider panics at names that begin with `panic`: before it does something, with `panic-late` after that.
pub(crate) struct TestProvider {
    pub(crate) world: Arc<Mutex<World>>,
    config: Schema,
    types: BTreeMap<&'static str, Schema>,
    data: BTreeMap<&'static str, Schema>,
}

impl TestProvider {
    pub(crate) fn new(world: Arc<Mutex<World>>) -> Self {
        let part = Block::new(
            [Attribute::required("size", Type::Number), Attribute::optional("label", Type::String)],
            [],
        );
        let thing = Schema::new(
            "A thing.",
            [
                Attribute::computed("id", Type::String),
                Attribute::required("name", Type::String),
                Attribute::optional("color", Type::String).default("grey"),
                Attribute::optional("shape", Type::String).force_new(),
                Attribute::optional("link", Type::String),
                Attribute::optional("tags", Type::map(Type::String)),
                Attribute::optional("secret", Type::String).sensitive(),
                Attribute::optional_computed("zone", Type::String),
                Attribute::computed("code", Type::String),
            ],
            [NestedBlock::new("part", Nesting::List, part)],
        );
        let data = Schema::new(
            "A thing that exists.",
            [
                Attribute::computed("id", Type::String),
                Attribute::required("name", Type::String),
                Attribute::computed("color", Type::String),
            ],
            [],
        );
        let config = Schema::new("", [Attribute::optional("region", Type::String)], []);
        Self {
            world,
            config,
            types: BTreeMap::from([("test_thing", thing)]),
            data: BTreeMap::from([("test_thing", data)]),
        }
    }
}

#[async_trait]
impl Provider for TestProvider {
    fn name(&self) -> &'static str {
        "test"
    }

    fn config_schema(&self) -> &Schema {
        &self.config
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        &self.types
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        &self.data
    }

    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        let region = request.config.get("region").and_then(Value::as_str).unwrap_or("here");
        panic_at(region, "panic");
        Ok(Arc::new(TestConnection { world: self.world.clone(), region: region.to_owned() }))
    }
}

struct TestConnection {
    world: Arc<Mutex<World>>,
    region: String,
}

fn text(object: &Value, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn panic_at(name: &str, word: &str) {
    assert!(!name.starts_with(word), "there is no {name}.");
}

/// An object with attributes set.
pub(crate) fn with(object: &Value, changes: &[(&str, Value)]) -> Value {
    let known = object.as_object().expect("it is an object");
    Value::object(known.iter().map(|(name, value)| {
        let change = changes.iter().find(|(changed, _)| name == changed);
        (name.clone(), change.map_or_else(|| value.clone(), |(_, value)| value.clone()))
    }))
}

impl TestConnection {
    fn make(&self, name: &str, request: &CreateRequest) -> Created {
        let mut world = self.world.lock().expect("no panic while locked");
        if name.starts_with("fail-create") {
            world.log.push(format!("fail {name}"));
            return Created::failed(
                OpError::new(OpErrorKind::Invalid, "It must not be.").operation("test:CreateThing"),
            );
        }
        world.next += 1;
        let id = format!("t-{}", world.next);
        let zone = match request.planned.get("zone") {
            Some(zone) if zone.is_known() && !zone.is_null() => zone.clone(),
            _ => Value::from(self.region.as_str()),
        };
        let code = Value::from(format!("code-of-{name}"));
        let object = with(
            &request.planned,
            &[("id", Value::from(id.as_str())), ("code", code), ("zone", zone)],
        );
        world.log.push(format!("create {name}"));
        world.objects.insert(id, object.clone());
        if name.starts_with("half-create") {
            return Created::partial(object, OpError::new(OpErrorKind::Timeout, "It hangs."));
        }
        if name.starts_with("lie") {
            return Created::done(with(&object, &[("color", Value::from("octarine"))]));
        }
        Created::done(object)
    }
}

#[async_trait]
impl Connection for TestConnection {
    async fn read(&self, _: &str, requests: Vec<ReadRequest>) -> Vec<OpResult<Option<Value>>> {
        for request in &requests {
            panic_at(&text(&request.prior, "color"), "panic");
        }
        let world = self.world.lock().expect("no panic while locked");
        let find = |request: &ReadRequest| world.objects.get(&text(&request.prior, "id")).cloned();
        requests.iter().map(|request| Ok(find(request))).collect()
    }

    async fn create(&self, _: &str, request: CreateRequest) -> Created {
        let name = text(&request.planned, "name");
        panic_at(&name, "panic-early");
        let created = self.make(&name, &request);
        panic_at(&name, "panic-late");
        if self.world.lock().expect("no panic while locked").hanging {
            std::future::pending::<()>().await;
        }
        created
    }

    async fn update(&self, _: &str, request: UpdateRequest) -> OpResult<Value> {
        let name = text(&request.planned, "name");
        panic_at(&name, "panic-change");
        let mut world = self.world.lock().expect("no panic while locked");
        world.log.push(format!("update {name}"));
        world.objects.insert(text(&request.prior, "id"), request.planned.clone());
        Ok(request.planned)
    }

    async fn delete(&self, _: &str, request: DeleteRequest) -> OpResult<()> {
        let mut world = self.world.lock().expect("no panic while locked");
        world.log.push(format!("delete {}", text(&request.prior, "name")));
        world.objects.remove(&text(&request.prior, "id"));
        Ok(())
    }

    async fn import(&self, _: &str, id: &str) -> OpResult<Imported> {
        let world = self.world.lock().expect("no panic while locked");
        match world.objects.get(id) {
            Some(object) => Ok(Imported { object: object.clone() }),
            None => Err(OpError::new(OpErrorKind::NotFound, "There is none.")),
        }
    }

    async fn find(&self, _: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        let world = self.world.lock().expect("no panic while locked");
        let name = text(&request.planned, "name");
        Ok(world.objects.values().find(|object| text(object, "name") == name).cloned())
    }

    async fn read_data(&self, _: &str, request: DataRequest) -> OpResult<Value> {
        let name = text(&request.config, "name");
        panic_at(&name, "panic");
        let mut world = self.world.lock().expect("no panic while locked");
        world.log.push(format!("read {name}"));
        let Some(found) = world.objects.values().find(|object| text(object, "name") == name) else {
            return Err(OpError::new(
                OpErrorKind::NotFound,
                format!("There is no thing {name:?}."),
            ));
        };
        Ok(Value::object([
            ("id", found.get("id").expect("it has one").clone()),
            ("name", Value::from(name)),
            ("color", found.get("color").expect("it has one").clone()),
        ]))
    }
}

/// A provisioner that writes a note into the log, and fails on those that begin with `fail`.
pub(crate) struct Note {
    world: Arc<Mutex<World>>,
    schema: Block,
}

impl Note {
    pub(crate) fn new(world: Arc<Mutex<World>>) -> Self {
        Self { world, schema: Block::new([Attribute::required("text", Type::String)], []) }
    }
}

#[async_trait]
impl zw_provider::Provisioner for Note {
    fn schema(&self) -> &Block {
        &self.schema
    }

    async fn run(
        &self,
        config: &Value,
        _: Option<&Value>,
        output: &zw_provider::Output<'_>,
    ) -> Result<(), String> {
        let text = text(config, "text");
        output(&text);
        panic_at(&text, "panic");
        self.world.lock().expect("no panic while locked").log.push(format!("note {text}"));
        if text.starts_with("fail") { Err(format!("It failed: {text}.")) } else { Ok(()) }
    }
}
