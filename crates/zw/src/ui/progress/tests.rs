use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{InMemoryTerm, ProgressDrawTarget};
use insta::assert_snapshot;
use serde_json::Value as Json;
use zw_engine::{Action, Counts};
use zw_lang::addr::InstanceAddr;
use zw_provider::{LaneKey, OpError, OpErrorKind, Slowed};

use super::running::Running;
use super::*;
use crate::ui::style::Styles;
use crate::ui::testing::equivalence::scenarios;
use crate::ui::testing::{Captured, ui_into};

fn address(text: &str) -> InstanceAddr {
    text.parse().unwrap()
}

/// Tells an observer of a run with everything in it; times are in seconds after `start`.
fn tell(told: &dyn Timed, start: Instant) {
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let (vpc, subnet) = (address("aws_vpc.main"), address("module.net[\"a\"].aws_subnet.x[0]"));
    let (old, data) = (address("aws_vpc.old"), address("data.aws_ami.x"));
    let id = Some("vpc-1");
    told.event_at(&Event::RefreshStarted { total: 2 }, at(0));
    told.event_at(&Event::Refreshing { address: &vpc, id }, at(0));
    told.event_at(&Event::Refreshed { address: &vpc, id }, at(0));
    told.event_at(&Event::Reading { address: &data }, at(0));
    let elapsed = Duration::from_millis(600);
    told.event_at(&Event::Read { address: &data, id: Some("ami-1"), elapsed }, at(1));
    told.event_at(&Event::ApplyStarted { total: 4 }, at(1));
    let started =
        |address, deposed, action, id| Event::OperationStarted { address, deposed, action, id };
    told.event_at(&started(&vpc, None, Action::Update, id), at(1));
    told.event_at(&started(&subnet, None, Action::Create, None), at(2));
    told.event_at(&started(&old, Some("deadbeef"), Action::Delete, Some("vpc-0")), at(3));
    told.tick(at(10));
    told.tick(at(11));
    told.tick(at(12));
    told.tick(at(13));
    told.tick(at(22));
    let elapsed = Duration::from_secs(65);
    let done =
        Event::OperationDone { address: &vpc, deposed: None, action: Action::Update, id, elapsed };
    told.event_at(&done, at(23));
    told.event_at(&Event::Stopping { in_flight: 2 }, at(23));
    let error = OpError::new(OpErrorKind::Other, "no");
    told.event_at(
        &Event::OperationFailed {
            address: &subnet,
            deposed: None,
            action: Action::Create,
            error: &error,
            elapsed: Duration::from_secs(22),
        },
        at(24),
    );
    let skipped = address("aws_eip.x");
    told.event_at(&Event::OperationSkipped { address: &skipped, action: Action::Create }, at(24));
    told.event_at(
        &Event::OperationDone {
            address: &old,
            deposed: Some("deadbeef"),
            action: Action::Delete,
            id: Some("vpc-0"),
            elapsed: Duration::from_millis(22_400),
        },
        at(25),
    );
    told.event_at(&Event::Settled { address: "aws_eip.y", outcome: "it was created" }, at(25));
    told.event_at(&Event::ApplyEnded { done: Counts::default() }, at(25));
    told.tick(at(60));
}

fn plain_lines() -> String {
    let captured = Captured::default();
    let lines = plain::Lines {
        ui: ui_into(&captured, Styles::plain()),
        running: Mutex::new(Running::default()),
    };
    tell(&lines, Instant::now());
    captured.text()
}

