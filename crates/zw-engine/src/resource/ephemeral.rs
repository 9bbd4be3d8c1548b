//! Ephemeral resources: opened in every run, and never kept.

use zw_config::model::Resource;
use zw_provider::schema::Schema;

use super::{Desired, Instance};
use crate::diff;
use crate::planner::{Kind, Planner, Reach, ephemeral};
use crate::state::marked;
use crate::walk::{Computed, Slot};

impl Planner {
    pub(super) fn ephemeral(
        &mut self,
        instance: Instance,
        declared: &Resource,
        schema: &Schema,
        desired: Desired,
    ) -> Slot {
        let Some(waits) = self.waits(instance, declared, &desired) else { return Slot::Blocked };
        if waits || !desired.config.is_wholly_known() {
            return self.read_later(instance, declared, schema, desired);
        }
        if self.reach != Reach::Online {
            let value = diff::propose(&schema.block, None, &desired.config);
            let value =
                ephemeral::of_mode(declared.mode, marked(schema, &value, &desired.sensitive));
            return Slot::Ready(Computed { value, deps: desired.deps, deferred: false });
        }
        let address = self.walk.address(instance.module, instance.resource, instance.at);
        let Some(opened) = self.opened.get(&address).cloned() else {
            return self.want(declared, desired, address, |wanted, read| wanted.opened.push(read));
        };
        let Ok(object) = opened else { return Slot::Failed };
        let value = ephemeral::of_mode(declared.mode, marked(schema, &object, &desired.sensitive));
        let each = self.each_of(instance);
        let checks = &declared.lifecycle.postconditions;
        let failed = self.checks(instance.module, &each, Some(&value), checks, Kind::Postcondition);
        failed.unwrap_or(Slot::Ready(Computed { value, deps: desired.deps, deferred: false }))
    }
}
