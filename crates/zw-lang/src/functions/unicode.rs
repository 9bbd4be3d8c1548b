//! Text as people see it: grapheme clusters, and letter case.

use unicode_segmentation::UnicodeSegmentation;

/// The grapheme clusters of a text.
pub(super) fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.graphemes(true)
}

/// How many grapheme clusters a text has.
pub(super) fn grapheme_count(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\r') {
        return text.len();
    }
    graphemes(text).count()
}

/// Maps each character to lower case by itself, one to one: no final sigma, no dot kept above.
///
/// Source: Go's `unicode.ToLower`, as Terraform applies it.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

/// Maps each character to upper case by itself, one to one: ß stays.
pub(super) fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

/// Maps the first letter of every word to title case.
///
/// Source: Go's `strings.Title`, whose idea of words is simple and known.
pub(super) fn title(text: &str) -> String {
    let mut previous = ' ';
    text.chars()
        .map(|c| {
            let starts_word = is_separator(previous);
            previous = c;
            if starts_word { title_char(c) } else { c }
        })
        .collect()
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    !c.is_alphanumeric() && c.is_whitespace()
}

fn lower_char(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        // The only character that becomes two.
        _ if c == 'İ' => 'i',
        _ => c,
    }
}

fn upper_char(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ => greek_title(c).unwrap_or(c),
    }
}

fn title_char(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        // Georgian has capitals for whole words only.
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        _ => upper_char(c),
    }
}

/// Greek letters with iota below, which have a single upper case letter besides the usual two.
fn greek_title(c: char) -> Option<char> {
    let offset = match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => 8,
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => 9,
        _ => return None,
    };
    char::from_u32(u32::from(c) + offset)
}
