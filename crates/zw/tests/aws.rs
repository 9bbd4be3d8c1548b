//! The estate's EKS cluster, from nothing to nothing, on AWS as nobody here wrote it: moto, with boto3 as the
//! witness of every step.

#![cfg(feature = "aws")]

mod support;

use serde_json::Value;
use support::Project;
use zw_testing::{Caller, Emulator, Kind, Said};

const REGION: &str = "us-east-1";

/// The cluster's node group of that name, as the witness sees it.
fn node_group<'a>(inventory: &'a Value, name: &str) -> &'a Value {
    let groups = inventory["clusters"][0]["node_groups"].as_array().expect("there is a cluster");
    groups.iter().find(|group| group["name"] == name).expect("there is such a group")
}

fn count(inventory: &Value, kind: &str) -> usize {
    inventory[kind].as_array().map_or(0, Vec::len)
}

/// How many of each kind the configuration asks for.
const WANTED: [(&str, usize); 11] = [
    ("vpcs", 1),
    ("subnets", 6),
    ("internet_gateways", 1),
    ("eips", 3),
    ("nat_gateways", 3),
    ("route_tables", 4),
    ("security_groups", 2),
    ("launch_templates", 3),
    ("roles", 2),
    ("oidc_providers", 1),
    ("clusters", 1),
];

