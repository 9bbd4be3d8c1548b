//! Patterns of Go's `regexp` as patterns of the `regex` crate.
//!
//! What differs: Perl classes and word boundaries are ASCII in Go; a brace that is no repetition
//! and a bracket inside a class are literal; `&&` in a class is no operator; `\Q...\E`, octal
//! escapes and `\<` as a character exist; a repetition of a repetition and a count over 1000 are
//! errors.

use std::fmt::Write;

use super::classes::{CATEGORIES, SCRIPTS};

/// The largest count of a repetition, and of repetitions inside of each other together.
const REPEAT_MAX: u32 = 1000;

const POSIX_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// A pattern in the other dialect.
pub(super) struct Translated<'a> {
    pub(super) pattern: String,
    /// The names of the capture groups; in the pattern they have none, as here they may be the same.
    pub(super) groups: Vec<Option<&'a str>>,
}

/// The pattern in the other dialect, or what is wrong with it.
pub(super) fn translate(source: &str) -> Result<Translated<'_>, String> {
    let mut translator = Translator {
        rest: source,
        out: String::new(),
        groups: Vec::new(),
        repeats: vec![1],
        last: 1,
    };
    translator.run()?;
    Ok(Translated { pattern: translator.out, groups: translator.groups })
}

struct Translator<'a> {
    rest: &'a str,
    out: String,
    groups: Vec<Option<&'a str>>,
    /// How often something in the pattern and in each of the groups that are open is repeated.
    repeats: Vec<u32>,
    /// How often something in what comes before is.
    last: u32,
}

