//! How much of the history is kept.

use std::num::{NonZeroU32, NonZeroUsize};

use async_trait::async_trait;

use crate::actor::Moment;
use crate::error::StoreError;
use crate::model::{Intent, RowVersion, RunId, RunStatus, Write};
use crate::seal::Recoding;
use crate::store::Session;

/// What is kept of the history: all of it, unless there is a limit. A run is forgotten as soon as it is beyond one of
/// the limits that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The newest runs, this many.
    pub runs: Option<NonZeroUsize>,
    /// The runs of this many days.
    pub days: Option<NonZeroU32>,
}

impl Retention {
    /// The number that the oldest run has at least that is kept for its age.
    pub fn oldest(self) -> Option<RunId> {
        self.days.map(|days| RunId(Moment::days_ago(days.get()).digits()))
    }
}

/// A session that forgets what is beyond a limit when it ends.
pub fn keeping(session: Box<dyn Session>, retention: Retention) -> Box<dyn Session> {
    if retention == Retention::default() {
        return session;
    }
    Box::new(Limited { inner: session, retention })
}

struct Limited {
    inner: Box<dyn Session>,
    retention: Retention,
}

#[async_trait]
impl Session for Limited {
    fn run(&self) -> RunId {
        self.inner.run()
    }

    fn lineage(&self) -> &str {
        self.inner.lineage()
    }

    async fn in_doubt(&self) -> Result<Vec<Intent>, StoreError> {
        self.inner.in_doubt().await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Vec<RowVersion>, StoreError> {
        self.inner.write(writes).await
    }

    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        self.inner.prune(retention).await
    }

    async fn recode(&self, recoding: Recoding) -> Result<Option<String>, StoreError> {
        self.inner.recode(recoding).await
    }

    async fn end(self: Box<Self>, status: RunStatus) -> Result<(), StoreError> {
        let pruned = self.inner.prune(self.retention).await;
        self.inner.end(status).await?;
        pruned
    }
}
