//! Reading tokens of native syntax, however unfinished the text is.

mod token;

use std::ops::Range;

pub(crate) use token::{Kind, Token, tokens};

/// Something that is open at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A block: its type and labels.
    Block(Vec<String>),
    /// An object, or a block's like: the name that it is the value of, if it has one.
    Object(Option<String>),
    /// Brackets or parentheses.
    Group,
    /// A quoted text.
    Text,
    /// A part of a text that is an expression.
    Template,
}

/// What surrounds a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// What is open, from the outside.
    pub(crate) frames: Vec<Frame>,
    /// The words of the statement before the place, as far as they are names and labels.
    pub(crate) words: Vec<String>,
    /// Whether the statement has its `=` already.
    pub(crate) is_value: bool,
    /// The name that the value is of.
    pub(crate) name: Option<String>,
    /// What of a chain of names is before the place: `aws_vpc.main.ci`, without what is in brackets.
    pub(crate) prefix: String,
}

impl Context {
    /// The type and labels of each block that is open, from the outside.
    pub(crate) fn blocks(&self) -> Vec<Vec<String>> {
        let blocks = self.frames.iter().filter_map(|frame| match frame {
            Frame::Block(words) => Some(words.clone()),
            _ => None,
        });
        blocks.collect()
    }
}

/// A block at the outermost level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its type and labels, with where they are written, without quotes.
    pub(crate) words: Vec<(String, Range<usize>)>,
    /// Names of attributes directly in it, with where they are written and where the value begins.
    pub(crate) attributes: Vec<(String, Range<usize>, usize)>,
    /// Where it ends.
    pub(crate) end: usize,
}

/// Names that follow each other: `aws_vpc.main[0].id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain(pub(crate) Vec<(String, Range<usize>)>);

/// What is noted of a frame while reading.
struct Open<'t> {
    frame: Option<Frame>,
    /// The tokens of the statement so far.
    statement: Vec<Token<'t>>,
}

impl Open<'_> {
    fn of(frame: Option<Frame>) -> Self {
        Self { frame, statement: Vec::new() }
    }

    fn has_value(&self) -> bool {
        self.statement.iter().any(|token| token.kind == Kind::Equals)
    }

    fn words(&self) -> Vec<String> {
        let is_word = |token: &&Token<'_>| matches!(token.kind, Kind::Name | Kind::Text);
        self.statement.iter().filter(is_word).map(|token| token.text.to_owned()).collect()
    }
}

/// What surrounds a place in a text.
pub(crate) fn context(text: &str, offset: usize) -> Context {
    let all = tokens(&text[..offset.min(text.len())]);
    let mut open = vec![Open::of(None)];
    for token in &all {
        let Some(top) = open.last_mut() else { break };
        match token.kind {
            Kind::OpenBrace => {
                let is_block_place = matches!(top.frame, None | Some(Frame::Block(_)));
                let words = top.words();
                let frame = if is_block_place && !top.has_value() && !words.is_empty() {
                    Frame::Block(words)
                } else {
                    Frame::Object(words.into_iter().next())
                };
                open.push(Open::of(Some(frame)));
            }
            Kind::OpenGroup => open.push(Open::of(Some(Frame::Group))),
            Kind::OpenText => open.push(Open::of(Some(Frame::Text))),
            Kind::OpenTemplate => open.push(Open::of(Some(Frame::Template))),
            Kind::Close => {
                if open.len() > 1 {
                    open.pop();
                }
                // What was in it is a part of the statement around it, which goes on.
                if let Some(top) = open.last_mut() {
                    top.statement.push(Token { kind: Kind::Other, ..*token });
                }
            }
            Kind::CloseText => {
                let inner = open.pop().map(|open| open.statement).unwrap_or_default();
                if let Some(top) = open.last_mut() {
                    top.statement
                        .extend(inner.into_iter().filter(|token| token.kind == Kind::Text));
                }
            }
            Kind::NewLine if !matches!(top.frame, Some(Frame::Group | Frame::Template)) => {
                top.statement.clear();
            }
            Kind::Comma if matches!(top.frame, Some(Frame::Object(_))) => top.statement.clear(),
            Kind::NewLine => {}
            _ => top.statement.push(*token),
        }
    }
    let prefix = prefix(&text[..offset.min(text.len())], &all);
    let frames = open.iter().filter_map(|open| open.frame.clone()).collect();
    let innermost = open.last();
    // A group or a text belongs to the statement in which it was opened.
    let statement = open
        .iter()
        .rev()
        .find(|open| !matches!(open.frame, Some(Frame::Group | Frame::Text | Frame::Template)));
    let has_value = statement.is_some_and(Open::has_value)
        || matches!(innermost.and_then(|open| open.frame.as_ref()), Some(Frame::Template));
    let words = statement.map(Open::words).unwrap_or_default();
    let name = words.first().filter(|_| has_value).cloned();
    Context { frames, words, is_value: has_value, name, prefix }
}

