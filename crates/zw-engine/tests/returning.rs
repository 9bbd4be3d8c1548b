//! Plans that return to an earlier state.

mod support;

use std::path::Path;

use support::{Bench, actions};
use zw_engine::{Action, PlanMode, PlanOptions, Run};
use zw_lang::Value;
use zw_state::RunId;

/// The last run.
async fn last(bench: &Bench) -> RunId {
    bench.store.runs(1).await.expect("the state can be read")[0].id
}

/// Plans a return to the state after a run, with the configuration as it is by now.
async fn back(bench: &Bench, config: &str, run: RunId) -> Run {
    let past = bench.store.snapshot_at(Some(run)).await.expect("the state can be read");
    let options = PlanOptions {
        mode: PlanMode::Return(run),
        past: past.resources.into_values().collect(),
        ..PlanOptions::default()
    };
    let planned = bench.plan_with(&bench.context(config), options).await;
    planned.unwrap_or_else(|problems| panic!("{problems}"))
}

/// Applies it, which must work.
async fn apply(bench: &Bench, run: Run) -> Vec<String> {
    bench.log();
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    bench.log()
}

async fn attribute(bench: &Bench, address: &str, name: &str) -> serde_json::Value {
    let snapshot = bench.snapshot().await;
    let row = &snapshot.resources[&zw_state::RowKey::current(address)];
    let object: serde_json::Value = serde_json::from_str(&row.attributes).expect("JSON");
    object[name].clone()
}

const CHAIN: &str = r#"
    resource "test_thing" "a" { name = "a" }
    resource "test_thing" "b" {
      name = "b"
      link = test_thing.a.id
    }
    resource "test_thing" "c" {
      name = "c"
      link = "see ${test_thing.b.code}"
    }
    output "last" { value = test_thing.c.id }
"#;

#[tokio::test]
async fn what_there_was_is_made_again_in_the_order_of_its_dependencies() {
    let bench = Bench::default();
    bench.apply(CHAIN).await;
    let then = last(&bench).await;
    let now = r#"resource "test_thing" "new" { name = "new" }"#;
    bench.apply(now).await;
    let run = back(&bench, now, then).await;
    assert_eq!(
        actions(&run),
        [
            "Create test_thing.a",
            "Create test_thing.b",
            "Create test_thing.c",
            "Delete test_thing.new"
        ]
    );
    assert_eq!(run.plan.mode, PlanMode::Return(then));
    let mut log = apply(&bench, run).await;
    log.retain(|line| line != "delete new");
    assert_eq!(log, ["create a", "create b", "create c"]);
    // The id of `a` is a new one, and `b` refers to it.
    let id = attribute(&bench, "test_thing.a", "id").await;
    assert_ne!(id, "t-1");
    assert_eq!(attribute(&bench, "test_thing.b", "link").await, id);
    assert_eq!(attribute(&bench, "test_thing.c", "link").await, "see code-of-b");
    let snapshot = bench.snapshot().await;
    let row = &snapshot.resources[&zw_state::RowKey::current("test_thing.b")];
    assert_eq!(row.dependencies, ["test_thing.a".into()]);
    // By the configuration of then nothing is left to do but the output, whose object is a new one.
    let again = bench.plan(CHAIN).await.expect("a plan");
    assert_eq!(actions(&again), Vec::<String>::new());
    // By that of now, everything is.
    let again = bench.plan(now).await.expect("a plan");
    assert_eq!(again.plan.counts().add, 1);
    assert_eq!(again.plan.counts().destroy, 3);
}

#[tokio::test]
async fn returning_to_what_there_is_changes_nothing() {
    let bench = Bench::default();
    bench.apply(CHAIN).await;
    let run = back(&bench, CHAIN, last(&bench).await).await;
    assert!(run.plan.is_empty(), "{:?}", actions(&run));
}

