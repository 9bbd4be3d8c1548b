//! Bad input gets a diagnostic that shows the place, and an exit code; never a panic, and nothing is lost.

mod support;

use support::Project;

/// The output of `zw plan` on a configuration.
fn plan(config: &str) -> String {
    Project::of(config).zw(&["plan"]).all()
}

#[test]
fn an_unclosed_block() {
    insta::assert_snapshot!(plan(
        "resource \"terraform_data\" \"a\" {\n  input = 1\n\nresource \"terraform_data\" \"b\" {}\n"
    ));
}

#[test]
fn an_unknown_attribute() {
    insta::assert_snapshot!(plan("resource \"terraform_data\" \"a\" {\n  inptu = 1\n}\n"));
}

#[test]
fn an_unknown_resource_type() {
    insta::assert_snapshot!(plan("resource \"terraform_date\" \"a\" {\n}\n"));
}

#[test]
fn a_wrong_type() {
    insta::assert_snapshot!(plan(
        "resource \"random_integer\" \"a\" {\n  min = 1\n  max = [\"many\"]\n}\n"
    ));
}

#[test]
fn a_wrong_type_deep_inside() {
    insta::assert_snapshot!(plan(
        r#"variable "groups" {
  type = map(object({
    size = number
    tags = list(string)
  }))
  default = {
    a = { size = 1, tags = ["x"] }
    b = { size = "big", tags = ["x"] }
  }
}
"#
    ));
}

#[test]
fn a_missing_variable() {
    insta::assert_snapshot!(plan("variable \"region\" {\n  type = string\n}\n"));
}

#[test]
fn wrong_values_of_variables_are_told_before_anything_is_read() {
    let config = "variable \"n\" {\n  type = number\n}\n\ndata \"local_file\" \"missing\" {\n  filename = \"missing\"\n}\n";
    let project = Project::of(config);
    for (args, told) in [
        (&["plan"][..], "No value for required variable"),
        (&["plan", "-var=n=x"], "Invalid value for input variable"),
        (&["destroy", "-auto-approve", "-var=n=x"], "Invalid value for input variable"),
    ] {
        let ran = project.zw(args);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("Error: ").count(), 1, "{}", ran.stderr);
    }
    assert!(project.zw(&["plan", "-var=n=1"]).stderr.contains("missing"));
}

#[test]
fn a_variable_that_is_not_valid() {
    insta::assert_snapshot!(plan(
        r#"variable "size" {
  type    = number
  default = 12

  validation {
    condition     = var.size < 10
    error_message = "The size must be less than 10, and ${var.size} is not."
  }
}
"#
    ));
}

#[test]
fn a_reference_to_nothing() {
    insta::assert_snapshot!(plan(
        r#"resource "terraform_data" "main" {
  input = terraform_data.mian.output
}

output "x" {
  value = var.nope
}
"#
    ));
}

#[test]
fn an_attribute_that_does_not_exist() {
    insta::assert_snapshot!(plan(
        r#"locals {
  server = { address = "10.0.0.1", port = 80 }
  url    = "http://${local.server.adress}:${local.server.port}"
}
"#
    ));
}

#[test]
fn a_cycle() {
    insta::assert_snapshot!(plan(
        r#"resource "terraform_data" "a" {
  input = local.b
}

resource "terraform_data" "b" {
  input = terraform_data.a.output
}

locals {
  b = terraform_data.b.output
}
"#
    ));
}

#[test]
fn duplicate_names() {
    insta::assert_snapshot!(plan(
        "resource \"terraform_data\" \"a\" {}\n\nresource \"terraform_data\" \"a\" {}\n"
    ));
}

#[test]
fn an_unknown_function() {
    insta::assert_snapshot!(plan("output \"x\" {\n  value = uper(\"a\")\n}\n"));
}

#[test]
fn a_function_that_fails() {
    insta::assert_snapshot!(plan(
        "locals {\n  range = \"10.0.0.0/33\"\n  net   = cidrsubnet(local.range, 8, 1)\n}\n"
    ));
}

#[test]
fn a_provider_error() {
    let project = Project::of(
        "resource \"local_file\" \"a\" {\n  filename = \"/proc/no/file\"\n  content  = \"x\"\n}\n",
    );
    insta::assert_snapshot!(project.zw(&["apply", "-auto-approve"]).all());
}

#[test]
fn a_damaged_state() {
    let project = Project::of("resource \"terraform_data\" \"a\" {}\n");
    project.ok(&["apply", "-auto-approve"]);
    project.write(".zw/state.db", "this is no state\n");
    insta::assert_snapshot!(project.zw(&["plan"]).all());
    assert_eq!(project.read(".zw/state.db"), "this is no state\n");
}

#[test]
fn a_state_of_a_newer_zw() {
    let project = Project::of("resource \"terraform_data\" \"a\" {}\n");
    project.ok(&["apply", "-auto-approve"]);
    let path = project.path().join(".zw/state.db");
    let newer = rusqlite::Connection::open(&path).expect("it is a database");
    newer.pragma_update(None, "user_version", 99).expect("it can be changed");
    drop(newer);
    insta::assert_snapshot!(project.zw(&["plan"]).all());
}

#[test]
fn a_state_that_somebody_else_is_changing() {
    let project = Project::of("resource \"time_sleep\" \"a\" {\n  create_duration = \"3s\"\n}\n");
    let mut other = project.spawn(&["apply", "-auto-approve"]);
    // It writes its name there once it has the lock.
    let lock = project.path().join(".zw/state.db.lock");
    let is_held = || std::fs::metadata(&lock).is_ok_and(|lock| lock.len() > 0);
    while !is_held() && other.try_wait().expect("it can be asked").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let refused = project.zw(&["apply", "-auto-approve"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("Somebody else is changing the state"), "{}", refused.stderr);
    let holder = format!("process {} on", other.id());
    assert!(
        refused.stderr.replace(['\n', '│'], " ").contains("for apply since"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains(&holder), "{}", refused.stderr);
    project.ok(&["apply", "-auto-approve", "-lock-timeout=60s"]);
    assert!(other.wait().expect("it ends").success());
}

#[test]
fn a_plan_file_that_is_cut_off() {
    let project = Project::of("resource \"terraform_data\" \"a\" {}\n");
    project.ok(&["plan", "-out=tfplan"]);
    let path = project.path().join("tfplan");
    let whole = std::fs::read(&path).expect("the plan was saved");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("a file");
    insta::assert_snapshot!(project.zw(&["apply", "tfplan"]).all());
}

#[test]
fn a_file_that_is_no_plan() {
    let project = Project::of("");
    project.write("tfplan", "hello\n");
    insta::assert_snapshot!(project.zw(&["apply", "tfplan"]).all());
}

#[test]
fn a_mistake_on_the_command_line() {
    let project = Project::of("");
    insta::assert_snapshot!(project.zw(&["plan", "-var", "x"]).all());
    insta::assert_snapshot!(project.zw(&["plna"]).all());
}

#[test]
fn nobody_to_ask() {
    let project = Project::of("resource \"terraform_data\" \"a\" {}\n");
    let ran = project.zw(&["apply"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("-auto-approve"), "{}", ran.stderr);
}
