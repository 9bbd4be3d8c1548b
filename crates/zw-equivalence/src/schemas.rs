//! The types of the provider: two that are always there, and those that a file declares.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use zw_lang::{ObjectAttr, ObjectType, Path, Type};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema};

/// How deep the attributes of the complex resource are nested in each other.
const COMPLEX_DEPTH: usize = 3;

/// A type, and the paths within its attributes of which a change means a new object.
pub(crate) struct MockType {
    pub(crate) schema: Schema,
    pub(crate) replacing: Vec<Path>,
}

/// Names live as long as the program, as those of types that are built in do.
fn forever(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

fn id() -> Attribute {
    Attribute::optional_computed("id", Type::String).force_new()
}

const PRIMITIVES: [(&str, Type); 5] = [
    ("bool", Type::Bool),
    ("float", Type::Number),
    ("integer", Type::Number),
    ("number", Type::Number),
    ("string", Type::String),
];

/// The types that are always there.
pub(crate) fn fixed() -> BTreeMap<&'static str, MockType> {
    let primitives = PRIMITIVES.map(|(name, ty)| Attribute::optional(name, ty));
    let simple = Schema::new("Primitive attributes.", primitives.into_iter().chain([id()]), []);
    let complex = Schema::new(
        "Attributes and blocks of every kind.",
        complex_attributes(COMPLEX_DEPTH).chain([id()]),
        complex_blocks(COMPLEX_DEPTH),
    );
    let plain = |schema| MockType { schema, replacing: Vec::new() };
    BTreeMap::from([
        ("tfcoremock_simple_resource", plain(simple)),
        ("tfcoremock_complex_resource", plain(complex)),
    ])
}

fn complex_attributes(depth: usize) -> impl Iterator<Item = Attribute> {
    let primitives = PRIMITIVES.map(|(name, ty)| Attribute::optional(name, ty));
    let nested = (depth > 0).then(|| {
        let object = complex_object(depth - 1);
        [
            ("list", Type::list(object.clone())),
            ("map", Type::map(object.clone())),
            ("object", object.clone()),
            ("set", Type::set(object)),
        ]
        .map(|(name, ty)| Attribute::optional(name, ty).nested())
    });
    primitives.into_iter().chain(nested.into_iter().flatten())
}

fn complex_object(depth: usize) -> Type {
    let attrs = complex_attributes(depth).map(|attribute| ObjectAttr {
        name: attribute.name.into(),
        ty: attribute.ty,
        optional: true,
    });
    Type::Object(ObjectType::new(attrs).into())
}

fn complex_blocks(depth: usize) -> Vec<NestedBlock> {
    if depth == 0 {
        return Vec::new();
    }
    let block = || Block::new(complex_attributes(depth), complex_blocks(depth - 1));
    vec![
        NestedBlock::new("list_block", Nesting::List, block()),
        NestedBlock::new("set_block", Nesting::Set, block()),
    ]
}

/// The types that `dynamic_resources.json` declares.
///
/// # Errors
/// If it is not such a file.
pub(crate) fn dynamic(text: &str) -> Result<BTreeMap<&'static str, MockType>, String> {
    let types: BTreeMap<String, Json> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    types.iter().map(|(name, declared)| Ok((forever(name), mock_type(declared)?))).collect()
}

fn mock_type(declared: &Json) -> Result<MockType, String> {
    let mut replacing = Vec::new();
    let block = block(declared, &Path::root(), &mut replacing)?;
    let attributes = block.attributes.into_iter().chain([id()]);
    Ok(MockType { schema: Schema::new("", attributes, block.blocks), replacing })
}

fn members<'a>(declared: &'a Json, name: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    declared.get(name).and_then(Json::as_object).into_iter().flatten()
}

fn block(declared: &Json, path: &Path, replacing: &mut Vec<Path>) -> Result<Block, String> {
    let mut attributes = Vec::new();
    for (name, declared) in members(declared, "attributes") {
        attributes.push(attribute(name, declared, path, replacing)?);
    }
    let mut blocks = Vec::new();
    for (name, declared) in members(declared, "blocks") {
        let nesting = match declared["mode"].as_str() {
            Some("set") => Nesting::Set,
            _ => Nesting::List,
        };
        let inner = block(declared, &path.attr(name.as_str()), replacing)?;
        blocks.push(NestedBlock::new(forever(name), nesting, inner));
    }
    Ok(Block::new(attributes, blocks))
}

fn attribute(
    name: &str,
    declared: &Json,
    path: &Path,
    replacing: &mut Vec<Path>,
) -> Result<Attribute, String> {
    let path = path.attr(name);
    let (ty, is_nested) = type_of(declared, &path, replacing)?;
    let flag = |name: &str| declared[name] == true;
    let presence = match (flag("required"), flag("optional"), flag("computed")) {
        (true, _, _) => Presence::Required,
        (_, true, true) => Presence::OptionalComputed,
        (_, _, true) => Presence::Computed,
        _ => Presence::Optional,
    };
    let mut attribute = Attribute::new(forever(name), ty, presence);
    if flag("replace") {
        attribute = attribute.force_new();
    }
    if flag("sensitive") {
        attribute = attribute.sensitive();
    }
    if flag("write_only") {
        attribute = attribute.write_only();
    }
    Ok(if is_nested { attribute.nested() } else { attribute })
}

/// The type of an attribute, and whether it is made of attributes with schemas of their own.
fn type_of(
    declared: &Json,
    path: &Path,
    replacing: &mut Vec<Path>,
) -> Result<(Type, bool), String> {
    let name = declared["type"].as_str().unwrap_or_default();
    let mut element = || match declared.get(name) {
        Some(Json::Object(element)) => type_of(&Json::Object(element.clone()), path, replacing),
        _ => Err(format!("{path}: the type {name:?} needs an element")),
    };
    Ok(match name {
        "string" => (Type::String, false),
        "boolean" => (Type::Bool, false),
        "number" | "integer" | "float" => (Type::Number, false),
        "list" => element().map(|(ty, nested)| (Type::list(ty), nested))?,
        "set" => element().map(|(ty, nested)| (Type::set(ty), nested))?,
        "map" => element().map(|(ty, nested)| (Type::map(ty), nested))?,
        "object" => {
            let empty = Map::new();
            let attributes = declared["object"].as_object().unwrap_or(&empty);
            (object(attributes, path, replacing)?, true)
        }
        other => return Err(format!("{path}: there is no type {other:?}")),
    })
}

fn object(
    attributes: &Map<String, Json>,
    path: &Path,
    replacing: &mut Vec<Path>,
) -> Result<Type, String> {
    let mut attrs = Vec::new();
    for (name, declared) in attributes {
        let inner = path.attr(name.as_str());
        if declared["replace"] == true {
            replacing.push(inner.clone());
        }
        let (ty, _) = type_of(declared, &inner, replacing)?;
        attrs.push(ObjectAttr {
            name: name.as_str().into(),
            ty,
            optional: declared["required"] != true,
        });
    }
    Ok(Type::Object(ObjectType::new(attrs).into()))
}
