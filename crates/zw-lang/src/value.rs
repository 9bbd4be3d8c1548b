//! Values: what expressions evaluate to, and what resources are made of.

mod order;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::number::Number;
use crate::path::{Path, PathStep};
use crate::ty::{ObjectType, Type};

/// A string that is cheap to clone; up to 15 bytes are stored inline.
pub type Str = ecow::EcoString;

/// What is known about a value besides the value: a set of flags, beside every value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Marks(u8);

impl Marks {
    /// No marks.
    pub const NONE: Self = Self(0);
    /// Not to be shown to anyone.
    pub const SENSITIVE: Self = Self(1);
    /// Not to be stored anywhere.
    pub const EPHEMERAL: Self = Self(2);

    /// Marks of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These marks without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all marks of `other` are among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A value of the language with its marks.
///
/// Equality (`==`) is structural and counts types, marks and refinements: it says whether two
/// values are the same, not what the operator `==` of the language answers.
#[derive(Clone, PartialEq)]
pub struct Value {
    kind: ValueKind,
    marks: Marks,
}

/// The forms of values.
#[derive(Clone, PartialEq)]
pub enum ValueKind {
    /// Absent, of a type.
    Null(Type),
    /// Not known yet.
    Unknown(Arc<Unknown>),
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(Str),
    /// Elements of one type, in order.
    List(Arc<ListValue>),
    /// Distinct elements of one type, sorted by [`Value::canonical_cmp`].
    Set(Arc<ListValue>),
    /// Elements of one type by key, sorted by key.
    Map(Arc<MapValue>),
    /// Elements of a type each, in order.
    Tuple(Arc<Vec<Value>>),
    /// Attributes of a type each.
    Object(Arc<ObjectValue>),
}

/// A value that is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// What type it will have; `Dynamic` if that is not known either.
    pub ty: Type,
    /// What else is known.
    pub refinement: Refinement,
}

/// What is known of an unknown value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// What the string will begin with.
    pub string_prefix: Option<Str>,
    /// The least length of the collection.
    pub length_min: Option<usize>,
    /// The greatest length of the collection.
    pub length_max: Option<usize>,
    /// The lower bound of the number, and whether it is included.
    pub number_min: Option<(Number, bool)>,
    /// The upper bound of the number, and whether it is included.
    pub number_max: Option<(Number, bool)>,
}

/// The elements of a list or set.
#[derive(Clone, PartialEq)]
pub struct ListValue {
    /// The type of every element.
    pub element: Type,
    /// The elements.
    pub items: Vec<Value>,
}

/// The elements of a map.
#[derive(Clone, PartialEq)]
pub struct MapValue {
    /// The type of every element.
    pub element: Type,
    /// Keys and elements, sorted by key.
    pub entries: Vec<(Str, Value)>,
}

impl MapValue {
    /// The element of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let at = self.entries.binary_search_by(|(name, _)| name.as_str().cmp(key)).ok()?;
        Some(&self.entries[at].1)
    }
}

/// The attributes of an object. The names are shared by all objects of one shape.
#[derive(Clone, PartialEq)]
pub struct ObjectValue {
    /// Names, sorted.
    pub names: Arc<[Str]>,
    /// Values in the order of the names.
    pub values: Vec<Value>,
}

impl ObjectValue {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.names.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
        self.values.get(at)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Str, &Value)> {
        self.names.iter().zip(&self.values)
    }
}

impl From<ValueKind> for Value {
    fn from(kind: ValueKind) -> Self {
        Self { kind, marks: Marks::NONE }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        ValueKind::Bool(value).into()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        ValueKind::Number(Number::from(value)).into()
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        ValueKind::Number(value).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        ValueKind::String(value.into()).into()
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        ValueKind::String(value.into()).into()
    }
}

impl From<Str> for Value {
    fn from(value: Str) -> Self {
        ValueKind::String(value).into()
    }
}

/// Construction.
impl Value {
    /// Null of a type.
    pub fn null(ty: Type) -> Self {
        ValueKind::Null(ty).into()
    }

