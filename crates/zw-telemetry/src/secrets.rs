//! What must not be written anywhere, and is replaced where it would be.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aho_corasick::{AhoCorasick, MatchKind};

/// What stands where a secret was.
const HIDDEN: &str = "(sensitive value)";

/// Characters that a text must have to be taken for a secret: shorter ones are in every second word, and hiding them would
/// say where they are.
const CHARS_MIN: usize = 4;

/// Texts that are secret. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// In every form in which they can be written.
    texts: BTreeSet<String>,
    /// Finds them; made when it is needed.
    finder: Option<AhoCorasick>,
}

impl Secrets {
    /// From now on these texts are secret.
    pub fn add_all<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let mut known = self.lock();
        for secret in secrets {
            for form in forms(secret) {
                if known.texts.insert(form) {
                    known.finder = None;
                }
            }
        }
    }

    /// A text without any of them.
    pub fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut known = self.lock();
        if known.texts.is_empty() {
            return text.into();
        }
        if known.finder.is_none() {
            let built =
                AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&known.texts);
            // It can only be too large. Then nothing at all is said.
            let Ok(finder) = built else { return HIDDEN.into() };
            known.finder = Some(finder);
        }
        match &known.finder {
            Some(finder) if finder.is_match(text) => {
                let with = vec![HIDDEN; finder.patterns_len()];
                finder.replace_all(text, &with).into()
            }
            _ => text.into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// A secret as it is, as JSON and Rust write it, and each line of it.
fn forms(secret: &str) -> impl Iterator<Item = String> {
    let lines = secret.lines().map(str::trim);
    let texts: BTreeSet<&str> = std::iter::once(secret.trim()).chain(lines).collect();
    let mut forms = BTreeSet::new();
    for text in texts {
        if text.chars().count() < CHARS_MIN {
            continue;
        }
        forms.insert(text.to_owned());
        let json = serde_json::Value::from(text).to_string();
        forms.insert(inside(&json).to_owned());
        forms.insert(inside(&format!("{text:?}")).to_owned());
        // A message about a message has it twice.
        let nested = serde_json::Value::from(inside(&json)).to_string();
        forms.insert(inside(&nested).to_owned());
    }
    forms.into_iter()
}

/// What is between the quotes.
fn inside(quoted: &str) -> &str {
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_in_every_form() {
        let secrets = Secrets::default();
        secrets.add_all([
            "hunter2",
            "-----BEGIN KEY-----\nMIIE\"x\n-----END KEY-----\n",
            "a",
            "hunter2-long",
        ]);
        let hidden = |text: &str| secrets.redacted(text).into_owned();
        assert_eq!(hidden("password=hunter2."), "password=(sensitive value).");
        assert_eq!(hidden("hunter2-long"), HIDDEN);
        assert_eq!(hidden(r#"{"key":"MIIE\"x"}"#), format!("{{\"key\":\"{HIDDEN}\"}}"));
        assert_eq!(
            hidden(r#""-----BEGIN KEY-----\nMIIE\"x\n-----END KEY-----""#),
            format!("\"{HIDDEN}\"")
        );
        assert_eq!(hidden("a plain text"), "a plain text");
        assert_eq!(format!("{secrets:?}"), "Secrets { .. }");
    }
}
