//! The patterns of `fileset`.
//!
//! `*` stands for any part of a name, `?` for a character, `[a-z]` and `[^a-z]` for one of some,
//! `{a,b}` for alternatives, and `**` between slashes for any directories.
//!
//! Source: the `doublestar` package for Go, version 1, which Terraform uses.

use std::collections::BTreeSet;
use std::io;

use super::path;

/// The most entries of directories that are looked at for one pattern.
const ENTRIES_MAX: usize = 1 << 20;

/// The most patterns that alternatives are expanded to.
const ALTERNATIVES_MAX: usize = 1024;

/// What is at a path, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Something else: a socket, a device.
    Other,
}

/// A file system as patterns are matched against it.
pub trait FileTree {
    /// The names in a directory, in any order, without `.` and `..`.
    fn names(&self, dir: &str) -> io::Result<Vec<String>>;

    /// What is at a path. An error of kind `NotFound` if nothing is.
    fn kind(&self, path: &str) -> io::Result<FileKind>;
}

/// The regular files below `dir` that match a pattern, as seen from there, sorted. What a
/// [`Host`](crate::Host) answers to `fileset`.
pub fn find_files(tree: &dyn FileTree, dir: &str, pattern: &str) -> io::Result<Vec<String>> {
    let base = path::clean(dir);
    let whole = path::join(&base, pattern);
    let mut search = Search { tree, found: BTreeSet::new(), entries: 0 };
    for alternative in expand(&whole)? {
        let rooted = alternative.starts_with('/');
        let parts = alternative.split('/').filter(|part| !part.is_empty());
        let parts: Vec<Part> =
            parts.map(|part| Part::parse(part).unwrap_or(Part::Broken)).collect();
        search.descend(if rooted { "/" } else { "." }, &parts)?;
    }
    let mut files = Vec::new();
    for found in search.found {
        match tree.kind(&found) {
            Ok(FileKind::File) => files.push(path::relative(&base, &found)),
            Ok(FileKind::Directory | FileKind::Other) => {}
            Err(error) => {
                return Err(io::Error::new(error.kind(), format!("failed to stat {found:?}")));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn syntax_error() -> io::Error {
    io::Error::other("syntax error in pattern")
}

/// The patterns that alternatives stand for.
fn expand(pattern: &str) -> io::Result<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        let Some((start, end)) = first_braces(&pattern)? else {
            done.push(pattern);
            continue;
        };
        for choice in alternatives(&pattern[start + 1..end]) {
            open.push(format!("{}{choice}{}", &pattern[..start], &pattern[end + 1..]));
        }
        if open.len() + done.len() > ALTERNATIVES_MAX {
            return Err(io::Error::other("the pattern has too many alternatives"));
        }
    }
    Ok(done)
}

/// Where the first braces open and close.
fn first_braces(pattern: &str) -> io::Result<Option<(usize, usize)>> {
    let mut start = None;
    let mut depth = 0;
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '{' => {
                start.get_or_insert(at);
                depth += 1;
            }
            '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return Ok(start.map(|start| (start, at)));
                }
            }
            _ => {}
        }
    }
    if depth == 0 { Ok(None) } else { Err(syntax_error()) }
}

/// The parts between commas that are in no braces of their own.
fn alternatives(inside: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts
}

/// The part of a pattern between slashes.
enum Part {
    /// `**`
    Any,
    /// A name as it is.
    Name(String),
    /// A name with wildcards.
    Pattern(Vec<Token>),
    /// What is no pattern, which is an error where there is something to match.
    Broken,
}

enum Token {
    Star,
    Question,
    Char(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Part {
    fn parse(text: &str) -> io::Result<Self> {
        if text == "**" {
            return Ok(Self::Any);
        }
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' => Token::Star,
                '?' => Token::Question,
                '\\' => Token::Char(chars.next().ok_or_else(syntax_error)?),
                '[' => class(&mut chars)?,
                c => Token::Char(c),
            });
        }
        let literal: Option<String> = tokens
            .iter()
            .map(|token| if let Token::Char(c) = token { Some(*c) } else { None })
            .collect();
        Ok(literal.map_or(Self::Pattern(tokens), Self::Name))
    }
}

/// The rest of `[...]`.
fn class(chars: &mut std::str::Chars<'_>) -> io::Result<Token> {
    let negated = chars.as_str().starts_with('^');
    if negated {
        chars.next();
    }
    let mut ranges = Vec::new();
    loop {
        let mut next = || match chars.next() {
            Some('\\') => chars.next().ok_or_else(syntax_error),
            other => other.ok_or_else(syntax_error),
        };
        let low = next()?;
        if low == ']' && !ranges.is_empty() {
            return Ok(Token::Class { negated, ranges });
        }
        let high = if chars.as_str().starts_with('-') && !chars.as_str().starts_with("-]") {
            chars.next();
            chars.next().ok_or_else(syntax_error)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

fn matches(tokens: &[Token], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut token, mut at) = (0, 0);
    // Where to go on if a character does not match: the last star takes one more.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        let fits = match tokens.get(token) {
            Some(Token::Star) => {
                star = Some((token + 1, at));
                token += 1;
                continue;
            }
            Some(Token::Question) => true,
            Some(Token::Char(c)) => *c == name[at],
            Some(Token::Class { negated, ranges }) => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&name[at])) != *negated
            }
            None => false,
        };
        if fits {
            token += 1;
            at += 1;
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            (token, at) = (after, taken + 1);
        } else {
            return false;
        }
    }
    tokens[token..].iter().all(|token| matches!(token, Token::Star))
}

