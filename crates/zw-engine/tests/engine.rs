//! Plans and applies against a cloud in memory.

mod support;

use std::time::Duration;

use support::{Bench, actions};
use zw_engine::{Action, PlanMode, PlanOptions, Reason, Run, Silent, settle};
use zw_lang::Value;
use zw_state::RunKind;

const CHAIN: &str = r#"
    resource "test_thing" "a" { name = "a" }
    resource "test_thing" "b" {
      name = "b"
      link = test_thing.a.id
    }
    resource "test_thing" "c" {
      name = "c"
      link = local.of_b
    }
    locals { of_b = "see ${test_thing.b.code}" }
    output "last" { value = test_thing.c.link }
"#;

#[tokio::test]
async fn things_are_created_in_the_order_of_their_references() {
    let bench = Bench::default();
    let report = bench.apply(CHAIN).await;
    assert_eq!(bench.log(), ["create a", "create b", "create c"]);
    assert_eq!(report.outputs["last"], Value::from("see code-of-b"));
}

#[tokio::test]
async fn a_plan_right_after_an_apply_is_empty() {
    let bench = Bench::default();
    bench.apply(CHAIN).await;
    let run = bench.plan(CHAIN).await.expect("a plan");
    assert!(run.plan.is_empty(), "{:?}", actions(&run));
}

#[tokio::test]
async fn things_are_destroyed_in_the_opposite_order() {
    let bench = Bench::default();
    bench.apply(CHAIN).await;
    bench.log();
    let options = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let run = bench.plan_with(&bench.context(CHAIN), options).await.expect("a plan");
    assert_eq!(run.plan.counts().destroy, 3);
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    assert_eq!(bench.log(), ["delete c", "delete b", "delete a"]);
    assert_eq!(bench.addresses().await, Vec::<String>::new());
    assert!(bench.snapshot().await.outputs.is_empty());
}

#[tokio::test]
async fn a_change_in_place_is_an_update() {
    let bench = Bench::default();
    bench.apply(r#"resource "test_thing" "a" { name = "a" }"#).await;
    let changed = r#"resource "test_thing" "a" {
        name  = "a"
        color = "red"
    }"#;
    let run = bench.plan(changed).await.expect("a plan");
    assert_eq!(actions(&run), ["Update test_thing.a"]);
    bench.apply(changed).await;
    assert_eq!(bench.log(), ["create a", "update a"]);
}

#[tokio::test]
async fn what_cannot_change_in_place_is_replaced_with_what_depends_on_it_kept() {
    let bench = Bench::default();
    let config = |shape: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name  = "a"
              shape = "{shape}"
            }}
            resource "test_thing" "b" {{
              name = "b"
              link = test_thing.a.id
            }}"#
        )
    };
    bench.apply(&config("round")).await;
    bench.log();
    let run = bench.plan(&config("square")).await.expect("a plan");
    assert_eq!(actions(&run), ["DeleteThenCreate test_thing.a", "Update test_thing.b"]);
    assert_eq!(run.plan.changes[0].reason, Reason::CannotUpdate);
    assert_eq!(run.plan.changes[0].replace_paths[0].to_string(), "shape");
    bench.apply_run(run).await;
    assert_eq!(bench.log(), ["delete a", "create a", "update b"]);
}

#[tokio::test]
async fn create_before_destroy_deletes_the_old_object_after_its_users_have_moved_on() {
    let bench = Bench::default();
    let config = |shape: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name  = "a"
              shape = "{shape}"
              lifecycle {{ create_before_destroy = true }}
            }}
            locals {{ a = test_thing.a.id }}
            resource "test_thing" "b" {{
              name = "b"
              link = local.a
            }}"#
        )
    };
    bench.apply(&config("round")).await;
    bench.log();
    bench.apply(&config("square")).await;
    assert_eq!(bench.log(), ["create a", "update b", "delete a"]);
    assert_eq!(bench.addresses().await, ["test_thing.a", "test_thing.b"]);
}

