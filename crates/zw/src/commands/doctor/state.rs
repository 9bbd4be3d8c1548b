//! Whether the state can be read, and whether it is well.

use zw_engine::StateView;

use super::{Check, Health};
use crate::app::{App, Project, store_diagnostic};
use crate::backend;
use crate::ui::text::counted;

const WHAT: &str = "state";

pub(super) async fn check(app: &App, project: &Project) -> Vec<Check> {
    let kind = match app.remembered() {
        Ok(known) => known.map_or_else(|| backend::LOCAL.to_owned(), |known| known.backend),
        Err(_) => backend::LOCAL.to_owned(),
    };
    let workspace = app.workspace().unwrap_or_default();
    let place = format!("In the backend {kind:?}, workspace {workspace:?}");
    let Ok(store) = app.store_of(project) else {
        let advice =
            "It is not known where it is. \"zw init\" settles that, and says why it cannot.";
        return vec![Check::new(WHAT, Health::Wrong, advice)];
    };
    let snapshot = match store.snapshot().await {
        Ok(snapshot) => snapshot,
        Err(error) => {
            let problem = store_diagnostic(&error);
            let found = format!("{place}: {}. {}", problem.summary, problem.detail);
            return vec![Check::new(WHAT, Health::Wrong, found)];
        }
    };
    let objects = counted(snapshot.resources.len(), "object");
    let mut checks = vec![Check::new(
        WHAT,
        Health::Good,
        format!("{place}: {objects}, serial {}.", snapshot.serial),
    )];
    if let Err(problems) = StateView::new(&snapshot, &project.cx.providers) {
        let first = problems.iter().next().map(|problem| problem.summary.clone());
        checks.push(Check::new(
            "objects",
            Health::Wrong,
            format!("{}.", first.unwrap_or_default()),
        ));
    }
    match store.has_doubts().await {
        Ok(true) => checks.push(Check::new(
            "journal",
            Health::Odd,
            "A run was cut off while operations were under way. The next \"zw apply\" finds out what became of them.",
        )),
        Ok(false) => {}
        Err(error) => checks.push(Check::new("journal", Health::Wrong, format!("{error}."))),
    }
    checks
}
