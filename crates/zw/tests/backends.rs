//! Where states are: backends, what `init` remembers of them, and workspaces.

mod support;

use support::Project;

const CONFIG: &str = r#"
resource "terraform_data" "one" {
  input = terraform.workspace
}

output "workspace" {
  value = terraform_data.one.output
}
"#;

fn refused(project: &Project, args: &[&str]) -> String {
    let ran = project.zw(args);
    assert_eq!(ran.code, Some(1), "zw {args:?}\n{}\n{}", ran.stdout, ran.stderr);
    // Frames and line breaks are none of our business here.
    ran.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn backend(project: &Project, block: &str) {
    project.write("backend.tf", &format!("terraform {{\n{block}\n}}\n"));
}

#[test]
fn a_backend_is_used_only_after_init() {
    let project = Project::of(CONFIG);
    backend(&project, "  backend \"local\" {\n    path = \"states/one.db\"\n  }");
    for command in
        [["plan"].as_slice(), &["output"], &["state", "list"], &["force-unlock", "-force"]]
    {
        let stderr = refused(&project, command);
        assert!(stderr.contains("Backend initialization required"), "{command:?}: {stderr}");
    }
    let ran = project.ok(&["init"]);
    assert!(
        ran.stdout.contains("Successfully configured the backend \"local\"!"),
        "{}",
        ran.stdout
    );
    project.ok(&["apply", "-auto-approve"]);
    assert!(project.path().join("states/one.db").exists());
    assert!(!project.path().join(".zw/state.db").exists());

    project.edit("backend.tf", "one.db", "two.db");
    let stderr = refused(&project, &["output"]);
    assert!(stderr.contains("says something else than when"), "{stderr}");
    project.write("backend.tf", "");
    project.ok(&["validate"]);
    let stderr = refused(&project, &["plan"]);
    assert!(stderr.contains("says something else than when"), "{stderr}");
    let stderr = refused(&project, &["init"]);
    assert!(stderr.contains("Backend configuration changed"), "{stderr}");
}

#[test]
fn a_state_moves_with_its_lineage_and_its_serial() {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["workspace", "new", "staging"]);
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["workspace", "select", "default"]);
    let before = project.ok(&["state", "pull"]).stdout;

    backend(
        &project,
        "  backend \"local\" {\n    path = \"s/d.db\"\n    workspace_dir = \"s\"\n  }",
    );
    let stderr = refused(&project, &["init"]);
    assert!(stderr.contains("-migrate-state"), "{stderr}");
    let ran = project.ok(&["init", "-migrate-state"]);
    assert!(
        ran.stdout.contains("workspace \"staging\": 1 objects, 1 outputs, serial 1"),
        "{}",
        ran.stdout
    );
    assert_eq!(project.ok(&["state", "pull"]).stdout, before);
    assert_eq!(project.ok(&["plan", "-detailed-exitcode"]).code, Some(0));
    project.ok(&["workspace", "select", "staging"]);
    assert_eq!(project.ok(&["output", "-raw", "workspace"]).stdout, "staging");

    // What would be lost is not overwritten without a word.
    project.ok(&["apply", "-auto-approve", "-replace=terraform_data.one"]);
    project.write("backend.tf", "");
    project.ok(&["init", "-reconfigure"]);
    backend(
        &project,
        "  backend \"local\" {\n    path = \"s/d.db\"\n    workspace_dir = \"s\"\n  }",
    );
    let stderr = refused(&project, &["init", "-migrate-state"]);
    assert!(stderr.contains("workspace \"staging\" in the new backend already"), "{stderr}");
    project.ok(&["init", "-force-copy"]);
}

#[test]
fn a_backend_is_made_of_variables_and_of_what_init_is_given() {
    let project = Project::of(CONFIG);
    backend(
        &project,
        "  backend \"local\" {\n    path = \"${local.dir}/a.db\"\n  }\n}\n\nvariable \"env\" {\n  type = string\n}\n\n\
         locals {\n  dir = \"states/${var.env}\"",
    );
    let stderr = refused(&project, &["init"]);
    assert!(stderr.contains("The backend depends on var.env"), "{stderr}");
    project.write("terraform.tfvars", "env = \"dev\"\n");
    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    assert!(project.path().join("states/dev/a.db").exists());

    let other = Project::of(CONFIG);
    backend(&other, "  backend \"local\" {}");
    other.write("prod.tfbackend", "path = \"file.db\"\n");
    other.ok(&["init", "-backend-config=prod.tfbackend"]);
    other.ok(&["apply", "-auto-approve"]);
    assert!(other.path().join("file.db").exists());
    // It is remembered.
    other.ok(&["init"]);
    assert_eq!(other.ok(&["plan", "-detailed-exitcode"]).code, Some(0));
    other.ok(&["init", "-migrate-state", "-backend-config=path=given.db"]);
    assert!(other.path().join("given.db").exists());
    let stderr = refused(&other, &["init", "-backend-config=pth=x"]);
    assert!(stderr.contains("no argument named \"pth\""), "{stderr}");
    assert!(stderr.contains("Did you mean \"path\"?"), "{stderr}");
}

