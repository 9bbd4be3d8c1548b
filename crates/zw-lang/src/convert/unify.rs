//! Which types convert to which, and to which type several do.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashSet;

use crate::ty::{ObjectAttr, ObjectType, Type};
use crate::value::Str;

/// How many steps a question may take for every part of the types in it, and besides. Types with
/// `any` inside of each other can be built for which the rules take a number of steps that doubles
/// with every level; such types are taken not to go together.
const STEPS_PER_PART: usize = 64;
const STEPS_MIN: usize = 20_000;

/// Whether some values of one type convert to another.
pub fn convertible(from: &Type, to: &Type) -> bool {
    Rules::for_types([from, to]).convertible(from, to)
}

/// The type that all of these types convert to, if there is one. What is not known yet makes the
/// type of compounds unknown too.
///
/// Source: `convert.UnifyUnsafe` of `cty`.
pub fn unify(types: &[Type]) -> Option<Type> {
    Rules::for_types(types).unify(types)
}

/// The type of the elements of a list or set of elements of these types where any type will do.
pub(super) fn unify_elements(types: &[Type]) -> Option<Type> {
    Rules::for_types(types).unify_elements(types)
}

/// The rules of conversion, and how often they may still be applied.
struct Rules {
    steps_left: Cell<usize>,
}

/// How many types there are in a type.
fn parts(ty: &Type) -> usize {
    1 + match ty {
        Type::Dynamic | Type::Bool | Type::Number | Type::String => 0,
        Type::List(element) | Type::Set(element) | Type::Map(element) => parts(element),
        Type::Tuple(types) => types.iter().map(parts).sum(),
        Type::Object(object) => object.attrs().iter().map(|attr| parts(&attr.ty)).sum(),
    }
}

