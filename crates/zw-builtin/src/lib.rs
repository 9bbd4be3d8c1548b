//! The providers that need no cloud.
//!
//! One crate, several provider names, as in Terraform: a folder a provider, a file a type, named
//! like the type without its prefix; each has, in this order, schema, plan, create, update and
//! import. Most objects here exist in the state alone: those types are [`state_only`].
//!
//! Names, defaults, import ids and semantics are those of the Terraform providers.

mod effects;
mod local;
mod null;
mod provider;
mod provisioner;
mod random;
mod state_only;
mod terraform;
#[cfg(test)]
mod testing;
mod text;
mod time;
mod tls;

use std::sync::Arc;

use zw_provider::Provider;

pub use effects::{Effects, SystemEffects};
pub use provisioner::provisioners;

/// The providers, with the randomness and the clock of this machine.
pub fn providers() -> Vec<Arc<dyn Provider>> {
    providers_with(&(Arc::new(SystemEffects) as Arc<dyn Effects>))
}

/// The providers, with randomness and a clock of the caller's choice.
pub fn providers_with(effects: &Arc<dyn Effects>) -> Vec<Arc<dyn Provider>> {
    let builtins = [
        local::builtin(),
        null::builtin(),
        random::builtin(),
        terraform::builtin(),
        time::builtin(),
        tls::builtin(),
    ];
    builtins.into_iter().map(|builtin| builtin.provider(effects.clone())).collect()
}
