//! `zw test`, with the real `terraform test` as a witness where it is on the machine: the same files come out the same.

mod support;

use std::process::Command;

use support::Project;

const MAIN: &str = r#"
variable "n" {
  type = number
  validation {
    condition     = var.n > 0
    error_message = "n must be positive."
  }
}

resource "terraform_data" "a" {
  input = var.n

  lifecycle {
    precondition {
      condition     = var.n != 13
      error_message = "13 is bad."
    }
    postcondition {
      condition     = self.output != 14
      error_message = "14 is bad, too."
    }
    postcondition {
      condition     = self.input != 16
      error_message = "16 is known to be bad while planning."
    }
  }
}

module "child" {
  source = "./child"
  n      = var.n
}

output "o" {
  value = terraform_data.a.output

  precondition {
    condition     = var.n != 15
    error_message = "15 is not for outputs."
  }
}

output "of_child" {
  value = module.child.twice
}

check "c" {
  assert {
    condition     = var.n < 100
    error_message = "${var.n} is big."
  }
}
"#;

const CHILD: &str = r#"
variable "n" {}

resource "terraform_data" "twice" {
  input = var.n * 2
}

output "twice" {
  value = terraform_data.twice.output
}
"#;

const SETUP: &str = r#"
variable "from" {}

output "made" {
  value = var.from + 1
}
"#;

/// What a test file says, by what it is about.
const CASES: [(&str, &str); 18] = [
    (
        "passing",
        r#"
        variables { n = 1 }
        run "one" {
          assert {
            condition     = output.o == 1 && terraform_data.a.output == var.n
            error_message = "o is ${output.o}"
          }
        }
        run "two" {
          command = plan
          variables { n = run.one.o + 4 }
          assert {
            condition     = terraform_data.a.input == 5
            error_message = "input is ${terraform_data.a.input}"
          }
        }"#,
    ),
    (
        "an_assertion_that_fails",
        r#"
        variables { n = 1 }
        run "one" {
          assert {
            condition     = output.of_child == 3
            error_message = "of_child is ${output.of_child}"
          }
        }
        run "two" {}"#,
    ),
    (
        "expected_failures",
        r#"
        variables { n = 1 }
        run "variable" {
          command = plan
          variables { n = -1 }
          expect_failures = [var.n]
        }
        run "check" {
          variables { n = 200 }
          expect_failures = [check.c]
        }
        run "precondition" {
          command = plan
          variables { n = 13 }
          expect_failures = [terraform_data.a]
        }
        run "output" {
          command = plan
          variables { n = 15 }
          expect_failures = [output.o]
        }
        run "postcondition" {
          variables { n = 14 }
          expect_failures = [terraform_data.a]
        }"#,
    ),
    (
        "a_missing_failure",
        r#"
        variables { n = 1 }
        run "one" {
          command = plan
          expect_failures = [check.c]
        }
        run "two" {}"#,
    ),
    (
        "a_failure_that_comes_too_early",
        r#"
        variables { n = 1 }
        run "one" {
          variables { n = -1 }
          expect_failures = [var.n]
        }
        run "two" {}"#,
    ),
    (
        "another_failure_than_expected",
        r#"
        variables { n = 1 }
        run "one" {
          command = plan
          variables { n = -1 }
          expect_failures = [check.c]
        }"#,
    ),
    (
        "what_is_not_known_yet",
        r#"
        variables { n = 1 }
        run "one" {
          command = plan
          assert {
            condition     = output.o == 1
            error_message = "no"
          }
        }
        run "two" {}"#,
    ),
    (
        "a_check_that_warns",
        r#"
        variables { n = 300 }
        run "one" {}"#,
    ),
    (
        "a_missing_variable",
        r#"
        run "one" { command = plan }
        run "two" { command = plan }"#,
    ),
    (
        "another_module",
        r#"
        run "setup" {
          module { source = "./setup" }
          variables { from = 6 }
        }
        run "use" {
          variables { n = run.setup.made }
          assert {
            condition     = output.o == 7
            error_message = "o is ${output.o}"
          }
        }"#,
    ),
    (
        "overrides",
        r#"
        variables { n = 1 }
        override_module {
          target  = module.child
          outputs = { twice = 99 }
        }
        run "module" {
          assert {
            condition     = output.of_child == 99
            error_message = "of_child is ${output.of_child}"
          }
        }
        run "resource" {
          override_resource {
            target = terraform_data.a
            values = { id = "made-up" }
          }
          variables { n = 2 }
          plan_options { replace = [terraform_data.a] }
          assert {
            condition     = terraform_data.a.id == "made-up"
            error_message = "id is ${terraform_data.a.id}"
          }
        }"#,
    ),
    (
        "plan_options",
        r#"
        variables { n = 1 }
        run "one" {}
        run "targeted" {
          command = plan
          variables { n = 2 }
          plan_options { target = [module.child] }
          assert {
            condition     = module.child.twice != null
            error_message = "no"
          }
        }
        run "refresh" {
          command = plan
          plan_options {
            mode    = refresh-only
          }
        }"#,
    ),
    (
        "state_keys",
        r#"
        variables { n = 1 }
        run "one" { state_key = "x" }
        run "two" {
          state_key = "y"
          variables { n = 2 }
          assert {
            condition     = output.o == 2
            error_message = "o is ${output.o}"
          }
        }
        run "again" {
          state_key = "x"
          command   = plan
          assert {
            condition     = output.o == 1
            error_message = "o is ${output.o}"
          }
        }"#,
    ),
    (
        "functions_and_names",
        r#"
        variables { n = max(1, 2) }
        run "one" {
          variables { n = var.n * 5 }
          assert {
            condition     = alltrue([for x in [output.o, var.n] : x == 10])
            error_message = "no"
          }
          assert {
            condition     = length(regexall("^[0-9a-f-]{36}$", terraform_data.a.id)) == 1
            error_message = "no"
          }
        }"#,
    ),
    (
        "a_wrong_condition",
        r#"
        variables { n = 1 }
        run "one" {
          assert {
            condition     = terraform_data.nothing.input == 1
            error_message = "no"
          }
        }
        run "two" {}"#,
    ),
    (
        "what_is_known_while_planning",
        r#"
        run "one" {
          command = plan
          variables { n = 16 }
          expect_failures = [terraform_data.a]
        }
        run "two" {
          command = plan
          variables { n = 14 }
          expect_failures = [terraform_data.a]
        }"#,
    ),
    (
        "overrides_of_a_file_and_another_module",
        r#"
        override_resource {
          target = terraform_data.a
          values = { id = "fixed" }
        }
        run "one" {
          variables { n = 1 }
          assert {
            condition     = terraform_data.a.id == "fixed"
            error_message = "no"
          }
        }
        run "two" {
          module { source = "./setup" }
          variables { from = 1 }
        }"#,
    ),
    (
        "an_unknown_run",
        r#"
        run "one" {
          variables { n = run.nothing.x }
        }
        run "two" {
          variables { n = 1 }
        }"#,
    ),
];

