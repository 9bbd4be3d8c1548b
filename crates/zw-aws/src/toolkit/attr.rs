//! Attributes of the common types, in one line each.

use zw_lang::{Type, Value};
use zw_provider::schema::Attribute;

/// `set(string)`
pub(crate) fn set_of_strings() -> Type {
    Type::set(Type::String)
}

/// `list(string)`
pub(crate) fn list_of_strings() -> Type {
    Type::list(Type::String)
}

/// An attribute that the configuration must give.
pub(crate) fn required(name: &'static str, ty: Type, description: &'static str) -> Attribute {
    Attribute::required(name, ty).describe(description)
}

/// An attribute that the configuration may give.
pub(crate) fn optional(name: &'static str, ty: Type, description: &'static str) -> Attribute {
    Attribute::optional(name, ty).describe(description)
}

/// An attribute that the service gives.
pub(crate) fn computed(name: &'static str, ty: Type, description: &'static str) -> Attribute {
    Attribute::computed(name, ty).describe(description)
}

/// An attribute that the configuration may give, and otherwise the service does.
pub(crate) fn optional_computed(
    name: &'static str,
    ty: Type,
    description: &'static str,
) -> Attribute {
    Attribute::optional_computed(name, ty).describe(description)
}

/// A set of texts.
pub(crate) fn strings_set<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Value {
    Value::set(Type::String, items.into_iter().map(|item| Value::from(item.into())).collect())
}

/// A list of texts.
pub(crate) fn strings_list<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Value {
    Value::list(Type::String, items.into_iter().map(|item| Value::from(item.into())).collect())
}
