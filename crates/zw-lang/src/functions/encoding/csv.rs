//! CSV as RFC 4180 has it and Go's `encoding/csv` reads it.

/// The records of a table. All have as many fields as the first.
pub(super) struct Reader<'a> {
    rest: &'a str,
    line: usize,
    fields: Option<usize>,
    failed: bool,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text, line: 0, fields: None, failed: false }
    }

    /// The next line without its break, and whether it has one.
    fn line(&mut self) -> Option<(&'a str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        if let Some((line, rest)) = self.rest.split_once('\n') {
            self.rest = rest;
            return Some((line.strip_suffix('\r').unwrap_or(line), true));
        }
        let line = std::mem::take(&mut self.rest);
        Some((line.strip_suffix('\r').unwrap_or(line), false))
    }

    fn record(&mut self) -> Option<Result<Vec<String>, (usize, &'static str)>> {
        let mut line = loop {
            let (line, _) = self.line()?;
            // Empty lines do not count.
            if !line.is_empty() {
                break line;
            }
        };
        let first_line = self.line;
        let mut fields = Vec::new();
        loop {
            let Some(quoted) = line.strip_prefix('"') else {
                let (field, rest) = match line.split_once(',') {
                    Some((field, rest)) => (field, Some(rest)),
                    None => (line, None),
                };
                if field.contains('"') {
                    return Some(Err((self.line, "bare \" in non-quoted-field")));
                }
                fields.push(field.to_owned());
                match rest {
                    Some(rest) => line = rest,
                    None => break,
                }
                continue;
            };
            let mut field = String::new();
            line = quoted;
            let after = loop {
                if let Some((part, rest)) = line.split_once('"') {
                    field.push_str(part);
                    match rest.strip_prefix('"') {
                        Some(rest) => {
                            field.push('"');
                            line = rest;
                        }
                        None => break rest,
                    }
                } else {
                    field.push_str(line);
                    field.push('\n');
                    match self.line() {
                        Some((next, _)) => line = next,
                        None => {
                            return Some(Err((
                                self.line,
                                "extraneous or missing \" in quoted-field",
                            )));
                        }
                    }
                }
            };
            fields.push(field);
            if after.is_empty() {
                break;
            }
            match after.strip_prefix(',') {
                Some(rest) => line = rest,
                None => {
                    return Some(Err((self.line, "extraneous or missing \" in quoted-field")));
                }
            }
        }
        if *self.fields.get_or_insert(fields.len()) != fields.len() {
            return Some(Err((first_line, "wrong number of fields")));
        }
        Some(Ok(fields))
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Vec<String>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.record()?;
        self.failed = record.is_err();
        Some(record.map_err(|(line, reason)| format!("CSV parse error on line {line}: {reason}")))
    }
}
