//! Takes note of spans while they are there.

use std::fmt::Debug;
use std::sync::mpsc::Sender;
use std::time::SystemTime;

use serde_json::Value as Json;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::message::{Event, Parent, Span, random};
use crate::secrets::Secrets;

/// The layer.
pub(crate) struct Spans {
    parent: Parent,
    sender: Sender<Option<Span>>,
    secrets: Secrets,
}

impl Spans {
    pub(super) fn new(parent: Parent, sender: Sender<Option<Span>>, secrets: Secrets) -> Self {
        Self { parent, sender, secrets }
    }

    fn hide(&self, attributes: &mut [(String, Json)]) {
        for (_, value) in attributes {
            if let Json::String(text) = value {
                *text = self.secrets.redacted(text).into_owned();
            }
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> tracing_subscriber::Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // Without randomness the run goes on, and this span is not sent.
        let Ok(own) = random() else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span
            .scope()
            .skip(1)
            .find_map(|above| above.extensions().get::<Span>().map(|above| above.id));
        span.extensions_mut().insert(Span {
            trace: self.parent.trace,
            id: own,
            parent: above.or(self.parent.span),
            name: span.name().to_owned(),
            is_call: span.metadata().target() == "zw::operation",
            start: SystemTime::now(),
            end: SystemTime::now(),
            attributes: fields.0,
            events: Vec::new(),
            error: None,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(noted) = span.extensions_mut().get_mut::<Span>() {
            noted.attributes.extend(fields.0);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = take(&mut fields.0, "message");
        let name = message.as_ref().and_then(Json::as_str).unwrap_or("event").to_owned();
        if let Some(noted) = span.extensions_mut().get_mut::<Span>() {
            noted.events.push(Event { at: SystemTime::now(), name, attributes: fields.0 });
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(mut noted) = span.extensions_mut().remove::<Span>() else { return };
        noted.end = SystemTime::now();
        noted.error = take(&mut noted.attributes, "error")
            .and_then(|error| Some(self.secrets.redacted(error.as_str()?).into_owned()));
        // "create aws_vpc.main" says more than the name that all operations have.
        let text = |name: &str| {
            let found = noted.attributes.iter().find(|(known, _)| known == name);
            found.and_then(|(_, value)| value.as_str())
        };
        if let (Some(action), Some(address)) = (text("action"), text("address")) {
            noted.name = format!("{action} {address}");
        } else if let Some(command) = text("command").filter(|command| !command.is_empty()) {
            noted.name = format!("zw {command}");
        }
        noted.name = self.secrets.redacted(&noted.name).into_owned();
        self.hide(&mut noted.attributes);
        for event in &mut noted.events {
            event.name = self.secrets.redacted(&event.name).into_owned();
            self.hide(&mut event.attributes);
        }
        // Nobody takes them any more where sending has failed, which is said at the end.
        let _ = self.sender.send(Some(noted));
    }
}

/// The value of a name, which is taken out.
fn take(fields: &mut Vec<(String, Json)>, name: &str) -> Option<Json> {
    let at = fields.iter().position(|(known, _)| known == name)?;
    Some(fields.remove(at).1)
}

/// Fields with their values.
#[derive(Default)]
struct Fields(Vec<(String, Json)>);

impl Fields {
    fn push(&mut self, field: &Field, value: impl Into<Json>) {
        self.0.push((field.name().to_owned(), value.into()));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, format!("{value:?}"));
    }
}
