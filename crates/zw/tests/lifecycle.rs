//! What `lifecycle` says of the end of objects: which go on existing, whatever becomes of their block, and which must
//! not be destroyed.

mod support;

use support::Project;

/// A file of the disk is as real as any object.
fn config(count: usize, content: &str, lifecycle: &str) -> String {
    format!(
        r#"
        resource "local_file" "kept" {{
          count    = {count}
          filename = "${{path.module}}/kept-${{count.index}}-{content}"
          content  = "{content}"

          lifecycle {{
            {lifecycle}
          }}
        }}
        "#
    )
}

const KEPT: &str = "destroy = false";

fn files(project: &Project) -> Vec<String> {
    let all = std::fs::read_dir(project.path()).expect("a directory").filter_map(Result::ok);
    let names = all.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("kept-")).collect();
    names.sort();
    names
}

#[test]
fn an_object_outlives_its_block_and_its_instance() {
    let project = Project::of(&config(2, "a", KEPT));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &config(1, "a", KEPT));
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("will no longer be managed by zw"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Destroying"), "{}", ran.stdout);
    assert_eq!(files(&project), ["kept-0-a", "kept-1-a"]);
    // The block is gone, and with it what it said: the state knows.
    project.write("main.tf", "");
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(!ran.stdout.contains("Destroying"), "{}", ran.stdout);
    assert_eq!(files(&project), ["kept-0-a", "kept-1-a"]);
    assert_eq!(project.ok(&["state", "list"]).stdout, "");
}

#[test]
fn an_object_outlives_its_replacement_and_destroy() {
    let project = Project::of(&config(1, "a", KEPT));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &config(1, "b", KEPT));
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("must be replaced"), "{}", ran.stdout);
    assert!(ran.stdout.contains("will not be destroyed"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy, 1 to forget."),
        "{}",
        ran.stdout
    );
    assert_eq!(files(&project), ["kept-0-a", "kept-0-b"]);
    assert!(project.ok(&["plan"]).stdout.contains("No changes"));
    project.ok(&["destroy", "-auto-approve"]);
    assert_eq!(files(&project), ["kept-0-a", "kept-0-b"]);
    assert_eq!(project.ok(&["state", "list"]).stdout, "");
}

#[test]
fn the_wish_counts_as_soon_as_it_was_applied_and_until_it_is_taken_back() {
    let project = Project::of(&config(1, "a", ""));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &config(1, "a", KEPT));
    assert!(project.ok(&["apply", "-auto-approve"]).stdout.contains("No changes"));
    assert!(project.ok(&["state", "pull"]).stdout.contains("\"skip_destroy\": true"));
    project.write("main.tf", "");
    project.ok(&["plan", "-out=tfplan"]);
    project.ok(&["apply", "tfplan"]);
    assert_eq!(files(&project), ["kept-0-a"]);

    let project = Project::of(&config(1, "a", KEPT));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &config(1, "a", "destroy = true"));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", "");
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(files(&project), [""; 0]);
}

#[test]
fn what_is_protected_is_not_destroyed_wherever_it_is_and_whoever_says_so() {
    let project = Project::of(
        r#"
        variable "is_kept" {
          default = true
        }
        module "there" {
          source   = "./there"
          for_each = toset(["a"])
          is_kept  = var.is_kept
        }
        "#,
    );
    project.write(
        "there/main.tf",
        r#"
        variable "is_kept" {}
        resource "terraform_data" "always" {
          lifecycle { prevent_destroy = true }
        }
        resource "terraform_data" "perhaps" {
          lifecycle { prevent_destroy = var.is_kept }
        }
        "#,
    );
    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    let refused = project.zw(&["destroy", "-auto-approve"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert_eq!(refused.stderr.matches("Error: Instance cannot be destroyed").count(), 2);
    let refused = project.zw(&["destroy", "-auto-approve", "-var=is_kept=false"]);
    assert_eq!(refused.stderr.matches("Error: Instance cannot be destroyed").count(), 1);
    assert!(refused.stderr.contains("terraform_data.always"), "{}", refused.stderr);
    assert_eq!(project.ok(&["state", "list"]).stdout.lines().count(), 2);
    let target = "-target=module.there[\"a\"].terraform_data.perhaps";
    project.ok(&["destroy", "-auto-approve", "-var=is_kept=false", target]);
    assert_eq!(project.ok(&["state", "list"]).stdout.lines().count(), 1);
}

#[test]
fn an_object_that_is_not_enabled_any_more_is_destroyed_for_that_reason() {
    let config = |enabled: bool| {
        format!("resource \"terraform_data\" \"a\" {{\n lifecycle {{ enabled = {enabled} }}\n}}")
    };
    let project = Project::of(&config(true));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &config(false));
    let plan = project.ok(&["plan"]).stdout;
    assert!(plan.contains("(because enabled is false)"), "{plan}");
}

#[test]
fn a_postcondition_that_a_plan_breaks_already_stops_it() {
    let project = Project::of(
        r#"
        resource "terraform_data" "a" {
          input = 1
          lifecycle {
            postcondition {
              condition     = self.input > 1
              error_message = "It is ${self.input}."
            }
            postcondition {
              condition     = self.output > 0
              error_message = "This is not known yet."
            }
          }
        }
        "#,
    );
    let refused = project.zw(&["plan"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("It is 1."), "{}", refused.stderr);
    assert!(!refused.stderr.contains("not known yet"), "{}", refused.stderr);
}

#[test]
fn a_null_resource_becomes_a_terraform_data_and_nothing_else() {
    let project = Project::of("resource \"null_resource\" \"n\" {\n triggers = { a = \"x\" }\n}");
    project.ok(&["apply", "-auto-approve"]);
    let moved = |to: &str, body: &str| {
        format!(
            "resource \"{to}\" \"n\" {{\n {body}\n}}\nmoved {{\n from = null_resource.n\n to = {to}.n\n}}"
        )
    };
    project.write("main.tf", &moved("random_integer", "min = 1\n max = 2"));
    let refused = project.zw(&["plan"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("Resource type mismatch"), "{}", refused.stderr);
    project.write("main.tf", &moved("terraform_data", "triggers_replace = { a = \"x\" }"));
    let plan = project.ok(&["plan", "-out=tfplan"]).stdout;
    assert!(plan.contains("null_resource.n has moved to terraform_data.n"), "{plan}");
    assert!(plan.contains("0 to add, 0 to change, 0 to destroy"), "{plan}");
    project.ok(&["apply", "tfplan"]);
    assert!(project.ok(&["plan"]).stdout.contains("No changes"));
    let state = project.ok(&["state", "pull"]).stdout;
    assert!(!state.contains("null_resource"), "{state}");
}
