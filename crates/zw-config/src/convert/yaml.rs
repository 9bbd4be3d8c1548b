//! Writing YAML: block style, quotes where they are needed.

use serde_json::Value as Json;

/// The columns that a level of nesting is indented by.
const INDENT: usize = 2;

/// A tree as a file, with an empty line between the types of blocks.
pub(super) fn written(tree: &Json) -> String {
    let mut out = String::new();
    match tree {
        Json::Object(object) => {
            for (at, (name, value)) in object.iter().enumerate() {
                if at > 0 {
                    out.push('\n');
                }
                entry(name, value, 0, &mut out);
            }
        }
        other => node(other, 0, &mut out),
    }
    out.trim_start_matches('\n').to_owned()
}

/// Writes a node behind a key or a dash, and the end of its line.
fn node(tree: &Json, level: usize, out: &mut String) {
    match tree {
        Json::Object(object) if !object.is_empty() => {
            out.push('\n');
            for (name, value) in object {
                entry(name, value, level, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                indent(level, out);
                out.push('-');
                element(item, level + 1, out);
            }
        }
        Json::String(text) if is_block(text) => block(text, level, out),
        scalar => {
            out.push(' ');
            out.push_str(&flow(scalar));
            out.push('\n');
        }
    }
}

/// Writes an element of a sequence. An object begins on the line of the dash.
fn element(item: &Json, level: usize, out: &mut String) {
    match item {
        Json::Object(object) if !object.is_empty() => {
            let start = out.len();
            for (name, value) in object {
                entry(name, value, level, out);
            }
            // The first entry takes the place of its indentation behind the dash.
            out.replace_range(start..start + level * INDENT, " ");
        }
        other => node(other, level, out),
    }
}

fn entry(name: &str, value: &Json, level: usize, out: &mut String) {
    indent(level, out);
    out.push_str(&scalar(name));
    out.push(':');
    node(value, level + 1, out);
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', level * INDENT));
}

/// A value on one line.
fn flow(value: &Json) -> String {
    match value {
        Json::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string on one line, in quotes unless it is certain to be read as a string without.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { Json::from(text).to_string() }
}

/// Words that are no strings in some version of YAML.
const WORDS: [&str; 11] =
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];

fn is_plain(text: &str) -> bool {
    let begins = |char: char| char.is_ascii_alphabetic() || matches!(char, '_' | '/' | '$' | '.');
    let goes_on =
        |char: char| !char.is_control() && !matches!(char, '\u{85}' | '\u{a0}' | '\u{feff}');
    text.starts_with(begins)
        && text.chars().all(goes_on)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['\u{2028}', '\u{2029}'])
        && !text.trim_start_matches('.').starts_with(|char: char| char.is_ascii_digit())
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a text can be, and is best, written line by line.
fn is_block(text: &str) -> bool {
    let is_printable = |char: char| char == '\n' || (!char.is_control() && char != '\u{feff}');
    let lines = text.strip_suffix('\n').unwrap_or(text);
    lines.contains('\n')
        && text.chars().all(is_printable)
        && !text.contains(['\u{2028}', '\u{2029}'])
        && !text.starts_with([' ', '\n'])
        && lines.split('\n').all(|line| !line.ends_with(' '))
        && !lines.ends_with('\n')
}

fn block(text: &str, level: usize, out: &mut String) {
    out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(level.max(1), out);
            out.push_str(line);
        }
        out.push('\n');
    }
}