    /// Not known yet, of a type, without refinement.
    pub fn unknown(ty: Type) -> Self {
        Self::refined(ty, Refinement::default())
    }

    /// Not known yet, but not null.
    pub fn unknown_not_null(ty: Type) -> Self {
        Self::refined(ty, Refinement { not_null: true, ..Refinement::default() })
    }

    /// Not known yet, with a refinement.
    pub fn refined(ty: Type, refinement: Refinement) -> Self {
        ValueKind::Unknown(Arc::new(Unknown { ty, refinement })).into()
    }

    /// A list. The caller has converted the items to `element`.
    pub fn list(element: Type, items: Vec<Value>) -> Self {
        ValueKind::List(Arc::new(ListValue { element, items })).into()
    }

    /// A set. The caller has converted the items to `element`; duplicates are removed. Marks of
    /// elements become marks of the set, which is how sets stay comparable.
    pub fn set(element: Type, items: Vec<Value>) -> Self {
        let mut marks = Marks::NONE;
        let mut items: Vec<Value> = items
            .into_iter()
            .map(|item| {
                let (item, found) = item.unmark_all();
                marks = marks.union(found);
                item
            })
            .collect();
        sort_elements(&mut items);
        // Unknown elements may turn out to be different, so none of them is a duplicate.
        items.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self { kind: ValueKind::Set(Arc::new(ListValue { element, items })), marks }
    }

    /// A map. The caller has converted the values to `element`; of two entries with one key the
    /// last counts.
    pub fn map<K: Into<Str>>(element: Type, entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let entries = sorted_unique(entries);
        ValueKind::Map(Arc::new(MapValue { element, entries })).into()
    }

    /// A tuple.
    pub fn tuple(items: Vec<Value>) -> Self {
        ValueKind::Tuple(Arc::new(items)).into()
    }

    /// An object; of two attributes with one name the last counts.
    pub fn object<K: Into<Str>>(attrs: impl IntoIterator<Item = (K, Value)>) -> Self {
        let (names, values): (Vec<Str>, Vec<Value>) = sorted_unique(attrs).into_iter().unzip();
        Self::object_of_shape(names.into(), values)
    }

    /// An object whose names are known to be sorted and distinct and to go with the values.
    pub fn object_of_shape(names: Arc<[Str]>, values: Vec<Value>) -> Self {
        debug_assert_eq!(names.len(), values.len(), "one value a name");
        debug_assert!(names.is_sorted(), "names are sorted");
        ValueKind::Object(Arc::new(ObjectValue { names, values })).into()
    }

    /// The same value with these marks added.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Self {
        self.marks = self.marks.union(marks);
        self
    }

    /// The same value, sensitive.
    #[must_use]
    pub fn sensitive(self) -> Self {
        self.with_marks(Marks::SENSITIVE)
    }

    /// The same value without these marks at its top; parts keep theirs.
    #[must_use]
    pub fn without_marks(mut self, marks: Marks) -> Self {
        self.marks = self.marks.without(marks);
        self
    }
}

fn sorted_unique<K: Into<Str>>(entries: impl IntoIterator<Item = (K, Value)>) -> Vec<(Str, Value)> {
    let mut entries: Vec<(Str, Value)> =
        entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
    if !entries.is_sorted_by(|a, b| a.0 < b.0) {
        // Stable sort of the reversed list, so that the last of equals comes first and survives.
        entries.reverse();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|later, kept| later.0 == kept.0);
    }
    entries
}

/// Inspection. Accessors look at the value whatever its marks; who shows or combines values takes
/// care of marks.
impl Value {
    /// What it is.
    pub const fn kind(&self) -> &ValueKind {
        &self.kind
    }

    /// What it is, by value.
    pub fn into_kind(self) -> ValueKind {
        self.kind
    }

    /// The marks at its top, not those of its parts.
    pub const fn marks(&self) -> Marks {
        self.marks
    }

