//! `zw console`: on standard input beside the real `terraform console`, and on a terminal.

mod support;

use support::Project;

const CONFIG: &str = r#"
variable "secret" {
  default   = "hunter2"
  sensitive = true
}

variable "required" {
  type = string
}

variable "object" {
  type    = object({ a = optional(string), b = number })
  default = { b = 1 }
}

resource "terraform_data" "one" {
  input = { nested = "value" }
}

locals {
  mixed = [1, "a", terraform_data.one.id]
}

output "out" {
  value = 1
}
"#;

/// One of every kind of value, and what a console alone has.
const EXPRESSIONS: &[&str] = &[
    // Scalars
    "1",
    "-0",
    "1.50",
    "10/4",
    "1/3",
    "1e100",
    "100000000000000000000000000.5",
    "true",
    "!true",
    "null",
    "\"a\"",
    "\"\"",
    r#""\t\\ \" $${ %%{ é \u0001""#,
    "\"a\" # b",
    "/* a */ 1",
    // Texts of several lines
    r#""a\nb""#,
    r#""a\n""#,
    r#"["a\nb"]"#,
    r#"{ a = ["EOT\n  x"] }"#,
    // Nothing, and nothing of a type
    "tostring(null)",
    "tonumber(null)",
    "tobool(null)",
    "tolist(null)",
    "toset(null)",
    "tomap(null)",
    "true ? null : [1]",
    "true ? null : { a = 1 }",
    "true ? null : tolist([1])",
    "tolist([null, \"a\"])",
    // Empty
    "[]",
    "{}",
    "tolist([])",
    "toset([])",
    "tomap({})",
    "[[], {}, tolist([]), tomap({}), toset([])]",
    // Collections
    "[1, \"a\", [true]]",
    "{ a = 1, \"b c\" = null, (1) = {} }",
    "tolist([1, \"a\"])",
    "toset([\"b\", \"a\", \"b\"])",
    "toset([{ a = 1 }, { a = 2 }])",
    "tomap({ a = [1], b = [2] })",
    "tomap({ \"$${x}\" = \"y\" })",
    "toset([null, \"a\"])",
    "[for s in toset([2, 1]) : s]",
    // What is not known, and what is not to be seen
    "var.required",
    "[var.required]",
    "\"a-${var.required}\"",
    "length(var.required)",
    "var.secret",
    "[var.secret]",
    "{ a = var.secret }",
    "upper(var.secret)",
    "sensitive(1)",
    "nonsensitive(var.secret)",
    "toset([sensitive(\"a\")])",
    "issensitive(var.secret)",
    // Names
    "var.object",
    "local.mixed",
    "terraform_data.one",
    "terraform_data.one.input",
    "path.module",
    "path.cwd",
    "terraform.workspace",
    "core::upper(\"a\")",
    // Types
    "type(1)",
    "type(null)",
    "type([])",
    "type({})",
    "(type(1))",
    "type(var.object)",
    "type(var.secret)",
    "type(tolist([]))",
    "type(tomap({ a = [1] }))",
    "type(toset([\"a\"]))",
    "type([tolist([[]])])",
    "type([{ a = 1, b = [1, tolist([{ x = 1 }])] }, toset([\"a\"]), null])",
    "type(tolist([tomap({ a = 1 })]))",
    // What is no expression
    "",
    "   ",
    "exit",
    " exit ",
];

/// What both refuse, and the summary of why.
const MISTAKES: &[(&str, &str)] = &[
    ("[type(1)]", "Invalid use of type function"),
    ("none(1)", "Call to unknown function"),
    ("1 + []", "Invalid operand"),
    ("terraform_data.none", "Reference to undeclared resource"),
    ("var.none", "Reference to undeclared input variable"),
    ("quit", "Invalid reference"),
    ("each.key", "Reference to \"each\" in context without for_each"),
];

/// A directory in which both consoles run, if there is a Terraform.
fn beside_terraform() -> Option<Project> {
    let project = Project::of(CONFIG);
    project.terraform(&["init", "-no-color"], "")?;
    Some(project)
}

