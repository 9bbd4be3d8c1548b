//! What the files of a module declare and refer to, by name.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_config::Syntax;
use zw_lang::ResourceMode;

use crate::documents::Documents;
use crate::scan::{self, Block};
use crate::yaml;

/// Something that has a name in a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Variable(String),
    Local(String),
    Module(String),
    Output(String),
    Resource(ResourceMode, String, String),
}

/// Where something is declared.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub(crate) target: Target,
    pub(crate) path: PathBuf,
    /// Where its name is written.
    pub(crate) name: Range<usize>,
}

/// Where something is referred to.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) target: Target,
    /// Where its name is written.
    pub(crate) name: Range<usize>,
    /// The names after it, with where they are written.
    pub(crate) rest: Vec<(String, Range<usize>)>,
    /// All of it.
    pub(crate) whole: Range<usize>,
}

/// The files of a directory.
pub(crate) struct Module {
    pub(crate) dir: PathBuf,
    pub(crate) files: Vec<(PathBuf, Arc<str>)>,
}

impl Target {
    /// The name that it can be given another instead of.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Variable(name)
            | Self::Local(name)
            | Self::Module(name)
            | Self::Output(name)
            | Self::Resource(_, _, name) => name,
        }
    }

    /// What names that follow each other refer to, and how many of them name it.
    pub(crate) fn of_chain(names: &[&str]) -> Option<(Self, usize)> {
        let owned = |at: usize| names.get(at).map(|name| (*name).to_owned());
        Some(match *names.first()? {
            "var" => (Self::Variable(owned(1)?), 2),
            "local" => (Self::Local(owned(1)?), 2),
            "module" => (Self::Module(owned(1)?), 2),
            "data" => (Self::Resource(ResourceMode::Data, owned(1)?, owned(2)?), 3),
            "ephemeral" => (Self::Resource(ResourceMode::Ephemeral, owned(1)?, owned(2)?), 3),
            "each" | "count" | "path" | "self" | "terraform" | "provider" | "output" => {
                return None;
            }
            // Types of resources have the name of their provider in front.
            first if first.contains('_') => {
                (Self::Resource(ResourceMode::Managed, owned(0)?, owned(1)?), 2)
            }
            _ => return None,
        })
    }

    /// What a block of native syntax declares, and where its name is.
    fn of_block(block: &Block) -> Option<(Self, Range<usize>)> {
        let word = |at: usize| block.words.get(at).map(|(word, _)| word.clone());
        let place = |at: usize| block.words.get(at).map(|(_, place)| place.clone());
        let mode = match word(0)?.as_str() {
            "variable" => return Some((Self::Variable(word(1)?), place(1)?)),
            "module" => return Some((Self::Module(word(1)?), place(1)?)),
            "output" => return Some((Self::Output(word(1)?), place(1)?)),
            "resource" => ResourceMode::Managed,
            "data" => ResourceMode::Data,
            "ephemeral" => ResourceMode::Ephemeral,
            _ => return None,
        };
        Some((Self::Resource(mode, word(1)?, word(2)?), place(2)?))
    }
}

impl Module {
    /// The module in a directory, as the editor has it.
    pub(crate) fn read(documents: &Documents, dir: &Path) -> Self {
        let files = documents.of_module(dir).into_iter();
        let files = files.filter_map(|path| Some((path.clone(), documents.text(&path)?)));
        Self { dir: dir.to_owned(), files: files.collect() }
    }

    /// All that it declares.
    pub(crate) fn declarations(&self) -> Vec<Declaration> {
        self.files.iter().flat_map(|(path, text)| declarations(path, text)).collect()
    }

    /// The block of native syntax that declares something, with the text that it is in.
    pub(crate) fn block_of(&self, target: &Target) -> Option<(Block, Arc<str>)> {
        let native =
            self.files.iter().filter(|(path, _)| Syntax::of_path(path) == Some(Syntax::Native));
        native.into_iter().find_map(|(_, text)| {
            let mut blocks = scan::blocks(text).into_iter();
            let found = blocks.find(|block| {
                Target::of_block(block).is_some_and(|(declared, _)| declared == *target)
            });
            Some((found?, text.clone()))
        })
    }

    /// The directory of a module that it calls, if that is known from its source alone.
    pub(crate) fn called(&self, name: &str) -> Option<PathBuf> {
        let (block, text) = self.block_of(&Target::Module(name.to_owned()))?;
        source_of(&block, &text).map(|source| normalized(&self.dir.join(source)))
    }
}

/// The relative path that a call of a module has as its source.
pub(crate) fn source_of(block: &Block, text: &str) -> Option<String> {
    let (_, _, value) = block.attributes.iter().find(|(name, ..)| name == "source")?;
    let line = text.get(*value..)?.split('\n').next()?.trim();
    let source = line.strip_prefix('"')?.split('"').next()?;
    source.starts_with('.').then(|| source.to_owned())
}

/// A path without `.` and `..`.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

fn declarations(path: &Path, text: &str) -> Vec<Declaration> {
    let found = match Syntax::of_path(path) {
        Some(Syntax::Native) => native_declarations(text),
        Some(Syntax::Yaml) => yaml::declarations(text),
        Some(Syntax::Json) | None => Vec::new(),
    };
    let place = |(target, name)| Declaration { target, path: path.to_owned(), name };
    found.into_iter().map(place).collect()
}

fn native_declarations(text: &str) -> Vec<(Target, Range<usize>)> {
    let mut found = Vec::new();
    for block in scan::blocks(text) {
        found.extend(Target::of_block(&block));
        if block.words.first().is_some_and(|(word, _)| word == "locals") {
            let locals = block.attributes.into_iter();
            found.extend(locals.map(|(name, place, _)| (Target::Local(name), place)));
        }
    }
    found
}

/// All references in a file.
pub(crate) fn references(path: &Path, text: &str) -> Vec<Reference> {
    let chains = match Syntax::of_path(path) {
        Some(Syntax::Native) => scan::chains(text),
        Some(Syntax::Yaml) => yaml::chains(text),
        Some(Syntax::Json) | None => Vec::new(),
    };
    chains
        .into_iter()
        .filter_map(|chain| {
            let names: Vec<&str> = chain.0.iter().map(|(name, _)| name.as_str()).collect();
            let (target, taken) = Target::of_chain(&names)?;
            let whole = chain.0.first()?.1.start..chain.0.last()?.1.end;
            let name = chain.0.get(taken - 1)?.1.clone();
            Some(Reference { target, name, rest: chain.0[taken..].to_vec(), whole })
        })
        .collect()
}
