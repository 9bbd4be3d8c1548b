//! Encryption at rest: a store around another one that keeps what may be secret as ciphertext.
//!
//! Each state has a data key of its own, which seals values, and is itself sealed by a key that comes from somewhere
//! else: a passphrase, a file, a key service. What finds that key again, and the sealed data key, are the
//! [`Record`](record::Record), kept as an output with a name that no configuration can have: so every backend keeps
//! it without knowing of it.
//!
//! A ciphertext is bound to its place by the state's lineage (that of when it was first encrypted), the address, and what it is: it cannot be moved to another
//! row unnoticed. Addresses, types, dependencies and versions stay legible, as stores work with them.

mod cipher;
mod file;
mod key;
mod recode;
mod record;
mod sealer;
mod session;
mod store;
#[cfg(test)]
mod tests;

pub use file::{is_sealed_file, open_file, seal_file};
pub use key::{Key, KeyFile, KeySource, Passphrase};
pub use recode::{Recoder, Recoding};
pub use record::SEAL;
pub use sealer::SealScope;
pub use store::{SealedStore, Sealing};
