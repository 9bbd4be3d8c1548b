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

/// A password that a script is given, whose length comes from a resource.
const OPENED: &str = r#"
resource "terraform_data" "length" {
  input = 24
}

ephemeral "random_password" "known" {
  length  = 20
  special = false
}

ephemeral "random_password" "later" {
  count  = 2
  length = terraform_data.length.output
}

ephemeral "tls_private_key" "key" {
  algorithm = "ED25519"

  lifecycle {
    postcondition {
      condition     = startswith(self.public_key_openssh, "ssh-ed25519 ")
      error_message = "It is another key."
    }
  }
}

resource "terraform_data" "user" {
  provisioner "local-exec" {
    command     = "printf '%s\n' \"$KNOWN\" \"$LATER\" \"$KEY\" >> seen"
    environment = {
      KNOWN = ephemeral.random_password.known.result
      LATER = ephemeral.random_password.later[1].result
      KEY   = ephemeral.tls_private_key.key.public_key_openssh
    }
  }
}

output "shape" {
  value = ephemeralasnull(nonsensitive(ephemeral.random_password.known.result)) == null
}
"#;

fn seen(project: &Project) -> Vec<String> {
    project.read("seen").lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn ephemeral_resources_are_opened_and_left_no_trace_of() {
    let project = Project::of(OPENED);
    let ran = project.ok(&["apply", "-auto-approve"]);
    let lines = seen(&project);
    let [known, later, key] = &lines[..] else { panic!("{lines:?}") };
    assert!(known.len() == 20 && known.chars().all(char::is_alphanumeric), "{known}");
    assert_eq!(later.len(), 24, "{later}");
    assert!(key.starts_with("ssh-ed25519 "), "{key}");
    assert!(ran.stdout.contains("ephemeral.random_password.known: Opening..."), "{}", ran.stdout);
    assert!(ran.stdout.contains("later[1]: Opening complete after"), "{}", ran.stdout);
    // They are no changes, and nothing of them is kept.
    assert!(ran.stdout.contains("Plan: 2 to add, 0 to change, 0 to destroy."), "{}", ran.stdout);
    let state = project.ok(&["state", "pull"]).stdout;
    for text in [&ran.stdout, &state] {
        assert!(!text.contains(known.as_str()) && !text.contains(later.as_str()), "{text}");
    }
    assert!(!state.contains("ephemeral"), "{state}");
    assert!(project.ok(&["plan"]).stdout.contains("No changes"));
}

#[test]
fn a_saved_plan_opens_them_again() {
    let project = Project::of(OPENED);
    project.ok(&["plan", "-out=tfplan"]);
    let plan = std::fs::read(project.path().join("tfplan")).expect("a plan");
    let shown = project.ok(&["show", "tfplan"]);
    assert!(!shown.stdout.contains("Opening"), "looking at a plan opens nothing: {}", shown.stdout);
    assert!(!project.ok(&["show", "-json", "tfplan"]).stdout.contains("\"open\""));
    project.ok(&["apply", "tfplan"]);
    let known = &seen(&project)[0];
    let mut text = String::new();
    let packed = &plan[plan.len().min(4)..];
    // Whatever the file has before and after it, the secret is not in what was packed.
    if let Some(at) = packed.windows(2).position(|two| two == [0x1f, 0x8b]) {
        let mut unpacker = flate2::read::GzDecoder::new(&packed[at..]);
        std::io::Read::read_to_string(&mut unpacker, &mut text).expect("it is packed");
    }
    assert!(text.contains("terraform_data") && !text.contains(known.as_str()));
}

#[test]
fn the_rules_of_ephemeral_values_hold_for_them() {
    let cases = [
        (
            "resource \"terraform_data\" \"a\" {\n  input = ephemeral.random_password.p.result\n}",
            "Invalid use of ephemeral value",
        ),
        (
            "output \"o\" {\n  sensitive = true\n  value     = ephemeral.random_password.p.result\n}",
            "Ephemeral value not allowed",
        ),
        ("locals {\n  x = ephemeral.random_password.q\n}", "Reference to undeclared resource"),
        ("ephemeral \"random_pet\" \"x\" {\n}", "Invalid ephemeral resource"),
        ("ephemeral \"random_password\" \"p\" {\n  length = 1\n}", "Duplicate ephemeral resource"),
    ];
    for (more, said) in cases {
        let config = format!("ephemeral \"random_password\" \"p\" {{\n  length = 8\n}}\n{more}\n");
        let ran = Project::of(&config).zw(&["plan"]);
        assert_eq!(ran.code, Some(1), "{}", ran.all());
        assert!(ran.stderr.contains(said), "{more}: {}", ran.stderr);
    }
}
