//! Objects under construction: what the service says, laid over what was known before.

use std::sync::Arc;

use zw_lang::{Str, Type, Value, ValueKind};
use zw_provider::schema::{Block, Equality, Nesting};

use super::settled;

/// An object under construction. It starts as the object was last known (after a creation: as it was
/// planned), so that what no service keeps (`timeouts`, `force_destroy`) stays as it was written.
pub(crate) struct Draft {
    names: Arc<[Str]>,
    values: Vec<Value>,
}

/// What an attribute can be set to. `None` becomes null.
pub(crate) trait Attr {
    /// The value; `None` for null.
    fn into_attr(self) -> Option<Value>;
}

macro_rules! attr_from {
    ($($ty:ty),*) => {$(
        impl Attr for $ty {
            fn into_attr(self) -> Option<Value> {
                Some(Value::from(self))
            }
        }
    )*};
}
attr_from!(&str, String, bool, i64);

impl Attr for i32 {
    fn into_attr(self) -> Option<Value> {
        Some(Value::from(i64::from(self)))
    }
}

impl Attr for f64 {
    fn into_attr(self) -> Option<Value> {
        zw_lang::Number::from_f64(self).map(Value::from)
    }
}

impl Attr for &String {
    fn into_attr(self) -> Option<Value> {
        Some(Value::from(self.as_str()))
    }
}

impl Attr for Value {
    fn into_attr(self) -> Option<Value> {
        Some(self)
    }
}

impl<T: Attr> Attr for Option<T> {
    fn into_attr(self) -> Option<Value> {
        self.and_then(Attr::into_attr)
    }
}

impl Draft {
    /// Starts with the object as it was last known.
    pub(crate) fn from(prior: &Value) -> Self {
        match prior.kind() {
            ValueKind::Object(object) => {
                Self { names: object.names.clone(), values: object.values.clone() }
            }
            _ => Self { names: Arc::from([]), values: Vec::new() },
        }
    }

    /// Starts with what a data source is asked. What is not given is for the service to say, so that `false` is
    /// not taken for another way to say nothing.
    pub(crate) fn answering(config: &Value) -> Self {
        let mut draft = Self::from(config);
        for value in draft.values.iter_mut().filter(|value| value.is_null()) {
            *value = Value::unknown(value.ty());
        }
        draft
    }

    /// Sets an attribute to what the service says, unless that is only another way to say what was
    /// there: services do not tell absent, `""`, `false`, `0` and empty apart, configurations do.
    pub(crate) fn set(&mut self, name: &str, value: impl Attr) -> &mut Self {
        if let Some(place) = self.place(name) {
            let value = value.into_attr().unwrap_or_else(|| Value::null(place.ty()));
            *place = settled(place, value);
        }
        self
    }

    /// Sets a text to one of the words of an API.
    pub(crate) fn word(&mut self, name: &str, word: Option<&impl AsRef<str>>) -> &mut Self {
        self.set(name, word.map(AsRef::as_ref))
    }

    /// Sets an attribute of any simple type to what a service says in a text.
    pub(crate) fn set_text(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        match self.get(name).map(Value::ty) {
            Some(Type::Bool) => self.set(name, text == Some("true")),
            Some(Type::Number) => self.set(name, text.and_then(|text| text.parse::<i64>().ok())),
            _ => self.set(name, text),
        }
    }

    /// Sets a list or set of texts.
    pub(crate) fn texts<S: AsRef<str>>(
        &mut self,
        name: &str,
        texts: impl IntoIterator<Item = S>,
    ) -> &mut Self {
        let texts = texts.into_iter().map(|text| Value::from(text.as_ref())).collect();
        match self.get(name).map(Value::ty) {
            Some(Type::Set(_)) => self.set(name, Value::set(Type::String, texts)),
            _ => self.set(name, Value::list(Type::String, texts)),
        }
    }