#[tokio::test]
async fn what_was_changed_is_changed_back_with_the_usual_replacements() {
    let bench = Bench::default();
    let config = |color: &str, shape: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name  = "a"
              shape = "{shape}"
            }}
            resource "test_thing" "b" {{
              name  = "b"
              color = "{color}"
              link  = test_thing.a.id
              tags  = {{ color = "{color}" }}
            }}"#
        )
    };
    bench.apply(&config("red", "round")).await;
    let then = last(&bench).await;
    let now = config("blue", "square");
    bench.apply(&now).await;
    let run = back(&bench, &now, then).await;
    assert_eq!(actions(&run), ["DeleteThenCreate test_thing.a", "Update test_thing.b"]);
    // What refers to an object that is made anew is not known before.
    let link = run.plan.changes[1].after.get("link").expect("it has one");
    assert!(!link.is_known());
    assert_eq!(run.plan.changes[1].after.get("color"), Some(&Value::from("red")));
    assert_eq!(apply(&bench, run).await, ["delete a", "create a", "update b"]);
    let id = attribute(&bench, "test_thing.a", "id").await;
    assert_eq!(attribute(&bench, "test_thing.b", "link").await, id);
    assert_eq!(attribute(&bench, "test_thing.b", "tags").await["color"], "red");
    let settled = bench.plan(&config("red", "round")).await.expect("a plan");
    assert!(settled.plan.is_empty(), "{:?}", actions(&settled));
}

#[tokio::test]
async fn references_follow_an_object_that_was_replaced_meanwhile() {
    let bench = Bench::default();
    bench.apply(CHAIN).await;
    let then = last(&bench).await;
    let cx = bench.context(CHAIN);
    let replace = vec!["test_thing.a".parse().expect("an address")];
    let run = bench.plan_with(&cx, PlanOptions { replace, ..PlanOptions::default() }).await;
    bench.apply_run(run.expect("a plan")).await;
    // `a` has another id, `b` refers to it, and that is as it was.
    assert_ne!(attribute(&bench, "test_thing.a", "id").await, "t-1");
    let run = back(&bench, CHAIN, then).await;
    assert!(run.plan.is_empty(), "{:?}", actions(&run));
}

#[tokio::test]
async fn create_before_destroy_holds_for_those_that_are_replaced() {
    let bench = Bench::default();
    let config = |shape: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name  = "a"
              shape = "{shape}"
              lifecycle {{ create_before_destroy = true }}
            }}
            resource "test_thing" "b" {{
              name = "b"
              link = test_thing.a.id
            }}"#
        )
    };
    bench.apply(&config("round")).await;
    let then = last(&bench).await;
    bench.apply(&config("square")).await;
    let run = back(&bench, &config("square"), then).await;
    assert_eq!(actions(&run), ["CreateThenDelete test_thing.a", "Update test_thing.b"]);
    assert_eq!(apply(&bench, run).await, ["create a", "update b", "delete a"]);
    assert_eq!(bench.addresses().await, ["test_thing.a", "test_thing.b"]);
}

#[tokio::test]
async fn an_object_that_was_moved_gets_its_address_back() {
    let bench = Bench::default();
    bench.apply(r#"resource "test_thing" "old" { name = "a" }"#).await;
    let then = last(&bench).await;
    let now = r#"
        resource "test_thing" "new" { name = "a" }
        moved {
          from = test_thing.old
          to   = test_thing.new
        }"#;
    bench.apply(now).await;
    assert_eq!(bench.addresses().await, ["test_thing.new"]);
    let run = back(&bench, now, then).await;
    assert!(!run.plan.is_empty());
    assert_eq!(actions(&run), Vec::<String>::new());
    assert_eq!(apply(&bench, run).await, Vec::<String>::new());
    assert_eq!(bench.addresses().await, ["test_thing.old"]);
}

#[tokio::test]
async fn instances_in_modules_come_back_without_their_module() {
    let bench = Bench::default();
    let module = r#"
        variable "name" {}
        resource "test_thing" "m" {
          count = 2
          name  = "${var.name}-${count.index}"
        }
        resource "test_thing" "n" {
          name = var.name
          link = test_thing.m[1].id
        }"#;
    let root = r#"
        module "m" {
          source   = "./m"
          for_each = { x = "x", y = "y" }
          name     = each.value
        }"#;
    let cx = bench.context_of(&[("main.tf", root), ("m/main.tf", module)]);
    let run = bench.plan_with(&cx, PlanOptions::default()).await.expect("a plan");
    bench.apply_run(run).await;
    let there = bench.addresses().await;
    let then = last(&bench).await;
    bench.apply("").await;
    assert_eq!(bench.addresses().await, Vec::<String>::new());
    let run = back(&bench, "", then).await;
    assert_eq!(run.plan.counts().add, 6);
    apply(&bench, run).await;
    assert_eq!(bench.addresses().await, there);
    let id = attribute(&bench, "module.m[\"y\"].test_thing.m[1]", "id").await;
    assert_eq!(attribute(&bench, "module.m[\"y\"].test_thing.n", "link").await, id);
}

#[tokio::test]
async fn a_saved_return_does_what_it_says_and_goes_stale_as_any_plan() {
    let bench = Bench::default();
    bench.apply(CHAIN).await;
    let then = last(&bench).await;
    bench.apply("").await;
    let cx = bench.context("");
    let saved = back(&bench, "", then).await.save().expect("it can be saved");
    let path = Path::new("plan");
    let loaded = Run::load(path, &saved, cx.providers.clone(), cx.host.clone(), None).await;
    let (loaded, _) = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.plan.mode, PlanMode::Return(then));
    let keys: Vec<String> = loaded.reads().iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(keys, ["test_thing.a", "test_thing.b", "test_thing.c"]);
    assert_eq!(apply(&bench, loaded).await, ["create a", "create b", "create c"]);
}

