//! Paths to a place inside a value.

use std::fmt;

use crate::value::{Str, Value, ValueKind};

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// An attribute of an object.
    Attr(Str),
    /// An element: of a list or tuple by number, of a map by string, of a set by the element.
    Index(Value),
}

/// The way from a value to a part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<PathStep>);

impl Path {
    /// The value itself.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of one attribute.
    pub fn attr_of_root(name: impl Into<Str>) -> Self {
        Self(vec![PathStep::Attr(name.into())])
    }

    /// This path and an attribute.
    #[must_use]
    pub fn attr(&self, name: impl Into<Str>) -> Self {
        self.then(PathStep::Attr(name.into()))
    }

    /// This path and an element.
    #[must_use]
    pub fn index(&self, key: Value) -> Self {
        self.then(PathStep::Index(key))
    }

    /// This path and one more step.
    #[must_use]
    pub fn then(&self, step: PathStep) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Self(steps)
    }

    /// Whether `self` leads to `other` or to something that contains it.
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Path {
    /// As the language writes it: `vpc_config[0].subnet_ids`, `tags["a"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Attr(name) if at == 0 => f.write_str(name)?,
                PathStep::Attr(name) => write!(f, ".{name}")?,
                PathStep::Index(key) => match key.kind() {
                    ValueKind::String(text) => write!(f, "[{text:?}]")?,
                    ValueKind::Number(number) => write!(f, "[{number}]")?,
                    _ => f.write_str("[...]")?,
                },
            }
        }
        Ok(())
    }
}
