//! Tokens of native syntax. Nothing is an error: what is unfinished ends with the text.

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
    /// First byte, and the byte past the last.
    pub(crate) range: (usize, usize),
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    Dot,
    Equals,
    Comma,
    NewLine,
    OpenBrace,
    /// `(` or `[`
    OpenGroup,
    /// What closes a brace, a group or a template.
    Close,
    /// The quote, or the line, that a text begins with.
    OpenText,
    /// A piece of a text that means itself.
    Text,
    CloseText,
    /// `${` or `%{`
    OpenTemplate,
    Other,
}

/// What the reader is in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mode {
    /// An expression or a body: how many braces are open in it.
    Code(usize),
    Quoted,
    Heredoc(String),
}

/// All tokens of a text, comments and blanks left out.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut reader = Reader { text, at: 0, modes: vec![Mode::Code(0)], tokens: Vec::new() };
    while reader.at < text.len() {
        match reader.modes.last().cloned() {
            Some(Mode::Quoted) => reader.quoted(),
            Some(Mode::Heredoc(end)) => reader.heredoc(&end),
            _ => reader.code(),
        }
    }
    reader.tokens
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    modes: Vec<Mode>,
    tokens: Vec<Token<'t>>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Takes as many bytes as a token.
    fn take(&mut self, kind: Kind, len: usize) {
        let range = (self.at, self.at + len);
        self.tokens.push(Token { kind, text: &self.text[range.0..range.1], range });
        self.at += len;
    }

    fn code(&mut self) {
        let rest = self.rest();
        let Some(char) = rest.chars().next() else { return };
        if rest.starts_with('#') || rest.starts_with("//") {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            self.at += rest.find("*/").map_or(rest.len(), |at| at + 2);
        } else if char == '\n' {
            self.take(Kind::NewLine, 1);
        } else if char.is_whitespace() {
            self.at += char.len_utf8();
        } else if char.is_alphabetic() || char == '_' {
            let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
            let len = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            self.take(Kind::Name, len);
        } else if char.is_ascii_digit() {
            let is_part = |char: char| char.is_ascii_alphanumeric();
            let len = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            self.take(Kind::Other, len);
        } else if let Some(end) = heredoc_end(rest) {
            let len = rest.find('\n').map_or(rest.len(), |at| at + 1);
            self.take(Kind::OpenText, len);
            self.modes.push(Mode::Heredoc(end));
        } else {
            self.sign(char);
        }
    }

    fn sign(&mut self, char: char) {
        let is_comparison =
            ["==", "=>", "!=", "<=", ">="].iter().any(|sign| self.rest().starts_with(sign));
        if is_comparison {
            return self.take(Kind::Other, 2);
        }
        let kind = match char {
            '{' => Kind::OpenBrace,
            '(' | '[' => Kind::OpenGroup,
            '}' | ')' | ']' => Kind::Close,
            '"' => Kind::OpenText,
            '.' => Kind::Dot,
            '=' => Kind::Equals,
            ',' => Kind::Comma,
            _ => Kind::Other,
        };
        self.take(kind, char.len_utf8());
        let is_nested = self.modes.len() > 1;
        let Some(Mode::Code(braces)) = self.modes.last_mut() else { return };
        match char {
            '{' => *braces += 1,
            '"' => self.modes.push(Mode::Quoted),
            // The end of an expression in a text.
            '}' if *braces == 0 && is_nested => {
                self.modes.pop();
            }
            '}' => *braces = braces.saturating_sub(1),
            _ => {}
        }
    }

    fn quoted(&mut self) {
        let mut chars = self.rest().char_indices().peekable();
        let mut len = self.rest().len();
        while let Some((at, char)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            match (char, next) {
                ('\\', Some(_)) => {
                    chars.next();
                }
                ('$' | '%', Some(next)) if next == char => {
                    chars.next();
                }
                ('"' | '\n', _) | ('$' | '%', Some('{')) => {
                    len = at;
                    break;
                }
                _ => {}
            }
        }
        if len > 0 {
            self.take(Kind::Text, len);
        }
        match self.rest().chars().next() {
            Some('"') => {
                self.take(Kind::CloseText, 1);
                self.modes.pop();
            }
            // A quote that nobody closed ends with its line, so that the rest is read as it is meant.
            Some('\n') => {
                self.take(Kind::CloseText, 0);
                self.modes.pop();
            }
            Some(_) => {
                self.take(Kind::OpenTemplate, 2);
                self.modes.push(Mode::Code(0));
            }
            None => {}
        }
    }

    fn heredoc(&mut self, end: &str) {
        let is_line_start = self.at == 0 || self.text.as_bytes()[self.at - 1] == b'\n';
        let line_len = self.rest().find('\n').map_or(self.rest().len(), |at| at + 1);
        let line = &self.rest()[..line_len];
        if is_line_start && line.trim() == end {
            self.take(Kind::CloseText, line.trim_end().len());
            self.modes.pop();
            return;
        }
        match line.find("${").into_iter().chain(line.find("%{")).min() {
            Some(0) => {
                self.take(Kind::OpenTemplate, 2);
                self.modes.push(Mode::Code(0));
            }
            Some(at) => self.take(Kind::Text, at),
            None => self.take(Kind::Text, line_len),
        }
    }
}

/// The word that ends the text that begins with `<<WORD` or `<<-WORD`.
fn heredoc_end(rest: &str) -> Option<String> {
    let word = rest.strip_prefix("<<")?;
    let word = word.strip_prefix('-').unwrap_or(word);
    let line = word.split('\n').next()?.trim_end();
    let is_word = !line.is_empty()
        && line.chars().all(|char| char.is_alphanumeric() || char == '_' || char == '-');
    is_word.then(|| line.to_owned())
}
