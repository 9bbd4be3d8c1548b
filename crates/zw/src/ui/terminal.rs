//! The two streams that a person or a pipe reads. Nothing else in the program writes to them.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use zw_lang::{Diagnostics, SourceMap};

use super::diagnostic;
use super::findings::Findings;
use super::style::{ColorWishes, Styles};

/// Columns that are assumed where the stream is not a terminal, as Terraform does.
pub(crate) const DEFAULT_COLUMNS: usize = 78;

/// Where a command writes: results to `out`, problems to `err`. Cheap to clone; clones write to the same
/// streams.
#[derive(Clone, Debug)]
pub(crate) struct Ui {
    /// Results.
    pub(crate) out: Stream,
    /// Problems.
    pub(crate) err: Stream,
    /// What was reported until now, and what else was found, for reports.
    pub(crate) findings: Findings,
    /// Whether the version of the format of messages has been written.
    began_messages: Arc<AtomicBool>,
    clock: fn() -> SystemTime,
}

/// One stream.
#[derive(Clone)]
pub(crate) struct Stream {
    sink: Arc<Mutex<Sink>>,
    /// How text on it looks.
    pub(crate) styles: Styles,
    /// The columns of a line.
    pub(crate) columns: usize,
    /// Whether somebody looks at it now.
    pub(crate) is_terminal: bool,
}

struct Sink {
    writer: Box<dyn Write + Send>,
    /// The other end of the pipe is gone: what is still written goes nowhere, quietly. An apply must
    /// not stop halfway because somebody closed `less`.
    closed: bool,
    /// When everything written had reached its reader.
    flushed: Instant,
}

/// How long a line that is one of many may wait for the others.
const WAIT_MAX: Duration = Duration::from_millis(50);

impl Ui {
    /// The streams of this process.
    pub(crate) fn of_process(no_color_option: bool) -> Self {
        let wishes = ColorWishes::from_env(|name| std::env::var(name).ok());
        let (out, err) = (io::stdout(), io::stderr());
        // A terminal that cannot move its cursor is no better than a file.
        let is_smart = wishes.term.as_deref() != Some("dumb");
        let out_is_terminal = is_smart && out.is_terminal();
        let err_is_terminal = is_smart && err.is_terminal();
        let out_columns = terminal_size::terminal_size_of(&out);
        let err_columns = terminal_size::terminal_size_of(&err);
        let stream =
            |writer: Box<dyn Write + Send>,
             is_terminal,
             size: Option<(terminal_size::Width, terminal_size::Height)>| {
                let styles = if wishes.allow(no_color_option, is_terminal) {
                    Styles::colored()
                } else {
                    Styles::plain()
                };
                let columns = size.map_or(DEFAULT_COLUMNS, |(width, _)| usize::from(width.0));
                Stream::new(writer, styles, columns, is_terminal)
            };
        Self::new(
            stream(Box::new(io::BufWriter::new(out)), out_is_terminal, out_columns),
            stream(Box::new(err), err_is_terminal, err_columns),
            SystemTime::now,
        )
    }

    /// Any two streams, and a clock for what is written with the time.
    pub(crate) fn new(out: Stream, err: Stream, clock: fn() -> SystemTime) -> Self {
        Self { out, err, findings: Findings::default(), began_messages: Arc::default(), clock }
    }

    /// The time.
    pub(crate) fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// Streams that nobody reads.
    pub(crate) fn silent(clock: fn() -> SystemTime) -> Self {
        let nowhere = || Stream::new(Box::new(io::sink()), Styles::plain(), DEFAULT_COLUMNS, false);
        Self::new(nowhere(), nowhere(), clock)
    }

    /// The same, with results on the stream for problems: for whatever is to be told beside a document.
    pub(crate) fn aside(&self) -> Self {
        Self { out: self.err.clone(), ..self.clone() }
    }

    /// Notes that messages for programs begin. Whether that was noted before.
    pub(crate) fn began_messages(&self) -> bool {
        self.began_messages.swap(true, Ordering::Relaxed)
    }

    /// Writes diagnostics in their frames to the stream for problems.
    pub(crate) fn diagnostics(&self, diagnostics: &Diagnostics, sources: &SourceMap) {
        self.findings.note(diagnostics, sources);
        let mut err = self.err.lock();
        for found in diagnostic::consolidated(diagnostics) {
            // Whatever can go wrong with a stream is handled by the stream.
            let _ = err.write_all(b"\n");
            let _ = diagnostic::write(&mut err, &found, sources, self.err.styles, self.err.columns);
        }
    }

