//! Servers, each on a free loopback port.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a server may take to listen.
const START_MAX: Duration = Duration::from_secs(90);
/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_mins(1);

/// Serves until its standard input ends, which it does with the process that started it.
const UNTIL_INPUT_ENDS: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
";

/// A running server; it stops when this is dropped, and when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its address.
    pub(crate) endpoint: String,
    process: Child,
    /// Lines of its output.
    said: Mutex<Receiver<String>>,
}

impl Server {
    /// Starts a script that serves at the port that its first argument says, and waits until it listens.
    pub(crate) fn start(name: &str, script: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let port = free_port();
        let python = crate::python().expect("whoever starts a server has looked for Python");
        let mut command = Command::new(python);
        command
            .args(["-c", &format!("{UNTIL_INPUT_ENDS}{script}"), &port.to_string()])
            .args(args)
            .env("GATEWAY_PORT", port.to_string())
            .envs(env.iter().copied());
        Self::run(name, port, &mut command)
    }

    /// Starts a program that serves at a port and stops when its standard input ends, and waits until it listens.
    pub(crate) fn run(name: &str, port: u16, command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program of a server can be started");
        let (saying, said) = std::sync::mpsc::channel();
        if let Some(output) = process.stdout.take() {
            std::thread::spawn(move || {
                // Whether anybody listens or not: an unread pipe would stop it once full.
                BufReader::new(output)
                    .lines()
                    .map_while(Result::ok)
                    .for_each(|line| drop(saying.send(line)));
            });
        }
        let said = Mutex::new(said);
        let mut server = Self { endpoint: format!("http://127.0.0.1:{port}"), process, said };
        server.wait(name, port);
        server
    }

    fn wait(&mut self, name: &str, port: u16) {
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let is_dead = self.process.try_wait().is_ok_and(|end| end.is_some());
            assert!(
                !is_dead && Instant::now() < deadline,
                "{name} does not start: {}",
                self.complaint()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        // Nobody reads its log any more; an unread pipe would stop it once full.
        if let Some(mut log) = self.process.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        }
    }

    /// Waits until it says a line; false if it ends without that.
    pub(crate) fn says(&self, line: &str) -> bool {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|said| said == line)
    }

    fn complaint(&mut self) -> String {
        let _ = self.process.kill();
        let mut text = String::new();
        if let Some(stderr) = &mut self.process.stderr {
            let _ = stderr.read_to_string(&mut text);
        }
        text
    }

    /// How much time of the processor it has taken, in hundredths of a second; always 0 where there is no `/proc`.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        let stat = stat.unwrap_or_default();
        // After the name, which may have spaces: the eleventh and the twelfth.
        let after = stat.rsplit(')').next().unwrap_or_default();
        let fields = after.split_whitespace().skip(11).take(2);
        fields.filter_map(|field| field.parse::<u64>().ok()).sum()
    }

    /// What it answers to a request, which must succeed.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(ANSWER_MAX)).expect("a time limit that is not zero");
        // HTTP 1.0: the answer ends where the connection does, and comes in one piece.
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("the server takes requests");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        assert!(status.starts_with('2'), "{method} {path}: {answer}");
        body.to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a loopback port is free")
        .port()
}

/// The environment in which a client of AWS talks to an endpoint.
pub(crate) fn credentials(endpoint: &str) -> [(&'static str, String); 4] {
    [
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}
