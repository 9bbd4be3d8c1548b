//! The message that a collector gets.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

/// A span that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: [u8; 16],
    pub(crate) id: [u8; 8],
    pub(crate) parent: Option<[u8; 8]>,
    pub(crate) name: String,
    /// Whether somebody else was asked to do something.
    pub(crate) is_call: bool,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    pub(crate) attributes: Vec<(String, Json)>,
    pub(crate) events: Vec<Event>,
    /// Why it failed, if it did.
    pub(crate) error: Option<String>,
}

/// Something that happened within a span.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) at: SystemTime,
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, Json)>,
}

/// The trace that the run belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    pub(crate) trace: [u8; 16],
    /// The span of whoever started this process.
    pub(crate) span: Option<[u8; 8]>,
}

/// Spans on their way.
pub(crate) struct Batch<'a> {
    pub(crate) resource: &'a [(String, String)],
    pub(crate) spans: &'a [Span],
}

impl Parent {
    /// A trace of its own.
    pub(crate) fn root() -> Result<Self, String> {
        Ok(Self { trace: random()?, span: None })
    }

    /// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`
    ///
    /// Source: "Trace Context", W3C.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version = parts.next()?;
        let (trace, span) = (unhex(parts.next()?)?, unhex(parts.next()?)?);
        let is_fine = version.len() == 2 && version != "ff" && trace != [0; 16] && span != [0; 8];
        is_fine.then_some(Self { trace, span: Some(span) })
    }
}

/// Random bytes that are not all zero.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| format!("There is no randomness: {error}."))?;
    bytes[0] |= 1;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn nanos(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

fn attributes<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Json)>) -> Json {
    let pairs = pairs.into_iter().map(|(key, value)| json!({ "key": key, "value": any(value) }));
    Json::Array(pairs.collect())
}

/// A value as the protocol types it.
fn any(value: &Json) -> Json {
    match value {
        Json::Bool(value) => json!({ "boolValue": value }),
        Json::Number(number) if number.is_i64() || number.is_u64() => {
            json!({ "intValue": number.to_string() })
        }
        Json::Number(number) => json!({ "doubleValue": number }),
        Json::String(text) => json!({ "stringValue": text }),
        other => json!({ "stringValue": other.to_string() }),
    }
}

impl Batch<'_> {
    pub(crate) fn to_json(&self) -> Json {
        let resource: Vec<(String, Json)> = self
            .resource
            .iter()
            .map(|(name, value)| (name.clone(), Json::from(value.as_str())))
            .collect();
        let spans: Vec<Json> = self.spans.iter().map(Span::to_json).collect();
        json!({
            "resourceSpans": [{
                "resource": { "attributes": attributes(borrowed(&resource)) },
                "scopeSpans": [{
                    "scope": { "name": "zw", "version": env!("CARGO_PKG_VERSION") },
                    "spans": spans,
                }],
            }],
        })
    }
}

fn borrowed(pairs: &[(String, Json)]) -> impl Iterator<Item = (&str, &Json)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value))
}

impl Span {
    fn to_json(&self) -> Json {
        const INTERNAL: u8 = 1;
        const CLIENT: u8 = 3;
        const OK: u8 = 1;
        const ERROR: u8 = 2;
        let events: Vec<Json> = self
            .events
            .iter()
            .map(|event| {
                json!({
                    "timeUnixNano": nanos(event.at),
                    "name": event.name,
                    "attributes": attributes(borrowed(&event.attributes)),
                })
            })
            .collect();
        let status = match &self.error {
            Some(error) => json!({ "code": ERROR, "message": error }),
            None => json!({ "code": OK }),
        };
        let mut span = json!({
            "traceId": hex(&self.trace),
            "spanId": hex(&self.id),
            "name": self.name,
            "kind": if self.is_call { CLIENT } else { INTERNAL },
            "startTimeUnixNano": nanos(self.start),
            "endTimeUnixNano": nanos(self.end),
            "attributes": attributes(borrowed(&self.attributes)),
            "events": events,
            "status": status,
        });
        if let Some(parent) = &self.parent {
            span["parentSpanId"] = hex(parent).into();
        }
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_taken_from_whoever_started_the_process() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent = Parent::parse(text).expect("the example of the specification");
        assert_eq!(hex(&parent.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.span.map(|span| hex(&span)).as_deref(), Some("00f067aa0ba902b7"));
        for wrong in ["", "00-0-0-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"] {
            assert_eq!(Parent::parse(wrong), None, "{wrong}");
        }
    }
}
