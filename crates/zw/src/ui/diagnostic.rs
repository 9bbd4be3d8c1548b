//! Errors and warnings, framed as Terraform's, with the source quoted.
//!
//! [`Excerpt`] is what both forms share: the part of a file that a span covers, in whole lines.

mod context;
mod excerpt;
mod json;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use zw_lang::{Diagnostic, Diagnostics, Severity, SourceMap, Span};

pub(crate) use excerpt::Excerpt;
pub(crate) use json::to_json;

use super::style::{Styles, styled};
use super::text::{counted, without_controls, wrap};

/// Columns of the frame on the left.
const FRAME_COLUMNS: usize = 2;

/// The diagnostics as they are shown: of warnings with one summary only the first, which says how many more there
/// are. Of errors only those are left out that say the same of the same place, as of every instance of a module.
pub(crate) fn consolidated(found: &Diagnostics) -> Vec<Cow<'_, Diagnostic>> {
    let mut shown: Vec<(Cow<'_, Diagnostic>, usize)> = Vec::new();
    let mut first_of: HashMap<(&str, Option<(&str, Span)>), usize> = HashMap::new();
    for diagnostic in found {
        let of_place = match (diagnostic.severity, diagnostic.span) {
            (Severity::Warning, _) => Some(None),
            (Severity::Error, Some(span)) => Some(Some((&*diagnostic.detail, span))),
            (Severity::Error, None) => None,
        };
        let key = of_place.map(|of_place| (diagnostic.summary.as_str(), of_place));
        if let Some(first) = key.and_then(|key| first_of.get(&key)) {
            shown[*first].1 += 1;
        } else {
            first_of.extend(key.map(|key| (key, shown.len())));
            shown.push((Cow::Borrowed(diagnostic), 0));
        }
    }
    for (diagnostic, more) in &mut shown {
        if *more > 0 {
            let text = match diagnostic.severity {
                Severity::Warning => {
                    format!("(and {} elsewhere)", counted(*more, "more similar warning"))
                }
                Severity::Error => {
                    format!("(and {} of the same place)", counted(*more, "more such error"))
                }
            };
            let detail = &mut diagnostic.to_mut().detail;
            if !detail.is_empty() {
                detail.push_str("\n\n");
            }
            detail.push_str(&text);
        }
    }
    shown.into_iter().map(|(diagnostic, _)| diagnostic).collect()
}

/// Writes a diagnostic in its frame.
pub(crate) fn write(
    out: &mut dyn Write,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    let frame_style = match diagnostic.severity {
        Severity::Error => styles.error_frame,
        Severity::Warning => styles.warning_frame,
    };
    let mut body = Vec::new();
    let columns = columns.saturating_sub(FRAME_COLUMNS + 1);
    write_body(&mut body, diagnostic, sources, styles, columns)?;
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

/// A diagnostic without frame and colours, for where they are in the way.
pub(crate) fn plain(diagnostic: &Diagnostic, sources: &SourceMap, columns: usize) -> String {
    let mut body = Vec::new();
    // Writing to memory cannot fail.
    let _ = write_body(&mut body, diagnostic, sources, Styles::plain(), columns);
    String::from_utf8_lossy(&body).into_owned()
}

/// What is in the frame.
fn write_body(
    out: &mut dyn Write,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    let (word, style) = match diagnostic.severity {
        Severity::Error => ("Error", styles.error),
        Severity::Warning => ("Warning", styles.warning),
    };
    writeln!(
        out,
        "{} {}\n",
        styled(style, format_args!("{word}:")),
        styled(styles.bold, without_controls(&diagnostic.summary)),
    )?;
    write_places(out, diagnostic, sources, styles, columns)?;
    if !diagnostic.detail.is_empty() {
        writeln!(out, "{}", wrap(&without_controls(&diagnostic.detail), columns))?;
    }
    Ok(())
}

/// The resource, the place, the values involved and further places.
fn write_places(
    out: &mut dyn Write,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    match (&diagnostic.address, &diagnostic.attribute) {
        (Some(address), Some(path)) => {
            let (address, path) = (without_controls(address), without_controls(path));
            writeln!(out, "  with {address}, in its {path},")?;
        }
        (Some(address), None) => writeln!(out, "  with {},", without_controls(address))?,
        (None, _) => {}
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
