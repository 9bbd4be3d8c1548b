//! What is done with this repository: `cargo xtask check` and `cargo xtask test`.
//!
//! It has no dependencies, so that a fresh clone gets to work at once.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a script talks to whoever runs it")]

mod recording;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  check           formatting, lints with warnings as errors, and, where they are installed,
                  cargo-deny and typos
  test [ARGS]     set up the emulators and run all tests; ARGS go to `cargo test`
  emulators       set up the emulators that tests run against, and the schemas that ours are compared with
  coverage        write docs/providers/aws.md anew
  permissions [FEATURE...]
                  note which operations of AWS the types call, of all services or of those of some features, and
                  write docs/providers/aws.md anew
  docs            write the book into target/book, with the reference of commands and types
  recording       record the session that the README shows, into docs/session.svg
";

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let outcome = match args.next().as_deref() {
        Some("check") => check(),
        Some("test") => test(args.collect()),
        Some("emulators") => emulators().map(|_| ()),
        Some("coverage") => coverage(),
        Some("permissions") => permissions(&args.collect::<Vec<_>>()),
        Some("docs") => docs(),
        Some("recording") => record(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<(), String> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "--deny=warnings",
    ]))?;
    for (tool, args) in [("cargo-deny", &["deny", "check"][..]), ("typos", &[])] {
        if is_installed(tool) {
            let mut command = if args.is_empty() { Command::new(tool) } else { cargo() };
            run(command.args(args))?;
        } else {
            println!("{tool} is not installed: skipped.");
        }
    }
    Ok(())
}

fn test(args: Vec<String>) -> Result<(), String> {
    let (python, modules) = emulators()?;
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked"]).args(args);
    command.env("ZW_EMULATOR_PYTHON", python).env("ZW_EMULATOR_NODE_MODULES", modules);
    run(&mut command)
}

/// Writes the reference into what is a copy of `docs`, and makes a book of it where mdBook is installed.
fn docs() -> Result<(), String> {
    let (from, dir) = (root().join("docs"), target_dir().join("docs"));
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    copy(&from, &dir).map_err(|error| failed(&from, error))?;
    // It is included by its path.
    let architecture = dir.join("../ARCHITECTURE.md");
    std::fs::copy(root().join("ARCHITECTURE.md"), &architecture)
        .map_err(|error| failed(&architecture, error))?;
    let zw = zw()?;
    run(Command::new(zw).args(["metadata", "docs"]).arg(dir.join("reference")))?;
    if is_installed("mdbook") {
        run(Command::new("mdbook").arg("build").arg(&dir))
    } else {
        println!("mdbook is not installed: the pages are in {}.", dir.display());
        Ok(())
    }
}

/// Copies what is in a directory into another one.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, copy_of) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copy_of)?;
        } else {
            std::fs::copy(&path, &copy_of)?;
        }
    }
    Ok(())
}

/// Records a session in an empty directory.
fn record() -> Result<(), String> {
    let zw = zw()?;
    let dir = target_dir().join("recording");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let picture = recording::record(&zw, &dir)?;
    let path = root().join("docs/session.svg");
    std::fs::write(&path, picture).map_err(|error| format!("{}: {error}", path.display()))
}

/// The program: the one that `ZW` names, or else one that is built.
fn zw() -> Result<PathBuf, String> {
    if let Some(program) = env::var_os("ZW") {
        return Ok(program.into());
    }
    run(cargo().args(["build", "--package", "zw"]))?;
    let dir = target_dir().join("debug");
    std::path::absolute(dir.join(format!("zw{}", env::consts::EXE_SUFFIX)))
        .map_err(|error| error.to_string())
}

/// Sets up the emulators, and gives their Python and the folder of their packages of Node.js.
fn emulators() -> Result<(PathBuf, PathBuf), String> {
    Ok((python_emulators()?, node_emulators()?))
}

/// Installs the emulators from npm, unless they are there already as asked for, and gives their folder. Where there is
/// no npm, tests that need them are skipped.
fn node_emulators() -> Result<PathBuf, String> {
    let lock = root().join("tests/emulators/package-lock.json");
    let wanted =
        std::fs::read_to_string(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    let dir = target_dir().join("emulators-node");
    let modules = dir.join("node_modules");
    let stamp = dir.join("package-lock.installed.json");
    if modules.exists() && std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(modules);
    }
    if !is_installed("npm") || !is_installed("node") {
        println!("npm is not installed: tests with the emulator of Azure Storage are skipped.");
        return Ok(modules);
    }
    println!("Setting up emulators in {}", dir.display());
    std::fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    for name in ["package.json", "package-lock.json"] {
        let from = root().join("tests/emulators").join(name);
        std::fs::copy(&from, dir.join(name))
            .map_err(|error| format!("{}: {error}", from.display()))?;
    }
    run(Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&dir))?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(modules)
}

/// Has the test that compares the document with the schemas write it.
fn coverage() -> Result<(), String> {
    let python = python_emulators()?;
    let test = ["test", "--package", "zw-aws", "--no-default-features", "--test", "published"];
    run(cargo().args(test).env("ZW_EMULATOR_PYTHON", python).env("ZW_WRITE_DOCS", "1"))
}

/// Has the tests of types write down what they call, and what the sources say besides.
fn permissions(features: &[String]) -> Result<(), String> {
    let python = python_emulators()?;
    let recording = |test: &mut Command| {
        run(test.env("ZW_EMULATOR_PYTHON", &python).env("ZW_WRITE_PERMISSIONS", "1"))
    };
    let mut lives = cargo();
    lives.args(["test", "--package", "zw-aws", "--test", "aws"]);
    if !features.is_empty() {
        lives.args(["--no-default-features", "--features", &features.join(",")]);
    }
    recording(&mut lives)?;
    let rest = ["test", "--package", "zw-aws", "--no-default-features", "--test", "published"];
    recording(cargo().args(rest).args(["--", "the_table_has_every_call"]))?;
    coverage()
}

/// Makes the virtual environment of the emulators, unless it is there already with what is asked for, and
/// gives its Python.
fn python_emulators() -> Result<PathBuf, String> {
    let requirements = root().join("tests/emulators/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)
        .map_err(|error| format!("{}: {error}", requirements.display()))?;
    let venv = target_dir().join("emulators");
    let python = venv.join("bin/python");
    let stamp = venv.join("requirements.installed.txt");
    let is_there = std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted);
    if !python.exists() || !is_there {
        println!("Setting up the emulators in {}", venv.display());
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg("--requirement")
            .arg(&requirements))?;
        std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    }
    published(&python, &venv)?;
    Ok(python)
}

/// Makes one small file of the schemas that others publish, unless it is there. They come in a package of
/// hundreds of megabytes, which is not kept.
fn published(python: &Path, venv: &Path) -> Result<(), String> {
    let folder = root().join("tests/emulators");
    let (package, script) = (folder.join("published.txt"), folder.join("published.py"));
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let wanted = read(&package)? + &read(&script)?;
    let (json, stamp) = (venv.join("published.json"), venv.join("published.installed.txt"));
    if json.exists() && std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("Fetching the schemas that others publish");
    let downloads = venv.join("downloads");
    run(Command::new(python)
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .arg("--dest")
        .arg(&downloads)
        .arg("--requirement")
        .arg(&package))?;
    run(Command::new(python).arg(&script).arg(&downloads).arg(&json))?;
    let written = std::fs::remove_dir_all(&downloads).and_then(|()| std::fs::write(&stamp, wanted));
    written.map_err(|error| format!("{}: {error}", venv.display()))
}

fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn is_installed(tool: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|dir| dir.join(tool).is_file())
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
