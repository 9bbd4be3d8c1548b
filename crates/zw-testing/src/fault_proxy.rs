//! A proxy that stands before an emulator and makes trouble as AWS does: `microburst`.

use serde_json::Value;

use crate::Emulator;
use crate::server::{Server, credentials};

const MICROBURST: &str = "
from microburst.cli import main
main(['--host', '127.0.0.1', '--port', sys.argv[1], '--upstream', sys.argv[2]])
";

/// A running `microburst`; it stops when this is dropped, and when the process ends, however it ends.
///
/// Without rules it passes on everything.
#[derive(Debug)]
pub struct FaultProxy {
    /// Its address.
    pub endpoint: String,
    server: Server,
}

impl FaultProxy {
    /// Starts a proxy before an emulator.
    pub fn before(emulator: &Emulator) -> Self {
        let server = Server::start("microburst", MICROBURST, &[&emulator.endpoint], &[]);
        Self { endpoint: server.endpoint.clone(), server }
    }

    /// Sets the rules, instead of those that there were. A rule has what it is for (`service`, `operation`,
    /// `region`, `resource`, `body` in `JMESPath`), how often (`sequence: {fail, pass}`, `times`, `probability`, `rate`), and what
    /// happens: `error: {code, status}`, `latency` and `timeout_ms`, `reset: true`, `response: {abort_frac}` after
    /// the emulator has done it, `request: {cut_upload}`. The first rule that fits a request is the one.
    pub fn set_rules(&self, rules: &Value) {
        self.server.ask("POST", "/_microburst/rules", &rules.to_string());
    }

    /// The last 2,000 faults, oldest first: objects with `service`, `operation`, `region`, `resource` and `action`.
    pub fn fired(&self) -> Vec<Value> {
        let answer = self.server.ask("GET", "/_microburst/fired?limit=2000", "");
        serde_json::from_str(&answer).expect("a list of faults")
    }

    /// How many requests came, how many of them met a fault, and how many went on to the emulator.
    pub fn counts(&self) -> FaultCounts {
        let answer = self.server.ask("GET", "/_microburst/stats", "");
        let stats: Value = serde_json::from_str(&answer).expect("statistics");
        let count = |name: &str| stats["requests"][name].as_u64().expect("a number");
        FaultCounts {
            total: count("total"),
            faulted: count("faulted"),
            forwarded: count("forwarded"),
        }
    }

    /// The environment in which a client of AWS talks to the emulator through this proxy.
    pub fn credentials(&self) -> [(&'static str, String); 4] {
        credentials(&self.endpoint)
    }
}

/// What became of requests. One that is only delayed has met a fault and went on, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultCounts {
    /// All that came.
    pub total: u64,
    /// Those that met a fault.
    pub faulted: u64,
    /// Those that the emulator got.
    pub forwarded: u64,
}
