//! Logs and traces: what they have, and that they have no secrets.

mod support;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value as Json;
use support::Project;
use zw_testing::{Emulator, Kind};

/// One at a time looks for a free port and takes it: an emulator has to let go of the one that it found for a moment.
static PORTS: Mutex<()> = Mutex::new(());

/// A collector of OpenTelemetry that keeps what it gets.
struct Collector {
    server: Arc<tiny_http::Server>,
    bodies: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Collector {
    fn new() -> Self {
        let _alone = PORTS.lock();
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").expect("a free port"));
        let bodies = Arc::<Mutex<Vec<String>>>::default();
        let (listening, keeping) = (server.clone(), bodies.clone());
        let thread = std::thread::spawn(move || {
            while let Ok(mut request) = listening.recv() {
                let mut body = String::new();
                request.as_reader().read_to_string(&mut body).expect("text");
                assert_eq!(request.url(), "/v1/traces");
                keeping.lock().expect("nobody panics").push(body);
                request.respond(tiny_http::Response::from_string("{}")).expect("it listens");
            }
        });
        Self { server, bodies, thread: Some(thread) }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    /// Everything that came, as text.
    fn text(&self) -> String {
        self.bodies.lock().expect("nobody panics").join("\n")
    }

    /// All spans that came, with their attributes as an object.
    fn spans(&self) -> Vec<Json> {
        let bodies = self.bodies.lock().expect("nobody panics");
        let mut spans = Vec::new();
        for body in bodies.iter() {
            let message: Json = serde_json::from_str(body).expect("JSON");
            for span in
                message["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans")
            {
                let mut span = span.clone();
                span["attributes"] = object(&span["attributes"]);
                spans.push(span);
            }
        }
        spans
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Attributes by name.
fn object(attributes: &Json) -> Json {
    let pairs = attributes.as_array().expect("a list").iter().map(|pair| {
        let value = pair["value"].as_object().and_then(|value| value.values().next());
        (pair["key"].as_str().expect("a key").to_owned(), value.cloned().unwrap_or_default())
    });
    pairs.collect::<serde_json::Map<_, _>>().into()
}

fn find<'s>(spans: &'s [Json], name: &str) -> &'s Json {
    let names: Vec<&Json> = spans.iter().map(|span| &span["name"]).collect();
    spans
        .iter()
        .find(|span| span["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {names:?}"))
}

const SIMULATED: &str = r#"
provider "aws" {
  region   = "eu-west-1"
  simulate = true
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}
"#;

#[test]
fn a_trace_has_a_span_for_each_operation() {
    let collector = Collector::new();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let project = Project::of(SIMULATED)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())
        .env("OTEL_RESOURCE_ATTRIBUTES", "team=infra")
        .env("TRACEPARENT", parent);
    project.ok(&["apply", "-auto-approve"]);
    let spans = collector.spans();
    let run = find(&spans, "zw apply");
    assert_eq!(run["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(run["parentSpanId"], "00f067aa0ba902b7");
    for address in ["aws_vpc.main", "aws_subnet.a"] {
        let span = find(&spans, &format!("create {address}"));
        assert_eq!(span["parentSpanId"], run["spanId"]);
        assert_eq!(span["attributes"]["address"], address);
        assert_eq!(span["attributes"]["region"], "eu-west-1");
        let provider = span["attributes"]["provider"].as_str().expect("text");
        assert!(provider.ends_with("hashicorp/aws\"]"), "{provider}");
        assert_eq!(span["status"]["code"], 1);
        let time =
            |name: &str| span[name].as_str().expect("text").parse::<u128>().expect("a number");
        assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"));
    }
    // The one waited for the other.
    let end = find(&spans, "create aws_vpc.main")["endTimeUnixNano"].as_str().map(str::to_owned);
    let start =
        find(&spans, "create aws_subnet.a")["startTimeUnixNano"].as_str().map(str::to_owned);
    assert!(end <= start, "{end:?} {start:?}");
    assert!(collector.text().contains(r#"{"key":"team","value":{"stringValue":"infra"}}"#));
}

#[test]
fn requests_and_their_ids_are_in_the_span_of_their_operation() {
    let started = {
        let _alone = PORTS.lock();
        Emulator::start(Kind::Moto)
    };
    let Some(emulator) = started else { return };
    let collector = Collector::new();
    let config = "provider \"aws\" {\n  region = \"us-west-2\"\n}\n\nresource \"aws_vpc\" \"main\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    let project =
        Project::of(config).on(&emulator).env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url());
    project.ok(&["apply", "-auto-approve"]);
    let spans = collector.spans();
    let span = find(&spans, "create aws_vpc.main");
    let events = span["events"].as_array().expect("events");
    let call = events
        .iter()
        .map(|event| object(&event["attributes"]))
        .find(|call| call["operation"] == "CreateVpc")
        .expect("the request is there");
    assert_eq!(call["service"], "ec2");
    assert_eq!(call["outcome"], "served");
    assert!(!call["request_id"].as_str().expect("an id").is_empty(), "{call}");
    assert_eq!(call["region"], span["attributes"]["region"]);
}

#[test]
fn a_log_file_has_a_line_of_json_for_what_is_done() {
    let project = Project::of(SIMULATED);
    let ran = project.ok(&["-log-file=zw.log", "apply", "-auto-approve"]);
    assert_eq!(ran.stderr, "");
    let lines: Vec<Json> = project
        .read("zw.log")
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let done = lines
        .iter()
        .find(|line| line["message"] == "operation done" && line["address"] == "aws_subnet.a");
    assert_eq!(done.expect("it is there")["action"], "create");
    #[cfg(unix)]
    {
        let file = std::fs::metadata(project.path().join("zw.log")).expect("it is there");
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    // It goes on where it ended.
    project.ok(&["-log-file=zw.log", "plan"]);
    assert!(project.read("zw.log").lines().count() > lines.len());
}

/// Secrets of all kinds, on all ways that lead to a log: a variable, what a provider makes up, what a provisioner prints,
/// and the messages of errors.
const SECRETS: &str = r#"
variable "password" {
  sensitive = true
}

variable "broken" {
  default = false
}

resource "random_password" "made_up" {
  length  = 24
  special = true
}

resource "local_file" "made_up" {
  filename = "${path.module}/made_up.txt"
  content  = random_password.made_up.result
}

resource "terraform_data" "a" {
  input = var.password

  provisioner "local-exec" {
    command = "echo ${self.input}"
  }
}

resource "local_sensitive_file" "broken" {
  count    = var.broken ? 1 : 0
  filename = "/dev/null/${var.password}/${random_password.made_up.result}"
  content  = "x"
}

output "password" {
  value     = random_password.made_up.result
  sensitive = true
}
"#;

const PLANTED: &str = "planted-Hunter2-\\\"quoted\\\"-ä";

#[test]
fn secrets_are_in_no_log_and_in_no_trace() {
    let collector = Collector::new();
    let planted = PLANTED.replace('\\', "");
    let project = Project::of(SECRETS)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=planted-header")
        .env("TF_VAR_password", &planted)
        .env("MY_TOKEN", "planted-token")
        .env("ZW_LOG", "trace");
    let mut printed = String::new();
    let mut run = |args: &[&str], code: i32| {
        let ran = project.zw(args);
        assert_eq!(ran.code, Some(code), "zw {args:?}\n{}\n{}", ran.stdout, ran.stderr);
        printed.push_str(&ran.stdout);
        // What is wrong is told to whoever runs it; the log is before it.
        printed.push_str(ran.stderr.split('╷').next().unwrap_or_default());
    };
    run(&["apply", "-auto-approve"], 0);
    run(&["-log-file=zw.log", "apply", "-auto-approve", "-var=broken=true"], 1);
    run(&["apply", "-auto-approve", "-var=broken=true"], 1);
    run(&["plan"], 0);
    run(&["drift"], 0);
    let log = project.read("zw.log");
    let trace = collector.text();
    // They were not merely left out: what they stand in is there.
    for (name, text) in [("log file", &log), ("standard error", &printed), ("trace", &trace)] {
        assert!(text.contains("local_sensitive_file.broken"), "the {name} has no failure");
        assert!(text.contains("(sensitive value)"), "the {name} hides nothing:\n{text}");
    }
    let made_up = project.read("made_up.txt");
    let json = Json::from(made_up.as_str()).to_string();
    let secrets = [
        planted.as_str(),
        "Hunter2",
        "planted-token",
        "planted-header",
        made_up.as_str(),
        json.trim_matches('"'),
    ];
    for secret in secrets {
        for (name, text) in [("log file", &log), ("output", &printed), ("trace", &trace)] {
            assert!(!text.contains(secret), "the {name} has {secret:?}:\n{text}");
        }
    }
}

#[test]
fn what_cannot_be_logged_is_said() {
    let project = Project::of(SIMULATED).env("ZW_LOG", "hyper=trace");
    let ran = project.zw(&["plan"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("ZW_LOG=\"hyper=trace\" says nothing that can be logged"),
        "{}",
        ran.stderr
    );
    let project = Project::of(SIMULATED);
    let ran = project.zw(&["-log-file=missing/zw.log", "plan"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("The log file missing/zw.log cannot be written"), "{}", ran.stderr);
}

#[test]
fn a_collector_that_is_not_there_stops_nobody() {
    // Nobody has the port of the discard protocol.
    let project = Project::of(SIMULATED).env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("Apply complete! Resources: 2 added"), "{}", ran.stdout);
    assert!(ran.stderr.contains("Not all traces were sent"), "{}", ran.stderr);
}
