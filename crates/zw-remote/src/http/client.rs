//! The requests of the protocol.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Certificate, Identity, Method, Response, StatusCode};
use url::Url;
use zw_state::StoreError;

use super::document::{self, Document};
use super::lock::LockInfo;
use crate::cloud::use_ring;

/// Where a state is, and how it is asked for.
#[derive(Clone)]
pub struct Http {
    /// The address of the document.
    pub address: Url,
    /// The method that writes it.
    pub update_method: String,
    /// The address to lock; without one there are no locks.
    pub lock_address: Option<Url>,
    /// The method that locks.
    pub lock_method: String,
    /// The address to unlock; without one it stays locked.
    pub unlock_address: Option<Url>,
    /// The method that unlocks.
    pub unlock_method: String,
    /// A user.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// Whether any certificate will do.
    pub skip_cert_verification: bool,
    /// How often a request is tried again.
    pub retry_max: u32,
    /// How long to wait before that at first.
    pub retry_wait_min: Duration,
    /// How long to wait before that at most.
    pub retry_wait_max: Duration,
    /// The certificates that the server's must come from, in PEM.
    pub client_ca_certificate_pem: Option<String>,
    /// A certificate to show, in PEM.
    pub client_certificate_pem: Option<String>,
    /// Its key, in PEM.
    pub client_private_key_pem: Option<String>,
}

impl Http {
    /// A state at an address, with Terraform's defaults.
    pub fn at(address: Url) -> Self {
        Self {
            address,
            update_method: "POST".to_owned(),
            lock_address: None,
            lock_method: "LOCK".to_owned(),
            unlock_address: None,
            unlock_method: "UNLOCK".to_owned(),
            username: None,
            password: None,
            skip_cert_verification: false,
            retry_max: 2,
            retry_wait_min: Duration::from_secs(1),
            retry_wait_max: Duration::from_secs(30),
            client_ca_certificate_pem: None,
            client_certificate_pem: None,
            client_private_key_pem: None,
        }
    }
}

/// Content-MD5, RFC 1864.
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// Asks for a state.
pub(super) struct Client {
    http: reqwest::Client,
    at: Http,
}

