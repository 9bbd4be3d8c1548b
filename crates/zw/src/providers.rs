//! The providers that are built in.

use std::path::Path;
use std::sync::Arc;

use zw_engine::Registry;
use zw_provider::Provider;
use zw_sim::{SimOptions, Simulated};

/// All providers. Those of clouds can be simulated: all of them if `simulate`, otherwise each
/// configuration that says so.
pub(crate) fn registry(simulate: bool, data_dir: &Path) -> Registry {
    let mut registry = Registry::default();
    for provider in zw_builtin::providers() {
        registry.add(provider);
    }
    let options = SimOptions { always: simulate, ..SimOptions::in_dir(data_dir) };
    let options = options.with_env(|name| std::env::var(name).ok());
    let aws: Arc<dyn Provider> = Arc::new(zw_aws::Aws::new());
    registry.add(Simulated::wrap(aws, options));
    for (type_name, provisioner) in
        zw_builtin::provisioners().into_iter().chain(zw_ssh::provisioners())
    {
        registry.add_provisioner(type_name, provisioner);
    }
    registry.simulated = simulate;
    registry
}
