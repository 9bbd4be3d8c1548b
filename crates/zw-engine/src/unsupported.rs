//! What a configuration may say and this version does not act on. It is an error, so that nobody relies
//! on what does not happen.

use zw_config::model::{Config, Provisioner};
use zw_lang::{Diagnostic, Diagnostics, Span};

use crate::registry::Registry;

/// Reports everything that would be ignored.
pub(crate) fn report(config: &Config, registry: &Registry) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut missing = Vec::new();
    let mut refuse = |what: &str, span: Span| {
        found.push(
            Diagnostic::error(
                format!("{what} cannot be used yet"),
                "This version of zw understands it and does not act on it, so it refuses the configuration rather \
                 than ignore a part of it. Remove it, or wait for a version that does.",
            )
            .at(span),
        );
    };
    for module in &config.modules {
        let of_resources = module.resources.iter().map(|resource| &resource.provisioners);
        let of_removed = module.removed.iter().map(|removed| &removed.provisioners);
        let unknown = |one: &&Provisioner| registry.provisioner(&one.type_name).is_none();
        missing.extend(of_resources.chain(of_removed).flatten().filter(unknown).map(provisioner));
        if let Some((_, body)) =
            module.settings.backend.as_ref().filter(|(name, _)| *name != "local")
        {
            refuse("A backend other than local", body.span);
        }
    }
    found.extend(missing);
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
