//! `zw taint` and `zw untaint`

use zw_lang::Diagnostic;
use zw_lang::addr::InstanceAddr;
use zw_state::{ObjectStatus, RowKey, Write};

use crate::app::{App, Exit, LockArgs};
use crate::commands::state::edit;

/// Have an object replaced by the next apply
///
/// "zw apply -replace=ADDRESS" does the same in one step, and shows what it does before.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw taint aws_instance.web")]
pub(crate) struct Taint {
    #[command(flatten)]
    instance: Instance,
}

/// Trust an object again that counts as damaged
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw untaint aws_instance.web")]
pub(crate) struct Untaint {
    #[command(flatten)]
    instance: Instance,
}

#[derive(Debug, clap::Args)]
struct Instance {
    /// The instance
    #[arg(value_name = "ADDRESS", add = crate::commands::complete::addresses())]
    address: String,
    /// End well if there is no such instance
    #[arg(long)]
    allow_missing: bool,
    #[command(flatten)]
    lock: LockArgs,
}

pub(crate) async fn taint(app: &App, args: &Taint) -> Exit {
    set(app, &args.instance, ObjectStatus::Tainted).await
}

pub(crate) async fn untaint(app: &App, args: &Untaint) -> Exit {
    set(app, &args.instance, ObjectStatus::Ready).await
}

async fn set(app: &App, args: &Instance, status: ObjectStatus) -> Exit {
    let address: InstanceAddr = args.address.parse().map_err(|error| {
        app.fail_with(Diagnostic::error("Invalid address", format!("{error}.")))
    })?;
    let key = RowKey::current(address.to_string());
    edit(app, &app.store()?, &args.lock, false, |before| {
        let Some(row) = before.resources.get(&key) else {
            if args.allow_missing {
                return Ok(Vec::new());
            }
            return Err(Diagnostic::error(
                "No such resource instance",
                format!("There is no resource instance in the state with the address {address}."),
            ));
        };
        if row.status == status {
            let is = if status == ObjectStatus::Tainted { "already" } else { "not" };
            return Err(Diagnostic::error(
                format!("Resource instance {address} is {is} tainted"),
                "Nothing was changed.",
            ));
        }
        let mut row = row.clone();
        row.status = status;
        let is = if status == ObjectStatus::Tainted { "tainted" } else { "no longer tainted" };
        Ok(vec![(format!("Mark {address} as {is}"), Write::Put(row))])
    })
    .await
}