    /// Sets a map of texts.
    pub(crate) fn map<K: AsRef<str>, V: AsRef<str>>(
        &mut self,
        name: &str,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> &mut Self {
        let pairs: Vec<(K, V)> = pairs.into_iter().collect();
        let pairs = pairs.iter().map(|(key, value)| (key.as_ref(), Value::from(value.as_ref())));
        self.set(name, Value::map(Type::String, pairs))
    }

    /// Sets an attribute to what the service says, unless that means the same as what was there.
    pub(crate) fn set_unless_equal(
        &mut self,
        name: &str,
        equality: Equality,
        value: impl Attr,
    ) -> &mut Self {
        let value = value.into_attr();
        match (self.get(name), &value) {
            (Some(known), Some(found)) if equality.equal(known, found) => self,
            _ => self.set(name, value),
        }
    }

    /// The only object of a list of nested blocks as it was last known, to be changed and put back.
    pub(crate) fn block(&self, name: &str) -> Self {
        match self.get(name).and_then(Value::as_sequence) {
            Some([known, ..]) => Self::from(known),
            _ => self.new_block(name),
        }
    }

    /// An object for a list or set of nested blocks, with nothing set.
    pub(crate) fn new_block(&self, name: &str) -> Self {
        let ty = self.get(name).map(Value::ty);
        let Some(Type::Object(object)) = ty.as_ref().and_then(Type::element) else {
            return Self { names: Arc::from([]), values: Vec::new() };
        };
        let values = object.attrs().iter().map(|attr| absent(&attr.ty)).collect();
        Self { names: object.names(), values }
    }

    /// Sets the objects of a list or set of nested blocks. What is not known in them yet stays so until
    /// [`Self::finish`].
    pub(crate) fn set_blocks(
        &mut self,
        name: &str,
        blocks: impl IntoIterator<Item = Self>,
    ) -> &mut Self {
        let items: Vec<Value> = blocks.into_iter().map(Self::into_planned).collect();
        match self.get(name).map(Value::ty) {
            Some(Type::List(element)) => self.set(name, Value::list((*element).clone(), items)),
            Some(Type::Set(element)) => self.set(name, Value::set((*element).clone(), items)),
            _ => {
                debug_assert!(false, "{name} holds nested blocks");
                self
            }
        }
    }

    /// Sets the objects of a list or set of nested blocks, one for each item.
    pub(crate) fn each<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        fill: impl Fn(&mut Self, T),
    ) -> &mut Self {
        let blocks = items.into_iter().map(|item| {
            let mut block = self.new_block(name);
            fill(&mut block, item);
            block
        });
        let blocks: Vec<Self> = blocks.collect();
        self.set_blocks(name, blocks)
    }

    /// Sets an attribute of which absent and zero are not the same.
    pub(crate) fn set_exactly(&mut self, name: &str, value: impl Attr) -> &mut Self {
        if let Some(place) = self.place(name) {
            *place = value.into_attr().unwrap_or_else(|| Value::null(place.ty()));
        }
        self
    }

    /// What the attribute is so far.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let at = self.names.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
        self.values.get(at)
    }

    /// The object as planned: what is not known yet stays unknown.
    pub(crate) fn into_planned(self) -> Value {
        Value::object_of_shape(self.names, self.values)
    }

    /// Marks an attribute as not known yet.
    pub(crate) fn forget(&mut self, name: &str) -> &mut Self {
        if let Some(place) = self.place(name) {
            *place = Value::unknown(place.ty());
        }
        self
    }

    /// The object. What nobody gave a value is null, or no nested blocks.
    pub(crate) fn finish(self) -> Value {
        let mut known = |part: Value| if part.is_known() { part } else { absent(&part.ty()) };
        let values = self
            .values
            .into_iter()
            .map(|value| if value.is_wholly_known() { value } else { value.map_deep(&mut known) });
        Value::object_of_shape(self.names, values.collect())
    }

    fn place(&mut self, name: &str) -> Option<&mut Value> {
        let at = self.names.binary_search_by(|known| known.as_str().cmp(name)).ok();
        debug_assert!(at.is_some(), "the schema has an attribute {name}");
        at.and_then(|at| self.values.get_mut(at))
    }
}

/// What stands for nothing: no nested blocks, or null.
fn absent(ty: &Type) -> Value {
    match ty {
        Type::List(element) if matches!(**element, Type::Object(_)) => {
            Value::list((**element).clone(), Vec::new())
        }
        Type::Set(element) if matches!(**element, Type::Object(_)) => {
            Value::set((**element).clone(), Vec::new())
        }
        _ => Value::null(ty.clone()),
    }
}

/// Whether a known value is null or the zero of its type.
pub(crate) fn is_zero(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Null(_) => true,
        ValueKind::Bool(value) => !value,
        ValueKind::Number(number) => number.to_i64() == Some(0),
        ValueKind::String(text) => text.is_empty(),
        ValueKind::Unknown(_) => false,
        _ => value.is_empty() == Some(true),
    }
}

/// The object of a schema with nothing but its defaults: where an import begins.
pub(crate) fn blank(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|attribute| {
        let value = attribute.default.clone().unwrap_or_else(|| Value::null(attribute.ty.clone()));
        (attribute.name, value)
    });
    let blocks = block.blocks.iter().map(|nested| {
        let element = nested.block.ty();
        let value = match nested.nesting {
            Nesting::Single => Value::null(element),
            Nesting::List => Value::list(element, Vec::new()),
            Nesting::Set => Value::set(element, Vec::new()),
            Nesting::Map => Value::map(element, Vec::<(Str, Value)>::new()),
        };
        (nested.name, value)
    });
    Value::object(attributes.chain(blocks))
}
