//! Where tokens stand on their lines.

use unicode_segmentation::UnicodeSegmentation;

use super::token::{Kind, Token};

/// A line: positions of the tokens at which its cells begin.
struct Line {
    start: usize,
    /// Where `= VALUE` begins, if the whole value is on the line.
    assign: usize,
    /// Where the comment at the end begins.
    comment: usize,
    end: usize,
}

/// Puts the spaces before all tokens.
pub(super) fn lay_out(tokens: &mut [Token<'_>]) {
    let lines = lines(tokens);
    indent(tokens, &lines);
    for line in &lines {
        space(&mut tokens[line.start..line.assign]);
        space(&mut tokens[line.assign..line.comment]);
    }
    align(tokens, &lines, |line| line.assign..line.comment, |line| line.start..line.assign);
    align(tokens, &lines, |line| line.comment..line.end, |line| line.start..line.comment);
}

fn lines(tokens: &[Token<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let length = tokens[start..].iter().position(Token::ends_line);
        let end = length.map_or(tokens.len(), |length| start + length + 1);
        lines.push(line(tokens, start, end));
        start = end;
    }
    lines
}

fn line(tokens: &[Token<'_>], start: usize, end: usize) -> Line {
    let has_comment = end - start > 1 && tokens[end - 1].kind == Kind::Comment;
    let comment = if has_comment { end - 1 } else { end };
    let equal = (start + 1..comment).find(|at| tokens[*at].kind == Kind::Equal);
    let is_whole = |equal: &usize| net_brackets(&tokens[*equal..comment]) == 0;
    let assign = equal.filter(is_whole).unwrap_or(comment);
    Line { start, assign, comment, end }
}

fn net_brackets(tokens: &[Token<'_>]) -> isize {
    tokens.iter().map(Token::bracket_change).sum()
}

/// What is before a heredoc, which is a matter of its own.
fn before_heredoc<'a, 'b>(tokens: &'a [Token<'b>]) -> &'a [Token<'b>] {
    let end = tokens.iter().position(|token| token.kind == Kind::OpenHeredoc);
    &tokens[..end.unwrap_or(tokens.len())]
}

/// Indents each line by what was opened on the lines before. A line that opens several brackets counts
/// once, and so does the line that closes them.
fn indent(tokens: &mut [Token<'_>], lines: &[Line]) {
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        if line.start == line.assign {
            continue;
        }
        if tokens[line.start].kind == Kind::Newline {
            tokens[line.start].spaces_before = 0;
            continue;
        }
        let change = net_brackets(before_heredoc(&tokens[line.start..line.assign]))
            + net_brackets(before_heredoc(&tokens[line.assign..line.comment]));
        let depth = open.len();
        let mut closed = -change;
        while closed > 0 {
            let Some(last) = open.last_mut() else { break };
            if closed < *last {
                *last -= closed;
                break;
            }
            closed -= *last;
            open.pop();
        }
        tokens[line.start].spaces_before = 2 * if change > 0 { depth } else { open.len() };
        if change > 0 {
            open.push(change);
        }
    }
}

/// Spaces the tokens of a cell.
fn space(cell: &mut [Token<'_>]) {
    for at in 1..cell.len() {
        let before = at.checked_sub(2).map(|before| &cell[before]);
        let wanted = has_space_after(before, &cell[at - 1], &cell[at]);
        cell[at].spaces_before = usize::from(wanted);
    }
}

/// Whether there is a space between a token and the one after it. The first rule that fits decides.
#[expect(
    clippy::match_same_arms,
    clippy::unnested_or_patterns,
    reason = "the rules are in the order of those that they come from"
)]
fn has_space_after(before: Option<&Token<'_>>, subject: &Token<'_>, after: &Token<'_>) -> bool {
    use Kind as K;
    match (subject.kind, after.kind) {
        (_, K::Newline)
        | (K::Ident, K::OpenParen | K::DoubleColon)
        | (K::DoubleColon, K::Ident)
        | (K::Dot, _)
        | (_, K::Dot | K::Comma | K::Ellipsis) => false,
        (K::Comma, _) => true,
        // Texts are not to be changed.
        (K::QuotedText | K::HeredocText | K::OpenQuote | K::OpenHeredoc, _)
        | (_, K::QuotedText | K::HeredocText | K::CloseQuote | K::CloseHeredoc) => false,
        // In `[for x in [1]: x]` it is no name of something that has an index.
        (K::Ident, _) if is_in(subject) && before.is_some_and(|before| before.kind == K::Ident) => {
            true
        }
        (K::Ident | K::Number, K::OpenBracket) => false,
        (_, K::OpenBracket) if subject.bracket_change() < 0 => false,
        (K::Bang, _) => false,
        (K::Minus, _) => before.is_some_and(|before| !is_before_negation(before.kind)),
        (K::OpenBrace, K::CloseBrace) => false,
        (K::OpenBrace, _)
        | (_, K::CloseBrace)
        | (K::Interpolation | K::Directive, K::OpenBrace)
        | (K::CloseBrace, K::SequenceEnd) => true,
        (K::SequenceEnd, K::Interpolation | K::Directive) => false,
        _ => subject.bracket_change() <= 0 && after.bracket_change() >= 0,
    }
}

fn is_in(token: &Token<'_>) -> bool {
    token.text == "in"
}

/// Whether a minus after a token of this kind is a sign, not a subtraction.
const fn is_before_negation(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::OpenParen
            | Kind::OpenBrace
            | Kind::OpenBracket
            | Kind::Equal
            | Kind::Colon
            | Kind::Comma
            | Kind::Question
            | Kind::Arithmetic
            | Kind::Minus
            | Kind::Comparison
            | Kind::Logical
            | Kind::Bang
    )
}

/// Puts a cell of neighbouring lines that have it below each other, behind what comes before it.
fn align(
    tokens: &mut [Token<'_>],
    lines: &[Line],
    cell: impl Fn(&Line) -> std::ops::Range<usize>,
    lead: impl Fn(&Line) -> std::ops::Range<usize>,
) {
    for chain in lines.chunk_by(|a, b| cell(a).is_empty() == cell(b).is_empty()) {
        if chain.first().is_none_or(|line| cell(line).is_empty()) {
            continue;
        }
        let widths: Vec<usize> = chain.iter().map(|line| columns(&tokens[lead(line)])).collect();
        let widest = widths.iter().copied().max().unwrap_or_default();
        for (line, width) in chain.iter().zip(widths) {
            tokens[cell(line).start].spaces_before = widest - width + 1;
        }
    }
}

fn columns(tokens: &[Token<'_>]) -> usize {
    tokens.iter().map(|token| token.spaces_before + token.text.graphemes(true).count()).sum()
}
