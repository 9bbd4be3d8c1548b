//! What `encryption` blocks mean: where keys come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_config::{EncryptionBlock, KeyBlock};
use zw_engine::Registry;
use zw_lang::{Diagnostic, Diagnostics, Type, Value, convert};
use zw_state::{KeyFile, KeySource, Passphrase, SealScope, Sealing};

/// Gives a passphrase that is not in the configuration.
const PASSPHRASE: &str = "ZW_ENCRYPTION_PASSPHRASE";

/// The kinds of key providers.
const KINDS: [&str; 2] = ["passphrase", "file"];

/// How a state is encrypted, as a block says. Touches nothing yet.
pub(crate) fn sealing(
    block: &EncryptionBlock,
    root: &Path,
    providers: Arc<Registry>,
) -> Result<Sealing, Diagnostics> {
    let fallbacks = block.fallbacks.iter().map(|key| source(key, root));
    Ok(Sealing {
        source: source(&block.key, root)?,
        fallbacks: fallbacks.collect::<Result<_, _>>()?,
        scope: if block.sensitive_only { SealScope::Sensitive } else { SealScope::All },
        enforced: block.enforced,
        holds_secrets: Arc::new(move |provider, type_name| {
            providers.holds_secrets(provider, type_name)
        }),
    })
}

fn source(key: &KeyBlock, root: &Path) -> Result<Arc<dyn KeySource>, Diagnostics> {
    match key.kind.as_str() {
        "passphrase" => passphrase(key),
        "file" => {
            expect(key, &["path"])?;
            let path = text(key, "path")?.ok_or_else(|| missing(key, "path"))?;
            Ok(Arc::new(KeyFile::new(root.join(PathBuf::from(path)))))
        }
        other => {
            let hint = zw_lang::suggest(other, KINDS);
            let detail = format!(
                "There is no key provider {other:?}: there are {}.{hint}",
                KINDS.join(" and ")
            );
            Err(Diagnostic::error("Unsupported key provider", detail).at(key.span).into())
        }
    }
}

fn passphrase(key: &KeyBlock) -> Result<Arc<dyn KeySource>, Diagnostics> {
    expect(key, &["passphrase", "memory_mib", "passes", "lanes"])?;
    let of_env = || std::env::var(PASSPHRASE).ok().filter(|text| !text.is_empty());
    let Some(given) = text(key, "passphrase")?.or_else(of_env) else {
        let detail = format!(
            "Give it as the argument \"passphrase\", from a variable, or set {PASSPHRASE}."
        );
        return Err(Diagnostic::error("There is no passphrase", detail).at(key.span).into());
    };
    let memory = number(key, "memory_mib")?.map(|mib| mib.saturating_mul(1_024));
    let cost = [memory, number(key, "passes")?, number(key, "lanes")?];
    match Passphrase::new(&given, cost) {
        Ok(source) => Ok(Arc::new(source)),
        Err(reason) => Err(Diagnostic::error("Unsuitable passphrase", reason).at(key.span).into()),
    }
}

/// Refuses arguments that mean nothing.
fn expect(key: &KeyBlock, known: &[&str]) -> Result<(), Diagnostics> {
    let unexpected = key.arguments.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    let problems = unexpected.map(|(name, (_, span))| {
        let hint = zw_lang::suggest(name, known.iter().copied());
        let detail = format!("An argument named {name:?} is not expected here.{hint}");
        Diagnostic::error("Unsupported argument", detail).at(*span)
    });
    Diagnostics(problems.collect()).into_result(())
}

fn missing(key: &KeyBlock, name: &str) -> Diagnostics {
    let detail = format!("The argument {name:?} is required, but no definition was found.");
    Diagnostic::error("Missing required argument", detail).at(key.span).into()
}

fn text(key: &KeyBlock, name: &str) -> Result<Option<String>, Diagnostics> {
    let value = argument(key, name, &Type::String)?;
    Ok(value.as_ref().and_then(Value::as_str).map(str::to_owned))
}

fn number(key: &KeyBlock, name: &str) -> Result<Option<u32>, Diagnostics> {
    let Some(value) = argument(key, name, &Type::Number)? else { return Ok(None) };
    let number = value.as_i64().and_then(|number| u32::try_from(number).ok());
    let Some(number) = number else {
        let detail = format!("{name:?} is a whole number.");
        return Err(Diagnostic::error("Unsuitable value", detail).at(key.span).into());
    };
    Ok(Some(number))
}

/// An argument that is given.
fn argument(key: &KeyBlock, name: &str, ty: &Type) -> Result<Option<Value>, Diagnostics> {
    let Some((value, span)) = key.arguments.get(name) else { return Ok(None) };
    // What is sensitive stays so: it goes to the key only.
    let value = value.clone().unmark_all().0;
    match convert(&value, ty) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_null() && value.is_known())),
        Err(error) => {
            let detail = format!("Unsuitable value for {name:?}: {error}.");
            Err(Diagnostic::error("Unsuitable value type", detail).at(*span).into())
        }
    }
}
