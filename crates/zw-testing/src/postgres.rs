//! PostgreSQL on a free loopback port, with data of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::server::free_port;

/// Where Debian keeps what is not on the path.
const DEBIAN: &str = "/usr/lib/postgresql";
const START_MAX: Duration = Duration::from_mins(1);
/// Whom the server runs as if the tests run as root, whom it refuses.
const NOBODY: &str = "nobody";

/// A server that lives as long as this program.
#[derive(Debug)]
pub struct Postgres {
    /// Its port on 127.0.0.1.
    pub port: u16,
    programs: PathBuf,
    _dir: tempfile::TempDir,
}

impl Postgres {
    /// The user, who may do everything, and whom the server believes.
    pub const USER: &str = "zw";
    /// A user who has to prove it, which takes a while each time.
    pub const GUARDED_USER: &str = "guarded";
    /// What that user proves it by.
    pub const PASSWORD: &str = "s3cret";
    /// The database.
    pub const DATABASE: &str = "postgres";

    /// The server, which is started if it does not run yet. `None`, and a word about it, if there is no PostgreSQL on
    /// this machine.
    pub fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref()
    }

    /// A server that encrypts connections, which is started if it does not run yet, with what proves who it is. `None`,
    /// and a word about it, if there is no PostgreSQL or no `openssl` on this machine.
    pub fn encrypted() -> Option<(&'static Self, &'static Certified)> {
        static SERVER: OnceLock<Option<(Postgres, Certified)>> = OnceLock::new();
        let server = SERVER.get_or_init(|| {
            let dir = tempfile::tempdir().expect("a directory");
            let certified = Certified::make(dir)?;
            let server = Self::start_with(&certified.settings())?;
            Some((server, certified))
        });
        server.as_ref().map(|(server, certified)| (server, certified))
    }

    /// Where it is, with all that one needs to get in.
    pub fn conn_str(&self) -> String {
        let (user, port) = (Self::USER, self.port);
        format!("postgres://{user}@127.0.0.1:{port}/{}?sslmode=disable", Self::DATABASE)
    }

    /// The same for the user who has to give a password.
    pub fn guarded_conn_str(&self, password: &str) -> String {
        let user = Self::GUARDED_USER;
        self.conn_str().replace(Self::USER, &format!("{user}:{password}"))
    }

    /// Runs SQL, and gives what it says: rows as lines, columns with `|` between them.
    pub fn sql(&self, sql: &str) -> String {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"]);
        let output = command.arg(self.conn_str()).args(["-c", sql]).output().expect("psql");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    #[expect(clippy::zombie_processes, reason = "the server ends with this program")]
    fn start_with(settings: &[String]) -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped: there is no PostgreSQL on this machine (package postgresql)");
            return None;
        };
        let dir = tempfile::tempdir().expect("a directory");
        let data = dir.path().join("data");
        give_away(dir.path());
        let mut initdb = as_nobody(&programs.join("initdb"), dir.path());
        initdb.arg("-D").arg(&data).args(["-U", Self::USER, "-A", "trust"]);
        initdb.args(["--no-sync", "-E", "UTF8", "--locale=C"]);
        let made = initdb.output().expect("initdb can be started");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let rules = data.join("pg_hba.conf");
        let guard = format!("host all {} 127.0.0.1/32 scram-sha-256\n", Self::GUARDED_USER);
        let others = std::fs::read_to_string(&rules).expect("it was made");
        std::fs::write(&rules, guard + &others).expect("it can be changed");
        let port = free_port();
        let log = std::fs::File::create(dir.path().join("log")).expect("a file");
        let mut server = as_nobody(&programs.join("postgres"), dir.path());
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k"]).arg(dir.path());
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
        server.args(["-c", "max_connections=200"]);
        server.args(settings.iter().flat_map(|setting| ["-c", setting]));
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut server = outliving_tests(server);
        let deadline = Instant::now() + START_MAX;
        let is_ready = || {
            let mut command = Command::new(programs.join("pg_isready"));
            command.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            command.status().is_ok_and(|status| status.success())
        };
        while !is_ready() {
            let is_dead = server.try_wait().is_ok_and(|end| end.is_some());
            let log = || std::fs::read_to_string(dir.path().join("log")).unwrap_or_default();
            assert!(!is_dead && Instant::now() < deadline, "postgres does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        let this = Self { port, programs, _dir: dir };
        let (user, password) = (Self::GUARDED_USER, Self::PASSWORD);
        this.sql(&format!("CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}'"));
        Some(this)
    }
}