#[test]
fn a_backend_that_there_is_not_is_named() {
    let project = Project::of(CONFIG);
    backend(&project, "  backend \"locl\" {}");
    let stderr = refused(&project, &["init"]);
    assert!(stderr.contains("There is no backend \"locl\""), "{stderr}");
    assert!(stderr.contains("Did you mean \"local\"?"), "{stderr}");
    backend(&project, "  cloud {\n    organization = \"x\"\n  }");
    let stderr = refused(&project, &["plan"]);
    assert!(stderr.contains("HCP Terraform cannot be used"), "{stderr}");
}

#[test]
fn a_state_of_terraform_in_the_place_of_the_state_is_told_how_to_come_over() {
    let project = Project::of(CONFIG);
    backend(&project, "  backend \"local\" {\n    path = \"terraform.tfstate\"\n  }");
    project.write("terraform.tfstate", "{\"version\": 4}\n");
    project.ok(&["init"]);
    let stderr = refused(&project, &["plan"]);
    assert!(stderr.contains("seems to be a state of Terraform"), "{stderr}");
}

#[test]
fn each_workspace_has_a_state_of_its_own() {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(project.ok(&["workspace", "list"]).stdout, "* default\n");
    let ran = project.ok(&["workspace", "new", "staging"]);
    assert!(
        ran.stdout.starts_with("Created and switched to workspace \"staging\"!"),
        "{}",
        ran.stdout
    );
    assert_eq!(project.ok(&["workspace", "show"]).stdout, "staging\n");
    assert_eq!(project.ok(&["state", "list"]).stdout, "");
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(project.ok(&["output", "-raw", "workspace"]).stdout, "staging");
    assert_eq!(project.ok(&["workspace", "list"]).stdout, "  default\n* staging\n");
    let plan = project.ok(&["plan", "-out=plan", "-destroy"]);
    assert!(plan.stdout.contains("1 to destroy"), "{}", plan.stdout);

    project.ok(&["workspace", "select", "default"]);
    assert_eq!(project.ok(&["output", "-raw", "workspace"]).stdout, "default");
    let stderr = refused(&project, &["apply", "plan"]);
    assert!(stderr.contains("The plan is for another workspace"), "{stderr}");
    let stderr = refused(&project, &["workspace", "select", "stagin"]);
    assert!(stderr.contains("Did you mean \"staging\"?"), "{stderr}");
    let stderr = refused(&project, &["workspace", "new", "a/b"]);
    assert!(stderr.contains("Invalid workspace name \"a/b\""), "{stderr}");
    let stderr = refused(&project, &["workspace", "delete", "default"]);
    assert!(stderr.contains("cannot be deleted"), "{stderr}");
    let stderr = refused(&project, &["workspace", "delete", "staging"]);
    assert!(stderr.contains("among them terraform_data.one"), "{stderr}");
    project.ok(&["workspace", "delete", "-force", "staging"]);
    assert_eq!(project.ok(&["workspace", "list"]).stdout, "* default\n");

    let project = project.env("TF_WORKSPACE", "other");
    assert_eq!(project.ok(&["workspace", "show"]).stdout, "other\n");
    assert_eq!(project.ok(&["state", "list"]).stdout, "");
    let stderr = refused(&project, &["workspace", "select", "default"]);
    assert!(stderr.contains("selected by the environment"), "{stderr}");
}

#[test]
fn objects_move_from_one_state_to_another() {
    const TWO: &str = r#"
resource "terraform_data" "one" {
  input = "1"
}

resource "terraform_data" "two" {
  input = terraform_data.one.output
}
"#;
    let (here, there) = (Project::of(TWO), Project::of(CONFIG));
    here.ok(&["apply", "-auto-approve"]);
    there.ok(&["apply", "-auto-approve"]);
    let out = format!("-state-out={}", there.path().join(".zw/state.db").display());
    let taken = refused(&here, &["state", "mv", &out, "terraform_data.one", "terraform_data.one"]);
    assert!(taken.contains("already an object with that address"), "{taken}");

    let mv = ["state", "mv", &out, "terraform_data.two", "terraform_data.three"];
    let dry = here.ok(&["state", "mv", "-dry-run", &out, mv[3], mv[4]]);
    assert_eq!(dry.stdout, "Would move \"terraform_data.two\" to \"terraform_data.three\"\n");
    let moved = here.ok(&mv);
    assert!(moved.stdout.contains("Successfully moved 1 object(s)."), "{}", moved.stdout);
    assert_eq!(here.ok(&["state", "list"]).stdout, "terraform_data.one\n");
    assert_eq!(there.ok(&["state", "list"]).stdout, "terraform_data.one\nterraform_data.three\n");
    assert!(refused(&here, &mv).contains("No matching objects found"));
    there.write("more.tf", "resource \"terraform_data\" \"three\" {\n  input = \"1\"\n}\n");
    assert_eq!(there.zw(&["plan", "-detailed-exitcode"]).code, Some(0));

    // And back, from where one is.
    let (from, to) = (format!("-state={}", &out["-state-out=".len()..]), "-state-out=.zw/state.db");
    here.ok(&["state", "mv", &from, to, "terraform_data.three", "terraform_data.two"]);
    assert_eq!(here.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
}
