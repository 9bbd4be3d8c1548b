//! What `zw` and `terraform` take for the same estates.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::{self, Cost};
use crate::shape::Shape;
use crate::table::{Table, duration, megabytes};

/// The estates of docs/performance.md.
pub const ESTATES: [(Shape, usize); 8] = [
    (Shape::Blocks, 1_000),
    (Shape::Blocks, 5_000),
    (Shape::Blocks, 20_000),
    (Shape::Modules, 1_000),
    (Shape::Modules, 10_000),
    (Shape::Modules, 100_000),
    (Shape::Cross, 2_000),
    (Shape::Production, 21_952),
];

/// What is done to an estate, in this order.
const STEPS: [(&str, &[&str]); 5] = [
    ("parse", &["validate"]),
    ("plan", &["plan", "-input=false"]),
    ("apply", &["apply", "-input=false", "-auto-approve"]),
    ("no-op plan", &["plan", "-input=false"]),
    ("destroy", &["destroy", "-input=false", "-auto-approve"]),
];

/// What takes longer is not done again to have a median.
const REPEATED_MAX: Duration = Duration::from_secs(10);

/// What is left out because it takes too long.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Limits {
    /// Larger estates are left to zw alone.
    #[arg(long, default_value_t = 20_000)]
    terraform_max: usize,
    /// Larger ones are not applied by Terraform: for 5,000 resources it takes about ten minutes.
    #[arg(long, default_value_t = 2_000)]
    terraform_apply_max: usize,
    /// Larger ones are not destroyed by Terraform, which takes it longer still.
    #[arg(long, default_value_t = 2_000)]
    terraform_destroy_max: usize,
    /// How often each step that changes nothing is run, unless it takes longer than ten seconds; the median counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// What a step took.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// The shape of the estate.
    pub shape: Shape,
    /// Its size.
    pub resources: usize,
    /// The step.
    pub step: &'static str,
    /// What `zw` took.
    pub own: Cost,
    /// The size of the state of `zw` afterwards, in bytes.
    pub state: u64,
    /// What `terraform` took.
    pub other: Option<Cost>,
}

impl Measured {
    /// How many times longer `terraform` took.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.other?.wall.as_secs_f64() / self.own.wall.as_secs_f64())
    }
}

fn has_terraform() -> bool {
    Command::new("terraform").arg("version").output().is_ok()
}

/// Runs both, in turn.
///
/// # Errors
/// If an estate cannot be written, or a program fails.
pub fn run(zw: &Path, estates: &[(Shape, usize)], limits: &Limits) -> io::Result<Vec<Measured>> {
    let has_terraform = has_terraform();
    let mut all = Vec::new();
    for (shape, resources) in estates.iter().copied() {
        let (ours, theirs) = (tempfile::tempdir()?, tempfile::tempdir()?);
        shape.write(resources, ours.path())?;
        let root = shape.root(ours.path());
        let terraform = has_terraform && shape.is_common() && resources <= limits.terraform_max;
        if terraform {
            shape.write(resources, theirs.path())?;
            measure::run(Path::new("terraform"), &["init"], theirs.path())?;
        }
        measure::run(zw, &["init"], &root)?;
        for (step, args) in STEPS {
            // What changes something can be done only once.
            let times = if matches!(step, "apply" | "destroy") { 1 } else { limits.runs.max(1) };
            let with_options = [args, shape.options()].concat();
            let args_of_zw = if step == "parse" { args } else { &with_options };
            let own = median(times, || measure::run(zw, args_of_zw, &root))?;
            let state = measure::size_of(&root, "state.db")?;
            let is_applied = resources <= limits.terraform_apply_max;
            let is_bearable = match step {
                "parse" | "plan" => true,
                "destroy" => is_applied && resources <= limits.terraform_destroy_max,
                _ => is_applied,
            };
            let theirs = || measure::run(Path::new("terraform"), args, theirs.path());
            let other = (terraform && is_bearable).then(|| median(times, theirs)).transpose()?;
            all.push(Measured { shape, resources, step, own, state, other });
        }
    }
    Ok(all)
}

/// The cost whose wall time is in the middle.
///
/// # Errors
/// If one of the runs fails.
pub fn median(times: usize, mut once: impl FnMut() -> io::Result<Cost>) -> io::Result<Cost> {
    let first = once()?;
    let times = if first.wall > REPEATED_MAX { 1 } else { times };
    let mut costs = vec![first];
    for _ in 1..times {
        costs.push(once()?);
    }
    costs.sort_by_key(|cost| cost.wall);
    Ok(costs[costs.len() / 2])
}

/// All of it as a table.
pub fn table(all: &[Measured]) -> Table {
    let headings =
        ["estate", "step", "zw", "CPU", "memory", "state", "terraform", "CPU", "memory", "ratio"];
    let mut table = Table::new(2, &headings);
    for one in all {
        let none = || "–".to_owned();
        let Measured { shape, resources, step, own, state, other } = *one;
        let [theirs, cpu, memory] = other.map_or_else(
            || [none(), none(), none()],
            |other| [duration(other.wall), duration(other.cpu), megabytes(other.peak)],
        );
        let ratio = one.ratio().map_or_else(none, |ratio| format!("{ratio:.0}"));
        let state = if state == 0 { none() } else { megabytes(state) };
        let estate = format!("{} {resources}", shape.name());
        let [wall, own_cpu] = [duration(own.wall), duration(own.cpu)];
        let own_memory = megabytes(own.peak);
        table.add(vec![
            estate,
            step.to_owned(),
            wall,
            own_cpu,
            own_memory,
            state,
            theirs,
            cpu,
            memory,
            ratio,
        ]);
    }
    table
}
