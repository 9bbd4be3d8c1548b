use std::path::Path;

use zw_lang::{Host, ResolvedStep, SymbolId};

use super::*;

/// Where there are no names.
struct Nowhere;

impl Scope for Nowhere {
    fn lookup(&mut self, _: SymbolId, _: &[ResolvedStep], _: Span) -> EvalResult<(Value, usize)> {
        Err(EvalError::Blocked)
    }

    fn host(&self) -> &dyn Host {
        unreachable!("no function here asks for anything")
    }
}

fn schema() -> Block {
    let inner = Block::new([Attribute::optional("a", Type::Number)], []);
    let rule = Type::object([("port", Type::Number), ("note", Type::String)]);
    Block::new(
        [
            Attribute::optional("tags", Type::map(Type::String)),
            Attribute::optional("rules", Type::set(rule)),
        ],
        [
            NestedBlock::one("one", inner.clone()),
            NestedBlock::new(
                "many",
                Nesting::List,
                Block::new([], [NestedBlock::new("inner", Nesting::Set, inner.clone())]),
            ),
            NestedBlock::new("named", Nesting::Map, inner),
        ],
    )
}

/// The value of the only resource of a file, and what is wrong with it.
fn decoded(name: &str, text: &str) -> Result<Value, Vec<String>> {
    let files: zw_config::Snapshot = [(name, text)].into_iter().collect();
    let (config, problems) = zw_config::load(Path::new("."), &files, &mut zw_config::LocalSources);
    assert!(problems.is_empty(), "{problems}");
    let body = &config.root().resources[0].body;
    let shown = |one: &Diagnostic| {
        let place = one.span.and_then(|span| config.sources.snippet(span)).unwrap_or_default();
        format!("`{place}` {}", one.summary)
    };
    match decode(&schema(), body, &mut Nowhere) {
        Ok((value, _)) => Ok(value),
        Err(EvalError::Diagnostics(problems)) => Err(problems.iter().map(shown).collect()),
        Err(EvalError::Blocked) => panic!("there are no names"),
    }
}

#[track_caller]
fn assert_same(native: &str, json: &str) {
    let native = decoded("main.tf", &format!("resource \"t\" \"n\" {{\n{native}\n}}\n"));
    assert!(native.is_ok(), "{native:?}");
    let resource = format!("{{\"resource\": {{\"t\": {{\"n\": {json}}}}}}}");
    assert_eq!(decoded("main.tf.json", &resource), native);
    // JSON is YAML.
    assert_eq!(decoded("main.zw.yaml", &resource), native);
}

#[test]
fn the_schema_says_what_are_blocks_in_json() {
    assert_same("tags = { a = 1 }", r#"{"tags": {"a": 1}}"#);
    assert_same("one {\n  a = 1\n}", r#"{"one": {"a": 1}}"#);
    assert_same("one {}", r#"{"one": {}}"#);
    assert_same("one {\n  a = 1\n}", r#"{"one": [{"a": "${0 + 1}", "//": "no argument"}]}"#);
    assert_same("", r#"{"one": null, "many": [], "tags": null}"#);
    assert_same(
        "many {\n  inner {\n    a = 1\n  }\n  inner {\n    a = 2\n  }\n}\nmany {}",
        r#"{"many": [{"inner": [{"a": 1}, {"a": 2}]}, {}]}"#,
    );
    assert_same(
        "named \"x\" {\n  a = 1\n}\nnamed \"y\" {}",
        r#"{"named": {"x": {"a": 1}, "y": {}}}"#,
    );
    assert_same(
        "named \"x\" {\n  a = 1\n}\nnamed \"y\" {}",
        r#"{"named": [{"x": {"a": 1}}, {"y": [{}]}]}"#,
    );
}

#[test]
fn attributes_can_be_written_as_blocks_in_json() {
    let native = "rules {\n  port = 1\n}\nrules {\n  port = 2\n  note = \"x\"\n}";
    assert_same(native, r#"{"rules": [{"port": 1}, {"port": 2, "note": "x"}]}"#);
    assert_same("rules = []", r#"{"rules": []}"#);
    assert_same(
        "rules = [for port in [1, 2] : { port = port, note = null }]",
        r#"{"rules": "${[for port in [1, 2] : { port = port, note = null }]}"}"#,
    );
}

#[test]
fn blocks_can_be_dynamic_in_json() {
    assert_same(
        "dynamic \"many\" {\n  for_each = [1, 2]\n  iterator = it\n  content {\n    dynamic \"inner\" {\n      \
         for_each = [3, 4]\n      content {\n        a = it.value * inner.value\n      }\n    }\n  }\n}",
        r#"{"dynamic": {"many": {"for_each": [1, 2], "iterator": "it", "content": {
            "dynamic": {"inner": {"for_each": [3, 4], "content": {"a": "${it.value * inner.value}"}}}
        }}}}"#,
    );
    // A block that holds a dynamic one is no argument.
    assert_same(
        "many {\n  dynamic \"inner\" {\n    for_each = [3]\n    content {\n      a = inner.value\n    }\n  }\n}",
        r#"{"many": {"dynamic": {"inner": [{"for_each": [3], "content": {"a": "${inner.value}"}}]}}}"#,
    );
    assert_same("tags = { dynamic = \"x\" }", r#"{"tags": {"dynamic": "x"}}"#);
}

#[test]
fn what_does_not_fit_the_schema_is_shown_in_json() {
    let problems = |json: &str| {
        decoded("main.tf.json", &format!("{{\"resource\": {{\"t\": {{\"n\": {json}}}}}}}")).err()
    };
    let one = |problem: &str| Some(vec![problem.to_owned()]);
    assert_eq!(problems(r#"{"nope": 1}"#), one("`\"nope\"` Unsupported argument"));
    assert_eq!(problems(r#"{"one": {"b": 1}}"#), one("`\"b\"` Unsupported argument"));
    assert_eq!(problems(r#"{"one": "x"}"#), one("`\"one\"` Unsupported argument"));
    assert_eq!(problems(r#"{"one": [{}, {"a": 1}]}"#), one("`\"one\"` Too many one blocks"));
    assert_eq!(
        problems(r#"{"many": {"inner": {"a": "x"}}}"#),
        one("`\"x\"` Incorrect attribute value type")
    );
}
