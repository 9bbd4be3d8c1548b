//! The same module in native syntax, JSON and YAML, and what is said about wrong JSON and YAML.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;

use support::{assert_one, assert_same, loaded, outline, shown};
use zw_config::Snapshot;

const MODULE: (&str, &str) =
    ("m/main.tf", "variable \"list\" {}\noutput \"out\" {\n  value = 1\n}\n");

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/syntaxes").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[track_caller]
fn outline_of(files: &[(&str, &str)]) -> String {
    let found = loaded(&[files, &[MODULE]].concat());
    assert!(found.1.is_empty(), "{:#?}", shown(&found));
    outline(&found.0)
}

#[test]
fn one_module_in_three_syntaxes_is_one_configuration() {
    let native = outline_of(&[("main.tf", &fixture("main.tf"))]);
    assert_same(&native, &outline_of(&[("main.tf.json", &fixture("main.tf.json"))]));
    assert_same(&native, &outline_of(&[("main.zw.yaml", &fixture("main.zw.yaml"))]));
    assert_same(&native, &outline_of(&[("main.zw.yml", &fixture("main.zw.yaml"))]));
    for name in ["main.tf.json", "main.zw.yaml"] {
        let windows = fixture(name).replace('\n', "\r\n");
        assert_same(&native, &outline_of(&[(name, &windows)]));
    }
}

#[test]
fn files_of_all_syntaxes_make_one_module() {
    let native =
        "locals {\n  a = 1\n}\noutput \"b\" {\n  value = local.c\n}\nlocals {\n  c = local.a\n}\n";
    let mixed = outline_of(&[
        ("a.tf", "locals {\n  a = 1\n}\n"),
        ("b.tf.json", r#"{"output": {"b": {"value": "${local.c}"}}}"#),
        ("c.zw.yaml", "locals:\n  c: ${local.a}\n"),
    ]);
    assert_same(&outline_of(&[("main.tf", native)]), &mixed);
}

#[test]
fn a_description_of_an_environment_is_that_of_a_root_module_only() {
    let files = [
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n}\n"),
        ("m/main.tf", "locals {}\n"),
        ("m/environment.zw.yaml", "cells: none\n"),
    ];
    assert!(loaded(&files).1.is_empty());
    let files = [("main.tf", "locals {}\n"), ("environment.zw.yaml", "cells: none\n")];
    assert!(loaded(&files).1.has_errors());
}

