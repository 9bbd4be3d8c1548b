use insta::assert_snapshot;
use serde_json::{Value as Json, json};
use zw_lang::{Path, Type, Value};

use super::render::{self, Look};
use super::*;
use crate::ui::style::Styles;
use crate::ui::testing::rendered;
use crate::ui::testing::terraform::{KnownSchemas, value};

/// A change of an object, in the words of Terraform's JSON.
#[derive(Default)]
struct Case {
    attributes: Json,
    blocks: Json,
    before: Json,
    after: Json,
    unknown: Json,
    was_sensitive: Json,
    is_sensitive: Json,
    replace: Vec<Path>,
}

impl Case {
    fn shown_with(&self, look: Look) -> String {
        let mut schemas = KnownSchemas::default();
        schemas.add_provider_schemas(&json!({"provider_schemas": {"x": {"resource_schemas": {
            "t": {"block": {"attributes": self.attributes, "block_types": self.blocks}}
        }}}}));
        let block = &schemas.0["t"].block;
        let ty = block.ty();
        let before = value(&self.before, &Json::Null, &self.was_sensitive, &ty);
        let after = value(&self.after, &self.unknown, &self.is_sensitive, &ty);
        let diff = resource(&before, &after, block, &self.replace, Relevant::All);
        rendered(|out| render::write(out, &diff, 0, look, Styles::plain()))
    }

    fn shown(&self) -> String {
        self.shown_with(Look::default())
    }
}

fn strings(names: &[&str]) -> Json {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "string"})))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn block_of(nesting: &str, names: &[&str]) -> Json {
    json!({"nesting_mode": nesting, "block": {"attributes": strings(names)}})
}

