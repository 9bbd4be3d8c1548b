//! What could stand at a place.

use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind};
use zw_config::Syntax;
use zw_engine::Registry;
use zw_lang::ResourceMode;
use zw_provider::schema::Block;

use crate::documents::Documents;
use crate::explain::{self, META};
use crate::module::{Module, Target};
use crate::scan::{self, Context, Frame};
use crate::yaml;

/// Blocks at the outermost level, with what they are.
const BLOCKS: [(&str, &str); 14] = [
    ("resource", "Something that is to exist."),
    ("data", "Something that is looked up."),
    ("ephemeral", "A value that is nowhere kept."),
    ("module", "A call of another module."),
    ("variable", "An argument of this module."),
    ("locals", "Values with names."),
    ("output", "A result of this module."),
    ("provider", "How to reach a cloud."),
    ("terraform", "Settings: the backend, and providers that are required."),
    ("moved", "Something has another address now."),
    ("removed", "Something is not managed here any more."),
    ("import", "Something that exists is to be managed."),
    ("check", "Something that is to hold, and only warns."),
    ("run", "A run of a test."),
];

/// What blocks take that no schema describes.
const ARGUMENTS: [(&str, &[&str]); 8] = [
    (
        "variable",
        &[
            "type",
            "default",
            "description",
            "sensitive",
            "ephemeral",
            "nullable",
            "const",
            "validation",
            "deprecated",
        ],
    ),
    (
        "output",
        &[
            "value",
            "description",
            "sensitive",
            "ephemeral",
            "depends_on",
            "precondition",
            "deprecated",
        ],
    ),
    ("module", &["source", "version", "providers", "count", "for_each", "depends_on", "lifecycle"]),
    ("terraform", &["required_version", "required_providers", "backend", "encryption", "history"]),
    ("moved", &["from", "to"]),
    ("removed", &["from", "lifecycle"]),
    ("import", &["to", "id", "identity", "provider", "for_each"]),
    ("check", &["data", "assert"]),
];

/// What `lifecycle` takes in a resource.
const LIFECYCLE: [&str; 8] = [
    "create_before_destroy",
    "prevent_destroy",
    "ignore_changes",
    "replace_triggered_by",
    "precondition",
    "postcondition",
    "enabled",
    "destroy",
];

/// Who completes, and with what.
pub(crate) struct Completer<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) documents: &'a Documents,
    pub(crate) module: &'a Module,
}

