//! Emulators of AWS that nobody here wrote, on free loopback ports.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::server::{Server, credentials};

/// Which emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `moto`, in server mode.
    Moto,
    /// `ministack`.
    Ministack,
    /// `tests/emulators/model.py`: no emulator, but what checks requests against the services' models and answers as
    /// it is told.
    Model,
}

/// A running emulator; it stops when this is dropped, and when the process ends, however it ends.
#[derive(Debug)]
pub struct Emulator {
    /// Its address.
    pub endpoint: String,
    server: Server,
    /// Where moto writes down its requests.
    recordings: TempDir,
}

const MOTO: &str = "
from moto.server import main
main(['-H', '127.0.0.1', '-p', sys.argv[1]])
";

const MINISTACK: &str = "
from ministack.app import main
sys.argv = ['ministack']
main()
";

const MODEL: &str = "
import runpy
runpy.run_path(sys.argv[2], run_name='__main__')
";

impl Emulator {
    /// Starts an emulator; `None`, and a word about it, if there is no Python that has it.
    pub fn start(kind: Kind) -> Option<Self> {
        if python().is_none() {
            println!("skipped: the emulators are not set up; run `cargo xtask emulators`");
            return None;
        }
        let (name, script) = match kind {
            Kind::Moto => ("moto", MOTO),
            Kind::Ministack => ("ministack", MINISTACK),
            Kind::Model => ("model.py", MODEL),
        };
        let recordings = TempDir::new().expect("a directory for recordings");
        let recording = recordings.path().join("requests").display().to_string();
        let env = [
            ("MOTO_IAM_LOAD_MANAGED_POLICIES", "true"),
            ("MOTO_ENABLE_AMI_VALIDATION", "true"),
            ("MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION", "true"),
            ("MOTO_RECORDER_FILEPATH", &recording),
            ("BIND_HOST", "127.0.0.1"),
        ];
        let model = workspace().join("tests/emulators/model.py").display().to_string();
        let server = Server::start(name, script, &[&model], &env);
        Some(Self { endpoint: server.endpoint.clone(), server, recordings })
    }

    /// What boto3 says exists, or has done: the arguments and output of `tests/emulators/witness.py`.
    pub fn witness(&self, region: &str, args: &[&str]) -> serde_json::Value {
        let mut given = vec!["--endpoint", &self.endpoint, "--region", region];
        given.extend(args);
        self.run("witness.py", &given)
    }

    /// Makes a bucket of S3.
    pub fn create_bucket(&self, name: &str) {
        self.server.ask("PUT", &format!("/{name}"), "");
    }

    /// Empties moto: what exists afterwards is what an account begins with.
    pub fn reset(&self) {
        self.server.ask("POST", "/moto-api/reset", "");
    }

    /// Has moto check, from now on, whose each request is and whether they are allowed to make it; or no longer.
    pub fn check_permissions(&self, checks: bool) {
        // How many requests it lets pass before it begins.
        let unchecked = if checks { "0" } else { "inf" };
        self.server.ask("POST", "/moto-api/reset-auth", unchecked);
    }

    /// Waits until it has done what it was asked, whoever still listens: until it takes no more time of the processor.
    pub fn wait_until_idle(&self) {
        let (mut before, mut quiet) = (self.server.ticks(), 0);
        while quiet < 3 {
            std::thread::sleep(Duration::from_millis(300));
            let now = self.server.ticks();
            // It looks around now and then, even if nothing is to be done.
            quiet = if now <= before + 1 { quiet + 1 } else { 0 };
            before = now;
        }
    }

    /// Has moto write down, from now on, what it is asked; what it wrote down before is forgotten.
    pub fn record(&self) {
        self.server.ask("POST", "/moto-api/recorder/reset-recording", "");
        self.server.ask("POST", "/moto-api/recorder/start-recording", "");
    }

    /// What moto was asked since [`Self::record`], as botocore understands it: a list of objects with `service`,
    /// `operation`, `region` and `parameters`. The output of `tests/emulators/recorded.py`.
    pub fn recorded(&self) -> Vec<serde_json::Value> {
        let recording = self.recordings.path().join("requests").display().to_string();
        let requests = self.run("recorded.py", &[&recording]);
        requests.as_array().expect("a list of requests").clone()
    }

    /// Tells [`Kind::Model`] what to answer to requests that are signed with an access key.
    pub fn tell(&self, script: &serde_json::Value) {
        self.server.ask("POST", "/-/script", &script.to_string());
    }

    /// What [`Kind::Model`] was asked with an access key.
    pub fn asked(&self, access_key: &str) -> Vec<serde_json::Value> {
        let answer = self.server.ask("GET", &format!("/-/calls?key={access_key}"), "");
        serde_json::from_str(&answer).expect("the calls are JSON")
    }

    fn run(&self, script: &str, args: &[&str]) -> serde_json::Value {
        let python = python().expect("the emulator runs, so there is a Python");
        let output = Command::new(python)
            .arg(workspace().join("tests/emulators").join(script))
            .args(args)
            .envs(self.credentials())
            .output()
            .expect("the witness can be started");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{script} fails: {stdout}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_str(&stdout).expect("the witness answers in JSON")
    }

    /// The environment in which a client of AWS talks to this emulator.
    pub fn credentials(&self) -> [(&'static str, String); 4] {
        credentials(&self.endpoint)
    }
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
