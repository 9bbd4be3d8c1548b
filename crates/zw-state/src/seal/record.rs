//! What a sealed state says of its key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::cipher;
use super::key::{Key, KeySource};
use crate::error::StoreError;
use crate::model::OutputRow;

/// The output that has the record: no output of a configuration can be named so.
pub const SEAL: &str = "zw:seal";

/// The form of records.
const FORMAT: u32 = 1;

/// How the key of a state is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    format: u32,
    /// The state that it is for, or empty.
    pub(crate) lineage: String,
    /// Where the key comes from that wraps the data key.
    kind: String,
    /// What is needed to get it.
    hint: Json,
    /// The data key, sealed, in Base64.
    key: String,
}

impl Record {
    /// Makes a data key, and a record of it.
    pub(crate) async fn make(
        source: &dyn KeySource,
        lineage: &str,
    ) -> Result<(Self, Key), StoreError> {
        let (wrapping, hint) = source.new_key().await.map_err(StoreError::Sealed)?;
        let io = |error: std::io::Error| StoreError::Io {
            context: "cannot make a data key".to_owned(),
            reason: error.to_string(),
        };
        let data = Key::random().map_err(io)?;
        let sealed = cipher::seal(&wrapping, &place(lineage), data.bytes()).map_err(io)?;
        let record = Self {
            format: FORMAT,
            lineage: lineage.to_owned(),
            kind: source.kind().to_owned(),
            hint,
            key: STANDARD.encode(sealed),
        };
        Ok((record, data))
    }

    /// The data key, by the first of some sources that has the key to it.
    pub(crate) async fn open(&self, sources: &[&dyn KeySource]) -> Result<Key, StoreError> {
        let sealed = STANDARD.decode(&self.key).map_err(|_| damaged())?;
        let mut reasons = Vec::new();
        for source in sources.iter().filter(|source| source.kind() == self.kind) {
            match source.key(&self.hint).await {
                Ok(key) => match cipher::open(&key, &place(&self.lineage), &sealed) {
                    Ok(data) => return Key::of_bytes(&data).ok_or_else(damaged),
                    Err(cipher::Damaged) => {
                        reasons
                            .push(format!("The key from the {} is not the right one.", self.kind));
                    }
                },
                Err(reason) => reasons.push(reason),
            }
        }
        reasons.dedup();
        if reasons.is_empty() {
            reasons.push(format!(
                "Its key is from a key provider {:?}, and the configuration has no such one for it.",
                self.kind
            ));
        }
        Err(StoreError::Sealed(reasons.join(" ")))
    }

    pub(crate) fn of_text(text: &str) -> Result<Self, StoreError> {
        let record: Self = serde_json::from_str(text).map_err(|_| damaged())?;
        if record.format > FORMAT {
            let known = format!(
                "Its encryption has format {}, which this zw does not know. Use a newer one.",
                record.format
            );
            return Err(StoreError::Sealed(known));
        }
        Ok(record)
    }

    pub(crate) fn to_text(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::Io {
            context: "cannot write down how the key is found".to_owned(),
            reason: error.to_string(),
        })
    }

    /// As an output: a string that holds JSON.
    pub(crate) fn to_output(&self) -> Result<OutputRow, StoreError> {
        Ok(OutputRow {
            name: SEAL.into(),
            value: Json::from(self.to_text()?).to_string().into(),
            ty: "\"string\"".into(),
            sensitive: true,
        })
    }

    pub(crate) fn of_output(output: &OutputRow) -> Result<Self, StoreError> {
        let text: String = serde_json::from_str(&output.value).map_err(|_| damaged())?;
        Self::of_text(&text)
    }
}

fn place(lineage: &str) -> Vec<u8> {
    format!("zw data key\0{lineage}").into_bytes()
}

fn damaged() -> StoreError {
    StoreError::Sealed("What it says of its key is damaged. Restore it from a backup.".to_owned())
}
