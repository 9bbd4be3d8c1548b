//! Functions with patterns.
//!
//! The patterns are RE2's as Go has them. The `regex` crate matches in the same way (the leftmost
//! match, the first alternative) and in linear time too, but reads another dialect, so patterns
//! are translated: see [`translate`].

mod classes;
mod translate;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use ::regex::{Captures, Regex};

use super::args::{Outcome, check_text_len, string, text};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Str, Value};

/// How many compiled patterns a thread keeps. The same few are used for every instance.
const CACHE_PATTERNS_MAX: usize = 128;

thread_local! {
    static CACHE: RefCell<HashMap<Str, Rc<Pattern>>> = RefCell::default();
}

pub(super) fn functions() -> Vec<Function> {
    let params = || vec![Param::new("pattern", Type::String), Param::new("string", Type::String)];
    vec![
        Function::new(
            "regex",
            "Returns the first match of a pattern in a string: the text, or its capture groups.",
            params(),
            Type::Dynamic,
            regex,
        )
        .returns_for(regex_type),
        Function::new(
            "regexall",
            "Returns all matches of a pattern in a string.",
            params(),
            Type::list(Type::Dynamic),
            regexall,
        )
        .returns_for(regexall_type),
        Function::new(
            "replace",
            "Replaces every occurrence of a string, or of a pattern between slashes, in a string.",
            vec![
                Param::new("str", Type::String),
                Param::new("substr", Type::String),
                Param::new("replace", Type::String),
            ],
            Type::String,
            replace,
        ),
    ]
}

/// A compiled pattern and what a match of it becomes.
struct Pattern {
    regex: Regex,
    /// The names of the groups.
    groups: Vec<Option<Str>>,
    shape: Shape,
}

/// What a match becomes.
enum Shape {
    /// A string.
    Whole,
    /// A tuple of strings.
    Numbered(usize),
    /// An object of strings: names and numbers of groups.
    Named(Vec<(Str, usize)>),
    /// Nothing, as some groups have names and others have not.
    Mixed,
}

impl Pattern {
    fn compile(source: &str) -> Result<Self, String> {
        let translated = translate::translate(source)?;
        let regex = Regex::new(&translated.pattern).map_err(|error| reason(&error))?;
        let groups: Vec<Option<Str>> =
            translated.groups.iter().map(|name| name.map(Str::from)).collect();
        // Of several groups with a name the last one counts.
        let numbered = groups.iter().enumerate();
        let named: BTreeMap<Str, usize> =
            numbered.filter_map(|(at, name)| Some((name.clone()?, at + 1))).collect();
        let shape = match groups.iter().flatten().count() {
            _ if groups.is_empty() => Shape::Whole,
            0 => Shape::Numbered(groups.len()),
            names if names == groups.len() => Shape::Named(named.into_iter().collect()),
            _ => Shape::Mixed,
        };
        Ok(Self { regex, groups, shape })
    }

    /// The type of a match.
    fn ty(&self) -> Result<Type, FuncError> {
        Ok(match &self.shape {
            Shape::Whole => Type::String,
            Shape::Numbered(groups) => Type::tuple(vec![Type::String; *groups]),
            Shape::Named(names) => {
                Type::object(names.iter().map(|(name, _)| (name.clone(), Type::String)))
            }
            Shape::Mixed => {
                return Err(FuncError::arg(
                    0,
                    "invalid regexp pattern: cannot mix both named and unnamed capture groups",
                ));
            }
        })
    }

    fn value(&self, captures: &Captures<'_>) -> Value {
        let group = |at: usize| match captures.get(at) {
            Some(found) => string(found.as_str()),
            None => Value::null(Type::String),
        };
        match &self.shape {
            Shape::Whole | Shape::Mixed => group(0),
            Shape::Numbered(groups) => Value::tuple((1..=*groups).map(group).collect()),
            Shape::Named(names) => {
                Value::object(names.iter().map(|(name, at)| (name.clone(), group(*at))))
            }
        }
    }
}

/// What is wrong with a pattern, in a line.
fn reason(error: &::regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().next_back().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn compiled(source: &str) -> Result<Rc<Pattern>, String> {
    if let Some(found) = CACHE.with_borrow(|cache| cache.get(source).cloned()) {
        return Ok(found);
    }
    let pattern = Rc::new(Pattern::compile(source)?);
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHE_PATTERNS_MAX {
            cache.clear();
        }
        cache.insert(source.into(), Rc::clone(&pattern));
    });
    Ok(pattern)
}

/// The pattern of the first argument.
fn pattern(args: &[Value]) -> Result<Rc<Pattern>, FuncError> {
    compiled(text(args, 0))
        .map_err(|reason| FuncError::arg(0, format!("invalid regexp pattern: {reason}")))
}

fn regex_type(args: &[Value]) -> Result<Type, FuncError> {
    if args.first().is_some_and(|pattern| pattern.as_str().is_none()) {
        return Ok(Type::Dynamic);
    }
    pattern(args)?.ty()
}

fn regexall_type(args: &[Value]) -> Result<Type, FuncError> {
    regex_type(args).map(Type::list)
}

fn regex(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let pattern = pattern(args)?;
    pattern.ty()?;
    match pattern.regex.captures(text(args, 1)) {
        Some(captures) => Ok(pattern.value(&captures)),
        None => Err(FuncError::new("pattern did not match any part of the given string")),
    }
}

fn regexall(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let pattern = pattern(args)?;
    let element = pattern.ty()?;
    let matches = pattern.regex.captures_iter(text(args, 1));
    Ok(Value::list(element, matches.map(|captures| pattern.value(&captures)).collect()))
}

fn replace(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (source, old, new) = (text(args, 0), text(args, 1), text(args, 2));
    let is_pattern = old.len() > 1 && old.starts_with('/') && old.ends_with('/');
    if !is_pattern {
        let count = source.matches(old).count();
        let bytes = new.len().checked_mul(count).and_then(|new| new.checked_add(source.len()));
        check_text_len(bytes)?;
        return Ok(string(source.replace(old, new)));
    }
    let pattern = compiled(&old[1..old.len() - 1])
        .map_err(|reason| FuncError::new(format!("error parsing regexp: {reason}")))?;
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for captures in pattern.regex.captures_iter(source) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&source[done..whole.start()]);
        expand(new, &captures, &pattern.groups, &mut out);
        done = whole.end();
        check_text_len(Some(out.len()))?;
    }
    out.push_str(&source[done..]);
    Ok(string(out))
}

/// Writes a replacement with `$1`, `$name` and `${name}` replaced by groups and `$$` by `$`. A
/// group that does not exist is empty; a `$` that begins nothing stays.
fn expand(template: &str, captures: &Captures<'_>, groups: &[Option<Str>], out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let Some((name, after)) = reference(rest) else {
            out.push('$');
            continue;
        };
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit())
            && (name.len() == 1 || !name.starts_with('0'));
        let group = if is_number {
            name.parse().ok().and_then(|number| captures.get(number))
        } else {
            let mut named = groups.iter().enumerate();
            named.find_map(|(at, known)| {
                captures.get(at + 1).filter(|_| known.as_deref() == Some(name))
            })
        };
        out.push_str(group.map_or("", |group| group.as_str()));
        rest = after;
    }
    out.push_str(rest);
}

/// The name of a group at the beginning of a text, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let body = braced.unwrap_or(text);
    let end = body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len());
    let (name, after) = body.split_at(end);
    if name.is_empty() {
        return None;
    }
    if braced.is_some() { Some((name, after.strip_prefix('}')?)) } else { Some((name, after)) }
}
