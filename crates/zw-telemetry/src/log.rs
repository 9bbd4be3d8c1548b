//! Log lines: as text for people, as JSON for programs.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::secrets::Secrets;

/// A layer of any kind.
pub(crate) type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Lines of text on standard error.
pub(crate) fn text(secrets: Secrets) -> AnyLayer {
    let lines = Lines { sink: Arc::new(Mutex::new(Box::new(io::stderr()))), secrets };
    fmt::layer().with_ansi(false).with_writer(lines).boxed()
}

/// Lines of JSON, appended to a file that only its owner can read.
///
/// # Errors
/// In a sentence, if the file cannot be written.
pub(crate) fn json_lines(path: &Path, secrets: Secrets) -> Result<AnyLayer, String> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .map_err(|error| format!("The log file {} cannot be written: {error}.", path.display()))?;
    let lines = Lines { sink: Arc::new(Mutex::new(Box::new(file))), secrets };
    let layer = fmt::layer().json().flatten_event(true).with_span_list(false);
    Ok(layer.with_writer(lines).boxed())
}

/// Where lines go, without the secrets in them.
struct Lines {
    sink: Arc<Mutex<Box<dyn Write + Send>>>,
    secrets: Secrets,
}

/// One line while it is made.
struct Line<'a> {
    text: Vec<u8>,
    lines: &'a Lines,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { text: Vec::new(), lines: self }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let text = self.lines.secrets.redacted(&text);
        let mut sink = self.lines.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written is no reason to stop what is logged.
        let _ = sink.write_all(text.as_bytes());
    }
}
