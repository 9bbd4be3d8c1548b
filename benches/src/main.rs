//! `cargo run --release -p zw-benches -- COMMAND`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is run by people, and prints for them"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use zw_benches::compare::{self, Limits};
use zw_benches::growth;
use zw_benches::report;
use zw_benches::shape::Shape;
use zw_benches::table::plot;

/// Estates of any size, and what zw and terraform take for them.
#[derive(Debug, Parser)]
enum Cli {
    /// Write an estate to a directory.
    Generate {
        /// Its shape.
        shape: Shape,
        /// How many resources it has, about.
        resources: usize,
        /// Where to.
        dir: PathBuf,
    },
    /// Run zw and, where it is installed, terraform on the same estates, in turn, and print a table.
    Compare {
        /// Shapes and sizes, as blocks:20000. Without any, those of docs/performance.md.
        estates: Vec<String>,
        #[command(flatten)]
        limits: Limits,
    },
    /// Plan estates of growing size with zw, print a table, and draw it.
    Growth {
        /// The largest size.
        #[arg(long, default_value_t = growth::MOST)]
        most: usize,
        /// The picture.
        #[arg(long)]
        svg: Option<PathBuf>,
    },
    /// Do both, and write tables, targets and picture into docs/performance.md and docs/performance.svg.
    Report {
        #[command(flatten)]
        limits: Limits,
        /// The largest size.
        #[arg(long, default_value_t = growth::MOST)]
        most: usize,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Box<dyn Error>> {
    match cli {
        Cli::Generate { shape, resources, dir } => shape.write(resources, &dir)?,
        Cli::Compare { estates, limits } => {
            let estates = match estates.as_slice() {
                [] => compare::ESTATES.to_vec(),
                given => given.iter().map(|text| estate(text)).collect::<Result<_, _>>()?,
            };
            print!("{}", compare::table(&compare::run(&zw()?, &estates, &limits)?));
        }
        Cli::Growth { most, svg } => {
            let points = growth::run(&zw()?, most)?;
            print!("{}", growth::table(&points));
            if let Some(path) = svg {
                plot(&path, &growth::lines(&points))?;
            }
        }
        Cli::Report { limits, most } => {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
            report::write(&zw()?, &docs, &limits, most)?;
        }
    }
    Ok(())
}

/// The `zw` that was built beside this program.
fn zw() -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::current_exe()?.with_file_name("zw");
    if path.exists() {
        return Ok(path);
    }
    Err("There is no zw beside this program: build it first, with `cargo build --release -p zw`."
        .into())
}

fn estate(text: &str) -> Result<(Shape, usize), String> {
    let wrong = || format!("{text:?} is no estate: give a shape and a size, as blocks:20000.");
    let (shape, resources) = text.split_once(':').ok_or_else(wrong)?;
    let shape = clap::ValueEnum::from_str(shape, true).map_err(|_| wrong())?;
    Ok((shape, resources.parse().map_err(|_| wrong())?))
}
