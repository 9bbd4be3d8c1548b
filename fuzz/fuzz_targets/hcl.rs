//! A module in native syntax, with one that it may call.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zw_fuzz::module;

fuzz_target!(|data: &[u8]| module("main.tf", data));