impl Completer<'_> {
    /// What could stand at a place of a text.
    pub(crate) fn at(&self, syntax: Syntax, text: &str, offset: usize) -> Vec<CompletionItem> {
        match syntax {
            Syntax::Native => self.native(&scan::context(text, offset)),
            Syntax::Yaml => match yaml::expression_before(text, offset) {
                Some(before) => self.expression(&scan::context(before, before.len()).prefix),
                None => self.yaml_key(&yaml::path_at(text, offset)),
            },
            Syntax::Json => Vec::new(),
        }
    }

    fn native(&self, context: &Context) -> Vec<CompletionItem> {
        let path = context.blocks();
        match context.frames.last() {
            Some(Frame::Text) if path.is_empty() => self.labels(&context.words),
            Some(Frame::Text) => Vec::new(),
            None if !context.is_value => words(&BLOCKS, CompletionItemKind::KEYWORD),
            Some(Frame::Block(_)) if !context.is_value => self.body(&path),
            _ => self.expression(&context.prefix),
        }
    }

    /// The label that is being written of a block.
    fn labels(&self, words: &[String]) -> Vec<CompletionItem> {
        let [kind] = words else { return Vec::new() };
        let mode = match kind.as_str() {
            "resource" => ResourceMode::Managed,
            "data" => ResourceMode::Data,
            "ephemeral" => ResourceMode::Ephemeral,
            "provider" => {
                let names = self.registry.iter().map(|(_, provider)| provider.name());
                return names.map(|name| item(name, CompletionItemKind::MODULE, "")).collect();
            }
            _ => return Vec::new(),
        };
        self.types(mode)
    }

    fn types(&self, mode: ResourceMode) -> Vec<CompletionItem> {
        let types = self.registry.iter().flat_map(|(_, provider)| provider.types(mode));
        types
            .map(|(name, schema)| item(name, CompletionItemKind::CLASS, schema.description))
            .collect()
    }

    /// What a block takes.
    fn body(&self, path: &[Vec<String>]) -> Vec<CompletionItem> {
        let kind = path[0].first().map(String::as_str).unwrap_or_default();
        if path.last().is_some_and(|words| words[0] == "lifecycle") {
            return plain(&LIFECYCLE);
        }
        if let Some(block) = explain::block_of(self.registry, path) {
            let mut items = of_schema(block);
            if path.len() == 1 && kind != "provider" {
                items.extend(words(&META, CompletionItemKind::KEYWORD));
            }
            return items;
        }
        if path.len() > 1 {
            return Vec::new();
        }
        let known = ARGUMENTS.iter().find(|(block, _)| *block == kind);
        let mut items = known.map(|(_, names)| plain(names)).unwrap_or_default();
        if kind == "module" {
            items.extend(self.variables_of_call(path[0].get(1).map(String::as_str)));
        }
        items
    }

    /// The variables of the module that a block calls.
    fn variables_of_call(&self, name: Option<&str>) -> Vec<CompletionItem> {
        let Some(dir) = name.and_then(|name| self.module.called(name)) else { return Vec::new() };
        let called = Module::read(self.documents, &dir);
        self.declared(&called, |target| matches!(target, Target::Variable(_)))
    }

    fn declared(&self, module: &Module, wanted: impl Fn(&Target) -> bool) -> Vec<CompletionItem> {
        let found = module.declarations().into_iter().filter(|found| wanted(&found.target));
        found
            .map(|found| {
                let docs = explain::declared(self.registry, module, &found.target);
                item(found.target.name(), CompletionItemKind::VARIABLE, &docs.unwrap_or_default())
            })
            .collect()
    }

    /// What could go on where an expression has these names already.
    fn expression(&self, prefix: &str) -> Vec<CompletionItem> {
        let names: Vec<&str> = prefix.split('.').collect();
        let Some((_, before)) = names.split_last() else { return Vec::new() };
        match before {
            [] => self.beginnings(),
            ["var"] => self.declared(self.module, |target| matches!(target, Target::Variable(_))),
            ["local"] => self.declared(self.module, |target| matches!(target, Target::Local(_))),
            ["module"] => self.declared(self.module, |target| matches!(target, Target::Module(_))),
            ["module", name] => {
                let Some(dir) = self.module.called(name) else { return Vec::new() };
                let called = Module::read(self.documents, &dir);
                self.declared(&called, |target| matches!(target, Target::Output(_)))
            }
            ["each"] => plain(&["key", "value"]),
            ["count"] => plain(&["index"]),
            ["path"] => plain(&["module", "root", "cwd"]),
            ["terraform"] => plain(&["workspace", "applying"]),
            ["data"] => self.declared_types(ResourceMode::Data),
            ["data", of] => self.declared_names(ResourceMode::Data, of),
            ["data", of, _, rest @ ..] => self.attributes(ResourceMode::Data, of, rest),
            ["ephemeral"] => self.declared_types(ResourceMode::Ephemeral),
            ["ephemeral", of] => self.declared_names(ResourceMode::Ephemeral, of),
            ["ephemeral", of, _, rest @ ..] => self.attributes(ResourceMode::Ephemeral, of, rest),
            [of] => self.declared_names(ResourceMode::Managed, of),
            [of, _, rest @ ..] => self.attributes(ResourceMode::Managed, of, rest),
        }
    }

    /// What an expression can begin with.
    fn beginnings(&self) -> Vec<CompletionItem> {
        let mut items =
            plain(&["var", "local", "module", "data", "each", "count", "path", "terraform"]);
        items.extend(self.declared_types(ResourceMode::Managed));
        items.extend(zw_lang::functions::all().iter().map(|function| {
            item(function.name, CompletionItemKind::FUNCTION, &explain::function(function))
        }));
        items
    }

    fn declared_types(&self, wanted: ResourceMode) -> Vec<CompletionItem> {
        let mut names: Vec<String> = self
            .module
            .declarations()
            .into_iter()
            .filter_map(|found| match found.target {
                Target::Resource(mode, of, _) if mode == wanted => Some(of),
                _ => None,
            })
            .collect();
        names.sort();
        names.dedup();
        names.iter().map(|name| item(name, CompletionItemKind::CLASS, "")).collect()
    }

    fn declared_names(&self, wanted: ResourceMode, type_name: &str) -> Vec<CompletionItem> {
        self.declared(self.module, |target| {
            matches!(target, Target::Resource(mode, of, _) if *mode == wanted && of == type_name)
        })
    }

    fn attributes(&self, mode: ResourceMode, of: &str, path: &[&str]) -> Vec<CompletionItem> {
        let schema = explain::schema(self.registry, mode, of);
        let mut block = schema.map(|schema| &schema.block);
        for name in path {
            block = block.and_then(|block| block.nested(name)).map(|nested| &nested.block);
        }
        block.map(of_schema).unwrap_or_default()
    }

    /// The key that is being written below others.
    fn yaml_key(&self, path: &[String]) -> Vec<CompletionItem> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names.as_slice() {
            [] => words(&BLOCKS, CompletionItemKind::KEYWORD),
            ["resource"] => self.types(ResourceMode::Managed),
            ["data"] => self.types(ResourceMode::Data),
            ["ephemeral"] => self.types(ResourceMode::Ephemeral),
            [kind @ ("resource" | "data" | "ephemeral"), of, name, rest @ ..] => {
                let mut blocks = vec![[*kind, of, name].map(str::to_owned).to_vec()];
                blocks.extend(rest.iter().map(|name| vec![(*name).to_owned()]));
                self.body(&blocks)
            }
            [kind @ ("variable" | "output" | "module"), name] => {
                self.body(&[[*kind, name].map(str::to_owned).to_vec()])
            }
            ["terraform"] => self.body(&[vec!["terraform".to_owned()]]),
            _ => Vec::new(),
        }
    }
}

/// Arguments and blocks of a schema.
fn of_schema(block: &Block) -> Vec<CompletionItem> {
    let attributes = block.attributes.iter().map(|attribute| {
        let docs = explain::attribute(attribute);
        item(attribute.name, CompletionItemKind::PROPERTY, &docs)
    });
    let blocks = block.blocks.iter().map(|nested| {
        item(nested.name, CompletionItemKind::STRUCT, &explain::nested_block(nested))
    });
    attributes.chain(blocks).collect()
}

fn plain(names: &[&str]) -> Vec<CompletionItem> {
    names.iter().map(|name| item(name, CompletionItemKind::KEYWORD, "")).collect()
}

fn words(words: &[(&str, &str)], kind: CompletionItemKind) -> Vec<CompletionItem> {
    words.iter().map(|(word, docs)| item(word, kind, docs)).collect()
}

fn item(label: &str, kind: CompletionItemKind, docs: &str) -> CompletionItem {
    let markup = || MarkupContent { kind: MarkupKind::Markdown, value: docs.to_owned() };
    CompletionItem {
        label: label.to_owned(),
        kind: Some(kind),
        documentation: (!docs.is_empty()).then(|| Documentation::MarkupContent(markup())),
        ..CompletionItem::default()
    }
}
