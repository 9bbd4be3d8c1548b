//! `zw state mv`: another address, or another state.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_lang::Diagnostic;
use zw_lang::addr::InstanceAddr;
use zw_state::{
    ResourceRow, RowKey, RowVersion, RunKind, RunStatus, SealedStore, Session, Snapshot, Store,
    StoreError, Write,
};

use super::{Pattern, addresses, edit, nothing, snapshot};
use crate::app::{App, Exit, Failed, LockArgs};
use crate::backend;

/// Give objects another address, in this state or in another one
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw state mv aws_vpc.a aws_vpc.b\n  zw state mv module.a module.b\n  zw state mv \
                  -state-out=../network/.zw/state.db aws_vpc.main aws_vpc.main"
)]
pub(crate) struct Mv {
    /// What to move
    #[arg(value_name = "SOURCE")]
    from: String,
    /// Where to
    #[arg(value_name = "DESTINATION")]
    to: String,
    /// Only say what would be moved
    #[arg(long)]
    dry_run: bool,
    /// The file of the state to move from, instead of that of this directory
    #[arg(long, value_name = "PATH")]
    state: Option<PathBuf>,
    /// The file of the state to move to, if it is another one
    #[arg(long, value_name = "PATH")]
    state_out: Option<PathBuf>,
    #[command(flatten)]
    lock: LockArgs,
}

/// A row that moves.
struct Move {
    from: RowKey,
    to: RowKey,
    line: String,
}

pub(super) async fn run(app: &App, args: &Mv) -> Exit {
    let from = Pattern::parse(app, &args.from)?;
    let to = Pattern::parse(app, &args.to)?;
    let source = match &args.state {
        Some(path) => file(app, path)?,
        None => app.store()?,
    };
    let what = if args.dry_run { "Would move" } else { "Move" };
    let Some(path) = &args.state_out else {
        return edit(app, &source, &args.lock, args.dry_run, |known| {
            let moves = moves(known, &from, &to, what)?;
            let taken = moves.iter().find(|one| known.resources.contains_key(&one.to));
            match taken {
                _ if moves.is_empty() => Err(nothing(&args.from)),
                Some(one) => Err(occupied(&one.to)),
                None => {
                    let steps = moves.into_iter();
                    Ok(steps.map(|one| (one.line, Write::Move(one.from, one.to))).collect())
                }
            }
        })
        .await;
    };
    let target = file(app, path)?;
    if args.dry_run {
        let moves = moves(&snapshot(app, &source).await?, &from, &to, what);
        for one in moves.map_err(|problem| app.fail_with(problem))? {
            app.ui.out.println(&one.line);
        }
        return Ok(0);
    }
    let of_store = |error: StoreError| app.store_error(&error);
    let leaving = source.begin(RunKind::Edit, args.lock.lock_timeout).await.map_err(of_store)?;
    let arriving = target.begin(RunKind::Edit, args.lock.lock_timeout).await;
    let moved = match &arriving {
        Ok(arriving) => {
            let (known, there) = (snapshot(app, &source).await?, snapshot(app, &target).await?);
            let moves = moves(&known, &from, &to, what).and_then(|moves| {
                if moves.is_empty() { Err(nothing(&args.from)) } else { Ok(moves) }
            });
            match moves.and_then(|moves| Ok((rows(&known, &there, &moves)?, moves))) {
                Ok((rows, moves)) => take_over(app, &*leaving, &**arriving, rows, moves).await,
                Err(problem) => Err(app.fail_with(problem)),
            }
        }
        Err(error) => Err(app.store_error(error)),
    };
    let status = if moved.is_ok() { RunStatus::Done } else { RunStatus::Failed };
    if let Ok(arriving) = arriving {
        arriving.end(status).await.map_err(of_store)?;
    }
    leaving.end(status).await.map_err(of_store)?;
    moved
}

/// The state in a file. It is encrypted as this one is, if at all.
fn file(app: &App, path: &Path) -> Result<Arc<dyn Store>, Failed> {
    let store = backend::file_store(path.to_owned()).map_err(|error| app.store_error(&error))?;
    Ok(Arc::new(SealedStore::new(store, app.sealing()?)))
}

