//! A module in JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zw_fuzz::module;

fuzz_target!(|data: &[u8]| module("main.tf.json", data));
