//! The threads on which everything goes over the network.
//!
//! A session is given back when it is dropped, which must wait for the network while the caller's thread
//! stands still. So connections are driven by threads of their own.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};
use zw_state::StoreError;

/// Threads for as long as somebody has a copy of this.
#[derive(Clone, Debug)]
pub(crate) struct Io(Arc<Threads>);

#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Io {
    pub(crate) fn new() -> Result<Self, StoreError> {
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(2).thread_name("zw-remote").enable_all();
        let runtime = threads.build().map_err(|error| StoreError::Io {
            context: "cannot start threads for the state".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self(Arc::new(Threads(Some(runtime)))))
    }

    /// Where to start what goes on by itself.
    pub(crate) fn handle(&self) -> Handle {
        let runtime = self.0.0.as_ref().expect("it is taken only when this is dropped");
        runtime.handle().clone()
    }

    /// Runs something on these threads, to its end even if nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.handle().spawn(work).await.map_err(|_| stopped())?
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Whoever was asked is not there any more.
pub(crate) fn stopped() -> StoreError {
    StoreError::Io {
        context: "the threads that keep the state".to_owned(),
        reason: "they have stopped".to_owned(),
    }
}
