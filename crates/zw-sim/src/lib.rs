//! The simulated cloud: a provider that wraps any provider's schemas and behaves like a control
//! plane at the level of resources.
//!
//! It proves nothing about the real API. It lets anyone rehearse a change without an account, and
//! it carries the tests of the engine and the load tests.

mod options;
mod provider;

pub use options::SimOptions;
pub use provider::Simulated;
