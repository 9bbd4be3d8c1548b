//! A moto server for the tests of this process, stopped when the last of them is done.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// Serves until its standard input ends, which it does when this process does, however that comes about.
const SERVER: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(['-H', '127.0.0.1', '-p', sys.argv[1]])
";

static SHARED: Mutex<Weak<Emulator>> = Mutex::new(Weak::new());

/// A running server.
pub(crate) struct Emulator {
    /// Its address.
    pub(crate) endpoint: String,
    server: Child,
}

impl Emulator {
    /// The server of this process; `None`, and a word about it, if there is no Python with moto.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().expect("no test panics while it starts the server");
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let Some(python) = python() else {
            println!(
                "skipped: there is no target/emulators/bin/python and ZW_EMULATOR_PYTHON is not set"
            );
            return None;
        };
        let started = Arc::new(Self::start(&python));
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    fn start(python: &PathBuf) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a loopback port is free")
            .port();
        let server = Command::new(python)
            .args(["-c", SERVER, &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .env("MOTO_ENABLE_AMI_VALIDATION", "true")
            .env("MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the emulator's Python can be started");
        let mut emulator = Self { endpoint: format!("http://127.0.0.1:{port}"), server };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline
                || emulator.server.try_wait().is_ok_and(|end| end.is_some())
            {
                panic!("moto does not start: {}", emulator.complaint());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        // Nobody reads its log any more; an unread pipe would stop it once full.
        let stderr = emulator.server.stderr.take();
        std::thread::spawn(move || {
            stderr.map(|mut log| std::io::copy(&mut log, &mut std::io::sink()))
        });
        emulator
    }

    fn complaint(&mut self) -> String {
        let _ = self.server.kill();
        let mut text = String::new();
        if let Some(stderr) = &mut self.server.stderr {
            let _ = stderr.read_to_string(&mut text);
        }
        text
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn python() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("ZW_EMULATOR_PYTHON") {
        return Some(python.into());
    }
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    Some(workspace.join("target/emulators/bin/python")).filter(|python| python.exists())
}