    /// The marks at its top and of all its parts.
    pub fn all_marks(&self) -> Marks {
        let mut marks = self.marks;
        self.for_each_child(&mut |_, child| marks = marks.union(child.all_marks()));
        marks
    }

    /// Whether it is marked sensitive at its top.
    pub const fn is_sensitive(&self) -> bool {
        self.marks.contains(Marks::SENSITIVE)
    }

    /// Whether it is null.
    pub const fn is_null(&self) -> bool {
        matches!(self.kind, ValueKind::Null(_))
    }

    /// Whether it is known, whatever its parts are.
    pub const fn is_known(&self) -> bool {
        !matches!(self.kind, ValueKind::Unknown(_))
    }

    /// Whether it and all its parts are known.
    pub fn is_wholly_known(&self) -> bool {
        match &self.kind {
            ValueKind::Unknown(_) => false,
            ValueKind::Null(_)
            | ValueKind::Bool(_)
            | ValueKind::Number(_)
            | ValueKind::String(_) => true,
            ValueKind::List(list) | ValueKind::Set(list) => {
                list.items.iter().all(Self::is_wholly_known)
            }
            ValueKind::Map(map) => map.entries.iter().all(|(_, value)| value.is_wholly_known()),
            ValueKind::Tuple(items) => items.iter().all(Self::is_wholly_known),
            ValueKind::Object(object) => object.values.iter().all(Self::is_wholly_known),
        }
    }

    /// The refinement of an unknown value.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            ValueKind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// The boolean that it is.
    pub const fn as_bool(&self) -> Option<bool> {
        match self.kind {
            ValueKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number that it is.
    pub const fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            ValueKind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The whole number that it is, if it fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::to_i64)
    }