impl<'a> Translator<'a> {
    fn run(&mut self) -> Result<(), String> {
        // The last repetition operator, if nothing came after it.
        let mut repeated: Option<&str> = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeats = false;
            if !matches!(c, '*' | '+' | '?' | '{' | ')') {
                self.last = 1;
            }
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '*' | '+' | '?' => {
                    self.take(1);
                    self.out.push(c);
                    repeats = true;
                }
                '{' => repeats = self.braces()?,
                ')' => {
                    self.take(1);
                    self.out.push(c);
                    if self.repeats.len() > 1 {
                        self.last = self.repeats.pop().unwrap_or(1);
                        // It fits already.
                        let _ = self.repeated(1);
                    }
                }
                '|' | '^' | '$' | '.' => {
                    self.take(1);
                    self.out.push(c);
                }
                _ => {
                    self.take(c.len_utf8());
                    literal(c, &mut self.out);
                }
            }
            if !repeats {
                repeated = None;
                continue;
            }
            if self.rest.starts_with('?') {
                self.take(1);
                self.out.push('?');
            }
            if let Some(first) = repeated {
                let both = &first[..first.len() - self.rest.len()];
                return Err(format!("invalid nested repetition operator in {both}"));
            }
            repeated = Some(before);
        }
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Notes that what comes before is repeated.
    fn repeated(&mut self, times: u32) -> Result<(), ()> {
        self.last = self.last.saturating_mul(times);
        if self.last > REPEAT_MAX {
            return Err(());
        }
        if let Some(group) = self.repeats.last_mut() {
            *group = self.last.max(*group);
        }
        Ok(())
    }

    /// `(`, with the name or the flags of the group.
    fn group(&mut self) -> Result<(), String> {
        let Some(after) = self.rest.strip_prefix("(?") else {
            self.take(1);
            self.capture(None);
            return Ok(());
        };
        if let Some(named) = after.strip_prefix("P<").or_else(|| after.strip_prefix('<')) {
            let end =
                named.find('>').ok_or_else(|| format!("invalid named capture in {}", self.rest))?;
            let name = &named[..end];
            let valid =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !valid {
                return Err(format!("invalid named capture in (?P<{name}>"));
            }
            self.rest = &named[end + 1..];
            self.capture(Some(name));
            return Ok(());
        }
        let end = after.find([':', ')']).ok_or("missing closing ) in pattern")?;
        let flags = &after[..end];
        let known = flags.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U' | '-'));
        if !known || flags.ends_with('-') || flags.matches('-').count() > 1 {
            return Err(format!("invalid or unsupported Perl syntax in (?{flags}"));
        }
        if flags.is_empty() && after.starts_with(')') {
            return Err("missing argument to repetition operator in ?".into());
        }
        let taken = self.take(2 + end + 1);
        self.out.push_str(taken);
        if taken.ends_with(':') {
            self.repeats.push(1);
        }
        Ok(())
    }

    /// The beginning of a group that captures.
    fn capture(&mut self, name: Option<&'a str>) {
        self.groups.push(name);
        self.repeats.push(1);
        self.out.push('(');
    }

    /// A repetition count, or a brace that is literal as it is none. Says whether it is one.
    fn braces(&mut self) -> Result<bool, String> {
        let Some((min, max, len)) = repetition(self.rest) else {
            self.take(1);
            literal('{', &mut self.out);
            return Ok(false);
        };
        let taken = self.take(len);
        let fits = |count: Option<u32>| count.is_none_or(|count| count <= REPEAT_MAX);
        if !fits(min) || !fits(max) || matches!((min, max), (Some(min), Some(max)) if min > max) {
            return Err(format!("invalid repeat count in {taken}"));
        }
        let times = max.or(min).unwrap_or(1).max(1);
        self.repeated(times).map_err(|()| format!("invalid repeat count in {taken}"))?;
        self.out.push_str(taken);
        Ok(true)
    }

    /// A backslash and what it escapes, outside of a class.
    fn escape(&mut self) -> Result<(), String> {
        let mut chars = self.rest[1..].chars();
        let Some(c) = chars.next() else {
            return Err("trailing backslash at end of expression in ".into());
        };
        match c {
            'A' | 'z' => {
                let taken = self.take(2);
                self.out.push_str(taken);
            }
            'b' | 'B' => {
                self.take(2);
                let _ = write!(self.out, "(?-u:\\{c})");
            }
            'Q' => {
                self.take(2);
                let end = self.rest.find("\\E").unwrap_or(self.rest.len());
                let quoted = self.take(end);
                self.take(2);
                for c in quoted.chars() {
                    literal(c, &mut self.out);
                }
            }
            _ if perl_class(c).is_some() => {
                self.take(2);
                let (negated, ranges) = perl_class(c).unwrap_or_default();
                let _ = write!(self.out, "[{}{ranges}]", if negated { "^" } else { "" });
            }
            'p' | 'P' => self.unicode_class()?,
            _ => {
                let c = self.escaped_char()?;
                literal(c, &mut self.out);
            }
        }
        Ok(())
    }

    /// `\pL`, `\p{Greek}`, `\P{Greek}` or `\p{^Greek}`.
    fn unicode_class(&mut self) -> Result<(), String> {
        let whole = self.rest;
        let mut negated = whole.starts_with("\\P");
        let name = &whole[2..];
        let (name, len) = if let Some(braced) = name.strip_prefix('{') {
            let end = braced.find('}').ok_or_else(|| invalid_class(whole))?;
            (&braced[..end], end + 4)
        } else {
            let c = name.chars().next().ok_or_else(|| invalid_class(whole))?;
            (&name[..c.len_utf8()], 2 + c.len_utf8())
        };
        let bare = name.strip_prefix('^').unwrap_or(name);
        negated ^= bare.len() != name.len();
        let taken = self.take(len);
        let known = bare == "Any" || CATEGORIES.contains(&bare) || SCRIPTS.contains(&bare);
        if !known {
            return Err(invalid_class(taken));
        }
        match bare {
            // Half of a pair is in no string.
            "Cs" => self.out.push_str(if negated { "[\\s\\S]" } else { "[^\\s\\S]" }),
            // The others count what is not assigned, too.
            "C" => {
                let sign = if negated { "^" } else { "" };
                let _ = write!(self.out, "[{sign}\\p{{Cc}}\\p{{Cf}}\\p{{Co}}]");
            }
            _ => {
                let _ = write!(self.out, "\\{}{{{bare}}}", if negated { 'P' } else { 'p' });
            }
        }
        Ok(())
    }

    /// A character that is written with a backslash.
    fn escaped_char(&mut self) -> Result<char, String> {
        let mut chars = self.rest[1..].chars();
        let Some(c) = chars.next() else {
            return Err("trailing backslash at end of expression in ".into());
        };
        let invalid = || format!("invalid escape sequence in \\{c}");
        let after = &self.rest[1 + c.len_utf8()..];
        let (value, len) = match c {
            'a' => ('\x07', 0),
            'f' => ('\x0c', 0),
            'n' => ('\n', 0),
            'r' => ('\r', 0),
            't' => ('\t', 0),
            'v' => ('\x0b', 0),
            '1'..='7' if !after.starts_with(|c| matches!(c, '0'..='7')) => return Err(invalid()),
            '0'..='7' => {
                let octal = |c: &char| matches!(c, '0'..='7');
                let more = after.chars().take(2).take_while(octal).count();
                let digits = &self.rest[1..2 + more];
                let code = u32::from_str_radix(digits, 8).map_err(|_| invalid())?;
                (char::from_u32(code).ok_or_else(invalid)?, more)
            }
            'x' => {
                let (digits, len) = match after.strip_prefix('{') {
                    Some(braced) => {
                        let end = braced.find('}').ok_or_else(invalid)?;
                        (&braced[..end], end + 2)
                    }
                    None => (after.get(..2).ok_or_else(invalid)?, 2),
                };
                let hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
                let code = u32::from_str_radix(digits, 16).ok().filter(|_| hex);
                (code.and_then(char::from_u32).ok_or_else(invalid)?, len)
            }
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => (c, 0),
            _ => return Err(invalid()),
        };
        self.take(1 + c.len_utf8() + len);
        Ok(value)
    }

    /// `[...]`
    fn class(&mut self) -> Result<(), String> {
        let whole = self.rest;
        self.take(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.take(1);
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.rest.is_empty() {
                return Err(format!("missing closing ] in {whole}"));
            }
            if self.named_class()? {
                continue;
            }
            let start = self.rest;
            let low = self.class_char(whole)?;
            literal(low, &mut self.out);
            if self.rest.starts_with('-') && !self.rest[1..].starts_with(']') {
                self.take(1);
                let high = self.class_char(whole)?;
                if high < low {
                    let range = &start[..start.len() - self.rest.len()];
                    return Err(format!("invalid character class range in {range}"));
                }
                self.out.push('-');
                literal(high, &mut self.out);
            }
        }
        self.take(1);
        self.out.push(']');
        Ok(())
    }

    /// `[:alpha:]`, `\d` or `\pL` inside of a class, if one is next.
    fn named_class(&mut self) -> Result<bool, String> {
        if let Some(named) = self.rest.strip_prefix("[:")
            && let Some(end) = named.find(":]")
        {
            let name = &named[..end];
            if !POSIX_CLASSES.contains(&name.strip_prefix('^').unwrap_or(name)) {
                return Err(format!("invalid character class range in [:{name}:]"));
            }
            let taken = self.take(end + 4);
            self.out.push_str(taken);
            return Ok(true);
        }
        let Some(c) = self.rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
            return Ok(false);
        };
        if let Some((negated, ranges)) = perl_class(c) {
            self.take(2);
            if negated {
                let _ = write!(self.out, "[^{ranges}]");
            } else {
                self.out.push_str(ranges);
            }
            return Ok(true);
        }
        if matches!(c, 'p' | 'P') {
            self.unicode_class()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn class_char(&mut self, whole: &str) -> Result<char, String> {
        let c = self.rest.chars().next().ok_or_else(|| format!("missing closing ] in {whole}"))?;
        if c == '\\' {
            return self.escaped_char();
        }
        self.take(c.len_utf8());
        Ok(c)
    }
}

