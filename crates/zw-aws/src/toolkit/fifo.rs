//! Queues and topics that keep the order of their messages: their names end in a suffix.

use zw_lang::Path;
use zw_provider::{OpError, OpResult, PlanRequest, View};

/// The end of such a name.
pub(crate) const FIFO_SUFFIX: &str = ".fifo";

/// Refuses names and arguments that do not go with `flag`, which says whether a `noun` keeps the order.
pub(crate) fn check_fifo(request: &PlanRequest<'_>, flag: &str, noun: &str) -> OpResult<()> {
    let planned = View::new(request.planned);
    let is_fifo = planned.bool(flag) == Some(true);
    if let Some(name) = View::new(request.config).str("name")
        && is_fifo != name.ends_with(FIFO_SUFFIX)
    {
        let message = if is_fifo {
            format!("the name of a FIFO {noun} must end with {FIFO_SUFFIX:?}.")
        } else {
            format!("only the name of a FIFO {noun} may end with {FIFO_SUFFIX:?}.")
        };
        return Err(OpError::invalid(Path::attr_of_root("name"), message));
    }
    if planned.bool("content_based_deduplication") == Some(true) && !is_fifo {
        let path = Path::attr_of_root("content_based_deduplication");
        return Err(OpError::invalid(path, format!("only a FIFO {noun} has it.")));
    }
    Ok(())
}

/// The prefix of a name that has a generated suffix.
pub(crate) fn fifo_prefix_of(name: &str) -> Option<&str> {
    super::prefix_of(name.strip_suffix(FIFO_SUFFIX).unwrap_or(name))
}

/// The name of what is created.
#[cfg(feature = "client")]
pub(crate) fn fifo_name(new: &super::New<'_>, flag: &str) -> String {
    let name = new.name();
    let is_bare = new.planned.bool(flag) == Some(true) && !name.ends_with(FIFO_SUFFIX);
    if is_bare { name + FIFO_SUFFIX } else { name }
}
