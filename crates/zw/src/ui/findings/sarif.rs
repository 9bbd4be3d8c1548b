//! SARIF, which code hosts show beside the source.
//!
//! Source: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS. Code hosts want a file for each
//! result, so one without a place is given a file of the configuration, and no line.

use std::fmt::Write as _;
use std::path::{Component, Path};

use serde_json::{Value as Json, json};

use super::{Finding, Place, RULES, Rule, Source};

/// The document of all findings.
pub(super) fn document(
    findings: &[Finding],
    some_file: Option<&Path>,
    source: Source<'_>,
) -> String {
    let rules: Vec<Json> = RULES.into_iter().map(rule).collect();
    let results: Vec<Json> =
        findings.iter().map(|finding| result(finding, some_file, source.dir)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "zw",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "automationDetails": { "id": format!("{}/", source.command) },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn rule(rule: Rule) -> Json {
    json!({
        "id": rule.id(),
        "shortDescription": { "text": rule.description() },
        "defaultConfiguration": { "level": level(rule) },
    })
}

const fn level(rule: Rule) -> &'static str {
    if rule.is_failure() { "error" } else { "warning" }
}

fn result(finding: &Finding, some_file: Option<&Path>, dir: Option<&Path>) -> Json {
    let text = if finding.detail.is_empty() {
        finding.summary.clone()
    } else {
        format!("{}\n\n{}", finding.summary, finding.detail)
    };
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": RULES.iter().position(|rule| *rule == finding.rule),
        "level": level(finding.rule),
        "message": { "text": text },
    });
    let file = finding.place.as_ref().map(|place| place.file.as_path()).or(some_file);
    if let Some(file) = file {
        let mut place = json!({ "artifactLocation": { "uri": uri(file, dir) } });
        if let Some(Place { start, end, .. }) = &finding.place {
            place["region"] = json!({
                "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1,
            });
        }
        let mut location = json!({ "physicalLocation": place });
        if let Some(address) = &finding.address {
            location["logicalLocations"] =
                json!([{ "fullyQualifiedName": address, "kind": "resource" }]);
        }
        result["locations"] = json!([location]);
    }
    result
}

/// A path as a relative reference.
fn uri(file: &Path, dir: Option<&Path>) -> String {
    let path = match dir {
        Some(dir) => dir.join(file),
        None => file.to_owned(),
    };
    let parts: Vec<String> = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir | Component::RootDir))
        .map(|part| escaped(&part.as_os_str().to_string_lossy()))
        .collect();
    let root = if path.is_absolute() { "file:///" } else { "" };
    format!("{root}{}", parts.join("/"))
}

fn escaped(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
