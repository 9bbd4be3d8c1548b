//! From files to a configuration.
//!
//! A directory of `*.tf`, `*.tf.json` and `*.zw.yaml` files is a module. Loading it lowers every block to the model in
//! [`model`], with expressions compiled to [`zw_lang::Expr`] and every name in them resolved to a
//! [`model::Symbol`] of its module. Nothing is evaluated here, and nothing is known of providers: the
//! body of a resource is kept as attributes and blocks for whoever has its schema.
//!
//! Files are read through [`Files`], so that a configuration can be loaded again from a saved plan
//! ([`Snapshot`]).

mod convert;
mod data;
mod files;
mod load;
mod lower;
pub mod model;
mod names;
pub mod testing;
mod variables;
pub mod version;

pub use convert::convert;
pub use data::{NoShapes, Owner, Shape, Shapes, Syntax, format_yaml};
pub use files::{Disk, Files, Snapshot};
pub use load::{
    BackendBlock, EncryptionBlock, GivenEarly, Keeping, KeyBlock, LocalSources, Resolutions,
    Resolved, SourceResolver, backend, backend_in, keeping, keeping_in, load, load_with,
};
pub use lower::expression;
pub use variables::{
    VariableValues, environment_values, load_variables_file, parse_value, parse_variable_value,
    variables_file_names,
};
