//! What is different between two objects, as a tree that follows their types.
//!
//! A [`Diff`] is computed once ([`resource`], [`output`], [`typed`]) and then written as often and in as many forms as
//! needed ([`render`]). It borrows the values that it compares. Of what is sensitive it
//! holds nothing but that there is something: no renderer can show what it was never given.
//!
//! Rules and look are those of Terraform's plans. Where they would mislead, these differ: an empty string in
//! a list or map is shown as one (Terraform 1.11 shows `null`), and lists are always aligned by
//! their longest common part (Terraform 1.11 compares lists of equal length by position).

mod align;
mod block;
mod cursor;
mod digest;
mod dynamic;
pub(crate) mod render;
mod same;
mod typed;

#[cfg(test)]
mod tests;

use zw_lang::Value;

pub(crate) use block::{object_of_unknown_schema, resource};
pub(crate) use cursor::{Cursor, Relevant};
pub(crate) use digest::{Digest, note, read};
pub(crate) use dynamic::output;
pub(crate) use typed::of_type as typed;

/// What happens to a part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Nothing.
    Keep,
    /// It is new.
    Add,
    /// It becomes something else, or something in it does.
    Change,
    /// It goes away.
    Remove,
}

impl Edit {
    /// What a whole does of which one part does this, and the parts before did `self`.
    const fn and(self, part: Self) -> Self {
        match (self, part) {
            (whole, Self::Keep) => whole,
            (Self::Add, Self::Add) => Self::Add,
            (Self::Remove, Self::Remove) => Self::Remove,
            _ => Self::Change,
        }
    }

    /// What a compound does, judged by its presence alone.
    fn of_presence(before: Option<&Value>, after: Option<&Value>) -> Self {
        let there = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
        match (there(before), there(after)) {
            (false, true) => Self::Add,
            (true, false) => Self::Remove,
            _ => Self::Keep,
        }
    }
}

/// What happens to a part of an object, and to what is in it.
#[derive(Debug)]
pub(crate) struct Diff<'a> {
    /// What happens.
    pub(crate) edit: Edit,
    /// Whether this is why the whole object is replaced.
    pub(crate) replace: bool,
    /// What it is.
    pub(crate) body: Body<'a>,
}

impl<'a> Diff<'a> {
    const fn new(edit: Edit, replace: bool, body: Body<'a>) -> Self {
        Self { edit, replace, body }
    }
}

/// The forms of a [`Diff`].
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// A bool, number, string or null; `None` where there is nothing.
    Scalar(Option<&'a Value>, Option<&'a Value>),
    /// Attributes that are not null on both sides, by name.
    Object(Vec<(&'a str, Diff<'a>)>, Style),
    /// Elements by key.
    Map(Vec<(&'a str, Diff<'a>)>, Style),
    /// Elements in order.
    List(Vec<Diff<'a>>, Style),
    /// Elements: those that were there, and then those that are new.
    Set(Vec<Diff<'a>>, Style),
    /// Not known yet; with what there is until then.
    Unknown(Option<Box<Diff<'a>>>),
    /// Something that is not shown.
    Sensitive(Secrecy),
    /// A block that is not shown.
    SensitiveBlock(Secrecy),
    /// An attribute that is passed on and never stored.
    WriteOnly,
    /// Something becomes something of another type: as it goes and as it comes.
    TypeChange(Box<Diff<'a>>, Box<Diff<'a>>),
    /// A block.
    Block(Block<'a>),
    /// One of so many different things in changes that are shown as one.
    OneOf(usize, Box<Diff<'a>>),
}

/// How compounds look: those whose attributes have schemas of their own differ in details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A value of a type.
    Plain,
    /// An attribute with attributes in its schema.
    Nested,
}

/// What may be said about something that is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Secrecy {
    /// Whether it was sensitive.
    pub(crate) was: bool,
    /// Whether it will be.
    pub(crate) will_be: bool,
    /// What happens to the value itself.
    pub(crate) edit: Edit,
}

/// The attributes and nested blocks of a block.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    /// Attributes that are not null on both sides, by name.
    pub(crate) attributes: Vec<(&'a str, Diff<'a>)>,
    /// Nested blocks, by type.
    pub(crate) groups: Vec<Group<'a>>,
}

/// All nested blocks of one type.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// The type.
    pub(crate) name: &'a str,
    /// Whether adding or removing one of them is why the whole object is replaced.
    pub(crate) replace: bool,
    /// Whether they were and will be sensitive as a whole.
    pub(crate) secrecy: Option<Secrecy>,
    /// Whether they are a set.
    pub(crate) is_set: bool,
    /// Whether it is not known yet how many there will be, and whether any were possible before.
    pub(crate) unknown: Option<Edit>,
    /// The blocks, with the label of each if they have one.
    pub(crate) blocks: Vec<(Option<&'a str>, Diff<'a>)>,
}
