//! Halves of characters in JSON: escapes of UTF-16 that have lost their other half.

use std::borrow::Cow;

/// The escape of the character that stands for what is none.
const REPLACEMENT: &str = "\\ufffd";

/// The text with halves of characters replaced, as Go's decoder does and `serde_json` refuses to.
pub(super) fn whole_characters(text: &str) -> Cow<'_, str> {
    let mut whole = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let start = at + found;
        at = match (escaped(text, start), escaped(text, start + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => start + 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.push_str(&text[copied..start]);
                whole.push_str(REPLACEMENT);
                copied = start + 6;
                copied
            }
            // Whatever it is, it takes one character along, which can be another backslash.
            _ => start + 1 + text[start + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    whole.push_str(&text[copied..]);
    Cow::Owned(whole)
}

/// The unit of UTF-16 whose escape begins at a place, if one does.
fn escaped(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::whole_characters;

    /// As `terraform console` 1.11.4 decodes them.
    #[test]
    fn halves_are_replaced_and_pairs_are_kept() {
        for (text, expected) in [
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00x""#, r#""\ufffd\ud83d\ude00x""#),
            (r#""\\ud83d \u00e9""#, r#""\\ud83d \u00e9""#),
            (r#""\ud8""#, r#""\ud8""#),
            ("\\", "\\"),
        ] {
            assert_eq!(whole_characters(text), expected, "{text}");
        }
    }
}
