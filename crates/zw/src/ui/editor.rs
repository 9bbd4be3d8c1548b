//! The line editor of the console. What it shows goes to the terminal by itself, as no other text may come in
//! between.

use std::path::{Path, PathBuf};

use rustyline::completion::Completer;
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context};

/// The most lines that are remembered.
const HISTORY_LINES_MAX: usize = 1000;

/// What may follow: where what is replaced begins, and what can stand there.
pub(crate) type Candidates = (usize, Vec<String>);

/// What the editor asks of who knows the language.
pub(crate) trait Assistant {
    /// What can stand at the end of a text.
    fn complete(&self, text: &str) -> Candidates;

    /// Whether a text goes on in the next line.
    fn is_unfinished(&self, text: &str) -> bool;
}

/// What somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A text, of one or more lines.
    Text(String),
    /// Nothing, as they thought better of it.
    Discarded,
    /// Nothing, and nothing more will come.
    End,
}

/// An editor with a history.
pub(crate) struct Editor<'a> {
    inner: rustyline::Editor<Helper<'a>, FileHistory>,
    history: PathBuf,
}

impl<'a> Editor<'a> {
    /// An editor whose history is kept in a file. One that cannot be read is as good as none.
    ///
    /// # Errors
    /// If the terminal cannot be used.
    pub(crate) fn new(assistant: &'a dyn Assistant, history: PathBuf) -> std::io::Result<Self> {
        let config = Config::builder()
            .max_history_size(HISTORY_LINES_MAX)
            .map_err(io_error)?
            // What begins with a space is not remembered, as in shells: a way to type a secret.
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .build();
        let mut inner = rustyline::Editor::with_config(config).map_err(io_error)?;
        inner.set_auto_add_history(true);
        inner.set_helper(Some(Helper(assistant)));
        let _ = inner.load_history(&history);
        Ok(Self { inner, history })
    }

    /// Lets somebody type a text, until it is finished.
    ///
    /// # Errors
    /// If the terminal cannot be used.
    pub(crate) fn read(&mut self, prompt: &str) -> std::io::Result<Typed> {
        match self.inner.readline(prompt) {
            Ok(text) => {
                self.remember();
                Ok(Typed::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Discarded),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(io_error(error)),
        }
    }

    /// Keeps the history, readable by its owner only. That it cannot be kept is no reason to stop.
    fn remember(&mut self) {
        let dir = self.history.parent().unwrap_or(Path::new("."));
        let _ = std::fs::create_dir_all(dir).and_then(|()| owned(&self.history));
        let _ = self.inner.append_history(&self.history);
    }
}

/// Makes a file its owner's, whatever it was before.
fn owned(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}

fn io_error(error: ReadlineError) -> std::io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => std::io::Error::other(other),
    }
}

/// The assistant as the editor wants it.
struct Helper<'a>(&'a dyn Assistant);

impl rustyline::Helper for Helper<'_> {}
impl Highlighter for Helper<'_> {}

impl Hinter for Helper<'_> {
    type Hint = String;
}

impl Completer for Helper<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.0.complete(line.get(..at).unwrap_or(line)))
    }
}

impl Validator for Helper<'_> {
    fn validate(&self, cx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if self.0.is_unfinished(cx.input()) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}
