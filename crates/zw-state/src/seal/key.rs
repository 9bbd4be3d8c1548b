//! Keys, and where they come from.

use std::fmt;
use std::path::PathBuf;

use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

/// A key of 256 bits. It is wiped from memory when it is dropped, and never shown.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A key that is known.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    ///
    /// # Errors
    /// If the system has no randomness to give.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(std::io::Error::other)?;
        Ok(Self(bytes))
    }

    /// The key of some bytes, if they are as many as a key has.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Where keys come from that wrap the data key of a state.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// What it is called in configurations, as `passphrase`. Records say which kind their key is from.
    fn kind(&self) -> &'static str;

    /// A key for a new record, and what is needed to get it again, which is no secret.
    ///
    /// # Errors
    /// What is wrong, and what to do, in sentences.
    async fn new_key(&self) -> Result<(Key, Json), String>;

    /// The key of a record, by what [`Self::new_key`] gave with it.
    ///
    /// # Errors
    /// What is wrong, and what to do, in sentences.
    async fn key(&self, hint: &Json) -> Result<Key, String>;
}

/// Keys from a passphrase, by Argon2id.
pub struct Passphrase {
    text: Zeroizing<String>,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Memory in KiB, passes and lanes, unless others are asked for: the second recommendation of RFC 9106, 4.
const COST: (u32, u32, u32) = (65_536, 3, 4);

/// The least that may be asked for, and the most that a record may ask of this machine.
const MEMORY_KIB: std::ops::RangeInclusive<u32> = 8_192..=4_194_304;
const PASSES: std::ops::RangeInclusive<u32> = 1..=1_000;
const LANES: std::ops::RangeInclusive<u32> = 1..=64;

/// The fewest characters of a passphrase.
const PASSPHRASE_LENGTH_MIN: usize = 16;

impl Passphrase {
    /// Takes a passphrase, with the cost of trying one: memory in KiB, passes and lanes.
    ///
    /// # Errors
    /// If it is too short, or the cost out of bounds.
    pub fn new(text: &str, cost: [Option<u32>; 3]) -> Result<Self, String> {
        if text.chars().count() < PASSPHRASE_LENGTH_MIN {
            return Err(format!(
                "The passphrase is too short. It must have at least {PASSPHRASE_LENGTH_MIN} characters."
            ));
        }
        let [memory, passes, lanes] = cost;
        let text = Zeroizing::new(text.to_owned());
        let memory_kib = memory.unwrap_or(COST.0);
        let (passes, lanes) = (passes.unwrap_or(COST.1), lanes.unwrap_or(COST.2));
        let this = Self { text, memory_kib, passes, lanes };
        within(this.memory_kib, this.passes, this.lanes)?;
        Ok(this)
    }

    async fn derive(&self, salt: Vec<u8>, cost: (u32, u32, u32)) -> Result<Key, String> {
        let text = self.text.clone();
        let (memory_kib, passes, lanes) = cost;
        let derived = tokio::task::spawn_blocking(move || {
            let params = Params::new(memory_kib, passes, lanes, Some(32))?;
            let mut bytes = Zeroizing::new([0; 32]);
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                text.as_bytes(),
                &salt,
                &mut *bytes,
            )?;
            Ok::<Key, argon2::Error>(Key(bytes))
        });
        let failed =
            |error: &dyn fmt::Display| format!("No key could be made of the passphrase: {error}.");
        derived.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

fn within(memory_kib: u32, passes: u32, lanes: u32) -> Result<(), String> {
    if MEMORY_KIB.contains(&memory_kib) && PASSES.contains(&passes) && LANES.contains(&lanes) {
        return Ok(());
    }
    Err(format!(
        "The cost of the passphrase is out of bounds: {memory_kib} KiB of memory, {passes} passes, {lanes} lanes. \
         There must be {} to {} KiB, up to {} passes and up to {} lanes.",
        MEMORY_KIB.start(),
        MEMORY_KIB.end(),
        PASSES.end(),
        LANES.end()
    ))
}

#[async_trait]
impl KeySource for Passphrase {
    fn kind(&self) -> &'static str {
        "passphrase"
    }

