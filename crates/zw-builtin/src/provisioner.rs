//! Provisioners that need no connection.

mod local_exec;

use std::sync::Arc;

use zw_provider::Provisioner;

/// The provisioners by the name of their type.
pub fn provisioners() -> Vec<(&'static str, Arc<dyn Provisioner>)> {
    vec![("local-exec", Arc::new(local_exec::LocalExec::new()))]
}