#[tokio::test]
async fn instances_wait_only_for_the_instances_that_they_refer_to() {
    let bench = Bench::default();
    let config = r#"
        resource "test_thing" "a" {
          count = 2
          name  = count.index == 0 ? "a0" : "fail-create"
        }
        resource "test_thing" "b" {
          count = 2
          name  = "b${count.index}"
          link  = test_thing.a[count.index].id
        }"#;
    let run = bench.plan(config).await.expect("a plan");
    let report = bench.apply_run(run).await;
    assert!(report.diagnostics.has_errors());
    let mut log = bench.log();
    log.sort();
    assert_eq!(log, ["create a0", "create b0", "fail fail-create"]);
    let skipped: Vec<String> = report.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(skipped, ["test_thing.b[1]"]);
}

#[tokio::test]
async fn what_is_not_in_the_configuration_any_more_is_deleted_with_the_reason() {
    let bench = Bench::default();
    bench
        .apply(
            r#"
            resource "test_thing" "a" {
              for_each = toset(["x", "y"])
              name     = each.key
            }
            resource "test_thing" "b" { name = "b" }"#,
        )
        .await;
    let run = bench
        .plan(
            r#"resource "test_thing" "a" {
              for_each = toset(["x"])
              name     = each.key
            }"#,
        )
        .await
        .expect("a plan");
    assert_eq!(actions(&run), ["Delete test_thing.a[\"y\"]", "Delete test_thing.b"]);
    let reasons: Vec<Reason> = run
        .plan
        .changes
        .iter()
        .filter(|change| change.action == Action::Delete)
        .map(|change| change.reason)
        .collect();
    assert_eq!(reasons, [Reason::EachKey, Reason::NoResourceConfig]);
}

#[tokio::test]
async fn what_is_repeated_for_others_knows_them_once_they_are_there() {
    let bench = Bench::default();
    let cx = bench.context_of(&[
        (
            "main.tf",
            r#"
            resource "test_thing" "a" {
              for_each = toset(["x", "y"])
              name     = each.key
            }
            resource "test_thing" "b" {
              for_each = test_thing.a
              name     = "b-${each.key}"
              link     = each.value.id
            }
            module "m" {
              for_each = test_thing.b
              source   = "./m"
              of       = each.value.id
            }"#,
        ),
        (
            "m/main.tf",
            r#"
            variable "of" { type = string }
            resource "test_thing" "c" {
              name = "c"
              link = var.of
            }"#,
        ),
    ]);
    let run = bench.plan_with(&cx, PlanOptions::default()).await.expect("a plan");
    assert_eq!(run.plan.counts().add, 6);
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    let world = bench.world.lock().expect("no panic while locked");
    let id_of = |name: &str| {
        let found =
            world.objects.iter().find(|(_, object)| object.get("name") == Some(&name.into()));
        found.map(|(id, _)| Value::from(id.as_str())).expect("it was created")
    };
    let links_of = |name: &str| -> Vec<Value> {
        let named =
            world.objects.values().filter(|object| object.get("name") == Some(&name.into()));
        let mut links: Vec<Value> =
            named.map(|object| object.get("link").expect("it has one").clone()).collect();
        links.sort_by_key(|link| link.as_str().map(str::to_owned));
        links
    };
    assert_eq!(links_of("b-x"), [id_of("x")]);
    assert_eq!(links_of("b-y"), [id_of("y")]);
    let mut all = vec![id_of("b-x"), id_of("b-y")];
    all.sort_by_key(|link| link.as_str().map(str::to_owned));
    assert_eq!(links_of("c"), all);
}

