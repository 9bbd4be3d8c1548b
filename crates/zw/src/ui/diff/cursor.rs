//! Where in an object a comparison is, in terms of the paths that matter.

use zw_lang::{Path, PathStep, Value};

/// The paths that a caller cares about, seen from a part of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cursor<'a> {
    /// The rest of each path that makes it a replacement and leads here or below.
    replace: Vec<&'a [PathStep]>,
    relevant: Relevant<'a>,
    /// Whether an empty string counts as none where it is the value of an attribute.
    empty_is_none: bool,
}

/// Which attributes are to be compared at all; the others count as unchanged.
#[derive(Clone, Debug, Default)]
pub(crate) enum Relevant<'a> {
    /// All of them.
    #[default]
    All,
    /// Those at the end of a path, below or on the way to it.
    Paths(Vec<&'a [PathStep]>),
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(replace: &'a [Path], relevant: Relevant<'a>) -> Self {
        let replace = replace.iter().map(|path| path.0.as_slice()).collect();
        Self { replace, relevant, empty_is_none: false }
    }

    /// The same, where an empty string counts as none.
    pub(crate) fn with_empty_as_none(self) -> Self {
        Self { empty_is_none: true, ..self }
    }

    /// The value as far as it counts: not if it is an empty string and that is as good as none.
    pub(crate) fn counted(&self, value: Option<&'a Value>) -> Option<&'a Value> {
        value.filter(|value| {
            !self.empty_is_none || value.as_str().is_none_or(|text| !text.is_empty())
        })
    }

    /// Whether this very part is a reason for the replacement.
    pub(crate) fn replaces(&self) -> bool {
        self.replace.iter().any(|rest| rest.is_empty())
    }

    /// Whether this part, or something in it, is to be compared.
    pub(crate) const fn is_relevant(&self) -> bool {
        match &self.relevant {
            Relevant::All => true,
            Relevant::Paths(paths) => !paths.is_empty(),
        }
    }

    /// Seen from an attribute of an object, or from an element of a map.
    pub(crate) fn key(&self, name: &str) -> Self {
        self.step(|step| match step {
            PathStep::Attr(attr) => attr == name,
            PathStep::Index(key) => key.as_str() == Some(name),
        })
    }

    /// Seen from an element of a list.
    pub(crate) fn index(&self, at: usize) -> Self {
        self.step(|step| match step {
            PathStep::Attr(_) => false,
            PathStep::Index(key) => key.as_number().and_then(zw_lang::Number::to_usize) == Some(at),
        })
    }

    /// Seen from an element of a set, or of a list that is aligned: what is relevant in one is
    /// relevant in all.
    pub(crate) fn element(&self, element: Option<&Value>) -> Self {
        let mut below = self.step(|step| match step {
            PathStep::Attr(_) => false,
            PathStep::Index(key) => element.is_some_and(|element| element == key),
        });
        below.relevant = Relevant::All;
        below
    }

    /// As [`Self::index`], with everything relevant.
    pub(crate) fn aligned_index(&self, at: usize) -> Self {
        Self { relevant: Relevant::All, ..self.index(at) }
    }

    fn step(&self, leads_there: impl Fn(&PathStep) -> bool) -> Self {
        let follow = |paths: &[&'a [PathStep]]| {
            paths
                .iter()
                .filter_map(|path| path.split_first())
                .filter(|(step, _)| leads_there(step))
                .map(|(_, rest)| rest)
                .collect::<Vec<_>>()
        };
        let relevant = match &self.relevant {
            Relevant::Paths(paths) if !paths.iter().any(|rest| rest.is_empty()) => {
                Relevant::Paths(follow(paths))
            }
            _ => Relevant::All,
        };
        Self { replace: follow(&self.replace), relevant, empty_is_none: self.empty_is_none }
    }
}
