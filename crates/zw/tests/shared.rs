//! One state in PostgreSQL, and many people who change it.

#![cfg(all(unix, feature = "pg"))]

mod support;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use support::Project;
use zw_testing::Postgres;

/// How long something may take that should come soon.
const SOON: Duration = Duration::from_secs(90);

/// A project with its state in a schema of its own.
struct Shared {
    server: &'static Postgres,
    schema: String,
    project: Project,
}

impl Shared {
    fn of(config: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Postgres::shared()?;
        let schema = format!("project_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let project = Project::of(config).env("PG_CONN_STR", &server.conn_str());
        project.write("backend.tf", &block(&schema));
        project.ok(&["init"]);
        Some(Self { server, schema, project })
    }

    /// Starts a command whose output can be had when it has ended.
    fn start(&self, args: &[&str]) -> Child {
        let mut command = self.project.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("zw can be started")
    }

    fn sql(&self, sql: &str) -> String {
        self.server.sql(&sql.replace("SCHEMA", &self.schema))
    }

    fn path(&self) -> &Path {
        self.project.path()
    }
}

fn block(schema: &str) -> String {
    format!(
        "terraform {{\n  backend \"pg\" {{\n    schema_name   = \"{schema}\"\n    lease_timeout = \"2s\"\n  }}\n}}\n"
    )
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn ended(child: Child) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace('│', " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    (status.code(), text(&stdout), text(&stderr))
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("kill can be started").success());
}

#[test]
fn eight_applies_at_once_on_disjoint_parts_all_succeed() {
    // Each waits for all others to be under way: were there one lock, the first would wait for ever.
    let part = r#"
        resource "terraform_data" "part_#" {
          provisioner "local-exec" {
            command = <<-END
              touch started-#
              tries=0
              until [ $(ls started-* | wc -l) -eq 8 ]; do
                tries=$((tries + 1)); [ $tries -lt 900 ] || exit 1; sleep 0.1
              done
            END
          }
        }
    "#;
    let config: String = (0..8).map(|number| part.replace('#', &number.to_string())).collect();
    let Some(shared) = Shared::of(&config) else { return };
    let children: Vec<Child> = (0..8)
        .map(|number| {
            let target = format!("-target=terraform_data.part_{number}");
            shared.start(&["apply", "-auto-approve", &target])
        })
        .collect();
    for child in children {
        let (code, stdout, stderr) = ended(child);
        assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    }
    assert_eq!(shared.project.ok(&["state", "list"]).stdout.lines().count(), 8);
    let ran = shared.project.ok(&["plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let history = shared.project.ok(&["history"]).stdout;
    assert_eq!(
        history.matches("+1 ~1 -0").count() + history.matches("+1 ~0 -0").count(),
        8,
        "{history}"
    );
}

#[test]
fn overlapping_applies_queue_and_say_for_whom() {
    let config = r#"
        resource "terraform_data" "held" {
          provisioner "local-exec" {
            command = "touch started; until [ -e go ]; do sleep 0.05; done"
          }
        }

        resource "terraform_data" "free" {
          input = "x"
        }

        resource "terraform_data" "user" {
          input = terraform_data.held.id
        }

        output "held" {
          value = terraform_data.held.id
        }
    "#;
    let Some(shared) = Shared::of(config) else { return };
    let first = shared.start(&["apply", "-auto-approve", "-target=terraform_data.held"]);
    wait_until("the first apply", || shared.path().join("started").exists());
    // What has nothing to do with it goes on.
    shared.project.ok(&["apply", "-auto-approve", "-target=terraform_data.free"]);
    // What has is told who, where, since when and on what.
    let refused = ended(shared.start(&["apply", "-auto-approve"]));
    let by = format!("(process {} on", first.id());
    for expected in [
        "Somebody else is changing the state",
        &by,
        "for apply since 20",
        "terraform_data.held",
        "-lock-timeout",
        "zw force-unlock 20",
    ] {
        assert!(refused.2.contains(expected), "{expected}: {}", refused.2);
    }
    assert_eq!(refused.0, Some(1));

    let log = shared.path().join("waiting");
    let mut waiting = shared.project.command(&["apply", "-auto-approve", "-lock-timeout=90s"]);
    let stderr = std::fs::File::create(&log).expect("a file");
    let waiting = waiting.stdout(Stdio::piped()).stderr(stderr).spawn().expect("zw can be started");
    // It is told while it waits.
    let said = || std::fs::read_to_string(&log).expect("it is there");
    wait_until("waiting", || said().contains("Waiting: the state is held by"));
    assert!(said().contains(&by), "{}", said());
    std::fs::write(shared.path().join("go"), "").expect("a file");
    let (code, stdout, stderr) = ended(first);
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    let (code, stdout, _) = ended(waiting);
    assert_eq!(code, Some(0), "{stdout}\n{}", said());
    // Others changed what it had planned from, so it planned again.
    assert!(said().contains("planning again"), "{}", said());
    assert_eq!(shared.project.ok(&["plan", "-detailed-exitcode"]).code, Some(0));
    let id = shared.project.ok(&["output", "-raw", "held"]).stdout;
    let user = shared.project.ok(&["state", "show", "terraform_data.user"]).stdout;
    assert!(user.contains(&id), "{user}");
}

const SLOW: &str = r#"
    variable "duration" {
      default = "600s"
    }

    resource "time_sleep" "slow" {
      create_duration = var.duration
    }

    resource "terraform_data" "other" {}
"#;

fn is_creating(shared: &Shared) -> bool {
    // The first run makes the tables.
    !shared.sql("SELECT to_regclass('SCHEMA.zw_intent')").is_empty()
        && shared.sql("SELECT count(*) FROM SCHEMA.zw_intent") == "1"
}

#[test]
fn what_a_killed_holder_left_is_settled_by_the_next_one() {
    let Some(shared) = Shared::of(SLOW) else { return };
    let mut killed = shared.start(&["apply", "-auto-approve", "-target=time_sleep.slow"]);
    wait_until("the creation", || is_creating(&shared));
    // Whose holder lives is nobody else's business.
    let ran = shared.project.ok(&["apply", "-auto-approve", "-target=terraform_data.other"]);
    assert!(!ran.stdout.contains("cut off"), "{}", ran.stdout);
    killed.kill().expect("it lives");
    killed.wait().expect("it ends");
    let args = ["apply", "-auto-approve", "-target=terraform_data.other", "-lock-timeout=60s"];
    // Until the server has seen that the connection is gone it counts as alive.
    wait_until("settling", || {
        let ran = shared.project.ok(&args);
        ran.stdout.contains("time_sleep.slow: its creation was cut off before anything was created")
    });
    assert_eq!(shared.sql("SELECT count(*) FROM SCHEMA.zw_intent"), "0");
    shared.project.ok(&["apply", "-auto-approve", "-var=duration=0s"]);
    assert_eq!(shared.project.ok(&["state", "list"]).stdout.lines().count(), 2);
}

#[test]
fn a_suspended_holder_can_write_nothing_once_its_lease_is_over() {
    let Some(shared) = Shared::of(SLOW) else { return };
    let args = ["apply", "-auto-approve", "-target=time_sleep.slow", "-var=duration=15s"];
    let suspended = shared.start(&args);
    wait_until("the creation", || is_creating(&shared));
    signal(&suspended, "-STOP");
    let ran =
        shared.project.ok(&["apply", "-auto-approve", "-var=duration=0s", "-lock-timeout=90s"]);
    assert!(ran.stdout.contains("time_sleep.slow: its creation was cut off"), "{}", ran.stdout);
    let before = shared.project.ok(&["state", "pull"]).stdout;
    signal(&suspended, "-CONT");
    let (code, stdout, stderr) = ended(suspended);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stderr.contains("lost the right to write"), "{stderr}");
    assert_eq!(shared.project.ok(&["state", "pull"]).stdout, before);
    assert!(before.contains("\"create_duration\": \"0s\""), "{before}");
}

#[test]
fn a_state_moves_to_a_server_and_back() {
    let Some(server) = Postgres::shared() else { return };
    let project = Project::of(
        "resource \"terraform_data\" \"one\" {\n  input = 1\n}\n\noutput \"o\" {\n  value = terraform_data.one.output\n}\n",
    );
    let project = project.env("PG_CONN_STR", &server.conn_str());
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["workspace", "new", "staging"]);
    project.ok(&["apply", "-auto-approve"]);
    let before = project.ok(&["state", "pull"]).stdout;
    project.write("backend.tf", &block("moving"));
    let ran = project.ok(&["init", "-migrate-state"]);
    assert!(ran.stdout.contains("Copied the state of workspace \"staging\""), "{}", ran.stdout);
    assert_eq!(project.ok(&["state", "pull"]).stdout, before);
    assert_eq!(project.ok(&["workspace", "list"]).stdout, "  default\n* staging\n");
    assert_eq!(project.ok(&["plan", "-detailed-exitcode"]).code, Some(0));
    project.edit("main.tf", "input = 1", "input = 2");
    project.ok(&["apply", "-auto-approve"]);
    let after = project.ok(&["state", "pull"]).stdout;
    project.write("backend.tf", "");
    project.ok(&["init", "-migrate-state"]);
    assert_eq!(project.ok(&["state", "pull"]).stdout, after);
    assert_ne!(before, after);
    assert_eq!(project.ok(&["plan", "-detailed-exitcode"]).code, Some(0));
}

#[test]
fn whoever_cannot_get_in_is_told_where_and_no_password() {
    let Some(server) = Postgres::shared() else { return };
    let project = Project::of("resource \"terraform_data\" \"one\" {}\n");
    project.write("backend.tf", "terraform {\n  backend \"pg\" {}\n}\n");
    let absent = "postgres://ann:hush@127.0.0.1:1/infra?sslmode=disable".to_owned();
    for (conn_str, expected) in [
        (server.guarded_conn_str("hush"), "password authentication failed for user \"guarded\""),
        (absent, "Connection refused"),
    ] {
        let ran = project.zw(&["init", &format!("-backend-config=conn_str={conn_str}")]);
        assert_eq!(ran.code, Some(1), "{}", ran.stdout);
        let stderr = ran.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(stderr.contains("cannot reach the state at 127.0.0.1:"), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
        assert!(!(stderr + &ran.stdout).contains("hush"), "{}", ran.stderr);
    }
    let conn_str = server.guarded_conn_str(Postgres::PASSWORD);
    project.ok(&["init", &format!("-backend-config=conn_str={conn_str}")]);
    project.ok(&["apply", "-auto-approve"]);
    let metadata = std::fs::metadata(project.path().join(".zw/backend.json")).expect("it is there");
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
    assert_eq!(mode & 0o777, 0o600);
    let plan = project.ok(&["plan", "-out=plan"]);
    assert!(!plan.stdout.contains(Postgres::PASSWORD));
}
