//! Schemas: what a block of configuration takes, and what the object behind it is made of.
//!
//! The model is that of Terraform's provider schemas, so that their types can be written down as
//! they are documented: attributes with a type, and nested blocks with a nesting mode.

use std::sync::Arc;

use zw_lang::{ObjectAttr, ObjectType, Str, Type, Value};

/// The schema of a resource type, a data source or a provider's configuration.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Counts changes of the stored form.
    pub version: u32,
    /// What it takes.
    pub block: Block,
    /// What it is, in a sentence or two.
    pub description: &'static str,
    /// For a resource type: the attribute that `zw import` takes, or how the id is composed.
    pub import_id: Option<&'static str>,
    /// For a resource type: whether its objects exist in the state alone. To create, change or delete one does
    /// nothing anywhere else, so that whoever is cut off has left nothing behind, and no journal is needed.
    pub state_only: bool,
    /// For a resource type: what is lost for good when an object of it is destroyed, as "the database with all
    /// that is in it"; `None` if the same object can be made again.
    pub holds: Option<&'static str>,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The attributes, sorted by name.
    pub attributes: Vec<Attribute>,
    /// The nested blocks, sorted by name.
    pub blocks: Vec<NestedBlock>,
    /// The type of the object that the block stands for; kept, because it is asked for often.
    object: Arc<ObjectType>,
    names: Arc<[Str]>,
}

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The configuration must.
    Required,
    /// The configuration may; otherwise it is null or the default.
    Optional,
    /// The provider does.
    Computed,
    /// The configuration may; otherwise the provider does.
    OptionalComputed,
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: &'static str,
    /// The type.
    pub ty: Type,
    /// Who gives it its value.
    pub presence: Presence,
    /// Whether a change of it means a new object.
    pub force_new: bool,
    /// The value where the configuration gives none.
    pub default: Option<Value>,
    /// Whether its value is not to be shown.
    pub sensitive: bool,
    /// Whether its value is passed to the provider and never stored.
    pub write_only: bool,
    /// Whether the objects in its type were declared as attributes with schemas of their own (Terraform:
    /// `nested_type`). That makes no difference but in how changes of them are shown.
    pub nested: bool,
    /// What to use instead, if it should not be used any more.
    pub deprecated: Option<&'static str>,
    /// What it is.
    pub description: &'static str,
    /// How two different values may mean the same.
    pub equality: Equality,
    /// Checks a known value; the message continues "Invalid value for NAME: ".
    pub validate: Option<fn(&Value) -> Result<(), String>>,
}

/// When two values of an attribute mean the same to the service behind it.
#[derive(Clone, Copy, Debug, Default)]
pub enum Equality {
    /// When they are equal.
    #[default]
    Exact,
    /// When they are equal as JSON documents, whatever their order of keys and white space.
    Json,
    /// When they are equal as IAM policies: JSON, and a list of one is its element.
    Policy,
    /// When they are equal but for the case of letters.
    IgnoreCase,
    /// As a function of the provider says.
    Custom(fn(&Value, &Value) -> bool),
}

/// How a nested block may be repeated, and so which type it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most one; an object or null.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects, keyed by the block's label.
    Map,
}

/// A nested block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// The name.
    pub name: &'static str,
    /// How it may be repeated.
    pub nesting: Nesting,
    /// What it takes.
    pub block: Block,
    /// How many there must be.
    pub items_min: usize,
    /// How many there may be; `None` for any number.
    pub items_max: Option<usize>,
    /// Whether the provider fills it in where the configuration has none (in Terraform's old SDK:
    /// a block that is optional and computed).
    pub computed: bool,
    /// Whether adding or removing one of them means a new object.
    pub force_new: bool,
    /// What it is.
    pub description: &'static str,
}

impl Block {
    /// A block of these attributes and nested blocks.
    pub fn new(
        attributes: impl IntoIterator<Item = Attribute>,
        blocks: impl IntoIterator<Item = NestedBlock>,
    ) -> Self {
        let mut attributes: Vec<Attribute> = attributes.into_iter().collect();
        attributes.sort_by_key(|attribute| attribute.name);
        let mut blocks: Vec<NestedBlock> = blocks.into_iter().collect();
        blocks.sort_by_key(|block| block.name);
        let required =
            |name: &'static str, ty| ObjectAttr { name: name.into(), ty, optional: false };
        let object = ObjectType::new(
            attributes
                .iter()
                .map(|attribute| required(attribute.name, attribute.ty.clone()))
                .chain(blocks.iter().map(|block| required(block.name, block.ty()))),
        );
        let names = object.attrs().iter().map(|attr| attr.name.clone()).collect();
        Self { attributes, blocks, object: Arc::new(object), names }
    }

    /// The type of the object that the block stands for: attributes and blocks alike.
    pub fn ty(&self) -> Type {
        Type::Object(self.object.clone())
    }

