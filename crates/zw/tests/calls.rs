//! How many calls are made, and what becomes of those that are throttled: against moto, which writes down what it is
//! asked, and behind a proxy that throttles as AWS does.

#![cfg(feature = "aws")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use support::{Project, Ran};
use zw_testing::{Emulator, FaultProxy, Kind};

/// One test at a time: moto stumbles over calls at once (it answers some with a page that says 500) the more often, the
/// busier the machine is, and one test counts calls while the other compares times.
static ALONE: Mutex<()> = Mutex::new(());

/// A thousand resources of ten types in one region.
const THOUSAND: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "each" {
  count      = 100
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}

resource "aws_route_table" "each" {
  count  = 100
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table_association" "each" {
  count          = 100
  subnet_id      = aws_subnet.each[count.index].id
  route_table_id = aws_route_table.each[count.index].id
}

resource "aws_security_group" "each" {
  count  = 150
  name   = "group-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "each" {
  count             = 150
  security_group_id = aws_security_group.each[count.index].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.0.0.0/8"
}

resource "aws_internet_gateway" "each" {
  count = 50
}

resource "aws_eip" "each" {
  count  = 149
  domain = "vpc"
}

resource "aws_iam_role" "each" {
  count = 100
  name  = "role-${count.index}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "each" {
  count      = 100
  role       = aws_iam_role.each[count.index].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
"#;

/// Two hundred resources.
const TWO_HUNDRED: &str = r#"
variable "region" {}

provider "aws" {
  region = var.region
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_security_group" "each" {
  count  = 59
  name   = "group-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "each" {
  count             = 60
  security_group_id = aws_security_group.each[count.index % 59].id
  ip_protocol       = "tcp"
  from_port         = 1000 + count.index
  to_port           = 1000 + count.index
  cidr_ipv4         = "10.0.0.0/8"
}

resource "aws_eip" "each" {
  count  = 40
  domain = "vpc"
}

resource "aws_iam_role" "each" {
  count = 20
  name  = "${var.region}-${count.index}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "each" {
  count      = 20
  role       = aws_iam_role.each[count.index].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
"#;

/// The calls by service and operation.
type Counts = BTreeMap<(String, String), u64>;

/// What moto was asked.
fn recorded(moto: &Emulator) -> Counts {
    let mut counts = Counts::new();
    for request in moto.recorded() {
        let text = |name: &str| request[name].as_str().expect("it is understood").to_owned();
        *counts.entry((text("service"), text("operation"))).or_default() += 1;
    }
    counts
}

/// The message about calls.
fn message(ran: &Ran) -> Value {
    let messages = ran.stdout.lines().map(serde_json::from_str::<Value>);
    let mut messages = messages.map(|message| message.expect("each line is JSON"));
    messages.find(|message| message["type"] == "api_calls").expect("calls are counted")
}

/// What `zw` counted.
fn counted(ran: &Ran) -> Counts {
    let message = message(ran);
    let operations = message["calls"]["operations"].as_array().expect("a list").clone();
    let counts = operations.into_iter().map(|operation| {
        let text = |name: &str| operation[name].as_str().expect("a text").to_owned();
        ((text("service"), text("operation")), operation["sent"].as_u64().expect("a number"))
    });
    counts.collect()
}

#[test]
fn a_plan_of_a_thousand_resources_takes_few_calls() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let project = Project::of(THOUSAND).on(&moto);
    let ran = project.ok(&["apply", "-auto-approve"]);
    assert!(ran.stdout.contains("Resources: 1000 added"), "{}", ran.stdout);

    moto.record();
    let ran = project.ok(&["plan", "-json", "-detailed-exitcode"]);
    let (counted, recorded) = (counted(&ran), recorded(&moto));
    assert_eq!(counted, recorded, "moto counts otherwise");
    let calls: u64 = recorded.values().sum();
    assert!(calls <= 40, "{calls}: {recorded:#?}");

    // For people there is a table of them.
    moto.record();
    let table = project.ok(&["plan", "-calls"]).stdout;
    for ((service, operation), count) in self::recorded(&moto) {
        let call = format!("aws {service}:{operation}");
        let row = table.lines().find(|line| line.split("  ").next() == Some(&call));
        let row = row.unwrap_or_else(|| panic!("{call} is not in {table}"));
        let sent = row.split_whitespace().nth(2).expect("there are numbers");
        assert_eq!(sent, count.to_string(), "{row}");
    }
}

/// Applies the two hundred resources in a region; what came of it, and how many seconds it took.
fn apply(proxy: &FaultProxy, region: &str) -> (Project, Ran, f64) {
    let project = Project::of(TWO_HUNDRED).env("TF_VAR_region", region);
    let credentials = proxy.credentials().into_iter();
    let project = credentials.fold(project, |project, (name, value)| project.env(name, &value));
    let began = Instant::now();
    let ran = project.ok(&["apply", "-auto-approve", "-json"]);
    (project, ran, began.elapsed().as_secs_f64())
}

/// How much longer an apply may take of which every second call is turned away.
const RATIO_MAX: f64 = 3.0;

#[test]
fn an_apply_that_is_throttled_ends_complete_repeats_nothing_and_takes_little_longer() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(moto) = Emulator::start(Kind::Moto) else { return };
    let proxy = FaultProxy::before(&moto);
    // The first calls of each kind take moto long, which is nobody's disturbance.
    apply(&proxy, "eu-west-1");
    let mut ratios = Vec::new();
    // Whatever else the machine is busy with may come over one side of a comparison.
    for (quiet, busy) in [("us-east-1", "us-west-2"), ("us-east-2", "eu-central-1")] {
        moto.record();
        let (_, ran, undisturbed) = apply(&proxy, quiet);
        assert_eq!(message(&ran)["calls"]["throttled"], 0);
        let disturbed = throttled(&moto, &proxy, busy);
        println!("{disturbed:.2} s instead of {undisturbed:.2} s");
        ratios.push(disturbed / undisturbed);
        if ratios.last().is_some_and(|ratio| *ratio <= RATIO_MAX) {
            return;
        }
    }
    panic!("it takes {ratios:.2?} times as long");
}

