//! Tests of modules: `*.tftest.hcl`.
//!
//! A file is a list of runs. Each plans a module, and applies the plan unless it says otherwise, in a state of the
//! file's own, and holds assertions against what came out; at the end everything is destroyed. Providers may be mocked,
//! and single resources, data sources and modules overridden. Files are independent of one another, and run at the
//! same time.
//!
//! <https://developer.hashicorp.com/terraform/language/tests>

mod evaluation;
mod expected;
mod file;
mod mock;
mod overrides;
mod project;
mod report;
mod suite;

pub use project::{Loaded, Project};
pub use report::{FileReport, Phase, Report, RunReport, Shown, Status, Watcher};
pub use suite::{DIRECTORY, Found, find, run};
