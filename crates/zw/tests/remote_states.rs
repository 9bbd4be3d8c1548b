//! States in buckets and behind Terraform's HTTP protocol, with the real program, and with Terraform where it is on the
//! machine.

#![cfg(feature = "remote")]

mod support;

use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use support::{Project, Ran};
use zw_testing::{Azurite, Emulator, Kind, TerraformHttp};

const BUCKET: &str = "states-of-zw";

const CONFIG: &str = r#"
variable "input" {
  default = "first"
}

resource "terraform_data" "one" {
  input = var.input
}

output "one" {
  value = terraform_data.one.output
}
"#;

static MOTO: OnceLock<Option<Emulator>> = OnceLock::new();

/// A project whose state is to be in S3, under a key of its own.
fn in_s3(config: &str, key: &str) -> Option<Project> {
    let moto = MOTO.get_or_init(|| {
        let moto = Emulator::start(Kind::Moto)?;
        moto.create_bucket(BUCKET);
        Some(moto)
    });
    let project = Project::of(config).on(moto.as_ref()?).env("AWS_REGION", "eu-central-1");
    project.write("backend.tf", &s3(key, ""));
    Some(project)
}

fn s3(key: &str, more: &str) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket = \"{BUCKET}\"\n    key = \"{key}\"\n{more}  }}\n}}\n"
    )
}

/// Text without frames and line breaks.
fn flat(text: &str) -> String {
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn refused(project: &Project, args: &[&str]) -> String {
    let ran = project.zw(args);
    assert_eq!(ran.code, Some(1), "zw {args:?}\n{}\n{}", ran.stdout, ran.stderr);
    flat(&ran.stderr)
}

/// Waits for a file that a provisioner writes.
fn wait_for(path: &Path, child: &mut Child) {
    while !path.exists() {
        assert!(
            child.try_wait().unwrap_or_default().is_none(),
            "it ended before {}",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Thirty objects, one after the other in tens; each takes a moment.
const MANY: &str = r#"
resource "terraform_data" "first" {
  provisioner "local-exec" {
    command = "touch started"
  }
}

resource "terraform_data" "many" {
  count      = 30
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "sleep 0.0${count.index}"
  }
}

resource "terraform_data" "last" {
  depends_on = [terraform_data.many]
}
"#;

#[test]
fn an_apply_that_is_killed_is_completed_by_the_next() {
    let Some(project) = in_s3(MANY, "killed/terraform.tfstate") else { return };
    project.ok(&["init"]);
    for moment in 0..4 {
        let mut child = project.spawn(&["apply", "-auto-approve"]);
        wait_for(&project.path().join("started"), &mut child);
        std::thread::sleep(Duration::from_millis(40 * moment));
        // It may be done by then.
        let _ = child.kill();
        let _ = child.wait();
        // Nobody waits for the lease of a process that is gone.
        project.ok(&["apply", "-auto-approve"]);
        assert_eq!(project.ok(&["state", "list"]).stdout.lines().count(), 32);
        assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
        project.ok(&["destroy", "-auto-approve"]);
        assert_eq!(project.ok(&["state", "list"]).stdout, "");
        let _ = std::fs::remove_file(project.path().join("started"));
    }
    let history = project.ok(&["history"]).stdout;
    assert!(history.lines().count() > 8, "{history}");
}

/// Goes on for as long as there is no file `go`.
const SLOW: &str = r#"
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch started; while [ ! -e go ]; do sleep 0.05; done"
  }
}
"#;

#[test]
fn whoever_comes_second_waits_or_is_told_who_was_first() {
    let Some(project) = in_s3(SLOW, "slow/terraform.tfstate") else { return };
    project.ok(&["init"]);
    let mut first = project.spawn(&["apply", "-auto-approve"]);
    wait_for(&project.path().join("started"), &mut first);
    let stderr = refused(&project, &["apply", "-auto-approve"]);
    assert!(stderr.contains("Somebody else is changing the state"), "{stderr}");
    assert!(stderr.contains(&format!("(process {} on ", first.id())), "{stderr}");
    assert!(stderr.contains("for apply since 20"), "{stderr}");
    // Reading goes on.
    project.ok(&["state", "list"]);

    let mut second = project.command(&["apply", "-auto-approve", "-lock-timeout=60s"]);
    let second = second.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    std::thread::sleep(Duration::from_millis(500));
    project.write("go", "");
    assert!(first.wait().is_ok_and(|status| status.success()));
    let output = second.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("No changes"), "{stdout}");
}