/// The names before a place that belong together.
fn prefix(text: &str, all: &[Token<'_>]) -> String {
    let mut at = all.len();
    let mut end = text.len();
    let mut parts: Vec<&str> = Vec::new();
    let mut depth = 0_usize;
    while at > 0 {
        let token = &all[at - 1];
        if token.range.1 != end {
            break;
        }
        match token.kind {
            Kind::Close if token.text == "]" => depth += 1,
            Kind::OpenGroup if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            Kind::Name | Kind::Dot => parts.push(token.text),
            _ => break,
        }
        end = token.range.0;
        at -= 1;
    }
    parts.reverse();
    parts.concat()
}

/// The blocks at the outermost level.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let all = tokens(text);
    let mut found: Vec<Block> = Vec::new();
    let mut words: Vec<(String, Range<usize>)> = Vec::new();
    let mut depth = 0_usize;
    let mut is_statement_start = true;
    for (at, token) in all.iter().enumerate() {
        match token.kind {
            Kind::Name | Kind::Text if depth == 0 => {
                words.push((token.text.to_owned(), token.range.0..token.range.1));
            }
            Kind::Name if depth == 1 && is_statement_start => {
                let next = all.get(at + 1).filter(|next| next.kind == Kind::Equals);
                if let (Some(block), Some(equals)) = (found.last_mut(), next) {
                    let span = token.range.0..token.range.1;
                    block.attributes.push((token.text.to_owned(), span, equals.range.1));
                }
            }
            Kind::OpenBrace | Kind::OpenGroup | Kind::OpenTemplate => {
                if depth == 0 && token.kind == Kind::OpenBrace {
                    let words = std::mem::take(&mut words);
                    found.push(Block { words, attributes: Vec::new(), end: text.len() });
                }
                depth += 1;
            }
            Kind::Close => {
                depth = depth.saturating_sub(1);
                if let (0, Some(block)) = (depth, found.last_mut()) {
                    block.end = token.range.1;
                }
            }
            Kind::NewLine if depth == 0 => words.clear(),
            _ => {}
        }
        is_statement_start = matches!(token.kind, Kind::NewLine | Kind::OpenBrace);
    }
    found
}

/// All chains of at least two names.
pub(crate) fn chains(text: &str) -> Vec<Chain> {
    let all = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let is_start = all[at].kind == Kind::Name && (at == 0 || all[at - 1].kind != Kind::Dot);
        if !is_start {
            at += 1;
            continue;
        }
        let mut names = vec![named(&all[at])];
        let mut next = at + 1;
        loop {
            next = after_index(&all, next);
            match (all.get(next), all.get(next + 1)) {
                (Some(dot), Some(name)) if dot.kind == Kind::Dot && name.kind == Kind::Name => {
                    names.push(named(name));
                    next += 2;
                }
                _ => break,
            }
        }
        if names.len() > 1 {
            found.push(Chain(names));
        }
        // What is in brackets may have chains of its own.
        at += 1;
    }
    found
}

fn named(token: &Token<'_>) -> (String, Range<usize>) {
    (token.text.to_owned(), token.range.0..token.range.1)
}

/// Past `[…]` at a position, if there is one.
fn after_index(all: &[Token<'_>], start: usize) -> usize {
    if all.get(start).is_none_or(|token| token.text != "[") {
        return start;
    }
    let mut depth = 0_usize;
    for (at, token) in all.iter().enumerate().skip(start) {
        match token.kind {
            Kind::OpenGroup | Kind::OpenBrace | Kind::OpenTemplate => depth += 1,
            Kind::Close => depth -= 1,
            Kind::NewLine => return start,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The context at the place that is marked with `|`.
    fn at(text: &str) -> Context {
        let offset = text.find('|').expect("a mark");
        context(&text.replacen('|', "", 1), offset)
    }

    #[test]
    fn what_surrounds_a_place_is_known_in_an_unfinished_text() {
        let found = at("resource \"aws_vpc\" \"main\" {\n  tags = { a = 1 }\n  ci|");
        assert_eq!(
            found.frames,
            [Frame::Block(vec!["resource".into(), "aws_vpc".into(), "main".into()])]
        );
        assert_eq!((found.prefix.as_str(), found.is_value), ("ci", false));

        let found = at(
            "resource \"a\" \"b\" {\n  x {\n    y = [for v in var.z : \"a-${lower(aws_vpc.main[0].|",
        );
        assert_eq!(found.frames[1], Frame::Block(vec!["x".into()]));
        assert_eq!((found.prefix.as_str(), found.is_value), ("aws_vpc.main.", true));
        assert_eq!(found.name.as_deref(), Some("y"));

        let found = at("resource \"aws_|");
        assert_eq!(
            (found.frames.as_slice(), found.words.as_slice()),
            (&[Frame::Text][..], &["resource".to_owned()][..])
        );

        let found = at("# resource \"a\" {\n/* x { */ va|");
        assert_eq!((found.frames.as_slice(), found.prefix.as_str()), (&[][..], "va"));

        let found = at("a = <<-EOT\n  { ${var.|}\n  EOT\n");
        assert_eq!((found.frames.last(), found.prefix.as_str()), (Some(&Frame::Template), "var."));
    }

    #[test]
    fn blocks_have_words_and_attributes() {
        let text = "locals {\n  a = 1\n  b = { c = 2 }\n}\n\nvariable \"x\" {}\nbroken {\n  d =\n";
        let found = blocks(text);
        let words: Vec<Vec<&str>> = found
            .iter()
            .map(|block| block.words.iter().map(|(word, _)| word.as_str()).collect())
            .collect();
        assert_eq!(words, [vec!["locals"], vec!["variable", "x"], vec!["broken"]]);
        let names: Vec<&str> = found[0].attributes.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let label = &found[1].words[1].1;
        assert_eq!(&text[label.clone()], "x");
    }

    #[test]
    fn chains_are_found_in_expressions_and_texts_and_not_in_comments() {
        let text = "x = var.a + \"b ${local.c} d.e\" # var.f\ny = aws_vpc.m[var.i].id\nz = f(data.a_b.n[*].x)\n";
        let found: Vec<String> = chains(text)
            .iter()
            .map(|chain| {
                chain.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".")
            })
            .collect();
        assert_eq!(found, ["var.a", "local.c", "aws_vpc.m.id", "var.i", "data.a_b.n.x"]);
    }
}
