//! Comfortable access to the attributes of an object, for the operations of resource types.

use zw_lang::{Str, Value};

/// An object of a known schema. Null and unknown attributes read as absent.
#[derive(Clone, Copy, Debug)]
pub struct View<'a>(&'a Value);

impl<'a> View<'a> {
    /// Looks at an object.
    pub const fn new(object: &'a Value) -> Self {
        Self(object)
    }

    /// The object.
    pub const fn value(self) -> &'a Value {
        self.0
    }

    /// The attribute, unless it is null, unknown or not there.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| value.is_known() && !value.is_null())
    }

    /// The text of an attribute.
    pub fn str(self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str()
    }

    /// The text of an attribute, or the empty string.
    pub fn str_or_empty(self, name: &str) -> &'a str {
        self.str(name).unwrap_or_default()
    }

    /// The text of an attribute, as the cloud SDKs take it.
    pub fn string(self, name: &str) -> Option<String> {
        self.str(name).map(str::to_owned)
    }

    /// A boolean attribute.
    pub fn bool(self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// A whole number.
    pub fn i64(self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    /// A whole number that fits 32 bits, as most APIs take them.
    pub fn i32(self, name: &str) -> Option<i32> {
        i32::try_from(self.i64(name)?).ok()
    }

    /// The known texts of a list or set of strings; empty if there is none.
    pub fn strings(self, name: &str) -> Vec<String> {
        self.get(name)
            .and_then(Value::as_sequence)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    }

    /// Keys and texts of a map of strings; empty if there is none.
    pub fn string_map(self, name: &str) -> Vec<(Str, Str)> {
        let Some(map) = self.get(name).and_then(Value::as_map) else { return Vec::new() };
        map.entries
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), Str::from(value.as_str()?))))
            .collect()
    }

    /// The objects of a nested block or of a list of objects.
    pub fn blocks(self, name: &str) -> impl Iterator<Item = View<'a>> {
        self.get(name).and_then(Value::as_sequence).unwrap_or_default().iter().map(View::new)
    }

    /// The first object of a nested block.
    pub fn block(self, name: &str) -> Option<View<'a>> {
        self.blocks(name).next()
    }
}
