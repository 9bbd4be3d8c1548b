//! Where the characters of a scalar are written: the parser says only where all of it is.

use saphyr_parser::ScalarStyle;
use zw_lang::parse::Places;

/// Where the pieces of a text are, that is written as `source` from `start` on.
pub(super) fn aligned(text: &str, source: &str, start: usize, style: ScalarStyle) -> Places {
    let mut places = Places::default();
    let header = match style {
        ScalarStyle::Plain => 0,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1.min(source.len()),
        ScalarStyle::Literal | ScalarStyle::Folded => content_of_block(source),
    };
    if source[header..].starts_with(text) {
        places.copy(0, start + header..start + header + text.len());
        return places;
    }
    let mut walk = Walk { source, at: header };
    let mut run: Option<usize> = None;
    for (at, char) in text.char_indices() {
        let before = walk.at;
        match walk.step(char, style) {
            Step::Copy => {
                // Space that was skipped ends a copy.
                if run.is_none() || walk.at - char.len_utf8() != before {
                    let place = start + walk.at - char.len_utf8()..start + source.len();
                    places.copy(at, place);
                    run = Some(at);
                }
            }
            Step::StandIn(len) => {
                places.stand_in(at, start + walk.at - len..start + walk.at);
                run = None;
            }
            Step::Lost => {
                places.stand_in(at, start..start + source.len());
                break;
            }
        }
    }
    places
}

/// Where the first line of a block begins, behind the line with its indicator.
fn content_of_block(source: &str) -> usize {
    if source.starts_with(['|', '>']) {
        return source.find('\n').map_or(source.len(), |at| at + 1);
    }
    0
}

enum Step {
    /// The character is written as it is.
    Copy,
    /// It is written in so many bytes.
    StandIn(usize),
    /// It cannot be found.
    Lost,
}

struct Walk<'t> {
    source: &'t str,
    at: usize,
}

impl Walk<'_> {
    /// Goes behind what is written for a character.
    fn step(&mut self, char: char, style: ScalarStyle) -> Step {
        loop {
            let rest = &self.source[self.at..];
            let Some(written) = rest.chars().next() else { return Step::Lost };
            match style {
                ScalarStyle::DoubleQuoted if written == '\\' => {
                    let len = escape_len(rest);
                    self.at += len;
                    if rest[1..].starts_with(['\n', '\r']) {
                        continue;
                    }
                    return Step::StandIn(len);
                }
                ScalarStyle::SingleQuoted if rest.starts_with("''") => {
                    self.at += 2;
                    return Step::StandIn(2);
                }
                _ => {}
            }
            if written == char {
                self.at += char.len_utf8();
                return Step::Copy;
            }
            if !written.is_whitespace() {
                return Step::Lost;
            }
            self.at += written.len_utf8();
            // A line break is folded to a space; other space is indentation.
            if char == ' ' && written == '\n' {
                return Step::StandIn(1);
            }
        }
    }
}

/// How many bytes an escape has.
fn escape_len(text: &str) -> usize {
    let len = match text.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        _ => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
    };
    if text.is_char_boundary(len) { len } else { text.len() }
}
