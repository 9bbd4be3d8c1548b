//! Objects under construction: what the service says, laid over what was known before.

use std::sync::Arc;

use zw_lang::{Str, Type, Value, ValueKind};
use zw_provider::schema::{Block, Equality, Nesting};

use super::as_before;

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

    /// Sets an attribute to what the service says, unless that is only another way to say what was
    /// there: services do not tell absent, `""`, `false`, `0` and empty apart, configurations do.
    pub(crate) fn set(&mut self, name: &str, value: impl Attr) -> &mut Self {
        if let Some(place) = self.place(name) {
            let value = value.into_attr().unwrap_or_else(|| Value::null(place.ty()));
            if !(is_zero(&value) && is_zero(place)) {
                *place = value;
            }
        }
        self
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
        let nulls = object.attrs().iter().map(|attr| Value::null(attr.ty.clone()));
        Self { names: object.names(), values: nulls.collect() }
    }

    /// Sets the objects of a list or set of nested blocks. Those of a set keep the form in which they were
    /// known, unless they have changed.
    pub(crate) fn set_blocks(
        &mut self,
        name: &str,
        blocks: impl IntoIterator<Item = Self>,
    ) -> &mut Self {
        let Some(place) = self.place(name) else { return self };
        let items: Vec<Value> = blocks.into_iter().map(Self::finish).collect();
        match place.ty() {
            Type::List(element) => *place = Value::list((*element).clone(), items),
            Type::Set(element) => {
                let items = as_before(Some(place), items);
                *place = Value::set((*element).clone(), items);
            }
            _ => debug_assert!(false, "{name} holds nested blocks"),
        }
        self
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

    /// The object. What nobody gave a value is null.
    pub(crate) fn finish(self) -> Value {
        let values = self
            .values
            .into_iter()
            .map(|value| if value.is_known() { value } else { Value::null(value.ty()) })
            .collect();
        Value::object_of_shape(self.names, values)
    }

    fn place(&mut self, name: &str) -> Option<&mut Value> {
        let at = self.names.binary_search_by(|known| known.as_str().cmp(name)).ok();
        debug_assert!(at.is_some(), "the schema has an attribute {name}");
        at.and_then(|at| self.values.get_mut(at))
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