fn assert_complete(inventory: &Value) {
    for (kind, wanted) in WANTED {
        assert_eq!(count(inventory, kind), wanted, "{kind}: {:#}", inventory[kind]);
    }
    assert_eq!(inventory["clusters"][0]["node_groups"].as_array().map(Vec::len), Some(3));
    let attached: usize = inventory["roles"]
        .as_array()
        .expect("there are roles")
        .iter()
        .map(|role| role["policies"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(attached, 4);
}

fn assert_empty_plan(project: &Project) {
    let ran = project.zw(&["plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("No changes."), "{}", ran.stdout);
}

#[test]
fn the_cluster_of_the_estate_lives_a_whole_life_on_moto() {
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let project = Project::copy_of("examples/seed").on(&moto);

    project.ok(&["init"]);
    let ran = project.zw(&["plan", "-out=tfplan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(2), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("0 to change, 0 to destroy."), "{}", ran.stdout);
    assert_eq!(count(&moto.witness(REGION, &["inventory"]), "vpcs"), 0, "a plan changes nothing");

    project.ok(&["apply", "tfplan"]);
    let inventory = moto.witness(REGION, &["inventory"]);
    assert_complete(&inventory);
    assert_eq!(node_group(&inventory, "standard")["scaling"]["desiredSize"], 2000);
    assert_eq!(node_group(&inventory, "spot")["capacity"], "SPOT");
    assert_empty_plan(&project);

    let stale = project.zw(&["apply", "tfplan"]);
    assert_eq!(stale.code, Some(1));
    assert!(stale.stderr.contains("Saved plan is stale"), "{}", stale.stderr);

    project.edit("main.tf", "desired_size = 2000", "desired_size = 2500");
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("0 added, 1 changed, 0 destroyed"), "{}", ran.stdout);
    let inventory = moto.witness(REGION, &["inventory"]);
    assert_eq!(node_group(&inventory, "standard")["scaling"]["desiredSize"], 2500);
    assert_empty_plan(&project);

    project.edit("main.tf", "[\"m6i.8xlarge\"]", "[\"m6i.4xlarge\"]");
    let ran = project.ok(&["plan"]);
    assert!(ran.stdout.contains("# forces replacement"), "{}", ran.stdout);
    project.ok(&["apply", "-auto-approve"]);
    let inventory = moto.witness(REGION, &["inventory"]);
    assert_complete(&inventory);
    assert_eq!(node_group(&inventory, "spot")["types"][0], "m6i.4xlarge");
    assert_empty_plan(&project);

    let vpc = inventory["vpcs"][0]["id"].as_str().expect("it has an id").to_owned();
    moto.witness(REGION, &["untag", &vpc, "Environment"]);
    let ran = project.zw(&["plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(2), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("1 to change"), "{}", ran.stdout);
    project.ok(&["apply", "-auto-approve"]);
    let inventory = moto.witness(REGION, &["inventory"]);
    assert_eq!(inventory["vpcs"][0]["tags"]["Environment"], "production");
    assert_empty_plan(&project);

    let endpoint = project.ok(&["output", "-raw", "cluster_endpoint"]).stdout;
    assert!(endpoint.starts_with("https://"), "{endpoint}");
    let listed = project.ok(&["state", "list"]).stdout;
    assert!(
        listed.contains("module.eks_cluster.aws_eks_node_group.this[\"critical\"]"),
        "{listed}"
    );

    let ran = project.ok(&["destroy", "-auto-approve"]);
    assert!(ran.stdout.contains("Destroy complete!"), "{}", ran.stdout);
    let inventory = moto.witness(REGION, &["inventory"]);
    for (kind, _) in WANTED {
        assert_eq!(count(&inventory, kind), 0, "{kind}: {:#}", inventory[kind]);
    }
    assert_eq!(project.ok(&["state", "list"]).stdout, "");
}

/// What moto lacks: add-ons, and tags of node groups. New versions can be shown on neither of the two.
#[test]
fn add_ons_come_and_go_on_ministack() {
    let Some(ministack) = Emulator::start(Kind::Ministack) else { return };
    let project = Project::copy_of("examples/seed").on(&ministack);
    // Its clusters have issuers without TLS, which IAM does not accept as providers.
    project.edit(
        "main.tf",
        "  region = \"us-east-1\"\n  vpc_id",
        "  region = \"us-east-1\"\n  enable_irsa = false\n  addons = { coredns = {} }\n  kubernetes_version = \"1.30\"\n  vpc_id",
    );
    project.ok(&["apply", "-auto-approve"]);
    let inventory = ministack.witness(REGION, &["inventory"]);
    assert_eq!(inventory["clusters"][0]["addons"][0], "coredns", "{:#}", inventory["clusters"]);
    assert_eq!(inventory["clusters"][0]["version"], "1.30");
    assert_empty_plan(&project);

    project.edit("main.tf", "{ coredns = {} }", "{ kube-proxy = {} }");
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("1 added, 0 changed, 1 destroyed"), "{}", ran.stdout);
    let inventory = ministack.witness(REGION, &["inventory"]);
    assert_eq!(inventory["clusters"][0]["addons"], serde_json::json!(["kube-proxy"]));
    assert_empty_plan(&project);

    project.edit("main.tf", "\"1.30\"", "\"1.31\"");
    let ran = project.zw(&["apply", "-auto-approve"]);
    assert_eq!(ran.code, Some(1));
    let said = ran.stderr.replace(['\n', '│'], " ");
    assert!(said.contains("does not implement"), "{}", ran.stderr);
    let inventory = ministack.witness(REGION, &["inventory"]);
    assert_eq!(inventory["clusters"][0]["version"], "1.30");

    project.ok(&["destroy", "-auto-approve"]);
    assert_eq!(count(&ministack.witness(REGION, &["inventory"]), "clusters"), 0);
}

/// Regions of AWS. Source: "AWS Regions", AWS General Reference.
const REGIONS: [&str; 34] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-west-1",
];

/// One configuration, and each region's resources are where they belong: nowhere else, and with the region's ARN.
#[test]
fn thirty_four_regions_are_applied_at_once() {
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let config = format!(
        r#"locals {{
  regions = toset({})
}}

provider "aws" {{
  alias    = "by_region"
  for_each = local.regions
  region   = each.key
}}

resource "aws_sqs_queue" "each" {{
  for_each = local.regions
  provider = aws.by_region[each.key]
  name     = "queue-of-${{each.key}}"
}}

resource "aws_ssm_parameter" "each" {{
  for_each = local.regions
  provider = aws.by_region[each.key]
  name     = "/queue"
  type     = "String"
  value    = aws_sqs_queue.each[each.key].arn
}}
"#,
        serde_json::to_string(&REGIONS).expect("texts")
    );
    let project = Project::of(&config).on(&moto);
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("Resources: 68 added"), "{}", ran.stdout);
    assert_empty_plan(&project);

    let caller = Caller::start(&moto, REGION);
    let taken = |region: &str, call: &str, expression: &str| {
        let Said::Answer { taken, .. } = caller.call_in(region, call, &[expression.to_owned()])
        else {
            panic!("{call} in {region}")
        };
        taken[expression].clone()
    };
    for region in REGIONS {
        let queues = taken(region, "sqs:list_queues", "QueueUrls");
        let [queue] = queues.as_array().expect("a list").as_slice() else {
            panic!("{region}: {queues}")
        };
        assert!(queue.as_str().is_some_and(|url| url.ends_with(&format!("/queue-of-{region}"))));
        let parameters = taken(region, "ssm:describe_parameters", "Parameters[].ARN");
        let partition = if region.starts_with("us-gov-") { "aws-us-gov" } else { "aws" };
        let arn = format!("arn:{partition}:ssm:{region}:123456789012:parameter/queue");
        assert_eq!(parameters, serde_json::json!([arn]));
    }
    project.ok(&["destroy", "-auto-approve"]);
    for region in ["eu-west-1", "sa-east-1", "us-gov-west-1"] {
        assert!(taken(region, "sqs:list_queues", "QueueUrls").is_null(), "{region}");
    }
}

#[test]
fn an_endpoint_that_nobody_serves_is_an_error_that_names_it() {
    let project = Project::of("provider \"aws\" {\n  region = \"us-east-1\"\n}\n\nresource \"aws_vpc\" \"a\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let ran = project.zw(&["apply", "-auto-approve"]);
    insta::assert_snapshot!(ran.all());
}
