//! What is written in another way, besides space.

use super::token::{Kind, Token};

/// Copies the tokens of a file, attributes and labels in their present form.
pub(super) fn body<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut rewriter = Rewriter { tokens, at: 0, out: Vec::with_capacity(tokens.len()) };
    rewriter.body(&[]);
    rewriter.out
}

struct Rewriter<'a, 't> {
    tokens: &'t [Token<'a>],
    at: usize,
    out: Vec<Token<'a>>,
}

impl Rewriter<'_, '_> {
    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn copy(&mut self) {
        self.out.extend(self.tokens.get(self.at).cloned());
        self.at += 1;
    }

    /// Copies up to the end of a body. `outer` names the blocks that it is in.
    fn body(&mut self, outer: &[&str]) {
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Kind::CloseBrace => return,
                Kind::Ident if self.kind(self.after_comments(self.at + 1)) == Some(Kind::Equal) => {
                    self.attribute(outer);
                }
                Kind::Ident => self.block(outer),
                _ => self.copy(),
            }
        }
    }

    /// The position of the first token from `at` on that is no comment within the line.
    fn after_comments(&self, mut at: usize) -> usize {
        while self
            .tokens
            .get(at)
            .is_some_and(|token| token.kind == Kind::Comment && !token.ends_line())
        {
            at += 1;
        }
        at
    }

    fn attribute(&mut self, outer: &[&str]) {
        let is_type = matches!(outer, ["variable"]) && self.tokens[self.at].text == "type";
        while self.kind(self.at).is_some_and(|kind| kind != Kind::Equal) {
            self.copy();
        }
        self.copy();
        while self.at < self.after_comments(self.at) {
            self.copy();
        }
        let expression = &self.tokens[self.at..self.end_of_expression()];
        self.at += expression.len();
        self.out.extend(if is_type { type_constraint(expression) } else { value(expression) });
    }

    /// Where the expression ends that begins here. A line ends it unless brackets are open.
    fn end_of_expression(&self) -> usize {
        let mut depth = 0;
        let mut end = self.at;
        while let Some(token) = self.tokens.get(end) {
            if depth == 0 && (token.ends_line() || token.kind == Kind::CloseBrace) {
                break;
            }
            depth += token.bracket_change();
            end += 1;
        }
        while end > self.at && self.tokens[end - 1].kind == Kind::Comment {
            end -= 1;
        }
        end
    }

    fn block(&mut self, outer: &[&str]) {
        let name = self.tokens[self.at].text.clone();
        self.copy();
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Kind::Ident => {
                    self.out.push(Token::new(Kind::OpenQuote, "\""));
                    let label = self.tokens[self.at].text.clone();
                    self.out.push(Token::new(Kind::QuotedText, label));
                    self.out.push(Token::new(Kind::CloseQuote, "\""));
                    self.at += 1;
                }
                Kind::OpenQuote | Kind::QuotedText | Kind::CloseQuote => self.copy(),
                // Comments between labels are not kept.
                Kind::Comment => self.at += 1,
                _ => break,
            }
        }
        if self.kind(self.at) != Some(Kind::OpenBrace) {
            return;
        }
        self.copy();
        let mut inner = outer.to_vec();
        inner.push(&name);
        self.body(&inner);
        self.copy();
    }
}

/// A value; without its quotes if there is nothing but one interpolation between them.
fn value<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let [open, interpolation, inside @ .., end, close] = tokens else { return tokens.to_vec() };
    let kinds = [open.kind, interpolation.kind, end.kind, close.kind];
    let is_template =
        kinds == [Kind::OpenQuote, Kind::Interpolation, Kind::SequenceEnd, Kind::CloseQuote];
    if !is_template || inside.is_empty() || !is_single(inside) {
        return tokens.to_vec();
    }
    let is_newline = |token: &Token<'_>| token.kind == Kind::Newline;
    let start = inside.iter().position(|token| !is_newline(token)).unwrap_or(inside.len());
    let end = inside.iter().rposition(|token| !is_newline(token)).map_or(start, |last| last + 1);
    let inside = &inside[start..end];
    let is_in_parens = inside.first().is_some_and(|token| token.kind == Kind::OpenParen)
        && inside.last().is_some_and(|token| token.kind == Kind::CloseParen);
    // What goes over several lines must be in brackets of some kind.
    if inside.iter().any(is_newline) && !is_in_parens {
        let mut wrapped = vec![Token::new(Kind::OpenParen, "(")];
        wrapped.extend(inside.iter().cloned());
        wrapped.push(Token::new(Kind::CloseParen, ")"));
        return wrapped;
    }
    inside.to_vec()
}

/// Whether what is between `"${` and `}"` is one interpolation for certain.
fn is_single(inside: &[Token<'_>]) -> bool {
    let mut quotes = 0;
    inside.iter().all(|token| {
        match token.kind {
            Kind::OpenQuote => quotes += 1,
            Kind::CloseQuote => quotes -= 1,
            Kind::Interpolation | Kind::SequenceEnd | Kind::QuotedText => return quotes > 0,
            _ => {}
        }
        true
    })
}

/// A type constraint: element types are always given, and no quotes.
fn type_constraint<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let of = |collection: &str, element: &'static str| {
        vec![
            Token::new(Kind::Ident, collection.to_owned()),
            Token::new(Kind::OpenParen, "("),
            Token::new(Kind::Ident, element),
            Token::new(Kind::CloseParen, ")"),
        ]
    };
    match tokens {
        [keyword] if keyword.kind == Kind::Ident => match &*keyword.text {
            collection @ ("list" | "map" | "set") => of(collection, "any"),
            _ => tokens.to_vec(),
        },
        [_, text, _] if text.kind == Kind::QuotedText => match &*text.text {
            "string" => vec![Token::new(Kind::Ident, "string")],
            collection @ ("list" | "map") => of(collection, "string"),
            _ => tokens.to_vec(),
        },
        _ => tokens.to_vec(),
    }
}
