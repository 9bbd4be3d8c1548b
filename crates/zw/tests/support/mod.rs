//! The real binary in a directory of its own.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A directory in which `zw` is run.
pub(crate) struct Project {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

/// What a run printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary directory"), env: Vec::new() }
    }

    /// A directory with one file, `main.tf`.
    pub(crate) fn of(config: &str) -> Self {
        let project = Self::new();
        project.write("main.tf", config);
        project
    }

    /// A copy of a directory of the repository; links are followed.
    pub(crate) fn copy_of(path: &str) -> Self {
        let project = Self::new();
        copy(&zw_testing::workspace().join(path), project.path());
        project
    }

    /// Sets a variable of the environment for all runs.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has all runs talk to an emulator.
    pub(crate) fn on(self, emulator: &zw_testing::Emulator) -> Self {
        let credentials = emulator.credentials();
        credentials.into_iter().fold(self, |project, (name, value)| project.env(name, &value))
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, name: &str, contents: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the project")).expect("a directory");
        std::fs::write(path, contents).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("the file is there")
    }

    pub(crate) fn read_bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).expect("the file is there")
    }

    /// Replaces text in a file, which must have it.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// A run of `zw` that is not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.prepared(Command::new(env!("CARGO_BIN_EXE_zw")), args)
    }

    fn prepared(&self, mut command: Command, args: &[&str]) -> Command {
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("NO_COLOR", "1")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs `zw` to its end, with this on standard input.
    pub(crate) fn fed(&self, args: &[&str], input: &str) -> Ran {
        let output = fed(self.command(args), input).expect("zw can be started");
        Ran::of(&output, self.path())
    }

    /// Runs `terraform` to its end, with this on standard input. `None`, with a word, where there is none.
    pub(crate) fn terraform(&self, args: &[&str], input: &str) -> Option<Ran> {
        let mut command = self.prepared(Command::new("terraform"), args);
        // It has a configuration of its own, and would ask for a new version.
        command.env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1");
        let Ok(output) = fed(command, input) else {
            eprintln!("SKIPPED: there is no terraform on this machine");
            return None;
        };
        Some(Ran::of(&output, self.path()))
    }

    /// Runs `zw` to its end.
    pub(crate) fn zw(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("zw can be started");
        Ran::of(&output, self.path())
    }

    /// Runs `zw`, which must work.
    pub(crate) fn ok(&self, args: &[&str]) -> Ran {
        let ran = self.zw(args);
        assert_eq!(ran.code, Some(0), "zw {args:?}\n{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// Starts `zw` and leaves it running.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("zw can be started")
    }
}

impl Ran {
    fn of(output: &Output, dir: &Path) -> Self {
        let text =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*dir.to_string_lossy(), "[DIR]");
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Everything, for a snapshot.
    pub(crate) fn all(&self) -> String {
        let code = self.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
        format!("exit code: {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

fn fed(mut command: Command, input: &str) -> std::io::Result<Output> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("it is a pipe");
    let input = input.to_owned();
    // It may answer before it has read everything.
    let writer = std::thread::spawn(move || {
        let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
    });
    let output = child.wait_with_output();
    let _ = writer.join();
    output
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("it is a directory") {
        let entry = entry.expect("it can be listed");
        let target: PathBuf = to.join(entry.file_name());
        let kind = std::fs::metadata(entry.path()).expect("it is there");
        if entry.file_name() == ".zw" {
            continue;
        }
        if kind.is_dir() {
            std::fs::create_dir_all(&target).expect("a directory");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
