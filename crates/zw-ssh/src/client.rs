//! A machine that is connected to.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use russh::client::{Config, Handle, Handler, connect_stream};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh::{ChannelMsg, Disconnect};
use russh_sftp::client::SftpSession;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use zw_provider::Output;

use crate::auth::Credentials;
use crate::connection::{Connection, Login};

/// How long one attempt may take. A machine that is booting may let packets vanish.
const ATTEMPT: Duration = Duration::from_secs(30);
/// A connection whose other end is gone is given up after three of these.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Why there is no connection.
#[derive(Debug)]
enum Failure {
    /// The machine may not be ready yet: even a refused key may be one that is about to be installed.
    Temporary(String),
    Final(String),
}

/// A machine that we are logged into.
pub(crate) struct Client {
    session: Handle<HostKey>,
    /// What the session goes through.
    bastion: Option<Handle<HostKey>>,
}

/// How a command ended, if not well.
pub(crate) type Ended = Result<(), String>;

impl Client {
    /// Connects, and tries again until the connection's time is over.
    ///
    /// # Errors
    /// In sentences: what was wrong the last time.
    pub(crate) async fn connect(connection: &Connection) -> Result<Self, String> {
        let identity = connection.agent_identity.as_deref();
        let target = Target::read(&connection.target, identity)?;
        let bastion = match &connection.bastion {
            None => None,
            Some(login) => Some(Target::read(login, identity)?),
        };
        let last = Mutex::new(None);
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(500))
            .with_max_delay(Duration::from_secs(10))
            .with_jitter()
            .without_max_times();
        let tried = (|| Self::attempt(&target, bastion.as_ref()))
            .retry(pauses)
            .when(|failure| matches!(failure, Failure::Temporary(_)))
            .notify(|failure, _| {
                if let Failure::Temporary(message) = failure {
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(message.clone());
                }
            });
        match tokio::time::timeout(connection.timeout, tried).await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(Failure::Temporary(message) | Failure::Final(message))) => Err(message),
            Err(_) => {
                let last = last.into_inner().unwrap_or_else(PoisonError::into_inner);
                let last = last.unwrap_or_else(|| "It did not answer.".to_owned());
                Err(format!(
                    "There was no connection to {:?} within {:?}. The last error: {last}",
                    connection.target, connection.timeout
                ))
            }
        }
    }

    async fn attempt(target: &Target, bastion: Option<&Target>) -> Result<Self, Failure> {
        let attempt = async {
            let Some(bastion) = bastion else {
                return Ok(Self { session: target.dial().await?, bastion: None });
            };
            let gate = bastion.dial().await?;
            let (host, port) = (&target.login.host, u32::from(target.login.port));
            let tunnel = gate.channel_open_direct_tcpip(host, port, "127.0.0.1", 0).await;
            let tunnel = tunnel.map_err(|error| {
                let (bastion, host) = (&bastion.login, &target.login.host);
                Failure::Temporary(format!(
                    "The bastion {bastion:?} does not reach {host}:{port}: {error}."
                ))
            })?;
            let session = target.log_in(tunnel.into_stream()).await?;
            Ok(Self { session, bastion: Some(gate) })
        };
        tokio::time::timeout(ATTEMPT, attempt).await.unwrap_or_else(|_| {
            Err(Failure::Temporary(format!("{:?} did not answer.", target.login)))
        })
    }

    /// Runs a command, and passes on what it prints, a line at a time.
    ///
    /// # Errors
    /// In sentences, if it could not be run; the result says how it ended.
    pub(crate) async fn run(&self, command: &str, output: &Output<'_>) -> Result<Ended, String> {
        let broken = |error: russh::Error| format!("The connection broke: {error}.");
        let mut channel = self.session.channel_open_session().await.map_err(broken)?;
        // sudo wants a terminal on some systems. That there is none is not worth a failure.
        let modes = [
            (russh::Pty::ECHO, 0),
            (russh::Pty::TTY_OP_ISPEED, 14400),
            (russh::Pty::TTY_OP_OSPEED, 14400),
        ];
        channel.request_pty(false, "xterm", 80, 40, 0, 0, &modes).await.map_err(broken)?;
        channel.exec(true, command).await.map_err(broken)?;
        let (mut lines, mut ended) = (Lines { output, begun: Vec::new() }, None);
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. } => {
                    lines.add(&data);
                }
                ChannelMsg::ExitStatus { exit_status: 0 } => ended = Some(Ok(())),
                ChannelMsg::ExitStatus { exit_status } => {
                    ended = Some(Err(format!("Process exited with status {exit_status}")));
                }
                ChannelMsg::ExitSignal { signal_name, .. } => {
                    ended = Some(Err(format!("Process exited from signal {signal_name:?}")));
                }
                ChannelMsg::Failure => ended = Some(Err("The server did not run it".to_owned())),
                _ => {}
            }
        }
        lines.end();
        ended.ok_or_else(|| "The connection ended before the command did.".to_owned())
    }

    /// The files of the machine.
    ///
    /// # Errors
    /// In sentences, if the server does not offer them.
    pub(crate) async fn files(&self) -> Result<SftpSession, String> {
        let refused = |error: &dyn std::fmt::Display| {
            format!(
                "The server does not offer SFTP ({error}). Its sshd_config needs a line \"Subsystem sftp internal-sftp\"."
            )
        };
        let channel = self.session.channel_open_session().await.map_err(|error| refused(&error))?;
        channel.request_subsystem(true, "sftp").await.map_err(|error| refused(&error))?;
        let files = SftpSession::new(channel.into_stream()).await;
        files.map_err(|error| refused(&error))
    }

    /// Says good-bye. What went wrong with that no longer matters.
    pub(crate) async fn close(self) {
        for session in [Some(self.session), self.bastion].into_iter().flatten() {
            let _ = session.disconnect(Disconnect::ByApplication, "", "en").await;
        }
    }
}