#[test]
fn blocks_that_are_not_known_yet_replace_those_that_are_there() {
    let case = Case {
        attributes: strings(&["id"]),
        blocks: json!({
            "list": block_of("list", &["a"]), "none": block_of("set", &["a"]),
            "single": block_of("single", &["a"]),
        }),
        before: json!({"id": "x", "list": [{"a": "1"}, {"a": "2"}], "none": null, "single": {"a": "1"}}),
        after: json!({"id": "x"}),
        unknown: json!({"list": true, "none": true, "single": true}),
        ..Case::default()
    };
    // Terraform 1.11.4 shows lists so.
    assert_snapshot!(case.shown(), @r#"
    {
            id = "x"

          ~ list (known after apply)
          - list {
              - a = "1" -> null
            }
          - list {
              - a = "2" -> null
            }

          + none (known after apply)

          ~ single (known after apply)
          - single {
              - a = "1" -> null
            }
        }
    "#);
}

#[test]
fn blocks_with_labels_show_them() {
    let case = Case {
        attributes: json!({}),
        blocks: json!({"rule": block_of("map", &["a"])}),
        before: json!({"rule": {"gone": {"a": "1"}, "same": {"a": "1"}, "x y": {"a": "1"}}}),
        after: json!({"rule": {"same": {"a": "1"}, "x y": {"a": "2"}, "new": {"a": ""}}}),
        ..Case::default()
    };
    assert_snapshot!(case.shown(), @r#"
    {
          - rule "gone" {
              - a = "1" -> null
            }
          + rule "new" {
              + a = ""
            }
          ~ rule "x y" {
              ~ a = "1" -> "2"
            }

            # (1 unchanged block hidden)
        }
    "#);
}

#[test]
fn reasons_for_a_replacement_are_marked_where_they_are() {
    let path = |text: &str| -> Path {
        text.split('.').fold(Path::root(), |path, step| match step.parse::<i64>() {
            Ok(at) => path.index(Value::from(at)),
            Err(_) => path.attr(step),
        })
    };
    let case = Case {
        attributes: json!({
            "list": {"type": ["list", "string"]}, "map": {"type": ["map", "string"]},
            "object": {"type": ["object", {"a": "string"}]}, "json": {"type": "string"},
            "text": {"type": "string"}, "later": {"type": "string"}, "set": {"type": ["set", "string"]},
        }),
        blocks: json!({"some": block_of("list", &["a"]), "all": block_of("set", &["a"])}),
        before: json!({
            "list": ["a", "b"], "map": {"k": "v"}, "object": {"a": "1"}, "json": "{\"a\":1}",
            "text": "a\nb", "later": "x", "set": ["a"], "some": [{"a": "1"}], "all": [{"a": "1"}],
        }),
        after: json!({
            "list": ["a", "c"], "map": {"k": "w"}, "object": {"a": "2"}, "json": "{\"a\":2}",
            "text": "a\nc", "set": ["b"], "some": [{"a": "2"}], "all": [{"a": "2"}],
        }),
        unknown: json!({"later": true}),
        replace: ["list.1", "map.k", "object.a", "json", "text", "later", "set", "some.0.a", "all"]
            .map(path)
            .to_vec(),
        ..Case::default()
    };
    assert_snapshot!(case.shown(), @r#"
    {
          ~ json   = jsonencode(
              ~ {
                  ~ a = 1 -> 2
                } # forces replacement
            )
          ~ later  = "x" -> (known after apply) # forces replacement
          ~ list   = [
                "a",
              - "b" # forces replacement,
              + "c" # forces replacement,
            ]
          ~ map    = {
              ~ "k" = "v" -> "w" # forces replacement
            }
          ~ object = {
              ~ a = "1" -> "2" # forces replacement
            }
          ~ set    = [ # forces replacement
              - "a",
              + "b",
            ]
          ~ text   = <<-EOT # forces replacement
                a
              - b
              + c
            EOT

          - all { # forces replacement
              - a = "1" -> null
            }
          + all { # forces replacement
              + a = "2"
            }

          ~ some {
              ~ a = "1" -> "2" # forces replacement
            }
        }
    "#);
}

#[test]
fn becoming_secret_is_said_and_the_value_is_not() {
    let case = Case {
        attributes: json!({
            "from": {"type": "string"}, "to": {"type": "string"}, "both": {"type": "string"},
            "changed": {"type": "string"}, "map": {"type": ["map", "string"]},
            "new": {"type": "string"}, "gone": {"type": "string"},
        }),
        blocks: json!({
            "list": block_of("list", &["a"]), "set": block_of("set", &["a"]),
            "single": block_of("single", &["a"]),
        }),
        before: json!({
            "from": "hunter2", "to": "hunter2", "both": "hunter2", "changed": "hunter2",
            "map": {"k": "hunter2", "l": "plain"}, "gone": "hunter2",
            "list": [{"a": "hunter2"}], "set": [{"a": "hunter2"}], "single": {"a": "hunter2"},
        }),
        after: json!({
            "from": "hunter2", "to": "hunter2", "both": "hunter2", "changed": "hunter3",
            "map": {"k": "hunter3", "l": "plain"}, "new": "hunter3",
            "list": [{"a": "hunter3"}], "set": [{"a": "hunter2"}, {"a": "hunter3"}],
            "single": {"a": "hunter2"},
        }),
        was_sensitive: json!({
            "from": true, "both": true, "changed": true, "map": {"k": true}, "gone": true,
            "list": [{"a": true}], "set": true, "single": true,
        }),
        is_sensitive: json!({
            "to": true, "both": true, "changed": true, "map": {"k": true}, "new": true,
            "list": [{"a": true}], "set": true,
        }),
        ..Case::default()
    };
    let text = case.shown();
    assert!(!text.contains("hunter"), "{text}");
    assert_snapshot!(text, @r#"
    {
          ~ changed = (sensitive value)
          # Warning: this attribute value will no longer be marked as sensitive
          # after applying this change. The value is unchanged.
          ~ from    = (sensitive value)
          - gone    = (sensitive value) -> null
          ~ map     = {
              ~ "k" = (sensitive value)
                # (1 unchanged element hidden)
            }
          + new     = (sensitive value)
          # Warning: this attribute value will be marked as sensitive and will not
          # display in UI output after applying this change. The value is unchanged.
          ~ to      = (sensitive value)
            # (1 unchanged attribute hidden)

          ~ list {
              ~ a = (sensitive value)
            }

          + set {
              # At least one attribute in this block is (or was) sensitive,
              # so its contents will not be displayed.
            }

          # Warning: this block will no longer be marked as sensitive
          # after applying this change.
          ~ single {
              # At least one attribute in this block is (or was) sensitive,
              # so its contents will not be displayed.
            }

            # (1 unchanged block hidden)
        }
    "#);
}

#[test]
fn texts_that_differ_in_white_space_at_their_ends_say_so() {
    let case = Case {
        attributes: strings(&["a", "b"]),
        before: json!({"a": "x\ny\n", "b": "{\"a\": 1}"}),
        after: json!({"a": "x\ny\n\n", "b": "{\"a\":1}"}),
        replace: vec![Path::attr_of_root("b")],
        ..Case::default()
    };
    assert_snapshot!(case.shown(), @r"
    {
          ~ a = <<-EOT # whitespace changes
                x
                y
            EOT
          ~ b = jsonencode( # whitespace changes force replacement
                {
                    a = 1
                }
            )
        }
    ");
}

#[test]
fn texts_cannot_drive_the_terminal() {
    let case = Case {
        attributes: strings(&["a", "b"]),
        after: json!({"a": "\u{1b}[2Jx", "b": "one\n\u{1b}[2Jtwo\r"}),
        ..Case::default()
    };
    let text = case.shown();
    assert!(!text.contains(['\u{1b}', '\r']), "{text:?}");
}

#[test]
fn an_object_without_a_schema_is_shown_by_its_values() {
    let before = Value::object([("id", Value::from("x")), ("n", Value::null(Type::String))]);
    let after = Value::object([
        ("id", Value::from("x")),
        ("tags", Value::map(Type::String, [("a", Value::from("b"))])),
    ]);
    let diff = object_of_unknown_schema(&before, &after, &[]);
    let text = rendered(|out| render::write(out, &diff, 0, Look::default(), Styles::plain()));
    assert_snapshot!(text, @r#"
    {
            id   = "x"
          + tags = {
              + a = "b"
            }
        }
    "#);
}

#[test]
fn a_document_nested_too_deeply_is_shown_as_text() {
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let case = Case { attributes: strings(&["a"]), after: json!({"a": deep}), ..Case::default() };
    assert!(case.shown().contains("\"[[[["));
}

#[test]
fn long_lists_and_texts_are_compared_in_reasonable_time() {
    let lines = |skip: usize| {
        let lines: Vec<String> =
            (0..20_000).filter(|at| *at != skip).map(|at| format!("line {at}")).collect();
        lines
    };
    let case = Case {
        attributes: json!({
            "list": {"type": ["list", "string"]}, "set": {"type": ["set", "string"]},
            "text": {"type": "string"},
        }),
        before: json!({"list": lines(5), "set": lines(5), "text": lines(5).join("\n")}),
        after: json!({"list": lines(19_000), "set": lines(19_000), "text": lines(19_000).join("\n")}),
        ..Case::default()
    };
    let start = std::time::Instant::now();
    let text = case.shown();
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "{:?}", start.elapsed());
    for part in ["+ \"line 5\",", "- \"line 19000\",", "+ line 5\n", "- line 19000\n"] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn a_state_has_no_signs() {
    let case = Case {
        attributes: json!({"a": {"type": "string"}, "empty": {"type": "string"}, "l": {"type": ["list", "string"]}}),
        blocks: json!({"b": block_of("list", &["x"])}),
        before: json!({"a": "1", "empty": "", "l": ["x"], "b": [{"x": "1"}]}),
        after: json!({"a": "1", "empty": "", "l": ["x"], "b": [{"x": "1"}]}),
        ..Case::default()
    };
    let look = Look { hide_symbols: true, show_kept: true, ..Look::default() };
    assert_snapshot!(case.shown_with(look), @r#"
    {
        a = "1"
        l = [
            "x",
        ]

        b {
            x = "1"
        }
    }
    "#);
}
