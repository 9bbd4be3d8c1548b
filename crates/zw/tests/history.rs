//! What was done, by whom and when, and what there was.

mod support;

use support::Project;

fn config(value: &str) -> String {
    format!("resource \"terraform_data\" \"a\" {{\n  input = \"{value}\"\n}}\n")
}

/// A project with three runs: one that creates, one that changes, one that removes; and their numbers.
fn lived() -> (Project, Vec<u64>) {
    let project = Project::of(&config("one"));
    project.ok(&["apply", "-auto-approve"]);
    let more = "resource \"terraform_data\" \"b\" {\n}\n";
    project.write("main.tf", &(config("two") + more));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", more);
    project.ok(&["apply", "-auto-approve"]);
    let runs = project.ok(&["history", "-json"]).stdout;
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("JSON");
    let runs = runs.as_array().expect("a list").iter();
    let mut ids: Vec<u64> = runs.map(|run| run["run"].as_u64().expect("a number")).collect();
    ids.reverse();
    (project, ids)
}

#[test]
fn runs_are_listed_with_what_they_changed() {
    let (project, ids) = lived();
    assert_eq!(ids.len(), 3);
    let all = project.ok(&["history"]).stdout;
    let lines: Vec<&str> = all.lines().collect();
    assert!(lines[0].starts_with("RUN"), "{all}");
    assert!(lines[1].starts_with(&ids[2].to_string()) && lines[1].ends_with("+0 ~0 -1"), "{all}");
    assert!(lines[3].contains("apply") && lines[3].ends_with("+1 ~0 -0"), "{all}");
    let second = project.ok(&["history", &ids[1].to_string()]).stdout;
    assert!(second.contains("  ~ terraform_data.a (input, output)"), "{second}");
    assert!(second.contains("  + terraform_data.b"), "{second}");
    assert!(!second.contains("two"), "values may be secret: {second}");
    assert_eq!(project.ok(&["history", "-limit=1"]).stdout.lines().count(), 2);
}

#[test]
fn the_state_is_shown_as_it_was() {
    let (project, ids) = lived();
    let at = |run: u64| format!("-at={run}");
    let list = |run: u64| project.ok(&["state", "list", &at(run)]).stdout;
    assert_eq!(list(ids[0]), "terraform_data.a\n");
    assert_eq!(list(ids[1]), "terraform_data.a\nterraform_data.b\n");
    assert_eq!(list(ids[2]), "terraform_data.b\n");
    let show = |run: u64| project.ok(&["state", "show", "terraform_data.a", &at(run)]).stdout;
    assert!(show(ids[0]).contains("\"one\"") && show(ids[1]).contains("\"two\""));
    let ran = project.zw(&["state", "list", "-at=7"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("There is no such run"), "{}", ran.all());
}

#[test]
fn nothing_has_no_history() {
    let project = Project::of(&config("one"));
    assert!(project.ok(&["history"]).stdout.contains("no history yet"));
    assert_eq!(project.ok(&["history", "-json"]).stdout.trim(), "[]");
}