    /// The string that it is.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list, set or tuple.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match &self.kind {
            ValueKind::List(list) | ValueKind::Set(list) => Some(&list.items),
            ValueKind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The object that it is.
    pub fn as_object(&self) -> Option<&ObjectValue> {
        match &self.kind {
            ValueKind::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The map that it is.
    pub fn as_map(&self) -> Option<&MapValue> {
        match &self.kind {
            ValueKind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The attribute of an object or element of a map of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match &self.kind {
            ValueKind::Object(object) => object.get(name),
            ValueKind::Map(map) => map.get(name),
            _ => None,
        }
    }

    /// How many elements a known collection or structure has.
    pub fn len(&self) -> Option<usize> {
        match &self.kind {
            ValueKind::List(list) | ValueKind::Set(list) => Some(list.items.len()),
            ValueKind::Map(map) => Some(map.entries.len()),
            ValueKind::Tuple(items) => Some(items.len()),
            ValueKind::Object(object) => Some(object.values.len()),
            _ => None,
        }
    }

    /// Whether a known collection or structure has no elements.
    pub fn is_empty(&self) -> Option<bool> {
        self.len().map(|len| len == 0)
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        match &self.kind {
            ValueKind::Null(ty) => ty.clone(),
            ValueKind::Unknown(unknown) => unknown.ty.clone(),
            ValueKind::Bool(_) => Type::Bool,
            ValueKind::Number(_) => Type::Number,
            ValueKind::String(_) => Type::String,
            ValueKind::List(list) => Type::list(list.element.clone()),
            ValueKind::Set(list) => Type::set(list.element.clone()),
            ValueKind::Map(map) => Type::map(map.element.clone()),
            ValueKind::Tuple(items) => Type::tuple(items.iter().map(Self::ty).collect()),
            ValueKind::Object(object) => Type::Object(Arc::new(ObjectType::of_shape(
                Arc::clone(&object.names),
                object.values.iter().map(Self::ty),
            ))),
        }
    }

    /// Calls `visit` with the step to each direct part and the part. The step to an element of
    /// a set is the element.
    pub fn for_each_child(&self, visit: &mut dyn FnMut(&dyn Fn() -> PathStep, &Value)) {
        match &self.kind {
            ValueKind::Null(_)
            | ValueKind::Unknown(_)
            | ValueKind::Bool(_)
            | ValueKind::Number(_)
            | ValueKind::String(_) => {}
            ValueKind::List(list) => visit_indexed(&list.items, visit),
            ValueKind::Tuple(items) => visit_indexed(items, visit),
            ValueKind::Set(list) => {
                for item in &list.items {
                    visit(&|| PathStep::Index(item.clone()), item);
                }
            }
            ValueKind::Map(map) => {
                for (key, value) in &map.entries {
                    visit(&|| PathStep::Index(Value::from(key.clone())), value);
                }
            }
            ValueKind::Object(object) => {
                for (name, value) in object.iter() {
                    visit(&|| PathStep::Attr(name.clone()), value);
                }
            }
        }
    }

    /// The part at a path, if it is there.
    pub fn at_path(&self, path: &Path) -> Option<&Value> {
        let mut value = self;
        for step in &path.0 {
            value = value.step(step)?;
        }
        Some(value)
    }

    /// The direct part at a step, if it is there.
    pub fn step(&self, step: &PathStep) -> Option<&Value> {
        match step {
            PathStep::Attr(name) => self.get(name),
            PathStep::Index(key) => match &self.kind {
                ValueKind::Map(map) => map.get(key.as_str()?),
                ValueKind::Set(list) => list.items.iter().find(|item| *item == key),
                ValueKind::List(list) => list.items.get(usize::try_from(key.as_i64()?).ok()?),
                ValueKind::Tuple(items) => items.get(usize::try_from(key.as_i64()?).ok()?),
                _ => None,
            },
        }
    }
}

fn visit_indexed(items: &[Value], visit: &mut dyn FnMut(&dyn Fn() -> PathStep, &Value)) {
    for (at, item) in items.iter().enumerate() {
        let index = i64::try_from(at).unwrap_or(i64::MAX);
        visit(&|| PathStep::Index(Value::from(index)), item);
    }
}

/// Marks of parts.
impl Value {
    /// The value without any marks, and the union of those it had.
    pub fn unmark_all(self) -> (Self, Marks) {
        let marks = self.all_marks();
        if marks.is_empty() {
            return (self, marks);
        }
        (self.map_deep(&mut |value| value.without_marks(marks)), marks)
    }

    /// The paths to the outermost parts with all of `marks`.
    pub fn marked_paths(&self, marks: Marks) -> Vec<Path> {
        let mut found = Vec::new();
        self.collect_marked(marks, &mut Path::root(), &mut found);
        found
    }

    fn collect_marked(&self, marks: Marks, at: &mut Path, found: &mut Vec<Path>) {
        if self.marks.contains(marks) {
            found.push(at.clone());
            return;
        }
        self.for_each_child(&mut |step, child| {
            if child.all_marks().contains(marks) {
                at.0.push(step());
                child.collect_marked(marks, at, found);
                at.0.pop();
            }
        });
    }

    /// The value with `marks` added at each path that leads anywhere. A path into a set marks
    /// the whole set, as sets carry the marks of their elements.
    #[must_use]
    pub fn mark_paths(self, paths: &[Path], marks: Marks) -> Self {
        paths.iter().fold(self, |value, path| value.mark_path(&path.0, marks))
    }

    fn mark_path(self, steps: &[PathStep], marks: Marks) -> Self {
        let Some((step, rest)) = steps.split_first() else { return self.with_marks(marks) };
        let own = self.marks;
        let kind = match self.kind {
            ValueKind::Set(set) => {
                return Self { kind: ValueKind::Set(set), marks: own.union(marks) };
            }
            ValueKind::Object(mut object) => {
                if let PathStep::Attr(name) = step
                    && let Ok(at) = object.names.binary_search(name)
                {
                    mark_at(&mut Arc::make_mut(&mut object).values[at], rest, marks);
                }
                ValueKind::Object(object)
            }
            ValueKind::Map(mut map) => {
                let key = match step {
                    PathStep::Attr(name) => Some(name.as_str()),
                    PathStep::Index(key) => key.as_str(),
                };
                if let Some(key) = key
                    && let Ok(at) = map.entries.binary_search_by(|(name, _)| name.as_str().cmp(key))
                {
                    mark_at(&mut Arc::make_mut(&mut map).entries[at].1, rest, marks);
                }
                ValueKind::Map(map)
            }
            ValueKind::List(mut list) => {
                if let Some(at) = index_within(step, list.items.len()) {
                    mark_at(&mut Arc::make_mut(&mut list).items[at], rest, marks);
                }
                ValueKind::List(list)
            }
            ValueKind::Tuple(mut items) => {
                if let Some(at) = index_within(step, items.len()) {
                    mark_at(&mut Arc::make_mut(&mut items)[at], rest, marks);
                }
                ValueKind::Tuple(items)
            }
            kind => kind,
        };
        Self { kind, marks: own }
    }

    /// The value rebuilt from its leaves up by `change`, which is called on every part after its
    /// own parts were changed.
    #[must_use]
    pub fn map_deep(self, change: &mut dyn FnMut(Value) -> Value) -> Self {
        let marks = self.marks;
        let kind = match self.kind {
            ValueKind::List(list) => {
                let items = list.items.iter().map(|item| item.clone().map_deep(change)).collect();
                ValueKind::List(Arc::new(ListValue { element: list.element.clone(), items }))
            }
            ValueKind::Set(set) => {
                let items = set.items.iter().map(|item| item.clone().map_deep(change)).collect();
                let rebuilt = Value::set(set.element.clone(), items);
                return change(rebuilt.with_marks(marks));
            }
            ValueKind::Map(map) => {
                let entries = map
                    .entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone().map_deep(change)))
                    .collect();
                ValueKind::Map(Arc::new(MapValue { element: map.element.clone(), entries }))
            }
            ValueKind::Tuple(items) => ValueKind::Tuple(Arc::new(
                items.iter().map(|item| item.clone().map_deep(change)).collect(),
            )),
            ValueKind::Object(object) => {
                let values =
                    object.values.iter().map(|value| value.clone().map_deep(change)).collect();
                ValueKind::Object(Arc::new(ObjectValue { names: object.names.clone(), values }))
            }
            leaf => leaf,
        };
        change(Self { kind, marks })
    }
}

fn index_within(step: &PathStep, len: usize) -> Option<usize> {
    let PathStep::Index(key) = step else { return None };
    usize::try_from(key.as_i64()?).ok().filter(|at| *at < len)
}

fn mark_at(place: &mut Value, rest: &[PathStep], marks: Marks) {
    let value = std::mem::replace(place, Value::from(false));
    *place = value.mark_path(rest, marks);
}

/// Order and hashing.
impl Value {
    /// The order in which elements of sets are kept and shown: null last, unknown after null,
    /// `false` before `true`, numbers by value, strings by bytes, compounds by a text that stands
    /// for them. Marks do not count.
    ///
    /// Source: the iteration order of sets in `cty` (`set_internals.go`, `Less`).
    pub fn canonical_cmp(&self, other: &Self) -> Ordering {
        let by_parts = self.cmp_by_parts(other);
        // Equal values are the usual case of those who only want to know that.
        if by_parts.is_eq() || self.len().is_none() || other.len().is_none() {
            return by_parts;
        }
        order::sort_key(self).cmp(&order::sort_key(other)).then(by_parts)
    }

