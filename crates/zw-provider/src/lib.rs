//! What a provider is.
//!
//! A provider is a set of resource types and data sources. Each is a [`schema::Schema`] and a few
//! asynchronous operations; planning follows from the schema. This crate knows no cloud, no store
//! and no configuration files.

pub mod schema;

mod equality;
mod error;
mod provider;
mod provisioner;
mod traffic;
mod typed;
mod view;

pub use error::{OpError, OpErrorKind};
pub use provider::{
    ConfigureRequest, Connection, CreateRequest, Created, DataRequest, Deed, DeleteRequest,
    Imported, OpResult, PermissionsRequest, PlanRequest, Planned, Provider, ReadRequest,
    UpdateRequest,
};
pub use provisioner::{Output, Provisioner};
pub use traffic::{Call, CallCount, Calls, Lane, LaneKey, Outcome, Slowed, Traffic};
pub use typed::{
    Catalog, DataSource, MoveHook, Operations, PlanHook, PureRead, READS_AT_ONCE_MAX, Resource,
    TypedConnection, ValidateHook,
};
pub use view::View;
