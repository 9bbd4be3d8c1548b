//! The simulated cloud: a provider that wraps any provider's schemas and behaves like a control
//! plane at the level of resources.
//!
//! It proves nothing about the real API. It lets anyone rehearse a change without an account, and
//! it carries the tests of the engine and the load tests.
//!
//! An operation passes through [`connection`] (faults, latency) to the [`world`] (what exists, what may be done to it, and
//! the file that keeps it); values for what is not known come from [`fill`], and the rules of a
//! particular cloud from an implementation of [`cloud::Cloud`], mostly tables. All that is made up
//! derives from the seed and from what is made.

mod aws;
mod cloud;
mod connection;
mod data;
mod dice;
mod digest;
mod error;
mod fault;
mod fill;
mod leaves;
mod options;
mod provider;
mod world;

pub use error::SimError;
pub use options::{Fault, Faults, ScriptedFault, SimOptions, Verb};
pub use provider::Simulated;
