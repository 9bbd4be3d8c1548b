//! What happened to a state, as it is written down.
//!
//! A segment of a log, a snapshot and the changes of a run are lines of JSON, compressed. The first line says
//! what it is.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zw_state::{Intent, OutputRow, ResourceRow, RowKey, RowVersion, Run, RunId, RunStatus, Took};

use crate::recode::Recoded;

/// The format of everything that is written here.
pub(crate) const FORMAT: u32 = 1;

/// One step in the life of a state. Whoever takes the same steps from the same state has the same state
/// after them; nothing is computed from the clock or by chance when they are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// The first of a state.
    New { lineage: String },
    /// A run begins. All that follows is its work, until the next run begins.
    Run { run: Run, epoch: u64 },
    /// A run ends.
    End { run: RunId, status: RunStatus, ended: String },
    /// The right to write was taken from whoever had it in this epoch or an earlier one.
    Unlock { epoch: u64 },
    /// A row is added or replaced; it has the version that it was given.
    Put(Arc<ResourceRow>),
    /// A row is removed, with the version that was given for that.
    Remove(RowKey, RowVersion),
    /// A row moves. It has this version after that; the one before it was given to the old place.
    Move(RowKey, RowKey, RowVersion),
    /// An output is set.
    PutOutput(OutputRow),
    /// An output is removed.
    RemoveOutput(Arc<str>),
    /// An operation is about to be tried.
    Begin(Intent),
    /// The outcome of an operation is known.
    Settle(Arc<str>),
    /// Runs before this one are forgotten.
    Prune { first: RunId },
    /// Everything has another form, and the marks of that are other ones.
    Recode(Box<Recoded>),
    /// The state goes on with the lineage and the serial of another one.
    Adopt { lineage: Arc<str>, serial: u64 },
    /// It is known how long the operations of the run took.
    Took(Vec<Took>),
}

/// The first line of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentHead {
    pub(crate) format: u32,
    /// Which segment of the log, counted from 1.
    pub(crate) number: u64,
    /// Tells apart segments that two writers wanted to have the same number.
    pub(crate) id: String,
}

/// Why something that was read makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A newer program wrote it.
    Newer(u32),
    /// It is damaged, or something else.
    Damaged(String),
}

impl From<std::io::Error> for Unreadable {
    fn from(error: std::io::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// Writes lines of JSON, compressed.
pub(crate) struct Lines(GzEncoder<Vec<u8>>);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::fast()))
    }

    pub(crate) fn push(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.0, line)?;
        self.0.write_all(b"\n")
    }

    pub(crate) fn finish(self) -> std::io::Result<Vec<u8>> {
        self.0.finish()
    }
}

/// Reads lines of JSON, compressed. The first one must be a head of a format that is known.
pub(crate) struct Reading<'b> {
    lines: BufReader<GzDecoder<&'b [u8]>>,
    line: String,
}

impl<'b> Reading<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { lines: BufReader::new(GzDecoder::new(bytes)), line: String::new() }
    }

    /// The first line.
    pub(crate) fn head<T: DeserializeOwned>(&mut self) -> Result<T, Unreadable> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        if !self.advance()? {
            return Err(Unreadable::Damaged("it is empty".to_owned()));
        }
        let Format { format } = serde_json::from_str(&self.line)?;
        if format > FORMAT {
            return Err(Unreadable::Newer(format));
        }
        Ok(serde_json::from_str(&self.line)?)
    }

    /// The next line, if there is one.
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Unreadable> {
        if !self.advance()? {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&self.line)?))
    }

    fn advance(&mut self) -> Result<bool, Unreadable> {
        self.line.clear();
        self.lines.read_line(&mut self.line)?;
        if self.line.is_empty() {
            // What is behind the last line belongs to the check of what was read.
            self.lines.read_to_string(&mut self.line)?;
            return Ok(false);
        }
        Ok(true)
    }
}

/// A segment as it is stored.
pub(crate) fn write_segment(number: u64, id: &str, events: &[Event]) -> std::io::Result<Vec<u8>> {
    let mut lines = Lines::new();
    lines.push(&SegmentHead { format: FORMAT, number, id: id.to_owned() })?;
    for event in events {
        lines.push(event)?;
    }
    lines.finish()
}

/// What a segment holds.
pub(crate) fn read_segment(bytes: &[u8]) -> Result<(SegmentHead, Vec<Event>), Unreadable> {
    let mut reading = Reading::new(bytes);
    let head = reading.head()?;
    let mut events = Vec::new();
    while let Some(event) = reading.next()? {
        events.push(event);
    }
    Ok((head, events))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_read_as_it_was_written() {
        let events = [
            Event::New { lineage: "l".to_owned() },
            Event::Remove(RowKey::current("a.b[\"\n\"]"), RowVersion(u64::MAX)),
            Event::Settle("t".into()),
        ];
        let bytes = write_segment(7, "id", &events).unwrap();
        let (head, read) = read_segment(&bytes).unwrap();
        assert_eq!((head.number, head.id.as_str()), (7, "id"));
        assert_eq!(read, events);
    }

    #[test]
    fn a_segment_that_was_cut_short_is_refused() {
        let bytes = write_segment(1, "id", &[Event::Unlock { epoch: 1 }]).unwrap();
        for length in 0..bytes.len() {
            assert!(read_segment(&bytes[..length]).is_err(), "{length} of {}", bytes.len());
        }
    }

    #[test]
    fn a_newer_format_is_told_from_damage() {
        let mut lines = Lines::new();
        lines.push(&serde_json::json!({ "format": 99, "anything": [] })).unwrap();
        let bytes = lines.finish().unwrap();
        assert_eq!(read_segment(&bytes), Err(Unreadable::Newer(99)));
    }
}
