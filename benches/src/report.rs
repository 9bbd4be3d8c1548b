//! The tables of docs/performance.md, and how they compare with what was aimed at.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::compare::{self, ESTATES, Limits, Measured};
use crate::growth::{self, Point};
use crate::measure::{self, Cost};
use crate::shape::Shape;
use crate::table::{Table, duration, megabytes, plot};

/// Measures everything and writes it down.
///
/// # Errors
/// If a program fails, or a file cannot be written.
pub fn write(zw: &Path, docs: &Path, limits: &Limits, most: usize) -> Result<(), Box<dyn Error>> {
    let version = compare::median(21, || measure::run(zw, &["version"], &std::env::temp_dir()))?;
    let compared = compare::run(zw, &ESTATES, limits)?;
    let points = growth::run(zw, most)?;
    plot(&docs.join("performance.svg"), &growth::lines(&points))?;
    let path = docs.join("performance.md");
    let mut text = fs::read_to_string(&path)?;
    for (name, part) in [
        ("machine", machine()),
        ("targets", targets(&compared, &points, version).to_string()),
        ("compare", compare::table(&compared).to_string()),
        ("growth", growth::table(&points).to_string()),
    ] {
        text = replaced(&text, name, &part)?;
    }
    fs::write(&path, text)?;
    Ok(())
}

/// The text with what is between the comments of a name replaced.
fn replaced(text: &str, name: &str, part: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let found = text.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}\n{part}\n{end}{after}"))
    });
    found.ok_or_else(|| format!("There is no place for {name} in the text."))
}

/// What it was measured on.
fn machine() -> String {
    let of_file = |path: &str, key: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        line.map(|rest| rest.trim_start_matches([':', '\t', ' ']).trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = of_file("/proc/cpuinfo", "model name");
    let memory = of_file("/proc/meminfo", "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok())
        .map(|kilobytes| megabytes(kilobytes * 1024));
    let terraform = Command::new("terraform").arg("version").output().ok().and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        text.lines().next().map(str::to_owned)
    });
    let unknown = || "unknown".to_owned();
    format!(
        "{cores} cores ({}), {} of memory; {}.\n",
        processor.unwrap_or_else(unknown),
        memory.unwrap_or_else(unknown),
        terraform.unwrap_or_else(|| "without Terraform".to_owned())
    )
}

/// What was aimed at, and what came out.
fn targets(compared: &[Measured], points: &[Point], version: Cost) -> Table {
    let mut table = Table::new(4, &["what", "target", "measured", "holds"]);
    let mut add = |what: &str, target: String, measured: Option<(String, bool)>| {
        let (measured, holds) = measured.map_or_else(
            || ("not measured".to_owned(), "–"),
            |(measured, holds)| (measured, if holds { "yes" } else { "no" }),
        );
        table.add(vec![what.to_owned(), target, measured, holds.to_owned()]);
    };
    let find = |shape: Shape, resources: usize, step: &str| {
        let is_it =
            |one: &&Measured| one.shape == shape && one.resources == resources && one.step == step;
        compared.iter().find(is_it)
    };
    for (shape, resources, step, least) in [
        (Shape::Blocks, 20_000, "plan", 100.0),
        (Shape::Modules, 10_000, "plan", 300.0),
        (Shape::Cross, 2_000, "plan", 1_000.0),
        (Shape::Blocks, 1_000, "apply", 100.0),
        (Shape::Blocks, 5_000, "apply", 300.0),
    ] {
        let ratio = find(shape, resources, step).and_then(Measured::ratio);
        add(
            &format!("{step} of {} {resources}, beside Terraform", shape.name()),
            format!("{least} times faster"),
            ratio.map(|ratio| (format!("{ratio:.0} times"), ratio >= least)),
        );
    }
    for (step, most) in [("plan", 1_500), ("apply", 5_000), ("no-op plan", 1_000)] {
        let most = Duration::from_millis(most);
        let cost = find(Shape::Modules, 100_000, step).map(|one| one.own);
        add(
            &format!("{step} of modules 100000"),
            format!("under {}", duration(most)),
            cost.map(|cost| (duration(cost.wall), cost.wall < most)),
        );
    }
    let point = |resources: u32| {
        let is_it = |point: &&Point| point.shape == Shape::Modules && point.resources == resources;
        points.iter().find(is_it)
    };
    let million = point(1_000_000);
    let (time_max, memory_max) = (Duration::from_secs(15), 3_000_000_000);
    add(
        "plan of modules 1000000",
        format!("under {}, {}", duration(time_max), megabytes(memory_max)),
        million.map(|point| {
            let Cost { wall, peak, .. } = point.cost;
            let measured = format!("{}, {}", duration(wall), megabytes(peak));
            (measured, wall < time_max && peak < memory_max)
        }),
    );
    let growth = million.zip(point(10_000)).map(|(million, small)| {
        let times = million.each().as_secs_f64() / small.each().as_secs_f64();
        (format!("{times:.2} times"), times <= 1.3)
    });
    add("a resource of a million, beside one of 10000", "at most 1.3 times".to_owned(), growth);
    let version_max = Duration::from_millis(10);
    add(
        "zw version",
        format!("under {}", duration(version_max)),
        Some((duration(version.wall), version.wall < version_max)),
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_takes_the_place_of_the_one_before() {
        let text = "a\n<!-- x -->\n\nold\n\n<!-- end of x -->\nb\n";
        let new = replaced(text, "x", "new\n").expect("it has a place");
        assert_eq!(new, "a\n<!-- x -->\n\nnew\n\n<!-- end of x -->\nb\n");
        assert!(replaced(text, "y", "new").is_err());
    }
}
