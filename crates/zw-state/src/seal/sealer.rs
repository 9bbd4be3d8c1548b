//! Rows, outputs and intents as ciphertexts, and back.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::cipher;
use super::key::Key;
use crate::error::StoreError;
use crate::model::{Intent, OutputRow, ResourceRow, RowKey};

/// How much is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SealScope {
    /// Objects and outputs that have something sensitive, each as a whole; what operations were asked for; and plans.
    Sensitive,
    /// All objects and outputs, too.
    #[default]
    All,
}

/// Whether objects of a provider configuration and a type may hold secrets whatever they were set to.
pub(crate) type HoldsSecrets = dyn Fn(&str, &str) -> bool + Send + Sync;

/// The only attribute of a sealed object.
const SEALED: &str = "zw:sealed";

/// How the text of a sealed value begins, be it an attribute or a value by itself.
const PREFIX: &str = "zw:sealed:";

/// Seals and opens what a state holds.
pub(crate) struct Sealer {
    pub(crate) key: Key,
    pub(crate) lineage: String,
    pub(crate) scope: SealScope,
    pub(crate) holds_secrets: Arc<HoldsSecrets>,
}

impl Sealer {
    /// Whether an object is to be sealed.
    pub(crate) fn concerns_row(&self, row: &ResourceRow) -> bool {
        self.scope == SealScope::All
            || row.sensitive_paths.is_some()
            || row.private.is_some()
            || (self.holds_secrets)(&row.provider, &row.type_name)
    }

    /// Whether an output is to be sealed.
    pub(crate) fn concerns_output(&self, output: &OutputRow) -> bool {
        self.scope == SealScope::All || output.sensitive
    }

    pub(crate) fn seal_row(&self, row: ResourceRow) -> Result<ResourceRow, StoreError> {
        if !self.concerns_row(&row) {
            return Ok(row);
        }
        let parts =
            [Some(&*row.attributes), row.sensitive_paths.as_deref(), row.private.as_deref()];
        let text = self.seal(&row_place(&self.lineage, &row.key), &packed(&parts))?;
        let attributes = json!({SEALED: text}).to_string().into();
        Ok(ResourceRow { attributes, sensitive_paths: None, private: None, ..row })
    }

    pub(crate) fn open_row(&self, row: ResourceRow) -> Result<ResourceRow, StoreError> {
        if !is_sealed_row(&row) {
            return Ok(row);
        }
        let name = row.key.to_string();
        let object: Json = serde_json::from_str(&row.attributes).map_err(|_| damaged(&name))?;
        let text = object[SEALED].as_str().ok_or_else(|| damaged(&name))?;
        let plain = self.open(&name, &row_place(&self.lineage, &row.key), text)?;
        let [attributes, sensitive_paths, private] =
            unpacked(&plain).ok_or_else(|| damaged(&name))?;
        let attributes = attributes.ok_or_else(|| damaged(&name))?;
        Ok(ResourceRow { attributes, sensitive_paths, private, ..row })
    }

    pub(crate) fn seal_output(&self, output: OutputRow) -> Result<OutputRow, StoreError> {
        if !self.concerns_output(&output) {
            return Ok(output);
        }
        let parts = [Some(&*output.value), Some(&*output.ty)];
        let text = self.seal(&output_place(&self.lineage, &output.name), &packed(&parts))?;
        let value = Json::from(format!("{PREFIX}{text}")).to_string().into();
        Ok(OutputRow { value, ty: "\"string\"".into(), ..output })
    }

    pub(crate) fn open_output(&self, output: OutputRow) -> Result<OutputRow, StoreError> {
        let Some(text) = sealed_text(&output.value) else { return Ok(output) };
        let name = format!("output {:?}", output.name);
        let plain = self.open(&name, &output_place(&self.lineage, &output.name), &text)?;
        let [value, ty] = unpacked(&plain).ok_or_else(|| damaged(&name))?;
        let (value, ty) = value.zip(ty).ok_or_else(|| damaged(&name))?;
        Ok(OutputRow { value, ty, ..output })
    }

