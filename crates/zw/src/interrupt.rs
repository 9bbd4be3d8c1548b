//! Wishes that the program end: Ctrl-C, and on Unix what services are ended with.
//!
//! Where nothing is being changed, a wish ends the program at once, as it ends any other. While something is, the
//! first one lets what is under way come to its end and begins nothing more; the second ends the program at once. That
//! is safe at any moment: what is under way is in the journal, and the next run settles it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use zw_engine::Stop;

use crate::ui::Ui;

/// What is being done that is not to be cut off; signals are the process's, and so is this.
static WATCHED: Mutex<Watched> = Mutex::new(Watched { is_listening: false, work: None });

struct Watched {
    /// From the first watch on the system does not end the program by itself any more.
    is_listening: bool,
    work: Option<(Stop, Ui)>,
}

fn watched() -> MutexGuard<'static, Watched> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As long as it lives, the first wish is passed on.
pub(crate) struct Watch(());

impl Watch {
    /// Passes the first wish on to whoever does the work.
    pub(crate) fn new(stop: &Stop, ui: &Ui) -> Self {
        let mut watched = watched();
        watched.work = Some((stop.clone(), ui.clone()));
        if !std::mem::replace(&mut watched.is_listening, true)
            && let Ok(wishes) = Wishes::new()
        {
            tokio::spawn(listen(wishes));
        }
        Self(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        watched().work = None;
    }
}

async fn listen(mut wishes: Wishes) {
    loop {
        let code = wishes.next().await;
        let work = watched().work.clone();
        match work {
            Some((stop, _)) if !stop.is_wished() => stop.stop(),
            Some((_, ui)) => {
                ui.out.println(
                    "\nInterrupted again, and stopped at once. What was under way is in the journal: the next apply \
                     finds out what became of it.",
                );
                end(code);
            }
            None => end(code),
        }
    }
}

fn end(code: i32) {
    #[expect(clippy::exit, reason = "the user asked to stop at once")]
    std::process::exit(code);
}

/// The signals.
#[cfg(unix)]
struct Wishes {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Wishes {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// The exit code of a program that the next one ends.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Wishes;

#[cfg(not(unix))]
impl Wishes {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 130,
            Err(_) => std::future::pending().await,
        }
    }
}
