//! Parsing, and what the parser's errors mean.

use std::ops::Range;

use hcl_edit::expr::Expression;
use hcl_edit::parser::{Error, parse_body, parse_expr, parse_template};
use hcl_edit::structure::{Body as TreeBody, Structure};
use hcl_edit::template::Template;

use super::Text;
use super::scan::{self, Problem, is_name_char};
use crate::diag::{Diagnostic, Diagnostics};
use crate::parallel;

/// Syntax trees are made for about so much text at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// How many keys may occur twice in the objects of one block.
const DUPLICATES_MAX: usize = 200;

/// How many diagnostics one block gets.
const PROBLEMS_MAX: usize = 5;

/// Parses a file of blocks and attributes, and calls `visit` for each at its top with the piece of
/// text that it was made of. What cannot be parsed is in the diagnostics; the rest is visited.
///
/// Pieces of large files are parsed on all cores, while the ones before them are visited.
pub fn structures(text: Text<'_>, visit: &mut dyn FnMut(Text<'_>, &Structure)) -> Diagnostics {
    let outline = scan::outline(text.text);
    let mut diagnostics = Diagnostics::new();
    let parse = |chunk: &&[Range<usize>]| parsed_chunk(chunk, text);
    parallel::in_order(&chunks(&outline.items), parse, |pieces| {
        for (range, parsed) in pieces {
            let piece = text.part(range.clone());
            match parsed {
                Ok(body) => body.iter().for_each(|structure| visit(piece, structure)),
                Err(error) => {
                    let problems = outline.problems.iter().filter(|problem| {
                        range.contains(&problem.at())
                            // Where an end is missing, the parser fails wherever it is.
                            || (range.end == text.text.len() && problem.at() >= range.start)
                    });
                    let problems: Vec<Problem> = problems.cloned().collect();
                    diagnostics.extend(explained(&error, piece, text, &problems));
                }
            }
        }
    });
    diagnostics
}

/// What is at the top of a file in pieces of about [`CHUNK_BYTES`].
fn chunks(mut items: &[Range<usize>]) -> Vec<&[Range<usize>]> {
    let mut chunks = Vec::new();
    while let Some(first) = items.first() {
        let is_small = |item: &&Range<usize>| item.end - first.start <= CHUNK_BYTES;
        let count = items.iter().take_while(is_small).count().max(1);
        let (chunk, rest) = items.split_at(count);
        chunks.push(chunk);
        items = rest;
    }
    chunks
}

/// The trees of a chunk with the range that each was made of: one tree, or one for each item if something is
/// wrong with any of them.
fn parsed_chunk(
    chunk: &[Range<usize>],
    text: Text<'_>,
) -> Vec<(Range<usize>, Result<TreeBody, Error>)> {
    let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { return Vec::new() };
    let whole = first.start..last.end;
    if let Ok(body) = parse_body(text.part(whole.clone()).text) {
        return vec![(whole, Ok(body))];
    }
    let each =
        |item: &Range<usize>| (item.clone(), parsed(text.part(item.clone()).text, parse_body));
    chunk.iter().map(each).collect()
}

pub(super) fn expression(text: Text<'_>) -> Result<Expression, Diagnostics> {
    // First of all, because the parser tries everything that an open bracket might mean, at each of them.
    let problems = scan::outline(text.text).problems;
    if !problems.is_empty() {
        return Err(of_problems(&problems, text));
    }
    parsed(text.text, parse_expr).map_err(|error| explained(&error, text, text, &[]))
}

pub(super) fn template(text: Text<'_>) -> Result<Template, Diagnostics> {
    let problems = scan::template_problems(text.text);
    if !problems.is_empty() {
        return Err(of_problems(&problems, text));
    }
    parse_template(text.text).map_err(|error| explained(&error, text, text, &[]))
}

