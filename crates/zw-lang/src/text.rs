//! Text as the language keeps it.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::value::Str;

/// The text in Unicode normal form C, in which all strings of the language are kept: two strings
/// that look the same are the same. Text that comes from outside (files, decoded data, what a
/// function made) goes through here.
pub fn normalized(text: &str) -> Str {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.into()
    } else {
        text.nfc().collect()
    }
}

/// Whether Go's `unicode.IsPrint` holds: letters, marks, numbers, punctuation, symbols and the space.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // The library's table of printable characters is reached through `escape_debug` only, which
    // escapes a mark at the start of a text besides what cannot be printed: hence the letter before it.
    let mut buffer = [b'a', 0, 0, 0, 0];
    let length = c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length])
        .is_ok_and(|text| text.escape_debug().nth(1).is_some_and(|escaped| escaped != '\\'))
}
