//! What may go wrong with a plan: which changes lose something for good, and in which order changes are looked at.

use zw_engine::{Action, Change};
use zw_lang::Path;

use crate::ui::schemas::Schemas;

/// How much there is to lose by a change, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Risk {
    /// Something that holds what cannot be made again is destroyed or replaced.
    Loss,
    /// Something is destroyed.
    Destruction,
    /// Something is replaced, or is managed no longer.
    Replacement,
    /// Something is changed in place.
    Change,
    /// Something is created.
    Creation,
    /// Nothing but what is known of it changes.
    None,
}

/// How much there is to lose by a change.
pub(crate) fn of(change: &Change, schemas: &dyn Schemas) -> Risk {
    match change.action {
        Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete
            if loss(change, schemas).is_some() =>
        {
            Risk::Loss
        }
        Action::Delete => Risk::Destruction,
        Action::DeleteThenCreate
        | Action::CreateThenDelete
        | Action::ForgetThenCreate
        | Action::Forget => Risk::Replacement,
        Action::Update => Risk::Change,
        Action::Create => Risk::Creation,
        Action::NoOp | Action::Read | Action::Open => Risk::None,
    }
}

/// What a change loses for good.
pub(crate) fn loss<'s>(change: &Change, schemas: &'s dyn Schemas) -> Option<&'s str> {
    let is_destroyed = matches!(
        change.action,
        Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete
    );
    let schema = schemas.schema(&change.provider, change.address.resource())?;
    schema.holds.filter(|_| is_destroyed)
}

/// The attributes that make a change a replacement, in words; `None` if it is for another reason.
pub(crate) fn forced_by(change: &Change) -> Option<String> {
    let paths: Vec<String> = change.replace_paths.iter().map(Path::to_string).collect();
    (!paths.is_empty()).then(|| paths.join(", "))
}
