//! What the provider does: each object is a file, named by its id.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};
use zw_lang::{Diagnostics, Path, Type, Value};
use zw_provider::schema::{Attribute, NestedBlock, Schema};
use zw_provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, DeleteRequest, Imported,
    OpError, OpErrorKind, OpResult, PlanRequest, Planned, Provider, ReadRequest, UpdateRequest,
    View,
};

use crate::{schemas, values};

/// The provider.
pub(crate) struct CoreMock {
    config: Schema,
    types: Arc<BTreeMap<&'static str, Schema>>,
    replacing: BTreeMap<&'static str, Vec<Path>>,
}

impl CoreMock {
    /// With the types that are always there and those that a file declares.
    pub(crate) fn new(dynamic: &str) -> Result<Self, String> {
        let mut types = schemas::fixed();
        types.extend(schemas::dynamic(dynamic)?);
        let replacing = types.iter().map(|(name, mock)| (*name, mock.replacing.clone())).collect();
        let types = types.into_iter().map(|(name, mock)| (name, mock.schema)).collect();
        let directory = |name| Attribute::optional(name, Type::String);
        let config =
            Schema::new("", [directory("resource_directory"), directory("data_directory")], []);
        Ok(Self { config, types: Arc::new(types), replacing })
    }
}

#[async_trait]
impl Provider for CoreMock {
    fn name(&self) -> &'static str {
        "tfcoremock"
    }

    fn config_schema(&self) -> &Schema {
        &self.config
    }

    fn resource_types(&self) -> &BTreeMap<&'static str, Schema> {
        &self.types
    }

    fn data_sources(&self) -> &BTreeMap<&'static str, Schema> {
        &self.types
    }

    fn plan(&self, type_name: &str, request: PlanRequest<'_>) -> OpResult<Planned> {
        let paths = self.replacing.get(type_name).into_iter().flatten();
        let changes = |path: &&Path| request.prior.at_path(path) != request.planned.at_path(path);
        let force_new = if request.prior.is_null() {
            Vec::new()
        } else {
            paths.filter(changes).cloned().collect()
        };
        Ok(Planned { planned: request.planned.clone(), force_new })
    }

    async fn configure(
        &self,
        request: ConfigureRequest,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        let config = View::new(&request.config);
        let directory = |name, default| PathBuf::from(config.str(name).unwrap_or(default));
        Ok(Arc::new(Files {
            types: self.types.clone(),
            resources: directory("resource_directory", "terraform.resource"),
            data: directory("data_directory", "terraform.data"),
        }))
    }
}

struct Files {
    types: Arc<BTreeMap<&'static str, Schema>>,
    resources: PathBuf,
    data: PathBuf,
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: impl ToString) -> OpError {
    OpError::new(OpErrorKind::Other, error.to_string())
}

fn id_of(object: &Value) -> &str {
    View::new(object).str_or_empty("id")
}

impl Files {
    fn file(&self, id: &str) -> PathBuf {
        self.resources.join(format!("{id}.json"))
    }

    fn schema(&self, type_name: &str) -> OpResult<&Schema> {
        self.types.get(type_name).ok_or_else(|| failed("There is no such type."))
    }

    fn load(&self, type_name: &str, path: &FilePath) -> OpResult<Option<Value>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let json: Json = serde_json::from_str(&text).map_err(failed)?;
        let block = &self.schema(type_name)?.block;
        let attribute = |attribute: &Attribute| {
            let kept = json["values"].get(attribute.name);
            Ok((attribute.name, values::decode(kept, &attribute.ty)?))
        };
        let nested = |nested: &NestedBlock| {
            let kept = json["values"].get(nested.name).unwrap_or(&Json::Null);
            Ok((nested.name, values::decode(Some(kept), &nested.ty())?))
        };
        let parts = block.attributes.iter().map(attribute).chain(block.blocks.iter().map(nested));
        let parts: Vec<(&str, Value)> = parts.collect::<Result<_, String>>().map_err(failed)?;
        Ok(Some(Value::object(parts)))
    }

    /// Writes an object down as a service keeps it: with what it was told and never tells again.
    fn store(&self, type_name: &str, object: &Value, config: &Value) -> OpResult<()> {
        let kept = values::encode(object).unwrap_or_default();
        let mut file = json!({ "values": kept["object"] });
        let secrets = self.schema(type_name)?.block.attributes.iter().filter(|one| one.write_only);
        let told: Map<String, Json> = secrets
            .filter_map(|one| Some((one.name.to_owned(), values::encode(config.get(one.name)?)?)))
            .collect();
        if !told.is_empty() {
            file["told"] = told.into();
        }
        let text = serde_json::to_string_pretty(&file).map_err(failed)?;
        std::fs::create_dir_all(&self.resources).map_err(failed)?;
        std::fs::write(self.file(id_of(object)), text).map_err(failed)
    }
}

#[async_trait]
impl Connection for Files {
    async fn read(
        &self,
        type_name: &str,
        requests: Vec<ReadRequest>,
    ) -> Vec<OpResult<Option<Value>>> {
        let read = |request: &ReadRequest| self.load(type_name, &self.file(id_of(&request.prior)));
        requests.iter().map(read).collect()
    }

    async fn create(&self, type_name: &str, request: CreateRequest) -> Created {
        let id = Value::from(uuid::Uuid::new_v4().to_string());
        let is_open = |value: &Value| value.is_null() || !value.is_known();
        let parts = request.planned.as_object().into_iter().flat_map(zw_lang::ObjectValue::iter);
        let object = Value::object(parts.map(|(name, value)| {
            let value = if name == "id" && is_open(value) { id.clone() } else { value.clone() };
            (name.clone(), value)
        }));
        match self.store(type_name, &object, &request.config) {
            Ok(()) => Created::done(object),
            Err(error) => Created::failed(error),
        }
    }

    async fn update(&self, type_name: &str, request: UpdateRequest) -> OpResult<Value> {
        self.store(type_name, &request.planned, &request.config)?;
        Ok(request.planned)
    }

    async fn delete(&self, _: &str, request: DeleteRequest) -> OpResult<()> {
        match std::fs::remove_file(self.file(id_of(&request.prior))) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    async fn import(&self, type_name: &str, id: &str) -> OpResult<Imported> {
        let found = self.load(type_name, &self.file(id))?;
        let missing = || OpError::new(OpErrorKind::NotFound, format!("There is no object {id:?}."));
        found.map(|object| Imported { object }).ok_or_else(missing)
    }

    async fn find(&self, type_name: &str, request: &CreateRequest) -> OpResult<Option<Value>> {
        match id_of(&request.planned) {
            "" => Ok(None),
            id => self.load(type_name, &self.file(id)),
        }
    }

    async fn read_data(&self, type_name: &str, request: DataRequest) -> OpResult<Value> {
        let id = id_of(&request.config);
        let found = self.load(type_name, &self.data.join(format!("{id}.json")))?;
        found.ok_or_else(|| {
            OpError::new(OpErrorKind::NotFound, format!("There is no data object {id:?}."))
        })
    }
}
