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

/// Everything that a configuration declares, without places, and with what may be blocks or attributes in
/// JSON and YAML taken for attributes.
pub(crate) fn outline(config: &Config) -> String {
    let mut config = config.clone();
    for module in &mut config.modules {
        let resources = module.resources.iter_mut().flat_map(|resource| {
            let inner = resource.provisioners.iter_mut().map(|one| &mut one.body);
            inner.chain(resource.connection.as_mut()).chain([&mut resource.body])
        });
        let others = module.providers.iter_mut().map(|one| &mut one.body);
        let backend = module.settings.backend.iter_mut().map(|(_, body)| body);
        let kept = module.settings.others.iter_mut().map(|block| &mut block.body);
        resources.chain(others).chain(backend).chain(kept).for_each(decide);
    }
    let shown = format!("{:#?} {:#?}", config.modules, config.tree);
    // A span is written in seven lines.
    let mut lines = shown.lines();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        kept.push_str(line.split("Span {").next().unwrap_or_default());
        kept.push('\n');
        if line.contains("Span {") {
            lines.by_ref().take(6).for_each(drop);
        }
    }
    kept
}

fn decide(body: &mut zw_config::model::Body) {
    for attribute in body.attributes.values_mut() {
        attribute.blocks = None;
    }
    body.blocks.iter_mut().for_each(|block| decide(&mut block.body));
}

/// Fails with the first lines that differ.
#[track_caller]
pub(crate) fn assert_same(left: &str, right: &str) {
    if let Some((at, (left, right))) =
        left.lines().zip(right.lines()).enumerate().find(|(_, (left, right))| left != right)
    {
        panic!("line {at} differs:\n{left}\n{right}");
    }
    assert_eq!(left.lines().count(), right.lines().count());
}
