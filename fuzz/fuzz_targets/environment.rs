//! The file of an environment.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zw_fuzz::module;

fuzz_target!(|data: &[u8]| module("environment.zw.yaml", data));