/// Applies while every second call is turned away, and checks what came of it. How many seconds that took.
fn throttled(moto: &Emulator, proxy: &FaultProxy, region: &str) -> f64 {
    // Each service in its own words.
    let codes = [("ec2", "RequestLimitExceeded"), ("iam", "Throttling"), ("sts", "Throttling")];
    proxy.set_rules(&Value::from_iter(codes.map(|(service, code)| {
        json!({
            "service": service, "sequence": {"fail": 1, "pass": 1}, "error": {"code": code},
        })
    })));
    let before = proxy.counts();
    moto.record();
    let (project, ran, disturbed) = apply(proxy, region);
    let (counts, requests) = (proxy.counts(), moto.recorded());
    proxy.set_rules(&json!([]));

    // All of it is there, and is what was asked for.
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let summaries: Vec<Value> = lines.filter(|line| line["type"] == "change_summary").collect();
    let applied = summaries.iter().find(|summary| summary["changes"]["operation"] == "apply");
    assert_eq!(applied.expect("it is complete")["changes"]["add"], 200);
    let ran_again = project.zw(&["plan", "-detailed-exitcode"]);
    assert_eq!(ran_again.code, Some(0), "{}\n{}", ran_again.stdout, ran_again.stderr);

    // Every attempt was counted, and every one that the proxy turned away.
    let calls = &message(&ran)["calls"];
    assert_eq!(calls["sent"], counts.total - before.total);
    assert_eq!(calls["throttled"], counts.faulted - before.faulted);
    let (sent, throttled) = (counts.total - before.total, counts.faulted - before.faulted);
    assert!(throttled * 2 + 3 >= sent, "{throttled} of {sent}");

    // What moto was asked to do, it was asked once.
    let wanted = [
        ("CreateVpc", 1),
        ("CreateSecurityGroup", 59),
        ("AuthorizeSecurityGroupIngress", 60),
        ("AllocateAddress", 40),
        ("CreateRole", 20),
        ("AttachRolePolicy", 20),
    ];
    for (operation, count) in wanted {
        let asked = requests.iter().filter(|request| request["operation"] == operation);
        let asked: Vec<String> = asked.map(|request| request["parameters"].to_string()).collect();
        assert_eq!(asked.len(), count, "{operation}");
        // Not even with the same words, which a service may take for one.
        let different: BTreeSet<&String> = asked.iter().collect();
        assert_eq!(different.len(), count, "{operation}");
    }
    disturbed
}