fn project(test: &str) -> Project {
    let project = Project::of(MAIN);
    project.write("child/main.tf", CHILD);
    project.write("setup/main.tf", SETUP);
    project.write("tests/case.tftest.hcl", test);
    project
}

/// Which runs came out how, and the counts.
fn verdicts(out: &str) -> Vec<String> {
    let told = |line: &&str| {
        let line = line.trim();
        line.starts_with("run ") || line.starts_with("Success!") || line.starts_with("Failure!")
    };
    out.lines().filter(told).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn terraform_comes_to_the_same_verdicts() {
    let mut compared = 0;
    for (name, test) in CASES {
        let project = project(test);
        let ours = project.zw(&["test"]);
        let terraform = |args: &[&str]| {
            let mut command = Command::new("terraform");
            command.args(args).arg("-no-color").current_dir(project.path());
            command.env_remove("TF_CLI_CONFIG_FILE").output()
        };
        let Ok(ready) = terraform(&["init"]) else {
            eprintln!("SKIPPED: there is no terraform on this machine");
            return;
        };
        assert!(ready.status.success(), "{}", String::from_utf8_lossy(&ready.stderr));
        let theirs = terraform(&["test"]).expect("it ran before");
        let out = String::from_utf8_lossy(&theirs.stdout);
        let (got, expected) = (verdicts(&ours.stdout), verdicts(&out));
        assert_eq!(
            got,
            expected,
            "{name}\n{}\n{}",
            ours.stderr,
            String::from_utf8_lossy(&theirs.stderr)
        );
        assert_eq!(ours.code, theirs.status.code(), "{name}");
        compared += 1;
    }
    assert_eq!(compared, CASES.len());
}

/// Says that it is there, and is done once somebody else is.
const MEETING: &str = r#"
variable "me" {
  type = string
}

variable "other" {
  type = string
}

resource "terraform_data" "meeting" {
  provisioner "local-exec" {
    command = <<-EOT
      touch here-${var.me}
      for i in $(seq 1200); do
        if [ -e here-${var.other} ]; then exit 0; fi
        sleep 0.05
      done
      exit 1
    EOT
  }
}

output "me" {
  value = var.me
}
"#;

/// Either of two runs, or of two files, goes on only when the other one has begun.
#[test]
fn parallel_runs_and_files_are_under_way_at_the_same_time() {
    let project = Project::of(MEETING);
    project.write(
        "tests/first.tftest.hcl",
        r#"
        test { parallel = true }
        run "a" {
          state_key = "a"
          variables {
            me    = "a"
            other = "b"
          }
        }
        run "b" {
          state_key = "b"
          variables {
            me    = "b"
            other = "c"
          }
        }
        run "after" {
          state_key = "after"
          variables {
            me    = "${run.a.me}${run.b.me}"
            other = "a"
          }
          assert {
            condition     = output.me == "ab" && fileexists("here-b")
            error_message = output.me
          }
        }"#,
    );
    project.write(
        "tests/second.tftest.hcl",
        "run \"c\" {\n  variables {\n    me    = \"c\"\n    other = \"a\"\n  }\n}\n",
    );
    let ran = project.zw(&["test"]);
    // What is told is in the order in which it is written.
    let expected = [
        "run \"a\"... pass",
        "run \"b\"... pass",
        "run \"after\"... pass",
        "run \"c\"... pass",
        "Success! 4 passed, 0 failed.",
    ];
    assert_eq!(verdicts(&ran.stdout), expected, "{}", ran.stderr);
}

/// A run that fails to run keeps those from being begun that come after it, and no others.
#[test]
fn runs_beside_one_that_cannot_run_are_made() {
    let project = project(
        r#"
        test { parallel = true }
        run "wrong" {
          state_key = "wrong"
          variables { n = "x" }
        }
        run "beside" {
          state_key = "beside"
          variables { n = 1 }
        }
        run "after" {
          state_key = "after"
          parallel  = false
          variables { n = 1 }
        }"#,
    );
    let ran = project.zw(&["test"]);
    let expected = [
        "run \"wrong\"... fail",
        "run \"beside\"... pass",
        "run \"after\"... skip",
        "Failure! 1 passed, 1 failed, 1 skipped.",
    ];
    assert_eq!(verdicts(&ran.stdout), expected, "{}", ran.stderr);
}

#[test]
fn a_failed_assertion_shows_the_values() {
    let project = project(CASES[1].1);
    let ran = project.zw(&["test"]);
    assert_eq!(ran.code, Some(1));
    for part in [
        "Test assertion failed",
        "tests/case.tftest.hcl line 5",
        "output.of_child is 2",
        "of_child is 2",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn nothing_is_left_and_the_projects_state_is_not_touched() {
    let project = project(CASES[0].1);
    project.ok(&["test"]);
    assert!(!project.path().join(".zw").exists());
}

#[test]
fn mistakes_in_a_file_are_shown_where_they_are() {
    for (test, part) in [
        ("run \"a\" {\n  comand = plan\n}\n", "Did you mean \"command\"?"),
        ("run \"a\" {}\nrun \"a\" {}\n", "Duplicate run block \"a\""),
        (
            "run \"a\" {\n  assert {\n    condition = true\n  }\n}\n",
            "\"error_message\" is required",
        ),
        ("runs \"a\" {}\n", "Did you mean \"run\"?"),
        ("run \"a\" {\n  expect_failures = [1]\n}\n", "Invalid `expect_failures` reference"),
        (
            "override_resource {\n  target = terraform_data.none\n}\nrun \"a\" {\n  variables { n = 1 }\n}\n",
            "Invalid override target",
        ),
    ] {
        let ran = project(test).zw(&["test"]);
        assert_eq!(ran.code, Some(1), "{test}");
        let flat = ran.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part), "{part}: {}", ran.stderr);
        assert!(flat.contains("tests/case.tftest.hcl line "), "{}", ran.stderr);
    }
}

/// Terraform 1.11.4 with version 5.100.0 of the AWS provider comes to the same verdicts.
#[test]
fn mocks_make_up_what_a_provider_would_compute() {
    let project = Project::of(
        r#"
        terraform {
          required_providers {
            aws = { source = "hashicorp/aws" }
          }
        }
        provider "aws" { region = "us-east-1" }
        data "aws_availability_zones" "z" {}
        resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
        resource "aws_subnet" "s" {
          vpc_id            = aws_vpc.v.id
          cidr_block        = "10.0.0.0/24"
          availability_zone = try(data.aws_availability_zones.z.names[0], null)
        }
        output "arn" { value = aws_vpc.v.arn }
        output "id" { value = aws_vpc.v.id }
        output "zones" { value = data.aws_availability_zones.z.names }
        output "s" { value = aws_subnet.s }"#,
    );
    project.write(
        "mocks/aws.tfmock.hcl",
        "mock_resource \"aws_vpc\" {\n  override_during = plan\n  defaults = { arn = \"arn:from:file\" }\n}\n",
    );
    project.write(
        "tests/mocks.tftest.hcl",
        r#"
        mock_provider "aws" {
          mock_resource "aws_vpc" {
            defaults = { arn = "arn:aws:x" }
          }
          override_data {
            target = data.aws_availability_zones.z
            values = { names = ["a", "b"] }
          }
        }
        mock_provider "aws" {
          alias  = "other"
          source = "./mocks"
        }
        run "defaults" {
          assert {
            condition     = output.arn == "arn:aws:x" && length(output.id) == 8
            error_message = "arn ${output.arn}, id ${output.id}"
          }
          assert {
            condition     = output.s.availability_zone == "a" && length(output.s.tags_all) == 0
            error_message = jsonencode(output.s)
          }
        }
        run "other" {
          command   = plan
          state_key = "other"
          providers = { aws = aws.other }
          assert {
            condition     = aws_vpc.v.arn == "arn:from:file" && length(output.zones) == 0
            error_message = aws_vpc.v.arn
          }
        }
        run "unknown" {
          command   = plan
          state_key = "x"
          assert {
            condition     = aws_vpc.v.id != ""
            error_message = "no"
          }
        }"#,
    );
    let ran = project.zw(&["test"]);
    let expected = ["defaults\"... pass", "other\"... pass", "unknown\"... fail"];
    let verdicts = verdicts(&ran.stdout);
    for (verdict, expected) in verdicts.iter().zip(expected) {
        assert!(verdict.ends_with(expected), "{verdict}\n{}", ran.stderr);
    }
    assert_eq!(verdicts.last().map(String::as_str), Some("Failure! 2 passed, 1 failed."));
}

/// What is overridden is served by another provider, also where the module configures its own.
#[test]
fn what_is_overridden_is_destroyed_in_a_module_with_a_provider_of_its_own() {
    let project = Project::of(
        "provider \"aws\" {\n  region = \"us-east-1\"\n}\n\nresource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n",
    );
    project.write(
        "tests/case.tftest.hcl",
        r#"
        override_resource {
          target = aws_vpc.v
          values = { id = "vpc-made-up" }
        }
        run "one" {
          assert {
            condition     = aws_vpc.v.id == "vpc-made-up"
            error_message = "id is ${aws_vpc.v.id}"
          }
        }"#,
    );
    let ran = project.ok(&["test"]);
    assert!(ran.stdout.contains("Success! 1 passed, 0 failed."), "{}", ran.stdout);
    assert!(!ran.stderr.contains("could not destroy"), "{}", ran.stderr);
}

/// The tests of the modules that are here.
#[test]
fn the_modules_pass_their_tests() {
    let modules = [
        ("modules/vpc", 9),
        ("modules/eks", 6),
        ("modules/security", 21),
        ("modules/storage", 12),
        ("modules/messaging", 7),
        ("global/route53", 19),
    ];
    for (module, runs) in modules {
        let dir = zw_testing::workspace().join(module);
        let data = tempfile::tempdir().expect("a directory");
        let project = Project::new().env("ZW_DATA_DIR", &data.path().display().to_string());
        let ran = project.ok(&[&format!("-chdir={}", dir.display()), "test"]);
        assert!(
            ran.stdout.contains(&format!("Success! {runs} passed, 0 failed.")),
            "{module}: {}",
            ran.stdout
        );
    }
}

/// The elements of a report with their attributes, but for those of time, what stands in bodies, and where warnings
/// are: not everything that one warns of is worth a warning to the other.
fn elements(report: &str) -> Vec<String> {
    let bodies =
        report.split("<![CDATA[").map(|part| part.split_once("]]>").map_or(part, |(_, rest)| rest));
    let text = bodies.collect::<String>().replace("&#34;", "&quot;");
    let tags = text.split('<').filter_map(|part| Some(part.split_once('>')?.0));
    let tags = tags.filter(|tag| tag.starts_with(char::is_alphabetic) && *tag != "system-err");
    tags.map(|tag| {
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes: Vec<&str> = attributes.split_inclusive("\" ").map(str::trim).collect();
        let is_compared = |attribute: &&str| {
            !["time=", "timestamp="].iter().any(|name| attribute.starts_with(name))
        };
        attributes.retain(|attribute| name != "testsuites" && is_compared(attribute));
        attributes.sort_unstable();
        format!("{name} {}", attributes.join(" ")).trim_end_matches('/').trim().to_owned()
    })
    .collect()
}

#[test]
fn reports_for_pipelines_are_made_as_those_of_terraform() {
    let two = r#"
        variables { n = 1 }
        run "two" {
          assert {
            condition     = output.o == 3
            error_message = "o is ${output.o}"
          }
          assert {
            condition     = output.o == 4
            error_message = "no"
          }
        }"#;
    for (name, test) in CASES.into_iter().chain([("two_assertions_that_fail", two)]) {
        let project = project(test);
        project.zw(&["test", "-junit-xml=ours.xml"]);
        let terraform = |args: &[&str]| {
            let mut command = Command::new("terraform");
            command.args(args).current_dir(project.path()).env_remove("TF_CLI_CONFIG_FILE").output()
        };
        if terraform(&["init"]).is_err() {
            eprintln!("SKIPPED: there is no terraform on this machine");
            return;
        }
        terraform(&["test", "-junit-xml=theirs.xml"]).expect("it ran before");
        let (ours, theirs) = (project.read("ours.xml"), project.read("theirs.xml"));
        assert_eq!(elements(&ours), elements(&theirs), "{name}\n{ours}\n{theirs}");
    }
}

#[test]
fn reports_are_for_programs_too() {
    let project = project(CASES[1].1);
    project.write("tests/other.tftest.hcl", "run \"one\" {\n  variables { n = 1 }\n}\n");
    let ran = project.zw(&["test", "-json", "-junit-xml=report.xml"]);
    assert_eq!(ran.code, Some(1));
    let lines: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let summary = lines.iter().find(|line| line["type"] == "test_summary").expect("a summary");
    let counts =
        serde_json::json!({"status": "fail", "passed": 2, "failed": 1, "errored": 0, "skipped": 0});
    assert_eq!(summary["test_summary"], counts);
    let of_run = |name: &str, status: &str| {
        lines
            .iter()
            .filter(|line| line["test_run"]["run"] == name && line["test_run"]["status"] == status)
            .count()
    };
    assert_eq!((of_run("one", "fail"), of_run("one", "pass"), of_run("two", "pass")), (1, 1, 1));
    let report = project.read("report.xml");
    assert!(
        report.contains(
            "<testsuites name=\"zw test\" tests=\"3\" skipped=\"0\" failures=\"1\" errors=\"0\""
        ),
        "{report}"
    );
    for part in [
        "<failure message=\"1 of 1 assertions failed: of_child is 2\">",
        "Error: Test assertion failed\n\n  on tests/case.tftest.hcl line 5, in run &quot;one&quot;:",
        "of_child is 2\n",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }

    let ran = project.ok(&["test", "-filter=tests/other.tftest.hcl"]);
    assert!(ran.stdout.contains("1 passed, 0 failed."), "{}", ran.stdout);
    let ran = project.zw(&["test", "-filter=tests/none.tftest.hcl"]);
    assert!(ran.stderr.contains("There is no test file tests/none.tftest.hcl"), "{}", ran.stderr);
}
