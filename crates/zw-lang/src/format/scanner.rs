//! From text to tokens, as HCL's scanner cuts it.
//!
//! Source: `hclsyntax/scan_tokens.rl` and "Lexical Elements" of the specification of HCL's native syntax.

use super::token::{Kind, Token};
use crate::parse::is_name_char;

/// What surrounds a place in a text.
enum Context<'a> {
    /// Brackets within an expression or body, that many open since it began.
    Code { braces: usize },
    /// Between quotes.
    Quoted,
    /// A heredoc that ends with this marker.
    Heredoc { marker: &'a str },
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    contexts: Vec<Context<'a>>,
    tokens: Vec<Token<'a>>,
}

/// The tokens of a text that is valid. Blanks between them are left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let contexts = vec![Context::Code { braces: 0 }];
    let mut scanner = Scanner { text, at: 0, contexts, tokens: Vec::new() };
    while scanner.at < text.len() {
        match scanner.contexts.last() {
            Some(Context::Quoted) => scanner.quoted(),
            Some(Context::Heredoc { marker }) => {
                let marker = *marker;
                scanner.heredoc(marker);
            }
            _ => scanner.code(),
        }
    }
    scanner.tokens
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token::new(kind, &self.text[self.at..self.at + length]));
        self.at += length;
    }

    fn code(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        if matches!(first, ' ' | '\t' | '\u{feff}') {
            self.at += first.len_utf8();
        } else if let Some(length) = newline(rest) {
            self.push(Kind::Newline, length);
        } else if first == '#' || rest.starts_with("//") {
            self.push(Kind::Comment, rest.find('\n').map_or(rest.len(), |end| end + 1));
        } else if rest.starts_with("/*") {
            self.push(Kind::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2));
        } else if first == '"' {
            self.push(Kind::OpenQuote, 1);
            self.contexts.push(Context::Quoted);
        } else if let Some((length, marker)) = heredoc(rest) {
            self.push(Kind::OpenHeredoc, length);
            self.contexts.push(Context::Heredoc { marker });
        } else if first.is_ascii_digit() {
            self.push(Kind::Number, number(rest));
        } else if begins_name(first) {
            let end = rest.find(|char| !is_name_char(char)).unwrap_or(rest.len());
            self.push(Kind::Ident, end);
        } else {
            self.sign(rest, first);
        }
    }

    fn sign(&mut self, rest: &str, first: char) {
        const SIGNS: [(&str, Kind); 16] = [
            ("...", Kind::Ellipsis),
            ("==", Kind::Comparison),
            ("!=", Kind::Comparison),
            ("<=", Kind::Comparison),
            (">=", Kind::Comparison),
            ("=>", Kind::Arrow),
            ("&&", Kind::Logical),
            ("||", Kind::Logical),
            ("::", Kind::DoubleColon),
            ("<", Kind::Comparison),
            (">", Kind::Comparison),
            ("=", Kind::Equal),
            ("!", Kind::Bang),
            ("?", Kind::Question),
            (":", Kind::Colon),
            ("-", Kind::Minus),
        ];
        if rest.starts_with("~}") {
            return self.close_brace("~}".len());
        }
        if let Some((sign, kind)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            return self.push(*kind, sign.len());
        }
        match first {
            '{' => {
                if let Some(Context::Code { braces }) = self.contexts.last_mut() {
                    *braces += 1;
                }
                self.push(Kind::OpenBrace, 1);
            }
            '}' => self.close_brace(1),
            '[' => self.push(Kind::OpenBracket, 1),
            ']' => self.push(Kind::CloseBracket, 1),
            '(' => self.push(Kind::OpenParen, 1),
            ')' => self.push(Kind::CloseParen, 1),
            '.' => self.push(Kind::Dot, 1),
            ',' => self.push(Kind::Comma, 1),
            '+' | '*' | '/' | '%' => self.push(Kind::Arithmetic, 1),
            other => self.push(Kind::Other, other.len_utf8()),
        }
    }

    /// A brace closes a brace of the same code, or else the sequence that the code is in.
    fn close_brace(&mut self, length: usize) {
        let is_outermost = self.contexts.len() == 1;
        match self.contexts.last_mut() {
            Some(Context::Code { braces }) if *braces > 0 => {
                *braces -= 1;
                self.push(Kind::CloseBrace, length);
            }
            _ if is_outermost => self.push(Kind::CloseBrace, length),
            _ => {
                self.contexts.pop();
                self.push(Kind::SequenceEnd, length);
            }
        }
    }

    fn open_sequence(&mut self, kind: Kind) {
        let length = if self.rest()[2..].starts_with('~') { 3 } else { 2 };
        self.push(kind, length);
        self.contexts.push(Context::Code { braces: 0 });
    }

    fn quoted(&mut self) {
        let rest = self.rest();
        let (length, next) = literal(rest, |rest| rest.starts_with('"'), true);
        if length > 0 {
            self.push(Kind::QuotedText, length);
        }
        match next {
            Next::Interpolation => self.open_sequence(Kind::Interpolation),
            Next::Directive => self.open_sequence(Kind::Directive),
            Next::End => {
                self.contexts.pop();
                if self.at < self.text.len() {
                    self.push(Kind::CloseQuote, 1);
                }
            }
        }
    }

    /// The next line of a heredoc, or the part of it before a sequence.
    fn heredoc(&mut self, marker: &str) {
        let rest = self.rest();
        let is_at_start = self.at == 0 || self.text.as_bytes()[self.at - 1] == b'\n';
        let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
        if is_at_start && line.trim() == marker {
            self.contexts.pop();
            return self.push(Kind::CloseHeredoc, line.trim_end_matches('\r').len());
        }
        let (length, next) = literal(rest, |rest| rest.starts_with('\n'), false);
        match next {
            Next::End => {
                let with_newline = (length + 1).min(rest.len());
                self.push(Kind::HeredocText, with_newline);
            }
            Next::Interpolation | Next::Directive => {
                if length > 0 {
                    self.push(Kind::HeredocText, length);
                }
                let is_directive = matches!(next, Next::Directive);
                self.open_sequence(if is_directive {
                    Kind::Directive
                } else {
                    Kind::Interpolation
                });
            }
        }
    }
}

