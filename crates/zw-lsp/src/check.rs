//! What is wrong with a module, as the editor has it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Position, Range,
};
use zw_engine::Context;
use zw_lang::{Diagnostic, Severity, SourceMap, Span};

use crate::documents::Documents;
use crate::{Setup, place};

/// The diagnostics of every file of a module, those included that have none.
pub(crate) async fn check(
    setup: &Setup,
    documents: &Documents,
    dir: &Path,
) -> HashMap<PathBuf, Vec<lsp_types::Diagnostic>> {
    let (config, mut found) = (setup.load)(dir, documents);
    let sources = config.sources.clone();
    if !found.has_errors() {
        let cx = Context {
            config: Arc::new(config),
            providers: setup.registry.clone(),
            host: (setup.host)(),
            workspace: "default".into(),
        };
        found.extend(zw_engine::validate(&cx).await);
    }
    let mut by_file: HashMap<PathBuf, Vec<_>> = HashMap::new();
    for path in documents.of_module(dir) {
        by_file.entry(path).or_default();
    }
    for diagnostic in &found {
        let span = diagnostic.span.and_then(|span| Some((sources.get(span.source)?, span)));
        // What has no place is said at the beginning of some file, rather than not at all.
        let (path, range) = match span {
            Some((source, span)) => (absolute(dir, &source.path), range(&sources, span)),
            None => match documents.of_module(dir).into_iter().next() {
                Some(path) => (path, Range::default()),
                None => continue,
            },
        };
        by_file.entry(path).or_default().push(converted(dir, diagnostic, range, &sources));
    }
    by_file
}

fn absolute(dir: &Path, path: &Path) -> PathBuf {
    if path.is_absolute() { path.to_owned() } else { dir.join(path) }
}

fn range(sources: &SourceMap, span: Span) -> Range {
    let Some(source) = sources.get(span.source) else {
        return Range::new(Position::default(), Position::default());
    };
    place::range(&source.text, &(span.start as usize..span.end as usize))
}

fn converted(
    dir: &Path,
    diagnostic: &Diagnostic,
    range: Range,
    sources: &SourceMap,
) -> lsp_types::Diagnostic {
    let message = if diagnostic.detail.is_empty() {
        diagnostic.summary.clone()
    } else {
        format!("{}\n\n{}", diagnostic.summary, diagnostic.detail)
    };
    let related = diagnostic.labels.iter().filter_map(|label| {
        let source = sources.get(label.span.source)?;
        let uri = place::uri(&absolute(dir, &source.path))?;
        let location = Location::new(uri, self::range(sources, label.span));
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<_> = related.collect();
    lsp_types::Diagnostic {
        range,
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: None::<NumberOrString>,
        source: Some("zw".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    }
}
