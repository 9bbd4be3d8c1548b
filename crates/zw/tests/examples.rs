//! The examples that are more than a page, on AWS as nobody here wrote it, with boto3 as the witness.

#![cfg(feature = "aws")]

mod support;

use serde_json::{Value, json};
use support::Project;
use zw_testing::{Caller, Emulator, Kind, Said};

/// What an expression gives of the answer to a call without arguments.
fn taken(caller: &Caller, call: &str, expression: &str) -> Value {
    match caller.call(call, &json!({}), &[expression.to_owned()]) {
        Said::Answer { taken, .. } => taken[expression].clone(),
        Said::Error(error) => panic!("{call}: {error}"),
    }
}

fn assert_empty_plan(project: &Project) {
    let ran = project.zw(&["plan", "-detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn three_tiers_with_endpoints_and_flow_logs() {
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let project = Project::copy_of("examples/three-tier-vpc").on(&moto);
    let caller = Caller::start(&moto, "us-east-1");
    let own = "Vpcs[?!IsDefault] | length(@)";
    let endpoints = "sort(VpcEndpoints[?State=='available'].ServiceName)";

    project.ok(&["init"]);
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("Resources: 48 added"), "{}", ran.stdout);
    assert_eq!(taken(&caller, "ec2:describe_vpcs", own), 1);
    let names = ["dynamodb", "ecr.api", "ecr.dkr", "logs", "s3", "sts"];
    let names = names.map(|name| format!("com.amazonaws.us-east-1.{name}"));
    assert_eq!(taken(&caller, "ec2:describe_vpc_endpoints", endpoints), json!(names));
    let logged = "FlowLogs[].[TrafficType, LogGroupName, MaxAggregationInterval]";
    assert_eq!(
        taken(&caller, "ec2:describe_flow_logs", logged),
        json!([["ALL", "/vpc/zero-world/flow", 60]])
    );
    let guarded = "NetworkAcls[?!IsDefault].length(Associations)";
    assert_eq!(taken(&caller, "ec2:describe_network_acls", guarded), json!([3]));
    assert_empty_plan(&project);

    // Something in place, something more, and something less.
    project.edit("main.tf", "  default     = 90\n", "  default     = 30\n");
    project.edit("main.tf", "\"logs\", \"sts\"]", "\"ssm\", \"sts\"]");
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("1 added, 1 changed, 1 destroyed"), "{}", ran.stdout);
    let days = "logGroups[].retentionInDays";
    assert_eq!(taken(&caller, "logs:describe_log_groups", days), json!([30]));
    let names = ["dynamodb", "ecr.api", "ecr.dkr", "s3", "ssm", "sts"];
    let names = names.map(|name| format!("com.amazonaws.us-east-1.{name}"));
    assert_eq!(taken(&caller, "ec2:describe_vpc_endpoints", endpoints), json!(names));
    assert_empty_plan(&project);

    let ran = project.ok(&["destroy", "-auto-approve"]);
    assert!(ran.stdout.contains("Resources: 48 destroyed"), "{}", ran.stdout);
    assert_eq!(taken(&caller, "ec2:describe_vpcs", own), 0);
    assert_eq!(taken(&caller, "ec2:describe_vpc_endpoints", endpoints), json!([]));
    assert_eq!(taken(&caller, "ec2:describe_flow_logs", logged), json!([]));
    assert_eq!(taken(&caller, "logs:describe_log_groups", days), json!([]));
}

/// What nobody emulates together comes one by one: moto has Fargate, and ministack has pod identities and add-ons.
#[test]
fn a_platform_with_nodes_and_fargate() {
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let project = Project::copy_of("examples/eks-platform").on(&moto);
    let project = project.env("TF_VAR_pod_roles", "{}");
    let caller = Caller::start(&moto, "us-east-1");
    let cluster = json!({ "clusterName": "platform" });
    let profiles = || match caller.call(
        "eks:list_fargate_profiles",
        &cluster,
        &["sort(fargateProfileNames)".to_owned()],
    ) {
        Said::Answer { mut taken, .. } => taken["sort(fargateProfileNames)"].take(),
        Said::Error(error) => panic!("{error}"),
    };

    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(profiles(), json!(["jobs"]));
    assert_empty_plan(&project);

    project.edit("main.tf", "default     = [\"jobs\"]", "default     = [\"batch\", \"jobs\"]");
    project.edit("main.tf", "default     = 3", "default     = 5");
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("1 added, 1 changed, 0 destroyed"), "{}", ran.stdout);
    assert_eq!(profiles(), json!(["batch", "jobs"]));
    assert_empty_plan(&project);

    project.ok(&["destroy", "-auto-approve"]);
    assert_eq!(taken(&caller, "eks:list_clusters", "clusters"), json!([]));
    assert_eq!(taken(&caller, "iam:list_roles", "Roles[].RoleName"), json!([]));
}

#[test]
fn a_platform_with_roles_of_pods() {
    let Some(ministack) = Emulator::start(Kind::Ministack) else { return };
    let project = Project::copy_of("examples/eks-platform").on(&ministack);
    let project = project.env("TF_VAR_fargate_namespaces", "[]");
    let caller = Caller::start(&ministack, "us-east-1");
    let cluster = json!({ "clusterName": "platform" });
    let expression = "sort(associations[].serviceAccount)";
    let accounts = || match caller.call(
        "eks:list_pod_identity_associations",
        &cluster,
        &[expression.to_owned()],
    ) {
        Said::Answer { mut taken, .. } => taken[expression].take(),
        Said::Error(error) => panic!("{error}"),
    };

    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(accounts(), json!(["reports"]));
    assert_empty_plan(&project);

    // An association belongs to its service account; its role may become another.
    project.edit("main.tf", "service_account = \"reports\"", "service_account = \"reporter\"");
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("1 added, 0 changed, 1 destroyed"), "{}", ran.stdout);
    assert_eq!(accounts(), json!(["reporter"]));
    assert_empty_plan(&project);

    project.ok(&["destroy", "-auto-approve"]);
    assert_eq!(taken(&caller, "eks:list_clusters", "clusters"), json!([]));
}
