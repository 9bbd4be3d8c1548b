//! The rows of a store.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Identifies an object: the address of its resource instance, and the key of a deposed object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowKey {
    /// Address of the instance, as `module.a["x"].aws_vpc.main[0]`.
    pub address: Arc<str>,
    /// Eight hexadecimal digits for an object that was replaced and is still to be destroyed.
    pub deposed: Option<Arc<str>>,
}

impl RowKey {
    /// The current object of an instance.
    pub fn current(address: impl Into<Arc<str>>) -> Self {
        Self { address: address.into(), deposed: None }
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)?;
        match &self.deposed {
            Some(deposed) => write!(f, " (deposed object {deposed})"),
            None => Ok(()),
        }
    }
}

/// Counts the writes of a row. Unique in a store: never given twice, not even after a row was
/// removed and made again.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RowVersion(pub u64);

/// Whether an object is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectStatus {
    /// It was created or changed without error.
    Ready,
    /// It exists, but its creation did not end well: it is to be replaced.
    Tainted,
}

/// What an object's block says of how it is to end. It is kept, because the block may be gone by then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Whether a replacement is to be created before it is destroyed.
    pub create_before_destroy: bool,
    /// Whether it is to be forgotten rather than destroyed.
    pub skip_destroy: bool,
}

/// An object that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceRow {
    /// Which object.
    pub key: RowKey,
    /// The resource type, as `aws_vpc`.
    pub type_name: Arc<str>,
    /// The provider configuration that manages it, as
    /// `provider["registry.terraform.io/hashicorp/aws"].west`.
    pub provider: Arc<str>,
    /// The version of the schema of `attributes`.
    pub schema_version: u32,
    /// The object: JSON text by the schema's type.
    pub attributes: Arc<str>,
    /// Paths of sensitive attributes beyond those of the schema: JSON text, see `zw_lang::json`.
    pub sensitive_paths: Option<Arc<str>>,
    /// Whether it is as it should be.
    pub status: ObjectStatus,
    /// Addresses of the instances that it directly depends on, sorted.
    pub dependencies: Vec<Arc<str>>,
    /// How it is to end.
    pub ending: Ending,
    /// What a Terraform provider keeps for itself with the object, in Base64. It is carried from and to
    /// `terraform.tfstate`; a change of the object by `zw` drops it.
    #[serde(default)]
    pub private: Option<Arc<str>>,
    /// Given by the store at each write; ignored when written.
    pub version: RowVersion,
}

/// An output value of the root module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputRow {
    /// The name.
    pub name: Arc<str>,
    /// The value: JSON text by `ty`.
    pub value: Arc<str>,
    /// The type as JSON text, as Terraform's state writes it.
    pub ty: Arc<str>,
    /// Whether it is not to be shown.
    pub sensitive: bool,
}

/// All that exists at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Counts the runs that changed something, from 0 for a new state (Terraform: `serial`).
    pub serial: u64,
    /// Names this state for ever (Terraform: `lineage`). Empty as long as nothing was ever written.
    pub lineage: String,
    /// Objects by key.
    pub resources: BTreeMap<RowKey, ResourceRow>,
    /// Outputs by name.
    pub outputs: BTreeMap<Arc<str>, OutputRow>,
}

/// Names a run: the time of its beginning in UTC as `YYYYMMDDhhmmss`, or the number after the last run's,
/// whichever is greater.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RunId(pub u64);

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// `zw apply`
    Apply,
    /// `zw destroy`
    Destroy,
    /// A refresh that is written down.
    Refresh,
    /// `zw state mv`, `rm` and their kin.
    Edit,
}

impl RunKind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Refresh => "refresh",
            Self::Edit => "edit",
        }
    }

    /// What a word stands for.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "apply" => Some(Self::Apply),
            "destroy" => Some(Self::Destroy),
            "refresh" => Some(Self::Refresh),
            "edit" => Some(Self::Edit),
            _ => None,
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on, or its process died.
    Running,
    /// Everything was done.
    Done,
    /// Some operations failed or were not tried.
    Failed,
}

impl RunStatus {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// What a word stands for.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "running" => Some(Self::Running),
            "done" => Some(Self::Done),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }
}

