//! The resource types against moto, and where that lacks something against ministack: implementations of AWS that
//! nobody here wrote.
//!
//! `cargo xtask emulators` sets them up; without, the tests say so and pass.

#![cfg(feature = "sdk")]

mod emulator;
mod rehearsal;
mod stand_in;

mod ec2;
mod eks;
mod iam;
mod sts;
mod troubles;
mod updates;
