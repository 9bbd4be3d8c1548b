//! Configurations from files in memory.
#![allow(dead_code, reason = "not every test uses all of it")]

use std::path::Path;

use zw_config::model::Config;
use zw_config::{LocalSources, Snapshot, load};
use zw_lang::Diagnostics;

pub(crate) fn loaded(files: &[(&str, &str)]) -> (Config, Diagnostics) {
    let files: Snapshot = files.iter().copied().collect();
    load(Path::new("."), &files, &mut LocalSources)
}

pub(crate) fn valid(text: &str) -> Config {
    let modules = [
        ("network/main.tf", "variable \"cidr\" {}\n"),
        ("m/main.tf", "output \"out\" {\n  value = 1\n}\n"),
    ];
    let files = [[("main.tf", text)].as_slice(), &modules].concat();
    let loaded = loaded(&files);
    assert!(loaded.1.is_empty(), "{:#?}", shown(&loaded));
    loaded.0
}

/// Every diagnostic as `line:column summary: detail`, of one file.
pub(crate) fn problems(text: &str) -> Vec<String> {
    shown(&loaded(&[("main.tf", text)]))
}

pub(crate) fn shown((config, diagnostics): &(Config, Diagnostics)) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.span.map_or_else(String::new, |span| {
                let source = config.sources.get(span.source).unwrap();
                let (line, column) = source.line_column(span.start);
                let marked = config.sources.snippet(span).unwrap();
                format!("{}:{line}:{column} `{marked}` ", source.path.display())
            });
            format!("{place}{}: {}", diagnostic.summary, diagnostic.detail)
        })
        .collect()
}

#[track_caller]
pub(crate) fn assert_one(problems: &[String], place: &str, words: &[&str]) {
    let [problem] = problems else { panic!("there should be one problem: {problems:#?}") };
    assert!(problem.starts_with(place), "{problem}");
    for word in words {
        assert!(problem.contains(word), "{word:?} is not in: {problem}");
    }
}