struct Search<'a> {
    tree: &'a dyn FileTree,
    found: BTreeSet<String>,
    entries: usize,
}

impl Search<'_> {
    /// The names in a directory; none if it is none.
    fn names(&mut self, dir: &str) -> io::Result<Vec<String>> {
        if !matches!(self.tree.kind(dir), Ok(FileKind::Directory)) {
            return Ok(Vec::new());
        }
        let names = self.tree.names(dir)?;
        self.entries += names.len();
        if self.entries > ENTRIES_MAX {
            let message = format!("more than {ENTRIES_MAX} files had to be looked at");
            return Err(io::Error::other(message));
        }
        Ok(names)
    }

    fn descend(&mut self, dir: &str, parts: &[Part]) -> io::Result<()> {
        let Some((part, rest)) = parts.split_first() else {
            self.found.insert(dir.to_owned());
            return Ok(());
        };
        match part {
            Part::Name(name) => {
                let next = path::join(dir, name);
                if self.tree.kind(&next).is_ok() {
                    self.descend(&next, rest)?;
                }
            }
            Part::Pattern(tokens) => {
                for name in self.names(dir)? {
                    if matches(tokens, &name) {
                        self.descend(&path::join(dir, &name), rest)?;
                    }
                }
            }
            Part::Broken => {
                if !self.names(dir)?.is_empty() {
                    return Err(syntax_error());
                }
            }
            Part::Any => {
                for name in self.names(dir)? {
                    let next = path::join(dir, &name);
                    // A link that leads nowhere, or round and round, has nothing to find.
                    match self.tree.kind(&next) {
                        Ok(FileKind::Directory) => self.descend(&next, parts)?,
                        Ok(_) if rest.is_empty() => {
                            self.found.insert(next);
                        }
                        _ => {}
                    }
                }
                if !rest.is_empty() {
                    self.descend(dir, rest)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files(&'static [&'static str]);

    impl FileTree for Files {
        fn names(&self, dir: &str) -> io::Result<Vec<String>> {
            let inside = self.0.iter().filter_map(|path| match dir {
                "." => Some(*path),
                dir => path.strip_prefix(dir)?.strip_prefix('/'),
            });
            let names: BTreeSet<&str> = inside.filter_map(|path| path.split('/').next()).collect();
            Ok(names.into_iter().map(str::to_owned).collect())
        }

        fn kind(&self, path: &str) -> io::Result<FileKind> {
            if self.0.contains(&path) {
                return Ok(FileKind::File);
            }
            let below = format!("{path}/");
            if path == "." || self.0.iter().any(|file| file.starts_with(&below)) {
                return Ok(FileKind::Directory);
            }
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn find(dir: &str, pattern: &str) -> Vec<String> {
        let files = Files(&[".dot", "a.txt", "b.md", "sub/a.txt", "sub/deep/c.txt"]);
        find_files(&files, dir, pattern).unwrap_or_else(|error| vec![error.to_string()])
    }

    #[test]
    fn patterns_find_files_as_seen_from_the_directory() {
        assert_eq!(find(".", "*.txt"), ["a.txt"]);
        assert_eq!(find("sub", "*"), ["a.txt"]);
        assert_eq!(find(".", "**"), [".dot", "a.txt", "b.md", "sub/a.txt", "sub/deep/c.txt"]);
        assert_eq!(find(".", "**/*.txt"), ["a.txt", "sub/a.txt", "sub/deep/c.txt"]);
        assert_eq!(find(".", "sub/**/c.txt"), ["sub/deep/c.txt"]);
        assert_eq!(find(".", "{b,?}.{md,txt}"), ["a.txt", "b.md"]);
        assert_eq!(find(".", "[^b]*.txt"), ["a.txt"]);
        assert_eq!(find(".", "[!a]*.txt"), ["a.txt"]);
        assert_eq!(find(".", ".*"), [".dot"]);
        assert_eq!(find(".", "./a.txt"), ["a.txt"]);
        assert_eq!(find("sub/deep", "../*.txt"), ["../a.txt"]);
        assert_eq!(find(".", "sub"), [""; 0]);
        assert_eq!(find("nope", "*"), [""; 0]);
        assert_eq!(find(".", "["), ["syntax error in pattern"]);
        assert_eq!(find(".", "{a,b"), ["syntax error in pattern"]);
    }

    #[test]
    fn many_stars_take_no_time() {
        let tokens = Part::parse(&"a*".repeat(60)).unwrap();
        let Part::Pattern(tokens) = tokens else { panic!("it has wildcards") };
        assert!(matches(&tokens, &"a".repeat(2000)));
        assert!(!matches(&tokens, &format!("{}b", "ab".repeat(50))));
    }
}