    /// A total order by the parts of compounds.
    fn cmp_by_parts(&self, other: &Self) -> Ordering {
        use ValueKind as K;
        match (&self.kind, &other.kind) {
            (K::Bool(a), K::Bool(b)) => a.cmp(b),
            (K::Number(a), K::Number(b)) => a.cmp(b),
            (K::String(a), K::String(b)) => a.as_bytes().cmp(b.as_bytes()),
            (K::List(a) | K::Set(a), K::List(b) | K::Set(b)) => cmp_slices(&a.items, &b.items),
            (K::Tuple(a), K::Tuple(b)) => cmp_slices(a, b),
            (K::Map(a), K::Map(b)) => {
                for ((key_a, value_a), (key_b, value_b)) in a.entries.iter().zip(&b.entries) {
                    let order = key_a.cmp(key_b).then_with(|| value_a.cmp_by_parts(value_b));
                    if order != Ordering::Equal {
                        return order;
                    }
                }
                a.entries.len().cmp(&b.entries.len())
            }
            (K::Object(a), K::Object(b)) => {
                a.names.cmp(&b.names).then_with(|| cmp_slices(&a.values, &b.values))
            }
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }

    /// Feeds the value, without its marks, to a hasher. Equal values hash equally.
    pub fn hash_canonical<H: Hasher>(&self, state: &mut H) {
        rank(&self.kind).hash(state);
        match &self.kind {
            ValueKind::Null(_) | ValueKind::Unknown(_) => {}
            ValueKind::Bool(value) => value.hash(state),
            ValueKind::Number(number) => number.hash(state),
            ValueKind::String(text) => text.hash(state),
            ValueKind::List(list) | ValueKind::Set(list) => hash_all(&list.items, state),
            ValueKind::Tuple(items) => hash_all(items, state),
            ValueKind::Map(map) => {
                for (key, value) in &map.entries {
                    key.hash(state);
                    value.hash_canonical(state);
                }
            }
            ValueKind::Object(object) => {
                for (name, value) in object.iter() {
                    name.hash(state);
                    value.hash_canonical(state);
                }
            }
        }
    }
}

/// Sorts elements of a set. The texts that compounds are compared by are made once each.
fn sort_elements(items: &mut [Value]) {
    if items.iter().any(|item| item.len().is_some()) {
        items.sort_by(Value::cmp_by_parts);
        items.sort_by_cached_key(|item| match item.len() {
            Some(_) => (0, order::sort_key(item)),
            None => (rank(&item.kind), Vec::new()),
        });
    } else {
        items.sort_by(Value::canonical_cmp);
    }
}

fn hash_all<H: Hasher>(items: &[Value], state: &mut H) {
    items.len().hash(state);
    for item in items {
        item.hash_canonical(state);
    }
}

fn cmp_slices(a: &[Value], b: &[Value]) -> Ordering {
    for (left, right) in a.iter().zip(b) {
        let order = left.cmp_by_parts(right);
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

const fn rank(kind: &ValueKind) -> u8 {
    match kind {
        ValueKind::Bool(_) => 0,
        ValueKind::Number(_) => 1,
        ValueKind::String(_) => 2,
        ValueKind::List(_) => 3,
        ValueKind::Set(_) => 4,
        ValueKind::Map(_) => 5,
        ValueKind::Tuple(_) => 6,
        ValueKind::Object(_) => 7,
        ValueKind::Null(_) => 8,
        ValueKind::Unknown(_) => 9,
    }
}

impl fmt::Debug for Value {
    /// Never shows what is sensitive, so that no log or panic message can.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_sensitive() {
            return f.write_str("(sensitive value)");
        }
        match &self.kind {
            ValueKind::Null(ty) => write!(f, "null({ty})"),
            ValueKind::Unknown(unknown) => write!(f, "unknown({})", unknown.ty),
            ValueKind::Bool(value) => write!(f, "{value}"),
            ValueKind::Number(number) => write!(f, "{number}"),
            ValueKind::String(text) => write!(f, "{text:?}"),
            ValueKind::List(list) => f.debug_list().entries(&list.items).finish(),
            ValueKind::Set(list) => f.debug_set().entries(&list.items).finish(),
            ValueKind::Tuple(items) => f.debug_list().entries(items.iter()).finish(),
            ValueKind::Map(map) => {
                f.debug_map().entries(map.entries.iter().map(|(key, value)| (key, value))).finish()
            }
            ValueKind::Object(object) => f.debug_map().entries(object.iter()).finish(),
        }
    }
}

impl fmt::Debug for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Value::from(self.clone()), f)
    }
}
