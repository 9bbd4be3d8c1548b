//! Types of values and type constraints.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::value::Str;

/// A type. `Dynamic` is both "not known yet" and, in a constraint, "any".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Not known yet; as a constraint, `any`.
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Arc<Type>),
    /// `set(T)`
    Set(Arc<Type>),
    /// `map(T)`
    Map(Arc<Type>),
    /// `tuple([T, ...])`
    Tuple(Arc<Vec<Type>>),
    /// `object({...})`
    Object(Arc<ObjectType>),
}

/// An attribute of an object type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectAttr {
    /// The attribute's name.
    pub name: Str,
    /// Its type.
    pub ty: Type,
    /// Whether a value may lack it: `optional(T)` in a constraint.
    pub optional: bool,
}

/// The attributes of an object type, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct ObjectType {
    attrs: Vec<ObjectAttr>,
    /// The names alone, to be shared by all objects of this type.
    names: Arc<[Str]>,
}

impl PartialEq for ObjectType {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl Eq for ObjectType {}

impl Hash for ObjectType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.attrs.hash(state);
    }
}

impl ObjectType {
    /// An object type of these attributes. Of two with one name the last counts.
    pub fn new(attrs: impl IntoIterator<Item = ObjectAttr>) -> Self {
        let mut attrs: Vec<ObjectAttr> = attrs.into_iter().collect();
        attrs.reverse();
        attrs.sort_by(|a, b| a.name.cmp(&b.name));
        attrs.dedup_by(|later, kept| later.name == kept.name);
        let names = attrs.iter().map(|attr| attr.name.clone()).collect();
        Self { attrs, names }
    }

    /// An object type of required attributes whose names are known to be sorted and distinct and
    /// to go with the types.
    pub(crate) fn of_shape(names: Arc<[Str]>, types: impl IntoIterator<Item = Type>) -> Self {
        let attr =
            |(name, ty): (&Str, Type)| ObjectAttr { name: name.clone(), ty, optional: false };
        Self { attrs: names.iter().zip(types).map(attr).collect(), names }
    }

    /// An object type of required attributes.
    pub fn required<N: Into<Str>>(attrs: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::new(attrs.into_iter().map(|(name, ty)| ObjectAttr {
            name: name.into(),
            ty,
            optional: false,
        }))
    }

    /// The attributes, sorted by name.
    pub fn attrs(&self) -> &[ObjectAttr] {
        &self.attrs
    }

    /// The names, sorted, to be shared by all objects of this type.
    pub fn names(&self) -> Arc<[Str]> {
        Arc::clone(&self.names)
    }

    /// The position of an attribute in [`Self::attrs`].
    pub fn position(&self, name: &str) -> Option<usize> {
        self.attrs.binary_search_by(|attr| attr.name.as_str().cmp(name)).ok()
    }

    /// The attribute of that name.
    pub fn get(&self, name: &str) -> Option<&ObjectAttr> {
        self.position(name).map(|at| &self.attrs[at])
    }
}

impl Type {
    /// `list(element)`
    pub fn list(element: Type) -> Self {
        Self::List(Arc::new(element))
    }

    /// `set(element)`
    pub fn set(element: Type) -> Self {
        Self::Set(Arc::new(element))
    }

    /// `map(element)`
    pub fn map(element: Type) -> Self {
        Self::Map(Arc::new(element))
    }

    /// `tuple([elements...])`
    pub fn tuple(elements: Vec<Type>) -> Self {
        Self::Tuple(Arc::new(elements))
    }

    /// `object({...})` of required attributes.
    pub fn object<N: Into<Str>>(attrs: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object(Arc::new(ObjectType::required(attrs)))
    }

    /// Whether it is `bool`, `number` or `string`.
    pub const fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// Whether it is a list, set, map, tuple or object.
    pub const fn is_compound(&self) -> bool {
        !self.is_primitive() && !matches!(self, Self::Dynamic)
    }

    /// The element type of a list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    /// Whether `Dynamic` occurs anywhere in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(object) => object.attrs().iter().any(|attr| attr.ty.has_dynamic()),
        }
    }

    /// Whether an attribute anywhere in it is optional.
    pub fn has_optional(&self) -> bool {
        match self {
            Self::Dynamic | Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_optional(),
            Self::Tuple(elements) => elements.iter().any(Self::has_optional),
            Self::Object(object) => {
                object.attrs().iter().any(|attr| attr.optional || attr.ty.has_optional())
            }
        }
    }

    /// The type of values that conform to this constraint: the same with no attribute optional.
    #[must_use]
    pub fn without_optional(&self) -> Self {
        if !self.has_optional() {
            return self.clone();
        }
        match self {
            Self::Dynamic | Self::Bool | Self::Number | Self::String => self.clone(),
            Self::List(element) => Self::list(element.without_optional()),
            Self::Set(element) => Self::set(element.without_optional()),
            Self::Map(element) => Self::map(element.without_optional()),
            Self::Tuple(elements) => {
                Self::tuple(elements.iter().map(Self::without_optional).collect())
            }
            Self::Object(object) => Self::object(
                object.attrs().iter().map(|attr| (attr.name.clone(), attr.ty.without_optional())),
            ),
        }
    }

    /// The kind of type in a word or two, for messages: `string`, `list of string`, `object`.
    pub fn friendly_name(&self) -> String {
        match self {
            Self::Dynamic => "dynamic".into(),
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::List(element) => format!("list of {}", element.friendly_name()),
            Self::Set(element) => format!("set of {}", element.friendly_name()),
            Self::Map(element) => format!("map of {}", element.friendly_name()),
            Self::Tuple(_) => "tuple".into(),
            Self::Object(_) => "object".into(),
        }
    }
}

impl fmt::Display for Type {
    /// As a type constraint is written: `list(string)`, `object({a=string})`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dynamic => f.write_str("any"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{element}")?;
                }
                f.write_str("])")
            }
            Self::Object(object) => {
                f.write_str("object({")?;
                for (at, attr) in object.attrs().iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    if attr.optional {
                        write!(f, "{}=optional({})", attr.name, attr.ty)?;
                    } else {
                        write!(f, "{}={}", attr.name, attr.ty)?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}
