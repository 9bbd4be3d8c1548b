//! Objects that exist come under management: by `zw import`, and by generated configuration.

mod support;

use support::Project;

const NETWORK: &str = r#"
provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block           = "10.1.0.0/16"
  enable_dns_hostnames = true

  tags = {
    "a key" = "it's ${1 + 1}"
  }
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

output "ids" {
  value = "${aws_vpc.main.id} ${aws_security_group.web.id}"
}
"#;

/// A project whose network exists and is not in its state any more, and the ids of its VPC and group.
fn forgotten() -> (Project, String, String) {
    let project = Project::of(NETWORK);
    project.ok(&["apply", "-simulate", "-auto-approve"]);
    let ids = project.ok(&["output", "-simulate", "-raw", "ids"]).stdout;
    let (vpc, group) = ids.trim().split_once(' ').expect("two ids");
    project.ok(&["state", "rm", "-simulate", "aws_vpc.main", "aws_security_group.web"]);
    let (vpc, group) = (vpc.to_owned(), group.to_owned());
    (project, vpc, group)
}

#[test]
fn an_object_is_imported_by_hand() {
    let (project, vpc, group) = forgotten();
    let ran = project.ok(&["import", "-simulate", "aws_vpc.main", &vpc]);
    assert!(ran.stdout.contains("Import successful!"), "{}", ran.stdout);
    project.ok(&["import", "-simulate", "aws_security_group.web", &group]);
    let plan = project.ok(&["plan", "-simulate"]);
    assert!(plan.stdout.contains("No changes"), "{}", plan.stdout);

    let again = project.zw(&["import", "-simulate", "aws_vpc.main", &vpc]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("Resource already managed"), "{}", again.stderr);
}

#[test]
fn what_cannot_be_imported_is_said() {
    let (project, vpc, _) = forgotten();
    let cases = [
        (["aws_vpc.other", &vpc], "Configuration for import target does not exist"),
        (["aws_vpc.main", "vpc-00000000"], "Cannot import non-existent remote object"),
        (["aws_vpc", &vpc], "Invalid address"),
    ];
    for ([address, id], said) in cases {
        let ran = project.zw(&["import", "-simulate", address, id]);
        assert_eq!(ran.code, Some(1), "{}", ran.all());
        assert!(ran.stderr.contains(said), "{}", ran.all());
    }
    assert_eq!(project.ok(&["state", "list", "-simulate"]).stdout, "");
}

#[test]
fn configuration_is_generated_for_what_nobody_declares() {
    let (project, vpc, group) = forgotten();
    let blocks = format!(
        r#"
        provider "aws" {{
          region = "eu-west-1"
        }}

        import {{
          to = aws_vpc.network
          id = "{vpc}"
        }}

        import {{
          to = aws_security_group.web
          id = "{group}"
        }}
        "#
    );
    project.write("main.tf", &blocks);
    let ran = project.ok(&["plan", "-simulate", "-generate-config-out=generated.tf"]);
    assert!(
        ran.stdout.contains("Plan: 2 to import, 0 to add, 0 to change, 0 to destroy."),
        "{}",
        ran.stdout
    );
    let text = project.read("generated.tf");
    let lines = [
        "\"10.1.0.0/16\"",
        "\"a key\" = \"it's 2\"",
        "ingress",
        "443",
        "enable_dns_hostnames = true",
    ];
    for line in lines {
        assert!(text.contains(line), "{line}: {text}");
    }
    for computed in ["arn", "owner_id", "tags_all", " id "] {
        assert!(!text.contains(computed), "{computed}: {text}");
    }
    project.ok(&["fmt", "-check", "generated.tf"]);
    // What is there is not overwritten.
    let again = project.zw(&["plan", "-simulate", "-generate-config-out=generated.tf"]);
    assert!(again.stderr.contains("already exists"), "{}", again.all());
    project.ok(&["apply", "-simulate", "-auto-approve"]);
    assert!(project.ok(&["plan", "-simulate"]).stdout.contains("No changes"));
}

#[test]
fn what_is_too_much_for_generation_is_said() {
    let (project, vpc, _) = forgotten();
    let block = format!("import {{\n  to = aws_vpc.all[\"a\"]\n  id = \"{vpc}\"\n}}\n");
    project.write("main.tf", &block);
    let ran = project.zw(&["plan", "-simulate", "-generate-config-out=generated.tf"]);
    assert!(ran.stderr.contains("Configuration cannot be generated"), "{}", ran.all());
    let ran = project.zw(&["plan", "-simulate", "-generate-config-out=elsewhere/generated.tf"]);
    assert!(ran.stderr.contains("would not be read"), "{}", ran.all());
}
