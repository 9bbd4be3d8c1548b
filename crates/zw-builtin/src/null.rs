//! The provider `null`.

mod resource;

use crate::provider::Builtin;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("null");
    builtin.state_only("null_resource", resource::schema(), resource::Null);
    builtin
}
