//! Expressions as somebody types them: not all there yet, or with remarks around them.

use std::ops::Range;

use super::{Kind, Problem, Scanner};

/// An expression without the space and the comments before and behind it.
pub(in crate::parse) fn without_margins(text: &str) -> Range<usize> {
    let mut scanner = Scanner::new(text);
    let mut range = None;
    while scanner.at < scanner.bytes.len() {
        let start = scanner.at;
        let is_code = !matches!(
            scanner.stack.last().map(|open| &open.kind),
            Some(Kind::Quote | Kind::Heredoc(..))
        );
        scanner.step();
        // The scanner goes by bytes; what is inside of a character belongs to it.
        if !(is_code && text.get(start..).is_some_and(is_margin)) {
            range = Some(range.map_or(start, |range: Range<usize>| range.start)..scanner.at);
        }
    }
    range.unwrap_or(0..0)
}

fn is_margin(rest: &str) -> bool {
    rest.starts_with([' ', '\t', '\r', '\n'])
        || ["#", "//", "/*"].iter().any(|mark| rest.starts_with(mark))
}

/// Whether an expression goes on in the next line: a bracket, a heredoc, a sequence of a template or a comment is
/// open. Quotes are not: they cannot span lines, so an open one is a mistake that no further line mends.
pub fn is_unfinished(text: &str) -> bool {
    // A heredoc begins, and ends, with the end of a line.
    let line = format!("{text}\n");
    let mut scanner = Scanner::new(&line);
    while scanner.at < scanner.bytes.len() {
        scanner.step();
    }
    let is_comment_open = matches!(scanner.problems.as_slice(), [Problem::UnterminatedComment(_)]);
    let is_text_open = |open: &super::Open| matches!(open.kind, Kind::Quote);
    is_comment_open
        || (scanner.problems.is_empty()
            && scanner.stack.last().is_some_and(|open| !is_text_open(open)))
}
