//! How a state is kept: `encryption` and `history` blocks have to be known before the state is read.

use std::path::Path;

use indexmap::IndexMap;
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Str, Value};

use super::early::Early;
use super::{GivenEarly, shown};
use crate::files::Files;
use crate::model::{Encryption, History, Module};

/// How a state is kept.
#[derive(Clone, Debug, Default)]
pub struct Keeping {
    /// How it is encrypted, if it is.
    pub encryption: Option<EncryptionBlock>,
    /// How much of its history is kept.
    pub history: History,
}

/// An `encryption` block with its arguments evaluated.
#[derive(Clone, Debug)]
pub struct EncryptionBlock {
    /// Where the key of new states comes from.
    pub key: KeyBlock,
    /// Where keys of others may come from.
    pub fallbacks: Vec<KeyBlock>,
    /// Whether what is not encrypted is refused.
    pub enforced: bool,
    /// Whether only what is sensitive is encrypted.
    pub sensitive_only: bool,
}

/// A `key_provider` block with its arguments evaluated.
#[derive(Clone, Debug)]
pub struct KeyBlock {
    /// The kind, as `passphrase`.
    pub kind: Str,
    /// Its name, as `main`.
    pub name: Str,
    /// Where the block's header is written.
    pub span: Span,
    /// The arguments with where they are written. Secrets are among them.
    pub arguments: IndexMap<Str, (Value, Span)>,
}

/// How the state of a root module is kept.
///
/// # Errors
/// If something is not known before planning, or names what is not there.
pub fn keeping(module: &Module, given: &mut GivenEarly<'_>) -> Result<Keeping, Diagnostics> {
    let history = module.settings.history.unwrap_or_default();
    let encryption = match &module.settings.encryption {
        Some(declared) => encrypted(module, declared, given)?,
        None => None,
    };
    Ok(Keeping { encryption, history })
}

/// The same, of the root module in a directory, without reading any other module. With what spans refer to.
///
/// # Errors
/// Everything that is wrong with the module, if it may have such a block.
pub fn keeping_in(
    root: &Path,
    files: &dyn Files,
    given: &mut GivenEarly<'_>,
) -> (Result<Keeping, Diagnostics>, SourceMap) {
    let (module, sources) = super::backend::root_with(root, files, &["encryption", "history"]);
    let found = match module {
        Ok(Some(module)) => keeping(&module, given),
        Ok(None) => Ok(Keeping::default()),
        Err(problems) => Err(problems),
    };
    (found, sources)
}

fn encrypted(
    module: &Module,
    declared: &Encryption,
    given: &mut GivenEarly<'_>,
) -> Result<Option<EncryptionBlock>, Diagnostics> {
    let Some(method) = &declared.method else {
        let detail = "It has no \"state\" block with the method that states are encrypted with.";
        return Err(Diagnostic::error("Incomplete encryption configuration", detail)
            .at(declared.span)
            .into());
    };
    let values = given(&module.variables)?;
    let root = shown(&module.dir);
    let key = |(name, span): &(Str, Span)| -> Result<KeyBlock, Diagnostics> {
        let missing = |what: String| {
            let detail = format!("There is no {what} in the encryption block.");
            Diagnostics::from(Diagnostic::error("Reference to undeclared name", detail).at(*span))
        };
        let of_name = |(known, _): &&(Str, (Str, Str))| known == name;
        let (_, (kind, key)) = (declared.methods.iter().find(of_name))
            .ok_or_else(|| missing(format!("method \"aes_gcm\" {name:?}")))?;
        let of_key = |(known, named, _): &&(Str, Str, _)| known == kind && named == key;
        let (kind, name, body) = (declared.key_providers.iter().find(of_key))
            .ok_or_else(|| missing(format!("key_provider {kind:?} {key:?}")))?;
        let arguments = Early::new(module, &values, &root).block("key provider", body)?;
        Ok(KeyBlock { kind: kind.clone(), name: name.clone(), span: body.span, arguments })
    };
    Ok(Some(EncryptionBlock {
        key: key(method)?,
        fallbacks: declared.fallbacks.iter().map(key).collect::<Result<_, _>>()?,
        enforced: declared.enforced,
        sensitive_only: declared.scope == Some("sensitive"),
    }))
}
