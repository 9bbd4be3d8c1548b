//! Writing all that a state holds anew, under another key or none.

use std::sync::Arc;

use super::sealer::Sealer;
use crate::error::StoreError;
use crate::model::{Intent, OutputRow, ResourceRow};

/// Gives what a state holds another form in which it means the same.
pub trait Recoder: Send {
    /// An object, as it is or was. The key and everything but attributes, sensitive paths and private data stay.
    fn row(&self, row: ResourceRow) -> Result<ResourceRow, StoreError>;

    /// An output, as it is or was.
    fn output(&self, output: OutputRow) -> Result<OutputRow, StoreError>;

    /// An operation in the journal.
    fn intent(&self, intent: Intent) -> Result<Intent, StoreError>;
}

/// What is to be written anew.
pub struct Recoding {
    /// How.
    pub recoder: Box<dyn Recoder>,
    /// The output that says how to read all this. It is no part of what is recoded.
    pub mark: Arc<str>,
    /// What it is to be; `None` if there is to be none.
    pub record: Option<OutputRow>,
}

/// From one key, or none, to another, or none.
pub(crate) struct Reseal {
    pub(crate) from: Option<Arc<Sealer>>,
    pub(crate) to: Option<Arc<Sealer>>,
}

impl Recoder for Reseal {
    fn row(&self, row: ResourceRow) -> Result<ResourceRow, StoreError> {
        let row = match &self.from {
            Some(from) => from.open_row(row)?,
            None => row,
        };
        match &self.to {
            Some(to) => to.seal_row(row),
            None => Ok(row),
        }
    }

    fn output(&self, output: OutputRow) -> Result<OutputRow, StoreError> {
        let output = match &self.from {
            Some(from) => from.open_output(output)?,
            None => output,
        };
        match &self.to {
            Some(to) => to.seal_output(output),
            None => Ok(output),
        }
    }

    fn intent(&self, intent: Intent) -> Result<Intent, StoreError> {
        let intent = match &self.from {
            Some(from) => from.open_intent(intent)?,
            None => intent,
        };
        match &self.to {
            Some(to) => to.seal_intent(intent),
            None => Ok(intent),
        }
    }
}
