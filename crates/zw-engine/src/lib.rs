//! From a configuration and a state to a plan, and from a plan to a new state.

mod api;
mod event;
mod plan;
mod registry;

pub use api::{ApplyReport, Context, DEFAULT_PARALLELISM, PlanOptions};
pub use event::{Event, Observer, Silent};
pub use plan::{Action, Change, Counts, OutputChange, Plan, PlanMode, Reason};
pub use registry::{Registry, full_source};
