//! One change of a plan: what happens to which object, and why, above the difference itself.

use std::io::{self, Write};

use zw_engine::{Action, Change, Reason};
use zw_lang::addr::InstanceKey;

use super::{is_moved, risk};
use crate::ui::diff::Diff;
use crate::ui::diff::render::{self, Look};
use crate::ui::style::{Styles, styled};
use crate::ui::text::quoted;

/// Who changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// This plan.
    Plan,
    /// Somebody else, before.
    Drift,
    /// A run of the history.
    Past,
}

/// The sign for an action, three columns wide.
pub(super) fn symbol(action: Action, styles: Styles) -> String {
    let (create, delete) = (styled(styles.create, "+"), styled(styles.delete, "-"));
    match action {
        Action::NoOp => "   ".to_owned(),
        Action::Create => format!("  {create}"),
        Action::Update => format!("  {}", styled(styles.update, "~")),
        Action::Delete => format!("  {delete}"),
        Action::DeleteThenCreate => format!("{delete}/{create}"),
        Action::CreateThenDelete => format!("{create}/{delete}"),
        Action::Read | Action::Open => format!(" {}", styled(styles.read, "<=")),
        Action::Forget => format!("  {}", styled(styles.delete, ".")),
        Action::ForgetThenCreate => format!("{}/{create}", styled(styles.delete, ".")),
    }
}

/// Writes a change: comments, header and body.
pub(super) fn write(
    out: &mut dyn Write,
    change: &Change,
    diff: &Diff<'_>,
    cause: Cause,
    styles: Styles,
) -> io::Result<()> {
    write_comments(out, change, cause, styles)?;
    let resource = change.address.resource();
    let keyword = resource.mode.keyword();
    let symbol = symbol(change.action, styles);
    let (type_name, name) = (&resource.type_name, &resource.name);
    write!(out, "{symbol} {keyword} \"{type_name}\" \"{name}\" ")?;
    let look = Look { show_kept: change.importing.is_some(), ..Look::default() };
    render::write(out, diff, 0, look, styles)?;
    out.write_all(b"\n")
}

/// The address, and which deposed object it is if it is one.
pub(super) fn subject(change: &Change) -> String {
    match &change.deposed {
        Some(key) => format!("{} (deposed object {key})", change.address),
        None => change.address.to_string(),
    }
}

/// What happens to an object, behind its address.
pub(super) fn what_happens(change: &Change, cause: Cause, styles: Styles) -> String {
    let grave = |word| styled(styles.error, word);
    match (change.action, cause) {
        (Action::Create, Cause::Past) => "was created".to_owned(),
        (Action::Update, Cause::Past) => "was changed".to_owned(),
        (Action::Delete, Cause::Past) => format!("was {}", grave("removed")),
        (Action::Create, _) => "will be created".to_owned(),
        (Action::Read | Action::Open, _) => "will be read during apply".to_owned(),
        (Action::Update, Cause::Plan) => "will be updated in-place".to_owned(),
        (Action::Update, Cause::Drift) => "has changed".to_owned(),
        (Action::Delete, Cause::Plan) => format!("will be {}", grave("destroyed")),
        (Action::Delete, Cause::Drift) => "has been deleted".to_owned(),
        (Action::DeleteThenCreate | Action::CreateThenDelete | Action::ForgetThenCreate, _) => {
            let replaced = grave("replaced");
            match change.reason {
                Reason::Tainted => format!("is tainted, so must be {replaced}"),
                Reason::Requested => format!("will be {replaced}, as requested"),
                Reason::Triggered => {
                    format!("will be {replaced} due to changes in replace_triggered_by")
                }
                _ => format!("must be {replaced}"),
            }
        }
        (Action::Forget, _) => {
            format!("will no longer be managed by zw, but {}", grave("will not be destroyed"))
        }
        (Action::NoOp, _) if is_moved(change) => "has moved here".to_owned(),
        (Action::NoOp, _) if change.importing.is_some() => "will be imported".to_owned(),
        (Action::NoOp, _) => "has not changed".to_owned(),
    }
}

