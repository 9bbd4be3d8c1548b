//! Environments: `environment.zw.yaml`, which says what there is where, and how it differs from place to place.
//!
//! A cell is a module, once in each region or once in each cluster of each region. Values of its variables are set for
//! the environment, for the cell, for a region or for a cluster; the nearer one counts. An environment can be based on
//! another one and say only what differs.
//!
//! It is written as ordinary configuration: a `provider` and a `module` block with `for_each` for each of them. What is
//! behind this knows nothing of environments.

mod read;
mod write;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use indexmap::IndexMap;
use zw_lang::{Diagnostic, Diagnostics, SourceId, Span};

use super::node::{Node, Property, Scalar};
use super::{Native, Problem, Syntax};
use crate::model::Module;

/// What the file may be called.
pub(crate) const FILES: [&str; 2] = ["environment.zw.yaml", "environment.zw.yml"];

/// Files that are based on one another, as one text: the places in a file count from where the one before it ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    files: Vec<(usize, SourceId)>,
    end: usize,
}

impl Chain {
    /// Adds a file, and says where its places begin.
    fn add(&mut self, source: SourceId, text: &str) -> usize {
        let start = self.end;
        self.files.push((start, source));
        // One more, so that the end of a file is not the beginning of the next.
        self.end += text.len() + 1;
        start
    }

    fn span(&self, place: Range<usize>) -> Span {
        let at = self.files.partition_point(|(start, _)| *start <= place.start).saturating_sub(1);
        let (start, source) = self.files.get(at).copied().unwrap_or((0, SourceId(0)));
        Span::new(source, place.start - start..place.end.max(place.start) - start)
    }
}

/// An environment with everything that it is based on.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    chain: Chain,
    name: Option<Scalar>,
    providers: IndexMap<Rc<str>, ProviderParts>,
    variables: Values,
    cells: IndexMap<Rc<str>, Cell>,
    regions: IndexMap<Rc<str>, Region>,
    waves: Option<Node>,
    problems: Vec<Problem>,
    /// Whether a file could not be read at all.
    is_broken: bool,
}

/// Values by the name of the variable or argument.
type Values = IndexMap<Rc<str>, Property>;

/// A provider, configured once for each region.
#[derive(Debug)]
struct ProviderParts {
    place: Range<usize>,
    /// `source` and `version`, as they are in `required_providers`.
    requirement: Values,
    arguments: Values,
}

/// A module, and where it is.
#[derive(Debug)]
struct Cell {
    place: Range<usize>,
    /// The source, and the directory from which relative paths count.
    module: Option<(Scalar, Range<usize>, PathBuf)>,
    version: Option<Property>,
    depends_on: Option<Property>,
    per: Per,
    variables: Values,
}

/// What there is one instance of a cell for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Per {
    Region,
    Cluster,
}

#[derive(Debug)]
struct Region {
    place: Range<usize>,
    /// How many clusters there are besides those that are named.
    count: usize,
    count_place: Range<usize>,
    clusters: IndexMap<Rc<str>, Cluster>,
    variables: Values,
    providers: IndexMap<Rc<str>, Values>,
}

#[derive(Debug)]
struct Cluster {
    place: Range<usize>,
    variables: Values,
}

/// The module that a cell names, for whoever finds it.
#[derive(Clone, Debug)]
pub(crate) struct CellModule {
    /// The cell.
    pub(crate) cell: Rc<str>,
    /// `module`, with a relative path as it is from the root module.
    pub(crate) source: String,
    /// Where it is written.
    pub(crate) span: Span,
    /// The version constraint.
    pub(crate) version: Option<(Rc<str>, Span)>,
}

impl Environment {
    /// The file in a directory that this one is based on: its path, and where it is named.
    pub(crate) fn base(source: SourceId, text: &str) -> Option<(PathBuf, Span)> {
        let root = super::read(text, Syntax::Yaml).ok()??;
        let base = root.get("base")?;
        let super::node::Kind::String(path) = &base.kind else { return None };
        Some((PathBuf::from(&*path.text), Span::new(source, base.place.clone())))
    }

    /// Adds what a file says to what the one says that it is based on. `dir` is the directory that it is in.
    pub(crate) fn add(&mut self, source: SourceId, dir: &Path, text: &str) {
        let start = self.chain.add(source, text);
        match super::read(text, Syntax::Yaml) {
            Ok(Some(root)) => self.layer(&root.moved(start), dir),
            Ok(None) => {}
            Err(mut problem) => {
                problem.place = problem.place.start + start..problem.place.end + start;
                self.problems.push(problem);
                self.is_broken = true;
            }
        }
    }

    /// The modules of the cells, as they are called from the root module in `root`.
    pub(crate) fn modules(&self, root: &Path) -> Vec<CellModule> {
        let cells = self.cells.iter().filter_map(|(name, cell)| {
            let (source, place, dir) = cell.module.as_ref()?;
            let version = cell.version.as_ref().and_then(|version| match &version.value.kind {
                super::node::Kind::String(text) => {
                    Some((Rc::clone(&text.text), self.chain.span(version.value.place.clone())))
                }
                _ => None,
            });
            Some(CellModule {
                cell: Rc::clone(name),
                source: source_from(root, dir, &source.text),
                span: self.chain.span(place.clone()),
                version,
            })
        });
        cells.collect()
    }

    /// It as configuration, given the modules of its cells and their sources, and what is wrong with it.
    pub(crate) fn native(
        mut self,
        modules: &HashMap<Rc<str>, (CellModule, &Module)>,
    ) -> (Native, Diagnostics) {
        let mut native =
            if self.is_broken { Native::default() } else { write::written(&mut self, modules) };
        native.places.spread(&self.chain.files);
        let problems = std::mem::take(&mut self.problems);
        let problems = problems.into_iter().map(|problem| self.diagnostic(problem));
        (native, Diagnostics(problems.collect()))
    }

    fn diagnostic(&self, problem: Problem) -> Diagnostic {
        problem.at(&|place| self.chain.span(place))
    }
}

/// A source that is written in a file in `dir`, as the root module in `root` has to write it.
fn source_from(root: &Path, dir: &Path, source: &str) -> String {
    let is_local =
        source.starts_with("./") || source.starts_with("../") || [".", ".."].contains(&source);
    if !is_local || dir == root {
        return source.to_owned();
    }
    let target = crate::load::normalized(&dir.join(source));
    let up: PathBuf = root.components().map(|_| "..").collect();
    let from_root = match target.strip_prefix(root) {
        Ok(below) => below.to_owned(),
        Err(_) => crate::load::normalized(&up.join(target)),
    };
    let text = from_root.to_string_lossy().replace('\\', "/");
    if text.starts_with("..") { text } else { format!("./{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_count_from_the_file_that_has_them() {
        let cases = [
            ("", "", "../../modules/vpc", "../../modules/vpc"),
            ("", "../base", "../../modules/vpc", "../../modules/vpc"),
            ("", "../../shared/base", "../modules/vpc", "../../shared/modules/vpc"),
            ("live/prod", "live/base", "../../modules/vpc", "../../modules/vpc"),
            ("live", "live/base", "./x", "./base/x"),
            ("", "../base", "acme/vpc/aws", "acme/vpc/aws"),
        ];
        for (root, dir, source, expected) in cases {
            assert_eq!(source_from(Path::new(root), Path::new(dir), source), expected, "{source}");
        }
    }
}
