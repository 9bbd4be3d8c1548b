//! Emulators of AWS that nobody here wrote, on free loopback ports.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long an emulator may take to listen.
const START_MAX: Duration = Duration::from_secs(90);

/// Which emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `moto`, in server mode.
    Moto,
    /// `ministack`.
    Ministack,
}

/// A running emulator; it stops when this is dropped, and when the process ends, however it ends.
#[derive(Debug)]
pub struct Emulator {
    /// Its address.
    pub endpoint: String,
    server: Child,
}

/// Serves until its standard input ends, which it does with the process that started it.
const UNTIL_INPUT_ENDS: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
";

const MOTO: &str = "
from moto.server import main
main(['-H', '127.0.0.1', '-p', sys.argv[1]])
";

const MINISTACK: &str = "
from ministack.app import main
sys.argv = ['ministack']
main()
";

impl Emulator {
    /// Starts an emulator; `None`, and a word about it, if there is no Python that has it.
    pub fn start(kind: Kind) -> Option<Self> {
        let Some(python) = python() else {
            println!("skipped: the emulators are not set up; run `cargo xtask emulators`");
            return None;
        };
        let port = free_port();
        let script = match kind {
            Kind::Moto => MOTO,
            Kind::Ministack => MINISTACK,
        };
        let server = Command::new(python)
            .args(["-c", &format!("{UNTIL_INPUT_ENDS}{script}"), &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .env("MOTO_ENABLE_AMI_VALIDATION", "true")
            .env("MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the emulator's Python can be started");
        let mut emulator = Self { endpoint: format!("http://127.0.0.1:{port}"), server };
        emulator.wait(kind, port);
        Some(emulator)
    }

    fn wait(&mut self, kind: Kind, port: u16) {
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let is_dead = self.server.try_wait().is_ok_and(|end| end.is_some());
            assert!(
                !is_dead && Instant::now() < deadline,
                "{kind:?} does not start: {}",
                self.complaint()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        // Nobody reads its log any more; an unread pipe would stop it once full.
        if let Some(mut log) = self.server.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        }
    }

    fn complaint(&mut self) -> String {
        let _ = self.server.kill();
        let mut text = String::new();
        if let Some(stderr) = &mut self.server.stderr {
            let _ = stderr.read_to_string(&mut text);
        }
        text
    }

    /// What boto3 says exists, or has done: the arguments and output of `tests/emulators/witness.py`.
    pub fn witness(&self, region: &str, args: &[&str]) -> serde_json::Value {
        let python = python().expect("the emulator runs, so there is a Python");
        let output = Command::new(python)
            .arg(workspace().join("tests/emulators/witness.py"))
            .args(["--endpoint", &self.endpoint, "--region", region])
            .args(args)
            .envs(self.credentials())
            .output()
            .expect("the witness can be started");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "the witness fails: {stdout}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_str(&stdout).expect("the witness answers in JSON")
    }

    /// The environment in which a client of AWS talks to this emulator.
    pub fn credentials(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a loopback port is free")
        .port()
}

/// The root of the repository.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Python that has the emulators, if they are set up.
pub fn python() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("ZW_EMULATOR_PYTHON") {
        return Some(python.into());
    }
    Some(workspace().join("target/emulators/bin/python")).filter(|python| python.exists())
}
