//! Requests over HTTP.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::time::Duration;

use backon::{BlockingRetryable as _, ExponentialBuilder};
use ureq::http::Response;
use ureq::{Agent, Body};
use url::Url;

/// How large an answer of a registry can be: the list of a module's versions.
const ANSWER_MAX: u64 = 32 << 20;

/// How large a package can be.
pub(crate) const PACKAGE_MAX: u64 = 2 << 30;

/// How long a server may take to answer.
const TIMEOUT: Duration = Duration::from_mins(1);

/// What requests are sent with.
pub(crate) struct Http {
    agent: Agent,
}

/// An answer that is a success.
pub(crate) struct Answer {
    response: Response<Body>,
    /// Where it came from in the end.
    pub(crate) url: Url,
}

impl Http {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .user_agent(concat!("zw/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(TIMEOUT))
            .timeout_recv_response(Some(TIMEOUT))
            .http_status_as_error(false)
            // What the machine trusts, a company's own authorities included.
            .tls_config(
                ureq::tls::TlsConfig::builder()
                    .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                    .build(),
            )
            .build();
        Self { agent: config.into() }
    }

    /// Asks for what is at an address; tries again where that may help.
    ///
    /// # Errors
    /// What came instead of a success, in a sentence.
    pub(crate) fn get(&self, url: &Url, token: Option<&str>) -> Result<Answer, String> {
        let ask = || {
            let mut request = self.agent.get(url.as_str());
            if let Some(token) = token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            match request.call() {
                Ok(response) if response.status().is_server_error() => {
                    Err(Problem::Passing(format!("answered {}", response.status())))
                }
                Ok(response) if response.status().as_u16() == 429 => {
                    Err(Problem::Passing("is throttling requests (429)".to_owned()))
                }
                Ok(response) if !response.status().is_success() => {
                    Err(Problem::Lasting(format!("answered {}", response.status())))
                }
                Ok(response) => Ok(response),
                Err(error @ (ureq::Error::Io(_) | ureq::Error::Timeout(_))) => {
                    Err(Problem::Passing(format!("cannot be reached: {error}")))
                }
                Err(error) => Err(Problem::Lasting(format!("cannot be reached: {error}"))),
            }
        };
        let backoff = ExponentialBuilder::default().with_max_times(2).with_jitter();
        let response = ask
            .retry(backoff)
            .when(|problem| matches!(problem, Problem::Passing(_)))
            .call()
            .map_err(|(Problem::Passing(what) | Problem::Lasting(what))| {
                format!("{} {what}.", shown(url))
            })?;
        let end = ureq::ResponseExt::get_uri(&response).to_string();
        Ok(Answer { url: Url::parse(&end).unwrap_or_else(|_| url.clone()), response })
    }
}

enum Problem {
    /// May be gone when asked again.
    Passing(String),
    Lasting(String),
}

impl Answer {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// What was answered, as text.
    pub(crate) fn text(self) -> Result<String, String> {
        let url = shown(&self.url);
        let mut text = String::new();
        self.response
            .into_body()
            .into_with_config()
            .limit(ANSWER_MAX)
            .reader()
            .read_to_string(&mut text)
            .map_err(|error| format!("The answer of {url} cannot be read: {error}."))?;
        Ok(text)
    }

    /// What was answered, in a file that is gone when it is closed.
    pub(crate) fn save(self) -> Result<File, String> {
        let url = shown(&self.url);
        let saved = || -> io::Result<File> {
            let mut file = tempfile::tempfile()?;
            let mut body = self.response.into_body().into_with_config().limit(PACKAGE_MAX).reader();
            io::copy(&mut body, &mut file)?;
            file.rewind()?;
            Ok(file)
        };
        saved().map_err(|error| format!("{url} could not be downloaded: {error}."))
    }
}

/// An address without what may be a secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // There is a password only where there can be one.
    if url.password().is_some() && url.set_password(None).is_err() {
        return url.host_str().unwrap_or_default().to_owned();
    }
    url.into()
}
