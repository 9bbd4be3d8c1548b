//! Every schema against those that others publish, and the document that says how far ours go.
//!
//! `cargo xtask emulators` fetches what others publish; without it the tests say so and pass.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod bindings;
mod cloudformation;
mod document;
mod permissions;
mod terraform_json;

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value as Json;

/// Where we differ on purpose, and why.
#[derive(Deserialize)]
struct Differences {
    terraform: Vec<Difference>,
    cloudformation: cloudformation::Names,
}

/// A difference on purpose.
#[derive(Deserialize)]
struct Difference {
    /// How differences begin; or, after a `*`, what they have in them.
    what: Vec<String>,
    #[allow(dead_code, reason = "for who reads the file")]
    why: String,
}

fn differences() -> Differences {
    serde_json::from_str(include_str!("differences.json")).expect("the file is as it should be")
}

/// Takes out what differs on purpose. A purpose that nothing stands for any more is one difference more.
fn unintended(found: Vec<String>, on_purpose: &[Difference]) -> Vec<String> {
    let matches = |what: &str, found: &str| match what.strip_prefix('*') {
        Some(part) => found.contains(part),
        None => found.starts_with(what),
    };
    let all: Vec<&String> = on_purpose.iter().flat_map(|difference| &difference.what).collect();
    let idle = all.iter().filter(|what| !found.iter().any(|found| matches(what, found)));
    let idle: Vec<String> =
        idle.map(|what| format!("{what}: nothing differs like that any more")).collect();
    let mut left: Vec<String> =
        found.into_iter().filter(|found| !all.iter().any(|what| matches(what, found))).collect();
    left.extend(idle);
    left
}

/// What `tests/emulators/published.py` wrote beside the emulators; `None`, and a word about it, without.
fn published() -> Option<Json> {
    let path: Option<PathBuf> = zw_testing::python()
        .and_then(|python| Some(python.parent()?.parent()?.join("published.json")))
        .filter(|path| path.exists());
    let Some(path) = path else {
        println!("skipped: published schemas are not there; run `cargo xtask emulators`");
        return None;
    };
    let text = std::fs::read_to_string(path).expect("the file can be read");
    Some(serde_json::from_str(&text).expect("the file is JSON"))
}
