//! `cargo run --release -p zw-benches -- COMMAND`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is run by people, and prints for them"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use zw_benches::measure::{self, Cost};
use zw_benches::shape::Shape;
use zw_benches::table::{Line, Table, duration, megabytes, plot};

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
        /// Larger estates are left to zw alone.
        #[arg(long, default_value_t = 20_000)]
        terraform_max: usize,
        /// Larger ones are not applied by Terraform: that takes it longer than anybody waits.
        #[arg(long, default_value_t = 2_000)]
        terraform_apply_max: usize,
        /// How often each step that changes nothing is run; the median counts.
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
    /// Plan estates of growing size with zw, print a table, and draw it.
    Growth {
        /// The largest size.
        #[arg(long, default_value_t = 1_000_000)]
        most: usize,
        /// The picture.
        #[arg(long)]
        svg: Option<PathBuf>,
    },
}

/// What is done to an estate, in this order.
const STEPS: [(&str, &[&str]); 5] = [
    ("parse", &["validate"]),
    ("plan", &["plan", "-input=false"]),
    ("apply", &["apply", "-input=false", "-auto-approve"]),
    ("no-op plan", &["plan", "-input=false"]),
    ("destroy", &["destroy", "-input=false", "-auto-approve"]),
];

/// The estates of docs/performance.md.
const ESTATES: [(Shape, usize); 8] = [
    (Shape::Blocks, 1_000),
    (Shape::Blocks, 5_000),
    (Shape::Blocks, 20_000),
    (Shape::Modules, 1_000),
    (Shape::Modules, 10_000),
    (Shape::Modules, 100_000),
    (Shape::Cross, 2_000),
    (Shape::Production, 21_952),
];

fn main() -> ExitCode {
    let done = match Cli::parse() {
        Cli::Generate { shape, resources, dir } => {
            shape.write(resources, &dir).map_err(Box::<dyn Error>::from)
        }
        Cli::Compare { estates, terraform_max, terraform_apply_max, runs } => {
            compare(&estates, [terraform_max, terraform_apply_max], runs)
        }
        Cli::Growth { most, svg } => growth(most, svg.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
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

fn has_terraform() -> bool {
    Command::new("terraform").arg("version").output().is_ok()
}

fn compare(
    estates: &[String],
    [terraform_max, terraform_apply_max]: [usize; 2],
    runs: usize,
) -> Result<(), Box<dyn Error>> {
    let zw = zw()?;
    let estates = match estates {
        [] => ESTATES.to_vec(),
        given => given.iter().map(|text| estate(text)).collect::<Result<_, _>>()?,
    };
    let headings =
        ["estate", "step", "zw", "CPU", "memory", "state", "terraform", "CPU", "memory", "ratio"];
    let mut table = Table::new(2, &headings);
    let has_terraform = has_terraform();
    for (shape, resources) in estates {
        eprintln!("{} {resources}", shape.name());
        let (ours, theirs) = (tempfile::tempdir()?, tempfile::tempdir()?);
        shape.write(resources, ours.path())?;
        let root = shape.root(ours.path());
        let terraform = has_terraform && shape.is_common() && resources <= terraform_max;
        if terraform {
            shape.write(resources, theirs.path())?;
            measure::run(Path::new("terraform"), &["init"], theirs.path())?;
        }
        measure::run(&zw, &["init"], &root)?;
        for (step, args) in STEPS {
            // What changes something can be done only once.
            let times = if matches!(step, "apply" | "destroy") { 1 } else { runs.max(1) };
            let with_options = [args, shape.options()].concat();
            let args_of_zw = if step == "parse" { args } else { &with_options };
            let own = median(times, || measure::run(&zw, args_of_zw, &root))?;
            let state = measure::size_of(&root, "state.db")?;
            let is_after_apply = !matches!(step, "parse" | "plan");
            let is_bearable = !is_after_apply || resources <= terraform_apply_max;
            let theirs = || measure::run(Path::new("terraform"), args, theirs.path());
            let other = (terraform && is_bearable).then(|| median(times, theirs)).transpose()?;
            table.add(row(shape, resources, step, own, state, other));
        }
    }
    print!("{table}");
    Ok(())
}

fn row(
    shape: Shape,
    resources: usize,
    step: &str,
    own: Cost,
    state: u64,
    other: Option<Cost>,
) -> Vec<String> {
    let none = || "–".to_owned();
    let [theirs, cpu, memory, ratio] = other.map_or_else(
        || [none(), none(), none(), none()],
        |other| {
            let ratio = other.wall.as_secs_f64() / own.wall.as_secs_f64();
            let cells = [duration(other.wall), duration(other.cpu), megabytes(other.peak)];
            let [wall, cpu, memory] = cells;
            [wall, cpu, memory, format!("{ratio:.0}")]
        },
    );
    let state = if state == 0 { none() } else { megabytes(state) };
    let estate = format!("{} {resources}", shape.name());
    let [wall, own_cpu, own_memory] = [duration(own.wall), duration(own.cpu), megabytes(own.peak)];
    vec![estate, step.to_owned(), wall, own_cpu, own_memory, state, theirs, cpu, memory, ratio]
}

/// The cost whose wall time is in the middle.
fn median(times: usize, mut once: impl FnMut() -> std::io::Result<Cost>) -> std::io::Result<Cost> {
    let mut costs = (0..times).map(|_| once()).collect::<std::io::Result<Vec<Cost>>>()?;
    costs.sort_by_key(|cost| cost.wall);
    Ok(costs[costs.len() / 2])
}

fn estate(text: &str) -> Result<(Shape, usize), String> {
    let wrong = || format!("{text:?} is no estate: give a shape and a size, as blocks:20000.");
    let (shape, resources) = text.split_once(':').ok_or_else(wrong)?;
    let shape = clap::ValueEnum::from_str(shape, true).map_err(|_| wrong())?;
    Ok((shape, resources.parse().map_err(|_| wrong())?))
}

/// Sizes are powers of ten and three times those.
fn growth(most: usize, svg: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let zw = zw()?;
    let mut table =
        Table::new(1, &["estate", "resources", "plan", "a resource", "memory", "a resource"]);
    let mut lines: Vec<Line> = Vec::new();
    for shape in [Shape::Modules, Shape::Blocks, Shape::Cross] {
        let mut points = Vec::new();
        let sizes = (3..=6).flat_map(|power| [10_usize.pow(power), 3 * 10_usize.pow(power)]);
        for resources in sizes.filter(|size| *size <= most) {
            eprintln!("{} {resources}", shape.name());
            let dir = tempfile::tempdir()?;
            shape.write(resources, dir.path())?;
            measure::run(&zw, &["init"], dir.path())?;
            let cost = median(3, || measure::run(&zw, &["plan", "-input=false"], dir.path()))?;
            let each = cost.wall / u32::try_from(resources)?;
            let memory = cost.peak / u64::try_from(resources)?;
            points.push((f64::from(u32::try_from(resources)?), micros(each)));
            table.add(vec![
                shape.name().to_owned(),
                resources.to_string(),
                duration(cost.wall),
                format!("{:.1} µs", micros(each)),
                megabytes(cost.peak),
                format!("{memory} B"),
            ]);
        }
        lines.push((shape.name().to_owned(), points));
    }
    print!("{table}");
    match svg {
        Some(path) => plot(path, &lines),
        None => Ok(()),
    }
}

fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}
