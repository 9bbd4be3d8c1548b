//! From a plan that was made without any right to write to one that can be applied.

use std::sync::Arc;

use zw_engine::{PlanOptions, Run};
use zw_lang::{Diagnostic, SourceMap};
use zw_state::{RunKind, Scope, Session, Store};

use super::{ask, begin, changed_since, end, settle};
use crate::app::{App, Failed, PlanArgs, Project};
use crate::commands::review;

/// How often a plan is made anew because it wants more than it has leases on. What it wanted before it goes on to
/// want, so that others can get in between only where it never looked.
const ATTEMPTS_MAX: usize = 10;

/// Taking leases on what a plan writes and relies on.
pub(super) struct Leasing<'a> {
    pub(super) app: &'a App,
    pub(super) project: &'a Project,
    pub(super) store: &'a Arc<dyn Store>,
    pub(super) kind: RunKind,
    pub(super) args: &'a PlanArgs,
}

impl Leasing<'_> {
    /// Takes the leases; if what the plan was made from was changed meanwhile, plans again under them, and asks again if
    /// that comes out otherwise. `None` if the user does not want that.
    pub(super) async fn take(
        &self,
        planned: Run,
        options: &PlanOptions,
        sources: &SourceMap,
        is_approved: bool,
    ) -> Result<Option<(Run, Box<dyn Session>)>, Failed> {
        let Self { app, store, args, .. } = *self;
        let mut run = planned;
        let mut scope = run.scope();
        for _ in 0..ATTEMPTS_MAX {
            let session = begin(app, store, self.kind, scope.clone(), args).await?;
            let fresh = match self.anew(&run, &*session, options, sources).await {
                Ok(None) => return Ok(Some((run, session))),
                Ok(Some(fresh)) => fresh,
                Err(failed) => {
                    end(app, session).await?;
                    return Err(failed);
                }
            };
            if !fresh.does_the_same_as(&run) {
                review::show(app, &fresh, args);
                if !is_approved && fresh.has_work() && !ask(app, args)? {
                    end(app, session).await?;
                    return Ok(None);
                }
            }
            run = fresh;
            let wanted = union(&scope, run.scope());
            if wanted == scope {
                return Ok(Some((run, session)));
            }
            end(app, session).await?;
            scope = wanted;
        }
        Err(app.fail_with(Diagnostic::error(
            "What this plan is made from changes all the time",
            format!("It was made {ATTEMPTS_MAX} times, and others changed something each time. Try again later."),
        )))
    }

    /// Another plan, if the one that was made does not hold any more.
    async fn anew(
        &self,
        run: &Run,
        session: &dyn Session,
        options: &PlanOptions,
        sources: &SourceMap,
    ) -> Result<Option<Run>, Failed> {
        let Self { app, project, store, args, .. } = *self;
        let of_store = |error| app.store_error(&error);
        let has_doubts = !session.in_doubt().await.map_err(of_store)?.is_empty();
        let changed = changed_since(&**store, run).await.map_err(of_store)?;
        if changed.is_empty() && !has_doubts {
            return Ok(None);
        }
        let snapshot = settle(app, &project.cx, store, session, options, sources).await?;
        if let Some(first) = changed.first() {
            let more = match changed.len() - 1 {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            app.ui.err.println(&format!(
                "Another run has changed what this plan was made from ({first}{more}): planning again."
            ));
        }
        let options = options.clone();
        review::of_snapshot(app, project, snapshot, options, sources, args.json).await.map(Some)
    }
}

/// What either of two scopes wants.
fn union(one: &Scope, other: Scope) -> Scope {
    match (one, other) {
        (Scope::Parts { writes: some, reads: known }, Scope::Parts { mut writes, mut reads }) => {
            writes.extend(some.iter().cloned());
            reads.extend(known.iter().cloned());
            reads.retain(|part| !writes.contains(part));
            Scope::Parts { writes, reads }
        }
        _ => Scope::Everything,
    }
}
