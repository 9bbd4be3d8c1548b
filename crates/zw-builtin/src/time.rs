//! The provider `time`.

mod duration;
mod functions;
mod sleep;
mod r#static;
mod timestamp;

use crate::provider::Builtin;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("time");
    builtin.state_only("time_static", r#static::schema(), r#static::Static);
    builtin
        .catalog
        .resource("time_sleep", sleep::schema())
        .validate_hook("time_sleep", sleep::validate)
        .plan_hook("time_static", r#static::plan);
    builtin.operations.resource("time_sleep", sleep::Sleep);
    builtin.functions = functions::all();
    builtin
}