#[tokio::test]
async fn what_must_not_be_destroyed_is_not() {
    let bench = Bench::default();
    bench.apply("").await;
    bench.apply(r#"resource "test_thing" "x" { name = "x" }"#).await;
    let then = bench.store.runs(9).await.expect("runs").last().expect("one").id;
    let now = r#"
        resource "test_thing" "x" {
          name = "x"
          lifecycle { prevent_destroy = true }
        }"#;
    bench.apply(now).await;
    let options = PlanOptions { mode: PlanMode::Return(then), ..PlanOptions::default() };
    let refused = bench.plan_with(&bench.context(now), options).await;
    let Err(problems) = refused else { panic!("it was planned") };
    assert!(problems.to_string().contains("Instance cannot be destroyed"), "{problems}");
}

#[tokio::test]
async fn what_must_not_be_destroyed_in_a_module_is_not_either() {
    let bench = Bench::default();
    let module = r#"
        resource "test_thing" "x" {
          name = "x"
          lifecycle { prevent_destroy = true }
        }"#;
    bench.apply(r#"resource "test_thing" "y" { name = "y" }"#).await;
    let then = last(&bench).await;
    let root = r#"
        module "m" {
          source   = "./m"
          for_each = { k = 1 }
        }"#;
    let cx = bench.context_of(&[("main.tf", root), ("m/main.tf", module)]);
    let run = bench.plan_with(&cx, PlanOptions::default()).await.expect("a plan");
    bench.apply_run(run).await;
    let options = PlanOptions { mode: PlanMode::Return(then), ..PlanOptions::default() };
    let Err(problems) = bench.plan_with(&cx, options).await else { panic!("it was planned") };
    assert!(problems.to_string().contains("Instance cannot be destroyed"), "{problems}");
}

#[tokio::test]
async fn secrets_stay_secret_and_deletions_keep_their_order() {
    let bench = Bench::default();
    bench.apply(r#"resource "test_thing" "s" { name = "s" }"#).await;
    let none = last(&bench).await;
    let secret = r#"
        resource "test_thing" "s" {
          name   = "s"
          secret = "hush"
        }
        resource "test_thing" "t" {
          name = "t"
          link = test_thing.s.id
        }"#;
    bench.apply(secret).await;
    let then = last(&bench).await;
    let run = back(&bench, secret, none).await;
    assert_eq!(actions(&run), ["Update test_thing.s", "Delete test_thing.t"]);
    apply(&bench, run).await;
    let run = back(&bench, secret, then).await;
    let change = run.plan.changes.iter().find(|change| change.action == Action::Update);
    let hidden = change.and_then(|change| change.after.get("secret")).expect("it is planned");
    assert!(!hidden.all_marks().is_empty());
    apply(&bench, run).await;
    assert_eq!(attribute(&bench, "test_thing.s", "secret").await, "hush");
}