#[tokio::test]
async fn an_old_object_goes_though_something_that_has_nothing_to_do_with_it_fails() {
    let bench = Bench::default();
    let config = |shape: &str, more: &str| {
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
            }}
            {more}"#
        )
    };
    bench.apply(&config("round", "")).await;
    bench.log();
    let more = r#"resource "test_thing" "c" { name = "fail-create" }"#;
    let run = bench.plan(&config("square", more)).await.expect("a plan");
    let report = bench.apply_run(run).await;
    assert!(report.diagnostics.has_errors());
    assert_eq!(report.skipped, []);
    let mut log = bench.log();
    log.sort();
    assert_eq!(log, ["create a", "delete a", "fail fail-create", "update b"]);
}

#[tokio::test]
async fn modules_pass_values_in_and_out() {
    let bench = Bench::default();
    let cx = bench.context_of(&[
        (
            "main.tf",
            r#"
            module "m" {
              for_each = { x = "red", y = "blue" }
              source   = "./m"
              color    = each.value
            }
            output "codes" { value = { for key, m in module.m : key => m.code } }"#,
        ),
        (
            "m/main.tf",
            r#"
            variable "color" { type = string }
            resource "test_thing" "t" {
              name  = "thing-${var.color}"
              color = var.color
            }
            output "code" { value = test_thing.t.code }"#,
        ),
    ]);
    let run = bench.plan_with(&cx, PlanOptions::default()).await.expect("a plan");
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    let addresses = bench.addresses().await;
    assert_eq!(addresses, ["module.m[\"x\"].test_thing.t", "module.m[\"y\"].test_thing.t"]);
    let codes = report.outputs["codes"].clone();
    assert_eq!(codes.get("x"), Some(&Value::from("code-of-thing-red")));
}

#[tokio::test]
async fn a_module_of_constants_has_values() {
    let bench = Bench::default();
    let cx = bench.context_of(&[
        (
            "main.tf",
            r#"
            module "m" { source = "./m" }
            output "all" { value = module.m }"#,
        ),
        (
            "m/main.tf",
            r#"
            locals { deep = "one" }
            output "plain" { value = "two" }
            output "local" { value = local.deep }"#,
        ),
    ]);
    let run = bench.plan_with(&cx, PlanOptions::default()).await.expect("a plan");
    let report = bench.apply_run(run).await;
    let all = &report.outputs["all"];
    assert_eq!(all.get("plain"), Some(&Value::from("two")));
    assert_eq!(all.get("local"), Some(&Value::from("one")));
}

#[tokio::test]
async fn drift_is_found_and_repaired() {
    let bench = Bench::default();
    let config = r#"resource "test_thing" "a" {
        name  = "a"
        color = "red"
    }"#;
    bench.apply(config).await;
    {
        let mut world = bench.world.lock().expect("no panic while locked");
        let object = world.objects["t-1"].clone();
        let changed = support::cloud::with(&object, &[("color", Value::from("blue"))]);
        world.objects.insert("t-1".to_owned(), changed);
    }
    let run = bench.plan(config).await.expect("a plan");
    assert_eq!(run.plan.drift.len(), 1);
    assert_eq!(actions(&run), ["Update test_thing.a"]);
    bench.apply_run(run).await;
    let world = bench.world.lock().expect("no panic while locked");
    assert_eq!(world.objects["t-1"].get("color"), Some(&Value::from("red")));
}

