//! Ephemeral values go where nothing is kept, and nowhere else. The real `terraform` refuses the same.

mod support;

use std::process::Command;

use support::Project;

/// A configuration behind `variable "x" { ephemeral = true }`, and the summaries of what is wrong with it.
const CASES: [(&str, &[&str]); 9] = [
    (
        "resource \"terraform_data\" \"a\" {\n  input = var.x\n}",
        &["Invalid use of ephemeral value"],
    ),
    (
        "resource \"terraform_data\" \"a\" {\n  input = { deep = [var.x] }\n}",
        &["Invalid use of ephemeral value"],
    ),
    ("output \"o\" {\n  value = var.x\n}", &["Ephemeral value not allowed"]),
    (
        "output \"o\" {\n  value     = var.x\n  ephemeral = true\n}",
        &["Ephemeral output not allowed"],
    ),
    ("resource \"terraform_data\" \"a\" {\n  count = var.x\n}", &["Invalid count argument"]),
    (
        "resource \"terraform_data\" \"a\" {\n  for_each = toset([var.x])\n}",
        &["Invalid for_each argument"],
    ),
    ("module \"c\" {\n  source = \"./c\"\n  plain  = var.x\n}", &["Ephemeral value not allowed"]),
    (
        "module \"c\" {\n  source = \"./c\"\n  secret = var.x\n}\noutput \"o\" {\n  value = module.c.secret\n}",
        &["Ephemeral value not allowed"],
    ),
    (
        "module \"c\" {\n  source = \"./c\"\n  secret = var.x\n}\nlocals {\n  y = module.c.secret\n}\n\
         output \"o\" {\n  value = ephemeralasnull(local.y)\n}\n\
         resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"test ${local.y} != wrong\"\n  }\n}",
        &[],
    ),
];

const CHILD: &str = r#"
variable "plain" {
  default = null
}

variable "secret" {
  default   = null
  ephemeral = true
}

output "secret" {
  value     = var.secret
  ephemeral = true
}
"#;

fn project(config: &str) -> Project {
    let project = Project::of(&format!("variable \"x\" {{\n  ephemeral = true\n}}\n\n{config}\n"));
    project.write("c/main.tf", CHILD);
    project
}

/// The summaries of errors, in order.
fn errors(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .lines()
        .filter_map(|line| {
            Some(line.trim_start_matches(['│', ' ']).strip_prefix("Error: ")?.to_owned())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn ephemeral_values_go_into_nothing_that_is_kept() {
    for (config, expected) in CASES {
        let project = project(config);
        let ran = project.zw(&["plan", "-var=x=1"]);
        assert_eq!(errors(&ran.stderr), expected, "{config}\n{}", ran.stderr);
        let terraform = |args: &[&str]| {
            Command::new("terraform")
                .args(args)
                .arg("-no-color")
                .current_dir(project.path())
                .output()
        };
        if terraform(&["init"]).is_err() {
            eprintln!("SKIPPED: there is no terraform on this machine");
            continue;
        }
        let theirs = terraform(&["plan", "-var=x=1"]).expect("it ran before");
        assert_eq!(errors(&String::from_utf8_lossy(&theirs.stderr)), expected, "{config}");
    }
}

#[test]
fn a_saved_plan_does_not_keep_them() {
    let (config, _) = CASES[8];
    let project = project(config);
    let secret = "x=4d1f6c02";
    project.ok(&["plan", &format!("-var={secret}"), "-out=plan"]);
    project.ok(&["show", "plan"]);
    let json = project.ok(&["show", "-json", "plan"]).stdout;
    assert!(!json.contains("4d1f6c02"), "{json}");

    let refused = project.zw(&["apply", "plan"]);
    assert_eq!(refused.code, Some(1));
    let flat = refused.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("\"x\" was set when the plan was made"), "{flat}");
    let wrong = project.zw(&["apply", "-var=x=wrong", "plan"]);
    assert_eq!(wrong.code, Some(1), "the provisioner fails: {}", wrong.stdout);
    project.ok(&["plan", &format!("-var={secret}"), "-out=plan"]);
    project.ok(&["apply", &format!("-var={secret}"), "plan"]);
    let state = std::fs::read(project.path().join(".zw/state.db")).expect("a state");
    assert!(!String::from_utf8_lossy(&state).contains("4d1f6c02"));
}
