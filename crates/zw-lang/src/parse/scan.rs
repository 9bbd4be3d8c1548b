//! A look at the brackets, quotes and heredocs of a text, without its grammar.
//!
//! It serves three purposes. Files are cut into their blocks by it, so that syntax trees of large
//! files need not exist as a whole and an error in one block leaves the others alone. It says
//! which bracket or quote is not closed, which the parser cannot. And it rewrites, byte for byte,
//! what HCL allows and `hcl-edit` does not understand; the lowering reads names, numbers and texts
//! from the original.

mod sequences;
mod unfinished;

use std::ops::Range;

use hcl_edit::Ident;
pub(super) use sequences::problems as template_problems;
pub use sequences::sequences;
pub use unfinished::is_unfinished;
pub(super) use unfinished::without_margins;

/// What is wrong with the structure of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A bracket has no counterpart before the end; where it is.
    Unclosed(u8, usize),
    /// A closing bracket, where it is, and the opening one that it does not fit.
    Mismatched(u8, usize, usize),
    /// A closing bracket that closes nothing.
    Stray(u8, usize),
    /// A quoted text does not end on its line; where it begins, and where the line ends.
    UnterminatedQuote(usize, usize),
    /// A heredoc has no end; where it begins, and its marker.
    UnterminatedHeredoc(usize, String),
    /// `${` or `%{` without an end.
    UnterminatedSequence(usize),
    /// `/*` without `*/`.
    UnterminatedComment(usize),
}

/// What a look at a text finds.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    /// The blocks and attributes at the top, each with the end of its line.
    pub(super) items: Vec<Range<usize>>,
    /// What is wrong, in the order of the text.
    pub(super) problems: Vec<Problem>,
}

/// Looks at a whole file.
pub(super) fn outline(text: &str) -> Outline {
    let mut scanner = Scanner::new(text);
    scanner.run();
    if !scanner.problems.iter().any(|problem| matches!(problem, Problem::Unclosed(b'{', _))) {
        return scanner.finish();
    }
    // One forgotten brace swallows the rest of a file. Blocks begin at the beginning of a line
    // and with few words, so that the next one tells where the brace should have been.
    let mut scanner = Scanner::new(text);
    scanner.is_resynchronising = true;
    scanner.run();
    scanner.finish()
}

/// The text with everything that only HCL understands put in other words of the same length, if
/// there is any of it.
pub(super) fn mended(text: &str) -> Option<String> {
    let mut scanner = Scanner::new(text);
    scanner.rewritten = Some(text.as_bytes().to_vec());
    scanner.run();
    let rewritten = scanner.rewritten.filter(|bytes| bytes != text.as_bytes())?;
    String::from_utf8(rewritten).ok()
}

/// The names of blocks that are written at the top.
const TOP_LEVEL: [&str; 14] = [
    "check",
    "data",
    "ephemeral",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
    "zw",
];

/// Digits past which a 64-bit float may be infinite.
const DIGITS_MAX: usize = 300;

#[derive(Clone, Debug)]
enum Kind {
    /// `{`, `[` or `(`; whether it is that of a `for` expression.
    Bracket(u8, bool),
    Quote,
    /// The range of the marker in the text, and whether the next byte begins a line.
    Heredoc(Range<usize>, bool),
    /// `${`, or `%{` if the flag is set.
    Sequence(bool),
    /// A template without quotes, to the end.
    Text,
}