#[test]
fn whoever_was_unlocked_can_no_longer_write() {
    let Some(project) = in_s3(SLOW, "unlocked/terraform.tfstate") else { return };
    project.ok(&["init"]);
    let mut command = project.command(&["apply", "-auto-approve"]);
    let mut first =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    wait_for(&project.path().join("started"), &mut first);
    let ran = project.ok(&["force-unlock", "-force"]);
    assert!(ran.stdout.contains(&format!("process {}", first.id())), "{}", ran.stdout);
    project.write("go", "");
    let output = first.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let stderr = flat(&String::from_utf8_lossy(&output.stderr));
    assert!(stderr.contains("lost the right to write"), "{stderr}");
    // What it had begun is in doubt, and the next run looks into that.
    project.ok(&["apply", "-auto-approve"]);
}

#[test]
fn a_state_moves_into_a_bucket_and_back() {
    let Some(project) = in_s3(CONFIG, "moved/terraform.tfstate") else { return };
    let block = project.read("backend.tf");
    project.write("backend.tf", "");
    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    let before = project.ok(&["state", "pull"]).stdout;
    project.write("backend.tf", &block);
    project.ok(&["init", "-migrate-state"]);
    assert_eq!(project.ok(&["state", "pull"]).stdout, before);
    project.ok(&["apply", "-auto-approve", "-var=input=second"]);
    let before = project.ok(&["state", "pull"]).stdout;
    project.write("backend.tf", "");
    project.ok(&["init", "-migrate-state"]);
    assert_eq!(project.ok(&["state", "pull"]).stdout, before);
    assert_eq!(project.ok(&["output", "-raw", "one"]).stdout, "second");
}

#[test]
fn what_cannot_be_reached_is_said() {
    let block = |more: &str| s3("k", more);
    let project = Project::of(CONFIG)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-central-1");
    project.write("backend.tf", &block("    endpoints = { s3 = \"http://127.0.0.1:9\" }\n"));
    let stderr = refused(&project, &["init"]);
    assert!(stderr.contains("cannot list s3://states-of-zw"), "{stderr}");
    assert!(stderr.contains("onnection refused"), "{stderr}");
    for (more, words) in [
        (
            "    dynamodb_table = \"locks\"\n",
            "\"dynamodb_table\" is not supported: locks are in the bucket",
        ),
        ("    use_lockfile = false\n", "use_lockfile cannot be false"),
        ("    access_key = \"a\"\n", "access_key and secret_key go together"),
        ("    endpoints = { sts = \"http://127.0.0.1:9\" }\n", "there can be s3 only"),
        ("    buket = \"b\"\n", "has no argument named \"buket\""),
    ] {
        project.write("backend.tf", &block(more));
        let stderr = refused(&project, &["init"]);
        assert!(stderr.contains(words), "{more}: {stderr}");
    }
}

#[test]
fn credentials_that_are_wrong_are_said_to_be() {
    let Some(azurite) = Azurite::start("states") else { return };
    let project = Project::of(CONFIG).env("ARM_ACCESS_KEY", "d3Jvbmc=");
    let block = format!(
        "terraform {{\n  backend \"azurerm\" {{\n    storage_account_name = \"{}\"\n    container_name = \"states\"\n    \
         key = \"terraform.tfstate\"\n    endpoint = \"{}\"\n  }}\n}}\n",
        Azurite::ACCOUNT,
        azurite.endpoint
    );
    project.write("backend.tf", &block);
    let stderr = refused(&project, &["init"]);
    assert!(stderr.contains("Check the credentials"), "{stderr}");
    assert!(!stderr.contains("d3Jvbmc"), "{stderr}");
    let project = project.env("ARM_ACCESS_KEY", Azurite::KEY);
    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(project.ok(&["output", "-raw", "one"]).stdout, "first");
}

fn over_http(config: &str, server: &TerraformHttp) -> Project {
    let project = Project::of(config);
    let address = &server.address;
    project.write(
        "backend.tf",
        &format!(
            "terraform {{\n  backend \"http\" {{\n    address = \"{address}\"\n    lock_address = \"{address}\"\n    \
             unlock_address = \"{address}\"\n  }}\n}}\n"
        ),
    );
    project
}

