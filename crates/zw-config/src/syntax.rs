//! What errors of the parser say to a person.

use zw_lang::Diagnostic;
use zw_lang::parse::Text;

/// An error of the parser with its place and, where the cause can be guessed, what to do.
pub(crate) fn diagnostic(error: &hcl_edit::parser::Error, text: Text<'_>) -> Diagnostic {
    let at = error.location().offset().min(text.text.len());
    if let Some(opened) = unclosed(text.text) {
        let (char, what, close) = match text.text.as_bytes().get(opened) {
            Some(b'[') => ("[", "list or index", "]"),
            Some(b'(') => ("(", "parenthesis", ")"),
            _ => ("{", "block or object", "}"),
        };
        return Diagnostic::error(
            "Unclosed configuration block",
            format!(
                "There is no closing {close:?} for the {what} that {char:?} begins here before the end of the file. Add \
                 it where the {what} ends."
            ),
        )
        .at(text.span(opened..opened + 1));
    }
    let end = text.text[at..].chars().next().map_or(at, |char| at + char.len_utf8());
    Diagnostic::error("Invalid syntax", format!("{}.", capitalized(error.message())))
        .at(text.span(at..end))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The place of the outermost bracket that is never closed, or that is closed by another kind, going by brackets outside
/// of strings and comments.
fn unclosed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at = line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let end = text[at..].find("*/")?;
                at += end + 1;
            }
            b'"' => at = string_end(bytes, at)?,
            b'<' if text[at..].starts_with("<<") => at = heredoc_end(text, at),
            byte @ (b'{' | b'[' | b'(') => open.push((at, byte)),
            byte @ (b'}' | b']' | b')') => {
                let wanted = match byte {
                    b'}' => b'{',
                    b']' => b'[',
                    _ => b'(',
                };
                match open.pop() {
                    Some((_, opened)) if opened == wanted => {}
                    // Something else is wrong, which the parser knows better.
                    _ => return None,
                }
            }
            _ => {}
        }
        at += 1;
    }
    // A block is most likely unclosed where the next one begins at the margin inside of it.
    open.last().map(|(at, _)| *at)
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |len| at + len)
}

/// The closing quote of a string; interpolations may hold strings of their own. `None` if it has none on
/// its line.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    let mut depth = 0usize;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if depth == 0 => at += 1,
            b'$' | b'%' if bytes.get(at + 1) == Some(&b'{') => {
                depth += 1;
                at += 1;
            }
            b'{' if depth > 0 => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'"' if depth == 0 => return Some(at),
            b'"' => at = string_end(bytes, at)?,
            b'\n' if depth == 0 => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The end of a heredoc that begins here, or this place if none does.
fn heredoc_end(text: &str, start: usize) -> usize {
    let rest = text[start + 2..].trim_start_matches('-');
    let word: &str = rest
        .split(|char: char| !(char.is_alphanumeric() || char == '_'))
        .next()
        .unwrap_or_default();
    if word.is_empty() {
        return start;
    }
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        at += line.len();
        if at > start + line.len() && line.trim() == word {
            return at - 1;
        }
    }
    start
}
