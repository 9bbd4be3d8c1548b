//! Configuration in JSON (`*.tf.json`) and YAML (`*.zw.yaml`).
//!
//! Both are read to one tree ([`node`]) that knows where each of its nodes is written. From the tree
//! the same configuration is written in native syntax ([`native`]), with a table of what comes from
//! where; so there is one parser of expressions and one lowering for all three forms, and diagnostics
//! point into the file that a person wrote. What a property means, a block, an argument that is an
//! expression or one that is a name, is said by the [`grammar`].
//!
//! What only the schema of a provider can tell, whether a property of a resource is an argument or a
//! nested block, is left to whoever has it: see [`Attribute::blocks`](crate::model::Attribute).
//!
//! Source: "JSON Configuration Syntax" in Terraform's language reference, and "Structural Elements"
//! in the specification of HCL's JSON syntax.

pub(crate) mod environment;
mod format;
mod grammar;
mod json;
mod native;
mod node;
mod scalar;
mod yaml;

use std::ops::Range;
use std::path::Path;

pub use format::format_yaml;
pub(crate) use grammar::{Argument, DYNAMIC, FILE, Grammar, LABELLED, OPEN, Rest};
pub(crate) use scalar::in_quotes;
use serde_json::Value as Json;
use zw_lang::parse::{Places, Text};
use zw_lang::{Diagnostic, Diagnostics, SourceId};

/// The syntax of a file of configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `*.tf`
    Native,
    /// `*.tf.json`
    Json,
    /// `*.zw.yaml` and `*.zw.yml`
    Yaml,
}

/// How names of files end, with their syntax.
const ENDINGS: [(&str, Syntax); 4] = [
    (".tf", Syntax::Native),
    (".tf.json", Syntax::Json),
    (".zw.yaml", Syntax::Yaml),
    (".zw.yml", Syntax::Yaml),
];

impl Syntax {
    /// The syntax of a file by its name, whatever the file is for.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        ENDINGS.into_iter().find_map(|(ending, syntax)| name.ends_with(ending).then_some(syntax))
    }

    /// The syntax of a file of a module by its name and the name without what says so; `None` for one
    /// that is no configuration.
    pub fn of_file(name: &str) -> Option<(Self, &str)> {
        // What editors leave behind is no configuration.
        // That of an environment is not that of a module.
        if name.starts_with(['.', '#']) || name.ends_with('~') || environment::FILES.contains(&name)
        {
            return None;
        }
        ENDINGS.into_iter().find_map(|(ending, syntax)| Some((syntax, name.strip_suffix(ending)?)))
    }
}

/// Configuration in native syntax that was made from another one.
#[derive(Debug, Default)]
pub(crate) struct Native {
    /// The text.
    pub(crate) text: String,
    /// Where its pieces are written.
    pub(crate) places: Places,
}

impl Native {
    /// It as text of the file that it was made from.
    pub(crate) fn text(&self, source: SourceId) -> Text<'_> {
        Text::derived(source, &self.text, &self.places)
    }
}

/// A block whose contents a provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `resource`, `data`, `ephemeral` or `provider`.
    pub kind: String,
    /// Its first label: the type, or the name of the provider.
    pub type_name: String,
}

/// What a property of such a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nobody knows.
    Unknown,
    /// An argument.
    Argument,
    /// An argument that can be written as blocks.
    Either,
    /// Blocks without labels.
    Block,
    /// Blocks with one label.
    LabelledBlock,
}

/// Tells arguments from blocks.
pub trait Shapes {
    /// What a property is, in the nested blocks of these types.
    fn of(&self, owner: &Owner, path: &[String], name: &str) -> Shape;
}

/// Knows none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoShapes;

impl Shapes for NoShapes {
    fn of(&self, _: &Owner, _: &[String], _: &str) -> Shape {
        Shape::Unknown
    }
}

/// The tree of a file of JSON or YAML.
fn read(text: &str, syntax: Syntax) -> Result<Option<node::Node>, Problem> {
    match syntax {
        Syntax::Yaml => yaml::read(text),
        Syntax::Json | Syntax::Native => json::read(text),
    }
}

/// A file of JSON or YAML as JSON.
pub(crate) fn tree(source: SourceId, text: &str, syntax: Syntax) -> Result<Json, Diagnostics> {
    let root = read(text, syntax).map_err(|problem| problem.diagnostic(source))?;
    Ok(root.map_or_else(|| Json::Object(serde_json::Map::new()), |root| root.json()))
}

/// A file of JSON or YAML in native syntax. What could not be read is in the diagnostics.
pub(crate) fn native(
    source: SourceId,
    text: &str,
    syntax: Syntax,
    shapes: &dyn Shapes,
) -> (Native, Diagnostics) {
    native_of(source, read(text, syntax), &FILE, shapes)
}

/// A file of values in JSON in native syntax. Strings in it are what they are.
pub(crate) fn native_values(source: SourceId, text: &str) -> (Native, Diagnostics) {
    let read = json::read(text).and_then(|root| match root {
        Some(root) if !matches!(root.kind, node::Kind::Object(_)) => {
            let detail = "The file must be an object of values by name.";
            Err(Problem::new("Incorrect value type", detail, root.place))
        }
        other => Ok(other),
    });
    native_of(source, read, &grammar::VALUES, &NoShapes)
}

/// A file of tests, or of mocks, in JSON in native syntax.
pub(crate) fn native_test(source: SourceId, text: &str, is_mocks: bool) -> (Native, Diagnostics) {
    let grammar = if is_mocks { &grammar::MOCKS } else { &grammar::TEST };
    native_of(source, json::read(text), grammar, &NoShapes)
}

fn native_of(
    source: SourceId,
    read: Result<Option<node::Node>, Problem>,
    grammar: &'static Grammar,
    shapes: &dyn Shapes,
) -> (Native, Diagnostics) {
    match read {
        Ok(None) => (Native::default(), Diagnostics::new()),
        Ok(Some(root)) => {
            let (native, problems) = native::written(&root, grammar, shapes);
            let problems = problems.into_iter().map(|problem| problem.diagnostic(source));
            (native, Diagnostics(problems.collect()))
        }
        Err(problem) => (Native::default(), problem.diagnostic(source).into()),
    }
}

/// Something that is wrong with a file.
#[derive(Debug)]
struct Problem {
    summary: &'static str,
    detail: String,
    place: Range<usize>,
    /// A further place, and what is to be seen there.
    other: Option<(Range<usize>, &'static str)>,
}

impl Problem {
    fn new(summary: &'static str, detail: impl Into<String>, place: Range<usize>) -> Self {
        Self { summary, detail: detail.into(), place, other: None }
    }

    fn diagnostic(self, source: SourceId) -> Diagnostic {
        self.at(&|place| zw_lang::Span::new(source, place))
    }

    /// It as a diagnostic, given where places are.
    fn at(self, span: &dyn Fn(Range<usize>) -> zw_lang::Span) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.summary, self.detail).at(span(self.place));
        match self.other {
            Some((place, text)) => diagnostic.label(span(place), text),
            None => diagnostic,
        }
    }
}
