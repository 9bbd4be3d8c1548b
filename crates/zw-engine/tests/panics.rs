//! Providers with bugs: a panic is an error of what it happened to, and nobody waits for it.

mod support;

use std::time::Duration;

use support::{Bench, actions};
use zw_engine::{ApplyReport, PlanOptions, Silent, settle};
use zw_lang::{Diagnostics, Severity};
use zw_state::{ObjectStatus, RowKey, RunKind};

/// Plans and applies; fails if that does not end.
async fn apply(bench: &Bench, config: &str) -> ApplyReport {
    let run = bench.plan(config).await.unwrap_or_else(|problems| panic!("{problems}"));
    let applied = tokio::time::timeout(Duration::from_secs(30), bench.apply_run(run)).await;
    applied.expect("it does not wait for who is gone")
}

/// What is said of errors, each with its address.
fn errors(found: &Diagnostics) -> Vec<String> {
    let errors = found.0.iter().filter(|found| found.severity == Severity::Error);
    errors
        .map(|found| format!("{}: {}", found.address.as_deref().unwrap_or("-"), found.detail))
        .collect()
}

/// Has the next run find out what became of operations in doubt; how many there were.
async fn settled(bench: &Bench, config: &str) -> usize {
    let session = bench.store.begin(RunKind::Apply, Duration::ZERO).await.expect("nobody is here");
    let (snapshot, options) = (bench.snapshot().await, PlanOptions::default());
    let context = bench.context(config);
    let settled = settle(&context, &snapshot, &options, &*session, &Silent).await;
    settled.unwrap_or_else(|problems| panic!("{problems}"))
}

#[tokio::test]
async fn a_creation_that_panics_fails_what_depends_on_it_and_nothing_else() {
    let bench = Bench::default();
    let config = r#"
        resource "test_thing" "a" { name = "a" }
        resource "test_thing" "b" { name = "panic-early" }
        resource "test_thing" "c" {
          name = "c"
          link = test_thing.b.id
        }
        resource "test_thing" "d" {
          name = "d"
          link = test_thing.a.id
        }"#;
    let report = apply(&bench, config).await;
    let said = errors(&report.diagnostics);
    assert_eq!(said.len(), 1, "{said:?}");
    let expected =
        "test_thing.b: It stopped unexpectedly: there is no panic-early. This is a bug in zw.";
    assert!(said[0].starts_with(expected), "{said:?}");
    assert_eq!(
        report.skipped.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["test_thing.c"]
    );
    assert_eq!(bench.addresses().await, ["test_thing.a", "test_thing.d"]);
    // That nothing was created nobody knew.
    assert_eq!(settled(&bench, config).await, 1);
    assert_eq!(bench.addresses().await, ["test_thing.a", "test_thing.d"]);
}

#[tokio::test]
async fn what_was_created_before_the_panic_is_found_again() {
    let bench = Bench::default();
    let config = r#"resource "test_thing" "a" { name = "panic-late" }"#;
    let report = apply(&bench, config).await;
    assert!(errors(&report.diagnostics)[0].contains("next apply looks for the object"));
    assert_eq!(bench.addresses().await, Vec::<String>::new());
    assert_eq!(settled(&bench, config).await, 1);
    assert_eq!(bench.addresses().await, ["test_thing.a"]);
    assert!(bench.plan(config).await.expect("a plan").plan.is_empty());
}

#[tokio::test]
async fn changes_and_provisioners_may_panic_too() {
    let bench = Bench::default();
    let config = |color: &str| {
        format!(
            r#"resource "test_thing" "a" {{
                 name  = "panic-change"
                 color = "{color}"
               }}"#
        )
    };
    apply(&bench, &config("red")).await;
    let report = apply(&bench, &config("blue")).await;
    let said = errors(&report.diagnostics);
    assert!(said[0].starts_with("test_thing.a: It stopped unexpectedly"), "{said:?}");
    // The next plan reads how far it came.
    let again = bench.plan(&config("blue")).await.expect("a plan");
    assert_eq!(actions(&again), ["Update test_thing.a"]);

    let config = r#"resource "test_thing" "b" {
        name = "b"
        provisioner "test-note" { text = "panic" }
    }"#;
    let report = apply(&bench, config).await;
    let said = errors(&report.diagnostics);
    assert!(said[0].starts_with("test_thing.b: It stopped unexpectedly"), "{said:?}");
    let snapshot = bench.snapshot().await;
    let row = &snapshot.resources[&RowKey::current("test_thing.b")];
    assert_eq!(row.status, ObjectStatus::Tainted);
}

#[tokio::test]
async fn a_data_source_that_panics_ends_the_plan_with_an_error() {
    let bench = Bench::default();
    let config = r#"data "test_thing" "d" { name = "panic-data" }"#;
    let planned = tokio::time::timeout(Duration::from_secs(30), bench.plan(config)).await;
    let problems = planned.expect("it ends").err().expect("it cannot be planned");
    let said = errors(&problems);
    assert!(said.len() == 1 && said[0].starts_with("data.test_thing.d: It stopped"), "{said:?}");
}

#[tokio::test]
async fn a_provider_that_panics_when_it_is_configured_cannot_be_used() {
    let bench = Bench::default();
    let config = r#"
        provider "test" { region = "panic" }
        resource "test_thing" "a" { name = "a" }"#;
    let report = apply(&bench, config).await;
    let said = errors(&report.diagnostics);
    assert!(said[0].contains("It stopped unexpectedly: there is no panic."), "{said:?}");
    assert_eq!(bench.addresses().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_batch_of_reads_that_panics_is_an_error_of_each_object() {
    let bench = Bench::default();
    let config = r#"
        resource "test_thing" "a" {
          count = 2
          name  = "a${count.index}"
          color = "panic"
        }"#;
    apply(&bench, config).await;
    let problems = bench.plan(config).await.err().expect("it cannot be read");
    let said = errors(&problems);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("test_thing.a[0]: It stopped unexpectedly"), "{said:?}");
}
