//! The resource types against moto, an implementation of AWS that nobody here wrote.
//!
//! `ZW_EMULATOR_PYTHON`, or `target/emulators/bin/python`, is a Python with `moto[server]`; without one the
//! tests say so and pass.

#![cfg(feature = "sdk")]

mod emulator;
mod rehearsal;

mod ec2;
mod iam;
