//! A server of Terraform's HTTP protocol for states, as its documentation describes it.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/http>

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::Value;
use tiny_http::{Header, Request, Response, Server};

/// A running server with one state; it stops when this is dropped.
pub struct TerraformHttp {
    /// The address of the state, and of its lock.
    pub address: String,
    kept: Arc<Mutex<Kept>>,
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Kept {
    state: Option<String>,
    lock: Option<String>,
    writes: usize,
    /// What the header `Authorization` must be, if there is a user.
    authorization: Option<String>,
    /// Writes from now on that fail.
    failures: usize,
}

impl TerraformHttp {
    /// Starts one without a state.
    pub fn start() -> Self {
        let server = Server::http("127.0.0.1:0").expect("a loopback port is free");
        let port = server.server_addr().to_ip().expect("it listens on an address").port();
        let server = Arc::new(server);
        let kept = Arc::new(Mutex::new(Kept::default()));
        let thread = std::thread::spawn({
            let (server, kept) = (server.clone(), kept.clone());
            move || {
                for request in server.incoming_requests() {
                    answer(request, &mut locked(&kept));
                }
            }
        });
        let address = format!("http://127.0.0.1:{port}/state");
        Self { address, kept, server, thread: Some(thread) }
    }

    /// Lets only one user in from now on, by the value of the header `Authorization`.
    pub fn require(&self, authorization: &str) {
        locked(&self.kept).authorization = Some(authorization.to_owned());
    }

    /// The document.
    pub fn state(&self) -> Option<Value> {
        let kept = locked(&self.kept);
        kept.state.as_ref().map(|text| serde_json::from_str(text).expect("the state is JSON"))
    }

    /// Puts another document in its place.
    pub fn put(&self, document: &Value) {
        locked(&self.kept).state = Some(document.to_string());
    }

    /// Who holds the lock, in the words of whoever does.
    pub fn lock(&self) -> Option<Value> {
        let kept = locked(&self.kept);
        kept.lock.as_ref().map(|text| serde_json::from_str(text).expect("the lock is JSON"))
    }

    /// How often the state was written.
    pub fn writes(&self) -> usize {
        locked(&self.kept).writes
    }

    /// Has the next writes fail with an error of the server.
    pub fn fail(&self, writes: usize) {
        locked(&self.kept).failures = writes;
    }
}

impl Drop for TerraformHttp {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has failed the test already.
            let _ = thread.join();
        }
    }
}

fn locked(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(mut request: Request, kept: &mut Kept) {
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body).expect("requests are texts");
    let header = |name: &'static str| {
        let found = request.headers().iter().find(|header| header.field.equiv(name));
        found.map(|header| header.value.as_str().to_owned())
    };
    let (path, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
    let (status, text) = if path != "/state" {
        (404, "no such state".to_owned())
    } else if kept.authorization.is_some() && kept.authorization != header("Authorization") {
        (401, "who are you?".to_owned())
    } else {
        match request.method().as_str() {
            "GET" => kept.state.clone().map_or((204, String::new()), |state| (200, state)),
            "POST" => write(kept, query, body, header("Content-MD5").is_some()),
            "DELETE" => {
                kept.state = None;
                (200, String::new())
            }
            "LOCK" => lock(kept, body),
            "UNLOCK" => unlock(kept, &body),
            _ => (405, String::new()),
        }
    };
    let json = Header::from_bytes("Content-Type", "application/json").expect("a header");
    // Whoever asked may be gone.
    let _ = request.respond(Response::from_string(text).with_status_code(status).with_header(json));
}

fn write(kept: &mut Kept, query: &str, body: String, is_checked: bool) -> (u16, String) {
    if kept.failures > 0 {
        kept.failures -= 1;
        return (500, "not now".to_owned());
    }
    if !is_checked {
        return (400, "Content-MD5 is missing".to_owned());
    }
    let given = query.split('&').find_map(|pair| pair.strip_prefix("ID="));
    if given.map(str::to_owned) != kept.lock.as_deref().map(id) {
        return (409, kept.lock.clone().unwrap_or_default());
    }
    kept.state = Some(body);
    kept.writes += 1;
    (200, String::new())
}

fn lock(kept: &mut Kept, body: String) -> (u16, String) {
    if let Some(other) = &kept.lock {
        return (423, other.clone());
    }
    kept.lock = Some(body);
    (200, String::new())
}

fn unlock(kept: &mut Kept, body: &str) -> (u16, String) {
    match &kept.lock {
        // Without a body, whoever holds it: that is what `terraform force-unlock` of old asked for.
        Some(lock) if body.is_empty() || id(lock) == id(body) => {
            kept.lock = None;
            (200, String::new())
        }
        Some(lock) => (409, lock.clone()),
        None => (404, "it is not locked".to_owned()),
    }
}

fn id(lock: &str) -> String {
    let lock: Value = serde_json::from_str(lock).unwrap_or_default();
    lock["ID"].as_str().unwrap_or_default().to_owned()
}
