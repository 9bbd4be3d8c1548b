//! Logs and traces of a run, without secrets.
//!
//! The crates of `zw` say what they do with [`tracing`]: an operation on an object is a span of the target
//! `zw::operation`, a request of a service an event of `zw::call`, and everything else an event of `zw`. Here it is decided
//! where that goes: as text to standard error, as lines of JSON into a file, and as spans to a collector of OpenTelemetry.
//! Only `zw`'s own targets are taken: what libraries say of requests may hold secrets. Everything goes through [`Secrets`].
//!
//! Where nobody asked for any of it nothing is set up, and costs nothing.

mod filter;
mod log;
mod otlp;
mod secrets;

use std::path::PathBuf;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

pub use otlp::Endpoint;
pub use secrets::Secrets;

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What to log, in the form of [`ZW_LOG`].
    pub log: Option<String>,
    /// The file that gets lines of JSON, instead of text on standard error.
    pub log_file: Option<PathBuf>,
    /// Where spans go.
    pub endpoint: Option<Endpoint>,
    /// The span of whoever started this process, in the form of the header `traceparent`.
    pub parent: Option<String>,
    /// Values that are secret from the beginning.
    pub secrets: Vec<String>,
}

/// The variable that says what is logged: a level, or targets with levels, as `zw::call=debug`.
pub const ZW_LOG: &str = "ZW_LOG";

/// Parts of names of variables whose values are nobody's business.
const SECRET_NAMES: [&str; 6] =
    ["SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "PGPASS", "CREDENTIAL"];

/// What was set up. It must be [finished](Self::finish), or the last spans are lost.
#[derive(Debug, Default)]
pub struct Telemetry {
    /// What is never written.
    pub secrets: Secrets,
    exporter: Option<otlp::Exporter>,
    is_on: bool,
}

impl Options {
    /// What the environment asks for.
    pub fn from_env(vars: impl Iterator<Item = (String, String)>) -> Self {
        let mut options = Self::default();
        let mut otlp = otlp::Settings::default();
        for (name, value) in vars.filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                ZW_LOG => options.log = Some(value),
                "TRACEPARENT" => options.parent = Some(value),
                _ if name.starts_with("OTEL_") => otlp.set(&name, value),
                _ if SECRET_NAMES.iter().any(|part| name.contains(part)) => {
                    options.secrets.push(value);
                }
                _ => {}
            }
        }
        options.secrets.extend(otlp.secrets());
        options.endpoint = otlp.endpoint();
        options
    }

    /// Whether anything is wanted at all.
    pub const fn is_empty(&self) -> bool {
        self.log.is_none() && self.log_file.is_none() && self.endpoint.is_none()
    }
}

impl Telemetry {
    /// Sets up what is wanted, for the whole process.
    ///
    /// # Errors
    /// In a sentence, what cannot be set up.
    pub fn start(options: Options) -> Result<Self, String> {
        if options.is_empty() {
            return Ok(Self::default());
        }
        let secrets = Secrets::default();
        secrets.add_all(options.secrets.iter().map(String::as_str));
        let filter = match (&options.log, &options.log_file) {
            (Some(wanted), _) => Some(filter::parse(wanted)?),
            (None, Some(_)) => Some(filter::parse("debug")?),
            (None, None) => None,
        };
        let log = filter
            .map(|filter| {
                let layer = match &options.log_file {
                    Some(path) => log::json_lines(path, secrets.clone())?,
                    None => log::text(secrets.clone()),
                };
                Ok::<_, String>(layer.with_filter(filter))
            })
            .transpose()?;
        let (spans, exporter) = options
            .endpoint
            .map(|endpoint| otlp::start(endpoint, options.parent.as_deref(), secrets.clone()))
            .transpose()?
            .unzip();
        let spans = spans.map(|spans| spans.with_filter(filter::of_spans()));
        Registry::default()
            .with(log)
            .with(spans)
            .try_init()
            .map_err(|error| format!("Logging cannot be set up: {error}."))?;
        Ok(Self { secrets, exporter, is_on: true })
    }

    /// Whether anything is written anywhere.
    pub const fn is_on(&self) -> bool {
        self.is_on
    }

    /// Sends what has not been sent yet.
    ///
    /// # Errors
    /// In a sentence, why spans could not be sent; of many reasons the first.
    pub fn finish(&mut self) -> Result<(), String> {
        self.exporter.take().map_or(Ok(()), otlp::Exporter::finish)
    }
}