#[test]
fn overriding_files_can_be_of_any_syntax() {
    let base = ("main.tf", "resource \"t\" \"n\" {\n  a = 1\n  b {\n    x = 1\n  }\n}\n");
    let native =
        [base, ("x_override.tf", "resource \"t\" \"n\" {\n  a = 2\n  b = [{ x = 2 }]\n}\n")];
    let json = r#"{"resource": {"t": {"n": {"a": 2, "b": [{"x": 2}]}}}}"#;
    let yaml = "resource: {t: {n: {a: 2, b: [{x: 2}]}}}\n";
    for file in [("x_override.tf.json", json), ("override.zw.yaml", yaml)] {
        let (config, diagnostics) = loaded(&[base, file]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let body = &config.root().resources[0].body;
        assert_eq!(body.attributes["a"].value.as_literal(), Some(&2.into()));
        assert!(body.blocks.is_empty(), "the blocks are replaced");
        assert_eq!(body.blocks_of("b").count(), 1);
    }
    // In native syntax an argument and blocks of one name are two things.
    assert_eq!(loaded(&native).0.root().resources[0].body.blocks.len(), 1);
}

#[test]
fn strings_are_templates_but_where_terraform_takes_them_as_they_are() {
    let json = r#"{
        "variable": {"v": {"default": ["${x}", "$${y}", "%{z}"]}},
        "locals": {
            "escaped": "$${a} \\ \" %%{b}",
            "lines": "a\n${~ 1 ~}\n  b",
            "directive": "%{ if true ~}\n   x\n  y%{ endif }",
            "unicode": "\u00e9\ud83d\ude00",
            "inner": "${upper(\"a\")}",
            "//": "not there"
        }
    }"#;
    let (config, diagnostics) = loaded(&[("main.tf.json", json)]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let root = config.root();
    let default = ["${x}", "$${y}", "%{z}"].map(zw_lang::Value::from).to_vec();
    assert_eq!(root.variables[0].default, Some(zw_lang::Value::tuple(default)));
    let locals = root.locals.iter().map(|local| {
        (local.name.as_str(), local.value.as_literal().and_then(|value| value.as_str()))
    });
    // As Terraform 1.11.4 answers.
    let wanted = [
        ("escaped", Some("${a} \\ \" %{b}")),
        ("lines", Some("a1  b")),
        ("directive", Some("   x\n  y")),
        ("unicode", Some("\u{e9}\u{1f600}")),
        ("inner", Some("A")),
    ];
    assert_eq!(locals.collect::<Vec<_>>(), wanted);
}

#[test]
fn numbers_keep_all_of_their_digits() {
    let digits = "123456789012345678901234567890.0123456789012345678901234567891";
    for (name, text) in [
        ("main.tf.json", format!("{{\"locals\": {{\"a\": {digits}}}}}")),
        ("main.zw.yaml", format!("locals:\n  a: {digits}\n")),
        ("main.tf", format!("locals {{\n  a = {digits}\n}}\n")),
    ] {
        let (config, _) = loaded(&[(name, &text)]);
        let wanted = zw_lang::Number::parse(digits).map(zw_lang::Value::from);
        assert!(wanted.is_some());
        assert_eq!(config.root().locals[0].value.as_literal(), wanted.as_ref(), "{name}");
    }
}

fn problems(name: &str, text: &str) -> Vec<String> {
    shown(&loaded(&[(name, text), MODULE]))
}

#[test]
fn problems_are_shown_where_they_are_written_in_json() {
    assert_one(
        &problems("main.tf.json", "{\"locals\": {\"a\": \"x \\\"${var.nope}\\\"\"}}"),
        "main.tf.json:1:25 `var.nope` Reference to undeclared input variable",
        &[],
    );
    assert_one(
        &problems("main.tf.json", "{\n  \"locals\": {\"a\": \"é ${uper(\\\"a\\\")}\"}\n}"),
        "main.tf.json:2:24 `uper` Call to unknown function",
        &["Did you mean \"upper\"?"],
    );
    assert_one(
        &problems(
            "main.tf.json",
            r#"{"resource": {"t": {"a": {}, "b": {"depends_on": ["t.x"]}}}}"#,
        ),
        "main.tf.json:1:52 `t.x` Reference to undeclared resource",
        &[],
    );
    assert_one(
        &problems("main.tf.json", r#"{"output": {"o": {"vlaue": 1, "value": 1}}}"#),
        "main.tf.json:1:19 `\"vlaue\"` Unsupported argument",
        &["Did you mean \"value\"?"],
    );
    assert_one(
        &problems("main.tf.json", r#"{"variabel": {"o": {}}}"#),
        "main.tf.json:1:2 `\"variabel\"` Unsupported block type",
        &["Did you mean \"variable\"?"],
    );
    assert_one(
        &problems("main.tf.json", r#"{"variable": {"a": {"type": "lst(string)"}}}"#),
        "main.tf.json:1:30 `lst(string)` Invalid type specification",
        &["Did you mean \"list\"?"],
    );
    assert_one(
        &problems("main.tf.json", r#"{"module": {"x": {"source": "./m"}}}"#),
        "main.tf.json:1:13 `\"x\"` Missing required argument",
        &["\"list\" is required"],
    );
    assert_one(
        &problems("main.tf.json", r#"{"locals": [{"a": 1}, {"b": 1, "c": "${2"}]}"#),
        "main.tf.json:1:37 `\"${2\"` Unclosed template sequence",
        &[],
    );
    assert_one(
        &problems("main.tf.json", r#"{"locals": {"a": "${1 +}"}}"#),
        "main.tf.json:1:24 `}` Invalid expression",
        &[],
    );
    assert_one(
        &problems("main.tf.json", r#"{"resource": {"t": {"a b": {}}}}"#),
        "main.tf.json:1:21 `\"a b\"` Invalid resource name",
        &[],
    );
    assert_one(
        &problems("main.tf.json", r#"{"locals": {"a b": 1}}"#),
        "main.tf.json:1:13 `\"a b\"` Invalid argument name",
        &[],
    );
    assert_one(
        &problems("main.tf.json", r#"{"resource": {"t": "x"}}"#),
        "main.tf.json:1:20 `\"x\"` Incorrect value type",
        &["not a string"],
    );
}

#[test]
fn wrong_syntax_is_shown_in_json() {
    let wrong = [
        ("", "main.tf.json:1:1 `` Invalid JSON syntax"),
        ("{\n  \"a\" 1\n}", "main.tf.json:2:7 `1` Invalid JSON syntax"),
        ("{\"a\": 1,}", "main.tf.json:1:8 `,` Invalid JSON syntax"),
        ("{} // x", "main.tf.json:1:4 `// x` Invalid JSON syntax"),
        ("{\"a\": 01}", "main.tf.json:1:8 `` Invalid JSON syntax"),
        ("{\"a\": 'x'}", "main.tf.json:1:7 `'` Invalid JSON syntax"),
        ("{\"a\": \"x\ny\"}", "main.tf.json:1:9 `\n` Invalid JSON syntax"),
        ("[1]", "main.tf.json:1:2 `1` Incorrect value type"),
        ("{\"a\": {}, \"b\": {}, \"a\": {}}", "main.tf.json:1:20 `\"a\"` Duplicate property"),
        (
            "{\"locals\": {\"a\": [{\"x\": 1, \"\\u0078\": 2}]}}",
            "main.tf.json:1:28 `\"\\u0078\"` Duplicate property",
        ),
    ];
    for (text, place) in wrong {
        assert_one(&problems("main.tf.json", text), place, &[]);
    }
    for depth in [200, 100_000] {
        let text = format!("{{\"locals\": {}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_one(&problems("main.tf.json", &text), "main.tf.json:1:", &["100 levels deep"]);
    }
}

#[test]
fn problems_are_shown_where_they_are_written_in_yaml() {
    let found = problems(
        "main.zw.yaml",
        "# é\nlocals:\n  a: é ${var.plain}\n  b: \"\\t\\x41 ${var.double}\"\n  c: 'it''s ${var.single}'\n  \
         d: |\n    é one\n    two ${var.block}\n  e: >-\n    one\n    two\n\n    three ${var.folded}\n  f: a\n    \
         b ${var.wrapped}\n",
    );
    let places = [
        "main.zw.yaml:3:10 `var.plain` ",
        "main.zw.yaml:4:16 `var.double` ",
        "main.zw.yaml:5:15 `var.single` ",
        "main.zw.yaml:8:11 `var.block` ",
        "main.zw.yaml:13:13 `var.folded` ",
        "main.zw.yaml:15:9 `var.wrapped` ",
    ];
    assert_eq!(found.len(), places.len(), "{found:#?}");
    for (found, place) in found.iter().zip(places) {
        assert!(found.starts_with(place), "{found} should be at {place}");
    }
    assert_one(
        &problems("main.zw.yaml", "output:\n  o:\n    vlaue: 1\n    value: 1\n"),
        "main.zw.yaml:3:5 `vlaue` Unsupported argument",
        &["Did you mean \"value\"?"],
    );
}

#[test]
fn wrong_syntax_is_shown_in_yaml() {
    let wrong = [
        ("a: [1", "main.zw.yaml:", "Invalid YAML syntax"),
        ("a: {}\na: {}\n", "main.zw.yaml:2:1 `a` ", "Duplicate property"),
        ("a: !foo {}\n", "main.zw.yaml:1:", "\"!foo\""),
        ("? [x]\n: 1\n", "main.zw.yaml:1:", "must be a string"),
        ("a: &x [*x]\n", "main.zw.yaml:1:8 `*x` ", "contains it"),
        ("a: *x\n", "main.zw.yaml:1:", "Invalid YAML syntax"),
        ("a: 1\n---\nb: 1\n", "main.zw.yaml:2:", "one document"),
        ("locals:\n  a: .inf\n", "main.zw.yaml:2:6 `.inf` ", "no number"),
        ("locals:\n  a: {<<: {b: 1}}\n", "main.zw.yaml:2:7 `<<` ", "no merge keys"),
        ("- 1\n", "main.zw.yaml:1:3 `1` ", "Incorrect value type"),
    ];
    for (text, place, word) in wrong {
        assert_one(&problems("main.zw.yaml", text), place, &[word]);
    }
    assert!(problems("main.zw.yaml", "# nothing\n").is_empty());
    let deep = format!("locals: {}1{}", "[".repeat(2_000), "]".repeat(2_000));
    assert_one(&problems("main.zw.yaml", &deep), "main.zw.yaml:", &[]);
}

#[test]
fn aliases_cannot_stand_for_more_than_a_file_should_hold() {
    let levels = (1..40).map(|level| {
        let before = level - 1;
        format!("  a{level}: &a{level} [*a{before}, *a{before}, *a{before}]\n")
    });
    let first = "locals:\n  a0: &a0 [xxxxxxxxxx, xxxxxxxxxx]\n".to_owned();
    let text: String = std::iter::once(first).chain(levels).collect();
    assert_one(&problems("main.zw.yaml", &text), "main.zw.yaml:", &["16 MiB"]);
    let shared = "locals:\n  a: &x {b: [1, \"${1 + 1}\"]}\n  c: *x\n";
    let native = "locals {\n  a = { b = [1, 1 + 1] }\n  c = { b = [1, 1 + 1] }\n}\n";
    assert_same(&outline_of(&[("main.tf", native)]), &outline_of(&[("main.zw.yaml", shared)]));
}

#[test]
fn a_configuration_is_loaded_again_from_its_sources() {
    let (config, diagnostics) = loaded(&[("main.zw.yaml", &fixture("main.zw.yaml")), MODULE]);
    assert!(diagnostics.is_empty());
    let files = Snapshot::of(&config.sources);
    let (again, _) = zw_config::load(Path::new("."), &files, &mut zw_config::LocalSources);
    assert_same(&outline(&config), &outline(&again));
}

#[test]
fn no_broken_file_is_more_than_reported() {
    for name in ["main.tf.json", "main.zw.yaml"] {
        let text = fixture(name);
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for (number, at) in bytes.into_iter().enumerate().step_by(11) {
            let (before, after) = text.split_at(at);
            let rest = after.get(1..).unwrap_or_default();
            let inserted =
                ["", "\"", "{", "]", "\\", "${", "é", "\n", "\t", ": ", "&a ", "*a "][number % 12];
            for broken in [before.to_owned(), format!("{before}{inserted}{rest}")] {
                // Every place in what is reported can be shown.
                shown(&loaded(&[(name, &broken), MODULE]));
            }
        }
    }
}
