//! OpenSSH's server on a free loopback port, with keys of its own.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::server::free_port;

/// Where systems keep a server that users do not call.
const PATHS: [&str; 4] = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd"];
const START_MAX: Duration = Duration::from_secs(20);

/// A server, running or about to. It stops when this is dropped.
#[derive(Debug)]
pub struct Sshd {
    /// Its port on 127.0.0.1.
    pub port: u16,
    dir: PathBuf,
    program: &'static str,
    server: Option<Child>,
}

impl Sshd {
    /// Prepares a server in a directory of its own below the given one: with a host key, and with a key for users,
    /// `user`. `None`, and a word about it, if there is no OpenSSH on this machine. `options` are lines of its
    /// configuration.
    pub fn prepare(below: &Path, options: &[&str]) -> Option<Self> {
        let has_keygen = Command::new("ssh-keygen").arg("-?").output().is_ok();
        let Some(program) = PATHS.into_iter().find(|path| Path::new(path).exists() && has_keygen)
        else {
            println!(
                "skipped: there is no OpenSSH server on this machine (package openssh-server)"
            );
            return None;
        };
        let port = free_port();
        let dir = below.join(format!("sshd-{port}"));
        std::fs::create_dir_all(&dir).expect("a directory");
        let this = Self { port, dir, program, server: None };
        this.keygen(&["-t", "ed25519", "-f", "host"]);
        this.keygen(&["-t", "ed25519", "-f", "user"]);
        std::fs::copy(this.dir.join("user.pub"), this.dir.join("authorized")).expect("a file");
        // A server that runs as root drops privileges into this directory.
        let _ = std::fs::create_dir_all("/run/sshd");
        let path = this.dir.display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {path}/host\nPidFile none\nUsePAM no\nStrictModes no\n\
             PermitRootLogin yes\nAuthorizedKeysFile {path}/authorized\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\n{}\n",
            options.join("\n")
        );
        std::fs::write(this.dir.join("config"), config).expect("a file");
        Some(this)
    }

    /// As [`Self::prepare`], and starts it.
    pub fn start(below: &Path, options: &[&str]) -> Option<Self> {
        let mut this = Self::prepare(below, options)?;
        this.run();
        Some(this)
    }

    /// Starts it, and returns when it listens.
    pub fn run(&mut self) {
        let log = std::fs::File::create(self.dir.join("log")).expect("a file");
        let mut command = Command::new(self.program);
        command.args(["-D", "-e", "-f"]).arg(self.dir.join("config"));
        let server = command.stdin(Stdio::null()).stderr(log).spawn();
        self.server = Some(server.expect("the server can be started"));
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let is_dead = self
                .server
                .as_mut()
                .is_some_and(|one| one.try_wait().is_ok_and(|end| end.is_some()));
            assert!(
                !is_dead && Instant::now() < deadline,
                "sshd does not start: {}",
                self.read("log")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Makes a key, or signs one, in its directory.
    pub fn keygen(&self, args: &[&str]) {
        let mut command = Command::new("ssh-keygen");
        let made = command.arg("-q").args(["-N", ""]).args(args).current_dir(&self.dir).output();
        let made = made.expect("ssh-keygen can be started");
        assert!(
            made.status.success(),
            "ssh-keygen {args:?}: {}",
            String::from_utf8_lossy(&made.stderr)
        );
    }

    /// A file of its directory: `user` and `host` are private keys, `user.pub` and `host.pub` public ones, `log`
    /// what it said.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// Where a file of its directory is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Who runs it: only they can log in.
    pub fn user() -> String {
        let output = Command::new("id").arg("-un").output().expect("there are users");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
