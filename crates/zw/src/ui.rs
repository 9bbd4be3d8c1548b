//! What people and programs see: text for a terminal, and Terraform's JSON formats.
//!
//! Nothing in here knows of commands. Renderers take data and a writer; they write piece by piece, so
//! that a plan of a hundred thousand changes needs no more memory than its largest change. What is
//! marked sensitive never gets into a renderer's hands as text.
//!
//! Only [`terminal`] touches the streams of the process.

pub(crate) mod apply;
pub(crate) mod calls;
mod diagnostic;
mod diff;
pub(crate) mod doctor;
pub(crate) mod documentation;
pub(crate) mod editor;
pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod graph;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod outputs;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod progress;
pub(crate) mod reference;
mod schemas;
pub(crate) mod state;
mod style;
mod terminal;
#[cfg(test)]
mod testing;
pub(crate) mod tests;
pub(crate) mod text;
mod types;
mod value;

pub(crate) use terminal::Ui;
