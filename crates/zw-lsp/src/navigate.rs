//! From a name to what it means, to where else it is written, and to another name.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use lsp_types::{Location, TextEdit, Uri};
use zw_config::Syntax;
use zw_engine::Registry;

use crate::documents::Documents;
use crate::explain;
use crate::module::{Module, Target, normalized, references, source_of};
use crate::scan::{self, Frame};
use crate::{place, yaml};

/// Who looks, and at what.
pub(crate) struct Navigator<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) documents: &'a Documents,
    pub(crate) module: &'a Module,
    /// The folders that the editor has open.
    pub(crate) folders: &'a [PathBuf],
}

/// A place in a file.
struct Spot {
    path: PathBuf,
    range: Range<usize>,
}

impl Navigator<'_> {
    /// What is at a place, declared or referred to, with where it is written there.
    pub(crate) fn target_at(
        &self,
        path: &Path,
        text: &str,
        offset: usize,
    ) -> Option<(Target, Range<usize>)> {
        let is_here = |range: &Range<usize>| range.start <= offset && offset <= range.end;
        let declared = self.module.declarations();
        let declared =
            declared.into_iter().find(|found| found.path == path && is_here(&found.name));
        if let Some(found) = declared {
            return Some((found.target, found.name));
        }
        let referred = references(path, text).into_iter();
        referred
            .filter(|found| {
                // Names after it are attributes, which have places of their own.
                found.whole.start <= offset && offset <= found.name.end
            })
            .map(|found| (found.target, found.name))
            .next_back()
    }

    /// Where what is at a place is declared.
    pub(crate) fn definition(&self, path: &Path, text: &str, offset: usize) -> Option<Location> {
        if let Some(called) = self.called_at(path, text, offset) {
            return self.location(&called);
        }
        let (target, _) = self.target_at(path, text, offset)?;
        let found = self.module.declarations().into_iter().find(|found| found.target == target)?;
        self.location(&Spot { path: found.path, range: found.name })
    }

    /// An output of a called module (`module.a.OUTPUT`), or a variable that a call gives a value: they are declared
    /// there.
    fn called_at(&self, path: &Path, text: &str, offset: usize) -> Option<Spot> {
        let is_here = |range: &Range<usize>| range.start <= offset && offset <= range.end;
        let output = references(path, text).into_iter().find_map(|found| {
            let Target::Module(name) = found.target else { return None };
            let (output, range) = found.rest.into_iter().next()?;
            is_here(&range).then_some((name, Target::Output(output)))
        });
        let argument = || {
            scan::blocks(text).into_iter().find_map(|block| {
                let is_call = block.words.first()?.0 == "module";
                let found = block.attributes.iter().find(|(_, range, _)| is_here(range))?;
                is_call.then(|| {
                    Some((block.words.get(1)?.0.clone(), Target::Variable(found.0.clone())))
                })?
            })
        };
        let (call, target) = output.or_else(argument)?;
        let called = Module::read(self.documents, &self.module.called(&call)?);
        let found = called.declarations().into_iter().find(|found| found.target == target)?;
        Some(Spot { path: found.path, range: found.name })
    }

    /// Everywhere that it is written.
    pub(crate) fn references(&self, target: &Target, with_declaration: bool) -> Vec<Location> {
        self.spots(target, with_declaration).iter().filter_map(|spot| self.location(spot)).collect()
    }

    /// The changes that give it another name everywhere.
    #[expect(
        clippy::mutable_key_type,
        reason = "the protocol has it so, and a URI is equal as its text"
    )]
    pub(crate) fn rename(&self, target: &Target, name: &str) -> HashMap<Uri, Vec<TextEdit>> {
        let mut edits: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for spot in self.spots(target, true) {
            let (Some(text), Some(uri)) = (self.documents.text(&spot.path), place::uri(&spot.path))
            else {
                continue;
            };
            let range = place::range(&text, &spot.range);
            edits.entry(uri).or_default().push(TextEdit::new(range, name.to_owned()));
        }
        edits
    }

    fn spots(&self, target: &Target, with_declaration: bool) -> Vec<Spot> {
        let mut spots = Vec::new();
        if with_declaration {
            let declared = self.module.declarations().into_iter();
            let declared = declared.filter(|found| found.target == *target);
            spots.extend(declared.map(|found| Spot { path: found.path, range: found.name }));
        }
        for (path, text) in &self.module.files {
            let found = references(path, text).into_iter().filter(|found| found.target == *target);
            spots.extend(found.map(|found| Spot { path: path.clone(), range: found.name }));
        }
        spots.extend(self.outside(target));
        spots
    }

    /// Where callers of the module write the name of a variable or an output of it.
    fn outside(&self, target: &Target) -> Vec<Spot> {
        let mut spots = Vec::new();
        if !matches!(target, Target::Variable(_) | Target::Output(_)) {
            return spots;
        }
        for path in self.folders.iter().flat_map(|folder| native_files(folder)) {
            let (Some(text), Some(dir)) = (self.documents.text(&path), path.parent()) else {
                continue;
            };
            for block in scan::blocks(&text) {
                let is_call = block.words.first().is_some_and(|(word, _)| word == "module");
                let calls = source_of(&block, &text).map(|source| normalized(&dir.join(source)));
                let Some((name, _)) = block.words.get(1).filter(|_| is_call) else { continue };
                if calls.as_deref() != Some(&*self.module.dir) {
                    continue;
                }
                let found = match target {
                    Target::Variable(variable) => {
                        let given = block.attributes.iter().filter(|(known, ..)| known == variable);
                        given.map(|(_, range, _)| range.clone()).collect::<Vec<_>>()
                    }
                    target => outputs_of(&path, &text, name, target.name()),
                };
                spots.extend(found.into_iter().map(|range| Spot { path: path.clone(), range }));
                // Other files of the same module refer to its outputs, too.
                if let Target::Output(output) = target {
                    for (other, text) in Module::read(self.documents, dir).files {
                        if other != path {
                            let found = outputs_of(&other, &text, name, output).into_iter();
                            spots.extend(found.map(|range| Spot { path: other.clone(), range }));
                        }
                    }
                }
            }
        }
        spots
    }

    fn location(&self, spot: &Spot) -> Option<Location> {
        let text = self.documents.text(&spot.path)?;
        Some(Location::new(place::uri(&spot.path)?, place::range(&text, &spot.range)))
    }

    /// What there is to say about what is at a place.
    pub(crate) fn hover(
        &self,
        path: &Path,
        text: &str,
        offset: usize,
    ) -> Option<(String, Range<usize>)> {
        let is_here = |range: &Range<usize>| range.start <= offset && offset <= range.end;
        for found in references(path, text) {
            let Target::Resource(mode, of, _) = &found.target else { continue };
            // An attribute of a resource.
            let at = found.rest.iter().position(|(_, range)| is_here(range));
            if let Some(at) = at {
                let mut block = &explain::schema(self.registry, *mode, of)?.block;
                for (name, _) in &found.rest[..at] {
                    block = &block.nested(name)?.block;
                }
                let (name, range) = &found.rest[at];
                return Some((in_block(block, name)?, range.clone()));
            }
        }
        if let Some((target, range)) = self.target_at(path, text, offset)
            && let Some(docs) = explain::declared(self.registry, self.module, &target)
        {
            return Some((docs, range));
        }
        let (word, range) = word_at(text, offset)?;
        let docs = match Syntax::of_path(path)? {
            Syntax::Native => self.native_word(text, &range, word),
            Syntax::Yaml => self.yaml_word(text, &range, word),
            Syntax::Json => None,
        };
        Some((docs?, range))
    }

    fn native_word(&self, text: &str, range: &Range<usize>, word: &str) -> Option<String> {
        let context = scan::context(text, range.start);
        let path = context.blocks();
        if path.is_empty() && context.frames.last() == Some(&Frame::Text) {
            return self.type_of(context.words.first()?, word);
        }
        if context.is_value {
            return function(word);
        }
        let meta = explain::META.iter().find(|(name, _)| *name == word);
        explain::block_of(self.registry, &path)
            .and_then(|block| in_block(block, word))
            .or_else(|| meta.filter(|_| path.len() == 1).map(|(_, docs)| (*docs).to_owned()))
    }

    fn yaml_word(&self, text: &str, range: &Range<usize>, word: &str) -> Option<String> {
        if yaml::expression_before(text, range.start).is_some() {
            return function(word);
        }
        let path = yaml::path_at(text, range.start);
        match path.as_slice() {
            [kind] => self.type_of(kind, word),
            [kind, of, name, rest @ ..] => {
                let mut blocks = vec![vec![kind.clone(), of.clone(), name.clone()]];
                blocks.extend(rest.iter().map(|name| vec![name.clone()]));
                in_block(explain::block_of(self.registry, &blocks)?, word)
            }
            _ => None,
        }
    }

    fn type_of(&self, kind: &str, name: &str) -> Option<String> {
        let mode = match kind {
            "resource" => zw_lang::ResourceMode::Managed,
            "data" => zw_lang::ResourceMode::Data,
            "ephemeral" => zw_lang::ResourceMode::Ephemeral,
            _ => return None,
        };
        explain::type_of(self.registry, mode, name)
    }
}