#[tokio::test]
async fn what_was_deleted_by_others_is_created_again() {
    let bench = Bench::default();
    bench.apply(r#"resource "test_thing" "a" { name = "a" }"#).await;
    bench.world.lock().expect("no panic while locked").objects.clear();
    let run = bench.plan(r#"resource "test_thing" "a" { name = "a" }"#).await.expect("a plan");
    assert_eq!(actions(&run), ["Create test_thing.a"]);
    assert_eq!(run.plan.drift[0].action, Action::Delete);
}

#[tokio::test]
async fn a_result_that_contradicts_the_plan_is_an_error_that_names_the_attribute() {
    let bench = Bench::default();
    let run = bench.plan(r#"resource "test_thing" "a" { name = "lie" }"#).await.expect("a plan");
    let report = bench.apply_run(run).await;
    let problem = &report.diagnostics.0[0];
    assert_eq!(problem.summary, "Provider produced inconsistent result after apply");
    assert_eq!(problem.attribute.as_deref(), Some("color"));
    assert_eq!(bench.addresses().await, ["test_thing.a"]);
}

#[tokio::test]
async fn what_was_half_created_is_replaced() {
    let bench = Bench::default();
    let config = r#"resource "test_thing" "a" { name = "half-create" }"#;
    let run = bench.plan(config).await.expect("a plan");
    assert!(bench.apply_run(run).await.diagnostics.has_errors());
    let run = bench.plan(config).await.expect("a plan");
    assert_eq!(actions(&run), ["DeleteThenCreate test_thing.a"]);
    let change = run.plan.changes.iter().next().expect("it changes");
    assert_eq!(change.reason, Reason::Tainted);
}

#[tokio::test]
async fn data_sources_are_read_once_and_wait_for_what_they_depend_on() {
    let bench = Bench::default();
    bench.apply(r#"resource "test_thing" "a" { name = "a" }"#).await;
    bench.log();
    let config = r#"
        resource "test_thing" "a" { name = "a" }
        data "test_thing" "one" { name = "a" }
        data "test_thing" "two" { name = "a" }
        data "test_thing" "later" {
          name       = "b"
          depends_on = [test_thing.b]
        }
        resource "test_thing" "b" {
          name = "b"
          link = data.test_thing.one.color
        }
        output "color" { value = data.test_thing.later.color }"#;
    let run = bench.plan(config).await.expect("a plan");
    assert_eq!(bench.log(), ["read a"]);
    assert_eq!(actions(&run), ["Read data.test_thing.later", "Create test_thing.b"]);
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    assert_eq!(bench.log(), ["create b", "read b"]);
    assert_eq!(report.outputs["color"], Value::from("grey"));
}

#[tokio::test]
async fn what_is_sensitive_stays_so_through_state_and_plan() {
    let bench = Bench::default();
    let config = |color: &str| {
        format!(
            r#"
            variable "v" {{
              type      = string
              sensitive = true
              default   = "hush"
            }}
            resource "test_thing" "a" {{
              name   = "a"
              color  = "{color}"
              link   = var.v
              secret = "psst"
            }}"#
        )
    };
    bench.apply(&config("red")).await;
    let run = bench.plan(&config("blue")).await.expect("a plan");
    let change = &run.plan.changes[0];
    for object in [&change.before, &change.after] {
        let marked = object.marked_paths(zw_lang::Marks::SENSITIVE);
        let marked: Vec<String> = marked.iter().map(ToString::to_string).collect();
        assert_eq!(marked, ["link", "secret"]);
        assert!(!format!("{object:?}").contains("hush"));
    }
}

#[tokio::test]
async fn ignored_changes_are_left_alone() {
    let bench = Bench::default();
    let config = |color: &str, tag: &str| {
        format!(
            r#"resource "test_thing" "a" {{
              name  = "a"
              color = "{color}"
              tags  = {{ kept = "{tag}", other = "{tag}" }}
              lifecycle {{ ignore_changes = [color, tags["kept"]] }}
            }}"#
        )
    };
    bench.apply(&config("red", "1")).await;
    let run = bench.plan(&config("blue", "2")).await.expect("a plan");
    let after = &run.plan.changes[0].after;
    assert_eq!(after.get("color"), Some(&Value::from("red")));
    let tags = after.get("tags").expect("it has tags");
    assert_eq!((tags.get("kept"), tags.get("other")), (Some(&"1".into()), Some(&"2".into())));
}

#[tokio::test]
async fn prevent_destroy_prevents_it() {
    let bench = Bench::default();
    let config = |shape: &str| {
        format!(
            r#"resource "test_thing" "a" {{
              name  = "a"
              shape = "{shape}"
              lifecycle {{ prevent_destroy = true }}
            }}"#
        )
    };
    bench.apply(&config("round")).await;
    let problems = bench.plan(&config("square")).await.err().expect("it is refused");
    assert_eq!(problems.0[0].summary, "Instance cannot be destroyed");
    let options = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let cx = bench.context(&config("round"));
    let problems = bench.plan_with(&cx, options).await.err().expect("it is refused");
    assert_eq!(problems.0[0].summary, "Instance cannot be destroyed");
}

