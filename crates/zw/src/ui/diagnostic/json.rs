//! Diagnostics as Terraform's `-json` has them.

use serde_json::{Map, Value as Json, json};
use zw_lang::{Diagnostic, Severity, SourceMap};

use super::context;
use super::excerpt::{Excerpt, Position};

/// A diagnostic as JSON: `severity`, `summary`, `detail`, and where they are known `address`, `range` and
/// `snippet`. Further places, which Terraform does not have, are under `labels`.
pub(crate) fn to_json(diagnostic: &Diagnostic, sources: &SourceMap) -> Json {
    let mut out = Map::new();
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    out.insert("severity".to_owned(), severity.into());
    out.insert("summary".to_owned(), diagnostic.summary.as_str().into());
    out.insert("detail".to_owned(), diagnostic.detail.as_str().into());
    if let Some(address) = &diagnostic.address {
        out.insert("address".to_owned(), address.as_str().into());
    }
    let source = |span: zw_lang::Span| Some((sources.get(span.source)?, span));
    if let Some((source, span)) = diagnostic.span.and_then(source) {
        let excerpt = Excerpt::new(source, span);
        let mut values: Vec<_> = diagnostic.values.iter().collect();
        values.sort();
        let values: Vec<Json> = values
            .into_iter()
            .map(|(traversal, statement)| json!({"traversal": traversal, "statement": statement}))
            .collect();
        out.insert("range".to_owned(), range(&excerpt));
        out.insert(
            "snippet".to_owned(),
            json!({
                "context": context::enclosing(source, span.start),
                "code": excerpt.code,
                "start_line": excerpt.start.line,
                "highlight_start_offset": excerpt.mark_start,
                "highlight_end_offset": excerpt.mark_end,
                "values": values,
            }),
        );
    }
    let labels: Vec<Json> = diagnostic
        .labels
        .iter()
        .filter_map(|label| {
            let (source, span) = source(label.span)?;
            Some(json!({"text": label.text, "range": range(&Excerpt::new(source, span))}))
        })
        .collect();
    if !labels.is_empty() {
        out.insert("labels".to_owned(), labels.into());
    }
    Json::Object(out)
}

fn range(excerpt: &Excerpt<'_>) -> Json {
    let position = |position: Position| json!({"line": position.line, "column": position.column, "byte": position.byte});
    json!({
        "filename": excerpt.file,
        "start": position(excerpt.start),
        "end": position(excerpt.end),
    })
}
