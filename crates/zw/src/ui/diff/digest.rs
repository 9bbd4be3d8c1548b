//! What is alike in differences: their shape without the values, and the values one by one. So changes that are the
//! same but for some values can be shown once.

use std::hash::{DefaultHasher, Hash, Hasher};

use zw_lang::Value;

use super::render::IDENTIFYING;
use super::{Block, Body, Diff, Edit, Group, Secrecy};

/// A difference in short. Of two differences of one shape, the values at the same position are of the same part.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    /// Everything but the values: names, what happens, what forces a replacement.
    pub(crate) shape: u64,
    /// A hash of each value.
    pub(crate) values: Vec<u64>,
}

impl Digest {
    /// The digest of a difference, of what is shown of it: with `kept`, that includes what stays the same.
    pub(crate) fn of(diff: &Diff<'_>, kept: bool) -> Self {
        let mut values = Vec::new();
        let shape = read(diff, kept, &mut |leaf| {
            let mut hasher = DefaultHasher::new();
            leaf.path.hash(&mut hasher);
            for side in [leaf.before, leaf.after] {
                side.is_some().hash(&mut hasher);
                side.inspect(|value| value.hash_canonical(&mut hasher));
            }
            values.push(hasher.finish());
        });
        Self { shape, values }
    }
}

/// A value in a difference.
pub(crate) struct Leaf<'l, 'a> {
    /// The names and keys that lead to it.
    pub(crate) path: &'l [&'a str],
    /// As it is.
    pub(crate) before: Option<&'a Value>,
    /// As it will be.
    pub(crate) after: Option<&'a Value>,
    /// Whether it is in something that is not shown.
    pub(crate) is_secret: bool,
}

/// Visits each value in a difference, in the order of [`Digest::values`], and gives the shape.
pub(crate) fn read<'a>(diff: &Diff<'a>, kept: bool, visit: &mut dyn FnMut(&Leaf<'_, 'a>)) -> u64 {
    let mut reader =
        Reader { shape: DefaultHasher::new(), path: Vec::new(), is_secret: false, kept, visit };
    reader.diff(diff);
    reader.shape.finish()
}

/// Notes at each value how many different ones there are, by position.
pub(crate) fn note(diff: &mut Diff<'_>, kept: bool, counts: &[usize]) {
    Noter { counts: counts.iter(), kept }.diff(diff);
}

/// Whether an attribute is left out of what is shown, and of the digest with it.
fn is_hidden(name: &str, part: &Diff<'_>, kept: bool) -> bool {
    part.edit == Edit::Keep && !kept && !IDENTIFYING.contains(&name)
}

struct Reader<'v, 'a> {
    shape: DefaultHasher,
    path: Vec<&'a str>,
    is_secret: bool,
    kept: bool,
    visit: &'v mut dyn FnMut(&Leaf<'_, 'a>),
}

impl<'a> Reader<'_, 'a> {
    fn diff(&mut self, diff: &Diff<'a>) {
        (diff.edit as u8, diff.replace).hash(&mut self.shape);
        std::mem::discriminant(&diff.body).hash(&mut self.shape);
        match &diff.body {
            Body::Scalar(before, after) => {
                let (path, is_secret) = (self.path.as_slice(), self.is_secret);
                (self.visit)(&Leaf { path, before: *before, after: *after, is_secret });
            }
            Body::Object(attributes, _) => self.attributes(attributes),
            // Keys may differ as values do.
            Body::Map(entries, _) => {
                entries.len().hash(&mut self.shape);
                for (key, part) in entries {
                    self.part(key, part);
                }
            }
            Body::List(items, _) | Body::Set(items, _) => {
                items.len().hash(&mut self.shape);
                for item in items {
                    self.diff(item);
                }
            }
            Body::Unknown(before) => {
                before.is_some().hash(&mut self.shape);
                if let Some(before) = before {
                    self.diff(before);
                }
            }
            Body::Sensitive(secrecy) | Body::SensitiveBlock(secrecy) => self.secrecy(*secrecy),
            Body::WriteOnly => {}
            Body::TypeChange(before, after) => {
                self.diff(before);
                self.diff(after);
            }
            Body::Block(block) => self.block(block),
            Body::OneOf(_, first) => self.diff(first),
        }
    }

    fn part(&mut self, name: &'a str, part: &Diff<'a>) {
        self.path.push(name);
        self.diff(part);
        self.path.pop();
    }

    fn secrecy(&mut self, secrecy: Secrecy) {
        (secrecy.was, secrecy.will_be, secrecy.edit as u8).hash(&mut self.shape);
    }

    fn attributes(&mut self, attributes: &[(&'a str, Diff<'a>)]) {
        for (name, part) in attributes {
            if !is_hidden(name, part, self.kept) {
                name.hash(&mut self.shape);
                self.part(name, part);
            }
        }
    }

    fn block(&mut self, block: &Block<'a>) {
        self.attributes(&block.attributes);
        for group in &block.groups {
            let Group { name, replace, secrecy, is_set: _, unknown, blocks } = group;
            let edit = unknown.map(|edit| edit as u8);
            (name, replace, edit, blocks.len()).hash(&mut self.shape);
            let outside = self.is_secret;
            self.is_secret |= secrecy.is_some();
            if let Some(secrecy) = secrecy {
                self.secrecy(*secrecy);
            }
            for (label, part) in blocks {
                (label, part.edit as u8).hash(&mut self.shape);
                if part.edit != Edit::Keep || self.kept {
                    self.part(name, part);
                }
            }
            self.is_secret = outside;
        }
    }
}

/// Goes the way of [`Reader`].
struct Noter<'c> {
    counts: std::slice::Iter<'c, usize>,
    kept: bool,
}

impl Noter<'_> {
    fn diff(&mut self, diff: &mut Diff<'_>) {
        match &mut diff.body {
            Body::Scalar(..) => {
                let count = self.counts.next().copied().unwrap_or_default();
                if count > 1 {
                    let (edit, replace) = (diff.edit, diff.replace);
                    let body = std::mem::replace(&mut diff.body, Body::WriteOnly);
                    diff.body = Body::OneOf(count, Box::new(Diff { edit, replace, body }));
                }
            }
            Body::Object(attributes, _) => self.attributes(attributes),
            Body::Map(parts, _) => parts.iter_mut().for_each(|(_, part)| self.diff(part)),
            Body::List(items, _) | Body::Set(items, _) => {
                for item in items {
                    self.diff(item);
                }
            }
            Body::Unknown(before) => before.iter_mut().for_each(|before| self.diff(before)),
            Body::Sensitive(_) | Body::SensitiveBlock(_) | Body::WriteOnly => {}
            Body::TypeChange(before, after) => {
                self.diff(before);
                self.diff(after);
            }
            Body::Block(block) => {
                self.attributes(&mut block.attributes);
                for (_, part) in block.groups.iter_mut().flat_map(|group| &mut group.blocks) {
                    if part.edit != Edit::Keep || self.kept {
                        self.diff(part);
                    }
                }
            }
            Body::OneOf(_, first) => self.diff(first),
        }
    }

    fn attributes(&mut self, attributes: &mut [(&str, Diff<'_>)]) {
        for (name, part) in attributes {
            if !is_hidden(name, part, self.kept) {
                self.diff(part);
            }
        }
    }
}
