//! The provider `null`.

mod resource;

use crate::provider::Builtin;
use crate::state_only::Kept;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("null");
    builtin.catalog.resource("null_resource", resource::schema());
    builtin.operations.resource("null_resource", Kept(resource::Null));
    builtin
}