/// What ends a piece of text in a template.
#[derive(Clone, Copy)]
enum Next {
    Interpolation,
    Directive,
    End,
}

/// How long the text before the next sequence or the end is.
fn literal(text: &str, is_end: impl Fn(&str) -> bool, has_escapes: bool) -> (usize, Next) {
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        let rest = &text[at..];
        if is_end(rest) {
            return (at, Next::End);
        }
        at += match char {
            '\\' if has_escapes => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '$' if rest.starts_with("$${") => 3,
            '%' if rest.starts_with("%%{") => 3,
            '$' if rest.starts_with("${") => return (at, Next::Interpolation),
            '%' if rest.starts_with("%{") => return (at, Next::Directive),
            other => other.len_utf8(),
        };
    }
    (at, Next::End)
}

fn begins_name(char: char) -> bool {
    is_name_char(char) && !char.is_ascii_digit() && char != '-'
}

fn newline(rest: &str) -> Option<usize> {
    ["\n", "\r\n"].into_iter().find(|newline| rest.starts_with(newline)).map(str::len)
}

/// The length of the introduction of a heredoc, with its end of line, and the marker.
fn heredoc(rest: &str) -> Option<(usize, &str)> {
    let marker = rest.strip_prefix("<<")?;
    let marker = marker.strip_prefix('-').unwrap_or(marker);
    let end = marker.find('\n')?;
    let name = marker[..end].trim_end_matches('\r');
    let is_name = name.starts_with(begins_name) && name.chars().all(is_name_char);
    is_name.then(|| (rest.len() - marker.len() + end + 1, name))
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digits(end + 1 + sign) > end + 1 + sign {
            end = digits(end + 1 + sign);
        }
    }
    end
}
