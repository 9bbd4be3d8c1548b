//! An apply of sixty AWS resources to which something happens, and one more apply.
//!
//! What moto holds after that, as boto3 counts it, is exactly the configuration; a plan is empty, and so is the
//! journal. `ZW_MOMENTS=200` tries as many moments of each kind, and `--nocapture` shows the lines of the table in
//! `docs/reliability.md`. `ZW_SEED` chooses other moments.

#![cfg(all(feature = "aws", target_os = "linux"))]
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod chance;
mod disk;
mod estate;
#[path = "../support/mod.rs"]
mod support;
mod tally;

use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use disk::Disk;
use estate::Estate;
use serde_json::json;
use support::Project;

/// At how many moments of each kind something happens, unless `ZW_MOMENTS` says otherwise.
const MOMENTS: usize = 10;

fn moments() -> usize {
    let given = std::env::var("ZW_MOMENTS").ok();
    given.map_or(MOMENTS, |text| text.parse().expect("ZW_MOMENTS is a number"))
}

#[test]
fn an_apply_that_is_killed_at_any_moment_is_completed_by_the_next() {
    let Some(estate) = Estate::direct() else { return };
    let tally = estate.at_moments("killed at a random moment", moments(), |project, chance| {
        let mut zw = project.spawn(&["apply", "-auto-approve"]);
        sleep(chance.part_of(estate.whole));
        (kill(&mut zw), ())
    });
    tally.conclude();
}

/// What is created, by how many calls.
const CREATIONS: [(&str, &str, usize); 19] = [
    ("ec2", "CreateVpc", 1),
    ("ec2", "CreateInternetGateway", 1),
    ("ec2", "CreateSubnet", 6),
    ("ec2", "AllocateAddress", 3),
    ("ec2", "CreateNatGateway", 3),
    ("ec2", "CreateRouteTable", 4),
    ("ec2", "CreateRoute", 4),
    ("ec2", "AssociateRouteTable", 6),
    ("ec2", "CreateSecurityGroup", 3),
    ("ec2", "AuthorizeSecurityGroupIngress", 4),
    ("ec2", "CreateLaunchTemplate", 3),
    ("ec2", "RunInstances", 1),
    ("iam", "CreateRole", 3),
    ("iam", "CreatePolicy", 2),
    ("iam", "AttachRolePolicy", 5),
    ("iam", "CreateInstanceProfile", 2),
    ("iam", "CreateOpenIDConnectProvider", 1),
    ("eks", "CreateCluster", 1),
    ("eks", "CreateNodegroup", 3),
];

#[test]
fn an_apply_that_is_killed_before_it_hears_of_what_it_made_is_completed_by_the_next() {
    let Some(estate) = Estate::behind_proxy() else { return };
    let what = "killed between a call and its answer";
    let tally = estate.at_moments(what, moments(), |project, chance| {
        let calls = CREATIONS.iter().flat_map(|(service, operation, count)| {
            (0..*count).map(move |nth| (*service, *operation, nth))
        });
        let calls: Vec<_> = calls.collect();
        let (service, operation, nth) = calls[chance.below(calls.len())];
        // The first ones pass; then one is carried out, and its answer comes a byte at a time.
        let passing =
            json!({ "service": service, "operation": operation, "times": nth, "latency": 1 });
        let held = json!({
            "service": service, "operation": operation, "times": 1,
            "response": { "bandwidth_kbps": 0.01 },
        });
        let rules = if nth == 0 { json!([held]) } else { json!([passing, held]) };
        let already = estate.proxy().fired().len();
        estate.proxy().set_rules(&rules);
        let mut zw = project.spawn(&["apply", "-auto-approve"]);
        while estate.proxy().fired().len() <= already + nth {
            let ended = zw.try_wait().expect("it can be asked");
            assert!(ended.is_none(), "it ended without {operation} being held: {ended:?}");
            sleep(Duration::from_millis(20));
        }
        // Now and then before moto has done it, mostly after.
        sleep(chance.part_of(Duration::from_millis(400)));
        let was_killed = kill(&mut zw);
        estate.proxy().set_rules(&json!([]));
        (was_killed, ())
    });
    tally.conclude();
}

#[test]
fn an_apply_whose_disk_fills_up_is_completed_by_the_next() {
    if Disk::of(&Project::new()).is_none() {
        println!("skipped: this machine does not let us mount a file system");
        return;
    }
    let Some(estate) = Estate::direct() else { return };
    let tally = estate.at_moments("the disk fills up", moments(), |project, chance| {
        let disk = Disk::of(project).expect("another one could be mounted");
        let mut zw = project.spawn(&["apply", "-auto-approve"]);
        sleep(chance.part_of(estate.whole));
        disk.fill();
        let ended = zw.wait().expect("it ends");
        disk.clear();
        (!ended.success(), disk)
    });
    tally.conclude();
}

#[test]
fn an_apply_over_connections_that_break_is_completed_by_the_next() {
    let Some(estate) = Estate::behind_proxy() else { return };
    let what = "throttled, cut before and within answers";
    let tally = estate.at_moments(what, moments(), |project, _| {
        estate.proxy().set_rules(&json!([
            { "service": "ec2", "probability": 0.05,
              "error": { "code": "RequestLimitExceeded", "status": 503 } },
            { "service": "iam", "probability": 0.05,
              "error": { "code": "Throttling", "status": 400 } },
            { "service": "eks", "probability": 0.05,
              "error": { "code": "ThrottlingException", "status": 429 } },
            { "service": "*", "probability": 0.02, "error": { "code": "InternalFailure", "status": 500 } },
            { "service": "*", "probability": 0.03, "reset": true },
            { "service": "ec2", "probability": 0.05, "response": { "abort_frac": 0.5 } },
            { "service": "iam", "probability": 0.05, "response": { "abort_frac": 0.5 } },
            // Not creations: moto does not know the tokens by which EKS tells a repeated one from a second one.
            { "service": "eks", "operation": "DescribeCluster", "probability": 0.05,
              "response": { "abort_frac": 0.5 } },
            { "service": "eks", "operation": "DescribeNodegroup", "probability": 0.05,
              "response": { "abort_frac": 0.5 } },
            { "service": "*", "probability": 0.1, "latency": { "min": 50, "max": 500 } },
        ]));
        let ran = project.zw(&["apply", "-auto-approve"]);
        estate.proxy().set_rules(&json!([]));
        (ran.code != Some(0), ())
    });
    tally.conclude();
}

/// Kills a program on the spot, as the kernel does; whether it had still been running.
fn kill(program: &mut Child) -> bool {
    program.kill().expect("it can be killed");
    !program.wait().expect("it ends").success()
}
