//! What a plan was made of, for those who write it down for other programs.

use foldhash::HashMap;
use zw_config::model::Config;
use zw_lang::{Str, Type, Value};

use crate::api::Run;
use crate::fetch::source_in;
use crate::graph::Dependencies;
use crate::plan::Change;
use crate::providers::Arguments;
use crate::state::{decode_output, marked};
use crate::view::{StateObject, StateOutput, StateView};

impl Run {
    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.planner.walk.config
    }

    /// Names and values of the root module's variables that were given.
    pub fn variables(&self) -> impl Iterator<Item = (&Str, &Value)> {
        self.planner.options.variables.iter().map(|(name, (value, _))| (name, value))
    }

    /// The region of the object of a change, if it has one and it is known.
    pub fn region(&self, change: &Change) -> Option<Str> {
        let providers = &self.planner.providers;
        let instance = providers.get(providers.of_address(&change.provider)?);
        let object = if change.after.is_null() { &change.before } else { &change.after };
        match &instance.arguments {
            Arguments::Known(config) => instance.provider.region(config, object),
            _ => instance.provider.region(&Value::null(Type::Dynamic), object),
        }
    }

    /// When the plan was made, since 1970-01-01 UTC.
    pub fn plan_time(&self) -> std::time::Duration {
        let (seconds, nanos) = zw_lang::Host::plan_time(&*self.host);
        std::time::Duration::new(u64::try_from(seconds).unwrap_or_default(), nanos)
    }

    /// The state as it was found: objects as they are, under the addresses that they have now. What was read depends on
    /// what it was recorded to depend on, and on what the configuration says now.
    ///
    /// Source: `mergeDeps` of Terraform.
    pub fn prior_state(&self) -> StateView<'_> {
        let snapshot = &self.planner.snapshot;
        let mut view = StateView {
            serial: snapshot.serial,
            lineage: snapshot.lineage.clone(),
            ..StateView::default()
        };
        let providers = &self.planner.walk.cx.providers;
        let mut dependencies = Dependencies::default();
        let mut declared = HashMap::default();
        for detail in &self.planner.details {
            if let (true, Some(_), Some(at)) =
                (self.planner.options.refresh, detail.instance, detail.prior)
            {
                declared.insert(at, &detail.deps);
            }
        }
        for (at, prior) in self.planner.prior.objects.iter().enumerate() {
            let row = &prior.row;
            let schema = providers.resource_type(source_in(&row.provider), &row.type_name);
            if let (Some(schema), Some(object)) = (schema, prior.object()) {
                let mut depends_on = row.dependencies.clone();
                if let Some(deps) = declared.get(&at) {
                    depends_on.extend(dependencies.of(&self.planner, deps));
                }
                view.objects.push(StateObject {
                    address: prior.address.clone(),
                    deposed: row.key.deposed.clone(),
                    provider: row.provider.clone(),
                    schema,
                    value: marked(schema, object, &prior.sensitive_paths()),
                    is_tainted: prior.is_tainted(),
                    dependencies: depends_on,
                });
            }
        }
        view.objects
            .sort_by(|a, b| a.address.cmp(&b.address).then_with(|| a.deposed.cmp(&b.deposed)));
        for (name, row) in &self.planner.prior.outputs {
            if let Some(value) = decode_output(row) {
                let sensitive = row.sensitive;
                view.outputs.push(StateOutput { name: name.clone(), value, sensitive });
            }
        }
        view
    }
}
