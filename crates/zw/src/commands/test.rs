//! `zw test`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use zw_config::model::{Config, ModuleCall, Variable};
use zw_config::testing::TestProviders;
use zw_config::{Disk, SourceResolver as _};
use zw_engine::{Registry, Stop};
use zw_lang::{Diagnostics, Host, SourceMap, Span, Str, Value};
use zw_provider::Provider;
use zw_test::{Loaded, Status, Watcher};

use crate::app::{App, Exit, VariableArgs};
use crate::host::Machine;
use crate::ui;

/// Run the tests of a module
///
/// Tests are the files *.tftest.hcl beside the module and in its directory of tests. Each of their runs plans the module, or
/// applies it, in a state of the test's own, and everything is destroyed at the end. Clouds are simulated, unless -live
/// says that they are meant: then what is made is real, and costs what it costs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw test\n  zw test -filter=tests/network.tftest.hcl -verbose\n  zw test -junit-xml=report.xml"
)]
pub(crate) struct Test {
    /// Run only this file; may be repeated
    #[arg(long, value_name = "FILE")]
    filter: Vec<PathBuf>,
    /// The directory of tests, besides the one of the module
    #[arg(long = "test-directory", value_name = "DIR", default_value = zw_test::DIRECTORY)]
    directory: PathBuf,
    /// Ask the real clouds, where nothing is mocked
    #[arg(long)]
    live: bool,
    /// Show the plan of each run
    #[arg(long)]
    verbose: bool,
    /// Write machine-readable lines of JSON
    #[arg(long)]
    json: bool,
    /// Write a report as the XML of `JUnit`
    #[arg(long, value_name = "FILE")]
    junit_xml: Option<PathBuf>,
    /// The most runs at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    parallelism: usize,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
}

pub(crate) async fn run(app: &App, args: &Test) -> Exit {
    let found = zw_test::find(&app.root, &args.directory, &args.filter)
        .map_err(|shown| app.fail(shown.diagnostics, &shown.sources))?;
    let project = Program {
        data_dir: app.data_dir(),
        live: args.live,
        more: app.more.clone(),
        variables: args.variables.clone(),
    };
    let watcher: Arc<dyn Watcher> = if args.json {
        Arc::new(ui::tests::Lines::new(&app.ui, &found))
    } else {
        Arc::new(ui::tests::Pages::new(&app.ui, &found, args.verbose))
    };
    let stop = Stop::default();
    let watch = crate::interrupt::Watch::new(&stop, &app.ui);
    let report = zw_test::run(found, Arc::new(project), watcher, stop, args.parallelism).await;
    drop(watch);
    if args.json {
        ui::tests::summary_message(&app.ui, &report);
    } else {
        app.ui.out.println(&format!("\n{}", ui::tests::summary(&report)));
    }
    if let Some(path) = &args.junit_xml {
        let written = ui::tests::junit(&report).map_err(std::io::Error::other);
        written
            .and_then(|text| std::fs::write(path, text))
            .map_err(|error| app.io_error("write", path, &error))?;
    }
    Ok(u8::from(report.status() > Status::Pass))
}

/// What tests need to know of this program.
struct Program {
    data_dir: PathBuf,
    live: bool,
    more: Vec<Arc<dyn Provider>>,
    variables: VariableArgs,
}

impl zw_test::Project for Program {
    fn load(&self, root: &Path, providers: Option<TestProviders<'_>>) -> Loaded {
        let mut modules = zw_modules::Installed::new(Path::new("."), &self.data_dir);
        let mut early = |variables: &[Variable]| {
            crate::variables::early(variables, Path::new("."), &self.variables)
        };
        zw_config::load_with(root, &Disk, &mut modules, &mut early, providers)
    }

    fn module(&self, call: &ModuleCall) -> Result<PathBuf, String> {
        let mut modules = zw_modules::Installed::new(Path::new("."), &self.data_dir);
        modules.resolve(call).map(|found| found.dir)
    }

    fn providers(&self, data_dir: &Path) -> Registry {
        let mut registry = crate::providers::registry(!self.live, data_dir);
        self.more.iter().for_each(|provider| registry.add(Arc::clone(provider)));
        registry
    }

    fn host(&self) -> Arc<dyn Host> {
        Arc::new(Machine::new())
    }

    fn variables(
        &self,
        config: &Config,
        sources: &mut SourceMap,
    ) -> Result<IndexMap<Str, (Value, Option<Span>)>, Diagnostics> {
        crate::variables::collect(
            &config.root().variables,
            Path::new("."),
            &self.variables,
            sources,
        )
    }
}
