//! The simulated cloud behind the schemas of real providers, and behind those of any.

mod any;
mod estate;
mod faults;
mod questions;
mod rules;
mod support;
