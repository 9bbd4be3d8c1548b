//! Reading YAML 1.2 with its core schema.

mod align;
mod plain;

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::Problem;
use super::node::{DEPTH_MAX, Kind, Node, Property, Scalar, check_unique};

/// The most that aliases may add to a file, in bytes as [`weight`] counts them.
const ALIASED_BYTES_MAX: usize = 16 << 20;

/// The prefix of the tags of YAML itself.
const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// The value that a file holds; `None` if there is nothing but comments in it.
pub(super) fn read(text: &str) -> Result<Option<Node>, Problem> {
    let reader = Reader {
        parser: Parser::new_from_str(text),
        text,
        offsets: (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect()),
        anchors: HashMap::new(),
        aliased: 0,
    };
    reader.file()
}

/// What an alias stands for.
enum Anchor {
    /// The node is not complete: an alias in it would contain itself.
    Open,
    Done(Measured),
}

/// A node with what it would take to have it again.
#[derive(Clone)]
struct Measured {
    node: Node,
    /// How deep it is nested itself.
    height: usize,
    weight: usize,
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    /// Where characters begin, as the parser counts them and places are bytes; `None` if that is the same.
    offsets: Option<Vec<usize>>,
    anchors: HashMap<usize, Anchor>,
    aliased: usize,
}

