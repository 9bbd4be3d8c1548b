//! The provider `time`.

mod duration;
mod functions;
mod sleep;
mod r#static;
mod timestamp;

use crate::provider::Builtin;
use crate::state_only::Kept;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("time");
    builtin
        .catalog
        .resource("time_sleep", sleep::schema())
        .validate_hook("time_sleep", sleep::validate)
        .resource("time_static", r#static::schema())
        .plan_hook("time_static", r#static::plan);
    builtin.functions = functions::all();
    builtin
        .operations
        .resource("time_sleep", sleep::Sleep)
        .resource("time_static", Kept(r#static::Static));
    builtin
}