/// Parses a text, and if that fails, the same with what only HCL understands in other words.
fn parsed<T>(text: &str, parse: fn(&str) -> Result<T, Error>) -> Result<T, Error> {
    let mut error = match parse(text) {
        Ok(parsed) => return Ok(parsed),
        Err(error) => error,
    };
    let mut current = text.to_owned();
    if let Some(mended) = scan::mended(text) {
        current = mended;
        match parse(&current) {
            Ok(parsed) => return Ok(parsed),
            Err(again) => error = again,
        }
    }
    // A key that occurs twice in an object is an error only here. It gets another name for the
    // parser, while the lowering reads the one that is written.
    let mut last = None;
    let mut number = 0;
    for _ in 0..DUPLICATES_MAX {
        if !error.message().contains("redefined object key") {
            break;
        }
        let at = error.location().offset();
        number = if last == Some(at) { number + 1 } else { 0 };
        last = Some(at);
        let Some(renamed) = with_key_renamed(&current, at, number) else { break };
        current = renamed;
        match parse(&current) {
            Ok(parsed) => return Ok(parsed),
            Err(again) => error = again,
        }
    }
    Err(error)
}

fn with_key_renamed(text: &str, at: usize, number: usize) -> Option<String> {
    let rest = text.get(at..)?;
    let range = if let Some(quoted) = rest.strip_prefix('"') {
        let mut escaped = false;
        let len = quoted.find(|char| {
            let ends = char == '"' && !escaped;
            escaped = char == '\\' && !escaped;
            ends
        })?;
        let content = &quoted[..len];
        if content.contains("${") || content.contains("%{") {
            return None;
        }
        // Quotes around nothing have no room for a name but that of the quotes.
        if len == 0 { at..at + 2 } else { at + 1..at + 1 + len }
    } else {
        let len = rest.find(|char| !is_name_char(char)).unwrap_or(rest.len());
        at..at + len
    };
    let name = scan::filler(range.len(), number)?;
    let mut renamed = text.to_owned();
    renamed.replace_range(range, &name);
    Some(renamed)
}

/// What an error says to a person. `problems` are those of the same piece of `whole`.
fn explained(error: &Error, piece: Text<'_>, whole: Text<'_>, problems: &[Problem]) -> Diagnostics {
    if !problems.is_empty() {
        return of_problems(problems, whole);
    }
    let at = error.location().offset().min(piece.text.len());
    let rest = piece.text.get(at..).unwrap_or_default();
    let at = at + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let token = token_at(piece.text, at);
    let (summary, detail) = of_message(error.message(), piece.text, at, token);
    Diagnostic::error(summary, detail).at(piece.span(at..at + token.len())).into()
}

fn of_problems(problems: &[Problem], text: Text<'_>) -> Diagnostics {
    let told = problems.iter().take(PROBLEMS_MAX);
    Diagnostics(told.map(|problem| of_problem(problem, text)).collect())
}

/// The word, number or sign at a place, empty at the end of a line.
fn token_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.find(|char| !is_name_char(char)).unwrap_or(rest.len());
    match (word, rest.chars().next()) {
        (0, Some(char)) if !matches!(char, '\n' | '\r') => &rest[..char.len_utf8()],
        (len, _) => &rest[..len],
    }
}