    async fn new_key(&self) -> Result<(Key, Json), String> {
        let mut salt = vec![0; 16];
        getrandom::fill(&mut salt)
            .map_err(|error| format!("There is no randomness for a salt: {error}."))?;
        let hint = json!({
            "algorithm": "argon2id",
            "salt": STANDARD.encode(&salt),
            "memory_kib": self.memory_kib,
            "passes": self.passes,
            "lanes": self.lanes,
        });
        let cost = (self.memory_kib, self.passes, self.lanes);
        Ok((self.derive(salt, cost).await?, hint))
    }

    async fn key(&self, hint: &Json) -> Result<Key, String> {
        let number = |name: &str| hint[name].as_u64().and_then(|number| u32::try_from(number).ok());
        let salt = hint["salt"].as_str().and_then(|salt| STANDARD.decode(salt).ok());
        let known =
            (|| Some((salt?, number("memory_kib")?, number("passes")?, number("lanes")?)))();
        let Some((salt, memory_kib, passes, lanes)) = known else {
            return Err(
                "How the passphrase makes a key is not recorded in a form that this zw knows."
                    .to_owned(),
            );
        };
        within(memory_kib, passes, lanes)?;
        self.derive(salt, (memory_kib, passes, lanes)).await
    }
}

/// The key in a file: 32 bytes, or as many in Base64 or hexadecimal digits.
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key of a file, which is read when it is needed.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn read(&self) -> Result<Key, String> {
        let shown = self.path.display();
        let contents = std::fs::read(&self.path).map(Zeroizing::new);
        let contents =
            contents.map_err(|error| format!("The key file {shown} cannot be read: {error}."))?;
        let as_text = || {
            let text = std::str::from_utf8(&contents).ok()?.trim();
            let bytes = if text.len() == 64 { hex(text) } else { STANDARD.decode(text).ok() };
            Key::of_bytes(&Zeroizing::new(bytes?))
        };
        Key::of_bytes(&contents).or_else(as_text).ok_or_else(|| {
            format!(
                "The key file {shown} has no key in it: that is 32 bytes, as they are, in Base64 or in hexadecimal \
                 digits. \"openssl rand -base64 32\" makes one."
            )
        })
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[async_trait]
impl KeySource for KeyFile {
    fn kind(&self) -> &'static str {
        "file"
    }

    async fn new_key(&self) -> Result<(Key, Json), String> {
        Ok((self.read()?, json!({})))
    }

    async fn key(&self, _: &Json) -> Result<Key, String> {
        self.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: [Option<u32>; 3] = [Some(8_192), Some(1), Some(1)];

    #[tokio::test]
    async fn a_passphrase_gives_its_key_again_and_another_one_does_not() {
        let source = Passphrase::new("correct horse battery", CHEAP).unwrap();
        let (key, hint) = source.new_key().await.unwrap();
        assert_eq!(source.key(&hint).await.unwrap().bytes(), key.bytes());
        let other = Passphrase::new("correct horse batterx", CHEAP).unwrap();
        assert_ne!(other.key(&hint).await.unwrap().bytes(), key.bytes());
        let (again, _) = source.new_key().await.unwrap();
        assert_ne!(again.bytes(), key.bytes(), "each has a salt of its own");
        assert!(!format!("{hint} {key:?}").contains("horse"));
        assert!(Passphrase::new("too short", CHEAP).is_err());
        let mut greedy = hint.clone();
        greedy["memory_kib"] = json!(u32::MAX);
        assert!(source.key(&greedy).await.is_err());
        assert!(source.key(&json!({})).await.is_err());
    }

    #[tokio::test]
    async fn a_key_file_has_32_bytes_in_one_of_three_forms() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let source = KeyFile::new(&path);
        assert!(source.new_key().await.unwrap_err().contains("cannot be read"));
        let expected = Key::new(*b"0123456789abcdefghijklmnopqrstuv");
        for contents in [
            "0123456789abcdefghijklmnopqrstuv",
            "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=\n",
            "303132333435363738396162636465666768696a6b6c6d6e6f70717273747576\n",
        ] {
            std::fs::write(&path, contents).unwrap();
            assert_eq!(source.new_key().await.unwrap().0.bytes(), expected.bytes());
        }
        std::fs::write(&path, "short").unwrap();
        assert!(source.key(&json!({})).await.unwrap_err().contains("no key in it"));
    }
}