    /// Seals an intent, whatever the scope: what an operation is asked for may hold secrets anywhere.
    pub(crate) fn seal_intent(&self, intent: Intent) -> Result<Intent, StoreError> {
        let place = intent_place(&self.lineage, &intent);
        let text = self.seal(&place, &packed(&[Some(&*intent.request)]))?;
        let request = Json::from(format!("{PREFIX}{text}")).to_string().into();
        Ok(Intent { request, ..intent })
    }

    pub(crate) fn open_intent(&self, intent: Intent) -> Result<Intent, StoreError> {
        let Some(text) = sealed_text(&intent.request) else { return Ok(intent) };
        let name = format!("operation {}", intent.token);
        let plain = self.open(&name, &intent_place(&self.lineage, &intent), &text)?;
        let [request] = unpacked(&plain).ok_or_else(|| damaged(&name))?;
        let request = request.ok_or_else(|| damaged(&name))?;
        Ok(Intent { request, ..intent })
    }

    fn seal(&self, place: &[u8], plain: &[u8]) -> Result<String, StoreError> {
        let sealed = cipher::seal(&self.key, place, plain);
        let sealed = sealed.map_err(|error| StoreError::Io {
            context: "cannot encrypt".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(STANDARD.encode(sealed))
    }

    fn open(&self, name: &str, place: &[u8], text: &str) -> Result<Vec<u8>, StoreError> {
        let sealed = STANDARD.decode(text).map_err(|_| damaged(name))?;
        cipher::open(&self.key, place, &sealed).map_err(|cipher::Damaged| damaged(name))
    }
}

pub(crate) fn is_sealed_row(row: &ResourceRow) -> bool {
    // Stores that keep JSON may have spaces of their own in it.
    let rest = row.attributes.trim_start().strip_prefix('{').map(str::trim_start);
    rest.is_some_and(|rest| rest.starts_with("\"zw:sealed\""))
}

pub(crate) fn is_sealed_output(output: &OutputRow) -> bool {
    sealed_text(&output.value).is_some()
}

/// The ciphertext in the JSON text of a string.
fn sealed_text(json: &str) -> Option<String> {
    json.starts_with("\"zw:sealed:").then_some(())?;
    let text: String = serde_json::from_str(json).ok()?;
    text.strip_prefix(PREFIX).map(str::to_owned)
}

fn row_place(lineage: &str, key: &RowKey) -> Vec<u8> {
    let deposed = key.deposed.as_deref().unwrap_or_default();
    format!("zw object\0{lineage}\0{}\0{deposed}\0attributes", key.address).into_bytes()
}

fn output_place(lineage: &str, name: &str) -> Vec<u8> {
    format!("zw output\0{lineage}\0{name}\0value").into_bytes()
}

fn intent_place(lineage: &str, intent: &Intent) -> Vec<u8> {
    let Intent { token, key, .. } = intent;
    let deposed = key.deposed.as_deref().unwrap_or_default();
    format!("zw intent\0{lineage}\0{token}\0{}\0{deposed}\0request", key.address).into_bytes()
}

fn damaged(name: &str) -> StoreError {
    StoreError::Sealed(format!(
        "{name} cannot be decrypted: its ciphertext was changed, or belongs to another place or state. Restore it \
         from a backup or the history."
    ))
}

/// Texts one after another, each with whether it is there and its length.
fn packed(parts: &[Option<&str>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(part.unwrap_or_default().as_bytes());
    }
    bytes
}

fn unpacked<const N: usize>(bytes: &[u8]) -> Option<[Option<Arc<str>>; N]> {
    let mut rest = bytes;
    let mut parts: [Option<Arc<str>>; N] = std::array::from_fn(|_| None);
    for part in &mut parts {
        let (length, after) = rest.split_first_chunk::<8>()?;
        let length = u64::from_le_bytes(*length);
        if length == u64::MAX {
            rest = after;
            continue;
        }
        let (text, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
        *part = Some(std::str::from_utf8(text).ok()?.into());
        rest = after;
    }
    rest.is_empty().then_some(parts)
}
