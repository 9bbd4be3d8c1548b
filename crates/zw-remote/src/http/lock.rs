//! Who holds a state, in the words of Terraform.

use serde::{Deserialize, Serialize};
use zw_state::{Actor, Holder, Moment, RunKind};

/// Terraform: `internal/states/statemgr`, `LockInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct LockInfo {
    #[serde(rename = "ID")]
    pub(super) id: String,
    operation: String,
    info: String,
    who: String,
    version: String,
    created: String,
    path: String,
}

/// What the field `Info` says of a process.
const PROCESS: &str = "process ";

/// What Terraform says before the names of its operations.
const OPERATION: &str = "OperationType";

impl LockInfo {
    pub(super) fn new(actor: &Actor, kind: RunKind) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            operation: kind.name().to_owned(),
            info: format!("{PROCESS}{}", actor.pid),
            who: actor.at_host(),
            version: concat!("zw ", env!("CARGO_PKG_VERSION")).to_owned(),
            created: Moment::now().rfc3339(),
            path: String::new(),
        }
    }

    /// What is known of the holder. The process is 0 where nothing is.
    pub(super) fn holder(&self) -> Holder {
        let (who, host) = self.who.rsplit_once('@').unwrap_or((&self.who, "unknown"));
        let known =
            |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
        let what = self.operation.trim_start_matches(OPERATION).to_lowercase();
        Holder {
            who: known(who),
            host: known(host),
            pid: self.info.strip_prefix(PROCESS).and_then(|pid| pid.parse().ok()).unwrap_or(0),
            what: known(&what),
            since: known(&self.created),
            run: None,
            parts: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terraform_says_of_itself_is_understood() {
        let text = r#"{"ID":"0b1a","Operation":"OperationTypeApply","Info":"","Who":"ann@box","Version":"1.11.4",
                       "Created":"2026-01-02T03:04:05.6Z","Path":"","More":1}"#;
        let holder = serde_json::from_str::<LockInfo>(text).unwrap().holder();
        assert_eq!(
            (holder.who.as_str(), holder.host.as_str(), holder.what.as_str()),
            ("ann", "box", "apply")
        );
        assert_eq!((holder.pid, holder.since.as_str()), (0, "2026-01-02T03:04:05.6Z"));
    }
}