/// A certificate of a server, for `localhost`, and who signed it.
#[derive(Debug)]
pub struct Certified {
    /// The file with the authority that signed it.
    pub authority: PathBuf,
    /// The file with one that did not.
    pub other_authority: PathBuf,
    dir: tempfile::TempDir,
}

impl Certified {
    fn make(dir: tempfile::TempDir) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("skipped: there is no program openssl on this machine to make a certificate");
            return None;
        }
        give_away(dir.path());
        let of = |name: &str| dir.path().join(name);
        for name in ["authority", "other"] {
            let subject = format!("/CN={name} of a test");
            openssl(
                &dir,
                &[
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    CURVE,
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    &subject,
                    "-keyout",
                    &format!("{name}.key"),
                    "-out",
                    &format!("{name}.pem"),
                ],
            );
        }
        openssl(
            &dir,
            &[
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                CURVE,
                "-nodes",
                "-subj",
                "/CN=localhost",
                "-keyout",
                "server.key",
                "-out",
                "server.csr",
            ],
        );
        std::fs::write(
            of("extensions"),
            "subjectAltName = DNS:localhost\nbasicConstraints = CA:FALSE\n",
        )
        .expect("a file");
        openssl(
            &dir,
            &[
                "x509",
                "-req",
                "-in",
                "server.csr",
                "-CA",
                "authority.pem",
                "-CAkey",
                "authority.key",
                "-CAcreateserial",
                "-days",
                "2",
                "-extfile",
                "extensions",
                "-out",
                "server.pem",
            ],
        );
        give_away(&of("server.key"));
        Some(Self { authority: of("authority.pem"), other_authority: of("other.pem"), dir })
    }

    fn settings(&self) -> [String; 3] {
        let file = |name: &str| self.dir.path().join(name).display().to_string();
        let (certificate, key) = (file("server.pem"), file("server.key"));
        ["ssl=on".to_owned(), format!("ssl_cert_file={certificate}"), format!("ssl_key_file={key}")]
    }
}

const CURVE: &str = "ec_paramgen_curve:P-256";

fn openssl(dir: &tempfile::TempDir, args: &[&str]) {
    let output = Command::new("openssl").args(args).current_dir(dir.path()).output();
    let output = output.expect("it was there before");
    assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
}

/// Where the programs are, if all of them are there.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let mut all = std::env::split_paths(&path).chain(debian);
    let needed = ["initdb", "postgres", "pg_isready", "psql"];
    all.find(|dir| needed.iter().all(|program| dir.join(program).exists()))
}

fn is_root() -> bool {
    number("-u", None) == Some(0)
}

fn number(option: &str, user: Option<&str>) -> Option<u32> {
    let output = Command::new("id").arg(option).args(user).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

fn give_away(path: &Path) {
    if is_root() {
        let (uid, gid) = (number("-u", Some(NOBODY)), number("-g", Some(NOBODY)));
        std::os::unix::fs::chown(path, uid, gid).expect("root gives files away");
    }
}

/// A program that ends with this one, as somebody who is not root.
fn as_nobody(program: &Path, dir: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "INT"]);
    if is_root() {
        let id = |option| number(option, Some(NOBODY)).unwrap_or_default().to_string();
        command.args(["--reuid", &id("-u"), "--regid", &id("-g"), "--clear-groups"]);
    }
    command.arg("--").arg(program).current_dir(dir);
    command
}

/// Starts a program from a thread that never ends: the signal that it gets when its parent dies is sent when the
/// thread that started it ends, and tests have threads of their own.
fn outliving_tests(mut command: Command) -> Child {
    let (sender, started) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(command.spawn());
        loop {
            std::thread::park();
        }
    });
    started.recv().expect("the thread goes on").expect("the server can be started")
}