fn of_problem(problem: &Problem, text: Text<'_>) -> Diagnostic {
    let error = |summary: &str, detail: String, range| {
        Diagnostic::error(summary, detail).at(text.span(range))
    };
    match problem {
        Problem::Unclosed(b'{', at) => match block_header(text.text, *at) {
            Some(start) => {
                let header = text.text[start..*at].trim();
                let detail = format!(
                    "There is no closing brace for the block {header}. This may be caused by \
                     incorrect brace nesting inside of it."
                );
                error("Unclosed configuration block", detail, start..at + 1)
            }
            None => error(
                "Unterminated object constructor expression",
                "There is no corresponding closing brace. This may be caused by incorrect brace \
                 nesting inside of it."
                    .into(),
                *at..at + 1,
            ),
        },
        Problem::Unclosed(b'[', at) => error(
            "Unterminated tuple constructor expression",
            "There is no corresponding closing bracket. This may be caused by incorrect bracket \
             nesting inside of it."
                .into(),
            *at..at + 1,
        ),
        Problem::Unclosed(_, at) => error(
            "Unbalanced parentheses",
            "There is no corresponding closing parenthesis.".into(),
            *at..at + 1,
        ),
        Problem::Mismatched(closing, at, opening) => {
            let opened = text.text.get(*opening..opening + 1).unwrap_or_default();
            let detail = format!(
                "A {opened:?} is still open here, and a {:?} does not close it.",
                char::from(*closing).to_string()
            );
            error("Unbalanced brackets", detail, *at..at + 1)
                .label(text.span(*opening..opening + 1), "this is still open")
        }
        Problem::Stray(closing, at) => error(
            "Unbalanced brackets",
            format!(
                "There is nothing open that this {:?} could close.",
                char::from(*closing).to_string()
            ),
            *at..at + 1,
        ),
        Problem::UnterminatedQuote(start, end) => error(
            "Invalid multi-line string",
            "The quoted string that begins here has no closing quote on its line. Quoted strings \
             may not be split over multiple lines. To produce a multi-line string, either use the \
             \\n escape to represent a newline character or use the \"heredoc\" multi-line \
             template syntax."
                .into(),
            *start..*end,
        ),
        Problem::UnterminatedHeredoc(at, marker) => error(
            "Unterminated template string",
            format!(
                "No closing marker was found for the string: there is no line of {marker:?} and \
                 nothing else."
            ),
            *at..at + 2 + marker.len(),
        ),
        Problem::UnterminatedSequence(at) => error(
            "Unclosed template interpolation sequence",
            "There is no closing brace for this interpolation sequence. This might be caused by \
             incorrect nesting inside the given expression. If it is not meant as one, double the \
             sign before the brace."
                .into(),
            *at..at + 2,
        ),
        Problem::UnterminatedComment(at) => error(
            "Unterminated comment",
            "There is no \"*/\" that ends this comment.".into(),
            *at..at + 2,
        ),
    }
}

/// Where the header of a block begins of which the brace is at `at`; `None` if it is that of an
/// object.
fn block_header(text: &str, at: usize) -> Option<usize> {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let header = &text[line_start..at];
    let word = header.trim_start();
    let is_header = word.starts_with(|char: char| char.is_alphabetic() || char == '_')
        && !header.contains(['=', '(', '[', ',', ':', '%', '<', '>', '+', '?', '&', '|', '!', '$']);
    is_header.then(|| at - word.len())
}

fn of_message(message: &str, text: &str, at: usize, token: &str) -> (&'static str, String) {
    let found = match token {
        "" if at >= text.len() => "the end of the text".to_owned(),
        "" => "the end of the line".to_owned(),
        token => format!("{token:?}"),
    };
    let has = |part: &str| message.contains(part);
    if has("nesting depth") {
        ("Nested too deeply", "Blocks and expressions can be nested 64 levels deep.".into())
    } else if has("chained binary operators") {
        ("Expression is too long", "No more than 128 operators can be chained.".into())
    } else if has("redefined attribute") {
        (
            "Attribute redefined",
            format!(
                "The argument {token:?} was already set in this block. Each argument may be set \
                 only once."
            ),
        )
    } else if has("redefined object key") {
        ("Duplicate object key", "This key was already set in this object.".into())
    } else if has("invalid escape sequence") || has("hex code") {
        (
            "Invalid escape sequence",
            "A backslash is followed by one of n, r, t, \", \\, u and four hexadecimal digits, or U \
             and eight. To write a backslash, double it."
                .into(),
        )
    } else if has("invalid expression") {
        ("Invalid expression", invalid_expression(token, &found))
    } else if has("invalid structure") {
        ("Argument or block definition required", invalid_structure(token))
    } else if has("newline or eof") {
        ("Missing newline after argument or block", missing_newline(token, &found))
    } else if has("block body") {
        (
            "Invalid single-argument block definition",
            format!(
                "A block that ends on the line that it begins on can contain one argument and no \
                 blocks; {found} is not expected. Put every argument on a line of its own."
            ),
        )
    } else if has("object value assignment") {
        (
            "Missing key/value separator",
            format!(
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value, but \
                 found {found}. To use a name with periods or spaces as a key, write it in quotes; \
                 to use the value of an expression, write it in parentheses."
            ),
        )
    } else if has("invalid object item") {
        (
            "Missing attribute separator",
            format!(
                "Expected a newline or comma to mark the beginning of the next attribute, but \
                 found {found}."
            ),
        )
    } else {
        of_expected(message, text, at, &found)
    }
}

