//! Values to YAML, byte for byte as Terraform writes it.
//!
//! Source: the emitter of `go-cty-yaml`, a port of libyaml's, with the few of its abilities that
//! `yamlencode` uses: block style, double quotes, and literal blocks for text of several lines.

use crate::value::{Value, ValueKind};

/// Spaces by which what is inside is indented.
const INDENT: usize = 2;

/// The column from which lines are broken at the next space.
const WIDTH: usize = 80;

/// The longest key, in bytes, that stands on one line with its value.
const SIMPLE_KEY_BYTES_MAX: usize = 128;

/// A document of a value, all of which is known.
pub(super) fn encode(value: &Value) -> String {
    let mut emitter = Emitter { out: String::new() };
    let ending = emitter.node(value, None, Position::Root);
    match ending {
        Ending::Plain => emitter.out.push_str("\n...\n"),
        Ending::Line => emitter.out.push('\n'),
        Ending::Block => {}
    }
    emitter.out
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Root,
    /// Behind `key:`.
    Value,
    /// Behind `- `, `? ` or `: `, where a collection can begin on the line.
    Compact,
}

/// How a node ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// With a scalar that could go on in the next line.
    Plain,
    /// On a line that has not ended.
    Line,
    /// With a line break.
    Block,
}

struct Emitter {
    out: String,
}

impl Emitter {
    fn pad(&mut self, spaces: usize) {
        self.out.extend(std::iter::repeat_n(' ', spaces));
    }

    /// Writes a node inside of a collection that is indented by `indent`, or outside of any.
    fn node(&mut self, value: &Value, indent: Option<usize>, position: Position) -> Ending {
        // What separates a scalar from what is before it on the line.
        let space = if position == Position::Value { " " } else { "" };
        let inner = indent.map_or(0, |indent| indent + INDENT);
        match value.kind() {
            ValueKind::Null(_) | ValueKind::Unknown(_) => self.plain(space, "null"),
            ValueKind::Bool(value) => self.plain(space, if *value { "true" } else { "false" }),
            ValueKind::Number(number) => self.plain(space, &number.to_string()),
            ValueKind::String(text) => {
                self.out.push_str(space);
                self.text(text, indent.map_or(INDENT, |indent| indent + INDENT), false)
            }
            ValueKind::List(list) | ValueKind::Set(list) => {
                self.sequence(&list.items, indent, position)
            }
            ValueKind::Tuple(items) => self.sequence(items, indent, position),
            ValueKind::Map(map) => {
                let entries = map.entries.iter().map(|(key, value)| (key.as_str(), value));
                self.mapping(entries, inner, position)
            }
            ValueKind::Object(object) => {
                let entries = object.iter().map(|(key, value)| (key.as_str(), value));
                self.mapping(entries, inner, position)
            }
        }
    }

    fn plain(&mut self, space: &str, text: &str) -> Ending {
        self.out.push_str(space);
        self.out.push_str(text);
        Ending::Plain
    }

    /// Ends the line of an entry.
    fn end_line(&mut self, ending: Ending) {
        if ending != Ending::Block {
            self.out.push('\n');
        }
    }

    fn sequence(&mut self, items: &[Value], indent: Option<usize>, position: Position) -> Ending {
        if items.is_empty() {
            self.out.push_str(if position == Position::Value { " []" } else { "[]" });
            return Ending::Line;
        }
        // Behind a key a sequence is not indented.
        let indent = match (indent, position) {
            (None, _) => 0,
            (Some(indent), Position::Value) => indent,
            (Some(indent), _) => indent + INDENT,
        };
        if position == Position::Value {
            self.out.push('\n');
        }
        for (at, item) in items.iter().enumerate() {
            if at > 0 || position == Position::Value {
                self.pad(indent);
            }
            self.out.push_str("- ");
            let ending = self.node(item, Some(indent), Position::Compact);
            self.end_line(ending);
        }
        Ending::Block
    }