/// Where a file refers to an output of a call.
fn outputs_of(path: &Path, text: &str, call: &str, output: &str) -> Vec<Range<usize>> {
    let found = references(path, text).into_iter().filter_map(|found| {
        let is_it = found.target == Target::Module(call.to_owned());
        let (name, range) = found.rest.into_iter().next()?;
        (is_it && name == output).then_some(range)
    });
    found.collect()
}

fn function(word: &str) -> Option<String> {
    zw_lang::functions::all().iter().find(|known| known.name == word).map(explain::function)
}

fn in_block(block: &zw_provider::schema::Block, name: &str) -> Option<String> {
    let attribute = block.attribute(name).map(explain::attribute);
    attribute.or_else(|| block.nested(name).map(explain::nested_block))
}

/// The name that a place is in.
fn word_at(text: &str, offset: usize) -> Option<(&str, Range<usize>)> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
    let start = text[..offset]
        .rfind(|char| !is_part(char))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let end = text[offset..].find(|char| !is_part(char)).map_or(text.len(), |at| offset + at);
    let word = text.get(start..end).filter(|word| !word.is_empty())?;
    Some((word, start..end))
}

/// How many directories deep callers are looked for.
const DEPTH_MAX: usize = 6;

/// Files of native syntax in a folder and below it, but not in hidden directories.
fn native_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![(folder.to_owned(), 0)];
    while let Some((dir, depth)) = left.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with('.') || name == "node_modules" || name == "target" {
                continue;
            }
            if path.is_dir() && depth < DEPTH_MAX {
                left.push((path, depth + 1));
            } else if Syntax::of_path(&path) == Some(Syntax::Native) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
