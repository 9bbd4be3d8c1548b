//! `zw fmt`, as a user and a pipeline run it.

mod support;

use support::Project;

const UGLY: &str =
    "variable \"a\" {\ntype=\"string\"\n}\n\noutput x {\n    value=\"${var.a}\"\n}\n";
const PRETTY: &str = "variable \"a\" {\n  type = string\n}\n\noutput \"x\" {\n  value = var.a\n}\n";

#[test]
fn files_are_written_and_named() {
    let project = Project::of(UGLY);
    project.write("inner/other.tf", UGLY);
    project.write("values.tfvars", "a=1\n");
    let ran = project.ok(&["fmt"]);
    assert_eq!(ran.stdout, "main.tf\nvalues.tfvars\n");
    assert_eq!(project.read("main.tf"), PRETTY);
    assert_eq!(project.read("inner/other.tf"), UGLY);
    assert_eq!(project.ok(&["fmt", "-recursive"]).stdout, "inner/other.tf\n");
    assert_eq!(project.ok(&["fmt", "-check", "-recursive"]).stdout, "");
}

#[test]
fn a_check_changes_nothing_and_says_what_would() {
    let project = Project::of(UGLY);
    let ran = project.zw(&["fmt", "-check", "-diff"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("main.tf\n--- old/main.tf\n+++ new/main.tf\n@@ "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n-type=\"string\"\n+  type = string\n"), "{}", ran.stdout);
    assert_eq!(project.read("main.tf"), UGLY);
}

#[test]
fn what_is_not_valid_is_left_alone_and_the_rest_is_not() {
    let project = Project::of(UGLY);
    project.write("broken.tf", "a   =\n");
    let ran = project.zw(&["fmt"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("broken.tf line 1"), "{}", ran.stderr);
    assert_eq!(project.read("broken.tf"), "a   =\n");
    assert_eq!(project.read("main.tf"), PRETTY);
}

#[test]
fn modules_and_environments_of_this_repository_are_in_form() {
    for folder in ["modules", "environments"] {
        let project = Project::copy_of(folder);
        assert_eq!(project.ok(&["fmt", "-check", "-recursive"]).stdout, "");
    }
}

#[test]
fn yaml_is_formatted_with_its_comments() {
    let project = Project::of(UGLY);
    let ugly = "# The net\nvariable:\n    a: {type:   string}   # here\n";
    project.write("more.zw.yaml", ugly);
    assert_eq!(project.ok(&["fmt"]).stdout, "main.tf\nmore.zw.yaml\n");
    let pretty = "# The net\nvariable:\n  a: { type: string } # here\n";
    assert_eq!(project.read("more.zw.yaml"), pretty);
    // Other YAML is nobody's business.
    project.write("other.yaml", ugly);
    assert_eq!(project.ok(&["fmt"]).stdout, "");
    project.write("broken.zw.yaml", "a: [\n");
    let ran = project.zw(&["fmt"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("broken.zw.yaml line 2"), "{}", ran.stderr);
}
