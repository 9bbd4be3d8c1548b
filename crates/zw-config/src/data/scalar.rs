//! Strings of JSON and YAML as they are written in native syntax.

use std::ops::Range;

use super::Problem;
use super::native::Writer;
use super::node::Scalar;

impl Writer {
    /// A string in which `${` and `%{` begin sequences.
    pub(super) fn template(&mut self, scalar: &Scalar, place: &Range<usize>) {
        if !scalar.text.contains("${") && !scalar.text.contains("%{") {
            self.literal(scalar, place);
            return;
        }
        let Some(sequences) = zw_lang::parse::sequences(&scalar.text) else {
            let detail = "There is no closing brace for an interpolation or directive in this string. If \
                          it is meant as it is, double the sign in front of the brace: \"$${\".";
            self.problem(Problem::new("Unclosed template sequence", detail, place.clone()));
            self.token("null", place.clone());
            return;
        };
        self.quote(first_of(place));
        let mut at = 0;
        let mut strips_next = false;
        for sequence in sequences {
            let inner = sequence.start + 2..sequence.end - 1;
            let text = &scalar.text[inner.clone()];
            let (strips_before, strips_after) = (text.starts_with('~'), text.ends_with('~'));
            self.part(scalar, stripped(scalar, at..sequence.start, strips_next, strips_before));
            self.copy(scalar, sequence.start..inner.start);
            self.copy(
                scalar,
                inner.start + usize::from(strips_before)
                    ..(inner.end - usize::from(strips_after)).max(inner.start),
            );
            self.copy(scalar, inner.end..sequence.end);
            at = sequence.end;
            strips_next = strips_after;
        }
        self.part(scalar, stripped(scalar, at..scalar.text.len(), strips_next, false));
        self.quote(last_of(place));
    }

    /// A string that is what it is.
    pub(super) fn literal(&mut self, scalar: &Scalar, place: &Range<usize>) {
        self.quote(first_of(place));
        self.escaped(scalar, 0..scalar.text.len(), true);
        self.quote(last_of(place));
    }

    /// A string of what is written without quotes in native syntax. One that cannot be written so is
    /// left in quotes, for the lowering to say what is expected in its place.
    pub(super) fn name(&mut self, scalar: &Scalar, place: &Range<usize>) {
        let text = &*scalar.text;
        let whole = 0..text.len();
        let range = match zw_lang::parse::sequences(text).as_deref() {
            // Names were written as interpolations once.
            Some([sequence]) if *sequence == whole && text.starts_with('$') => 2..text.len() - 1,
            _ => whole,
        };
        let written = &text[range.clone()];
        if written.contains('\n') || hcl_edit::parser::parse_expr(written.trim()).is_err() {
            self.literal(scalar, place);
            return;
        }
        let start = range.start + (written.len() - written.trim_start().len());
        self.copy(scalar, start..start + written.trim().len());
    }

    fn quote(&mut self, place: Range<usize>) {
        self.token("\"", place);
    }

    /// Text of a template that is not in a sequence.
    fn part(&mut self, scalar: &Scalar, range: Range<usize>) {
        self.escaped(scalar, range, false);
    }

    fn escaped(&mut self, scalar: &Scalar, range: Range<usize>, is_literal: bool) {
        let text = &scalar.text[range.clone()];
        let mut copied = 0;
        for (at, char) in text.char_indices() {
            let rest = &text[at + char.len_utf8()..];
            let Some(escape) = escape(char, is_literal && rest.starts_with('{')) else { continue };
            self.copy(scalar, range.start + copied..range.start + at);
            copied = at + char.len_utf8();
            let place = scalar.places.range(range.start + at..range.start + copied);
            self.token(&escape, place);
        }
        self.copy(scalar, range.start + copied..range.end);
    }

    /// A part of a string as it is.
    fn copy(&mut self, scalar: &Scalar, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let base = self.len();
        for (at, place, is_copy) in scalar.places.pieces_of(range.clone()) {
            self.note(base + at - range.start, place, is_copy);
        }
        self.push(&scalar.text[range]);
    }
}

/// How a character is written in quotes, if not as it is.
fn escape(char: char, begins_sequence: bool) -> Option<String> {
    Some(match char {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        // Doubled it would mean something else behind another one.
        '$' | '%' if begins_sequence => format!("\\u{:04x}", u32::from(char)),
        '\0'..='\u{1f}' | '\u{7f}' => format!("\\u{:04x}", u32::from(char)),
        _ => return None,
    })
}

/// What `~` leaves of a text between sequences: the space up to the end of its first line goes, and
/// that from the beginning of its last, as in every template that is not in quotes.
fn stripped(scalar: &Scalar, range: Range<usize>, start: bool, end: bool) -> Range<usize> {
    let text = &scalar.text[range.clone()];
    let mut kept = range;
    if start {
        let first = text.split_inclusive('\n').next().unwrap_or_default();
        kept.start += first.len() - first.trim_start().len();
    }
    if end {
        let text = &scalar.text[kept.clone()];
        let last = text.split_inclusive('\n').next_back().unwrap_or_default();
        kept.end -= last.len() - last.trim_end().len();
    }
    kept
}

/// Where the opening quote is written, or would be.
pub(super) fn first_of(place: &Range<usize>) -> Range<usize> {
    place.start..(place.start + 1).min(place.end)
}

/// Where the closing quote is written, or would be.
pub(super) fn last_of(place: &Range<usize>) -> Range<usize> {
    place.end.saturating_sub(1).max(place.start)..place.end
}
