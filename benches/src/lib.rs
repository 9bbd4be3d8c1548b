//! Estates of any size, and what programs take for them.

pub mod measure;
pub mod shape;
pub mod table;
