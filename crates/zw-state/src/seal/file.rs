//! Files that hold parts of a state, as saved plans do. Each has its own record, so that it can be carried elsewhere.

use super::cipher;
use super::key::{Key, KeySource};
use super::record::Record;
use crate::error::StoreError;

/// How a sealed file begins.
const MAGIC: &[u8; 10] = b"zw-sealed\n";

/// What the contents are bound to.
const PLACE: &[u8] = b"zw file";

/// Whether contents are those of a sealed file.
pub fn is_sealed_file(contents: &[u8]) -> bool {
    contents.starts_with(MAGIC)
}

/// The contents of a file, sealed.
///
/// # Errors
/// If there is no key.
pub async fn seal_file(source: &dyn KeySource, contents: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (record, key) = Record::make(source, "").await?;
    let record = record.to_text()?;
    let sealed = cipher::seal(&key, PLACE, contents).map_err(|error| StoreError::Io {
        context: "cannot encrypt".to_owned(),
        reason: error.to_string(),
    })?;
    Ok([MAGIC, &(record.len() as u64).to_le_bytes()[..], record.as_bytes(), &sealed].concat())
}

/// The contents of a sealed file.
///
/// # Errors
/// If the key is not there or another one, or the file is damaged.
pub async fn open_file(sources: &[&dyn KeySource], file: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = || {
        StoreError::Sealed("The file cannot be decrypted: it was changed or cut off.".to_owned())
    };
    let parts = || {
        let (length, rest) = file.strip_prefix(MAGIC)?.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (record, sealed) = rest.split_at_checked(length)?;
        Some((std::str::from_utf8(record).ok()?, sealed))
    };
    let (record, sealed) = parts().ok_or_else(damaged)?;
    let key: Key = Record::of_text(record)?.open(sources).await?;
    cipher::open(&key, PLACE, sealed).map_err(|cipher::Damaged| damaged())
}
