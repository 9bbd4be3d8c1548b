//! `zw completion`, and what its scripts call.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::CommandFactory as _;
use zw_lang::Diagnostic;

use crate::app::{App, Exit};

/// Show the script with which a shell completes command lines of zw
///
/// It offers commands, options, files, and what the project in the directory has: addresses of resources, workspaces and
/// types. It asks no cloud and no server.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw completion bash > ~/.local/share/bash-completion/completions/zw\n  zw completion zsh > \
                  ~/.zfunc/_zw\n  zw completion fish > ~/.config/fish/completions/zw.fish\n  zw completion powershell >> \
                  $PROFILE"
)]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

/// Show what could stand at a place of a command line
#[derive(Debug, clap::Args)]
#[command(hide = true, after_help = "Examples:\n  zw complete -index=2 -- zw plan -tar")]
pub(crate) struct Complete {
    /// The position of the word that is being written, from 0
    #[arg(long)]
    index: usize,
    /// The words of the line, the name of the program first
    #[arg(last = true)]
    words: Vec<OsString>,
}

#[expect(clippy::unnecessary_wraps, reason = "commands end alike")]
pub(crate) fn script(app: &App, args: &Completion) -> Exit {
    app.ui.out.print(match args.shell {
        Shell::Bash => include_str!("completion/zw.bash"),
        Shell::Zsh => include_str!("completion/zw.zsh"),
        Shell::Fish => include_str!("completion/zw.fish"),
        Shell::Powershell => include_str!("completion/zw.ps1"),
    });
    Ok(0)
}

/// Writes a candidate a line: what would stand there, and after a tab what it is.
pub(crate) fn complete(app: &App, args: &Complete) -> Exit {
    let mut words = args.words.clone();
    // Some shells do not pass on an empty word at the end.
    words.resize(words.len().max(args.index + 1), OsString::new());
    words.truncate(args.index + 1);
    if let Some(dir) = chdir(&words) {
        std::env::set_current_dir(&dir).map_err(|error| app.io_error("change to", &dir, &error))?;
    }
    let current = words[args.index].to_string_lossy().into_owned();
    // An option that was begun with one dash goes on with one, or else the shell takes it for another word.
    let has_one_dash = current.starts_with('-') && !current.starts_with("--");
    let mut words = crate::args::normalized(words);
    if current == "-" {
        words[args.index] = "--".into();
    }
    let candidates =
        clap_complete::engine::complete(&mut crate::Cli::command(), words, args.index, None);
    let candidates = candidates.map_err(|error| {
        app.fail_with(Diagnostic::error("Cannot complete the line", format!("{error}.")))
    })?;
    for candidate in candidates {
        let value = candidate.get_value().to_string_lossy();
        let value = match value.strip_prefix('-') {
            Some(short) if has_one_dash && short.starts_with('-') => short,
            _ => &value,
        };
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let help = help.lines().next().unwrap_or_default();
        app.ui.out.println(&format!("{value}\t{help}"));
    }
    Ok(0)
}

/// The directory that the line names with `-chdir`.
fn chdir(words: &[OsString]) -> Option<PathBuf> {
    let mut words = words.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        let option = word.trim_start_matches('-');
        if word.starts_with('-') && option == "chdir" {
            return words.next().map(|dir| PathBuf::from(&*dir));
        }
        if word.starts_with('-')
            && let Some(dir) = option.strip_prefix("chdir=")
        {
            return Some(dir.into());
        }
    }
    None
}
