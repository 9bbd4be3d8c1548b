//! What a plan costs as an estate grows.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::compare::median;
use crate::measure::{self, Cost};
use crate::shape::Shape;
use crate::table::{Line, Table, duration, megabytes};

/// The largest estate of docs/performance.md.
pub const MOST: usize = 1_000_000;

/// How often each size is planned; the median counts.
const RUNS: usize = 3;

/// A plan of an estate.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Its shape.
    pub shape: Shape,
    /// Its size.
    pub resources: u32,
    /// What the plan took.
    pub cost: Cost,
}

impl Point {
    /// The time for each resource.
    pub fn each(&self) -> Duration {
        self.cost.wall / self.resources
    }
}

/// Plans estates whose sizes are powers of ten and three times those.
///
/// # Errors
/// If one cannot be written, or `zw` fails.
pub fn run(zw: &Path, most: usize) -> io::Result<Vec<Point>> {
    let mut points = Vec::new();
    for shape in [Shape::Modules, Shape::Blocks, Shape::Cross] {
        let sizes = (3..=6).flat_map(|power| [10_u32.pow(power), 3 * 10_u32.pow(power)]);
        for resources in sizes.filter(|size| *size as usize <= most) {
            let dir = tempfile::tempdir()?;
            shape.write(resources as usize, dir.path())?;
            measure::run(zw, &["init"], dir.path())?;
            let plan = || measure::run(zw, &["plan", "-input=false"], dir.path());
            points.push(Point { shape, resources, cost: median(RUNS, plan)? });
        }
    }
    Ok(points)
}

/// All of them as a table.
pub fn table(points: &[Point]) -> Table {
    let mut table =
        Table::new(1, &["estate", "resources", "plan", "a resource", "memory", "a resource"]);
    for point in points {
        table.add(vec![
            point.shape.name().to_owned(),
            point.resources.to_string(),
            duration(point.cost.wall),
            format!("{:.1} µs", micros(point.each())),
            megabytes(point.cost.peak),
            format!("{} B", point.cost.peak / u64::from(point.resources)),
        ]);
    }
    table
}

/// The lines of the picture: what a resource costs, by shape.
pub fn lines(points: &[Point]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for point in points {
        let at = (f64::from(point.resources), micros(point.each()));
        match lines.last_mut() {
            Some((name, line)) if name == point.shape.name() => line.push(at),
            _ => lines.push((point.shape.name().to_owned(), vec![at])),
        }
    }
    lines
}

fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}