/// Where to log in, with everything that was read of it.
struct Target {
    login: Login,
    credentials: Credentials,
    host_key: Option<PublicKey>,
}

impl Target {
    fn read(login: &Login, agent_identity: Option<&str>) -> Result<Self, String> {
        let host_key = match &login.host_key {
            None => None,
            Some(text) => Some(PublicKey::from_openssh(text.trim()).map_err(|error| {
                format!("The host key of {login:?} cannot be read: {error}. Give it as in a known_hosts file, without the name: \"ssh-ed25519 AAAA...\".")
            })?),
        };
        let credentials = Credentials::read(login, agent_identity)?;
        Ok(Self { login: login.clone(), credentials, host_key })
    }

    async fn dial(&self) -> Result<Handle<HostKey>, Failure> {
        let Login { host, port, .. } = &self.login;
        let failed = |error: io::Error| {
            Failure::Temporary(format!("{host}:{port} cannot be reached: {error}."))
        };
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        self.log_in(stream).await
    }

    async fn log_in<S>(&self, stream: S) -> Result<Handle<HostKey>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let login = &self.login;
        let failed = |error: russh::Error| match error {
            russh::Error::UnknownKey => Failure::Final(format!(
                "The host key of {login:?} is not the one that host_key names. Either the machine was set up anew, or \
                 somebody else is answering in its place."
            )),
            error => Failure::Temporary(format!("The handshake with {login:?} failed: {error}.")),
        };
        let mut config =
            Config { keepalive_interval: Some(KEEPALIVE), nodelay: true, ..Config::default() };
        // A certificate can be judged only if it is known who may sign it.
        if self.host_key.is_some() {
            config.preferred.host_key_certificates = config.preferred.key.clone();
        }
        let handler = HostKey { wanted: self.host_key.clone(), host: login.host.clone() };
        let mut session =
            connect_stream(Arc::new(config), stream, handler).await.map_err(failed)?;
        if self.credentials.show(&mut session).await.map_err(failed)? {
            return Ok(session);
        }
        Err(Failure::Temporary(format!(
            "{login:?} refused the login: no key or password was accepted."
        )))
    }
}

/// Decides whether the other end is who it should be.
struct HostKey {
    wanted: Option<PublicKey>,
    host: String,
}

impl Handler for HostKey {
    type Error = russh::Error;

    /// A machine whose key nobody knows is trusted, as in Terraform: it was often made a moment ago.
    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let Some(wanted) = &self.wanted else { return Ok(true) };
        Ok(match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.key_data() == wanted.key_data(),
            PublicKeyOrCertificate::Certificate(certificate) => {
                let principals = certificate.valid_principals();
                let signer = wanted.fingerprint(russh::keys::HashAlg::Sha256);
                certificate.public_key() == wanted.key_data()
                    || (certificate.cert_type().is_host()
                        && certificate.validate([&signer]).is_ok()
                        && (principals.is_empty() || principals.contains(&self.host)))
            }
        })
    }
}

/// Puts lines together from pieces.
struct Lines<'a> {
    output: &'a Output<'a>,
    begun: Vec<u8>,
}

impl Lines<'_> {
    fn add(&mut self, data: &[u8]) {
        self.begun.extend_from_slice(data);
        while let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            (self.output)(String::from_utf8_lossy(&line).trim_end());
        }
    }

    fn end(&mut self) {
        if !self.begun.is_empty() {
            (self.output)(String::from_utf8_lossy(&self.begun).trim_end());
            self.begun.clear();
        }
    }
}
