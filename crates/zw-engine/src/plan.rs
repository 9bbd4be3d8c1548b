//! A plan as a value: what would change, and why. How it came about and how it is carried out is
//! elsewhere; this is what is shown, saved and gated.

use std::sync::Arc;

use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostics, Path, ResourceMode, Str, Value};
use zw_state::RunId;

/// What a plan is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanMode {
    /// Make what exists agree with the configuration.
    #[default]
    Normal,
    /// Destroy everything.
    Destroy,
    /// Only write down what was changed by others.
    RefreshOnly,
    /// Make what exists as it was after a run.
    Return(RunId),
}

impl PlanMode {
    /// Whether it is to return to an earlier state.
    pub const fn is_return(self) -> bool {
        matches!(self, Self::Return(_))
    }
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// A data source is read while applying.
    Read,
    /// An ephemeral resource is opened while applying. Plans do not show it.
    Open,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed, and then another one is created in its place.
    DeleteThenCreate,
    /// Another one is created in its place, and then it is destroyed.
    CreateThenDelete,
    /// It is no longer managed, but goes on to exist.
    Forget,
    /// It is no longer managed, and another one is created in its place.
    ForgetThenCreate,
}

impl Action {
    /// How something is read that is not managed.
    pub const fn of_reading(mode: ResourceMode) -> Self {
        match mode {
            ResourceMode::Ephemeral => Self::Open,
            ResourceMode::Data | ResourceMode::Managed => Self::Read,
        }
    }

    /// The word for it, as messages for programs and logs have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoOp => "noop",
            Self::Create => "create",
            Self::Read => "read",
            Self::Open => "open",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::DeleteThenCreate | Self::CreateThenDelete | Self::ForgetThenCreate => "replace",
            Self::Forget => "remove",
        }
    }

    /// Whether it is a replacement in either order.
    pub const fn is_replace(self) -> bool {
        matches!(self, Self::DeleteThenCreate | Self::CreateThenDelete | Self::ForgetThenCreate)
    }
}

/// Why an action is what it is, where the change of attributes alone does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing more to say.
    #[default]
    None,
    /// Replaced because an attribute changed that cannot be changed in place.
    CannotUpdate,
    /// Replaced because its creation did not end well.
    Tainted,
    /// Replaced because it was asked for.
    Requested,
    /// Replaced because something in `replace_triggered_by` changed.
    Triggered,
    /// Deleted because its block is not in the configuration.
    NoResourceConfig,
    /// Deleted because the module instance is not in the configuration.
    NoModule,
    /// Deleted because its key does not go with the block, as a number with `for_each`.
    WrongRepetition,
    /// Deleted because `enabled` is false.
    Disabled,
    /// Deleted because `count` is lower.
    CountIndex,
    /// Deleted because `for_each` does not have the key.
    EachKey,
    /// Read while applying, because its arguments are not known before.
    ConfigUnknown,
    /// Read while applying, because something that it depends on changes.
    DependencyPending,
}

/// What happens to one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// The resource instance.
    pub address: InstanceAddr,
    /// The key of a deposed object; `None` for the current one.
    pub deposed: Option<Arc<str>>,
    /// Where it was before it was moved.
    pub previous_address: Option<InstanceAddr>,
    /// The provider configuration, as in Terraform's state:
    /// `provider["registry.terraform.io/hashicorp/aws"]`.
    pub provider: Arc<str>,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// The object as it is; null if there is none. Sensitive parts are marked.
    pub before: Value,
    /// The object as it will be, with unknown parts; null if there will be none. Sensitive parts
    /// are marked.
    pub after: Value,
    /// The attributes that make it a replacement.
    pub replace_paths: Vec<Path>,
    /// The id that it is imported by, if it is.
    pub importing: Option<Str>,
}

/// What happens to an output of the root module.
#[derive(Clone, Debug)]
pub struct OutputChange {
    /// The name.
    pub name: Str,
    /// [`Action::NoOp`], [`Action::Create`], [`Action::Update`] or [`Action::Delete`].
    pub action: Action,
    /// The value as it is; null if there is none.
    pub before: Value,
    /// The value as it will be; null if there will be none.
    pub after: Value,
    /// Whether it is not to be shown.
    pub sensitive: bool,
}

/// Something that is put off to a later round of the same apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred {
    /// The resource instance, or the resource or module whose instances are not known.
    pub address: String,
    /// Why, in words that continue "because ".
    pub reason: String,
}

/// An attribute, or something in it, that other parts of a plan depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct RelevantAttribute {
    /// The resource; one without a key stands for all its instances.
    pub resource: InstanceAddr,
    /// The attribute.
    pub path: Path,
}

/// What a plan does. Changes are sorted by address.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What it is for.
    pub mode: PlanMode,
    /// What happens to objects, those included to which nothing happens.
    pub changes: Changes,
    /// How objects were found to differ from what was last known, [`Action::Update`] or
    /// [`Action::Delete`].
    pub drift: Vec<Change>,
    /// What happens to outputs.
    pub outputs: Vec<OutputChange>,
    /// What is put off to a later round, because it depends on what is not known yet.
    pub deferred: Vec<Deferred>,
    /// Warnings.
    pub diagnostics: Diagnostics,
    /// Whether only a part of the configuration was looked at.
    pub targeted: bool,
}

/// How many objects a plan or a run adds, changes and destroys. A replacement is one of the first and one
/// of the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// To be created.
    pub add: usize,
    /// To be changed in place.
    pub change: usize,
    /// To be destroyed.
    pub destroy: usize,
    /// To be imported.
    pub import: usize,
    /// To be forgotten.
    pub forget: usize,
}

/// Changes, shared with the run that applies them.
#[derive(Clone, Debug, Default)]
pub struct Changes(pub(crate) Vec<Arc<Change>>);

impl Changes {
    /// One after another.
    pub fn iter(&self) -> ChangesIter<'_> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The iterator of [`Changes`].
pub type ChangesIter<'a> =
    std::iter::Map<std::slice::Iter<'a, Arc<Change>>, fn(&'a Arc<Change>) -> &'a Change>;

impl<'a> IntoIterator for &'a Changes {
    type Item = &'a Change;
    type IntoIter = ChangesIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::ops::Index<usize> for Changes {
    type Output = Change;

    fn index(&self, at: usize) -> &Change {
        &self.0[at]
    }
}

impl FromIterator<Change> for Changes {
    fn from_iter<I: IntoIterator<Item = Change>>(changes: I) -> Self {
        Self(changes.into_iter().map(Arc::new).collect())
    }
}

impl Counts {
    /// How many objects changes add, change and destroy.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut counts = Self::default();
        for change in changes {
            counts.import += usize::from(change.importing.is_some());
            match change.action {
                Action::NoOp | Action::Read | Action::Open => {}
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.destroy += 1,
                Action::Forget => counts.forget += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                Action::ForgetThenCreate => {
                    counts.add += 1;
                    counts.forget += 1;
                }
            }
        }
        counts
    }
}

impl Plan {
    /// How many objects are added, changed and destroyed.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.changes)
    }

    /// Whether applying it does anything: to objects, to outputs, or to what is written down.
    pub fn is_empty(&self) -> bool {
        let still = |action| action == Action::NoOp;
        self.changes.iter().all(|change| {
            still(change.action) && change.previous_address.is_none() && change.importing.is_none()
        }) && self.outputs.iter().all(|output| still(output.action))
            && self.deferred.is_empty()
            && (self.mode != PlanMode::RefreshOnly || self.drift.is_empty())
    }
}