#[test]
fn values_look_as_in_terraform() {
    let Some(project) = beside_terraform() else { return };
    for expression in EXPRESSIONS {
        let Some(expected) = project.terraform(&["console"], expression) else { return };
        let got = project.fed(&["console"], expression);
        assert_eq!(expected.code, Some(0), "{expression}\n{}", expected.stderr);
        assert_eq!(got.stdout, expected.stdout, "{expression}\n{}", got.stderr);
        assert_eq!(got.code, Some(0), "{expression}");
    }
}

#[test]
fn values_of_what_exists_look_as_in_terraform() {
    let Some(project) = beside_terraform() else { return };
    let vars = ["-auto-approve", "-var", "required=x"];
    let Some(applied) = project.terraform(&[&["apply"], &vars[..]].concat(), "") else { return };
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    project.ok(&["state", "push", "terraform.tfstate"]);
    // What the configuration would make of it shows with a plan only.
    project.edit("main.tf", "\"value\"", "\"other\"");
    for args in [
        &["console", "-var", "required=y"][..],
        &["console", "-var=required=y", "-plan"],
        &["console", "-var-file=some.tfvars"],
        &["console", "-state=terraform.tfstate"],
    ] {
        project.write("some.tfvars", "required = \"z\"\n");
        for expression in
            ["terraform_data.one", "[local.mixed, var.required]", "type(terraform_data.one)"]
        {
            let Some(expected) = project.terraform(args, expression) else { return };
            let got = project.fed(args, expression);
            assert_eq!(got.stdout, expected.stdout, "{args:?} {expression}\n{}", got.stderr);
            assert_eq!((got.code, expected.code), (Some(0), Some(0)), "{args:?} {expression}");
        }
    }
}

#[test]
fn mistakes_are_those_of_terraform() {
    let Some(project) = beside_terraform() else { return };
    for (expression, summary) in MISTAKES {
        let input = format!("1\n{expression}\n2\n");
        let Some(expected) = project.terraform(&["console"], &input) else { return };
        let got = project.fed(&["console"], &input);
        for ran in [&expected, &got] {
            assert_eq!(ran.code, Some(1), "{expression}\n{}", ran.stdout);
            assert_eq!(ran.stdout, "", "{expression}");
            assert!(ran.stderr.contains(summary), "{expression}\n{}", ran.stderr);
        }
    }
}

#[test]
fn of_several_lines_the_last_is_answered_as_in_terraform() {
    let Some(project) = beside_terraform() else { return };
    for input in ["1\n2", "1\n\n2\n", "1\nexit\n2", "1\n\n", ""] {
        let Some(expected) = project.terraform(&["console"], input) else { return };
        let got = project.fed(&["console"], input);
        assert_eq!((got.stdout, got.code), (expected.stdout, expected.code), "{input:?}");
    }
}

#[test]
fn what_is_open_goes_on_in_the_next_line() {
    let project = Project::of(CONFIG);
    for (input, expected) in [
        ("[\n  1,\n  2\n]\n", "[\n  1,\n  2,\n]\n"),
        ("\"a${\n1 + 1}\"\n", "\"a2\"\n"),
        ("<<-EOT\n  a\n    b\n  EOT\n", "<<EOT\na\n  b\n\nEOT\n"),
        ("upper(\n<<A\nx\nA\n)\n", "<<EOT\nX\n\nEOT\n"),
        ("1\n[\n", ""),
    ] {
        let ran = project.fed(&["console"], input);
        assert_eq!(ran.stdout, expected, "{input}\n{}", ran.stderr);
        assert_eq!(ran.code, Some(i32::from(expected.is_empty())), "{input}");
    }
}

#[cfg(unix)]
mod terminal {
    use std::os::unix::fs::PermissionsExt as _;

    use rexpect::session::{PtySession, spawn_command};

    use super::{CONFIG, Project};

    const PATIENCE_MS: u64 = 20_000;
    const TAB: &str = "\t";
    const UP: &str = "\x1b[A";
    const ENTER: &str = "\r";
    /// What a terminal is told when a line is about to be read: that pasted text is to be marked. What is typed
    /// before is lost.
    const READY: &str = "\x1b[?2004h";

    fn open(project: &Project) -> PtySession {
        let mut command = project.command(&["console"]);
        command.env("TERM", "xterm").stdin(std::process::Stdio::inherit());
        let mut session = spawn_command(command, Some(PATIENCE_MS)).expect("a terminal");
        session.exp_string(READY).expect("a prompt");
        session
    }

