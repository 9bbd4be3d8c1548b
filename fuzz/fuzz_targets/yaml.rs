//! A module in YAML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zw_fuzz::module;

fuzz_target!(|data: &[u8]| module("main.zw.yaml", data));
