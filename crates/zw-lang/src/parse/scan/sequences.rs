//! Templates without quotes.

use std::ops::Range;

use super::{Kind, Open, Problem, Scanner};

/// The interpolations and directives in a template that is not quoted: a file, or a string in JSON. `None`
/// if one has no end.
pub fn sequences(text: &str) -> Option<Vec<Range<usize>>> {
    let mut scanner = Scanner::new(text);
    scanner.stack.push(Open { kind: Kind::Text, at: 0 });
    let mut found = Vec::new();
    let mut start = None;
    while scanner.at < scanner.bytes.len() {
        scanner.step();
        match (scanner.stack.get(1), start) {
            (Some(open), None) => start = Some(open.at),
            (None, Some(at)) => {
                found.push(at..scanner.at);
                start = None;
            }
            _ => {}
        }
        if !scanner.problems.is_empty() {
            return None;
        }
    }
    start.is_none().then_some(found)
}

/// What is wrong with the brackets and quotes in the interpolations and directives of such a template.
pub(in crate::parse) fn problems(text: &str) -> Vec<Problem> {
    let mut scanner = Scanner::new(text);
    scanner.stack.push(Open { kind: Kind::Text, at: 0 });
    while scanner.at < scanner.bytes.len() {
        scanner.step();
    }
    // The text itself ends where it ends.
    scanner.stack.drain(..1.min(scanner.stack.len()));
    scanner.close_all();
    scanner.problems
}

impl Scanner<'_> {
    /// Goes on in the text of such a template.
    pub(super) fn bare(&mut self) {
        let rest = &self.bytes[self.at..];
        match rest.iter().position(|byte| matches!(byte, b'$' | b'%')) {
            Some(len) => {
                self.at += len;
                self.sequence_or_literal();
            }
            None => self.at = self.bytes.len(),
        }
    }
}