#[tokio::test]
async fn replace_triggered_by_replaces() {
    let bench = Bench::default();
    let config = |color: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name  = "a"
              color = "{color}"
            }}
            resource "test_thing" "b" {{
              name = "b"
              lifecycle {{ replace_triggered_by = [test_thing.a.color] }}
            }}"#
        )
    };
    bench.apply(&config("red")).await;
    let run = bench.plan(&config("blue")).await.expect("a plan");
    assert_eq!(actions(&run), ["Update test_thing.a", "DeleteThenCreate test_thing.b"]);
    assert_eq!(run.plan.changes[1].reason, Reason::Triggered);
}

#[tokio::test]
async fn a_saved_plan_does_what_it_says() {
    let bench = Bench::default();
    let run = bench.plan(CHAIN).await.expect("a plan");
    let saved = run.save().expect("it can be saved");
    let cx = bench.context(CHAIN);
    let path = std::path::Path::new("tfplan");
    let (loaded, _) = Run::load(path, &saved, cx.providers.clone(), cx.host.clone(), None)
        .await
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(actions(&loaded), actions(&run));
    let report = bench.apply_run(loaded).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    assert_eq!(bench.log(), ["create a", "create b", "create c"]);
}

#[tokio::test]
async fn a_cut_off_plan_file_is_refused() {
    let bench = Bench::default();
    let saved = bench.plan(CHAIN).await.expect("a plan").save().expect("it can be saved");
    let cx = bench.context(CHAIN);
    for len in [0, 5, 11, 40, saved.len() - 1] {
        let path = std::path::Path::new("tfplan");
        let loaded =
            Run::load(path, &saved[..len], cx.providers.clone(), cx.host.clone(), None).await;
        assert!(loaded.is_err(), "{len} bytes of {}", saved.len());
    }
}

#[tokio::test]
async fn a_cycle_is_reported_whole() {
    let bench = Bench::default();
    let problems = bench
        .plan(
            r#"
            resource "test_thing" "a" {
              name = "a"
              link = local.x
            }
            locals { x = test_thing.b.id }
            resource "test_thing" "b" {
              name = "b"
              link = test_thing.a.id
            }"#,
        )
        .await
        .err()
        .expect("it is refused");
    let problem = &problems.0[0];
    assert!(problem.summary.starts_with("Cycle: "), "{}", problem.summary);
    for name in ["test_thing.a", "local.x", "test_thing.b"] {
        assert!(problem.summary.contains(name), "{}", problem.summary);
    }
    assert_eq!(problem.labels.len(), 3);
}

#[tokio::test]
async fn a_count_that_is_not_known_yet_puts_things_off() {
    let bench = Bench::default();
    let config = r#"
        resource "test_thing" "a" { name = "a" }
        resource "test_thing" "b" {
          count = test_thing.a.code == "code-of-a" ? 1 : 0
          name  = "b${count.index}"
        }"#;
    let run = bench.plan(config).await.expect("a plan");
    assert_eq!(actions(&run), ["Create test_thing.a"]);
    assert_eq!(run.plan.deferred[0].address, "test_thing.b");
    assert!(run.plan.deferred[0].reason.contains("test_thing.a"), "{:?}", run.plan.deferred);
    bench.apply_run(run).await;
    let run = bench.plan(config).await.expect("a plan");
    assert_eq!(actions(&run), ["Create test_thing.b[0]"]);
    assert!(run.plan.deferred.is_empty());
}

