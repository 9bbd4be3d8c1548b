//! An expression, evaluated with values of every type at hand, and its value in every form that it is shown in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zw_fuzz::evaluated;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(value) = evaluated(text) {
        drop(zw_lang::describe_value(&value));
        drop(value.ty().to_string());
        drop(zw_lang::value_to_json(&value.unmark_all().0).to_string());
    }
});