    /// Types an expression, and waits for what it leads to and the next prompt.
    fn ask(session: &mut PtySession, keys: &str, answer: &str) {
        type_keys(session, keys, answer);
        session.exp_string(READY).expect("a prompt");
    }

    /// Types keys, and waits for what they lead to.
    fn type_keys(session: &mut PtySession, keys: &str, answer: &str) {
        session.send(keys).and_then(|_| session.flush()).expect("they can be typed");
        if let Err(error) = session.exp_string(answer) {
            panic!("{keys:?} should lead to {answer:?}: {error}");
        }
    }

    fn leave(mut session: PtySession) {
        session.send_control('d').and_then(|()| session.exp_eof()).expect("it ends");
    }

    #[test]
    fn expressions_are_answered_until_one_leaves() {
        let project = Project::of(CONFIG);
        let mut session = open(&project);
        ask(&mut session, "40 + 2\r", "\n42\r\n");
        // Mistakes are told, and end nothing.
        ask(&mut session, "none()\r", "Call to unknown function");
        ask(&mut session, "\r", "");
        ask(&mut session, "\"still\" \r", "\n\"still\"\r\n");
        type_keys(&mut session, "exit\r", "");
        session.exp_eof().expect("it ends");
        let status = session.process().wait().expect("it has ended");
        assert!(format!("{status:?}").ends_with(", 0)"), "{status:?}");
    }

    #[test]
    fn what_is_open_goes_on_in_the_next_line() {
        let project = Project::of(CONFIG);
        let mut session = open(&project);
        ask(&mut session, "[\r  30 + 3,\r]\r", "\n  33,\r\n]\r\n");
        ask(&mut session, "upper(<<A\rword\rA\r)\r", "\nWORD\r\n");
        ask(&mut session, "\"a${\r50 + 5}\"\r", "\n\"a55\"\r\n");
        leave(session);
    }

    #[test]
    fn control_c_discards_what_was_typed() {
        let project = Project::of(CONFIG);
        let mut session = open(&project);
        type_keys(&mut session, "[\r1,", "1,");
        session.send_control('c').expect("it can be typed");
        session.exp_string(READY).expect("a prompt");
        ask(&mut session, "70 + 7\r", "\n77\r\n");
        leave(session);
    }

    #[test]
    fn names_are_completed() {
        let project = Project::of(CONFIG);
        let mut session = open(&project);
        for (keys, completed) in [
            ("var.obj\t", "var.object"),
            ("[loc\tmix\t", "local.mixed"),
            ("terraform_d\to\t.trig\t", "terraform_data.one.triggers_replace"),
            ("cidrsubnets\t", "cidrsubnets("),
            ("core::cidrsubnets\t", "core::cidrsubnets("),
            ("path.mo\t", "path.module"),
        ] {
            type_keys(&mut session, keys, completed);
            session.send_control('u').expect("it can be typed");
        }
        // Where there are several, they are listed.
        type_keys(&mut session, &format!("var.{TAB}{TAB}"), "var.secret");
        session.send_control('u').expect("it can be typed");
        leave(session);
    }

    #[test]
    fn history_outlives_the_console() {
        let data = tempfile::tempdir().expect("a directory");
        let data_dir = data.path().join("data").display().to_string();
        let project = Project::of(CONFIG).env("ZW_DATA_DIR", &data_dir);
        let mut session = open(&project);
        ask(&mut session, "80 + 8\r", "\n88\r\n");
        ask(&mut session, "[\r9,\r]\r", "\n  9,\r\n]\r\n");
        ask(&mut session, " \"hunter2\"\r", "\n\"hunter2\"\r\n");
        leave(session);
        let path = data.path().join("data/console_history");
        let mode = std::fs::metadata(&path).expect("there is a history").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // What begins with a space is not for the record.
        let kept = std::fs::read_to_string(&path).expect("it is text");
        assert!(kept.contains("80 + 8") && !kept.contains("hunter2"), "{kept}");

        let mut session = open(&project);
        ask(&mut session, &format!("{UP}{ENTER}"), "\n  9,\r\n]\r\n");
        ask(&mut session, &format!("{UP}{UP}{UP}{UP}{ENTER}"), "\n88\r\n");
        leave(session);
    }
}
