//! `zw import`

use zw_lang::Diagnostic;
use zw_lang::addr::InstanceAddr;
use zw_state::{RowKey, RunKind, Scope};

use crate::app::{App, Exit, LockArgs, PlanArgs, VariableArgs};
use crate::commands::apply::{begin, carry_out, end, finish, settle};
use crate::commands::review;

/// Bring an object that exists under management
///
/// The resource must be declared: the object becomes that instance, and the next plan shows where the two differ.
/// `import` blocks do the same in a plan that can be reviewed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw import aws_vpc.main vpc-0a1b2c3d4e5f67890\n  zw import 'aws_subnet.a[\"eu-west-1a\"]' subnet-0a1b2c3d"
)]
pub(crate) struct Import {
    /// The instance that the object becomes
    #[arg(value_name = "ADDRESS", add = crate::commands::complete::addresses())]
    address: String,
    /// What the provider calls the object; the form of it depends on the type
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    lock: LockArgs,
}

pub(crate) async fn run(app: &App, args: &Import) -> Exit {
    let address: InstanceAddr = args.address.parse().map_err(|error| {
        app.fail_with(Diagnostic::error("Invalid address", format!("{error}.")))
    })?;
    let project = app.load()?;
    let plan = PlanArgs {
        refresh_only: true,
        variables: args.variables.clone(),
        lock: args.lock.clone(),
        ..PlanArgs::offline()
    };
    let (mut options, sources) = review::options(app, &project, &plan)?;
    options.imports.push((address.clone(), args.id.as_str().into()));
    let store = app.store_of(&project)?;
    let session = begin(app, &store, RunKind::Apply, Scope::Everything, &plan).await?;
    let snapshot = settle(app, &project.cx, &store, &*session, &options, &sources).await?;
    if snapshot.resources.contains_key(&RowKey::current(address.to_string())) {
        end(app, session).await?;
        return Err(app.fail_with(Diagnostic::error(
            "Resource already managed",
            format!(
                "There is an object at {address} already. To import another one to this address, first remove that \
                 one from the state with \"zw state rm\"."
            ),
        )));
    }
    app.ui.out.println(&format!("{address}: Importing from ID {:?}...", args.id));
    let run = match review::of_snapshot(app, &project, snapshot, options, &sources, false).await {
        Ok(run) => run,
        Err(failed) => {
            end(app, session).await?;
            return Err(failed);
        }
    };
    let report = carry_out(app, &*store, run, session, false).await;
    if report.diagnostics.has_errors() {
        return finish(app, &report, &sources, &plan, report.done);
    }
    app.warnings(&report.diagnostics, &sources, false);
    app.ui.out.println(
        "\nImport successful!\n\nThe object is in the state now, and managed here from now on. \"zw plan\" shows \
         where the configuration differs from it.",
    );
    Ok(0)
}
