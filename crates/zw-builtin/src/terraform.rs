//! The provider `terraform`.

mod data;
mod functions;
mod remote_state;

use crate::provider::Builtin;
use crate::state_only::Kept;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("terraform");
    builtin
        .catalog
        .resource("terraform_data", data::schema())
        .plan_hook("terraform_data", data::plan)
        .move_hook("terraform_data", data::moved)
        .data_source("terraform_remote_state", remote_state::schema());
    builtin.functions = functions::all();
    builtin
        .operations
        .resource("terraform_data", Kept(data::Data))
        .data_source("terraform_remote_state", remote_state::RemoteState);
    builtin
}
