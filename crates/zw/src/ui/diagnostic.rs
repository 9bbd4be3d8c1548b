//! Errors and warnings, framed as Terraform's, with the source quoted.
//!
//! [`Excerpt`] is what both forms share: the part of a file that a span covers, in whole lines.

mod context;
mod excerpt;
mod json;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use zw_lang::{Diagnostic, Severity, SourceMap, Span};

pub(crate) use excerpt::Excerpt;
pub(crate) use json::to_json;

use super::style::{Styles, styled};
use super::text::{without_controls, wrap};

/// Columns of the frame on the left.
const FRAME_COLUMNS: usize = 2;

/// Writes a diagnostic in its frame.
pub(crate) fn write(
    out: &mut dyn Write,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    let (word, word_style, frame_style) = match diagnostic.severity {
        Severity::Error => ("Error", styles.error, styles.error_frame),
        Severity::Warning => ("Warning", styles.warning, styles.warning_frame),
    };
    let columns = columns.saturating_sub(FRAME_COLUMNS + 1);
    let mut body = Vec::new();
    writeln!(
        body,
        "{} {}\n",
        styled(word_style, format_args!("{word}:")),
        styled(styles.bold, without_controls(&diagnostic.summary)),
    )?;
    write_places(&mut body, diagnostic, sources, styles, columns)?;
    if !diagnostic.detail.is_empty() {
        writeln!(body, "{}", wrap(&without_controls(&diagnostic.detail), columns))?;
    }
    writeln!(out, "{}", styled(frame_style, "╷"))?;
    let body = String::from_utf8_lossy(&body);
    for line in body.trim_end_matches('\n').split('\n').map(str::trim_end) {
        if line.is_empty() {
            writeln!(out, "{}", styled(frame_style, "│"))?;
        } else {
            writeln!(out, "{} {line}", styled(frame_style, "│"))?;
        }
    }
    writeln!(out, "{}", styled(frame_style, "╵"))
}

/// The resource, the place, the values involved and further places.
fn write_places(
    out: &mut dyn Write,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    if let Some(address) = &diagnostic.address {
        writeln!(out, "  with {},", without_controls(address))?;
    }
    if let Some(span) = diagnostic.span {
        write_place(out, span, None, sources, styles, columns)?;
    }
    let mut values: Vec<_> = diagnostic.values.iter().collect();
    values.sort();
    if !values.is_empty() {
        writeln!(out, "    {}", styled(styles.dim, "├────────────────"))?;
    }
    for (expression, statement) in values {
        let bar = styled(styles.dim, "│");
        let expression = styled(styles.bold, without_controls(expression));
        writeln!(out, "    {bar} {expression} {}", without_controls(statement))?;
    }
    for label in &diagnostic.labels {
        write_place(out, label.span, Some(&label.text), sources, styles, columns)?;
    }
    if diagnostic.address.is_some() || diagnostic.span.is_some() || !diagnostic.labels.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn write_place(
    out: &mut dyn Write,
    span: Span,
    label: Option<&str>,
    sources: &SourceMap,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    let Some(source) = sources.get(span.source) else {
        return writeln!(out, "  (source code not available)");
    };
    let excerpt = Excerpt::new(source, span);
    write!(out, "  on {} line {}", excerpt.file, excerpt.start.line)?;
    if let Some(context) = context::enclosing(source, span.start) {
        write!(out, ", in {}", without_controls(&context))?;
    }
    match label {
        Some(label) => writeln!(out, ": {}", without_controls(label))?,
        None => writeln!(out, ":")?,
    }
    excerpt.write(out, styles, columns)
}
