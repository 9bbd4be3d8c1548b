use insta::assert_snapshot;
use serde_json::json;

use super::*;
use crate::ui::testing::equivalence::scenarios;
use crate::ui::testing::terraform::{KnownSchemas, plan, read_json, relevant};
use crate::ui::testing::{Captured, rendered, ui_into};

fn text_of(plan: &Plan, schemas: &KnownSchemas, relevant: Option<&[RelevantAttribute]>) -> String {
    let shown = Shown { relevant, ..Shown::of(plan, schemas) };
    rendered(|out| write(out, &shown, Styles::plain(), 78))
}

/// A text without what others than the renderer wrote around the plan, in words of `zw`, and with each
/// paragraph on one line: names of different lengths break lines at different places.
fn comparable(text: &str, program: (&str, &str)) -> String {
    let text = text.replace(program.0, "zw").replace(program.1, "zw");
    let noise = [": Refreshing state...", ": Reading...", ": Read complete", ": Preparing import"];
    let mut lines: Vec<String> = Vec::new();
    let mut in_paragraph = false;
    for line in text.lines() {
        if noise.iter().any(|noise| line.contains(noise)) {
            continue;
        }
        if line.starts_with("Saved the plan to") {
            // The rule above it belongs to this too.
            while lines.last().is_some_and(|line| line.is_empty() || line.starts_with('─')) {
                lines.pop();
            }
            break;
        }
        let is_prose = line.starts_with(|char: char| char.is_alphabetic());
        match lines.last_mut() {
            Some(last) if in_paragraph && is_prose => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
        in_paragraph = is_prose;
    }
    lines.join("\n").trim().to_owned()
}

#[test]
fn the_scenarios_of_opentofu_are_shown_as_it_shows_them() {
    let mut different = Vec::new();
    for scenario in scenarios() {
        let (Some(json), Some(expected)) = (scenario.json("plan.json"), scenario.text("plan"))
        else {
            continue;
        };
        let schemas = scenario.schemas();
        let relevant = relevant(&json);
        let text = text_of(&plan(&json, &schemas), &schemas, Some(&relevant));
        let expected = comparable(&expected, ("OpenTofu", "tofu"));
        let actual = comparable(&text, ("OpenTofu", "tofu"));
        if actual != expected {
            eprintln!("=== {}\n--- expected\n{expected}\n--- actual\n{actual}\n", scenario.name);
            different.push(scenario.name);
        }
    }
    assert!(different.is_empty(), "different: {different:?}");
}

/// Where Terraform's words are not ours, for a reason.
const DEVIATIONS: [(&str, &str); 4] = [
    // The legend says which side of an arrow is which.
    ("  ~ update in-place\n", "  ~ update in-place (current -> planned)\n"),
    // What is forgotten is lined up with everything else.
    ("\n # terraform_data.forgotten", "\n  # terraform_data.forgotten"),
    ("\n # (destroy = false", "\n  # (destroy = false"),
    ("\n . resource", "\n  . resource"),
];

/// Compares what is rendered of a plan of Terraform 1.11.4 with what it rendered itself.
fn assert_shown_as_by_terraform(name: &str, further_deviations: &[(&str, &str)]) {
    let dir =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui/plan/fixtures").join(name);
    let mut schemas = KnownSchemas::default();
    schemas.add_provider_schemas(&read_json(&dir.join("schemas.json")));
    let plan = plan(&read_json(&dir.join("plan.json")), &schemas);
    let actual = comparable(&text_of(&plan, &schemas, None), ("Terraform", "terraform apply"));
    let mut expected = std::fs::read_to_string(dir.join("plan.txt")).unwrap();
    for (terraform, zw) in DEVIATIONS.iter().chain(further_deviations) {
        expected = expected.replace(terraform, zw);
    }
    let expected = comparable(&expected, ("Terraform", "terraform apply"));
    assert!(actual == expected, "--- expected\n{expected}\n--- actual\n{actual}");
}

#[test]
fn creations_are_shown_as_terraform_shows_them() {
    assert_shown_as_by_terraform("create", &[]);
}

#[test]
fn all_kinds_of_changes_are_shown_as_terraform_shows_them() {
    assert_shown_as_by_terraform(
        "update",
        &[
            (" <= read (data resources)\n", " <= read (data resources)\n  . forget\n"),
            ("16 to destroy.", "16 to destroy, 1 to forget."),
            // The id is said for every import.
            (
                "# terraform_data.imported will be imported\n",
                "# terraform_data.imported will be imported\n  # (imported from \"the-id\")\n",
            ),
            // The reason for a replacement is shown in attributes of type any, too.
            ("~ triggers_replace = [\n", "~ triggers_replace = [ # forces replacement\n"),
        ],
    );
}

#[test]
fn lists_are_shown_as_terraform_shows_those_of_different_lengths() {
    assert_shown_as_by_terraform("lists", &[]);
}

#[test]
fn reasons_for_replacements_are_shown_as_terraform_shows_them() {
    assert_shown_as_by_terraform("replace", &[]);
}

fn changes(json: &serde_json::Value) -> (Plan, KnownSchemas) {
    let mut schemas = KnownSchemas::default();
    schemas.add_provider_schemas(&json!({"provider_schemas": {"x": {"resource_schemas": {
        "a_thing": {"block": {
            "attributes": {
                "id": {"type": "string"}, "size": {"type": "number"},
                "password": {"type": "string", "sensitive": true},
                "secrets": {"type": ["map", "string"]}, "list": {"type": ["list", "string"]},
                "set": {"type": ["set", "string"]}, "any": {"type": "dynamic"},
            },
            "block_types": {
                "block": {"nesting_mode": "list", "block": {"attributes": {"key": {"type": "string"}}}},
                "set_block": {"nesting_mode": "set", "block": {"attributes": {"key": {"type": "string"}}}},
            },
        }},
    }}}}));
    (plan(json, &schemas), schemas)
}

fn drifted() -> serde_json::Value {
    json!({
        "resource_drift": [
            {"address": "a_thing.x", "change": {
                "actions": ["update"], "before": {"id": "x", "size": 1}, "after": {"id": "x", "size": 2},
            }},
            {"address": "a_thing.y", "change": {
                "actions": ["delete"], "before": {"id": "y", "size": 1}, "after": null,
            }},
        ],
    })
}

#[test]
fn what_others_changed_is_shown_where_it_has_consequences() {
    let mut json = drifted();
    json["resource_changes"] = json!([{"address": "a_thing.x", "change": {
        "actions": ["update"], "before": {"id": "x", "size": 2}, "after": {"id": "x", "size": 1},
    }}]);
    let (plan, schemas) = changes(&json);
    assert_snapshot!(text_of(&plan, &schemas, None), @r#"

    Note: Objects have changed outside of zw

    zw detected the following changes made outside of zw since the last "zw apply"
    which may have affected this plan:

      # a_thing.x has changed
      ~ resource "a_thing" "x" {
            id   = "x"
          ~ size = 1 -> 2
        }

      # a_thing.y has been deleted
      - resource "a_thing" "y" {
          - id   = "y" -> null
          - size = 1 -> null
        }


    Unless you have made equivalent changes to your configuration, or ignored the
    relevant attributes using ignore_changes, the following plan may include
    actions to undo or respond to these changes.

    ─────────────────────────────────────────────────────────────────────────────

    zw used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      ~ update in-place (current -> planned)

    zw will perform the following actions:

      # a_thing.x will be updated in-place
      ~ resource "a_thing" "x" {
            id   = "x"
          ~ size = 2 -> 1
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
    // Without consequences it is left to a refresh-only plan.
    let mut quiet = plan.clone();
    quiet.changes = zw_engine::Changes::default();
    quiet.mode = PlanMode::Normal;
    let text = text_of(&quiet, &schemas, None);
    assert!(!text.contains("Note"), "{text}");
}

#[test]
fn a_refresh_only_plan_says_what_it_will_write_down() {
    let (plan, schemas) = changes(&drifted());
    assert_eq!(plan.mode, PlanMode::RefreshOnly);
    assert_snapshot!(text_of(&plan, &schemas, None), @r#"

    Note: Objects have changed outside of zw

    zw detected the following changes made outside of zw since the last "zw apply"
    which may have affected this plan:

      # a_thing.x has changed
      ~ resource "a_thing" "x" {
            id   = "x"
          ~ size = 1 -> 2
        }

      # a_thing.y has been deleted
      - resource "a_thing" "y" {
          - id   = "y" -> null
          - size = 1 -> null
        }


    This is a refresh-only plan, so zw will not take any actions to undo these. If
    you were expecting these changes then you can apply this plan to record the
    updated values in the zw state without changing any remote objects.
    "#);
}

#[test]
fn a_plan_of_nothing_says_why() {
    let schemas = KnownSchemas::default();
    let mut shown = Vec::new();
    for mode in [PlanMode::Normal, PlanMode::RefreshOnly, PlanMode::Destroy] {
        let plan = Plan { mode, ..Plan::default() };
        shown.push(text_of(&plan, &schemas, None));
    }
    let nothing = Plan::default();
    let failed = Shown { errored: true, ..Shown::of(&nothing, &schemas) };
    shown.push(rendered(|out| write(out, &failed, Styles::plain(), 78)));
    assert_snapshot!(shown.concat(), @r"

    No changes. Your infrastructure matches the configuration.

    zw has compared your real infrastructure against your configuration and found
    no differences, so no changes are needed.

    No changes. Your infrastructure still matches the configuration.

    zw has checked that the real remote objects still match the result of your
    most recent changes, and found no differences.

    No changes. No objects need to be destroyed.

    Either you have not created any objects yet or the existing objects were
    already deleted outside of zw.

    Planning failed. zw encountered an error while generating this plan.
    ");
}

#[test]
fn what_is_put_off_is_listed_with_its_reason() {
    let plan = Plan {
        deferred: vec![zw_engine::Deferred {
            address: "module.cluster".to_owned(),
            reason: "its for_each depends on aws_eks_cluster.main".to_owned(),
        }],
        ..Plan::default()
    };
    assert_snapshot!(text_of(&plan, &KnownSchemas::default(), None), @r"

    Not everything can be planned yet. The following is put off to a later round
    of the same apply:

      # module.cluster
      # (because its for_each depends on aws_eks_cluster.main)
    ");
}

#[test]
fn outputs_alone_can_be_applied() {
    let json = json!({"output_changes": {
        "same": {"actions": ["no-op"], "before": 1, "after": 1, "after_unknown": false},
        "new": {"actions": ["create"], "before": null, "after": ["x"], "after_unknown": false},
    }});
    let (plan, schemas) = changes(&json);
    assert_snapshot!(text_of(&plan, &schemas, None), @r#"

    Changes to Outputs:
      + new  = [
          + "x",
        ]

    You can apply this plan to save these new output values to the zw state,
    without changing any real infrastructure.
    "#);
}

#[test]
fn colours_say_what_happens() {
    let json = json!({"resource_changes": [
        {"address": "a_thing.x", "action_reason": "replace_because_tainted", "change": {
            "actions": ["delete", "create"], "before": {"id": "x", "size": 1},
            "after": {"size": 2}, "after_unknown": {"id": true}, "replace_paths": [["size"]],
        }},
        {"address": "a_thing.y", "action_reason": "delete_because_no_resource_config", "change": {
            "actions": ["delete"], "before": {"id": "y"}, "after": null,
        }},
    ]});
    let (plan, schemas) = changes(&json);
    let shown = Shown::of(&plan, &schemas);
    let text = rendered(|out| write(out, &shown, Styles::colored(), 78));
    assert_snapshot!(text.replace('\u{1b}', "␛"), @r#"

    zw used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      ␛[31m-␛[0m destroy
    ␛[31m-␛[0m/␛[32m+␛[0m destroy and then create replacement

    zw will perform the following actions:

      ␛[1m# a_thing.x␛[0m is tainted, so must be ␛[1m␛[31mreplaced␛[0m
    ␛[31m-␛[0m/␛[32m+␛[0m resource "a_thing" "x" {
        ␛[33m  ~␛[0m id   = "x" ␛[33m->␛[0m (known after apply)
        ␛[33m  ~␛[0m size = 1 ␛[33m->␛[0m 2 ␛[31m# forces replacement␛[0m
        }

      ␛[1m# a_thing.y␛[0m will be ␛[1m␛[31mdestroyed␛[0m
      # (because a_thing.y is not in configuration)
      ␛[31m-␛[0m resource "a_thing" "y" {
        ␛[31m  -␛[0m id = "y" ␛[90m-> null␛[0m
        }

    ␛[1mPlan:␛[0m 1 to add, 0 to change, 2 to destroy.
    "#);
}

/// A plan with a secret in every place where there can be one.
fn secretive() -> serde_json::Value {
    let object = |secret: &str| {
        json!({
            "id": "x", "size": 1, "password": secret, "secrets": {"a": secret, "b": "plain"},
            "list": ["plain", secret], "set": [secret], "any": {"deep": [{"er": secret}]},
            "block": [{"key": secret}], "set_block": [{"key": secret}],
        })
    };
    let marks = json!({
        "password": true, "secrets": {"a": true}, "list": [false, true], "set": true,
        "any": {"deep": [{"er": true}]}, "block": [{"key": true}], "set_block": true,
    });
    let change =
        |name: &str, actions: &[&str], before: serde_json::Value, after: serde_json::Value| {
            let marks_of = |value: &serde_json::Value| {
                if value.is_null() { json!(false) } else { marks.clone() }
            };
            json!({"address": format!("a_thing.{name}"), "change": {
                "actions": actions, "before_sensitive": marks_of(&before), "before": before,
                "after_sensitive": marks_of(&after), "after": after,
            }})
        };
    let (old, new) = (|| object("hunter2"), || object("hunter3"));
    let output = |before: serde_json::Value, after: serde_json::Value| {
        json!({
            "actions": ["update"], "before": before, "after": after, "after_unknown": false,
            "before_sensitive": true, "after_sensitive": true,
        })
    };
    json!({
        "resource_drift": [change("drifted", &["update"], old(), new())],
        "resource_changes": [
            change("created", &["create"], json!(null), new()),
            change("deleted", &["delete"], old(), json!(null)),
            change("drifted", &["update"], new(), old()),
            change("replaced", &["delete", "create"], old(), new()),
        ],
        "output_changes": {
            "a": output(json!("hunter2"), json!({"x": "hunter3"})),
            "b": output(json!(null), json!("hunter3")),
            "c": output(json!(["hunter2"]), json!(null)),
        },
    })
}

#[test]
fn no_secret_is_shown_wherever_it_is() {
    let (plan, mut schemas) = changes(&secretive());
    for styles in [Styles::plain(), Styles::colored()] {
        let shown = Shown::of(&plan, &schemas);
        let text = rendered(|out| write(out, &shown, styles, 78));
        assert!(text.contains("(sensitive value)"), "{text}");
        assert!(!text.contains("hunter"), "{text}");
    }
    let captured = Captured::default();
    crate::ui::json::plan_messages(&ui_into(&captured, Styles::plain()), &plan);
    assert!(!captured.text().contains("hunter"), "{}", captured.text());
    // Nor if nobody knows the schema any more.
    schemas.0.clear();
    let text = text_of(&plan, &schemas, None);
    assert!(!text.contains("hunter"), "{text}");
    // Nor if a value is printed for those who look for a mistake.
    assert!(!format!("{plan:?}").contains("hunter"));
}

/// A thing in each of some regions, twice over, and one that is not like the others.
fn many() -> (Plan, KnownSchemas) {
    let thing = |module: &str, name: &str, number: usize, change: serde_json::Value| {
        let address = format!("module.cell[{module:?}].a_thing.{name}[{number}]");
        json!({"address": address, "change": change})
    };
    let mut all = Vec::new();
    for (at, region) in ["eu-north-1", "eu-west-1", "us-east-1"].into_iter().enumerate() {
        for number in 0..20 {
            let size = at * 100 + number;
            let list = json!(["a", format!("{region}-{number}")]);
            let after = json!({"size": size, "list": list, "secrets": {region: "x"}});
            let created = json!({"actions": ["create"], "before": null, "after": after,
                "after_unknown": {"id": true}});
            all.push(thing(region, "new", number, created));
        }
        let before = json!({"id": format!("id-{region}"), "size": 1});
        let (before, after) = (before.clone(), json!({"size": 2}));
        let replaced = json!({"actions": ["delete", "create"], "before": before, "after": after,
            "after_unknown": {"id": true}, "replace_paths": [["size"]]});
        all.push(thing(region, "old", 0, replaced));
    }
    all.push(json!({"address": "a_thing.alone", "change": {
        "actions": ["update"], "before": {"id": "x", "size": 1}, "after": {"id": "x", "size": 2},
    }}));
    changes(&json!({"resource_changes": all}))
}

fn shown_as(plan: &Plan, schemas: &KnownSchemas, form: Form, filters: &[&str]) -> String {
    let filters: Vec<Filter> = filters.iter().map(|text| text.parse().unwrap()).collect();
    let view = View { form, filters: &filters };
    let shown = Shown { view, ..Shown::of(plan, schemas) };
    rendered(|out| write(out, &shown, Styles::plain(), 78))
}

#[test]
fn a_large_plan_shows_what_is_alike_once_and_the_riskiest_first() {
    let (plan, schemas) = many();
    assert_snapshot!(shown_as(&plan, &schemas, Form::Fitting, &[]), @r##"

    zw used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      + create
      ~ update in-place (current -> planned)
    -/+ destroy and then create replacement

    Changes that are alike are shown once, the riskiest first; where a value is
    one of several, it says so. Use -full to see each, -compact for a line each,
    -filter to see some.

    zw will perform the following actions:

      # module.cell[*].a_thing.old[0] must be replaced, 3 times
      # (module.cell[*]: "eu-north-1", "eu-west-1", "us-east-1")
    -/+ resource "a_thing" "old" {
          ~ id   = "id-eu-north-1" (1 of 3) -> (known after apply)
          ~ size = 1 -> 2 # forces replacement
        }

      # a_thing.alone will be updated in-place
      ~ resource "a_thing" "alone" {
            id   = "x"
          ~ size = 1 -> 2
        }

      # module.cell[*].a_thing.new[*] will be created, 60 times
      # (module.cell[*]: "eu-north-1", "eu-west-1", "us-east-1")
      # (module.cell[*].a_thing.new[*]: 0, 1, 2, 3, 4, 5 and 14 more)
      + resource "a_thing" "new" {
          + id      = (known after apply)
          + list    = [
              + "a",
              + "eu-north-1-0" (1 of 60),
            ]
          + secrets = {
              + "eu-north-1" = "x" (1 of 3)
            }
          + size    = 0 (1 of 60)
        }

    Plan: 63 to add, 1 to change, 3 to destroy.
    "##);
}

#[test]
fn what_is_destroyed_for_good_is_said_in_words() {
    let (plan, mut schemas) = many();
    schemas.0.get_mut("a_thing").unwrap().holds = Some("the thing with all that is in it");
    let text = shown_as(&plan, &schemas, Form::Compact, &[]);
    assert_snapshot!(text, @r##"

    zw used the selected providers to generate the following execution plan.
    Resource actions are indicated with the following symbols:
      + create
      ~ update in-place (current -> planned)
    -/+ destroy and then create replacement

    Warning: This plan destroys what cannot be made again (3)

    -/+ module.cell[*].a_thing.old[0] must be replaced, 3 times: lost is the thing with all that is in it. It is size that cannot be changed.

    Changes that are alike are on one line, the riskiest first. Without -compact,
    their attributes are shown.

    zw will perform the following actions:

    -/+ module.cell[*].a_thing.old[0] must be replaced, 3 times
      ~ a_thing.alone will be updated in-place
      + module.cell[*].a_thing.new[*] will be created, 60 times

    Plan: 63 to add, 1 to change, 3 to destroy.
    "##);
    let (few, _) = changes(&drifted());
    assert!(!text_of(&few, &schemas, None).contains("lost is"));
}

#[test]
fn filters_change_what_is_shown_and_not_what_is_planned() {
    let (plan, schemas) = many();
    let addresses = |filters: &[&str]| {
        let text = shown_as(&plan, &schemas, Form::Full, filters);
        assert!(text.contains("Plan: 63 to add, 1 to change, 3 to destroy."), "{text}");
        text.lines().filter(|line| line.starts_with("  # ") && !line.starts_with("  # (")).count()
    };
    assert_eq!(addresses(&[]), 64);
    assert_eq!(addresses(&["action=replace"]), 3);
    assert_eq!(addresses(&["address=module.cell[\"eu-west-1\"]"]), 21);
    assert_eq!(addresses(&["address=module.cell", "action=create"]), 60);
    assert_eq!(addresses(&["action=replace", "action=update"]), 4);
    assert_eq!(addresses(&["type=aws_*"]), 0);
    let text = shown_as(&plan, &schemas, Form::Full, &["action=update"]);
    assert!(text.contains("Shown are 1 of 64 changes."), "{text}");
}

#[test]
fn in_no_form_is_a_secret_shown() {
    let (plan, schemas) = changes(&secretive());
    for form in [Form::Fitting, Form::Full, Form::Compact] {
        let text = shown_as(&plan, &schemas, form, &[]);
        assert!(!text.contains("hunter"), "{text}");
    }
    // Changes that are alike but for a secret are alike, and do not say how many secrets there are.
    let of = |name: &str, secret: &str| {
        json!({"address": format!("a_thing.x[{name:?}]"), "change": {
            "actions": ["create"], "before": null, "after": {"password": secret, "size": 1},
            "after_sensitive": {"password": true},
        }})
    };
    let several = json!({"resource_changes": [of("a", "hunter1"), of("b", "hunter2")]});
    let (plan, schemas) = changes(&several);
    let shown = Shown::of(&plan, &schemas);
    let all: Vec<&Change> = plan.changes.iter().collect();
    let groups = group::groups(&all, |change| diff_of(&shown, change, Relevant::All));
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].differing, [] as [usize; 0]);
}

#[test]
fn a_large_plan_is_written_in_linear_time() {
    let (small, schemas) =
        changes(&json!({"resource_changes": [{"address": "a_thing.x", "change": {
            "actions": ["update"],
            "before": {"id": "x", "size": 1, "secrets": {"a": "b", "c": "d"}, "list": ["a", "b"]},
            "after": {"id": "x", "size": 2, "secrets": {"a": "x", "c": "d"}, "list": ["a", "c"]},
        }}]}));
    let time_of = |count: usize, form: Form| {
        let view = View { form, filters: &[] };
        let mut plan = small.clone();
        plan.changes = std::iter::repeat_n(small.changes[0].clone(), count).collect();
        let shown = Shown { view, ..Shown::of(&plan, &schemas) };
        let time = || {
            let start = std::time::Instant::now();
            write(&mut std::io::sink(), &shown, Styles::plain(), 78).unwrap();
            start.elapsed()
        };
        // The shortest of three is the one that nobody else disturbed.
        time().min(time()).min(time())
    };
    for form in [Form::Full, Form::Fitting] {
        let (few, many) = (time_of(1_000, form), time_of(10_000, form));
        assert!(many < few * 40, "{form:?}: {few:?} and {many:?}");
    }
}
