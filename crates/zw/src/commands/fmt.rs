//! `zw fmt`

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use zw_config::Syntax;
use zw_lang::parse::Text;
use zw_lang::{Diagnostic, SourceMap};

use crate::app::{App, Exit, Failed};

/// Put source files into their canonical form
///
/// Files are given their indentation, spaces and alignment as Terraform does; what they say is not touched. Without
/// arguments these are the *.tf, *.tfvars, *.tftest.hcl, *.tfmock.hcl, *.zw.yaml and *.zw.yml files of the directory.
/// Names of files that change are printed. Files in JSON are left alone, and so is what is not valid.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw fmt -recursive\n  zw fmt -check -diff\n  cat main.tf | zw fmt -"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub(crate) struct Fmt {
    /// Print no names of files
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    list: bool,
    /// Change nothing
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    write: bool,
    /// Show what changes
    #[arg(long)]
    diff: bool,
    /// Change nothing, and exit with 3 if something would change
    #[arg(long)]
    check: bool,
    /// Look into directories, too
    #[arg(long)]
    recursive: bool,
    /// Files and directories; `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// The exit code of `-check` when there is something to do.
const UNFORMATTED: u8 = 3;

const ENDINGS: [&str; 6] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl", ".zw.yaml", ".zw.yml"];

pub(crate) fn run(app: &App, args: &Fmt) -> Exit {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(app, args);
    }
    let mut files = Vec::new();
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
    for path in paths {
        if path.is_dir() {
            collect(app, path, args.recursive, &mut files)?;
        } else if has_ending(path) || !path.exists() {
            files.push(path.clone());
        } else {
            let name = path.display();
            return Err(app.fail_with(Diagnostic::error(
                format!("{name} is not a file that can be formatted"),
                format!("Names of files that can end with {}.", ENDINGS.join(", ")),
            )));
        }
    }
    let mut code = 0;
    for path in files {
        match file(app, args, &path) {
            Ok(changes) if changes && args.check && code == 0 => code = UNFORMATTED,
            Ok(_) => {}
            // One wrong file leaves the others their form.
            Err(failed) => code = failed.0,
        }
    }
    Ok(code)
}

fn has_ending(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The files of a directory, in order.
fn collect(app: &App, dir: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<(), Failed> {
    let failed = |error| app.io_error("list", dir, &error);
    let entries = std::fs::read_dir(dir).map_err(failed)?;
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>().map_err(failed)?;
    entries.sort();
    let mut inner = Vec::new();
    for path in entries {
        let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
        let is_hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !path.is_symlink() {
            inner.extend(Some(path).filter(|_| recursive && !is_hidden));
        } else if has_ending(&path) {
            files.push(path);
        }
    }
    inner.iter().try_for_each(|dir| collect(app, dir, recursive, files))
}

/// Formats a file; whether it changes.
fn file(app: &App, args: &Fmt, path: &Path) -> Result<bool, Failed> {
    let text = std::fs::read_to_string(path).map_err(|error| app.io_error("read", path, &error))?;
    let formatted = formatted(app, path, &text)?;
    if formatted == text {
        return Ok(false);
    }
    if args.list {
        app.ui.out.println(&path.display().to_string());
    }
    if args.write && !args.check {
        replace(path, &formatted).map_err(|error| app.io_error("write", path, &error))?;
    }
    if args.diff {
        app.ui.out.print(&difference(path, &text, &formatted));
    }
    Ok(true)
}

fn formatted(app: &App, path: &Path, text: &str) -> Result<String, Failed> {
    let mut sources = SourceMap::default();
    let source = sources.add(path, text);
    let formatted = match Syntax::of_path(path) {
        Some(Syntax::Yaml) => zw_config::format_yaml(source, text),
        _ => zw_lang::format(Text::of_file(source, text)),
    };
    formatted.map_err(|problems| app.fail(problems, &sources))
}

/// Replaces a file by another with the same permissions, all or nothing.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::metadata(&path)?.permissions())?;
    file.persist(&path).map(drop).map_err(|error| error.error)
}

fn difference(path: &Path, old: &str, new: &str) -> String {
    let (from, to) = (format!("old/{}", path.display()), format!("new/{}", path.display()));
    similar::TextDiff::from_lines(old, new).unified_diff().header(&from, &to).to_string()
}

fn standard_input(app: &App, args: &Fmt) -> Exit {
    let path = Path::new("<stdin>");
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| app.io_error("read", path, &error))?;
    let formatted = formatted(app, path, &text)?;
    if args.diff {
        app.ui.out.print(&difference(path, &text, &formatted));
    } else if !args.check {
        app.ui.out.println(formatted.strip_suffix('\n').unwrap_or(&formatted));
    }
    Ok(if args.check && formatted != text { UNFORMATTED } else { 0 })
}