#[tokio::test]
async fn targets_leave_the_rest_alone() {
    let bench = Bench::default();
    let options = PlanOptions { targets: vec!["test_thing.b".into()], ..PlanOptions::default() };
    let run = bench.plan_with(&bench.context(CHAIN), options).await.expect("a plan");
    assert_eq!(actions(&run), ["Create test_thing.a", "Create test_thing.b"]);
}

#[tokio::test]
async fn what_a_run_that_died_had_created_is_adopted() {
    let bench = Bench::default();
    bench.apply(r#"resource "test_thing" "a" { name = "a" }"#).await;
    bench.log();
    bench.world.lock().expect("no panic while locked").hanging = true;
    let run = bench.plan(CHAIN).await.expect("a plan");
    let dying = tokio::time::timeout(Duration::from_millis(300), bench.apply_run(run)).await;
    assert!(dying.is_err(), "the creation is never answered");
    assert_eq!(bench.log(), ["create b"]);
    bench.world.lock().expect("no panic while locked").hanging = false;

    let context = bench.context(CHAIN);
    let session = bench
        .store
        .begin(RunKind::Apply, Duration::from_secs(5))
        .await
        .expect("nobody else is here");
    let (snapshot, options) = (bench.snapshot().await, PlanOptions::default());
    let settled = settle(&context, &snapshot, &options, session.as_ref(), &Silent).await;
    assert_eq!(settled.expect("the cloud can be asked"), 1);
    drop(session);
    assert_eq!(bench.addresses().await, ["test_thing.a", "test_thing.b"]);
    bench.apply(CHAIN).await;
    assert_eq!(bench.log(), ["create c"]);
}

/// A network whose address says when all of it is there, and something that looks at it by its name only.
const LOOKED_UP: &str = r#"
    module "network" { source = "./network" }
    module "cluster" {
      source  = "./cluster"
      network = module.network.name
    }
"#;
const NETWORK: &str = r#"
    resource "test_thing" "network" { name = "network" }
    resource "test_thing" "subnet" {
      name = "subnet"
      link = test_thing.network.id
    }
    output "name" {
      value      = "subnet"
      depends_on = [test_thing.subnet]
    }
"#;
const CLUSTER: &str = r#"
    variable "network" { type = string }
    data "test_thing" "found" { name = var.network }
    resource "test_thing" "cluster" {
      name = "cluster"
      link = data.test_thing.found.id
    }
"#;

#[tokio::test]
async fn a_look_up_waits_for_what_an_output_names_until_something_was_made_of_it() {
    let bench = Bench::default();
    let files = |network: &'static str| {
        [("main.tf", LOOKED_UP), ("network/main.tf", network), ("cluster/main.tf", CLUSTER)]
    };
    let context = bench.context_of(&files(NETWORK));
    let run = bench.plan_with(&context, PlanOptions::default()).await.expect("a plan");
    assert_eq!(bench.log(), [""; 0], "the subnet is not there, so nobody looks for it");
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    assert_eq!(bench.log(), ["create network", "create subnet", "read subnet", "create cluster"]);

    let grown = NETWORK
        .to_owned()
        .replace("output", "resource \"test_thing\" \"more\" { name = \"more\" }\noutput");
    let grown = grown.replace("[test_thing.subnet]", "[test_thing.subnet, test_thing.more]");
    let context = bench.context_of(&files(grown.leak()));
    let run = bench.plan_with(&context, PlanOptions::default()).await.expect("a plan");
    assert_eq!(actions(&run), ["Create module.network.test_thing.more"]);
}

#[tokio::test]
async fn what_is_not_enabled_has_no_instance_and_is_null() {
    let bench = Bench::default();
    let config = |enabled: bool| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name = "a"
              lifecycle {{ enabled = {enabled} }}
            }}
            resource "test_thing" "b" {{
              name = "b"
              link = test_thing.a == null ? "none" : test_thing.a.id
            }}"#
        )
    };
    bench.apply(&config(true)).await;
    assert_eq!(bench.log(), ["create a", "create b"]);
    let run = bench.plan(&config(false)).await.expect("a plan");
    assert_eq!(actions(&run), ["Delete test_thing.a", "Update test_thing.b"]);
}

