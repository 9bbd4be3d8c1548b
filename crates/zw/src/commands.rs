//! One file a command: its arguments with their help, then what it does, read top to bottom.

pub(crate) mod apply;
pub(crate) mod console;
pub(crate) mod convert;
pub(crate) mod fmt;
pub(crate) mod force_unlock;
pub(crate) mod get;
pub(crate) mod graph;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod metadata;
pub(crate) mod output;
pub(crate) mod plan;
pub(crate) mod review;
pub(crate) mod show;
pub(crate) mod state;
pub(crate) mod taint;
pub(crate) mod test;
pub(crate) mod validate;
pub(crate) mod version;
pub(crate) mod workspace;
