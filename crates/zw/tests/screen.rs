//! What is on a real terminal while something goes on.

#![cfg(unix)]

mod support;

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use support::Project;

const ROWS: u16 = 40;
const COLUMNS: u16 = 100;

/// How long a test waits for what should be on the screen in a moment.
const LONG: Duration = Duration::from_mins(1);

/// A terminal with a program that writes to it.
struct Terminal {
    screen: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    _process: rexpect::process::PtyProcess,
}

impl Terminal {
    fn start(project: &Project, args: &[&str]) -> Self {
        let zw = project.command(args);
        // A new terminal has no size until somebody gives it one.
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("stty rows {ROWS} cols {COLUMNS} && exec \"$0\" \"$@\""))
            .arg(zw.get_program())
            .args(zw.get_args())
            .current_dir(project.path())
            .env_clear()
            .envs(zw.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("TERM", "xterm")
            .stdin(Stdio::inherit());
        let process = rexpect::process::PtyProcess::new(command).expect("a terminal");
        let mut output = process.get_file_handle().expect("its other end");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { screen: vt100::Parser::new(ROWS, COLUMNS, 0), bytes, _process: process }
    }

    /// The screen once something is on it.
    fn wait_for(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let contents = self.screen.screen().contents();
            if wanted(&contents) {
                return contents;
            }
            assert!(began.elapsed() < LONG, "it does not come; there is:\n{contents}");
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(100)) {
                self.screen.process(&bytes);
            }
        }
    }

    /// The screen when the program has ended.
    fn end(mut self) -> String {
        while let Ok(bytes) = self.bytes.recv_timeout(LONG) {
            self.screen.process(&bytes);
        }
        self.screen.screen().contents()
    }
}

/// Networks in two regions, whose parts wait for one another.
const CONFIG: &str = r#"
locals {
  regions = toset(["eu-north-1", "eu-west-1"])
}

provider "aws" {
  alias    = "by_region"
  for_each = local.regions
  region   = each.key
  simulate = true
}

module "net" {
  source    = "./net"
  for_each  = local.regions
  providers = { aws = aws.by_region[each.key] }
}
"#;

const NET: &str = r#"
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "part" {
  count      = 8
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}
"#;

fn networks() -> Project {
    let project = Project::of(CONFIG);
    project.write("net/main.tf", NET);
    project
}

#[test]
fn a_terminal_shows_what_runs_what_waits_and_where() {
    let project = networks().env("ZW_SIM_LATENCY", "2");
    let mut terminal = Terminal::start(&project, &["apply", "-auto-approve"]);
    let parts = [
        "Applying [",
        "0/18",
        "2 under way, 16 waiting",
        "aws eu-north-1 0/9, 1 under way",
        "aws_vpc.main: creating...",
        "8 wait for it",
    ];
    let screen = terminal.wait_for(|screen| parts.iter().all(|part| screen.contains(part)));
    assert!(!screen.contains("left"), "nobody knows how long it takes:\n{screen}");
    let screen = terminal.end();
    assert!(screen.contains("18 added, 0 changed, 0 destroyed"), "{screen}");
    assert!(!screen.contains("Applying ["), "{screen}");
}

#[test]
fn what_it_took_before_says_how_long_it_will_take() {
    let project = networks().env("ZW_SIM_LATENCY", "2");
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["destroy", "-auto-approve"]);
    let mut terminal = Terminal::start(&project, &["apply", "-auto-approve"]);
    let screen = terminal.wait_for(|screen| screen.contains(" left"));
    assert!(screen.contains("about "), "{screen}");
    assert!(!screen.contains("at least"), "everything was done before:\n{screen}");
    let screen = terminal.end();
    assert!(screen.contains("18 added, 0 changed, 0 destroyed"), "{screen}");
}