impl Client {
    pub(super) fn new(at: Http) -> Result<Self, StoreError> {
        use_ring();
        let fault = |error: reqwest::Error| unusable(&at.address, &words(&error));
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("zw/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_mins(2))
            .tls_danger_accept_invalid_certs(at.skip_cert_verification);
        if let Some(pem) = &at.client_ca_certificate_pem {
            let trusted = Certificate::from_pem_bundle(pem.as_bytes()).map_err(fault)?;
            builder = builder.tls_certs_only(trusted);
        }
        if let (Some(certificate), Some(key)) =
            (&at.client_certificate_pem, &at.client_private_key_pem)
        {
            let pem = format!("{certificate}\n{key}");
            builder = builder.identity(Identity::from_pem(pem.as_bytes()).map_err(fault)?);
        }
        let http = builder.build().map_err(fault)?;
        Ok(Self { http, at })
    }

    /// The document, an empty one if there is none.
    pub(super) async fn document(&self) -> Result<Document, StoreError> {
        let address = &self.at.address;
        let answer = self.send(&Method::GET, address, None, "read").await?;
        match answer.status() {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => return Ok(Document::default()),
            StatusCode::OK => {}
            _ => return Err(self.refused(answer, address, "read").await),
        }
        let text = answer.text().await.map_err(|error| unusable(address, &words(&error)))?;
        if text.trim().is_empty() {
            return Ok(Document::default());
        }
        document::read(&text, shown(address).as_str())
    }

    /// Writes the document, as whoever has the lock.
    pub(super) async fn update(&self, text: String, lock: &LockInfo) -> Result<(), StoreError> {
        let mut address = self.at.address.clone();
        if self.at.lock_address.is_some() {
            address.query_pairs_mut().append_pair("ID", &lock.id);
        }
        let method = method(&self.at.update_method)?;
        let answer = self.send(&method, &address, Some(text), "write").await?;
        match answer.status() {
            StatusCode::OK
            | StatusCode::CREATED
            | StatusCode::ACCEPTED
            | StatusCode::NO_CONTENT => Ok(()),
            // Somebody has unlocked it, and may have locked it, too.
            StatusCode::CONFLICT | StatusCode::LOCKED => Err(StoreError::Lost),
            _ => Err(self.refused(answer, &self.at.address, "write").await),
        }
    }

    /// Locks the state. Says who has locked it, if somebody has.
    pub(super) async fn lock(&self, lock: &LockInfo) -> Result<Option<LockInfo>, StoreError> {
        let Some(address) = &self.at.lock_address else { return Ok(None) };
        let method = method(&self.at.lock_method)?;
        let answer = self.send(&method, address, Some(json(lock)?), "lock").await?;
        match answer.status() {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(None),
            StatusCode::CONFLICT | StatusCode::LOCKED => {
                let text =
                    answer.text().await.map_err(|error| unusable(address, &words(&error)))?;
                let other: LockInfo = serde_json::from_str(&text).unwrap_or_default();
                // A request that was tried again may have found its own lock.
                Ok(Some(other).filter(|other| other.id != lock.id))
            }
            _ => Err(self.refused(answer, address, "lock").await),
        }
    }

    /// Unlocks the state.
    pub(super) async fn unlock(&self, lock: &LockInfo) -> Result<(), StoreError> {
        let Some(address) = &self.at.unlock_address else { return Ok(()) };
        let method = method(&self.at.unlock_method)?;
        let answer = self.send(&method, address, Some(json(lock)?), "unlock").await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(self.refused(answer, address, "unlock").await)
    }

    /// Sends a request, and again if it cannot be sent or the server fails.
    async fn send(
        &self,
        method: &Method,
        address: &Url,
        body: Option<String>,
        what: &str,
    ) -> Result<Response, StoreError> {
        let mut wait = self.at.retry_wait_min;
        let mut attempt = 0;
        loop {
            let mut request = self.http.request(method.clone(), address.clone());
            if let Some(user) = &self.at.username {
                request = request.basic_auth(user, self.at.password.as_ref());
            }
            if let Some(body) = &body {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .header(CONTENT_MD5, STANDARD.encode(Md5::digest(body)))
                    .body(body.clone());
            }
            let answer = request.send().await;
            let is_last = attempt >= self.at.retry_max;
            match answer {
                Ok(answer) if is_last || !is_passing(answer.status()) => return Ok(answer),
                Err(error) if is_last => {
                    return Err(StoreError::Io {
                        context: format!("cannot {what} the state at {}", shown(address)),
                        reason: words(&error),
                    });
                }
                _ => {}
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(self.at.retry_wait_max);
            attempt += 1;
        }
    }

    async fn refused(&self, answer: Response, address: &Url, what: &str) -> StoreError {
        let status = answer.status();
        let said = answer.text().await.unwrap_or_default();
        let said = said.lines().next().unwrap_or_default().trim();
        let said: String = said.chars().take(200).collect();
        let said = if said.is_empty() { String::new() } else { format!(" ({said})") };
        let advice = match status {
            StatusCode::UNAUTHORIZED if self.at.username.is_none() => {
                "; give username and password, or TF_HTTP_USERNAME and TF_HTTP_PASSWORD"
            }
            StatusCode::UNAUTHORIZED => "; check username and password",
            StatusCode::FORBIDDEN => "; this user may not do that",
            _ => "",
        };
        StoreError::Io {
            context: format!("cannot {what} the state at {}", shown(address)),
            reason: format!("the server answers {status}{said}{advice}"),
        }
    }
}

/// Whether a server may answer otherwise the next time.
fn is_passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
}

fn method(name: &str) -> Result<Method, StoreError> {
    Method::from_bytes(name.as_bytes()).map_err(|_| StoreError::Io {
        context: format!("{name:?}"),
        reason: "it is no method of HTTP".to_owned(),
    })
}

fn json(lock: &LockInfo) -> Result<String, StoreError> {
    serde_json::to_string(lock).map_err(|error| StoreError::Io {
        context: "cannot say who locks the state".to_owned(),
        reason: error.to_string(),
    })
}

fn unusable(address: &Url, reason: &str) -> StoreError {
    StoreError::Io {
        context: format!("cannot use the state at {}", shown(address)),
        reason: reason.to_owned(),
    }
}

/// An address without secrets that may be in it.
fn shown(address: &Url) -> String {
    let mut address = address.clone();
    address.set_query(None);
    // An address that cannot have a user has none.
    let _ = address.set_username("");
    let _ = address.set_password(None);
    address.to_string()
}

/// The cause at the bottom.
fn words(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), words)
}
