//! The policy of IAM that a plan needs: its form, in the simulated cloud, and that it is enough and no guess, on moto with
//! permissions checked.

mod support;

use serde_json::Value as Json;
use support::Project;

/// Objects of several services, with tags, a data source, and what AWS asks for besides.
const SEVERAL: &str = r#"
provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { Team = "web" }
  }
}

data "aws_availability_zones" "all" {}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "first" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = data.aws_availability_zones.all.names[0]
}

resource "aws_iam_role" "worker" {
  name = "zw-worker"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_instance_profile" "worker" {
  name = "zw-worker"
  role = aws_iam_role.worker.name
}

resource "aws_sqs_queue" "jobs" {
  name = "zw-jobs"
}

resource "aws_sns_topic" "news" {
  name = "zw-news"
}

resource "aws_ssm_parameter" "size" {
  name  = "/zw/size"
  type  = "String"
  value = "large"
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "zw-web"
  retention_in_days = 7
}

resource "aws_dynamodb_table" "sessions" {
  name         = "zw-sessions"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
"#;

/// The actions that a policy allows, in its order.
fn actions(policy: &str) -> Vec<String> {
    let policy: Json = serde_json::from_str(policy).expect("the policy is JSON");
    assert_eq!(policy["Version"], "2012-10-17");
    let statements = policy["Statement"].as_array().expect("it has statements");
    let each = statements.iter().flat_map(|statement| {
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(statement["Resource"], "*");
        statement["Action"].as_array().expect("it has actions")
    });
    each.map(|action| action.as_str().expect("an action is a text").to_owned()).collect()
}

fn has(actions: &[String], action: &str) -> bool {
    actions.iter().any(|known| known == action)
}

#[test]
fn a_plan_says_what_it_needs_to_be_allowed() {
    let project = Project::of(SEVERAL);
    let ran = project.ok(&["plan", "-simulate", "-iam-policy"]);
    let needed = actions(&ran.stdout);
    assert!(needed.is_sorted(), "{needed:?}");
    for action in [
        "dynamodb:CreateTable",
        "ec2:CreateSubnet",
        "ec2:CreateTags",
        "ec2:DescribeAvailabilityZones",
        "iam:PassRole",
        "logs:PutRetentionPolicy",
        "sqs:TagQueue",
        "ssm:PutParameter",
    ] {
        assert!(has(&needed, action), "{action}: {needed:?}");
    }
    for action in ["sqs:DeleteQueue", "kms:Decrypt", "ec2:DeleteVpc", "sts:GetCallerIdentity"] {
        assert!(!has(&needed, action), "{action}: {needed:?}");
    }

    let again = project.ok(&["plan", "-simulate", "-iam-policy=policy.json"]);
    assert!(again.stdout.contains("Wrote the policy to: policy.json"), "{}", again.stdout);
    assert!(again.stdout.contains("9 to add"), "{}", again.stdout);
    assert_eq!(project.read("policy.json"), ran.stdout, "the same plan needs the same");
}

#[test]
fn what_is_needed_follows_from_what_is_to_be_done() {
    let project = Project::of(SEVERAL);
    project.ok(&["apply", "-simulate", "-auto-approve"]);
    let reading = actions(&project.ok(&["plan", "-simulate", "-iam-policy"]).stdout);
    assert!(has(&reading, "sqs:GetQueueAttributes"), "{reading:?}");
    let changes = reading.iter().filter(|action| {
        let (_, name) = action.split_once(':').expect("an action has a prefix");
        !["Describe", "Get", "List"].iter().any(|word| name.starts_with(word))
    });
    assert_eq!(changes.collect::<Vec<_>>(), Vec::<&String>::new(), "nothing is to be changed");

    project.edit("main.tf", "retention_in_days = 7", "retention_in_days = 14");
    project.edit("main.tf", "name = \"zw-jobs\"", "name = \"zw-work\"");
    let needed = actions(&project.ok(&["plan", "-simulate", "-iam-policy"]).stdout);
    for action in ["logs:PutRetentionPolicy", "sqs:CreateQueue", "sqs:DeleteQueue"] {
        assert!(has(&needed, action), "{action}: {needed:?}");
    }
    for action in ["logs:CreateLogGroup", "logs:DeleteLogGroup", "sns:CreateTopic"] {
        assert!(!has(&needed, action), "{action}: {needed:?}");
    }

    let needed = actions(&project.ok(&["plan", "-simulate", "-destroy", "-iam-policy"]).stdout);
    assert!(has(&needed, "ec2:DeleteVpc") && !has(&needed, "ec2:CreateVpc"), "{needed:?}");
}

#[test]
fn what_needs_nobodys_permission_is_told() {
    let project = Project::of("resource \"terraform_data\" \"it\" {}\n");
    let ran = project.ok(&["plan", "-iam-policy"]);
    assert_eq!(actions(&ran.stdout), Vec::<String>::new());
    assert!(ran.stderr.contains("The policy allows nothing"), "{}", ran.stderr);
}

#[test]
fn two_documents_are_not_printed_at_once() {
    let project = Project::of("resource \"terraform_data\" \"it\" {}\n");
    for other in ["-json", "-markdown", "-explain=terraform_data.it"] {
        let ran = project.zw(&["plan", "-iam-policy", other]);
        assert_eq!(ran.code, Some(1), "{other}: {}", ran.stdout);
        assert!(ran.stderr.contains("-iam-policy=FILE"), "{other}: {}", ran.stderr);
    }
    let ran = project.ok(&["plan", "-iam-policy=policy.json", "-markdown"]);
    assert!(ran.stdout.starts_with("<!-- zw plan -->"), "{}", ran.stdout);
    assert!(project.read("policy.json").starts_with('{'));
}

/// Whose policy is what a plan says can apply it, and who lacks one action of it cannot, and is told which.
///
/// Of S3 moto checks other actions than AWS does, so there is none of it here.
#[cfg(feature = "aws")]
#[test]
fn the_policy_of_a_plan_is_enough_to_apply_it() {
    use serde_json::json;
    use zw_testing::{Caller, Emulator, Kind, Said};

    const LACKING: &str = "logs:CreateLogGroup";

    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let caller = Caller::start(&moto, "us-east-1");
    let call = |call: &str, with: &Json| match caller.call(call, with, &[]) {
        Said::Answer { answer, .. } => answer,
        Said::Error(error) => panic!("{call} with {with}: {error}"),
    };
    let user = json!({ "UserName": "deployer" });
    call("iam:create_user", &user);
    let key = call("iam:create_access_key", &user)["AccessKey"].take();
    let of_key = |name: &str| key[name].as_str().expect("a key has two parts").to_owned();
    let allow = |policy: &str| {
        moto.check_permissions(false);
        let policy =
            json!({ "UserName": "deployer", "PolicyName": "zw", "PolicyDocument": policy });
        call("iam:put_user_policy", &policy);
        moto.check_permissions(true);
    };

    let project = Project::of(SEVERAL).on(&moto);
    let policy = project.ok(&["plan", "-iam-policy"]).stdout;
    let project = project
        .env("AWS_ACCESS_KEY_ID", &of_key("AccessKeyId"))
        .env("AWS_SECRET_ACCESS_KEY", &of_key("SecretAccessKey"));

    let mut lacking: Json = serde_json::from_str(&policy).expect("the policy is JSON");
    for statement in lacking["Statement"].as_array_mut().expect("it has statements") {
        let actions = statement["Action"].as_array_mut().expect("it has actions");
        actions.retain(|action| action != LACKING);
    }
    assert_eq!(actions(&lacking.to_string()).len() + 1, actions(&policy).len());
    allow(&lacking.to_string());
    let ran = project.zw(&["apply", "-auto-approve"]);
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(LACKING), "{}", ran.stderr);

    allow(&policy);
    project.ok(&["apply", "-auto-approve"]);
    let ran = project.zw(&["plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);

    // To change it takes another policy, which whoever may read it can ask for.
    project.edit("main.tf", "retention_in_days = 7", "retention_in_days = 14");
    project.edit("main.tf", "Team = \"web\"", "Team = \"net\"");
    allow(&project.ok(&["plan", "-iam-policy"]).stdout);
    project.ok(&["apply", "-auto-approve"]);

    allow(&project.ok(&["plan", "-destroy", "-iam-policy"]).stdout);
    let ran = project.ok(&["destroy", "-auto-approve"]);
    assert!(ran.stdout.contains("9 destroyed"), "{}", ran.stdout);
}
