//! In which block of its file a place is: `resource "aws_vpc" "main"`.
//!
//! The files that are complained about are often those that do not parse, so this only counts
//! braces, and knows as much of the syntax as that takes: strings with templates in them, heredocs
//! and comments.

use std::fmt::Write as _;

use zw_lang::Source;

/// The header of the outermost block that encloses an offset, or the path to it in a JSON file.
pub(crate) fn enclosing(source: &Source, offset: u32) -> Option<String> {
    let offset = offset as usize;
    let text: &str = &source.text;
    if offset > text.len() {
        return None;
    }
    match source.path.extension().and_then(|extension| extension.to_str()) {
        Some("tf" | "zw" | "tofu" | "hcl") => Scanner::new(text).enclosing_block(offset),
        Some("json") => json_path(text, offset),
        _ => None,
    }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0 }
    }

    fn enclosing_block(mut self, offset: usize) -> Option<String> {
        while self.at < self.bytes.len() {
            self.skip_blank();
            let start = self.at;
            if start > offset {
                return None;
            }
            let header = self.header();
            let Some(header) = header else {
                // An attribute, or something that is none of the language's: not a block.
                self.skip_line();
                continue;
            };
            self.skip_braces();
            if offset < self.at || self.at == self.bytes.len() {
                return Some(header);
            }
        }
        None
    }

    /// A block's type and labels, if there is one; stands on its opening brace then.
    fn header(&mut self) -> Option<String> {
        let mut parts = Vec::new();
        loop {
            self.skip_spaces();
            let start = self.at;
            match self.bytes.get(self.at)? {
                b'{' if !parts.is_empty() => return Some(parts.join(" ")),
                b'"' if !parts.is_empty() => {
                    self.skip_string();
                    parts.push(self.text.get(start..self.at)?.to_owned());
                }
                byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | 0x80..) => {
                    while self.bytes.get(self.at).is_some_and(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | 0x80..)
                    }) {
                        self.at += 1;
                    }
                    parts.push(self.text.get(start..self.at)?.to_owned());
                }
                _ => return None,
            }
        }
    }

    /// From an opening brace past the closing one that belongs to it, or to the end.
    fn skip_braces(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        self.at += 1;
                        return;
                    }
                }
                _ if self.skip_opaque() => continue,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Skips a string, heredoc or comment, if there is one here.
    fn skip_opaque(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(b"\"") {
            self.skip_string();
        } else if rest.starts_with(b"#") || rest.starts_with(b"//") {
            self.skip_line();
        } else if rest.starts_with(b"/*") {
            let end = self.text[self.at..].find("*/");
            self.at = end.map_or(self.bytes.len(), |end| self.at + end + 2);
        } else if rest.starts_with(b"<<") {
            return self.skip_heredoc();
        } else {
            return false;
        }
        true
    }

    /// From an opening quote past the closing one, or to the end of the line if there is none.
    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\n' => return,
                b'$' | b'%' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    self.at += 1;
                    self.skip_braces();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.bytes.len();
    }

    fn skip_heredoc(&mut self) -> bool {
        let rest = &self.text[self.at + 2..];
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let name_len =
            rest.find(|char: char| !(char.is_alphanumeric() || char == '_' || char == '-'));
        let name = &rest[..name_len.unwrap_or(rest.len())];
        if name.is_empty() {
            return false;
        }
        self.skip_line();
        while self.at < self.bytes.len() {
            let start = self.at;
            self.skip_line();
            if self.text[start..self.at].trim() == name {
                // What follows the heredoc on its last line is nothing but the end of the line.
                return true;
            }
        }
        true
    }

    fn skip_spaces(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Skips what may stand between blocks.
    fn skip_blank(&mut self) {
        loop {
            self.skip_spaces();
            match self.bytes.get(self.at) {
                Some(b'\n') => self.at += 1,
                Some(b'#' | b'/') if self.skip_opaque() => {}
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        let end = self.text.get(self.at..).and_then(|rest| rest.find('\n'));
        self.at = end.map_or(self.bytes.len(), |end| self.at + end + 1);
    }
}

/// The keys and indices on the way to an offset, as `resource.aws_vpc.main`.
fn json_path(text: &str, offset: usize) -> Option<String> {
    enum Level {
        Object(Option<String>),
        Array(usize),
    }
    let bytes = text.as_bytes();
    let mut levels: Vec<Level> = Vec::new();
    let mut last_string = None;
    let mut at = 0;
    while at < offset.min(bytes.len()) {
        match bytes[at] {
            b'"' => {
                let start = at;
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                if at >= offset {
                    break;
                }
                let quoted = text.get(start..=at);
                last_string = quoted.and_then(|text| serde_json::from_str::<String>(text).ok());
            }
            b':' => {
                if let Some(Level::Object(key)) = levels.last_mut() {
                    *key = last_string.take();
                }
            }
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
            }
            b',' => match levels.last_mut() {
                Some(Level::Object(key)) => *key = None,
                Some(Level::Array(index)) => *index += 1,
                None => {}
            },
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object(Some(key)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&key);
            }
            Level::Object(None) => {}
            Level::Array(index) => {
                let _ = write!(path, "[{index}]");
            }
        }
    }
    (!path.is_empty()).then_some(path)
}
