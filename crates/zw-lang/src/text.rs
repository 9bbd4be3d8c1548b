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
