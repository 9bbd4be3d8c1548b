//! Strings of JSON and YAML as they are written in native syntax.

use std::ops::Range;

use super::Problem;
use super::native::Writer;
use super::node::Scalar;

impl Writer<'_> {
    /// A string in which `${` and `%{` begin sequences. One that is a single interpolation is the expression in
    /// it.
    pub(super) fn expression(&mut self, scalar: &Scalar, place: &Range<usize>) {
        let Some(inner) = single_interpolation(&scalar.text) else {
            self.template(scalar, place);
            return;
        };
        let text = &scalar.text[inner.clone()];
        let text = text.strip_prefix('~').unwrap_or(text);
        let start = inner.end - text.trim_start().len();
        let text = text.strip_suffix('~').unwrap_or(text).trim();
        if is_value(text) {
            self.copy(scalar, start..start + text.len());
        } else {
            self.template(scalar, place);
        }
    }

    /// The same in quotes.
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
        let strips = |sequence: &Range<usize>| {
            let inner = &scalar.text[sequence.start + 2..sequence.end - 1];
            (inner.starts_with('~'), inner.ends_with('~') && inner.len() > 1)
        };
        // The texts before the sequences, and behind the last one.
        let mut texts = Vec::with_capacity(sequences.len() + 1);
        let (mut at, mut is_stripped) = (0, false);
        for sequence in &sequences {
            let (before, after) = strips(sequence);
            texts.push(Between::of(scalar, at..sequence.start, is_stripped, before));
            (at, is_stripped) = (sequence.end, after);
        }
        texts.push(Between::of(scalar, at..scalar.text.len(), is_stripped, false));
        self.quote(first_of(place));
        for (pair, sequence) in texts.windows(2).zip(&sequences) {
            let (before, after) = strips(sequence);
            self.between(scalar, &pair[0]);
            // Markers have done their work, but where an empty text must be left.
            let start = sequence.start + 2 + usize::from(before && !pair[0].is_emptied);
            let end = sequence.end - 1 - usize::from(after && !pair[1].is_emptied);
            self.copy(scalar, sequence.start..sequence.start + 2);
            self.copy(scalar, start..end);
            self.copy(scalar, sequence.end - 1..sequence.end);
        }
        if let Some(last) = texts.last() {
            self.between(scalar, last);
        }
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
        // Names were written as interpolations once.
        let range = single_interpolation(text).unwrap_or(0..text.len());
        let written = &text[range.clone()];
        if !is_value(written.trim()) {
            self.literal(scalar, place);
            return;
        }
        let start = range.start + (written.len() - written.trim_start().len());
        self.copy(scalar, start..start + written.trim().len());
    }

    fn quote(&mut self, place: Range<usize>) {
        self.token("\"", place);
    }

    fn between(&mut self, scalar: &Scalar, text: &Between) {
        if text.is_emptied {
            self.token(" ", scalar.places.range(text.kept.clone()));
        } else {
            self.escaped(scalar, text.kept.clone(), false);
        }
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

/// The inside of a template that is one interpolation and nothing else.
fn single_interpolation(text: &str) -> Option<Range<usize>> {
    if !text.starts_with("${") || !text.ends_with('}') {
        return None;
    }
    let sequences = zw_lang::parse::sequences(text)?;
    matches!(sequences.as_slice(), [one] if *one == (0..text.len())).then(|| 2..text.len() - 1)
}

/// Whether a text can be written behind an equals sign, and is all of the value then.
fn is_value(text: &str) -> bool {
    if !text.contains('\n') {
        return hcl_edit::parser::parse_expr(text).is_ok();
    }
    // Lines can be broken within brackets.
    let attribute = format!("x = {text}\n");
    hcl_edit::parser::parse_body(&attribute).is_ok_and(|body| body.len() == 1)
}

/// A text in native syntax.
pub(crate) fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (at, char) in text.char_indices() {
        let begins_sequence = text[at + char.len_utf8()..].starts_with('{');
        match escape(char, begins_sequence) {
            Some(escape) => quoted.push_str(&escape),
            None => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
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

/// A text between sequences.
struct Between {
    /// What `~` leaves of it: the space up to the end of its first line goes, and that from the beginning of
    /// its last, as in every template that is not in quotes.
    kept: Range<usize>,
    /// Whether it is left empty. It is still there then: with it a template is a string.
    is_emptied: bool,
}

impl Between {
    fn of(scalar: &Scalar, range: Range<usize>, start: bool, end: bool) -> Self {
        let text = &scalar.text[range.clone()];
        let mut kept = range.clone();
        if start {
            let first = text.split_inclusive('\n').next().unwrap_or_default();
            kept.start += first.len() - first.trim_start().len();
        }
        if end {
            let text = &scalar.text[kept.clone()];
            let last = text.split_inclusive('\n').next_back().unwrap_or_default();
            kept.end -= last.len() - last.trim_end().len();
        }
        Self { is_emptied: kept.is_empty() && !range.is_empty(), kept }
    }
}

/// Where the opening quote is written, or would be.
pub(super) fn first_of(place: &Range<usize>) -> Range<usize> {
    place.start..(place.start + 1).min(place.end)
}

/// Where the closing quote is written, or would be.
pub(super) fn last_of(place: &Range<usize>) -> Range<usize> {
    place.end.saturating_sub(1).max(place.start)..place.end
}