    /// Shows a question and waits for a line. `None` if there will never be one, because nobody is
    /// there to write it.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        self.out.print(question);
        let mut answer = String::new();
        match io::stdin().lock().read_line(&mut answer) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(answer.trim().to_owned()),
        }
    }

    /// Shows a question on the stream for problems, and waits for a line that is not shown. `None` if there is none.
    pub(crate) fn ask_secret(&self, question: &str) -> Option<String> {
        self.err.print(question);
        console::Term::stderr().read_secure_line().ok().filter(|answer| !answer.is_empty())
    }

    /// Whether somebody is there to answer that.
    pub(crate) fn can_ask_secret(&self) -> bool {
        self.can_ask() && self.err.is_terminal
    }

    /// Whether questions can be answered.
    #[expect(clippy::unused_self, reason = "who has no streams has nothing to ask on")]
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal()
    }
}

impl Stream {
    /// A stream into anything.
    pub(crate) fn new(
        writer: Box<dyn Write + Send>,
        styles: Styles,
        columns: usize,
        is_terminal: bool,
    ) -> Self {
        let sink = Arc::new(Mutex::new(Sink { writer, closed: false, flushed: Instant::now() }));
        Self { sink, styles, columns, is_terminal }
    }

    /// The stream for oneself, until the guard is dropped; then what was written is flushed.
    pub(crate) fn lock(&self) -> StreamGuard<'_> {
        StreamGuard(self.sink.lock().unwrap_or_else(PoisonError::into_inner), false)
    }

    /// Writes a text.
    pub(crate) fn print(&self, text: &str) {
        let _ = self.lock().write_all(text.as_bytes());
    }

    /// Writes a text and ends the line.
    pub(crate) fn println(&self, text: &str) {
        let mut guard = self.lock();
        let _ = guard.write_all(text.as_bytes());
        let _ = guard.write_all(b"\n");
    }

    /// Writes a line that may be one of very many: into a pipe or a file they go together, which takes a tenth of
    /// the time. Whoever uses it sees to it that [`Self::flush`] is called some time after.
    pub(crate) fn println_soon(&self, text: &str) {
        let mut guard = self.lock();
        let _ = guard.write_all(text.as_bytes());
        let _ = guard.write_all(b"\n");
        if !self.is_terminal && guard.0.flushed.elapsed() < WAIT_MAX {
            guard.keep();
        }
    }

    /// Has everything reach its reader.
    pub(crate) fn flush(&self) {
        drop(self.lock());
    }

    /// Writes what a renderer makes, piece by piece. A renderer fails only where the stream does, and the
    /// stream has taken care of that.
    pub(crate) fn render(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let _ = write(&mut self.lock());
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("columns", &self.columns)
            .field("is_terminal", &self.is_terminal)
            .finish_non_exhaustive()
    }
}

/// A stream held by one writer. Writing never fails: a reader that has gone away is not an error of the
/// command, and there is nobody to tell about any other.
pub(crate) struct StreamGuard<'a>(MutexGuard<'a, Sink>, bool);

impl StreamGuard<'_> {
    /// Lets what was written wait for more.
    const fn keep(&mut self) {
        self.1 = true;
    }
}

impl Write for StreamGuard<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.0.closed && self.0.writer.write_all(bytes).is_err() {
            self.0.closed = true;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.0.closed && self.0.writer.flush().is_err() {
            self.0.closed = true;
        }
        self.0.flushed = Instant::now();
        Ok(())
    }
}

impl Drop for StreamGuard<'_> {
    fn drop(&mut self) {
        if !self.1 {
            let _ = self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::Captured;

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_that_goes_away_stops_nobody() {
        let stream = Stream::new(Box::new(Broken), Styles::plain(), 80, false);
        stream.println("hello");
        stream.render(|out| {
            writeln!(out, "more")?;
            out.flush()
        });
        assert!(stream.lock().0.closed);
    }

    #[test]
    fn clones_write_to_the_same_stream() {
        let captured = Captured::default();
        let stream = captured.stream(Styles::plain(), 80);
        stream.clone().print("a");
        stream.println("b");
        assert_eq!(captured.text(), "ab\n");
    }
}
