//! Text as people see it: grapheme clusters, and letter case.

use unicode_segmentation::UnicodeSegmentation;

/// The grapheme clusters of a text, as Unicode 15.0 has them: a virama does not tie the consonants on
/// its two sides together, which it does since 15.1.
pub(super) fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let (whole, parted) =
        if text.contains(is_virama) { ("", parted(text)) } else { (text, Vec::new()) };
    whole.graphemes(true).chain(parted)
}

/// The clusters of a text, those of several consonants taken apart.
fn parted(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for cluster in text.graphemes(true) {
        let mut start = 0;
        let mut previous = None;
        for (at, c) in cluster.char_indices() {
            // All other rules for letters look at the two characters beside each other only.
            let is_tied = previous.is_none_or(|before: usize| {
                !c.is_alphabetic()
                    || cluster[before..at + c.len_utf8()].graphemes(true).count() == 1
            });
            if !is_tied {
                parts.push(&cluster[start..at]);
                start = at;
            }
            previous = Some(at);
        }
        parts.push(&cluster[start..]);
    }
    parts
}

/// Whether a character ties consonants together.
const fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{94d}'
            | '\u{9cd}'
            | '\u{acd}'
            | '\u{b4d}'
            | '\u{c4d}'
            | '\u{d4d}'
            | '\u{1039}'
            | '\u{17d2}'
            | '\u{1a60}'
            | '\u{1b44}'
            | '\u{1bab}'
            | '\u{a9c0}'
            | '\u{aaf6}'
            | '\u{10a3f}'
            | '\u{11133}'
            | '\u{113d0}'
            | '\u{1193e}'
            | '\u{11a47}'
            | '\u{11a99}'
            | '\u{11f42}'
    )
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
