//! boto3, called again and again by one process: starting Python for every call would take most of a test's time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value as Json, json};

use crate::emulator::{Emulator, python, workspace};

/// A running `tests/emulators/caller.py`; it stops when this is dropped.
#[derive(Debug)]
pub struct Caller {
    process: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

/// What a call was answered with.
#[derive(Clone, Debug)]
pub enum Said {
    /// The whole answer, and what was taken from it.
    Answer {
        /// The answer.
        answer: Json,
        /// The values of the expressions that were asked for.
        taken: Json,
    },
    /// The service refused.
    Error(String),
}

impl Caller {
    /// Starts one for an emulator.
    pub fn start(emulator: &Emulator, region: &str) -> Self {
        let python = python().expect("the emulator runs, so there is a Python");
        let mut process = Command::new(python)
            .arg(workspace().join("tests/emulators/caller.py"))
            .args(["--endpoint", &emulator.endpoint, "--region", region])
            .envs(emulator.credentials())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the caller can be started");
        let stdin = process.stdin.take().expect("its input is a pipe");
        let stdout = process.stdout.take().expect("its output is a pipe");
        Self { process, pipes: Mutex::new((stdin, BufReader::new(stdout))) }
    }

    /// Makes a call, as `sqs:get_queue_url`. `take` are `JMESPath` expressions.
    pub fn call(&self, call: &str, arguments: &Json, take: &[String]) -> Said {
        self.say(call, &json!({ "call": call, "with": arguments, "take": take }))
    }

    /// Makes a call in another region.
    pub fn call_in(&self, region: &str, call: &str, take: &[String]) -> Said {
        self.say(call, &json!({ "call": call, "region": region, "take": take }))
    }

    fn say(&self, call: &str, request: &Json) -> Said {
        let mut pipes = self.pipes.lock().expect("no call panics half-way");
        writeln!(pipes.0, "{request}").expect("the caller reads");
        let mut line = String::new();
        pipes.1.read_line(&mut line).expect("the caller writes");
        let mut said: Json = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{call} by {request}: {error}: {line:?}"));
        match said.get("error").and_then(Json::as_str) {
            Some(error) => Said::Error(error.to_owned()),
            None => Said::Answer { answer: said["answer"].take(), taken: said["taken"].take() },
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