    fn mapping<'a>(
        &mut self,
        entries: impl ExactSizeIterator<Item = (&'a str, &'a Value)>,
        indent: usize,
        position: Position,
    ) -> Ending {
        if entries.len() == 0 {
            self.out.push_str(if position == Position::Value { " {}" } else { "{}" });
            return Ending::Line;
        }
        if position == Position::Value {
            self.out.push('\n');
        }
        for (at, (key, value)) in entries.enumerate() {
            if at > 0 || position == Position::Value {
                self.pad(indent);
            }
            let simple = key.len() <= SIMPLE_KEY_BYTES_MAX && !key.contains(is_break);
            let ending = if simple {
                self.text(key, indent + INDENT, true);
                self.out.push(':');
                self.node(value, Some(indent), Position::Value)
            } else {
                self.out.push_str("? ");
                let ending = self.text(key, indent + INDENT, false);
                self.end_line(ending);
                self.pad(indent);
                self.out.push_str(": ");
                self.node(value, Some(indent), Position::Compact)
            };
            self.end_line(ending);
        }
        Ending::Block
    }

    /// Writes text as a literal block if it has several lines and can be one, and in quotes
    /// otherwise.
    fn text(&mut self, text: &str, indent: usize, in_line: bool) -> Ending {
        if text.contains('\n') && !in_line && can_be_block(text) {
            self.literal(text, indent);
            Ending::Block
        } else {
            self.quoted(text, (!in_line).then_some(indent));
            Ending::Line
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.out.push_str(&INDENT.to_string());
        }
        let mut from_end = text.chars().rev().map(is_break);
        match (from_end.next(), from_end.next()) {
            (Some(true), None | Some(true)) => self.out.push('+'),
            (Some(true), Some(false)) => {}
            _ => self.out.push('-'),
        }
        self.out.push('\n');
        let mut begins_line = true;
        for c in text.chars() {
            if begins_line && !is_break(c) {
                self.pad(indent);
            }
            self.out.push(c);
            begins_line = is_break(c);
        }
        if !begins_line {
            self.out.push('\n');
        }
    }

    /// Writes text in quotes. Long lines are broken at single spaces if `indent` is given.
    fn quoted(&mut self, text: &str, indent: Option<usize>) {
        // The emitter looks for the mark at the beginning of the text, whatever character it is
        // about to write.
        let all_escaped = text.starts_with('\u{feff}');
        self.out.push('"');
        // The column is that of the next character.
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        let mut column = self.out[line..].chars().count();
        let mut after_space = false;
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            let inside = at > 0 && at + 1 < text.len();
            if let Some(indent) = indent
                && c == ' '
                && !all_escaped
            {
                if inside && !after_space && column > WIDTH {
                    // The break stands for the space, and a space behind it must be seen.
                    self.out.push('\n');
                    self.pad(indent);
                    column = indent;
                    if chars.as_str().starts_with(' ') {
                        self.out.push('\\');
                        column += 1;
                    }
                } else {
                    self.out.push(' ');
                    column += 1;
                }
                after_space = true;
                continue;
            }
            after_space = c == ' ' && !all_escaped;
            let before = self.out.len();
            self.escaped(c, all_escaped);
            column += self.out[before..].chars().count();
        }
        self.out.push('"');
    }

    /// Writes a character between quotes.
    fn escaped(&mut self, c: char, all_escaped: bool) {
        let short = match c {
            '\0' => "\\0",
            '\x07' => "\\a",
            '\x08' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\x0b' => "\\v",
            '\x0c' => "\\f",
            '\r' => "\\r",
            '\x1b' => "\\e",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{85}' => "\\N",
            '\u{2028}' => "\\L",
            '\u{2029}' => "\\P",
            '\u{a0}' if all_escaped => "\\_",
            c if is_printable(c) && !all_escaped => {
                self.out.push(c);
                return;
            }
            c => {
                let code = u32::from(c);
                let escaped = match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                self.out.push_str(&escaped);
                return;
            }
        };
        self.out.push_str(short);
    }
}

const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What is written as it is. Nothing beyond the basic plane is.
const fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}') && c != '\u{feff}'
}

/// Whether a literal block can hold the text: it has nothing to escape, and no spaces where they
/// would not be seen.
fn can_be_block(text: &str) -> bool {
    let mut after_space = false;
    for c in text.chars() {
        if !is_printable(c) || (after_space && is_break(c)) {
            return false;
        }
        after_space = c == ' ';
    }
    !after_space
}
