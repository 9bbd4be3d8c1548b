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

#[test]
fn outputs_are_shown_as_they_were() {
    let output = |value: &str| format!("output \"o\" {{\n  value = \"{value}\"\n}}\n");
    let project = Project::of(&output("one"));
    project.ok(&["apply", "-auto-approve"]);
    project.write("main.tf", &output("two"));
    project.ok(&["apply", "-auto-approve"]);
    let runs = runs(&project);
    let at = format!("-at={}", runs[0]);
    assert_eq!(project.ok(&["output", "-raw", "o", &at]).stdout, "one");
    assert_eq!(project.ok(&["output", "-raw", "o"]).stdout, "two");
    assert!(project.ok(&["show", &at]).stdout.contains("o = \"one\""));
    let second = project.ok(&["history", &runs[1].to_string()]).stdout;
    assert!(second.contains("  ~ output.o"), "{second}");
}

/// The numbers of all runs, oldest first.
fn runs(project: &Project) -> Vec<u64> {
    let listed = project.ok(&["history", "-json", "-limit=1000"]).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let runs = listed.as_array().expect("a list").iter();
    runs.rev().map(|run| run["run"].as_u64().expect("a number")).collect()
}

#[test]
fn differences_are_shown_when_they_are_asked_for() {
    let (project, ids) = lived();
    let shown = project.ok(&["history", &ids[1].to_string(), "-diff"]).stdout;
    assert!(shown.contains("# terraform_data.a was changed"), "{shown}");
    assert!(shown.contains("~ input  = \"one\" -> \"two\""), "{shown}");
    assert!(shown.contains("# terraform_data.b was created"), "{shown}");
    let json = project.ok(&["history", &ids[2].to_string(), "-diff", "-json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let change = &json["resource_changes"][0]["change"];
    assert_eq!(change["actions"], serde_json::json!(["delete"]));
    assert_eq!(change["before"]["input"], "two");
}

#[test]
fn runs_are_found_by_their_time() {
    let (project, _) = lived();
    let count = |args: &[&str]| {
        let ran = project.ok(&[&["history", "-json"], args].concat());
        let runs: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        runs.as_array().expect("a list").len()
    };
    assert_eq!(count(&["-since=1h"]), 3);
    assert_eq!(count(&["-since=2020-01-01"]), 3);
    assert_eq!(count(&["-until=1h"]), 0);
    assert_eq!(count(&["-until=2020-01-01T00:00:00Z"]), 0);
    assert_eq!(count(&["-since=2020-01-01", "-limit=2"]), 2);
    let ran = project.zw(&["history", "-since=yesterday"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("Invalid time"), "{}", ran.all());
}

#[test]
fn a_plan_returns_to_what_there_was() {
    let (project, ids) = lived();
    let to = format!("-to={}", ids[0]);
    let planned = project.ok(&["plan", &to, "-out=back"]).stdout;
    assert!(planned.contains(&format!("returns to what there was after run {}", ids[0])));
    assert!(planned.contains("# terraform_data.a will be created"), "{planned}");
    assert!(planned.contains("# terraform_data.b will be destroyed"), "{planned}");
    assert!(planned.contains("Plan: 1 to add, 0 to change, 1 to destroy."), "{planned}");
    let shown: serde_json::Value =
        serde_json::from_str(&project.ok(&["show", "-json", "back"]).stdout).expect("JSON");
    assert_eq!(shown["returns_to"], ids[0]);
    project.ok(&["apply", "back"]);
    assert_eq!(project.ok(&["state", "list"]).stdout, "terraform_data.a\n");
    assert!(project.ok(&["state", "show", "terraform_data.a"]).stdout.contains("\"one\""));
    // The configuration is as it was, and the next plan says so.
    let next = project.ok(&["plan"]).stdout;
    assert!(next.contains("Plan: 1 to add, 0 to change, 1 to destroy."), "{next}");
    let back = format!("-to={}", ids[2]);
    project.ok(&["apply", "-auto-approve", &back]);
    assert_eq!(project.ok(&["state", "list"]).stdout, "terraform_data.b\n");
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
    let ran = project.zw(&["plan", "-to=7"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("There is no such run"), "{}", ran.all());
    assert_eq!(project.zw(&["plan", &back, "-destroy"]).code, Some(1));
}

#[test]
fn the_simulated_cloud_returns_to_what_it_was() {
    let config = |cidr: &str, more: &str| {
        format!(
            "resource \"aws_vpc\" \"v\" {{\n  cidr_block = \"{cidr}\"\n}}\n\
             resource \"aws_subnet\" \"s\" {{\n  vpc_id     = aws_vpc.v.id\n  cidr_block = \"10.0.1.0/24\"\n}}\n{more}"
        )
    };
    let project = Project::of(&config("10.0.0.0/16", ""));
    project.ok(&["apply", "-simulate", "-auto-approve"]);
    let listed = project.ok(&["history", "-json", "-simulate"]).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let to = format!("-to={}", listed[0]["run"]);
    let gateway = "resource \"aws_internet_gateway\" \"g\" {\n  vpc_id = aws_vpc.v.id\n}\n";
    // Another range is another network, with everything in it.
    project.write("main.tf", &config("10.0.0.0/20", gateway));
    project.ok(&["apply", "-simulate", "-auto-approve"]);
    let planned = project.ok(&["plan", "-simulate", &to]).stdout;
    assert!(planned.contains("# aws_vpc.v must be replaced"), "{planned}");
    assert!(planned.contains("# aws_internet_gateway.g will be destroyed"), "{planned}");
    project.ok(&["apply", "-simulate", "-auto-approve", &to]);
    project.write("main.tf", &config("10.0.0.0/16", ""));
    let ran = project.zw(&["plan", "-simulate", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
}

#[test]
fn old_runs_are_forgotten_when_that_is_asked_for() {
    let (project, ids) = lived();
    let ran = project.ok(&["history", "prune", "-keep-runs=2"]);
    assert_eq!(ran.stdout, "Forgot 2 runs.\n");
    let left = runs(&project);
    assert_eq!((left.len(), left[0]), (2, ids[2]));
    assert_eq!(project.zw(&["state", "list", &format!("-at={}", ids[0])]).code, Some(1));
    assert_eq!(
        project.ok(&["state", "list", &format!("-at={}", ids[2])]).stdout,
        "terraform_data.b\n"
    );
    assert_eq!(project.zw(&["history", "prune"]).code, Some(1));
}
