//! From a configuration and a state to a plan, and from a plan to a new state.

mod api;
mod apply;
mod body;
mod codec;
mod diff;
mod event;
mod explain;
mod fetch;
mod graph;
mod host;
mod orphans;
mod plan;
mod planner;
mod providers;
mod registry;
mod resource;
mod saved;
mod state;
mod statics;
mod target;
mod trigger;
mod walk;

pub use api::{ApplyReport, Context, DEFAULT_PARALLELISM, PlanOptions, Run, plan, validate};
pub use apply::Stop;
pub use event::{Event, Observer, Silent};
pub use plan::{Action, Change, Counts, Deferred, OutputChange, Plan, PlanMode, Reason};
pub use registry::{Registry, full_source};
