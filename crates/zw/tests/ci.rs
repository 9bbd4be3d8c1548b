//! What pipelines rely on: exit codes, reports, output that stays the same, and the workflows in `examples/ci`.

mod support;

use serde_json::Value as Json;
use support::Project;

/// An object that a test can change behind the back of `zw`, and one that is replaced by any change.
const CONFIG: &str = r#"
variable "text" {
  default = "one"
}

resource "local_file" "a" {
  filename = "${path.module}/a.txt"
  content  = "first"
}

resource "random_pet" "b" {
  length  = 2
  keepers = { text = var.text }
}
"#;

fn applied() -> Project {
    let project = Project::of(CONFIG);
    project.ok(&["apply", "-auto-approve"]);
    project
}

#[test]
fn drift_shows_what_moved_and_ends_with_two() {
    let project = applied();
    let ran = project.ok(&["drift"]);
    assert_eq!(ran.stdout.matches("No drift.").count(), 1, "{}", ran.stdout);

    std::fs::remove_file(project.path().join("a.txt")).expect("it was there");
    let ran = project.zw(&["drift", "-junit-xml=drift.xml", "-sarif=drift.sarif"]);
    assert_eq!(ran.code, Some(2), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("# local_file.a has been deleted"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Drift: 0 changed, 1 deleted."), "{}", ran.stdout);
    // Nothing but what moved: neither the other object nor a plan.
    assert!(!ran.stdout.contains("random_pet"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Plan:"), "{}", ran.stdout);
    let junit = project.read("drift.xml");
    assert!(junit.contains("failures=\"1\""), "{junit}");
    let sarif: Json = serde_json::from_str(&project.read("drift.sarif")).expect("it is JSON");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "drift");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "main.tf");
    assert_eq!(place["region"]["startLine"], 6);

    // Looking changed nothing.
    assert_eq!(project.zw(&["drift"]).code, Some(2));
    project.edit("main.tf", "default", "defalut");
    assert_eq!(project.zw(&["drift"]).code, Some(1));
}

#[test]
fn a_plan_is_written_as_markdown_and_nothing_else_is_on_standard_output() {
    let project = applied();
    let ran = project.ok(&["plan", "-var=text=two", "-out=tfplan", "-markdown"]);
    assert!(
        ran.stdout.starts_with("<!-- zw plan -->\n### Plan: 1 to add, 0 to change, 1 to destroy\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("> 1 object is destroyed or replaced"), "{}", ran.stdout);
    assert!(ran.stderr.contains("Saved the plan to"), "{}", ran.stderr);
    // The saved plan says the same.
    let shown = project.ok(&["show", "-markdown", "tfplan"]);
    assert_eq!(shown.stdout, ran.stdout);
    assert_eq!(shown.stderr, "");
}

#[test]
fn reports_of_a_plan_have_what_it_destroys_and_what_is_wrong() {
    let project = applied();
    project.ok(&["plan", "-var=text=two", "-sarif=plan.sarif", "-junit-xml=plan.xml"]);
    let results = |name: &str| {
        let sarif: Json = serde_json::from_str(&project.read(name)).expect("it is JSON");
        sarif["runs"][0]["results"].as_array().expect("a list").clone()
    };
    let found = results("plan.sarif");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["ruleId"], "replaces");
    let text = found[0]["message"]["text"].as_str().expect("text");
    assert_eq!(text, "random_pet.b must be replaced\n\nbecause keepers cannot be changed in place");
    assert!(project.read("plan.xml").contains("failures=\"0\""), "{}", project.read("plan.xml"));

    project.edit("main.tf", "content ", "contnet ");
    assert_eq!(project.zw(&["plan", "-sarif=plan.sarif"]).code, Some(1));
    let found = results("plan.sarif");
    assert_eq!(found[0]["ruleId"], "error");
    assert_eq!(found[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 8);
    assert_eq!(project.zw(&["validate", "-json", "-sarif=validate.sarif"]).code, Some(1));
    assert_eq!(results("validate.sarif"), found);
}

#[test]
fn places_in_reports_are_seen_from_where_the_command_was_started() {
    let project = Project::new();
    project.write("envs/prod/main.tf", "resource \"terraform_date\" \"a\" {}\n");
    let ran = project.zw(&["-chdir=envs/prod", "validate", "-sarif=zw.sarif"]);
    assert_eq!(ran.code, Some(1));
    let sarif: Json =
        serde_json::from_str(&project.read("envs/prod/zw.sarif")).expect("it is JSON");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "envs/prod/main.tf");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = Project::new();
    project.ok(&["init", "-from=simulated"]);
    project.ok(&["apply", "-auto-approve"]);
    let change = "-var=name=other";
    let commands: [&[&str]; 7] = [
        &["plan", change, "-sarif=one.sarif", "-junit-xml=one.xml"],
        &["plan", change, "-markdown"],
        &["show", "-json", "tfplan"],
        &["show", "-json"],
        &["graph"],
        &["state", "pull"],
        &["validate", "-json"],
    ];
    project.ok(&["plan", change, "-out=tfplan"]);
    for command in commands {
        let first = project.ok(command).stdout;
        let reports: Vec<String> = reports(&project);
        for _ in 0..2 {
            assert!(project.ok(command).stdout == first, "zw {command:?} differs");
            assert_eq!(self::reports(&project), reports);
        }
    }
}

fn reports(project: &Project) -> Vec<String> {
    ["one.sarif", "one.xml"].map(|name| project.read(name)).to_vec()
}

#[test]
fn nothing_is_asked_where_there_is_nobody_to_answer() {
    let project = Project::of("variable \"a\" {}\noutput \"a\" { value = var.a }\n");
    let ran = project.zw(&["plan"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("No value for required variable"), "{}", ran.stderr);
    let ran = project.zw(&["apply", "-var=a=1"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Use -auto-approve"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("Enter a value"), "{}", ran.stdout);
}

/// The files of workflows.
const WORKFLOWS: [&str; 4] =
    ["github/plan.yml", "github/apply.yml", "github/drift.yml", "gitlab/.gitlab-ci.yml"];

#[test]
fn the_workflows_in_the_examples_run_commands_that_exist() {
    let project = Project::copy_of("examples/ci");
    let mut commands = 0;
    for name in WORKFLOWS {
        // The reader of YAML is the one of the language.
        let ran = project.fed(&["console"], &format!("jsonencode(yamldecode(file({name:?})))\n"));
        assert_eq!(ran.code, Some(0), "{name}\n{}", ran.stderr);
        let text: String = serde_json::from_str(ran.stdout.trim()).expect("a quoted text");
        let workflow: Json = serde_json::from_str(&text).expect("JSON");
        let mut scripts = Vec::new();
        collect_scripts(&workflow, &mut scripts);
        assert!(!scripts.is_empty(), "{name} runs nothing");
        for command in scripts.iter().flat_map(|script| zw_commands(script)) {
            commands += 1;
            // A mistake comes before the help that is asked for at the end.
            let args: Vec<&str> = command.iter().map(String::as_str).chain(["-help"]).collect();
            let ran = project.zw(&args);
            assert_eq!(ran.code, Some(0), "{name}: zw {command:?}\n{}", ran.stderr);
        }
    }
    assert!(commands >= 14, "only {commands} commands were found");
}

/// The texts under `run`, `script` and `before_script`.
fn collect_scripts(json: &Json, scripts: &mut Vec<String>) {
    match json {
        Json::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("run" | "script" | "before_script", Json::String(text)) => {
                        scripts.push(text.clone());
                    }
                    ("script" | "before_script", Json::Array(lines)) => {
                        scripts.extend(
                            lines.iter().filter_map(|line| line.as_str().map(str::to_owned)),
                        );
                    }
                    _ => collect_scripts(value, scripts),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect_scripts(item, scripts)),
        _ => {}
    }
}

/// The arguments of each `zw` in a script, up to where the shell takes over.
fn zw_commands(script: &str) -> Vec<Vec<String>> {
    let lines = script.lines().filter_map(|line| line.trim().strip_prefix("zw "));
    lines
        .map(|line| {
            let words =
                line.split(' ').take_while(|word| !["|", "||", "&&", ">", ";"].contains(word));
            words.map(|word| word.trim_matches('"').to_owned()).collect()
        })
        .collect()
}