/// A run in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Which.
    pub id: RunId,
    /// What it does.
    pub kind: RunKind,
    /// How it ended.
    pub status: RunStatus,
    /// Who started it, as `user@host`.
    pub who: String,
    /// When, as RFC 3339 in UTC.
    pub started: String,
    /// When it ended, if it did.
    pub ended: Option<String>,
    /// How many objects it created, changed and destroyed so far: rows that it put where there was none,
    /// put where there was one, and removed.
    pub changes: [u64; 3],
    /// How long its operations took, as far as it said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub took: Vec<Took>,
}

/// How long the operations of a run took that did the same to objects of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// The resource type.
    pub type_name: Arc<str>,
    /// What they did.
    pub kind: IntentKind,
    /// How many there were that did it without error.
    pub count: u64,
    /// How long all of them took together, in milliseconds.
    pub milliseconds: u64,
}

/// Who holds a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// `user`
    pub who: String,
    /// The host's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// What it does, as `apply`.
    pub what: String,
    /// Since when, as RFC 3339 in UTC.
    pub since: String,
    /// The run, where that is known.
    #[serde(default)]
    pub run: Option<RunId>,
    /// The parts that it holds and somebody else wants, as in [`Scope`](crate::Scope); empty if it holds
    /// everything.
    #[serde(default)]
    pub parts: Vec<Arc<str>>,
}

impl fmt::Display for Holder {
    /// In a sentence, from who to since when.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, host, pid, what, since, run, parts } = self;
        write!(f, "{who} (process {pid} on {host}) for {what} since {since}")?;
        if let Some(RunId(run)) = run {
            write!(f, ", run {run}")?;
        }
        match parts.as_slice() {
            [] => Ok(()),
            [one] => write!(f, ": {one}"),
            [first, second] => write!(f, ": {first} and {second}"),
            [first, second, more @ ..] => write!(f, ": {first}, {second} and {} more", more.len()),
        }
    }
}

/// What an operation in the journal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// Creates an object.
    Create,
    /// Changes one.
    Update,
    /// Deletes one.
    Delete,
}

impl IntentKind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// What a word stands for.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "create" => Some(Self::Create),
            "update" => Some(Self::Update),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// An operation about to be tried: durable before the call goes out, removed by the write of its
/// result. One that is found when a state is opened is in doubt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Unique in the store for ever, and the operation's idempotency token: at most 64 characters of
    /// `[a-z0-9-]`.
    pub token: Arc<str>,
    /// The run that it belongs to.
    pub run: RunId,
    /// What it does.
    pub kind: IntentKind,
    /// To which object.
    pub key: RowKey,
    /// The resource type.
    pub type_name: Arc<str>,
    /// The provider configuration.
    pub provider: Arc<str>,
    /// What the operation was asked for, as JSON text of the planned object with unknown parts left out.
    pub request: Arc<str>,
    /// Dependencies and order that the object's row is to have.
    pub dependencies: Vec<Arc<str>>,
    /// As in the row.
    pub ending: Ending,
}

/// A change of the store. Writes given together take effect together, in order.
#[derive(Clone, Debug)]
pub enum Write {
    /// Adds or replaces a row.
    Put(ResourceRow),
    /// Removes a row, if there is one.
    Remove(RowKey),
    /// Moves a row to another key. It is a conflict if there is no such row, or one with that key.
    Move(RowKey, RowKey),
    /// Sets an output.
    PutOutput(OutputRow),
    /// Removes an output.
    RemoveOutput(Arc<str>),
    /// Adds an intent to the journal. It is a conflict if its token is there already.
    Begin(Intent),
    /// Removes an intent: its outcome is known, and is among the writes given with this one. It is a
    /// conflict if there is none.
    Settle(Arc<str>),
    /// Makes this state the continuation of another one, which moved here: it takes over its lineage and its
    /// serial. The run that does it does not count in the serial.
    Adopt {
        /// The lineage.
        lineage: Arc<str>,
        /// The serial.
        serial: u64,
    },
    /// Says how long the operations of this run took. Said again, it takes the place of what was said before. The
    /// serial does not count it.
    Took(Vec<Took>),
}
