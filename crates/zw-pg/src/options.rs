//! What a `backend "pg"` block says, with what the environment adds.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/pg>

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How long to wait for a server that does not answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a run has its leases beyond its last sign of life, unless told otherwise.
const LEASE: Duration = Duration::from_secs(30);

/// Parameters that the driver does not know.
const OF_TLS: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Where states are, and what may be made there.
#[derive(Clone)]
pub struct PgOptions {
    /// As `libpq` has it: a URL, or words like `host=… dbname=…`. What it does not say, the environment does.
    pub conn_str: String,
    /// The schema with the tables.
    pub schema: String,
    /// Whether the schema is made if there is none.
    pub creates_schema: bool,
    /// Whether tables are made, and brought to the format of today.
    pub creates_tables: bool,
    /// Whether indexes are.
    pub creates_indexes: bool,
    /// How long a run has its leases beyond its last sign of life.
    pub lease: Duration,
}

impl Default for PgOptions {
    fn default() -> Self {
        Self {
            conn_str: String::new(),
            schema: "terraform_remote_state".to_owned(),
            creates_schema: true,
            creates_tables: true,
            creates_indexes: true,
            lease: LEASE,
        }
    }
}

/// How the server proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verify {
    /// Not at all: the connection is only encrypted.
    Nothing,
    /// By a certificate of an authority that is trusted.
    Authority,
    /// By one for its name.
    Name,
}

/// How to reach a server.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) config: Config,
    pub(crate) verify: Verify,
    /// The file with the authorities that are trusted; those of the machine without one.
    pub(crate) authorities: Option<PathBuf>,
    /// Where it is, for messages: without any secret.
    pub(crate) place: String,
}

impl Target {
    /// # Errors
    /// What is wrong with the connection string, in a sentence that quotes none of it.
    pub(crate) fn of(
        options: &PgOptions,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let (rest, tls) = without_tls(&options.conn_str)?;
        let mut config: Config = rest
            .parse()
            .map_err(|error| format!("conn_str is not a connection string: {error}."))?;
        fill(&mut config, env)?;
        let of_tls = |name: &str, variable: &str| {
            let given = tls.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            given.or_else(|| env(variable)).filter(|value| !value.is_empty())
        };
        for (name, variable) in [("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY")] {
            if of_tls(name, variable).is_some() {
                return Err(format!(
                    "{name} is given, and zw cannot prove who it is by a certificate yet."
                ));
            }
        }
        let authorities = of_tls("sslrootcert", "PGSSLROOTCERT").map(PathBuf::from);
        let is_local = config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
        // The default is that of Terraform's driver.
        let mode = of_tls("sslmode", "PGSSLMODE").unwrap_or_else(|| "require".to_owned());
        let (mode, verify) = match mode.as_str() {
            _ if is_local => (SslMode::Disable, Verify::Nothing),
            "disable" => (SslMode::Disable, Verify::Nothing),
            "allow" | "prefer" => (SslMode::Prefer, Verify::Nothing),
            // As libpq has it: who names authorities wants them asked.
            "require" if authorities.is_some() => (SslMode::Require, Verify::Authority),
            "require" => (SslMode::Require, Verify::Nothing),
            "verify-ca" => (SslMode::Require, Verify::Authority),
            "verify-full" => (SslMode::Require, Verify::Name),
            other => {
                return Err(format!(
                    "sslmode is {other:?}: there are disable, allow, prefer, require, verify-ca and verify-full."
                ));
            }
        };
        config.ssl_mode(mode);
        let place = place(&config, &options.schema);
        Ok(Self { config, verify, authorities, place })
    }
}

/// Adds what the environment says, and what is so by default.
fn fill(config: &mut Config, env: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    if config.get_hosts().is_empty() {
        config.host(env("PGHOST").unwrap_or_else(|| "localhost".to_owned()));
    }
    if config.get_ports().is_empty()
        && let Some(port) = env("PGPORT")
    {
        config.port(port.parse().map_err(|_| format!("PGPORT is {port:?}, which is no port."))?);
    }
    if config.get_user().is_none() {
        let user = env("PGUSER").or_else(|| env("USER")).or_else(|| env("LOGNAME"));
        config.user(user.ok_or("There is no user: neither conn_str nor PGUSER names one.")?);
    }
    if config.get_password().is_none()
        && let Some(password) = env("PGPASSWORD")
    {
        config.password(password);
    }
    if config.get_dbname().is_none()
        && let Some(name) = env("PGDATABASE")
    {
        config.dbname(name);
    }
    if config.get_connect_timeout().is_none() {
        let seconds = env("PGCONNECT_TIMEOUT").and_then(|text| text.parse().ok());
        config.connect_timeout(seconds.map_or(CONNECT_TIMEOUT, Duration::from_secs));
    }
    if config.get_application_name().is_none() {
        config.application_name("zw");
    }
    Ok(())
}

