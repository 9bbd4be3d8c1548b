//! `lifecycle { destroy = false }`: what is to go on existing, whatever becomes of its block.

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
