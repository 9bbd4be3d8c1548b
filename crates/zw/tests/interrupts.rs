//! Interrupts: by signals, and by the key on a terminal. The simulated cloud takes its time.

#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use support::Project;

const CHAIN: &str = r#"
provider "aws" {
  region   = "us-east-1"
  simulate = true
}

resource "aws_vpc" "first" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "second" {
  vpc_id     = aws_vpc.first.id
  cidr_block = "10.0.1.0/24"
}
"#;

/// An apply whose output is read while it goes on.
struct Going {
    program: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: String,
}

impl Going {
    fn start(project: &Project) -> Self {
        let mut command = project.command(&["apply", "-auto-approve"]);
        let program = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut program = program.expect("zw can be started");
        let stdout = program.stdout.take().expect("it is a pipe");
        Self { program, lines: BufReader::new(stdout).lines(), said: String::new() }
    }

    /// Reads on until it says this.
    fn until(&mut self, wanted: &str) {
        for line in self.lines.by_ref() {
            let line = line.expect("it writes text");
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(wanted) {
                return;
            }
        }
        panic!("it never says {wanted:?}:\n{}", self.said);
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.program.id().to_string()])
            .status();
        assert!(sent.expect("there is a kill").success());
    }

    /// What it says until its end, and the exit code.
    fn end(mut self) -> (String, Option<i32>) {
        for line in self.lines.by_ref() {
            self.said.push_str(&line.expect("it writes text"));
            self.said.push('\n');
        }
        (self.said, self.program.wait().expect("it ends").code())
    }
}

/// A project in a cloud that is this many times as slow as the real one, in which a VPC takes two seconds.
fn slow(times: u32) -> Project {
    Project::of(CHAIN).env("ZW_SIM_LATENCY", &times.to_string())
}

/// An apply without delays ends well, and leaves nothing to be done.
fn assert_completed(project: Project) -> String {
    let project = project.env("ZW_SIM_LATENCY", "0");
    let ran = project.ok(&["apply", "-auto-approve"]);
    let plan = project.zw(&["plan", "-detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "{}{}", plan.stdout, plan.stderr);
    ran.stdout
}

#[test]
fn one_signal_lets_what_is_under_way_end_and_begins_nothing_more() {
    for signal in ["INT", "TERM"] {
        let project = slow(2);
        let mut going = Going::start(&project);
        going.until("aws_vpc.first: Creating...");
        going.signal(signal);
        let (said, code) = going.end();
        assert_eq!(code, Some(1), "{said}");
        for wanted in [
            "Interrupt received. Waiting for 1 operation",
            "aws_vpc.first: Creation complete",
            "Apply stopped. Resources: 1 added",
            "1 more operation was not tried, because you asked to stop:\n  - aws_subnet.second",
        ] {
            assert!(said.contains(wanted), "{wanted:?}: {said}");
        }
        assert_eq!(project.ok(&["state", "list"]).stdout, "aws_vpc.first\n");
        assert!(assert_completed(project).contains("1 added, 0 changed, 0 destroyed"));
    }
}

#[test]
fn two_signals_stop_at_once_and_the_next_apply_knows_what_was_under_way() {
    for (signal, wanted) in [("INT", 130), ("TERM", 143)] {
        // Nobody waits for a VPC that takes an hour.
        let project = slow(1800);
        let mut going = Going::start(&project);
        going.until("aws_vpc.first: Creating...");
        going.signal(signal);
        going.until("Interrupt received.");
        going.signal(signal);
        let (said, code) = going.end();
        assert_eq!(code, Some(wanted), "{said}");
        assert!(said.contains("stopped at once. What was under way is in the journal"), "{said}");
        let said = assert_completed(project);
        let found = "aws_vpc.first: its creation was cut off, but it exists, and has been taken into the state.";
        assert!(said.contains(found), "{said}");
    }
}

#[test]
fn a_plan_is_stopped_at_once() {
    let project = slow(2);
    project.ok(&["apply", "-auto-approve"]);
    let project = project.env("ZW_SIM_LATENCY", "18000");
    // Reading takes an hour.
    let mut plan = project.spawn(&["plan"]);
    std::thread::sleep(Duration::from_millis(500));
    let sent = Command::new("kill").args(["-INT", &plan.id().to_string()]).status();
    assert!(sent.expect("there is a kill").success());
    let ended = plan.wait().expect("it ends");
    assert!(!ended.success(), "{ended}");
}

#[test]
fn the_key_for_it_does_the_same_on_a_terminal() {
    let project = slow(2);
    let command = {
        let mut command = project.command(&["apply", "-auto-approve"]);
        command.stdin(Stdio::inherit()).env("TERM", "xterm");
        command
    };
    let mut terminal = rexpect::session::spawn_command(command, Some(60_000)).expect("a terminal");
    terminal.exp_string("aws_vpc.first").expect("it is said that it is planned");
    terminal.exp_string("Applying").expect("it begins");
    let began = Instant::now();
    terminal.send_control('c').expect("the key is pressed");
    terminal.exp_string("Interrupt received").expect("it says so");
    terminal.exp_string("Apply stopped").expect("it ends");
    terminal.exp_eof().expect("it ends");
    assert!(began.elapsed() < Duration::from_mins(1));
    assert_completed(project);
}
