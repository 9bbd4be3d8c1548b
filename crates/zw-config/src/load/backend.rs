//! `backend` blocks: where the state is has to be known before anything else.

use std::path::Path;

use indexmap::IndexMap;
use zw_lang::{Diagnostic, Diagnostics, ExprKind, SourceMap, Span, Str, Value};

use super::early::Early;
use super::{GivenEarly, Loader, LocalSources, normalized, shown};
use crate::files::Files;
use crate::model::Module;

/// A `backend` block with its arguments evaluated.
#[derive(Clone, Debug)]
pub struct BackendBlock {
    /// The type, as `s3`.
    pub name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// The arguments with where they are written. Secrets may be among them.
    pub arguments: IndexMap<Str, (Value, Span)>,
}

/// The `backend` block of a root module, if it has one.
///
/// # Errors
/// If an argument is not known before planning, or if there is a block of HCP Terraform.
pub fn backend(
    module: &Module,
    given: &mut GivenEarly<'_>,
) -> Result<Option<BackendBlock>, Diagnostics> {
    if let Some(cloud) = module.settings.others.iter().find(|block| block.type_name == "cloud") {
        let detail = "zw keeps states in backends, and not in HCP Terraform. Use a backend block instead; \
                      \"terraform state pull\" gives the state that is there.";
        return Err(Diagnostic::error("HCP Terraform cannot be used", detail)
            .at(cloud.span)
            .into());
    }
    let Some((name, body)) = &module.settings.backend else { return Ok(None) };
    // Most are constant, and need no values of variables.
    let is_constant = body
        .attributes
        .values()
        .all(|argument| matches!(argument.value.kind, ExprKind::Literal(_)));
    let given = if is_constant { super::Given::new() } else { given(&module.variables)? };
    let root = shown(&module.dir);
    let arguments = Early::new(module, &given, &root).block("backend", body)?;
    Ok(Some(BackendBlock { name: name.clone(), span: body.span, arguments }))
}

/// The same, of the root module in a directory, without reading any other module. With what spans refer to.
///
/// # Errors
/// Everything that is wrong with the module, if it may have such a block.
pub fn backend_in(
    root: &Path,
    files: &dyn Files,
    given: &mut GivenEarly<'_>,
) -> (Result<Option<BackendBlock>, Diagnostics>, SourceMap) {
    let (module, sources) = root_with(root, files, &["backend", "cloud"]);
    let block = match module {
        Ok(Some(module)) => backend(&module, given),
        Ok(None) => Ok(None),
        Err(problems) => Err(problems),
    };
    (block, sources)
}

/// The root module in a directory, if one of some words is written in it, without reading any other module.
pub(super) fn root_with(
    root: &Path,
    files: &dyn Files,
    words: &[&str],
) -> (Result<Option<Module>, Diagnostics>, SourceMap) {
    let mut resolver = LocalSources;
    let root = normalized(root);
    let mut nothing = |_: &[crate::model::Variable]| Ok(super::Given::new());
    let mut loader = Loader::new(&root, files, &mut resolver, &mut nothing, None);
    loader.sources(&root, None);
    // Large configurations without such a block are not read a second time for that. JSON can spell every letter as
    // an escape.
    let may_have =
        |text: &str| text.contains("\\u") || words.iter().any(|word| text.contains(word));
    let texts = &loader.config.sources;
    if !texts.iter().any(|(_, source)| may_have(&source.text)) || loader.diagnostics.has_errors() {
        let found = std::mem::take(&mut loader.diagnostics);
        return (found.into_result(None), loader.config.sources);
    }
    loader.config.sources = SourceMap::default();
    loader.is_environment_read = false;
    let module = loader.read_module(&root, None);
    let found = std::mem::take(&mut loader.diagnostics);
    let module = if found.has_errors() { Err(found) } else { Ok(Some(module)) };
    (module, loader.config.sources)
}
