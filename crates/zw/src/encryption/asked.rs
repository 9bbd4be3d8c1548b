//! A passphrase that is asked for on the terminal, once it is needed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value as Json;
use zw_state::{Key, KeySource, Passphrase};

use crate::ui::Ui;

/// Passphrases that were given, by the name of the key provider: a command asks once for each.
pub(crate) type Given = Arc<Mutex<BTreeMap<String, Arc<Passphrase>>>>;

/// Keys from a passphrase that nobody has said yet.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) cost: [Option<u32>; 3],
    pub(super) ui: Ui,
    pub(super) given: Given,
}

impl Asked {
    fn passphrase(&self, is_new: bool) -> Result<Arc<Passphrase>, String> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = given.get(&self.name) {
            return Ok(known.clone());
        }
        let ask = |what: &str| {
            let name = &self.name;
            let text = self.ui.ask_secret(&format!("{what} (key_provider.passphrase.{name}): "));
            text.ok_or("No passphrase was given.")
        };
        let text = ask("Passphrase of the state")?;
        let passphrase = Arc::new(Passphrase::new(&text, self.cost)?);
        // What is written with a mistyped one nobody reads again.
        if is_new && ask("The same once more")? != text {
            return Err("The passphrases differ. Nothing was written.".to_owned());
        }
        given.insert(self.name.clone(), passphrase.clone());
        Ok(passphrase)
    }
}

#[async_trait]
impl KeySource for Asked {
    fn kind(&self) -> &'static str {
        "passphrase"
    }

    async fn new_key(&self) -> Result<(Key, Json), String> {
        self.passphrase(true)?.new_key().await
    }

    async fn key(&self, hint: &Json) -> Result<Key, String> {
        self.passphrase(false)?.key(hint).await
    }
}
