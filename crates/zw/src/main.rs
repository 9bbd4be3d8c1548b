//! `zw`: declared infrastructure made real.

#[allow(dead_code, unused_imports, reason = "the commands that use it are not there yet")]
mod ui;

fn main() {}
