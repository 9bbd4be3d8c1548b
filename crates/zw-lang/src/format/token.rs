//! The words that a file consists of.

use std::borrow::Cow;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Newline,
    /// With its end of line, if it goes to the end of the line.
    Comment,
    Ident,
    Number,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenQuote,
    CloseQuote,
    /// Text within quotes.
    QuotedText,
    /// `<<EOT`, with its end of line.
    OpenHeredoc,
    /// The marker at the end, with the space before it.
    CloseHeredoc,
    /// Text within a heredoc, at most a line.
    HeredocText,
    /// `${` or `${~`
    Interpolation,
    /// `%{` or `%{~`
    Directive,
    /// `}` or `~}`
    SequenceEnd,
    Dot,
    Comma,
    Ellipsis,
    Equal,
    Colon,
    DoubleColon,
    Question,
    Bang,
    Minus,
    /// `+`, `*`, `/` and `%`
    Arithmetic,
    /// `==`, `!=`, `<`, `<=`, `>` and `>=`
    Comparison,
    /// `&&` and `||`
    Logical,
    /// `=>`
    Arrow,
    /// What is no token of the language.
    Other,
}

/// A token, and how many spaces come before it.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'a, str>,
    pub(super) spaces_before: usize,
}

impl<'a> Token<'a> {
    pub(super) fn new(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, text: text.into(), spaces_before: 0 }
    }

    /// How many more brackets are open after it.
    pub(super) const fn bracket_change(&self) -> isize {
        match self.kind {
            Kind::OpenBrace
            | Kind::OpenBracket
            | Kind::OpenParen
            | Kind::Interpolation
            | Kind::Directive => 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen | Kind::SequenceEnd => -1,
            _ => 0,
        }
    }

    /// Whether the line ends with it.
    pub(super) fn ends_line(&self) -> bool {
        match self.kind {
            Kind::Newline => true,
            Kind::Comment => self.text.ends_with('\n'),
            _ => false,
        }
    }
}
