//! The lines of a file that a span covers, with the span marked.

use std::io::{self, Write};

use zw_lang::{Source, Span};

use crate::ui::style::{Styles, styled};
use crate::ui::text::{width, without_controls};

/// Lines shown of a span that covers more; its last line is shown besides.
const LINES_MAX: usize = 8;

/// What a tab is shown as.
const TAB: &str = "    ";

/// Columns of the line number and what follows it.
const GUTTER_COLUMNS: usize = 6;

/// Columns left of a part that is cut out of a long line.
const LEAD_COLUMNS: usize = 12;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// From 0.
    pub(crate) byte: usize,
}

/// Whole lines of a file around a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt<'a> {
    /// The file as a person would write it.
    pub(crate) file: String,
    /// Where the span begins.
    pub(crate) start: Position,
    /// Where it ends.
    pub(crate) end: Position,
    /// The lines, without the end of the last one.
    pub(crate) code: &'a str,
    /// Offset in `code` of the first marked byte.
    pub(crate) mark_start: usize,
    /// Offset in `code` past the last marked byte.
    pub(crate) mark_end: usize,
}

impl<'a> Excerpt<'a> {
    /// The lines around a span. A span that is empty or out of range marks what is nearest to it.
    pub(crate) fn new(source: &'a Source, span: Span) -> Self {
        let text: &str = &source.text;
        let boundary = |offset: u32| {
            let mut at = (offset as usize).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(span.start);
        let mut end = boundary(span.end).max(start);
        // A span that ends with the end of a line means that line, not the next.
        if end > start && text[start..end].ends_with('\n') {
            end -= 1;
        }
        let code_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let code_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let code = text[code_start..code_end].trim_end_matches('\r');
        let position = |byte: usize| {
            let (line, column) = source.line_column(u32::try_from(byte).unwrap_or(u32::MAX));
            Position { line, column, byte }
        };
        let mark_start = (start - code_start).min(code.len());
        let mut mark_end = (end - code_start).min(code.len());
        if mark_end == mark_start {
            mark_end += code[mark_start..].chars().next().map_or(0, char::len_utf8);
        }
        Self {
            file: without_controls(&source.path.to_string_lossy()).into_owned(),
            start: position(start),
            end: position(end.max(code_start + mark_end)),
            code,
            mark_start,
            mark_end,
        }
    }

    /// Writes the lines with their numbers. The span is underlined where the stream can show that; otherwise a
    /// line of carets points at it.
    pub(crate) fn write(
        &self,
        out: &mut dyn Write,
        styles: Styles,
        columns: usize,
    ) -> io::Result<()> {
        let columns = columns.saturating_sub(GUTTER_COLUMNS).max(2 * LEAD_COLUMNS);
        let lines: Vec<&str> = self.code.split('\n').collect();
        let mut offset = 0;
        for (at, line) in lines.iter().enumerate() {
            let line_start = offset;
            offset += line.len() + 1;
            if lines.len() > LINES_MAX + 2 && (LINES_MAX..lines.len() - 1).contains(&at) {
                if at == LINES_MAX {
                    writeln!(out, "      {}", styled(styles.dim, "..."))?;
                }
                continue;
            }
            let line = line.trim_end_matches('\r');
            let within = |mark: usize| mark.saturating_sub(line_start).min(line.len());
            let parts = Parts::new(line, within(self.mark_start), within(self.mark_end), columns);
            write!(out, "{:4}: ", self.start.line + at)?;
            parts.write(out, styles)?;
            if !styles.enabled && at == 0 {
                parts.write_carets(out, self.mark_start == self.mark_end)?;
            }
        }
        Ok(())
    }
}

/// A line in three parts, ready to be shown.
struct Parts {
    before: String,
    marked: String,
    after: String,
}

impl Parts {
    fn new(line: &str, start: usize, end: usize, columns: usize) -> Self {
        let shown = |text: &str| without_controls(&text.replace('\t', TAB)).into_owned();
        let mut parts = Self {
            before: shown(&line[..start]),
            marked: shown(&line[start..end]),
            after: shown(&line[end..]),
        };
        parts.fit(columns);
        parts
    }

    /// Cuts a line that is too long, so that the beginning of the marked part stays in view.
    fn fit(&mut self, columns: usize) {
        let total =
            |parts: &Self| width(&parts.before) + width(&parts.marked) + width(&parts.after);
        if total(self) <= columns {
            return;
        }
        if width(&self.before) + width(&self.marked).min(columns / 2) > columns.saturating_sub(1) {
            let cut = width(&self.before).saturating_sub(LEAD_COLUMNS);
            self.before = format!("…{}", without_head(&self.before, cut + 1));
        }
        if total(self) > columns {
            let room = columns.saturating_sub(width(&self.before) + width(&self.marked));
            if room > 0 {
                self.after = format!("{}…", head(&self.after, room - 1));
            } else {
                let room = columns.saturating_sub(width(&self.before) + 1);
                self.marked = head(&self.marked, room).to_owned();
                "…".clone_into(&mut self.after);
            }
        }
    }

    fn write(&self, out: &mut dyn Write, styles: Styles) -> io::Result<()> {
        let marked = styled(styles.underline, &self.marked);
        writeln!(out, "{}", format!("{}{marked}{}", self.before, self.after).trim_end())
    }

    fn write_carets(&self, out: &mut dyn Write, at_the_end: bool) -> io::Result<()> {
        let marked = self.marked.trim_end();
        let count = if marked.is_empty() && !at_the_end { 0 } else { width(marked).max(1) };
        if count == 0 {
            return Ok(());
        }
        let lead = " ".repeat(GUTTER_COLUMNS + width(&self.before));
        writeln!(out, "{lead}{}", "^".repeat(count))
    }
}

/// As much of a text as fits.
fn head(text: &str, columns: usize) -> &str {
    &text[..offset_of_column(text, columns)]
}

/// A text without as much of it as fits.
fn without_head(text: &str, columns: usize) -> &str {
    &text[offset_of_column(text, columns)..]
}

fn offset_of_column(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, char) in text.char_indices() {
        used += unicode_width::UnicodeWidthChar::width(char).unwrap_or(0);
        if used > columns {
            return at;
        }
    }
    text.len()
}