impl Rules {
    fn for_types<'a>(types: impl IntoIterator<Item = &'a Type>) -> Self {
        let parts: usize = types.into_iter().map(parts).sum();
        let steps = parts.saturating_mul(STEPS_PER_PART).saturating_add(STEPS_MIN);
        Self { steps_left: Cell::new(steps) }
    }

    /// Takes a step, if there is one left.
    fn step(&self) -> bool {
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        left > 0
    }

    fn convertible(&self, from: &Type, to: &Type) -> bool {
        use Type as T;
        if !self.step() {
            return false;
        }
        match (from, to) {
            (_, T::Dynamic)
            | (T::Dynamic, _)
            | (T::Bool | T::Number | T::String, T::String)
            | (T::Bool | T::String, T::Bool)
            | (T::Number | T::String, T::Number) => true,
            (T::List(from) | T::Set(from), T::List(to) | T::Set(to))
            | (T::Map(from), T::Map(to)) => self.convertible(from, to),
            (T::Tuple(from), T::List(to) | T::Set(to)) => {
                self.parts_convertible(from.iter(), to, Self::unify_elements)
            }
            (T::Tuple(from), T::Tuple(to)) => {
                let mut pairs = from.iter().zip(&**to);
                from.len() == to.len() && pairs.all(|(from, to)| self.convertible(from, to))
            }
            (T::Object(from), T::Map(to)) => self.parts_convertible(
                from.attrs().iter().map(|attr| &attr.ty),
                to,
                |rules, types| rules.unify(types),
            ),
            (T::Object(from), T::Object(to)) => to.attrs().iter().all(|attr| {
                let found = from.get(&attr.name);
                found.map_or(attr.optional, |found| self.convertible(&found.ty, &attr.ty))
            }),
            // An optional attribute may be absent from all maps that are converted.
            (T::Map(from), T::Object(to)) => {
                let mut attrs = to.attrs().iter();
                attrs.all(|attr| attr.optional || self.convertible(from, &attr.ty))
            }
            _ => false,
        }
    }

    fn parts_convertible<'a>(
        &self,
        mut parts: impl ExactSizeIterator<Item = &'a Type>,
        to: &Type,
        unify: impl FnOnce(&Self, &[Type]) -> Option<Type>,
    ) -> bool {
        if *to != Type::Dynamic || parts.len() == 0 {
            return parts.all(|from| self.convertible(from, to));
        }
        let parts: Vec<Type> = parts.cloned().collect();
        unify(self, &parts).is_some()
    }

    fn unify_elements(&self, types: &[Type]) -> Option<Type> {
        let unified = self.unify(types)?;
        // Nothing but nulls and unknowns may stay without a type.
        let all_dynamic = || types.iter().all(|ty| *ty == Type::Dynamic);
        (unified != Type::Dynamic || all_dynamic()).then_some(unified)
    }

    fn unify<'a>(&self, types: impl IntoIterator<Item = &'a Type>) -> Option<Type> {
        // What the answer is does not depend on how often a type occurs, and mostly it is one.
        let mut seen = HashSet::new();
        let distinct: Vec<&Type> = types.into_iter().filter(|ty| seen.insert(*ty)).collect();
        self.unify_distinct(&distinct)
    }

    fn unify_distinct(&self, types: &[&Type]) -> Option<Type> {
        if !self.step() {
            return None;
        }
        if types.len() <= 1 {
            return types.first().map(|ty| (*ty).clone());
        }
        let kinds = Kinds::of(types);
        let total = types.len();
        let all = |count: usize| count > 0 && count + kinds.dynamic == total;
        let all_of = |a: usize, b: usize| a > 0 && a + b + kinds.dynamic == total;
        if all(kinds.lists) || all(kinds.sets) || all(kinds.maps) {
            return self.unify_collections(types, kinds.dynamic > 0);
        }
        if all(kinds.objects) || all(kinds.tuples) {
            return match (kinds.dynamic, kinds.objects) {
                (1.., _) => Some(Type::Dynamic),
                (0, 0) => self.unify_tuples(types),
                (0, _) => self.unify_objects(types),
            };
        }
        // An object among maps, or a tuple among lists, is meant as one of them.
        if all_of(kinds.maps, kinds.objects) || all_of(kinds.lists, kinds.tuples) {
            if let Some(unified) = self.unify_structures_as_collections(types) {
                return Some(unified);
            }
        } else if kinds.objects > 0 && kinds.tuples > 0 {
            return None;
        }
        // The most general of the types to which all others convert.
        most_general_first(types)
            .into_iter()
            .find(|want| self.all_convertible(types, want))
            .cloned()
    }

    fn all_convertible(&self, types: &[&Type], to: &Type) -> bool {
        types.iter().all(|from| self.convertible(from, to))
    }

    fn unify_collections(&self, types: &[&Type], has_dynamic: bool) -> Option<Type> {
        if has_dynamic {
            return Some(Type::Dynamic);
        }
        let element = self.unify(types.iter().filter_map(|ty| ty.element()))?;
        let unified = match types.first()? {
            Type::Set(_) => Type::set(element),
            Type::Map(_) => Type::map(element),
            _ => Type::list(element),
        };
        self.all_convertible(types, &unified).then_some(unified)
    }

    fn unify_objects(&self, types: &[&Type]) -> Option<Type> {
        let objects = objects(types);
        let first = objects.first()?;
        let names = |object: &ObjectType| -> Vec<Str> { object.names().to_vec() };
        let first_names = names(first);
        if objects.iter().any(|object| names(object) != first_names) {
            return self.objects_as_map(&objects);
        }
        // An attribute that has no common type cannot be an element of a common map either.
        let attr = |(at, name): (usize, Str)| {
            let ty = self.unify(objects.iter().map(|object| &object.attrs()[at].ty))?;
            Some(ObjectAttr { name, ty, optional: false })
        };
        let attrs = first_names.into_iter().enumerate().map(attr).collect::<Option<Vec<_>>>()?;
        let unified = Type::Object(ObjectType::new(attrs).into());
        if self.all_convertible(types, &unified) {
            Some(unified)
        } else {
            self.objects_as_map(&objects)
        }
    }

    fn objects_as_map(&self, objects: &[&ObjectType]) -> Option<Type> {
        let attrs = || objects.iter().flat_map(|object| object.attrs()).map(|attr| &attr.ty);
        let element = self.unify(attrs())?;
        attrs().all(|ty| self.convertible(ty, &element)).then(|| Type::map(element))
    }

    fn unify_tuples(&self, types: &[&Type]) -> Option<Type> {
        let tuples = tuples(types);
        let first = tuples.first()?;
        if tuples.iter().any(|elements| elements.len() != first.len()) {
            return self.tuples_as_list(&tuples);
        }
        let element = |at: usize| self.unify(tuples.iter().map(|elements| &elements[at]));
        let unified = Type::tuple((0..first.len()).map(element).collect::<Option<Vec<_>>>()?);
        if self.all_convertible(types, &unified) {
            Some(unified)
        } else {
            self.tuples_as_list(&tuples)
        }
    }

    fn tuples_as_list(&self, tuples: &[&[Type]]) -> Option<Type> {
        let elements = || tuples.iter().flat_map(|elements| elements.iter());
        let element = self.unify(elements())?;
        elements().all(|ty| self.convertible(ty, &element)).then(|| Type::list(element))
    }

    /// Maps and objects as maps, or lists and tuples as lists.
    fn unify_structures_as_collections(&self, types: &[&Type]) -> Option<Type> {
        let objects = objects(types);
        let collection = if objects.is_empty() {
            self.tuples_as_list(&tuples(types))?
        } else {
            self.objects_as_map(&objects)?
        };
        let collections = types.iter().copied().filter(|ty| ty.element().is_some());
        let unified = self.unify(collections.chain([&collection]))?;
        let fits = unified.element().is_some() && self.all_convertible(types, &unified);
        fits.then_some(unified)
    }
}