#[tokio::test]
async fn checks_warn_and_hold_nothing_up() {
    let bench = Bench::default();
    let config = r#"
        resource "test_thing" "a" { name = "a" }
        check "health" {
          data "test_thing" "found" { name = "nobody" }
          assert {
            condition     = data.test_thing.found.color == "red"
            error_message = "not reached"
          }
        }
        check "color" {
          assert {
            condition     = test_thing.a.code == "other"
            error_message = "The code is ${test_thing.a.code}."
          }
        }"#;
    let run = bench.plan(config).await.expect("checks are no errors");
    let found: Vec<_> = run.plan.diagnostics.iter().map(|found| found.detail.clone()).collect();
    assert_eq!(found, ["There is no thing \"nobody\"."]);
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    let found: Vec<_> = report.diagnostics.iter().map(|found| found.detail.clone()).collect();
    assert_eq!(found, ["The code is code-of-a."]);
}

/// A cloud in which two things exist that no state knows of.
async fn with_strangers() -> Bench {
    let bench = Bench::default();
    bench
        .apply(
            r#"
        resource "test_thing" "x" { name = "x" }
        resource "test_thing" "y" {
          name       = "y"
          color      = "red"
          depends_on = [test_thing.x]
        }"#,
        )
        .await;
    bench.log();
    bench.forget_state();
    bench
}

#[tokio::test]
async fn objects_are_imported_with_what_has_to_change() {
    let bench = with_strangers().await;
    let config = r#"
        locals { ids = { x = "t-1", y = "t-2" } }
        import {
          for_each = local.ids
          to       = test_thing.all[each.key]
          id       = each.value
        }
        resource "test_thing" "all" {
          for_each = local.ids
          name     = each.key
        }"#;
    let run = bench.plan(config).await.expect("a plan");
    assert_eq!(run.plan.counts().import, 2);
    assert_eq!(run.plan.counts().change, 1, "y is red, and is to be grey");
    assert_eq!(run.plan.counts().add, 0);
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    assert_eq!(bench.log(), ["update y"]);
    assert_eq!(bench.addresses().await, ["test_thing.all[\"x\"]", "test_thing.all[\"y\"]"]);
    let run = bench.plan(config).await.expect("what is imported already is no mistake");
    assert!(run.plan.is_empty(), "{:?}", actions(&run));
}

#[tokio::test]
async fn imports_that_cannot_be_are_errors() {
    let bench = with_strangers().await;
    for (config, wanted) in [
        (
            r#"import {
                 to = test_thing.a
                 id = "t-9"
               }
               resource "test_thing" "a" { name = "a" }"#,
            "Cannot import non-existent remote object",
        ),
        (
            r#"import {
                 to = test_thing.a
                 id = "t-1"
               }"#,
            "Configuration for import target does not exist",
        ),
        (
            r#"import {
                 to = test_thing.a
                 id = test_thing.b.id
               }
               resource "test_thing" "a" { name = "a" }
               resource "test_thing" "b" { name = "b" }"#,
            "Invalid import id argument",
        ),
    ] {
        let run = bench.plan(config).await;
        let problems = match run {
            Ok(run) => run.plan.diagnostics,
            Err(problems) => problems,
        };
        assert_eq!(problems.0.first().map(|found| found.summary.as_str()), Some(wanted));
    }
}

