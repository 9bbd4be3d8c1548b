//! What plan hooks have in common.

use zw_lang::Value;
use zw_provider::PlanRequest;

use super::{Draft, is_zero};

/// Whether an existing object is to get another value of one of these attributes.
pub(crate) fn changes(request: &PlanRequest<'_>, names: &[&str]) -> bool {
    !request.prior.is_null()
        && names.iter().any(|name| {
            let (old, new) = (request.prior.get(name), request.planned.get(name));
            old != new && !(old.is_none_or(is_zero) && new.is_none_or(is_zero))
        })
}

/// Marks attributes as not known yet, those excepted that the configuration gives.
pub(crate) fn forget(request: &PlanRequest<'_>, planned: &Value, names: &[&str]) -> Value {
    let mut draft = Draft::from(planned);
    for name in names {
        if request.config.get(name).is_none_or(Value::is_null) {
            draft.forget(name);
        }
    }
    draft.into_planned()
}