impl<'t> Reader<'t> {
    fn file(mut self) -> Result<Option<Node>, Problem> {
        loop {
            match self.next()?.0 {
                Event::StreamStart => {}
                Event::DocumentStart(_) => break,
                _ => return Ok(None),
            }
        }
        let (event, place) = self.next()?;
        let is_empty =
            matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty());
        let root = self.node(event, place, DEPTH_MAX)?.node;
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok((!is_empty).then_some(root)),
                (_, place) => {
                    let detail = "A file of configuration is one document: there is nothing behind \"---\" or \
                                  \"...\".";
                    return Err(syntax(detail, place));
                }
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Range<usize>), Problem> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let place = self.place(span);
                Ok((event, place))
            }
            Some(Err(error)) => {
                let at = self.offset(error.marker().index());
                let len = self.text[at..].chars().next().map_or(0, char::len_utf8);
                Err(syntax(format!("{}.", capitalised(error.info())), at..at + len))
            }
            None => Err(syntax("The document has no end.", self.text.len()..self.text.len())),
        }
    }

    fn offset(&self, index: usize) -> usize {
        let at = match &self.offsets {
            None => index,
            Some(offsets) => offsets.get(index).copied().unwrap_or(self.text.len()),
        };
        at.min(self.text.len())
    }

    /// Bytes without the space behind a node, up to which the parser counts some.
    fn place(&self, span: Span) -> Range<usize> {
        let (start, end) = (self.offset(span.start.index()), self.offset(span.end.index()));
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end().len()
    }

    /// The node that begins with an event.
    fn node(
        &mut self,
        event: Event<'t>,
        place: Range<usize>,
        depth: usize,
    ) -> Result<Measured, Problem> {
        let Some(depth) = depth.checked_sub(1) else { return Err(too_deep(place)) };
        match event {
            Event::Alias(id) => self.alias(id, place, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let kind = self.scalar(&text, style, tag.as_deref(), &place)?;
                let weight = weight(text.len());
                Ok(self
                    .remembered(anchor, Measured { node: Node { kind, place }, height: 0, weight }))
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", &place)?;
                self.open(anchor);
                let found = self.sequence(place.start, depth)?;
                Ok(self.remembered(anchor, found))
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", &place)?;
                self.open(anchor);
                let found = self.mapping(place.start, depth)?;
                Ok(self.remembered(anchor, found))
            }
            _ => Err(syntax("A value is missing here.", place)),
        }
    }

    fn open(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor::Open);
        }
    }

    fn remembered(&mut self, anchor: usize, found: Measured) -> Measured {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor::Done(found.clone()));
        }
        found
    }

    fn alias(&mut self, id: usize, place: Range<usize>, depth: usize) -> Result<Measured, Problem> {
        let found = match self.anchors.get(&id) {
            Some(Anchor::Done(found)) => found.clone(),
            Some(Anchor::Open) => {
                return Err(syntax("An alias cannot stand for something that contains it.", place));
            }
            None => return Err(syntax("There is no anchor for this alias.", place)),
        };
        if found.height > depth {
            return Err(too_deep(place));
        }
        self.aliased = self.aliased.saturating_add(found.weight);
        if self.aliased > ALIASED_BYTES_MAX {
            let detail = format!(
                "The aliases of this file stand for more than {} MiB.",
                ALIASED_BYTES_MAX >> 20
            );
            return Err(Problem::new("Too much behind aliases", detail, place));
        }
        Ok(found)
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        place: &Range<usize>,
    ) -> Result<Kind, Problem> {
        let is_plain = style == ScalarStyle::Plain;
        let tag = full_tag(tag);
        let kind = match tag.as_deref().map(|tag| tag.strip_prefix(TAG_PREFIX).unwrap_or(tag)) {
            None if is_plain => plain::core(text),
            None | Some("str" | "!") => Ok(None),
            Some(wanted @ ("null" | "bool" | "int" | "float")) => plain::tagged(text, wanted),
            Some(other) => Err(format!("The tag {other:?} means nothing in a configuration.")),
        };
        match kind {
            Ok(Some(kind)) => Ok(kind),
            Ok(None) => Ok(Kind::String(self.string(text, style, place))),
            Err(detail) => Err(syntax(detail, place.clone())),
        }
    }

    fn string(&self, text: &str, style: ScalarStyle, place: &Range<usize>) -> Scalar {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let is_open = place.end == self.text.len() && !self.text.ends_with('\n');
        // The parser ends every line of a block with a break, even one that has none.
        let text = text.strip_suffix('\n').filter(|_| is_block && is_open).unwrap_or(text);
        let source = &self.text[place.clone()];
        let places = align::aligned(text, source, place.start, style);
        Scalar { text: text.into(), places: Rc::new(places) }
    }

    fn sequence(&mut self, start: usize, depth: usize) -> Result<Measured, Problem> {
        let mut items = Vec::new();
        let mut end = start;
        let (mut height, mut weight) = (0, weight(0));
        loop {
            let (event, place) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                end = end.max(place.end);
                let kind = Kind::Array(items.into());
                return Ok(Measured { node: Node { kind, place: start..end }, height, weight });
            }
            let item = self.node(event, place, depth)?;
            height = height.max(item.height + 1);
            weight = weight.saturating_add(item.weight);
            end = end.max(item.node.place.end);
            items.push(item.node);
        }
    }

    fn mapping(&mut self, start: usize, depth: usize) -> Result<Measured, Problem> {
        let mut properties = Vec::new();
        let mut end = start;
        let (mut height, mut weight) = (0, weight(0));
        loop {
            let (event, name_place) = self.next()?;
            let name = match event {
                Event::MappingEnd => {
                    check_unique(&properties)?;
                    end = end.max(name_place.end);
                    let kind = Kind::Object(properties.into());
                    return Ok(Measured { node: Node { kind, place: start..end }, height, weight });
                }
                Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<" => {
                    let detail = "YAML 1.2 has no merge keys. Use the function merge, or quotes if this is a name.";
                    return Err(syntax(detail, name_place));
                }
                Event::Scalar(text, style, ..) => self.string(&text, style, &name_place),
                _ => return Err(syntax("A key of a mapping must be a string.", name_place)),
            };
            let (event, place) = self.next()?;
            let value = self.node(event, place, depth)?;
            height = height.max(value.height + 1);
            weight = weight.saturating_add(value.weight).saturating_add(name.text.len());
            end = end.max(value.node.place.end);
            properties.push(Property { name, name_place, value: value.node });
        }
    }
}

/// What a node without children counts against [`ALIASED_BYTES_MAX`]: its text, and what is around it.
const fn weight(len: usize) -> usize {
    len + 16
}

fn syntax(detail: impl Into<String>, place: Range<usize>) -> Problem {
    Problem::new("Invalid YAML syntax", detail, place)
}

fn too_deep(place: Range<usize>) -> Problem {
    let detail = format!("Sequences and mappings can be nested {DEPTH_MAX} levels deep.");
    Problem::new("Nested too deeply", detail, place)
}

fn full_tag(tag: Option<&Tag>) -> Option<String> {
    tag.map(|tag| format!("{}{}", tag.handle, tag.suffix))
}

/// Refuses a tag on a collection but the one that it has anyway.
fn check_tag(tag: Option<&Tag>, expected: &str, place: &Range<usize>) -> Result<(), Problem> {
    match full_tag(tag) {
        Some(tag) if tag.strip_prefix(TAG_PREFIX) != Some(expected) => {
            Err(syntax(format!("The tag {tag:?} means nothing in a configuration."), place.clone()))
        }
        _ => Ok(()),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
