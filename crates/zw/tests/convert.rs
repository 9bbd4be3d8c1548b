//! `zw convert`, as a user runs it.

mod support;

use support::Project;

/// The configuration of an EKS cluster with its network.
const DIRS: [&str; 3] = [".", "modules/eks", "modules/vpc"];

fn convert(project: &Project, to: &str, old: &str) {
    for dir in DIRS {
        let chdir = format!("-chdir={dir}");
        project.ok(&[&chdir, "convert", &format!("-to={to}"), "-write"]);
        let files = std::fs::read_dir(project.path().join(dir)).expect("a directory");
        for path in files.map(|file| file.expect("a file").path()) {
            if path.to_string_lossy().ends_with(old) {
                std::fs::remove_file(path).expect("the old file can be removed");
            }
        }
    }
}

#[test]
fn nothing_changes_when_a_configuration_is_written_in_another_syntax() {
    let project = Project::copy_of("examples/seed");
    project.ok(&["apply", "-simulate", "-auto-approve"]);
    for (to, old) in [("yaml", ".tf"), ("json", ".zw.yaml"), ("hcl", ".tf.json")] {
        convert(&project, to, old);
        let ran = project.zw(&["plan", "-simulate", "-detailed-exitcode"]);
        assert_eq!(ran.code, Some(0), "{to}: {}\n{}", ran.stdout, ran.stderr);
    }
    assert_eq!(project.ok(&["fmt", "-check", "-recursive"]).stdout, "");
}

const JSON: &str = r#"{"resource": {"aws_security_group": {"a": {
  "name": "a-${var.x}", "tags": {"Name": "a"}, "timeouts": {"create": "5m"},
  "ingress": [{"from_port": 1, "to_port": 2, "protocol": "tcp"}]
}}}, "variable": {"x": {"type": "list(string)"}}}"#;

const NATIVE: &str = r#"resource "aws_security_group" "a" {
  name = "a-${var.x}"
  tags = {
    Name = "a"
  }
  timeouts {
    create = "5m"
  }
  ingress {
    from_port = 1
    to_port   = 2
    protocol  = "tcp"
  }
}

variable "x" {
  type = list(string)
}
"#;

#[test]
fn the_schemas_of_providers_tell_blocks_from_arguments() {
    let project = Project::new();
    project.write("main.tf.json", JSON);
    assert_eq!(project.ok(&["convert", "-to=hcl", "main.tf.json"]).stdout, NATIVE);
}

#[test]
fn files_are_written_beside_the_old_ones_and_never_over_others() {
    let project = Project::of("locals {\n  a = 1\n}\n");
    project.write("x_override.tf", "locals {\n  a = 2\n}\n");
    let ran = project.zw(&["convert", "-to=json"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("add -write"), "{}", ran.stderr);
    let ran = project.ok(&["convert", "-to=json", "-write"]);
    assert_eq!(ran.stdout, "main.tf.json\nx_override.tf.json\n");
    assert_eq!(project.read("main.tf.json"), "{\n  \"locals\": {\n    \"a\": 1\n  }\n}\n");
    assert_eq!(project.read("main.tf"), "locals {\n  a = 1\n}\n");
    let ran = project.zw(&["convert", "-to=json", "-write", "main.tf"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Cannot write main.tf.json"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_converted_is_shown_and_nothing_is_written() {
    let project = Project::of("locals {\n  a = 1\n}\n");
    project.write("broken.tf", "locals {\n  a = = 1\n}\n");
    let ran = project.zw(&["convert", "-to=yaml", "-write"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("broken.tf line 2"), "{}", ran.stderr);
    assert!(!project.path().join("main.zw.yaml").exists());
    let ran = project.zw(&["convert", "-to=yaml", "notes.txt"]);
    assert!(ran.stderr.contains("notes.txt is no file of configuration"), "{}", ran.stderr);
}
