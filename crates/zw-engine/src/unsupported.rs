//! What a configuration may say and this version does not act on. It is an error, so that nobody relies
//! on what does not happen.

use zw_config::model::{Config, Provisioner};
use zw_lang::{Diagnostic, Diagnostics};

use crate::registry::Registry;

/// Reports everything that would be ignored.
pub(crate) fn report(config: &Config, registry: &Registry) -> Diagnostics {
    let mut found = Diagnostics::new();
    for module in &config.modules {
        let of_resources = module.resources.iter().map(|resource| &resource.provisioners);
        let of_removed = module.removed.iter().map(|removed| &removed.provisioners);
        let unknown = |one: &&Provisioner| registry.provisioner(&one.type_name).is_none();
        found.extend(of_resources.chain(of_removed).flatten().filter(unknown).map(provisioner));
    }
    found
}

/// Reports a provisioner of a type that there is not.
pub(crate) fn provisioner(declared: &Provisioner) -> Diagnostic {
    Diagnostic::error(
        format!("There is no provisioner {:?}", declared.type_name),
        "There are \"file\", \"local-exec\" and \"remote-exec\".",
    )
    .at(declared.span)
}
