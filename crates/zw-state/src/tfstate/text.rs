//! JSON text, without a change in what it says.

/// Without white space between tokens.
pub(super) fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    tokens(json, |token| compact.push_str(token));
    compact
}

/// As Go's `json.Indent` writes it with two spaces.
pub(super) fn indented(json: &str) -> String {
    let mut indented = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    // Whether something was opened and nothing is in it yet.
    let mut is_fresh = false;
    tokens(json, |token| {
        let closes = matches!(token, "}" | "]");
        if closes {
            depth = depth.saturating_sub(1);
        }
        if is_fresh != closes {
            new_line(&mut indented, depth);
        }
        is_fresh = matches!(token, "{" | "[");
        indented.push_str(token);
        match token {
            "{" | "[" => depth += 1,
            ":" => indented.push(' '),
            _ => {}
        }
        if token == "," {
            new_line(&mut indented, depth);
        }
    });
    indented
}

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    for _ in 0..depth {
        text.push_str("  ");
    }
}

/// The tokens of valid JSON. Of other text, the pieces in order.
fn tokens<'t>(json: &'t str, mut token: impl FnMut(&'t str)) {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {
                at += 1;
                continue;
            }
            b'"' => string_length(&bytes[at..]),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => {
                let rest = &bytes[at..];
                let ends = |byte: &u8| {
                    byte.is_ascii_whitespace()
                        || matches!(byte, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b':')
                };
                rest.iter().position(ends).unwrap_or(rest.len())
            }
        };
        token(&json[at..at + length]);
        at += length;
    }
}

/// The length of the string that the bytes begin with, quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOSE: &str = " { \"a\" : [ 1 , -2.50 ,\ttrue, null ],\n\"b {\\\" \": { }, \"c\\\\\":[],\"ü\":{\"d\":\"e\"}} ";

    #[test]
    fn text_loses_its_white_space_only_between_tokens() {
        let text = "{\"a\":[1,-2.50,true,null],\"b {\\\" \":{},\"c\\\\\":[],\"ü\":{\"d\":\"e\"}}";
        assert_eq!(compact(LOOSE), text);
        assert_eq!(compact(&indented(LOOSE)), text);
    }

    #[test]
    fn text_is_indented_as_go_does() {
        let text = "{\n  \"a\": [\n    1,\n    -2.50,\n    true,\n    null\n  ],\n  \"b {\\\" \": {},\n  \
                    \"c\\\\\": [],\n  \"ü\": {\n    \"d\": \"e\"\n  }\n}";
        assert_eq!(indented(LOOSE), text);
    }

    #[test]
    fn what_is_not_json_is_not_lost() {
        for text in ["\"open", "\"open\\", "{{]é", ""] {
            assert_eq!(compact(text), text);
        }
    }
}
