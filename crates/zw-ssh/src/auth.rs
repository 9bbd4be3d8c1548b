//! Who we are: keys, certificates, agents and passwords.

use std::sync::Arc;

use russh::AgentAuthError;
use russh::client::{AuthResult, Handle, Handler, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_encoding::Encode as _;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::ssh_key::{self, Signature};
use russh::keys::{
    Certificate, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey, decode_secret_key,
};

use crate::connection::Login;

/// What a login has to show, read and checked before anything is connected to.
pub(crate) struct Credentials {
    user: String,
    key: Option<Arc<PrivateKey>>,
    certificate: Option<Certificate>,
    password: Option<String>,
    agent: bool,
    agent_identity: Option<String>,
}

impl Credentials {
    /// Reads the keys of a login.
    ///
    /// # Errors
    /// In sentences, if they cannot be read.
    pub(crate) fn read(login: &Login, agent_identity: Option<&str>) -> Result<Self, String> {
        let key = match &login.private_key {
            None => None,
            Some(text) => Some(Arc::new(private_key(text, login)?)),
        };
        let certificate = match &login.certificate {
            None => None,
            Some(text) => Some(Certificate::from_openssh(text.trim()).map_err(|error| {
                format!("The certificate for {login:?} cannot be read: {error}.")
            })?),
        };
        if certificate.is_some() && key.is_none() {
            return Err(format!(
                "The certificate for {login:?} is of no use without its private key."
            ));
        }
        Ok(Self {
            user: login.user.clone(),
            key,
            certificate,
            password: login.password.clone(),
            agent: login.agent,
            agent_identity: agent_identity.map(str::to_owned),
        })
    }

    /// Tries all that there is, one after another, until the server is content.
    ///
    /// # Errors
    /// If the connection broke. Whether it was content is the result.
    pub(crate) async fn show<H: Handler>(
        &self,
        session: &mut Handle<H>,
    ) -> Result<bool, russh::Error> {
        if let Some(key) = &self.key
            && self.show_key(session, key).await?
        {
            return Ok(true);
        }
        if self.agent && self.show_agent(session).await? {
            return Ok(true);
        }
        if let Some(password) = &self.password {
            let found = session.authenticate_password(&self.user, password).await?;
            return Ok(found.success() || self.answer(session, password).await?);
        }
        // Some servers ask for nothing at all.
        if self.key.is_none() {
            return Ok(session.authenticate_none(&self.user).await?.success());
        }
        Ok(false)
    }

    async fn show_key<H: Handler>(
        &self,
        session: &mut Handle<H>,
        key: &Arc<PrivateKey>,
    ) -> Result<bool, russh::Error> {
        let hash = session.best_supported_rsa_hash().await?.flatten();
        if let Some(certificate) = self.certificate.clone() {
            let (user, mut signer) = (&self.user, Signer(key.clone()));
            let found =
                session.authenticate_certificate_with(user, certificate, hash, &mut signer).await;
            if found.map_err(of_signer)?.success() {
                return Ok(true);
            }
        }
        let key = PrivateKeyWithHashAlg::new(key.clone(), hash);
        Ok(session.authenticate_publickey(&self.user, key).await?.success())
    }

    /// The keys of the agent, the preferred one first. That there is no agent is no error: it need not be asked for.
    #[cfg(unix)]
    async fn show_agent<H: Handler>(&self, session: &mut Handle<H>) -> Result<bool, russh::Error> {
        let Ok(mut agent) = russh::keys::agent::client::AgentClient::connect_env().await else {
            return Ok(false);
        };
        let Ok(mut identities) = agent.request_identities().await else { return Ok(false) };
        if let Some(wanted) = &self.agent_identity {
            identities.sort_by_key(|identity| !is(identity, wanted));
        }
        let hash = session.best_supported_rsa_hash().await?.flatten();
        for identity in identities {
            let user = &self.user;
            let found = match identity {
                AgentIdentity::PublicKey { key, .. } => {
                    session.authenticate_publickey_with(user, key, hash, &mut agent).await
                }
                AgentIdentity::Certificate { certificate, .. } => {
                    session.authenticate_certificate_with(user, certificate, hash, &mut agent).await
                }
            };
            // An agent may decline to use a key, and have another.
            if found.is_ok_and(|found: AuthResult| found.success()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[cfg(not(unix))]
    async fn show_agent<H: Handler>(&self, _: &mut Handle<H>) -> Result<bool, russh::Error> {
        Ok(false)
    }

    /// Answers every question with the password, as those servers expect that ask for it in this way.
    async fn answer<H: Handler>(
        &self,
        session: &mut Handle<H>,
        password: &str,
    ) -> Result<bool, russh::Error> {
        let mut reply =
            session.authenticate_keyboard_interactive_start(&self.user, None::<String>).await?;
        loop {
            reply = match reply {
                KeyboardInteractiveAuthResponse::Success => return Ok(true),
                KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                    let answers = prompts.iter().map(|_| password.to_owned()).collect();
                    session.authenticate_keyboard_interactive_respond(answers).await?
                }
            };
        }
    }
}

/// Signs with the key that a certificate is for. The library's own way with a key and a certificate uses SHA-1 with
/// RSA, which servers refuse.
struct Signer(Arc<PrivateKey>);

impl russh::Signer for Signer {
    type Error = AgentAuthError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        mut request: Vec<u8>,
    ) -> Result<Vec<u8>, AgentAuthError> {
        let failed = |error: ssh_key::Error| AgentAuthError::Key(error.into());
        let signature: Signature = match self.0.key_data() {
            KeypairData::Rsa(pair) => (pair, hash).try_sign(&request),
            _ => self.0.try_sign(&request),
        }
        .map_err(|error| failed(error.into()))?;
        signature.encode_prefixed(&mut request).map_err(|error| failed(error.into()))?;
        Ok(request)
    }
}

fn of_signer(error: AgentAuthError) -> russh::Error {
    match error {
        AgentAuthError::Send(_) => russh::Error::SendError,
        AgentAuthError::Key(error) => error.into(),
    }
}

fn private_key(text: &str, login: &Login) -> Result<PrivateKey, String> {
    decode_secret_key(text, None).map_err(|error| match error {
        russh::keys::Error::KeyIsEncrypted => format!(
            "The private key for {login:?} is encrypted, and nobody can be asked for its passphrase here. Give one \
             without, or load it into an agent."
        ),
        error => format!("The private key for {login:?} cannot be read: {error}. Give the text of a key in PEM form."),
    })
}

#[cfg(unix)]
fn is(identity: &AgentIdentity, wanted: &str) -> bool {
    let wanted = wanted.trim();
    let comment = match identity {
        AgentIdentity::PublicKey { comment, .. } | AgentIdentity::Certificate { comment, .. } => {
            comment
        }
    };
    let key = PublicKey::from_openssh(wanted).ok();
    comment == wanted || key.is_some_and(|key| identity.public_key().key_data() == key.key_data())
}