/// How many of the types are of each kind.
#[derive(Default)]
struct Kinds {
    lists: usize,
    sets: usize,
    maps: usize,
    tuples: usize,
    objects: usize,
    dynamic: usize,
}

impl Kinds {
    fn of(types: &[&Type]) -> Self {
        let mut kinds = Self::default();
        for ty in types {
            match ty {
                Type::List(_) => kinds.lists += 1,
                Type::Set(_) => kinds.sets += 1,
                Type::Map(_) => kinds.maps += 1,
                Type::Tuple(_) => kinds.tuples += 1,
                Type::Object(_) => kinds.objects += 1,
                Type::Dynamic => kinds.dynamic += 1,
                Type::Bool | Type::Number | Type::String => {}
            }
        }
        kinds
    }
}

fn objects<'a>(types: &[&'a Type]) -> Vec<&'a ObjectType> {
    types
        .iter()
        .filter_map(|ty| if let Type::Object(object) = ty { Some(&**object) } else { None })
        .collect()
}

fn tuples<'a>(types: &[&'a Type]) -> Vec<&'a [Type]> {
    types
        .iter()
        .filter_map(|ty| if let Type::Tuple(elements) = ty { Some(&***elements) } else { None })
        .collect()
}

/// The types, the more general ones before those that convert to them, `Dynamic` last.
///
/// There are few: of primitive types three, and compounds of one kind were dealt with before.
fn most_general_first<'a>(types: &[&'a Type]) -> Vec<&'a Type> {
    let count = types.len();
    let mut more_general_than = vec![Vec::new(); count];
    let mut in_degree = vec![0usize; count];
    for i in 0..count {
        for j in i + 1..count {
            match compare(types[i], types[j]) {
                Ordering::Less => {
                    more_general_than[i].push(j);
                    in_degree[j] += 1;
                }
                Ordering::Greater => {
                    more_general_than[j].push(i);
                    in_degree[i] += 1;
                }
                Ordering::Equal => {}
            }
        }
    }
    let mut order: Vec<usize> = (0..count).filter(|at| in_degree[*at] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for at in std::mem::take(&mut more_general_than[order[next]]) {
            in_degree[at] -= 1;
            if in_degree[at] == 0 {
                order.push(at);
            }
        }
        next += 1;
    }
    let (dynamic, known): (Vec<&Type>, Vec<&Type>) =
        order.into_iter().map(|at| types[at]).partition(|ty| **ty == Type::Dynamic);
    known.into_iter().chain(dynamic).collect()
}

/// `Less` if the first is more general, as far as that can be said without looking deeper.
fn compare(a: &Type, b: &Type) -> Ordering {
    use Type as T;
    match (a, b) {
        (T::String, T::Bool | T::Number)
        | (T::List(_), T::Tuple(_) | T::Set(_))
        | (T::Tuple(_), T::Set(_))
        | (T::Map(_), T::Object(_)) => Ordering::Less,
        (T::Bool | T::Number, T::String)
        | (T::Tuple(_) | T::Set(_), T::List(_))
        | (T::Set(_), T::Tuple(_))
        | (T::Object(_), T::Map(_)) => Ordering::Greater,
        (T::List(a), T::List(b)) | (T::Set(a), T::Set(b)) | (T::Map(a), T::Map(b)) => compare(a, b),
        _ => Ordering::Equal,
    }
}