#[test]
fn elsewhere_than_on_a_terminal_each_event_is_a_line() {
    assert_snapshot!(plain_lines(), @r#"
    aws_vpc.main: Refreshing state... [id=vpc-1]
    data.aws_ami.x: Reading...
    data.aws_ami.x: Read complete after 1s [id=ami-1]
    aws_vpc.main: Modifying... [id=vpc-1]
    module.net["a"].aws_subnet.x[0]: Creating...
    aws_vpc.old (deposed object deadbeef): Destroying... [id=vpc-0]
    aws_vpc.main: Still modifying... [id=vpc-1, 10s elapsed]
    module.net["a"].aws_subnet.x[0]: Still creating... [10s elapsed]
    aws_vpc.old (deposed object deadbeef): Still destroying... [id=vpc-0, 10s elapsed]
    aws_vpc.main: Still modifying... [id=vpc-1, 20s elapsed]
    module.net["a"].aws_subnet.x[0]: Still creating... [20s elapsed]
    aws_vpc.main: Modifications complete after 1m5s [id=vpc-1]

    Interrupt received. Waiting for 2 operations that are under way. Interrupt
    again to stop now; what is under way then is settled by the next run.

    module.net["a"].aws_subnet.x[0]: Creation errored after 22s
    aws_vpc.old (deposed object deadbeef): Destruction complete after 22s
    aws_eip.y: it was created.
    "#);
    assert_eq!(plain_lines(), plain_lines());
}

#[test]
fn programs_get_a_message_for_each_event() {
    let captured = Captured::default();
    let lines = messages::Lines {
        ui: ui_into(&captured, Styles::plain()),
        running: Mutex::new(Running::default()),
    };
    tell(&lines, Instant::now());
    let text = captured.text();
    assert!(text.starts_with(r#"{"@level":"info","@message":"zw "#), "{text}");
    let shown: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| {
            let message: Json = serde_json::from_str(line).unwrap();
            let mut hook = message["hook"].as_object().cloned().unwrap_or_default();
            hook.shift_remove("resource");
            let hook = Json::Object(hook);
            format!("{} | {} | {hook}", message["type"], message["@message"])
        })
        .collect();
    assert_snapshot!(shown.join("\n"), @r#"
    "refresh_start" | "aws_vpc.main: Refreshing state... [id=vpc-1]" | {"id_key":"id","id_value":"vpc-1"}
    "refresh_complete" | "aws_vpc.main: Refresh complete [id=vpc-1]" | {"id_key":"id","id_value":"vpc-1"}
    "apply_start" | "data.aws_ami.x: Refreshing..." | {"action":"read"}
    "apply_complete" | "data.aws_ami.x: Refresh complete after 1s [id=ami-1]" | {"action":"read","id_key":"id","id_value":"ami-1","elapsed_seconds":1}
    "apply_start" | "aws_vpc.main: Modifying... [id=vpc-1]" | {"action":"update","id_key":"id","id_value":"vpc-1"}
    "apply_start" | "module.net[\"a\"].aws_subnet.x[0]: Creating..." | {"action":"create"}
    "apply_start" | "aws_vpc.old (deposed object deadbeef): Destroying... [id=vpc-0]" | {"action":"delete","deposed":"deadbeef","id_key":"id","id_value":"vpc-0"}
    "apply_progress" | "aws_vpc.main: Still modifying... [10s elapsed]" | {"action":"update","elapsed_seconds":10}
    "apply_progress" | "module.net[\"a\"].aws_subnet.x[0]: Still creating... [10s elapsed]" | {"action":"create","elapsed_seconds":10}
    "apply_progress" | "aws_vpc.old (deposed object deadbeef): Still destroying... [10s elapsed]" | {"action":"delete","deposed":"deadbeef","elapsed_seconds":10}
    "apply_progress" | "aws_vpc.main: Still modifying... [20s elapsed]" | {"action":"update","elapsed_seconds":20}
    "apply_progress" | "module.net[\"a\"].aws_subnet.x[0]: Still creating... [20s elapsed]" | {"action":"create","elapsed_seconds":20}
    "apply_complete" | "aws_vpc.main: Modifications complete after 1m5s [id=vpc-1]" | {"action":"update","id_key":"id","id_value":"vpc-1","elapsed_seconds":65}
    "log" | "Interrupt received. Waiting for 2 operations that are under way. Interrupt again to stop now; what is under way then is settled by the next run." | {}
    "apply_errored" | "module.net[\"a\"].aws_subnet.x[0]: Creation errored after 22s" | {"action":"create","elapsed_seconds":22}
    "apply_complete" | "aws_vpc.old (deposed object deadbeef): Destruction complete after 22s" | {"action":"delete","deposed":"deadbeef","elapsed_seconds":22}
    "log" | "aws_eip.y: it was created." | {}
    "#);
}

#[test]
fn a_message_has_the_fields_of_terraform_in_its_order() {
    let captured = Captured::default();
    let lines = messages::Lines {
        ui: ui_into(&captured, Styles::plain()),
        running: Mutex::new(Running::default()),
    };
    let address = address("module.m.terraform_data.f[\"k\"]");
    let action = Action::Create;
    let event = Event::OperationStarted { address: &address, deposed: None, action, id: None };
    lines.event_at(&event, Instant::now());
    let text = captured.text();
    let expected = r#"{"@level":"info","@message":"module.m.terraform_data.f[\"k\"]: Creating...","@module":"zw.ui","@timestamp":"1970-01-01T00:00:00.000000Z","hook":{"resource":{"addr":"module.m.terraform_data.f[\"k\"]","module":"module.m","resource":"terraform_data.f[\"k\"]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"f","resource_key":"k"},"action":"create"},"type":"apply_start"}"#;
    assert_eq!(text.lines().nth(1), Some(expected));
}

/// The event that a message of OpenTofu is about.
fn retell(message: &Json, told: &dyn Timed) {
    let hook = &message["hook"];
    let Some(address) = hook["resource"]["addr"].as_str().map(address) else { return };
    let id = hook["id_value"].as_str();
    let action = match hook["action"].as_str() {
        Some("create") => Action::Create,
        Some("update") => Action::Update,
        Some("delete") => Action::Delete,
        _ => Action::Read,
    };
    let elapsed = Duration::from_secs(hook["elapsed_seconds"].as_u64().unwrap_or_default());
    let deposed = None;
    let event = match message["type"].as_str() {
        Some("apply_start") => Event::OperationStarted { address: &address, deposed, action, id },
        Some("apply_complete") => {
            Event::OperationDone { address: &address, deposed, action, id, elapsed }
        }
        _ => return,
    };
    told.event_at(&event, Instant::now());
}

#[test]
fn messages_of_opentofu_about_applies_are_written_as_it_writes_them() {
    for scenario in scenarios() {
        let Some(messages) = scenario.json("apply.json") else { continue };
        let captured = Captured::default();
        let lines = messages::Lines {
            ui: ui_into(&captured, Styles::plain()),
            running: Mutex::new(Running::default()),
        };
        let expected: Vec<&Json> = messages
            .as_array()
            .unwrap()
            .iter()
            .filter(|message| message.get("hook").is_some())
            .collect();
        for message in &expected {
            retell(message, &lines);
        }
        let text = captured.text();
        let actual: Vec<Json> = text
            .lines()
            .map(|line| serde_json::from_str::<Json>(line).unwrap())
            .filter(|message| message["type"] != "version")
            .collect();
        assert_eq!(actual.len(), expected.len(), "{}", scenario.name);
        for (actual, expected) in actual.iter().zip(expected) {
            for key in ["@level", "@message", "hook", "type"] {
                assert_eq!(actual[key], expected[key], "{}: {key}", scenario.name);
            }
        }
    }
}

#[test]
fn on_a_terminal_what_runs_is_shown_below_what_is_done() {
    let screen = InMemoryTerm::new(40, 80);
    let start = Instant::now();
    let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
    let view = live::View::new(target, Styles::plain(), Outlook::default(), start);
    let at = |seconds: u64| start + Duration::from_secs(seconds);
    let addresses: Vec<InstanceAddr> =
        (0..12).map(|at| address(&format!("aws_subnet.a[{at}]"))).collect();
    view.event_at(&Event::ApplyStarted { total: 14 }, at(0));
    for (seconds, address) in (1..).zip(&addresses) {
        let action = Action::Create;
        let event = Event::OperationStarted { address, deposed: None, action, id: None };
        view.event_at(&event, at(seconds));
    }
    let done = |at: usize| Event::OperationDone {
        address: &addresses[at],
        deposed: None,
        action: Action::Create,
        id: Some("subnet-1"),
        elapsed: Duration::from_secs(14),
    };
    view.event_at(&done(0), at(15));
    let error = OpError::new(OpErrorKind::Other, "no");
    view.event_at(
        &Event::OperationFailed {
            address: &addresses[1],
            deposed: None,
            action: Action::Create,
            error: &error,
            elapsed: Duration::from_secs(13),
        },
        at(15),
    );
    view.tick(at(75));
    assert_snapshot!(screen.contents(), @r"
    aws_subnet.a[0]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[1]: Creation errored after 13s
    Applying [==>                 ] 2/14 1m15s, 10 under way, 1 failed, 2 waiting
      aws_subnet.a[2]: creating... 1m12s
      aws_subnet.a[3]: creating... 1m11s
      aws_subnet.a[4]: creating... 1m10s
      aws_subnet.a[5]: creating... 1m9s
      aws_subnet.a[6]: creating... 1m8s
      aws_subnet.a[7]: creating... 1m7s
      aws_subnet.a[8]: creating... 1m6s
      aws_subnet.a[9]: creating... 1m5s
      aws_subnet.a[10]: creating... 1m4s
      aws_subnet.a[11]: creating... 1m3s
    ");
    for at_index in 2..12 {
        view.event_at(&done(at_index), at(80));
    }
    view.tick(at(80));
    view.finish();
    assert_snapshot!(screen.contents(), @r"
    aws_subnet.a[0]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[1]: Creation errored after 13s
    aws_subnet.a[2]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[3]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[4]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[5]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[6]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[7]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[8]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[9]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[10]: Creation complete after 14s [id=subnet-1]
    aws_subnet.a[11]: Creation complete after 14s [id=subnet-1]
    ");
}

#[test]
fn a_great_many_events_cost_no_more_than_their_books() {
    let screen = InMemoryTerm::new(20, 72);
    let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
    let start = Instant::now();
    let view = live::View::new(target, Styles::plain(), Outlook::default(), start);
    let address = address("aws_vpc.main");
    view.event_at(&Event::RefreshStarted { total: 200_000 }, start);
    for _ in 0..200_000 {
        view.event_at(&Event::Refreshing { address: &address, id: None }, start);
        view.event_at(&Event::Refreshed { address: &address, id: None }, start);
    }
    view.tick(start);
    assert!(screen.contents().contains("200000/200000"), "{}", screen.contents());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_ticker_ends_with_the_observer() {
    let captured = Captured::default();
    let ui = ui_into(&captured, Styles::plain());
    let observer = observer(&ui, false);
    let address = address("aws_vpc.main");
    let action = Action::Create;
    observer.event(&Event::OperationStarted { address: &address, deposed: None, action, id: None });
    drop(observer);
    assert_eq!(captured.text(), "aws_vpc.main: Creating...\n");
}

fn slowed() -> Slowed {
    let lane = LaneKey {
        provider: "aws".into(),
        account: "123456789012".into(),
        region: "us-east-1".into(),
        service: "ec2".into(),
    };
    Slowed { lane, per_second: 12.4 }
}

#[test]
fn that_a_service_throttles_is_said_every_ten_seconds() {
    let (slowed, start) = (slowed(), Instant::now());
    let (text, json) = (Captured::default(), Captured::default());
    let plain = plain::Lines {
        ui: ui_into(&text, Styles::plain()),
        running: Mutex::new(Running::default()),
    };
    let messages = messages::Lines {
        ui: ui_into(&json, Styles::plain()),
        running: Mutex::new(Running::default()),
    };
    for seconds in 0..20 {
        let now = start + Duration::from_secs(seconds);
        plain.event_at(&Event::Slowed(&slowed), now);
        messages.event_at(&Event::Slowed(&slowed), now);
    }
    let line = "aws ec2 in us-east-1: Throttled; going on with 12 calls a second\n";
    assert_eq!(text.text(), line.repeat(2));
    let json = json.text();
    let said: Vec<Json> = json.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0]["type"], "api_throttled");
    assert_eq!(said[0]["throttled"]["service"], "ec2");
    assert_eq!(said[0]["throttled"]["calls_per_second"], 12.4);
}

#[test]
fn a_terminal_shows_for_a_while_that_a_service_throttles() {
    let screen = InMemoryTerm::new(20, 78);
    let start = Instant::now();
    let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
    let view = live::View::new(target, Styles::plain(), Outlook::default(), start);
    view.event_at(&Event::ApplyStarted { total: 3 }, start);
    view.event_at(&Event::Slowed(&slowed()), start);
    view.tick(start + Duration::from_secs(1));
    let text = "aws ec2 in us-east-1 throttles, 12/s";
    assert!(screen.contents().contains(text), "{}", screen.contents());
    view.tick(start + Duration::from_secs(8));
    assert!(!screen.contents().contains("throttles"), "{}", screen.contents());
}
