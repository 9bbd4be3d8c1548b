//! Things that go wrong on demand.

use std::time::Duration;

use serde_json::json;
use tempfile::tempdir;
use zw_provider::{CallCount, OpErrorKind};
use zw_sim::{Fault, Faults, ScriptedFault, SimOptions, Verb};

use crate::support::{Sim, options, text};

fn scripted(verb: Verb, fault: Fault) -> Faults {
    let script = vec![ScriptedFault { verb, type_name: None, nth: 1, fault }];
    Faults { script, ..Faults::default() }
}

async fn sim(dir: &tempfile::TempDir, faults: Faults) -> Sim {
    Sim::aws_with(SimOptions { faults, ..options(dir.path()) }, json!({})).await
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_found_by_its_token() {
    let dir = tempdir().expect("there is room");
    let sim = sim(&dir, scripted(Verb::Create, Fault::LostAnswer)).await;
    let request = sim.create_request("aws_vpc", &json!({ "cidr_block": "10.0.0.0/16" }));
    let lost = sim.connection.create("aws_vpc", request.clone()).await;
    assert_eq!(lost.object, None);
    assert_eq!(lost.error.map(|error| error.kind), Some(OpErrorKind::Unreachable));
    let found = sim.connection.find("aws_vpc", &request).await.expect("it can be looked for");
    assert!(found.is_some());
    let again = sim.connection.create("aws_vpc", request).await;
    assert_eq!(again.object, found, "the same token creates nothing new");
}

#[tokio::test]
async fn a_creation_that_is_throttled_leaves_nothing() {
    let dir = tempdir().expect("there is room");
    let sim = sim(&dir, scripted(Verb::Create, Fault::Throttled)).await;
    let request = sim.create_request("aws_vpc", &json!({ "cidr_block": "10.0.0.0/16" }));
    let refused = sim.connection.create("aws_vpc", request.clone()).await;
    assert_eq!(refused.error.map(|error| error.kind), Some(OpErrorKind::Throttled));
    assert_eq!(sim.connection.find("aws_vpc", &request).await, Ok(None));
    assert_eq!(sim.connection.create("aws_vpc", request).await.error, None);
}

#[tokio::test]
async fn a_creation_that_times_out_leaves_a_partial_object() {
    let dir = tempdir().expect("there is room");
    let sim = sim(&dir, scripted(Verb::Create, Fault::Timeout)).await;
    let created = sim.try_create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    assert_eq!(created.error.map(|error| error.kind), Some(OpErrorKind::Timeout));
    let object = created.object.expect("it is there all the same");
    assert_eq!(sim.read("aws_vpc", &object).await, Some(object));
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_has_taken_place() {
    let dir = tempdir().expect("there is room");
    let sim = sim(&dir, scripted(Verb::Delete, Fault::LostAnswer)).await;
    let vpc = sim.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let error = sim.try_delete("aws_vpc", &vpc).await.expect_err("the answer is lost");
    assert_eq!(error.kind, OpErrorKind::Unreachable);
    assert_eq!(sim.read("aws_vpc", &vpc).await, None);
}

#[tokio::test(start_paused = true)]
async fn operations_take_a_part_of_the_time_that_they_take_in_the_cloud() {
    let dir = tempdir().expect("there is room");
    let slow = SimOptions { latency_scale: 0.5, ..options(dir.path()) };
    let sim = Sim::aws_with(slow, json!({})).await;
    let request = sim.create_request("aws_eip", &json!({ "domain": "vpc" }));
    let start = tokio::time::Instant::now();
    let created = sim.connection.create("aws_eip", request).await;
    assert_eq!(created.error, None);
    let elapsed = start.elapsed();
    assert!(
        elapsed >= Duration::from_millis(400) && elapsed <= Duration::from_millis(601),
        "{elapsed:?}"
    );
    let object = created.object.expect("it is created");
    assert!(text(&object, "public_dns").starts_with("ec2-"));
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_than_its_timeouts_say_is_there_and_not_ready() {
    let dir = tempdir().expect("there is room");
    let slow = SimOptions { latency_scale: 0.01, check_references: false, ..options(dir.path()) };
    let sim = Sim::aws_with(slow, json!({})).await;
    let gateway = |limit: &str| {
        json!({
            "subnet_id": "subnet-1",
            "allocation_id": "eipalloc-1",
            "timeouts": { "create": limit, "delete": limit },
        })
    };
    // In the real cloud it takes more than a minute, and less than five.
    let start = tokio::time::Instant::now();
    let created = sim.try_create("aws_nat_gateway", gateway("1m")).await;
    assert!(start.elapsed() < Duration::from_millis(610), "{:?}", start.elapsed());
    let error = created.error.expect("it takes too long");
    assert_eq!(error.kind, OpErrorKind::Timeout);
    assert_eq!(
        error.message,
        "Timed out after 60 s, since 2026-01-02T03:04:05Z, waiting for aws_nat_gateway to be created; \
         the last state was \"creating\"."
    );
    let object = created.object.expect("it is there all the same");
    assert_eq!(sim.read("aws_nat_gateway", &object).await.as_ref(), Some(&object));
    let deleted = sim.try_delete("aws_nat_gateway", &object).await;
    assert_eq!(deleted, Ok(()), "that takes less than a minute");
    assert_eq!(sim.try_create("aws_nat_gateway", gateway("5m")).await.error, None);
}

#[tokio::test]
async fn calls_of_the_simulated_cloud_are_counted() {
    let dir = tempdir().expect("there is room");
    let sim = sim(&dir, scripted(Verb::Create, Fault::Throttled)).await;
    let refused = sim.try_create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    assert!(refused.object.is_none());
    let created = sim.try_create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    sim.read("aws_vpc", &created.object.expect("it is made")).await;
    let calls: Vec<_> = sim
        .traffic
        .calls()
        .0
        .into_iter()
        .map(|(call, count)| (call.service, call.operation, count.sent, count.throttled))
        .collect();
    // A read may be several calls in the real cloud, and has no name of its own.
    let expected = [("ec2", "CreateVpc", 2, 1), ("sim", "Read aws_vpc", 1, 0)];
    let expected = expected.map(|(service, name, sent, throttled)| {
        (service.to_owned(), name.to_owned(), sent, throttled)
    });
    assert_eq!(calls, expected);
    assert_eq!(sim.traffic.calls().total(), CallCount { sent: 3, throttled: 1, retried: 0 });
}
