//! From files to a configuration.
//!
//! A directory of `*.tf` files is a module. Loading it lowers every block to the model in
//! [`model`], with expressions compiled to [`zw_lang::Expr`] and every name in them resolved to a
//! [`model::Symbol`] of its module. Nothing is evaluated here, and nothing is known of providers: the
//! body of a resource is kept as attributes and blocks for whoever has its schema.

pub mod model;
