//! Estates of any size, and what programs take for them.

pub mod compare;
pub mod growth;
pub mod measure;
pub mod report;
pub mod shape;
pub mod table;
