//! What `encryption` blocks mean: where keys come from.

mod asked;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_config::{EncryptionBlock, KeyBlock};
use zw_engine::Registry;
use zw_lang::{Diagnostic, Diagnostics, Type, Value, convert};
use zw_state::{KeyFile, KeySource, Passphrase, SealScope, Sealing};

use crate::ui::Ui;
use asked::Asked;
pub(crate) use asked::Given;

/// Gives a passphrase that is not in the configuration.
const PASSPHRASE: &str = "ZW_ENCRYPTION_PASSPHRASE";

/// The kinds of key providers.
const KINDS: [&str; 3] = ["passphrase", "file", "aws_kms"];

/// How a state is encrypted, as a block says. Touches nothing yet.
pub(crate) fn sealing(
    block: &EncryptionBlock,
    root: &Path,
    providers: Arc<Registry>,
    (ui, given): (&Ui, &Given),
) -> Result<Sealing, Diagnostics> {
    let source = |key: &KeyBlock| source(key, root, ui, given);
    let fallbacks = block.fallbacks.iter().map(source);
    Ok(Sealing {
        source: source(&block.key)?,
        fallbacks: fallbacks.collect::<Result<_, _>>()?,
        scope: if block.sensitive_only { SealScope::Sensitive } else { SealScope::All },
        enforced: block.enforced,
        holds_secrets: Arc::new(move |provider, type_name| {
            providers.holds_secrets(provider, type_name)
        }),
    })
}

fn source(
    key: &KeyBlock,
    root: &Path,
    ui: &Ui,
    given: &Given,
) -> Result<Arc<dyn KeySource>, Diagnostics> {
    match key.kind.as_str() {
        "passphrase" => passphrase(key, ui, given),
        "file" => {
            expect(key, &["path"])?;
            let path = text(key, "path")?.ok_or_else(|| missing(key, "path"))?;
            Ok(Arc::new(KeyFile::new(root.join(PathBuf::from(path)))))
        }
        "aws_kms" => aws_kms(key),
        other => {
            let hint = zw_lang::suggest(other, KINDS);
            let known = KINDS.join(", ");
            let detail = format!("There is no key provider {other:?}: there are {known}.{hint}");
            Err(Diagnostic::error("Unsupported key provider", detail).at(key.span).into())
        }
    }
}

fn passphrase(key: &KeyBlock, ui: &Ui, given: &Given) -> Result<Arc<dyn KeySource>, Diagnostics> {
    expect(key, &["passphrase", "memory_mib", "passes", "lanes"])?;
    let memory = number(key, "memory_mib")?.map(|mib| mib.saturating_mul(1_024));
    let cost = [memory, number(key, "passes")?, number(key, "lanes")?];
    let of_env = || std::env::var(PASSPHRASE).ok().filter(|text| !text.is_empty());
    let Some(text) = text(key, "passphrase")?.or_else(of_env) else {
        if ui.can_ask_secret() {
            let (name, ui, given) = (key.name.to_string(), ui.clone(), given.clone());
            return Ok(Arc::new(Asked { name, cost, ui, given }));
        }
        let detail = format!(
            "Give it as the argument \"passphrase\", from a variable, or set {PASSPHRASE}; on a terminal it is asked for."
        );
        return Err(Diagnostic::error("There is no passphrase", detail).at(key.span).into());
    };
    match Passphrase::new(&text, cost) {
        Ok(source) => Ok(Arc::new(source)),
        Err(reason) => Err(Diagnostic::error("Unsuitable passphrase", reason).at(key.span).into()),
    }
}

/// The arguments are those of OpenTofu.
///
/// <https://opentofu.org/docs/language/state/encryption/>
#[cfg(all(feature = "remote", feature = "aws"))]
fn aws_kms(key: &KeyBlock) -> Result<Arc<dyn KeySource>, Diagnostics> {
    expect(
        key,
        &[
            "kms_key_id",
            "key_spec",
            "region",
            "endpoints",
            "access_key",
            "secret_key",
            "token",
            "profile",
            "max_retries",
        ],
    )?;
    let kms_key_id = text(key, "kms_key_id")?.ok_or_else(|| missing(key, "kms_key_id"))?;
    if let Some(spec) = text(key, "key_spec")?
        && spec != "AES_256"
    {
        let detail =
            format!("States are encrypted by AES-256, so it is AES_256, and not {spec:?}.");
        return Err(Diagnostic::error("Unsuitable key_spec", detail).at(key.span).into());
    }
    let (access_key, secret_key) = (text(key, "access_key")?, text(key, "secret_key")?);
    if access_key.is_some() != secret_key.is_some() {
        let detail = "access_key and secret_key go together: give both or none.";
        return Err(Diagnostic::error("Half of a credential", detail).at(key.span).into());
    }
    let endpoints = argument(key, "endpoints", &Type::map(Type::String))?;
    let endpoints = endpoints.as_ref().and_then(Value::as_map);
    let of_kms = endpoints.and_then(|all| all.get("kms")).and_then(Value::as_str);
    let source = zw_remote::AwsKms {
        kms_key_id,
        region: text(key, "region")?,
        endpoint: of_kms.map(str::to_owned),
        access_key,
        secret_key,
        token: text(key, "token")?,
        profile: text(key, "profile")?,
        max_retries: number(key, "max_retries")?,
    };
    Ok(source.open())
}

#[cfg(not(all(feature = "remote", feature = "aws")))]
fn aws_kms(key: &KeyBlock) -> Result<Arc<dyn KeySource>, Diagnostics> {
    let detail = "This zw was built without the features aws and remote, which AWS KMS needs.";
    Err(Diagnostic::error("Unsupported key provider", detail).at(key.span).into())
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
