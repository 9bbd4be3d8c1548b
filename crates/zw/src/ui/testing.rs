//! What the tests of this module build on.

pub(crate) mod equivalence;
pub(crate) mod terraform;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::style::Styles;
use super::terminal::Stream;

/// A place that keeps what is written to it.
#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// A stream into it.
    pub(crate) fn stream(&self, styles: Styles, columns: usize) -> Stream {
        Stream::new(Box::new(self.clone()), styles, columns, false)
    }

    /// What was written so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a renderer writes.
pub(crate) fn rendered(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("writing to memory does not fail");
    String::from_utf8(out).expect("renderers write text")
}

/// Streams that both go to one place.
pub(crate) fn ui_into(captured: &Captured, styles: Styles) -> super::terminal::Ui {
    let stream = || captured.stream(styles, 78);
    super::terminal::Ui::new(stream(), stream(), || std::time::SystemTime::UNIX_EPOCH)
}