/// A connection string without what the driver does not know, and that.
fn without_tls(text: &str) -> Result<(String, Vec<(String, String)>), String> {
    let is_of_tls = |name: &str| OF_TLS.contains(&name);
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        let Some((base, query)) = text.split_once('?') else {
            return Ok((text.to_owned(), Vec::new()));
        };
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let (tls, rest): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| is_of_tls(name));
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
        // The driver takes a plus sign for itself.
        let query = query.replace('+', "%20");
        let base = base.to_owned();
        return Ok((if query.is_empty() { base } else { format!("{base}?{query}") }, tls));
    }
    let mut tls = Vec::new();
    let mut rest = Vec::new();
    for (name, value, written) in words(text)? {
        if is_of_tls(&name) { tls.push((name, value)) } else { rest.push(written) }
    }
    Ok((rest.join(" "), tls))
}

/// The words of a connection string that is no URL: names, values, and how they are written.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>
fn words(text: &str) -> Result<Vec<(String, String, String)>, String> {
    let unfinished = || "conn_str is not a connection string: it ends too early.".to_owned();
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(unfinished)?;
        let after = after.trim_start();
        let mut value = String::new();
        let is_quoted = after.starts_with('\'');
        let mut is_closed = !is_quoted;
        let mut end = after.len();
        let mut chars = after.char_indices().skip(usize::from(is_quoted));
        while let Some((at, char)) = chars.next() {
            match char {
                '\\' => value.push(chars.next().ok_or_else(unfinished)?.1),
                '\'' if is_quoted => {
                    is_closed = true;
                    end = at + 1;
                    break;
                }
                char if char.is_whitespace() && !is_quoted => {
                    end = at;
                    break;
                }
                char => value.push(char),
            }
        }
        if !is_closed {
            return Err(unfinished());
        }
        let name = name.trim().to_owned();
        let written = format!("{name}={}", &after[..end]);
        words.push((name, value, written));
        rest = after[end..].trim_start();
    }
    Ok(words)
}

/// Host, port, database, user and schema.
fn place(config: &Config, schema: &str) -> String {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(at, host)| {
            let ports = config.get_ports();
            let port = ports.get(at).or_else(|| ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(host) => format!("{host}:{port}"),
                #[cfg(unix)]
                Host::Unix(path) => format!("{}:{port}", path.display()),
            }
        })
        .collect();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    format!("{} (database {database}, user {user}, schema {schema})", hosts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(conn_str: &str, env: &[(&str, &str)]) -> Result<Target, String> {
        let options = PgOptions { conn_str: conn_str.to_owned(), ..PgOptions::default() };
        let find = |name: &str| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Target::of(&options, &find)
    }

    #[test]
    fn urls_and_words_say_the_same() {
        let url =
            target("postgres://ann:s3cret@db.example.com:6432/infra?sslmode=verify-full", &[]);
        let words = target(
            "host=db.example.com port=6432 user=ann password='s3 \\'cret' dbname=infra sslmode = verify-full",
            &[],
        );
        for target in [url.unwrap(), words.unwrap()] {
            assert_eq!(target.verify, Verify::Name);
            assert_eq!(target.config.get_ssl_mode(), SslMode::Require);
            assert_eq!(
                target.place,
                "db.example.com:6432 (database infra, user ann, schema terraform_remote_state)"
            );
        }
    }

    #[test]
    fn the_environment_says_what_the_string_does_not() {
        let env = [("PGHOST", "db"), ("PGUSER", "bob"), ("PGPASSWORD", "x"), ("PGDATABASE", "d")];
        let found = target("", &env).unwrap();
        assert_eq!(found.place, "db:5432 (database d, user bob, schema terraform_remote_state)");
        assert_eq!(found.config.get_password(), Some(b"x".as_slice()));
        let found = target("postgres://ann@other", &env).unwrap();
        assert_eq!(found.place, "other:5432 (database d, user ann, schema terraform_remote_state)");
    }

    #[test]
    fn a_connection_is_encrypted_unless_told_otherwise() {
        let mode =
            |text: &str| target(text, &[]).map(|found| (found.config.get_ssl_mode(), found.verify));
        assert_eq!(mode("host=a user=b"), Ok((SslMode::Require, Verify::Nothing)));
        assert_eq!(mode("host=a user=b sslmode=disable"), Ok((SslMode::Disable, Verify::Nothing)));
        assert_eq!(mode("host=/run/pg user=b"), Ok((SslMode::Disable, Verify::Nothing)));
        assert_eq!(
            mode("host=a user=b sslrootcert=ca.pem"),
            Ok((SslMode::Require, Verify::Authority))
        );
    }

    #[test]
    fn mistakes_are_said_without_the_secret() {
        for text in [
            "host=a password='s3cret",
            "postgres://ann:s3cret@a:port/d",
            "host=a user=b password=s3cret sslmode=full",
            "host=a user=b password=s3cret colour=red",
            "s3cret",
        ] {
            let error = target(text, &[]).err().unwrap();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
