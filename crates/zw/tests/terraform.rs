//! States that come from Terraform and go back, with the real program where it is on the machine.
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use std::process::Command;

use support::Project;

const CONFIG: &str = r#"
resource "terraform_data" "all" {
  for_each = { a = 1, b = 2 }
  input    = each.value
}

resource "terraform_data" "last" {
  triggers_replace = [for one in terraform_data.all : one.id]
}

output "ids" {
  value = { for key, one in terraform_data.all : key => one.id }
}
"#;

fn terraform(project: &Project, args: &[&str]) -> Option<String> {
    let ran = Command::new("terraform").args(args).current_dir(project.path()).output();
    let Ok(ran) = ran else {
        eprintln!("SKIPPED: there is no terraform on this machine");
        return None;
    };
    assert!(ran.status.success(), "terraform {args:?}\n{}", String::from_utf8_lossy(&ran.stderr));
    Some(String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[test]
fn a_state_of_terraform_is_taken_over_and_given_back() {
    let project = Project::of(CONFIG);
    if terraform(&project, &["init", "-no-color"]).is_none() {
        return;
    }
    terraform(&project, &["apply", "-auto-approve", "-no-color"]);
    let ran = project.ok(&["state", "push", "terraform.tfstate"]);
    assert!(ran.stdout.contains("Take over terraform_data.all[\"a\"]"), "{}", ran.stdout);
    let ran = project.zw(&["plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);

    project.edit("main.tf", "b = 2", "b = 3");
    project.ok(&["apply", "-auto-approve"]);
    let pulled = project.ok(&["state", "pull"]).stdout;
    project.write("terraform.tfstate", &pulled);
    let planned = terraform(&project, &["plan", "-no-color"]).unwrap_or_default();
    assert!(planned.contains("No changes."), "{planned}");

    let refused = project.zw(&["state", "push", "terraform.tfstate"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("The state is not empty"), "{}", refused.stderr);
}

#[test]
fn what_is_tainted_is_replaced_and_what_is_not_any_more_is_kept() {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["taint", "terraform_data.all[\"a\"]"]);
    let ran = project.ok(&["plan"]);
    assert!(ran.stdout.contains("is tainted, so must be replaced"), "{}", ran.stdout);
    assert_eq!(project.zw(&["taint", "terraform_data.all[\"a\"]"]).code, Some(1));
    project.ok(&["untaint", "terraform_data.all[\"a\"]"]);
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
    assert_eq!(project.zw(&["taint", "terraform_data.none"]).code, Some(1));
    assert_eq!(project.zw(&["taint", "-allow-missing", "terraform_data.none"]).code, Some(0));
}

/// The outputs of a state of Terraform and of one of zw, as Terraform reads the former.
#[test]
fn outputs_of_other_configurations_can_be_read() {
    let other = Project::of(
        "output \"list\" {\n  value = tolist([\"a\", \"b\"])\n}\noutput \"object\" {\n  value = { n = 1.5, none = null }\n}\n",
    );
    other.ok(&["apply", "-auto-approve"]);
    if terraform(&other, &["init"]).is_none() {
        return;
    }
    terraform(&other, &["apply", "-auto-approve"]);
    let reader = |path: &str| {
        Project::of(&format!(
            "data \"terraform_remote_state\" \"o\" {{\n  backend = \"local\"\n  config = {{\n    path = \"{path}\"\n  }}\n  \
             defaults = {{\n    list = [\"not this\"]\n    more = true\n  }}\n}}\n\
             output \"all\" {{\n  value = data.terraform_remote_state.o.outputs\n}}\n"
        ))
    };
    let dir = other.path().display().to_string();
    let witness = reader(&format!("{dir}/terraform.tfstate"));
    terraform(&witness, &["init"]);
    terraform(&witness, &["apply", "-auto-approve"]);
    let theirs = terraform(&witness, &["output", "-json", "all"]).expect("it ran before");
    let theirs: serde_json::Value = serde_json::from_str(&theirs).expect("JSON");
    assert_eq!(theirs["more"], true);
    for path in [format!("{dir}/terraform.tfstate"), format!("{dir}/.zw/state.db"), dir] {
        let project = reader(&path);
        project.ok(&["apply", "-auto-approve"]);
        let ours = project.ok(&["output", "-json", "all"]).stdout;
        let ours: serde_json::Value = serde_json::from_str(&ours).expect("JSON");
        assert_eq!(ours, theirs, "{path}");
        assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
    }
    let refused = reader("nowhere.tfstate").zw(&["plan"]);
    assert!(refused.stderr.contains("nowhere.tfstate cannot be read"), "{}", refused.stderr);
}

#[test]
fn a_state_that_is_exported_is_read_by_terraform() {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["state", "export", "terraform.tfstate"]);
    if terraform(&project, &["init", "-no-color"]).is_none() {
        return;
    }
    let listed = terraform(&project, &["state", "list"]).unwrap_or_default();
    assert_eq!(listed, project.ok(&["state", "list"]).stdout);
    let planned = terraform(&project, &["plan", "-no-color"]).unwrap_or_default();
    assert!(planned.contains("No changes."), "{planned}");
    // And what Terraform makes of it is imported elsewhere.
    terraform(&project, &["apply", "-auto-approve", "-replace=terraform_data.last"]);
    let other = Project::of(CONFIG);
    other.write("terraform.tfstate", &project.read("terraform.tfstate"));
    other.ok(&["state", "import", "terraform.tfstate"]);
    assert_eq!(other.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
}

#[test]
fn objects_are_given_to_another_provider() {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve"]);
    let ours = "terraform.io/builtin/terraform";
    let forked = "registry.acme.corp/acme/terraform";
    let ran = project.zw(&["state", "replace-provider", ours, forked]);
    assert!(ran.code == Some(1) && ran.stderr.contains("Use -auto-approve"), "{}", ran.all());
    let ran = project.ok(&["state", "replace-provider", "-auto-approve", ours, forked]);
    assert!(ran.stdout.contains("Successfully changed 3 object(s)."), "{}", ran.stdout);
    let pulled = project.ok(&["state", "pull"]).stdout;
    assert!(pulled.contains("provider[\\\"registry.acme.corp/acme/terraform\\\"]"), "{pulled}");
    project.ok(&["state", "replace-provider", "-auto-approve", forked, ours]);
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
    let ran = project.ok(&["state", "replace-provider", "-auto-approve", forked, ours]);
    assert!(ran.stdout.contains("No objects belong to"), "{}", ran.stdout);
}
