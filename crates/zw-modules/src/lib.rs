//! Where modules come from, when `source` names no local path: registries, Git repositories and archives.
//!
//! What a source means is decided once, by `zw init`: it resolves versions and references, brings the packages into
//! a cache beside the project, and pins in a lock file what it found, with a hash of the contents
//! ([`Installer`]). All other commands only look up what is pinned ([`Installed`]); they ask nobody.

mod archive;
mod cache;
mod fetch;
mod git;
mod hash;
mod http;
mod install;
mod installed;
mod lock;
mod registry;
mod settings;
mod source;

pub use install::Installer;
pub use installed::Installed;
