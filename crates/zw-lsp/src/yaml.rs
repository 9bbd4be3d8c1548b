//! Reading YAML by its indentation, however unfinished the text is.

use std::ops::Range;

use zw_lang::ResourceMode;

use crate::module::Target;
use crate::scan::{Chain, chains as native_chains};

/// A key with where it is written, and its indentation.
struct Key<'t> {
    name: &'t str,
    place: Range<usize>,
    indent: usize,
}

/// The keys of a text, one a line at most.
fn keys(text: &str) -> Vec<Key<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        found.extend(key(line, start));
        start += line.len();
    }
    found
}

fn key(line: &str, start: usize) -> Option<Key<'_>> {
    let blanks = line.len() - line.trim_start_matches([' ', '-']).len();
    let rest = &line[blanks..];
    if rest.starts_with('#') {
        return None;
    }
    let end = rest.find(": ").or_else(|| rest.trim_end().strip_suffix(':').map(str::len))?;
    let name = rest[..end].trim_matches(['"', '\'']);
    if name.is_empty() {
        return None;
    }
    let offset = start + blanks + rest.find(name)?;
    Some(Key { name, place: offset..offset + name.len(), indent: blanks })
}

/// The keys that a line is in, from the outside, by its indentation.
pub(crate) fn path_at(text: &str, offset: usize) -> Vec<String> {
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].split('\n').next().unwrap_or_default();
    let mut indent = line.len() - line.trim_start_matches([' ', '-']).len();
    if line.trim().is_empty() {
        indent = offset - line_start;
    }
    let mut path = Vec::new();
    for key in keys(&text[..line_start]).iter().rev() {
        if key.indent < indent {
            path.push(key.name.to_owned());
            indent = key.indent;
        }
    }
    path.reverse();
    path
}

/// What a text declares.
pub(crate) fn declarations(text: &str) -> Vec<(Target, Range<usize>)> {
    let mut found = Vec::new();
    // The keys above, with their indentation.
    let mut above: Vec<(usize, &str)> = Vec::new();
    let all = keys(text);
    for key in &all {
        above.retain(|(indent, _)| *indent < key.indent);
        let names: Vec<&str> = above.iter().map(|(_, name)| *name).collect();
        let name = key.name.to_owned();
        let target = match names.as_slice() {
            ["variable"] => Some(Target::Variable(name)),
            ["locals"] => Some(Target::Local(name)),
            ["module"] => Some(Target::Module(name)),
            ["output"] => Some(Target::Output(name)),
            ["resource", of] => {
                Some(Target::Resource(ResourceMode::Managed, (*of).to_owned(), name))
            }
            ["data", of] => Some(Target::Resource(ResourceMode::Data, (*of).to_owned(), name)),
            ["ephemeral", of] => {
                Some(Target::Resource(ResourceMode::Ephemeral, (*of).to_owned(), name))
            }
            _ => None,
        };
        found.extend(target.map(|target| (target, key.place.clone())));
        above.push((key.indent, key.name));
    }
    found
}

/// Names that follow each other, within `${…}`.
pub(crate) fn chains(text: &str) -> Vec<Chain> {
    let mut found = Vec::new();
    for template in templates(text) {
        for mut chain in native_chains(&text[template.clone()]) {
            for (_, place) in &mut chain.0 {
                *place = place.start + template.start..place.end + template.start;
            }
            found.push(chain);
        }
    }
    found
}

/// The insides of `${…}`, up to the end of the line where one is not closed.
fn templates(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("${") {
        let start = from + at + 2;
        let is_escaped = text[..from + at].ends_with('$');
        let mut depth = 1_usize;
        let end = text[start..].char_indices().find_map(|(at, char)| {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                '\n' => depth = 0,
                _ => {}
            }
            (depth == 0).then_some(start + at)
        });
        let end = end.unwrap_or(text.len());
        if !is_escaped {
            found.push(start..end);
        }
        from = end;
    }
    found
}

/// The part of an expression before a place, if the place is within `${…}`.
pub(crate) fn expression_before(text: &str, offset: usize) -> Option<&str> {
    let inside = templates(text)
        .into_iter()
        .find(|inside| inside.start <= offset && offset <= inside.end)?;
    text.get(inside.start..offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "variable:\n  name:\n    type: string\nresource:\n  aws_vpc:\n    main:\n      \
                        tags:\n        Name: ${var.name}-$${var.no}\n      ";

    #[test]
    fn declarations_and_references_have_their_places() {
        let found = declarations(TEXT);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].0, Target::Variable("name".into()));
        assert_eq!(&TEXT[found[0].1.clone()], "name");
        assert_eq!(&TEXT[found[1].1.clone()], "main");
        let chains = chains(TEXT);
        assert_eq!(chains.len(), 1);
        assert_eq!(&TEXT[chains[0].0[1].1.clone()], "name");
    }

    #[test]
    fn a_line_knows_what_it_is_in() {
        assert_eq!(path_at(TEXT, TEXT.len()), ["resource", "aws_vpc", "main"]);
        let name = TEXT.find("Name").expect("it is there");
        assert_eq!(path_at(TEXT, name), ["resource", "aws_vpc", "main", "tags"]);
        assert_eq!(path_at(TEXT, 0), Vec::<String>::new());
        let inside = TEXT.find("var.name").expect("it is there") + 4;
        assert_eq!(expression_before(TEXT, inside), Some("var."));
        assert_eq!(expression_before(TEXT, name), None);
    }
}