    /// The attributes of [`Self::ty`].
    pub fn object_type(&self) -> &Arc<ObjectType> {
        &self.object
    }

    /// The names of attributes and blocks, sorted: the shape of objects of this block.
    pub fn names(&self) -> &Arc<[Str]> {
        &self.names
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        let at = self.attributes.binary_search_by(|known| known.name.cmp(name)).ok()?;
        Some(&self.attributes[at])
    }

    /// The nested block of that name.
    pub fn nested(&self, name: &str) -> Option<&NestedBlock> {
        let at = self.blocks.binary_search_by(|known| known.name.cmp(name)).ok()?;
        Some(&self.blocks[at])
    }
}

impl NestedBlock {
    /// A nested block that may be repeated any number of times.
    pub fn new(name: &'static str, nesting: Nesting, block: Block) -> Self {
        Self {
            name,
            nesting,
            block,
            items_min: 0,
            items_max: None,
            computed: false,
            force_new: false,
            description: "",
        }
    }

    /// A list of at most one: how Terraform's providers write a single optional block.
    pub fn one(name: &'static str, block: Block) -> Self {
        Self { items_max: Some(1), ..Self::new(name, Nesting::List, block) }
    }

    /// Must be there.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.items_min = 1;
        self
    }

    /// Filled in by the provider where the configuration has none.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self
    }

    /// Adding or removing one means a new object.
    #[must_use]
    pub fn force_new(mut self) -> Self {
        self.force_new = true;
        self
    }

    /// How many there may be.
    #[must_use]
    pub fn max(mut self, items: usize) -> Self {
        self.items_max = Some(items);
        self
    }

    /// What it is.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// The type of the attribute that holds the blocks.
    pub fn ty(&self) -> Type {
        let object = self.block.ty();
        match self.nesting {
            Nesting::Single => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl Attribute {
    /// An attribute with nothing said of it.
    pub fn new(name: &'static str, ty: Type, presence: Presence) -> Self {
        Self {
            name,
            ty,
            presence,
            force_new: false,
            default: None,
            sensitive: false,
            write_only: false,
            nested: false,
            deprecated: None,
            description: "",
            equality: Equality::Exact,
            validate: None,
        }
    }

    /// The configuration must give it.
    pub fn required(name: &'static str, ty: Type) -> Self {
        Self::new(name, ty, Presence::Required)
    }

    /// The configuration may give it.
    pub fn optional(name: &'static str, ty: Type) -> Self {
        Self::new(name, ty, Presence::Optional)
    }

    /// The provider gives it.
    pub fn computed(name: &'static str, ty: Type) -> Self {
        Self::new(name, ty, Presence::Computed)
    }

    /// The configuration may give it; otherwise the provider does.
    pub fn optional_computed(name: &'static str, ty: Type) -> Self {
        Self::new(name, ty, Presence::OptionalComputed)
    }

    /// A change means a new object.
    #[must_use]
    pub fn force_new(mut self) -> Self {
        self.force_new = true;
        self
    }

    /// The value where the configuration gives none.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Not to be shown.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Never stored.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// The objects in its type are attributes with schemas of their own.
    #[must_use]
    pub fn nested(mut self) -> Self {
        self.nested = true;
        self
    }

    /// What to use instead.
    #[must_use]
    pub fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// What it is.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// When two values mean the same.
    #[must_use]
    pub fn equality(mut self, equality: Equality) -> Self {
        self.equality = equality;
        self
    }

    /// Checks known values.
    #[must_use]
    pub fn validate(mut self, check: fn(&Value) -> Result<(), String>) -> Self {
        self.validate = Some(check);
        self
    }

    /// Whether the configuration may give it a value.
    pub const fn is_configurable(&self) -> bool {
        !matches!(self.presence, Presence::Computed)
    }

    /// Whether the provider may give it a value.
    pub const fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }
}

impl Schema {
    /// A schema in its first version.
    pub fn new(
        description: &'static str,
        attributes: impl IntoIterator<Item = Attribute>,
        blocks: impl IntoIterator<Item = NestedBlock>,
    ) -> Self {
        Self {
            version: 0,
            block: Block::new(attributes, blocks),
            description,
            import_id: None,
            state_only: false,
            holds: None,
        }
    }

    /// Sets the version of the stored form.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Objects exist in the state alone.
    #[must_use]
    pub fn state_only(mut self) -> Self {
        self.state_only = true;
        self
    }

    /// Says what is lost for good when an object is destroyed.
    #[must_use]
    pub fn holds(mut self, what: &'static str) -> Self {
        self.holds = Some(what);
        self
    }

    /// Says what `zw import` takes.
    #[must_use]
    pub fn import_id(mut self, format: &'static str) -> Self {
        self.import_id = Some(format);
        self
    }
}
