//! The `connection` block.

use std::time::Duration;

use zw_lang::{Type, Value, duration};
use zw_provider::schema::{Attribute, Block};
use zw_provider::{Output, View};

/// Where scripts go that say nothing else. `%RAND%` becomes a number.
const SCRIPT_PATH: &str = "/tmp/terraform_%RAND%.sh";
const SCRIPT_PATH_WINDOWS: &str = "C:/windows/temp/terraform_%RAND%.cmd";
const TIMEOUT: Duration = Duration::from_mins(5);

/// What is said of arguments that are understood and that nothing is done with.
const REFUSED: [&str; 10] = [
    "proxy_scheme",
    "proxy_host",
    "proxy_port",
    "proxy_user_name",
    "proxy_user_password",
    "https",
    "insecure",
    "use_ntlm",
    "cacert",
    "certificate_authority",
];

/// How a machine is reached.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) target: Login,
    pub(crate) bastion: Option<Login>,
    /// How long a machine that is not there yet is waited for.
    pub(crate) timeout: Duration,
    /// Where scripts are put, with `%RAND%` in it.
    pub(crate) script_path: String,
    /// Whether there is a Unix shell behind it.
    pub(crate) is_unix: bool,
    /// Which key of the agent may be used: its comment, or its public key. `None` for any.
    pub(crate) agent_identity: Option<String>,
}

/// Who logs in where, and what with.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Option<String>,
    pub(crate) private_key: Option<String>,
    pub(crate) certificate: Option<String>,
    /// Whether the keys of the agent may be tried.
    pub(crate) agent: bool,
    /// The only key that the server may have, or the key of who signs its certificate.
    pub(crate) host_key: Option<String>,
}

/// The names of the attributes that describe one login.
struct Names {
    host: &'static str,
    port: &'static str,
    user: &'static str,
    password: &'static str,
    private_key: &'static str,
    certificate: &'static str,
    host_key: &'static str,
}

const TARGET: Names = Names {
    host: "host",
    port: "port",
    user: "user",
    password: "password",
    private_key: "private_key",
    certificate: "certificate",
    host_key: "host_key",
};

const BASTION: Names = Names {
    host: "bastion_host",
    port: "bastion_port",
    user: "bastion_user",
    password: "bastion_password",
    private_key: "bastion_private_key",
    certificate: "bastion_certificate",
    host_key: "bastion_host_key",
};

/// The attributes of the block.
pub(crate) fn schema() -> Block {
    let text = |name, description| Attribute::optional(name, Type::String).describe(description);
    let known = [
        Attribute::required("host", Type::String).describe("The name or address of the machine."),
        text("type", "The protocol: `ssh`."),
        text("user", "Who logs in; `root` if it is not said."),
        text("password", "The password.").sensitive(),
        Attribute::optional("port", Type::Number).describe("The port; 22 if it is not said."),
        text("timeout", "How long the machine is waited for; `5m` if it is not said."),
        text("script_path", "Where scripts are put. `%RAND%` becomes a number."),
        text("private_key", "The text of a private key.").sensitive(),
        text("certificate", "The text of a certificate that a CA signed for the private key."),
        Attribute::optional("agent", Type::Bool)
            .describe("Whether the keys of the agent that SSH_AUTH_SOCK names are tried."),
        text("agent_identity", "The comment or the public key of the key of the agent to use."),
        text("host_key", "The public key that the machine must have, or that of its CA."),
        text("target_platform", "`unix` or `windows`."),
        text("bastion_host", "The machine through which it is reached."),
        text("bastion_host_key", "The public key that the bastion must have."),
        Attribute::optional("bastion_port", Type::Number).describe("`port` if it is not said."),
        text("bastion_user", "`user` if it is not said."),
        text("bastion_password", "`password` if it is not said.").sensitive(),
        text("bastion_private_key", "`private_key` if it is not said.").sensitive(),
        text("bastion_certificate", "The certificate for `bastion_private_key`."),
    ];
    let refused = REFUSED.map(|name| {
        Attribute::optional(name, Type::Dynamic).describe("Not supported: leave it out.")
    });
    Block::new(known.into_iter().chain(refused), [])
}

