//! The provider `terraform`.

mod data;
mod functions;
mod remote_state;

use crate::provider::Builtin;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("terraform");
    builtin.state_only("terraform_data", data::schema(), data::Data);
    builtin
        .catalog
        .plan_hook("terraform_data", data::plan)
        .move_hook("terraform_data", data::moved)
        .data_source("terraform_remote_state", remote_state::schema());
    builtin.operations.data_source("terraform_remote_state", remote_state::RemoteState);
    builtin.functions = functions::all();
    builtin
}