fn moves(
    known: &Snapshot,
    from: &Pattern,
    to: &Pattern,
    what: &str,
) -> Result<Vec<Move>, Diagnostic> {
    let known = addresses(known);
    let mut moves = Vec::new();
    for (address, keys) in known.iter().filter(|(address, _)| from.matches(address)) {
        let Some(renamed) = from.renamed(to, address) else {
            return Err(Diagnostic::error(
                "Invalid move",
                "A module can only be moved to a module, and a resource only to a resource.",
            ));
        };
        if renamed.resource().type_name != address.resource().type_name
            || renamed.resource().mode != address.resource().mode
        {
            return Err(Diagnostic::error(
                "Invalid move",
                format!("{address} cannot become {renamed}, which is of another type."),
            ));
        }
        for key in keys {
            moves.push(Move {
                from: key.clone(),
                to: renamed_key(&renamed, key),
                line: format!("{what} \"{address}\" to \"{renamed}\""),
            });
        }
    }
    Ok(moves)
}

fn renamed_key(address: &InstanceAddr, key: &RowKey) -> RowKey {
    RowKey { address: address.to_string().into(), deposed: key.deposed.clone() }
}

fn occupied(key: &RowKey) -> Diagnostic {
    Diagnostic::error(
        "Invalid target address",
        format!("Cannot move to {}: there is already an object with that address.", key.address),
    )
}

/// Rows as they are in the state that they move to. Those that an interrupted move has brought there already are left
/// out.
fn rows(
    known: &Snapshot,
    there: &Snapshot,
    moves: &[Move],
) -> Result<Vec<ResourceRow>, Diagnostic> {
    let renamed = |address: &Arc<str>| {
        let moved = moves.iter().find(|one| one.from.address == *address);
        moved.map_or_else(|| address.clone(), |one| one.to.address.clone())
    };
    let arrives = |address: &Arc<str>| {
        moves.iter().any(|one| one.to.address == *address)
            || there.resources.keys().any(|key| key.address == *address)
    };
    let mut rows = Vec::with_capacity(moves.len());
    for one in moves {
        let Some(row) = known.resources.get(&one.from) else { continue };
        let dependencies = row.dependencies.iter().map(renamed).filter(&arrives).collect();
        let version = RowVersion::default();
        let row = ResourceRow { key: one.to.clone(), dependencies, version, ..row.clone() };
        match there.resources.get(&one.to) {
            None => rows.push(row),
            Some(other) if ResourceRow { version, ..other.clone() } == row => {}
            Some(_) => return Err(occupied(&one.to)),
        }
    }
    Ok(rows)
}

/// The objects are in the other state before they leave this one: whoever is interrupted finds them in both, and moves
/// them again.
async fn take_over(
    app: &App,
    leaving: &dyn Session,
    arriving: &dyn Session,
    rows: Vec<ResourceRow>,
    moves: Vec<Move>,
) -> Exit {
    let of_store = |error: StoreError| app.store_error(&error);
    let doubtful = leaving.in_doubt().await.map_err(of_store)?;
    if let Some(intent) =
        doubtful.iter().find(|intent| moves.iter().any(|one| one.from == intent.key))
    {
        return Err(app.fail_with(Diagnostic::error(
            "An operation of an interrupted run is in doubt",
            format!(
                "What became of {} has to be found out before it can move. Run \"zw apply\" first.",
                intent.key
            ),
        )));
    }
    arriving.write(rows.into_iter().map(Write::Put).collect()).await.map_err(of_store)?;
    let (lines, gone): (Vec<String>, Vec<Write>) =
        moves.into_iter().map(|one| (one.line, Write::Remove(one.from))).unzip();
    leaving.write(gone).await.map_err(of_store)?;
    for line in &lines {
        app.ui.out.println(line);
    }
    app.ui.out.println(&format!("Successfully moved {} object(s).", lines.len()));
    Ok(0)
}
