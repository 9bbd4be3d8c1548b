//! The resource types against moto, and where that lacks something against ministack: implementations of AWS that
//! nobody here wrote.
//!
//! `cargo xtask emulators` sets them up; without, the tests say so and pass.

#![cfg(feature = "client")]

mod emulator;
mod lives;
mod recorded;
mod rehearsal;
#[cfg(feature = "eks")]
mod stand_in;

#[cfg(feature = "ec2")]
mod ec2;
#[cfg(feature = "eks")]
mod eks;
#[cfg(feature = "iam")]
mod iam;
mod sts;
#[cfg(feature = "sdk")]
mod troubles;
mod types;
#[cfg(feature = "eks")]
mod updates;