fn of_expected(message: &str, text: &str, at: usize, found: &str) -> (&'static str, String) {
    let expects = |what: &str| message.contains(&format!("expected `{what}`"));
    if expects("]") {
        (
            "Missing item separator",
            format!("Expected a comma to mark the beginning of the next item, but found {found}."),
        )
    } else if expects(")") {
        (
            "Missing argument separator",
            format!(
                "A comma is required to separate each function argument from the next, and a closing \
                 parenthesis after the last; found {found}."
            ),
        )
    } else if expects(":") && is_in_for(text, at) {
        (
            "Invalid 'for' expression",
            format!(
                "For expression requires a colon after the collection expression; found {found}."
            ),
        )
    } else if expects(":") {
        (
            "Missing false expression in conditional",
            format!(
                "The conditional operator (...?...:...) requires a false expression, delimited by a \
                 colon; found {found}."
            ),
        )
    } else if expects("endif") || expects("endfor") {
        (
            "Unexpected end of template",
            format!(
                "The control directives within this template are unbalanced: {message}, but found \
                 {found}."
            ),
        )
    } else if expects("}") {
        (
            "Extra characters after interpolation expression",
            format!(
                "Expected a closing brace to end the interpolation expression, but found {found}. \
                 This can happen when you include interpolation syntax for another language, such as \
                 shell scripting, but forget to escape the interpolation start token. If this is an \
                 embedded sequence for another language, escape it by starting with \"$${{\" instead \
                 of just \"${{\"."
            ),
        )
    } else if expects("in") || expects("=>") || message.contains("expected identifier") {
        ("Invalid 'for' expression", format!("For this form, {message}; found {found}."))
    } else if message.contains("traversal operator") {
        (
            "Invalid attribute name",
            format!("An attribute name is required after a dot, but found {found}."),
        )
    } else if message == "unexpected token" {
        ("Invalid expression", format!("An expression cannot go on, or end, with {found}."))
    } else {
        ("Invalid syntax", format!("The parser does not understand {found}: {message}."))
    }
}

/// Whether the innermost bracket that is open at a place is that of a `for` expression.
fn is_in_for(text: &str, at: usize) -> bool {
    let mut depth = 0usize;
    for (place, byte) in text.as_bytes()[..at].iter().enumerate().rev() {
        match byte {
            b']' | b'}' | b')' => depth += 1,
            b'[' | b'{' | b'(' if depth > 0 => depth -= 1,
            b'[' | b'{' => return scan::is_for(text, place + 1),
            b'(' => return false,
            _ => {}
        }
    }
    false
}

fn invalid_expression(token: &str, found: &str) -> String {
    let hint = match token {
        "'" => " Quoted strings are written with double quotes.",
        "" => " The value must begin on the same line.",
        "=" => " To compare values, use \"==\".",
        "`" => " Quoted strings are written with double quotes, and longer text as a heredoc.",
        _ => "",
    };
    format!("Expected the start of an expression, but found {found}.{hint}")
}

fn invalid_structure(token: &str) -> String {
    let hint = match token {
        ":" => " Arguments are set with \"=\", not with \":\".",
        "." => " The name of an argument cannot contain periods.",
        "[" => " An argument cannot be set at an index: set all of it.",
        _ => "",
    };
    format!(
        "An argument or block definition is required here. To set an argument, use the equals sign \
         \"=\" to introduce the argument value.{hint}"
    )
}

fn missing_newline(token: &str, found: &str) -> String {
    let hint = match token {
        "," => " Arguments of a block are not separated by commas.",
        ";" => " Arguments of a block are not separated by semicolons.",
        "=" => " To compare values, use \"==\".",
        "}" => " A block of several lines ends with a brace on a line of its own.",
        _ => "",
    };
    format!("An argument or block definition must end with a newline, but found {found}.{hint}")
}