#[derive(Clone, Debug)]
struct Open {
    kind: Kind,
    at: usize,
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    stack: Vec<Open>,
    items: Vec<Range<usize>>,
    item_start: Option<usize>,
    problems: Vec<Problem>,
    is_resynchronising: bool,
    rewritten: Option<Vec<u8>>,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            stack: Vec::new(),
            items: Vec::new(),
            item_start: None,
            problems: Vec::new(),
            is_resynchronising: false,
            rewritten: None,
        }
    }

    fn finish(mut self) -> Outline {
        self.problems.sort_by_key(Problem::at);
        Outline { items: self.items, problems: self.problems }
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            self.step();
        }
        self.close_all();
        if let Some(start) = self.item_start.take() {
            self.items.push(start..self.bytes.len());
        }
    }

    fn step(&mut self) {
        match self.stack.last().map(|open| &open.kind) {
            Some(Kind::Quote) => self.quoted(),
            Some(Kind::Heredoc(..)) => self.heredoc(),
            Some(Kind::Text) => self.bare(),
            _ => self.code(),
        }
    }

    /// Reports what is still open. Text that does not end swallows the ends of all that is around it,
    /// which is then not worth a word.
    fn close_all(&mut self) {
        let is_text = |open: &Open| !matches!(open.kind, Kind::Bracket(..));
        let swallowed = matches!(self.problems.last(), Some(Problem::UnterminatedComment(_)));
        let text = self.stack.iter().position(is_text);
        let open = std::mem::take(&mut self.stack);
        for (at, open) in open.iter().enumerate() {
            if !swallowed && text.is_none_or(|text| at == text) {
                self.unclosed(open);
            }
        }
    }

    fn unclosed(&mut self, open: &Open) {
        self.problems.push(match &open.kind {
            Kind::Bracket(bracket, _) => Problem::Unclosed(*bracket, open.at),
            Kind::Quote => Problem::UnterminatedQuote(open.at, self.bytes.len()),
            Kind::Heredoc(marker, _) => {
                let marker = self.text.get(marker.clone()).unwrap_or_default();
                Problem::UnterminatedHeredoc(open.at, marker.to_owned())
            }
            Kind::Sequence(_) | Kind::Text => Problem::UnterminatedSequence(open.at),
        });
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn push(&mut self, kind: Kind, len: usize) {
        self.stack.push(Open { kind, at: self.at });
        self.at += len;
    }

    fn rewrite(&mut self, range: Range<usize>, byte: u8) {
        if let Some(rewritten) = &mut self.rewritten {
            rewritten[range].fill(byte);
        }
    }

    /// Whether newlines mean nothing here to HCL, but something to the parser.
    fn ignores_newlines(&self) -> bool {
        matches!(
            self.stack.last().map(|open| &open.kind),
            Some(Kind::Bracket(_, true) | Kind::Sequence(true))
        )
    }

    fn code(&mut self) {
        let byte = self.bytes[self.at];
        if byte == b'\n' {
            self.newline();
            return;
        }
        if self.stack.is_empty() && self.item_start.is_none() && !byte.is_ascii_whitespace() {
            let is_comment = byte == b'#' || (byte == b'/' && self.byte(self.at + 1) == Some(b'/'));
            if !is_comment {
                self.item_start = Some(self.at);
            }
        }
        match byte {
            b'\r' if self.ignores_newlines() => {
                self.rewrite(self.at..self.at + 1, b' ');
                self.at += 1;
            }
            b'#' => self.line_comment(),
            b'/' if self.byte(self.at + 1) == Some(b'/') => self.line_comment(),
            b'/' if self.byte(self.at + 1) == Some(b'*') => self.inline_comment(),
            b'"' => self.push(Kind::Quote, 1),
            b'<' if self.byte(self.at + 1) == Some(b'<') => self.heredoc_opening(),
            b'{' | b'[' => {
                let is_for = is_for(self.text, self.at + 1);
                self.push(Kind::Bracket(byte, is_for), 1);
            }
            b'(' => self.push(Kind::Bracket(byte, false), 1),
            b'}' | b']' | b')' => self.close(byte),
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let rest = &self.bytes[self.at..];
                let is_word =
                    |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-';
                self.at += rest.iter().take_while(|byte| is_word(byte)).count();
            }
            _ => self.at += 1,
        }
    }

    fn newline(&mut self) {
        if self.ignores_newlines() {
            self.rewrite(self.at..self.at + 1, b' ');
        }
        self.at += 1;
        if self.stack.is_empty() {
            if let Some(start) = self.item_start.take() {
                self.items.push(start..self.at);
            }
        } else if self.is_resynchronising && self.begins_top_level_block() {
            let inside_text = self.stack.iter().any(|open| {
                matches!(open.kind, Kind::Quote | Kind::Heredoc(..) | Kind::Sequence(_))
            });
            if !inside_text {
                self.close_all();
                if let Some(start) = self.item_start.take() {
                    self.items.push(start..self.at);
                }
            }
        }
    }

    /// Whether the line that begins here is the header of a block such as are written at the top.
    fn begins_top_level_block(&self) -> bool {
        let rest = &self.text[self.at..];
        let line = rest.lines().next().unwrap_or_default();
        let word = line.split(|char: char| !char.is_ascii_alphabetic()).next().unwrap_or_default();
        TOP_LEVEL.contains(&word)
            && line[word.len()..].trim_start().starts_with(['"', '{'])
            && line.trim_end().ends_with('{')
    }

    fn line_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        if self.ignores_newlines() {
            self.rewrite(self.at..self.at + len, b' ');
        }
        self.at += len;
    }

    fn inline_comment(&mut self) {
        if let Some(len) = self.text[self.at + 2..].find("*/") {
            self.at += len + 4;
        } else {
            self.problems.push(Problem::UnterminatedComment(self.at));
            self.at = self.bytes.len();
        }
    }

    fn heredoc_opening(&mut self) {
        let mut start = self.at + 2;
        if self.byte(start) == Some(b'-') {
            start += 1;
        }
        let rest = &self.text[start..];
        let len: usize =
            rest.chars().take_while(|char| is_name_char(*char)).map(char::len_utf8).sum();
        let marker = start..start + len;
        let mut end = marker.end;
        if self.byte(end) == Some(b'\r') {
            end += 1;
        }
        if len == 0 || self.byte(end) != Some(b'\n') {
            self.at += 2;
            return;
        }
        let opening = end + 1 - self.at;
        self.push(Kind::Heredoc(marker, true), opening);
    }

    fn close(&mut self, byte: u8) {
        let expected = match self.stack.last().map(|open| &open.kind) {
            Some(Kind::Bracket(b'{', _) | Kind::Sequence(_)) => b'}',
            Some(Kind::Bracket(b'[', _)) => b']',
            Some(Kind::Bracket(..)) => b')',
            _ => {
                self.problems.push(Problem::Stray(byte, self.at));
                self.at += 1;
                return;
            }
        };
        if expected == byte {
            self.stack.pop();
        } else {
            let opener = self.stack.last().map_or(0, |open| open.at);
            self.problems.push(Problem::Mismatched(byte, self.at, opener));
            // If an outer bracket fits, the inner ones were forgotten.
            let fits = |open: &Open| match open.kind {
                Kind::Bracket(b'{', _) | Kind::Sequence(_) => byte == b'}',
                Kind::Bracket(b'[', _) => byte == b']',
                Kind::Bracket(..) => byte == b')',
                Kind::Quote | Kind::Heredoc(..) | Kind::Text => false,
            };
            if let Some(outer) = self.stack.iter().rposition(fits) {
                self.stack.truncate(outer);
            }
        }
        self.at += 1;
    }

    /// A number. One too large for a 64-bit float is replaced by one that is not.
    fn number(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        let digits = |at: usize| rest[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut len = digits(0);
        let whole = len;
        if rest.get(len) == Some(&b'.') && digits(len + 1) > 0 {
            len += 1 + digits(len + 1);
        }
        let mut exponent = 0..0;
        if let Some(b'e' | b'E') = rest.get(len) {
            let sign = usize::from(matches!(rest.get(len + 1), Some(b'+' | b'-')));
            let count = digits(len + 1 + sign);
            if count > 0 {
                exponent = len + 1 + sign..len + 1 + sign + count;
                len = exponent.end;
            }
        }
        self.at += len;
        if whole > DIGITS_MAX {
            self.rewrite(start..start + whole, b'0');
        }
        if exponent.len() > 2 {
            self.rewrite(start + exponent.start..start + exponent.end, b'0');
        }
    }

    fn quoted(&mut self) {
        let rest = &self.bytes[self.at..];
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n');
        let Some(len) = rest.iter().position(special) else {
            self.at = self.bytes.len();
            return;
        };
        self.at += len;
        match self.bytes[self.at] {
            b'"' => {
                self.stack.pop();
                self.at += 1;
            }
            b'\\' => self.at += 2,
            b'\n' => {
                let opener = self.stack.pop().map_or(self.at, |open| open.at);
                self.problems.push(Problem::UnterminatedQuote(opener, self.at));
            }
            _ => self.sequence_or_literal(),
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// At `$` or `%` in a template.
    fn sequence_or_literal(&mut self) {
        let sign = self.bytes[self.at];
        match (self.byte(self.at + 1), self.byte(self.at + 2)) {
            (Some(b'{'), _) => self.push(Kind::Sequence(sign == b'%'), 2),
            (Some(second), Some(b'{')) if second == sign => self.at += 3,
            _ => self.at += 1,
        }
    }

    fn heredoc(&mut self) {
        let Some(Open { kind: Kind::Heredoc(marker, is_line_start), .. }) = self.stack.last_mut()
        else {
            return;
        };
        let marker = marker.clone();
        if std::mem::take(is_line_start) {
            let rest = &self.text[self.at..];
            let line = rest.split('\n').next().unwrap_or_default();
            let trimmed = line.trim();
            let name = &self.text[marker.clone()];
            if trimmed == name {
                self.stack.pop();
                self.at += line.trim_end().len();
                return;
            }
            // The parser takes a line that begins with the marker for the end.
            if let Some(after) = trimmed.strip_prefix(name)
                && !after.starts_with(is_name_char)
            {
                let start = self.at + (line.len() - line.trim_start().len());
                let other = if self.bytes[start] == b'x' { b'y' } else { b'x' };
                if self.bytes[start].is_ascii() {
                    self.rewrite(start..start + 1, other);
                }
            }
        }
        let rest = &self.bytes[self.at..];
        let special = |byte: &u8| matches!(byte, b'$' | b'%' | b'\n');
        let Some(len) = rest.iter().position(special) else {
            self.at = self.bytes.len();
            return;
        };
        self.at += len;
        if self.bytes[self.at] == b'\n' {
            self.at += 1;
            if let Some(Open { kind: Kind::Heredoc(_, is_line_start), .. }) = self.stack.last_mut()
            {
                *is_line_start = true;
            }
        } else {
            self.sequence_or_literal();
        }
    }
}

impl Problem {
    /// Where it is.
    pub(super) fn at(&self) -> usize {
        match self {
            Self::Unclosed(_, at)
            | Self::Mismatched(_, at, _)
            | Self::Stray(_, at)
            | Self::UnterminatedQuote(at, _)
            | Self::UnterminatedHeredoc(at, _)
            | Self::UnterminatedSequence(at)
            | Self::UnterminatedComment(at) => *at,
        }
    }
}

/// Whether a character can be in a name.
pub(crate) fn is_name_char(char: char) -> bool {
    if char.is_ascii() {
        char.is_ascii_alphanumeric() || char == '_' || char == '-'
    } else {
        Ident::try_new(format!("a{char}")).is_ok()
    }
}

/// Whether what follows an opening bracket is the word `for`.
pub(super) fn is_for(text: &str, mut at: usize) -> bool {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with('#') || trimmed.starts_with("//") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if trimmed.starts_with("/*") {
            match trimmed.find("*/") {
                Some(len) => at += len + 2,
                None => return false,
            }
        } else {
            return trimmed
                .strip_prefix("for")
                .is_some_and(|after| !after.starts_with(is_name_char));
        }
    }
}

/// Names made of as many bytes as there are to fill, one for each number.
pub(super) fn filler(len: usize, mut number: usize) -> Option<String> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    let mut bytes = vec![b'_'; len];
    for byte in &mut bytes {
        *byte = LETTERS[number % LETTERS.len()];
        number /= LETTERS.len();
    }
    let name = String::from_utf8(bytes).ok()?;
    (number == 0 && Ident::try_new(name.as_str()).is_ok()).then_some(name)
}