fn invalid_class(text: &str) -> String {
    format!("invalid character class range in {text}")
}

/// Whether a Perl class is negated, and its ranges.
fn perl_class(c: char) -> Option<(bool, &'static str)> {
    let ranges = match c.to_ascii_lowercase() {
        'd' => "0-9",
        's' => "\\t\\n\\x0c\\r\\x20",
        'w' => "0-9A-Za-z_",
        _ => return None,
    };
    Some((c.is_ascii_uppercase(), ranges))
}

/// A character that stands for itself wherever it is written.
fn literal(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        out.push(c);
    } else {
        let _ = write!(out, "\\x{:02x}", u32::from(c));
    }
}

/// The counts and the length of `{2}`, `{2,}` or `{2,3}` at the beginning of a text. A count that
/// does not fit is the greatest.
fn repetition(text: &str) -> Option<(Option<u32>, Option<u32>, usize)> {
    let end = text.find('}')?;
    let body = text.get(1..end)?;
    let (min, max) = body.split_once(',').map_or((body, None), |(min, max)| (min, Some(max)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(min) || max.is_some_and(|max| !max.is_empty() && !digits(max)) {
        return None;
    }
    let parse = |text: &str| text.parse().unwrap_or(u32::MAX);
    Some((Some(parse(min)), max.filter(|max| !max.is_empty()).map(parse), end + 1))
}
