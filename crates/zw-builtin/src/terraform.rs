//! The provider `terraform`.

mod data;
mod functions;

use crate::provider::Builtin;
use crate::state_only::Kept;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("terraform");
    builtin
        .catalog
        .resource("terraform_data", data::schema())
        .plan_hook("terraform_data", data::plan);
    builtin.functions = functions::all();
    builtin.operations.resource("terraform_data", Kept(data::Data));
    builtin
}
