//! What is said of events.

use std::time::Duration;

use zw_engine::Action;
use zw_lang::addr::InstanceAddr;
use zw_provider::LaneKey;

use crate::ui::text::{duration, shortened, without_controls};

/// Characters of an id that are shown where the line is about something else.
const ID_CHARS_MAX: usize = 80;

/// `aws_vpc.main`, or `aws_vpc.main (deposed object deadbeef)`.
pub(super) fn subject(address: &InstanceAddr, deposed: Option<&str>) -> String {
    match deposed {
        Some(key) => format!("{address} (deposed object {key})"),
        None => address.to_string(),
    }
}

/// ` [id=vpc-1]`, or nothing.
pub(super) fn id_suffix(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" [id={}]", without_controls(id)))
}

/// `Creating`
pub(super) const fn begins(action: Action) -> &'static str {
    match action {
        Action::Create => "Creating",
        Action::Update => "Modifying",
        Action::Delete => "Destroying",
        Action::Read => "Reading",
        Action::Open => "Opening",
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::ForgetThenCreate => {
            "Replacing"
        }
        Action::Forget => "Removing",
        Action::NoOp => "Applying",
    }
}

/// `creating`
pub(super) const fn goes_on(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "modifying",
        Action::Delete => "destroying",
        Action::Read => "reading",
        Action::Open => "opening",
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::ForgetThenCreate => {
            "replacing"
        }
        Action::Forget => "removing",
        Action::NoOp => "applying",
    }
}

/// `Creation`
pub(super) const fn deed(action: Action) -> &'static str {
    match action {
        Action::Create => "Creation",
        Action::Update => "Modifications",
        Action::Delete => "Destruction",
        Action::Read => "Read",
        Action::Open => "Opening",
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::ForgetThenCreate => {
            "Replacement"
        }
        Action::Forget => "Removal",
        Action::NoOp => "Apply",
    }
}

/// `Creation complete after 2s [id=vpc-1]`
pub(super) fn complete(action: Action, elapsed: Duration, id: Option<&str>) -> String {
    // What is destroyed has no id any more.
    let id = if action == Action::Delete { None } else { id };
    format!("{} complete after {}{}", deed(action), duration(elapsed), id_suffix(id))
}

/// `Creation errored after 2s`
pub(super) fn errored(action: Action, elapsed: Duration) -> String {
    format!("{} errored after {}", deed(action), duration(elapsed))
}

/// `Still creating... [id=vpc-1, 10s elapsed]`
pub(super) fn still(action: Action, elapsed: Duration, id: Option<&str>) -> String {
    let id = id.map_or_else(String::new, |id| {
        format!("id={}, ", without_controls(&shortened(id, ID_CHARS_MAX)))
    });
    format!("Still {}... [{id}{} elapsed]", goes_on(action), duration(elapsed))
}

/// `aws ec2 in us-east-1`
pub(super) fn lane(lane: &LaneKey) -> String {
    let place = if lane.region.is_empty() { String::new() } else { format!(" in {}", lane.region) };
    format!("{} {}{place}", lane.provider, lane.service)
}

/// `Throttled; going on with 12 calls a second`
pub(super) fn slowed(per_second: f64) -> String {
    let calls = if per_second < 1.5 { "call" } else { "calls" };
    format!("Throttled; going on with {per_second:.0} {calls} a second")
}

/// What is said when the user asks to stop.
pub(super) fn stopping(in_flight: usize) -> String {
    match in_flight {
        0 => "Interrupt received. Nothing is under way.".to_owned(),
        1 => "Interrupt received. Waiting for 1 operation that is under way. Interrupt again to stop now; what is under \
              way then is settled by the next run."
            .to_owned(),
        count => format!(
            "Interrupt received. Waiting for {count} operations that are under way. Interrupt again to stop now; what is \
             under way then is settled by the next run."
        ),
    }
}
