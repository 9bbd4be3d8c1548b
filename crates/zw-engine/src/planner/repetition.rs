//! What `each` is within an instance, now that more is known than when it was planned.

use zw_config::model::Resource;

use super::Planner;
use crate::resource::Instance;
use crate::walk::{EachData, ModId};

impl Planner {
    /// Looks again at what a resource is repeated for, where that was not known in all its parts.
    pub(crate) fn repeat_resource(&mut self, instance: Instance, declared: &Resource) {
        if is_known(&self.each_of(instance)) {
            return;
        }
        let Instance { module, resource, .. } = instance;
        let (again, _) = self.expansion(module, &declared.repetition, None);
        self.walk.modules[module.at()].resources[resource].expansion.refine(again);
    }

    /// The same for the call of an instance of a module: for all of its instances.
    pub(crate) fn repeat_call(&mut self, module: ModId) {
        let config = self.walk.config.clone();
        let here = self.walk.module(module);
        let call = here.parent.zip(config.tree[here.node.0 as usize].parent);
        let Some((caller, (above, call))) = call else { return };
        if is_known(&here.each) {
            return;
        }
        let declared = &config.module_of(above).calls[call];
        let (again, _) = self.expansion(caller, &declared.repetition, None);
        let slot = &mut self.walk.modules[caller.at()].calls[call];
        slot.expansion.refine(again);
        let instances = slot.instances.clone();
        for (position, instance) in instances.into_iter().enumerate() {
            let each = self.walk.module(caller).calls[call].expansion.repetition(position);
            self.walk.modules[instance.at()].each = each;
        }
    }
}

/// Whether nothing about it is to be found out yet.
pub(super) fn is_known(each: &EachData) -> bool {
    each.each.as_ref().is_none_or(|(_, value)| value.is_wholly_known())
}
