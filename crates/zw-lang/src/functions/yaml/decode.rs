//! YAML to values.

use std::collections::BTreeMap;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::scalar::{Style, resolve};
use crate::convert::convert;
use crate::text::normalized;
use crate::ty::Type;
use crate::value::{Str, Value, ValueKind};

/// How deep nodes may be inside of each other.
const DEPTH_MAX: usize = 128;

/// How many nodes a document may have with all aliases expanded.
const NODES_MAX: usize = 1 << 20;

/// How many places that the parser does not take are changed before giving up.
const REPAIRS_MAX: usize = 256;

/// What a line is moved to the right by, if the parser wants it more to the right.
const INDENT: &str = "                ";

/// The value of the only document in a text.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.find(|c| !is_allowed(c)) {
        let line = text[..at].matches('\n').count() + 1;
        return Err(format!("on line {line}: control characters are not allowed"));
    }
    // A last line of nothing but spaces is no line of a block, though the parser counts it as one.
    let text = match text.rsplit_once('\n') {
        Some((before, last)) if last.chars().all(|c| c == ' ') => &text[..=before.len()],
        _ => text,
    };
    // YAML 1.1 breaks lines at U+0085 too.
    let mut text = text.replace('\u{85}', "\n");
    for _ in 0..REPAIRS_MAX {
        let mut decoder = Decoder::new(&text);
        let result = decoder.document();
        match decoder.refused {
            None => return result,
            Some(Refused::Tab(end)) => {
                let Some(tab) = tab_before(&text, end) else { return result };
                text.replace_range(tab..=tab, " ");
            }
            Some(Refused::Line(at)) => {
                let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
                let start = text[..at].rfind(['\n', '\r']).map_or(0, |before| before + 1);
                text.insert_str(start, INDENT);
            }
        }
    }
    Err("too many tabs behind colons, or lines to the left of what they are in".into())
}

/// Something that the parser does not take, though Terraform's does. Places are counted in characters.
enum Refused {
    /// A tab behind a colon, and where it ends.
    Tab(usize),
    /// A place in a line of a flow collection or a quoted scalar, in which indentation means nothing.
    Line(usize),
}

/// The position of the first of the tabs that end at a position, counted in characters.
fn tab_before(text: &str, end: usize) -> Option<usize> {
    let end = text.char_indices().nth(end).map_or(text.len(), |(at, _)| at);
    let start = text[..end].trim_end_matches('\t').len();
    (start < end).then_some(start)
}

const fn is_allowed(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..
    )
}

/// What an alias stands for.
enum Anchor {
    /// The node is not complete: an alias in it would contain itself.
    Open,
    /// The value and how many nodes it has.
    Done(Value, usize),
}

struct Decoder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// The length of a text that ends without a line break, in characters.
    open_end: Option<usize>,
    anchors: HashMap<usize, Anchor>,
    nodes: usize,
    refused: Option<Refused>,
}

