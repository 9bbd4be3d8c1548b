//! Spans for a collector of OpenTelemetry: its protocol over HTTP, in JSON.
//!
//! The crates of OpenTelemetry bring a gRPC stack and generated code for all of the protocol; of it, this needs one
//! message. A thread sends spans while the run goes on, so that a long one holds few of them in memory.
//!
//! Source: "OTLP Specification 1.9.0", OTLP/HTTP with JSON Protobuf encoding.

mod layer;
mod message;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) use layer::Spans;
use message::{Batch, Parent, Span};

use crate::secrets::Secrets;

/// How long a collector may take to answer, unless the environment says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Spans in one message.
const BATCH_MAX: usize = 512;

/// Where spans go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    headers: Vec<(String, String)>,
    timeout: Duration,
    /// Attributes of the process.
    resource: Vec<(String, String)>,
}

/// What the variables of OpenTelemetry say.
///
/// Source: "OpenTelemetry Environment Variable Specification" and "OpenTelemetry Protocol Exporter".
#[derive(Debug, Default)]
pub(crate) struct Settings {
    base: Option<String>,
    traces: Option<String>,
    headers: Vec<(String, String)>,
    timeout: Option<Duration>,
    service: Option<String>,
    resource: Vec<(String, String)>,
    is_disabled: bool,
}

impl Settings {
    pub(crate) fn set(&mut self, name: &str, value: String) {
        match name {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => self.base = Some(value),
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => self.traces = Some(value),
            "OTEL_EXPORTER_OTLP_HEADERS" | "OTEL_EXPORTER_OTLP_TRACES_HEADERS" => {
                self.headers.extend(pairs(&value));
            }
            "OTEL_EXPORTER_OTLP_TIMEOUT" | "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT" => {
                self.timeout = value.parse().ok().map(Duration::from_millis);
            }
            "OTEL_SERVICE_NAME" => self.service = Some(value),
            "OTEL_RESOURCE_ATTRIBUTES" => self.resource.extend(pairs(&value)),
            "OTEL_SDK_DISABLED" => self.is_disabled = value.eq_ignore_ascii_case("true"),
            "OTEL_TRACES_EXPORTER" => self.is_disabled |= value == "none",
            _ => {}
        }
    }

    /// Tokens in headers.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        self.headers.iter().map(|(_, value)| value.clone())
    }

    /// Where spans go, if they go anywhere.
    pub(crate) fn endpoint(self) -> Option<Endpoint> {
        if self.is_disabled {
            return None;
        }
        let base = self.base.map(|base| format!("{}/v1/traces", base.trim_end_matches('/')));
        let url = self.traces.or(base)?;
        let mut resource = self.resource;
        resource.retain(|(name, _)| name != "service.name" || self.service.is_none());
        if !resource.iter().any(|(name, _)| name == "service.name") {
            let name = self.service.unwrap_or_else(|| "zw".to_owned());
            resource.push(("service.name".to_owned(), name));
        }
        resource.push(("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        Some(Endpoint { url, headers: self.headers, timeout, resource })
    }
}

/// `a=1,b=2`, with values as in URLs.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), decoded(value.trim()))).collect()
}

fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let code = |bytes: &std::str::Bytes<'_>| {
            let digits: Vec<u8> = bytes.clone().take(2).collect();
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
        };
        match (byte, code(&bytes)) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                bytes.nth(1);
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Sends spans until it is finished.
#[derive(Debug)]
pub(crate) struct Exporter {
    sender: Sender<Option<Span>>,
    thread: JoinHandle<Result<(), String>>,
}

/// Begins to send: a layer that takes note of spans, and what sends them.
///
/// # Errors
/// In a sentence, if there is no randomness or no thread to be had.
pub(crate) fn start(
    endpoint: Endpoint,
    parent: Option<&str>,
    secrets: Secrets,
) -> Result<(Spans, Exporter), String> {
    let parent = match parent.and_then(Parent::parse) {
        Some(parent) => parent,
        None => Parent::root()?,
    };
    let (sender, receiver) = channel();
    let spans = Spans::new(parent, sender.clone(), secrets);
    let thread = std::thread::Builder::new()
        .name("traces".to_owned())
        .spawn(move || send_all(&endpoint, &receiver))
        .map_err(|error| format!("Traces cannot be sent: {error}."))?;
    Ok((spans, Exporter { sender, thread }))
}

impl Exporter {
    /// Sends the rest.
    pub(crate) fn finish(self) -> Result<(), String> {
        // The layer lives as long as the process, so the end of its spans is said.
        let _ = self.sender.send(None);
        self.thread
            .join()
            .unwrap_or_else(|_| Err("Sending traces stopped unexpectedly.".to_owned()))
    }
}

fn send_all(endpoint: &Endpoint, spans: &Receiver<Option<Span>>) -> Result<(), String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(endpoint.timeout))
        .tls_config(
            ureq::tls::TlsConfig::builder()
                .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                .build(),
        )
        .build()
        .into();
    let mut batch = Vec::new();
    loop {
        let span = spans.recv().ok().flatten();
        let is_end = span.is_none();
        batch.extend(span);
        if batch.len() >= BATCH_MAX || (is_end && !batch.is_empty()) {
            // A collector that does not answer is not asked to its timeout again and again.
            send(&agent, endpoint, &std::mem::take(&mut batch))?;
        }
        if is_end {
            return Ok(());
        }
    }
}

fn send(agent: &ureq::Agent, endpoint: &Endpoint, spans: &[Span]) -> Result<(), String> {
    let body = Batch { resource: &endpoint.resource, spans }.to_json();
    let mut request = agent.post(&endpoint.url).header("Content-Type", "application/json");
    for (name, value) in &endpoint.headers {
        request = request.header(name, value);
    }
    match request.send(body.to_string()) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("Traces could not be sent to {}: {error}.", endpoint.url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(pairs: &[(&str, &str)]) -> Option<Endpoint> {
        let mut settings = Settings::default();
        for (name, value) in pairs {
            settings.set(name, (*value).to_owned());
        }
        settings.endpoint()
    }

    #[test]
    fn the_variables_of_opentelemetry_are_understood() {
        assert_eq!(endpoint(&[]), None);
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
        assert_eq!(endpoint(&[base, ("OTEL_SDK_DISABLED", "true")]), None);
        let found = endpoint(&[
            base,
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b,x=y=z"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=no,team=infra"),
            ("OTEL_SERVICE_NAME", "estate"),
        ]);
        let found = found.unwrap();
        assert_eq!(found.url, "http://collector:4318/v1/traces");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(found.headers, [pair("api-key", "a b"), pair("x", "y=z")]);
        assert_eq!(found.resource[..2], [pair("team", "infra"), pair("service.name", "estate")]);
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/path");
        assert_eq!(endpoint(&[base, traces]).unwrap().url, "http://other/path");
    }

    #[test]
    fn nonsense_in_a_header_stays_as_it_is() {
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%41"), "%zzA");
    }
}