impl Connection {
    /// Reads the block.
    ///
    /// # Errors
    /// In sentences, if it asks for what cannot be had.
    pub(crate) fn read(block: &Value) -> Result<Self, String> {
        let given = View::new(block);
        match given.str_or_empty("type") {
            "" | "ssh" => {}
            other => {
                return Err(format!(
                    "A connection of type {other:?} is not supported. Use \"ssh\"; Windows has an OpenSSH server, too."
                ));
            }
        }
        if let Some(name) = REFUSED.into_iter().find(|name| given.get(name).is_some()) {
            return Err(format!(
                "{name:?} in a connection is not supported. Remove it; a bastion_host may serve in place of a proxy."
            ));
        }
        let is_unix = match given.str_or_empty("target_platform") {
            "" | "unix" => true,
            "windows" => false,
            other => {
                return Err(format!(
                    "The target_platform {other:?} is neither \"unix\" nor \"windows\"."
                ));
            }
        };
        let timeout = match given.str("timeout").filter(|text| !text.is_empty()) {
            None => TIMEOUT,
            Some(text) => duration::parse(text).map_err(|_| {
                format!("The timeout {text:?} of the connection is not a duration, such as 5m.")
            })?,
        };
        let agent = given.bool("agent").unwrap_or(true);
        let mut target = Login::read(given, &TARGET, agent)?;
        if target.host.is_empty() {
            return Err("The host of the connection is empty.".to_owned());
        }
        if target.user.is_empty() {
            "root".clone_into(&mut target.user);
        }
        let own = Login::read(given, &BASTION, agent)?;
        let has_port = given.get(BASTION.port).is_some();
        let bastion = (!own.host.is_empty()).then(|| own.or_as(&target, has_port));
        let default = if is_unix { SCRIPT_PATH } else { SCRIPT_PATH_WINDOWS };
        let script_path = given.str("script_path").filter(|path| !path.is_empty());
        Ok(Self {
            bastion,
            timeout,
            script_path: script_path.unwrap_or(default).to_owned(),
            is_unix,
            agent_identity: given.string("agent_identity"),
            target,
        })
    }

    /// What is being connected to, in the lines that Terraform prints.
    pub(crate) fn announce(&self, output: &Output<'_>) {
        output("Connecting to remote host via SSH...");
        self.target.announce(output);
        if let Some(bastion) = &self.bastion {
            output("Using configured bastion host...");
            bastion.announce(output);
        }
    }
}

impl Login {
    fn read(given: View<'_>, names: &Names, agent: bool) -> Result<Self, String> {
        let port = match given.i64(names.port) {
            None => 22,
            Some(port) => u16::try_from(port).ok().filter(|port| *port > 0).ok_or_else(|| {
                format!(
                    "{:?} of the connection is {port}, and a port is between 1 and 65535.",
                    names.port
                )
            })?,
        };
        let text = |name| given.str(name).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self {
            host: text(names.host).unwrap_or_default(),
            port,
            user: text(names.user).unwrap_or_default(),
            password: text(names.password),
            private_key: text(names.private_key),
            certificate: text(names.certificate),
            agent,
            host_key: text(names.host_key),
        })
    }

    /// What a bastion is not told of its own is as for the machine behind it.
    fn or_as(mut self, target: &Self, has_port: bool) -> Self {
        if !has_port {
            self.port = target.port;
        }
        if self.user.is_empty() {
            self.user.clone_from(&target.user);
        }
        self.password = self.password.or_else(|| target.password.clone());
        if self.private_key.is_none() {
            self.private_key.clone_from(&target.private_key);
            self.certificate = self.certificate.or_else(|| target.certificate.clone());
        }
        self
    }

    fn announce(&self, output: &Output<'_>) {
        output(&format!("  Host: {}", self.host));
        output(&format!("  User: {}", self.user));
        output(&format!("  Password: {}", self.password.is_some()));
        output(&format!("  Private key: {}", self.private_key.is_some()));
        output(&format!("  Certificate: {}", self.certificate.is_some()));
        output(&format!("  Checking Host Key: {}", self.host_key.is_some()));
    }
}

/// Nothing that is secret is shown.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}:{}", self.user, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&'static str, Value)]) -> Result<Connection, String> {
        let schema = schema();
        let attributes = schema.attributes.iter().map(|attribute| {
            let found = given.iter().find(|(name, _)| *name == attribute.name);
            let value = found.map(|(_, value)| value.clone());
            (attribute.name, value.unwrap_or_else(|| Value::null(attribute.ty.clone())))
        });
        Connection::read(&Value::object(attributes))
    }

    #[test]
    fn what_is_not_said_is_as_in_terraform() {
        let found = read(&[("host", "web".into())]).expect("a connection");
        assert_eq!(format!("{:?}", found.target), "root@web:22");
        assert_eq!(found.timeout, Duration::from_mins(5));
        assert_eq!(found.script_path, "/tmp/terraform_%RAND%.sh");
        assert!(found.target.agent && found.is_unix && found.bastion.is_none());
    }

    #[test]
    fn a_bastion_is_logged_into_as_the_machine_behind_it() {
        let given = [
            ("host", "web".into()),
            ("user", "admin".into()),
            ("port", Value::from(2222)),
            ("private_key", "a key".into()),
            ("bastion_host", "gate".into()),
        ];
        let bastion = read(&given).expect("a connection").bastion.expect("a bastion");
        assert_eq!(format!("{bastion:?}"), "admin@gate:2222");
        assert_eq!(bastion.private_key.as_deref(), Some("a key"));
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        let wrong = [
            ("type", Value::from("winrm"), "type \"winrm\""),
            ("timeout", "soon".into(), "\"soon\""),
            ("port", Value::from(70000), "70000"),
            ("proxy_host", "proxy".into(), "\"proxy_host\""),
            ("target_platform", "vms".into(), "\"vms\""),
        ];
        for (name, value, said) in wrong {
            let error = read(&[("host", "web".into()), (name, value)]).expect_err("refused");
            assert!(error.contains(said), "{error}");
        }
    }
}
