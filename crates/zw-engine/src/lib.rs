//! From a configuration and a state to a plan, and from a plan to a new state.

mod api;
mod apply;
mod body;
mod codec;
mod console;
mod diff;
mod document;
mod dot;
mod event;
mod explain;
mod fetch;
mod forecast;
mod generate;
mod graph;
mod guard;
mod host;
mod links;
mod moves;
mod origin;
mod orphans;
mod permissions;
mod plan;
mod planner;
mod providers;
mod recover;
mod registry;
mod relevant;
mod resource;
mod returning;
mod saved;
mod scope;
mod state;
mod statics;
mod target;
mod testing;
mod trace;
mod trigger;
mod unsupported;
mod view;
mod walk;

pub use api::{
    ApplyReport, Context, DEFAULT_PARALLELISM, PlanOptions, Run, plan, rehearse, validate,
};
pub use apply::Stop;
pub use dot::{Declared, declared, dot};
pub use event::{Event, Observer, Silent};
pub use forecast::{Expected, Forecast, OperationKey};
pub use generate::generate;
pub use origin::{Explained, Explanation, Origin, Source, Written};
pub use permissions::Permissions;
pub use plan::{
    Action, Change, Changes, ChangesIter, Counts, Deferred, OutputChange, Plan, PlanMode, Reason,
    RelevantAttribute,
};
pub use recover::settle;
pub use registry::{Registry, full_source};
pub use saved::{Again, Variables};
pub use view::{StateObject, StateOutput, StateView, past_changes};