#[tokio::test]
async fn provisioners_run_after_creation_and_before_destruction() {
    let bench = Bench::default();
    let config = r#"
        resource "test_thing" "a" {
          count = 1
          name  = "a"
          provisioner "test-note" { text = "made ${self.code} ${test_thing.b.code}" }
          provisioner "test-note" {
            when = destroy
            text = "going ${self.name} ${count.index}"
          }
        }
        resource "test_thing" "b" { name = "b" }"#;
    bench.apply(config).await;
    assert_eq!(bench.log(), ["create b", "create a", "note made code-of-a code-of-b"]);
    let run = bench.plan(config).await.expect("a plan");
    assert!(run.plan.is_empty(), "{:?}", actions(&run));
    let options = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let run = bench.plan_with(&bench.context(config), options).await.expect("a plan");
    bench.apply_run(run).await;
    let log = bench.log();
    let at = |line: &str| log.iter().position(|known| known == line).expect(line);
    assert!(at("note going a 0") < at("delete a"), "{log:?}");
}

#[tokio::test]
async fn what_is_not_provisioned_is_tainted_unless_it_may_fail() {
    let bench = Bench::default();
    let config = |on_failure: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name = "a"
              provisioner "test-note" {{
                text       = "fail"
                on_failure = {on_failure}
              }}
            }}
            resource "test_thing" "b" {{
              name = "b"
              link = test_thing.a.id
            }}"#
        )
    };
    let run = bench.plan(&config("fail")).await.expect("a plan");
    let report = bench.apply_run(run).await;
    let found: Vec<_> = report.diagnostics.iter().map(|found| found.summary.as_str()).collect();
    assert_eq!(found, ["test-note provisioner error"]);
    assert_eq!(bench.log(), ["create a", "note fail"]);
    let run = bench.plan(&config("continue")).await.expect("a plan");
    assert_eq!(run.plan.changes[0].reason, Reason::Tainted);
    let report = bench.apply_run(run).await;
    assert!(!report.diagnostics.has_errors(), "{}", report.diagnostics);
    assert_eq!(bench.log(), ["delete a", "create a", "note fail", "create b"]);
    let run = bench.plan(&config("continue")).await.expect("a plan");
    assert!(run.plan.is_empty(), "{:?}", actions(&run));
}

#[tokio::test]
async fn a_destruction_waits_for_its_provisioners_to_work() {
    let bench = Bench::default();
    let config = |text: &str| {
        format!(
            r#"
            resource "test_thing" "a" {{
              name = "a"
              provisioner "test-note" {{
                when = destroy
                text = "{text}"
              }}
            }}"#
        )
    };
    bench.apply(&config("fail")).await;
    let options = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let run = bench.plan_with(&bench.context(&config("fail")), options).await.expect("a plan");
    let report = bench.apply_run(run).await;
    assert!(report.diagnostics.has_errors());
    assert_eq!(bench.log(), ["create a", "note fail"]);
    assert_eq!(bench.addresses().await, ["test_thing.a"]);
}

#[tokio::test]
async fn what_is_deprecated_says_what_replaces_it() {
    let bench = Bench::default();
    let files: zw_config::Snapshot = [
        (
            "main.tf",
            r#"
            module "m" {
              source = "./m"
              old    = "a"
            }
            module "n" { source = "./m" }
            output "o" { value = "${module.m.was} ${module.m.is}" }"#,
        ),
        (
            "m/main.tf",
            r#"
            variable "old" {
              default    = null
              deprecated = "Use new."
            }
            output "was" {
              value      = 1
              deprecated = "Use is."
            }
            output "is" { value = 2 }"#,
        ),
    ]
    .into_iter()
    .collect();
    let (config, found) =
        zw_config::load(std::path::Path::new("."), &files, &mut zw_config::LocalSources);
    let said: Vec<&str> = found.iter().map(|one| &*one.detail).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].ends_with("Use new."), "{said:?}");
    let cx = zw_engine::Context { config: config.into(), ..bench.context("") };
    let run = bench.plan_with(&cx, PlanOptions::default()).await.expect("a plan");
    let said: Vec<&str> = run.plan.diagnostics.iter().map(|one| &*one.detail).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].ends_with("Use is."), "{said:?}");
}