impl<'a> Decoder<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            open_end: (!text.ends_with(['\n', '\r'])).then(|| text.chars().count()),
            anchors: HashMap::new(),
            nodes: 0,
            refused: None,
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let marker = error.marker();
                if error.info().starts_with("':' must be followed by") {
                    self.refused = Some(Refused::Tab(marker.index()));
                } else if error.info().starts_with("invalid indentation") {
                    self.refused = Some(Refused::Line(marker.index()));
                }
                Err(format!(
                    "on line {}, column {}: {}",
                    marker.line(),
                    marker.col() + 1,
                    error.info()
                ))
            }
            None => Err("unexpected end of the document".into()),
        }
    }

    fn document(&mut self) -> Result<Value, String> {
        loop {
            match self.next()?.0 {
                Event::StreamStart => {}
                Event::DocumentStart(_) => break,
                _ => return Err("on line 1, column 1: missing start of document".into()),
            }
        }
        let (event, span) = self.next()?;
        let value = self.node(event, span, DEPTH_MAX)?;
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok(value),
                (_, span) => return Err(at(span, "unexpected extra content after value")),
            }
        }
    }

    /// The node that begins with an event.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Value, String> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(at(span, &format!("nodes are nested more than {DEPTH_MAX} deep")));
        };
        self.count(1, span)?;
        match event {
            Event::Alias(id) => match self.anchors.get(&id) {
                Some(Anchor::Done(value, nodes)) => {
                    let (value, nodes) = (value.clone(), *nodes);
                    self.count(nodes, span)?;
                    Ok(value)
                }
                Some(Anchor::Open) => {
                    Err(at(span, "cannot refer to an anchor from inside its own definition"))
                }
                None => Err(at(span, "reference to undefined anchor")),
            },
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let mut text = text;
                if style == Style::Block && self.open_end == Some(span.end.index()) {
                    // The parser ends every line of a block with a break, even one that has none.
                    text = text.strip_suffix('\n').map(str::to_owned).map_or(text, Into::into);
                }
                let value = resolve(&text, style, full_tag(tag.as_deref()).as_deref())
                    .map_err(|reason| at(span, &reason))?;
                if anchor != 0 {
                    self.anchors.insert(anchor, Anchor::Done(value.clone(), 1));
                }
                Ok(value)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", "sequence").map_err(|reason| at(span, &reason))?;
                self.anchored(anchor, |decoder| decoder.sequence(depth))
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", "mapping").map_err(|reason| at(span, &reason))?;
                self.anchored(anchor, |decoder| decoder.mapping(depth))
            }
            _ => Err(at(span, "did not find expected node content")),
        }
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            return Err(at(span, &format!("the document has more than {NODES_MAX} nodes")));
        }
        Ok(())
    }

    /// Reads a node that aliases can stand for from its end on.
    fn anchored(
        &mut self,
        anchor: usize,
        read: impl FnOnce(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        if anchor == 0 {
            return read(self);
        }
        self.anchors.insert(anchor, Anchor::Open);
        let before = self.nodes;
        let value = read(self)?;
        self.anchors.insert(anchor, Anchor::Done(value.clone(), self.nodes - before + 1));
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::tuple(items)),
                (event, span) => items.push(self.node(event, span, depth)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries: BTreeMap<Str, Value> = BTreeMap::new();
        loop {
            let (event, span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::object(entries)),
                next => next,
            };
            if is_merge(&event) {
                let (event, span) = self.next()?;
                let merged = self.node(event, span, depth)?;
                merge(&merged, &mut entries).map_err(|reason| at(span, &reason))?;
                continue;
            }
            let key = self.node(event, span, depth)?;
            let key = match key.kind() {
                ValueKind::Null(_) => return Err(at(span, "mapping key cannot be null")),
                _ => convert(&key, &Type::String)
                    .map_err(|_| at(span, "only strings are allowed as mapping keys"))?,
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth)?;
            entries.insert(normalized(key.as_str().unwrap_or_default()), value);
        }
    }
}

/// Whether the value of a key is to be merged into the mapping around it.
fn is_merge(key: &Event<'_>) -> bool {
    let Event::Scalar(text, _, _, tag) = key else { return false };
    match full_tag(tag.as_deref()) {
        None => text == "<<",
        Some(tag) => tag == "tag:yaml.org,2002:merge",
    }
}

/// Merges mappings; of several in a sequence the first with a key counts.
fn merge(value: &Value, entries: &mut BTreeMap<Str, Value>) -> Result<(), String> {
    let mappings = match value.kind() {
        ValueKind::Tuple(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    for mapping in mappings.iter().rev() {
        let Some(object) = mapping.as_object() else {
            return Err(format!("cannot merge {} into mapping", value.ty().friendly_name()));
        };
        entries.extend(object.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    Ok(())
}

fn full_tag(tag: Option<&Tag>) -> Option<String> {
    tag.map(|tag| format!("{}{}", tag.handle, tag.suffix))
}

/// Refuses a tag on a collection but the one that it has anyway.
fn check_tag(tag: Option<&Tag>, expected: &str, what: &str) -> Result<(), String> {
    match full_tag(tag) {
        Some(tag) if tag != format!("tag:yaml.org,2002:{expected}") => {
            Err(format!("can't interpret {what} as {tag}"))
        }
        _ => Ok(()),
    }
}

fn at(span: Span, reason: &str) -> String {
    format!("on line {}, column {}: {reason}", span.start.line(), span.start.col() + 1)
}
