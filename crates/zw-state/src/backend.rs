//! Places that keep states.

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::store::Store;

/// The workspace that there always is.
pub const DEFAULT_WORKSPACE: &str = "default";

/// A place that keeps a state for each workspace: what a `backend` block configures. Making one touches nothing.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The state of a workspace. It need not exist: that is an empty state, which the first run makes.
    ///
    /// # Errors
    /// If the place cannot keep a state of that name.
    fn store(&self, workspace: &str) -> Result<Arc<dyn Store>, StoreError>;

    /// The names of the workspaces that exist, sorted. [`DEFAULT_WORKSPACE`] is always among them.
    async fn workspaces(&self) -> Result<Vec<String>, StoreError>;

    /// Makes an empty workspace; one that exists is left as it is.
    ///
    /// # Errors
    /// If the place keeps one state only, among others.
    async fn create(&self, workspace: &str) -> Result<(), StoreError>;

    /// Removes a workspace with all that it holds. Whether that is wanted is the caller's to find out.
    ///
    /// # Errors
    /// [`StoreError::Held`] if somebody changes it.
    async fn delete(&self, workspace: &str) -> Result<(), StoreError>;
}