/// Writes what happens to which object, and why.
pub(super) fn write_comments(
    out: &mut dyn Write,
    change: &Change,
    cause: Cause,
    styles: Styles,
) -> io::Result<()> {
    let address = subject(change);
    let subject = |address: &str| format!("  {}", styled(styles.bold, format_args!("# {address}")));
    let says_moved = change.action == Action::NoOp && is_moved(change);
    match &change.previous_address {
        Some(previous) if says_moved => {
            let to = styled(styles.bold, &address);
            writeln!(out, "{} has moved to {to}", subject(&previous.to_string()))?;
        }
        _ => writeln!(out, "{} {}", subject(&address), what_happens(change, cause, styles))?,
    }
    for reason in reasons(change) {
        writeln!(out, "  # ({reason})")?;
    }
    if is_moved(change)
        && !says_moved
        && let Some(previous) = &change.previous_address
    {
        writeln!(out, "  # (moved from {previous})")?;
    }
    if let Some(id) = &change.importing {
        writeln!(out, "  # (imported from {})", quoted(id))?;
        if change.action.is_replace() && change.action != Action::ForgetThenCreate {
            let warning = "Warning: this will destroy the imported resource";
            writeln!(out, "  # {}", styled(styles.update, warning))?;
        }
    }
    Ok(())
}

/// Why changes that are alike happen, as far as it is said in the same words for all.
pub(super) fn reasons_of_all(changes: &[&Change]) -> Vec<String> {
    let Some((first, others)) = changes.split_first() else { return Vec::new() };
    let mut reasons = reasons(first);
    for other in others {
        if reasons.is_empty() {
            break;
        }
        let others = self::reasons(other);
        reasons.retain(|reason| others.contains(reason));
    }
    if reasons.is_empty() { why_all_deleted(first).into_iter().collect() } else { reasons }
}

/// Why objects are deleted that are told apart by their keys.
fn why_all_deleted(change: &Change) -> Option<String> {
    let why = match change.reason {
        Reason::NoModule => "their modules are not in configuration",
        Reason::CountIndex => "their indices are out of range for count",
        Reason::EachKey => "their keys are not in for_each map",
        _ => return None,
    };
    (change.action == Action::Delete).then(|| format!("because {why}"))
}

/// Why it happens, where that is not plain from the difference.
pub(super) fn reasons(change: &Change) -> Vec<String> {
    let mut reasons = Vec::new();
    match (change.action, change.reason) {
        (Action::Read, Reason::ConfigUnknown) => {
            reasons.push("config refers to values not yet known".to_owned());
        }
        (Action::Read, Reason::DependencyPending) => {
            reasons.push("depends on a resource or a module with changes pending".to_owned());
        }
        (Action::Delete, reason) => reasons.extend(why_deleted(change, reason)),
        (Action::ForgetThenCreate, _) => {
            let kept = "the old object will no longer be managed by zw, but will not be destroyed";
            reasons.push(kept.to_owned());
        }
        (Action::Forget, _) => {
            reasons.push("destroy = false is set in the configuration".to_owned());
        }
        _ => {}
    }
    if change.deposed.is_some() && matches!(change.action, Action::Delete | Action::Forget) {
        reasons.push("left over from a partially-failed replacement of this instance".to_owned());
    }
    reasons
}

/// Why an object is replaced, if it is.
pub(super) fn replacement_reason(change: &Change) -> Option<String> {
    if !change.action.is_replace() {
        return None;
    }
    match change.reason {
        Reason::Tainted => return Some("because it is tainted".to_owned()),
        Reason::Requested => return Some("as requested".to_owned()),
        Reason::Triggered => return Some("because of replace_triggered_by".to_owned()),
        _ => {}
    }
    risk::forced_by(change).map(|paths| format!("because {paths} cannot be changed in place"))
}

fn why_deleted(change: &Change, reason: Reason) -> Option<String> {
    let resource = change.address.resource();
    let key = change.address.key();
    let why = match reason {
        Reason::NoResourceConfig => format!("{resource} is not in configuration"),
        Reason::NoModule => format!("{} is not in configuration", change.address.module()),
        Reason::WrongRepetition => match key {
            InstanceKey::None => "resource uses count or for_each".to_owned(),
            InstanceKey::Int(_) => "resource does not use count".to_owned(),
            InstanceKey::Str(_) => "resource does not use for_each".to_owned(),
        },
        Reason::Disabled => "enabled is false".to_owned(),
        Reason::CountIndex => format!("index {key} is out of range for count"),
        Reason::EachKey => format!("key {key} is not in for_each map"),
        _ => return None,
    };
    Some(format!("because {why}"))
}