fn terraform(project: &Project, args: &[&str]) -> Option<Ran> {
    project.terraform(args, "")
}

#[test]
fn zw_and_terraform_share_a_state() {
    let server = TerraformHttp::start();
    let project = over_http(CONFIG, &server);
    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    // Terraform reads what zw wrote, with its field.
    let Some(ran) = terraform(&project, &["init", "-no-color"]) else { return };
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    let ran =
        terraform(&project, &["plan", "-detailed-exitcode", "-no-color"]).expect("it is there");
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    let id = server.state().expect("a state")["resources"][0]["instances"][0]["attributes"]["id"]
        .clone();
    // And the other way round.
    let ran = terraform(&project, &["apply", "-auto-approve", "-no-color", "-var=input=second"]);
    assert_eq!(ran.expect("it is there").code, Some(0));
    let state = server.state().expect("a state");
    assert_eq!(state.get("zw"), None);
    assert_eq!(project.ok(&["output", "-raw", "one"]).stdout, "second");
    assert_eq!(project.zw(&["plan", "-detailed-exitcode", "-var=input=second"]).code, Some(0));
    project.ok(&["apply", "-auto-approve", "-var=input=third"]);
    let state = server.state().expect("a state");
    assert_eq!(state["resources"][0]["instances"][0]["attributes"]["id"], id);
    assert_eq!(server.lock(), None);
    let ran = terraform(&project, &["plan", "-detailed-exitcode", "-no-color", "-var=input=third"]);
    assert_eq!(ran.expect("it is there").code, Some(0));
}

#[test]
fn zw_and_terraform_respect_each_others_locks() {
    let server = TerraformHttp::start();
    let project = over_http(SLOW, &server);
    let Some(ran) = terraform(&project, &["init", "-no-color"]) else { return };
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    project.ok(&["init"]);
    let mut held = project.spawn(&["apply", "-auto-approve"]);
    wait_for(&project.path().join("started"), &mut held);
    let ran = terraform(&project, &["apply", "-auto-approve", "-no-color"]).expect("it is there");
    assert_eq!(ran.code, Some(1));
    let stderr = flat(&ran.stderr);
    assert!(stderr.contains("Error acquiring the state lock"), "{stderr}");
    let lock = server.lock().expect("zw holds it");
    assert_eq!((lock["Operation"].as_str(), lock["Who"].as_str().is_some()), (Some("apply"), true));
    let id = lock["ID"].as_str().expect("it has one");
    assert!(stderr.contains(&format!("already locked: ID={id}")), "{stderr}");
    project.write("go", "");
    assert!(held.wait().is_ok_and(|status| status.success()));

    for file in ["go", "started"] {
        std::fs::remove_file(project.path().join(file)).expect("it is there");
    }
    let args = ["apply", "-auto-approve", "-no-color", "-replace=terraform_data.slow"];
    std::thread::scope(|scope| {
        let terraform = scope.spawn(|| terraform(&project, &args).expect("it is there").code);
        while !project.path().join("started").exists() {
            assert!(!terraform.is_finished());
            std::thread::sleep(Duration::from_millis(20));
        }
        let stderr = refused(&project, &["apply", "-auto-approve"]);
        assert!(stderr.contains("Somebody else is changing the state"), "{stderr}");
        assert!(stderr.contains("for apply since 20"), "{stderr}");
        project.write("go", "");
        assert_eq!(terraform.join().expect("it ends"), Some(0));
    });
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
}

#[test]
fn an_apply_over_http_that_is_killed_is_completed_elsewhere() {
    let server = TerraformHttp::start();
    let project = over_http(MANY, &server);
    project.ok(&["init"]);
    let mut child = project.spawn(&["apply", "-auto-approve"]);
    wait_for(&project.path().join("started"), &mut child);
    child.kill().expect("it can be killed");
    child.wait().expect("it is gone");
    // The protocol has no signs of life: the lock stays until somebody unlocks it.
    let other = over_http(MANY, &server);
    other.ok(&["init"]);
    let stderr = refused(&other, &["apply", "-auto-approve"]);
    assert!(stderr.contains("force-unlock"), "{stderr}");
    other.ok(&["force-unlock", "-force"]);
    other.ok(&["apply", "-auto-approve"]);
    assert_eq!(other.ok(&["state", "list"]).stdout.lines().count(), 32);
}
