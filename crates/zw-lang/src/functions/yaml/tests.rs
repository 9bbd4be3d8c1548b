use crate::functions::tests::{check, json_call, run};
use crate::value::Value;

fn decoded(yaml: &str) -> String {
    let args = serde_json::to_string(&[yaml]).expect("a string");
    json_call("yamldecode", &args)
}

fn encoded(json: &str) -> String {
    let value = crate::json::json_text_to_value(json).expect("JSON");
    let yaml = run("yamlencode", &[value]).expect("any value can be written");
    yaml.as_str().expect("a string").to_owned()
}

#[test]
fn plain_scalars_are_words_numbers_and_times() {
    for (yaml, json) in [
        ("yes", "true"),
        ("Off", "false"),
        ("tRUE", "\"tRUE\""),
        ("~", "null"),
        ("", ""),
        ("0o77", "63"),
        ("077", "77"),
        ("0x1f", "31"),
        ("-0x1f", "\"-0x1f\""),
        ("1_000", "\"1_000\""),
        ("1.", "1"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("1e", "\"1e\""),
        ("1:20", "\"1:20\""),
        ("2006-1-2", "\"2006-01-02T00:00:00Z\""),
        ("2006-01-02 15:04:05", "\"2006-01-02T15:04:05Z\""),
        ("2006-1-2T15:04:05.5+02:00", "\"2006-01-02T15:04:05+02:00\""),
        ("2006-13-02", "\"2006-13-02\""),
        ("'12'", "\"12\""),
        ("|-\n 012", "\"12\""),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ] {
        if json.is_empty() {
            assert!(decoded(yaml).starts_with('!'), "{yaml:?}");
        } else {
            assert_eq!(decoded(yaml), json, "{yaml:?}");
        }
    }
}

/// As Terraform 1.11.4 has it, though YAML 1.2 does not.
#[test]
fn flow_collections_need_no_indentation() {
    for (yaml, json) in [
        ("a: [\n1,\n2\n]", "{\"a\":[1,2]}"),
        ("a:\n  b: {\nc: 1,\n d: [\n2] }\n  e: 3", "{\"a\":{\"b\":{\"c\":1,\"d\":[2]},\"e\":3}}"),
    ] {
        assert_eq!(decoded(yaml), json, "{yaml:?}");
    }
    let lines = format!("a: [\n{}]", "1,\n".repeat(300));
    assert!(decoded(&lines).starts_with('!'), "there is an end to it");
}

#[test]
fn tags_say_what_a_scalar_is() {
    for (yaml, json) in [
        ("!!str 12", "\"12\""),
        ("!!int '12'", "\"12\""),
        ("!!float 12", "12"),
        ("!!null x", "null"),
        ("!!binary 'aGVsbG8='", "\"aGVsbG8=\""),
        ("!!seq [a]", "[\"a\"]"),
    ] {
        assert_eq!(decoded(yaml), json, "{yaml:?}");
    }
    for yaml in ["!!int a", "!!bool x", "!foo a", "!!set {a}", "!!str [a]", "!!binary '>>'", "! 1"]
    {
        assert!(decoded(yaml).starts_with('!'), "{yaml:?}");
    }
}

#[test]
fn collections_anchors_and_merges() {
    for (yaml, json) in [
        ("a: 1\nb:\n- x\n- {c: d}", "{\"a\":1,\"b\":[\"x\",{\"c\":\"d\"}]}"),
        ("1.50: a\ntrue: b", "{\"1.5\":\"a\",\"true\":\"b\"}"),
        ("a: &x\n  b: c\nd: *x", "{\"a\":{\"b\":\"c\"},\"d\":{\"b\":\"c\"}}"),
        ("a: 1\n<<: {a: 2, b: 3}", "{\"a\":2,\"b\":3}"),
        ("<<: [{a: 1}, {a: 2, b: 3}]", "{\"a\":1,\"b\":3}"),
        ("a:\tb", "{\"a\":\"b\"}"),
        ("{a: b, c}", "{\"a\":\"b\",\"c\":null}"),
    ] {
        assert_eq!(decoded(yaml), json, "{yaml:?}");
    }
    for yaml in ["null: a", "? [a]\n: b", "&a [*a]", "*x", "a\n---\nb", "<<: 1", "a: b: c", "\u{1}"]
    {
        assert!(decoded(yaml).starts_with('!'), "{yaml:?}");
    }
}

#[test]
fn blocks_end_where_the_text_ends() {
    for (yaml, json) in [
        ("|\n  hello\n  world", "\"hello\\nworld\""),
        ("|\n  a\n", "\"a\\n\""),
        ("- |\n  x\n  ", "[\"x\\n\"]"),
        ("a: |+\n  x\n\nb: 1", "{\"a\":\"x\\n\\n\",\"b\":1}"),
        (">\n a\n b\n\n c\n", "\"a b\\nc\\n\""),
    ] {
        assert_eq!(decoded(yaml), json, "{yaml:?}");
    }
}

#[test]
fn many_aliases_of_aliases_are_refused() {
    let level = |level: u32| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1);
    let bomb: Vec<String> = (1..40).map(level).collect();
    let bomb = format!("a0: &a0 [x, x]\n{}", bomb.concat());
    assert!(decoded(&bomb).contains("nodes"));
    assert!(decoded(&"[".repeat(5000)).starts_with('!'));
}

#[test]
fn values_are_written_as_terraform_does() {
    for (json, yaml) in [
        ("\"\"", "\"\"\n"),
        ("true", "true\n...\n"),
        ("[]", "[]\n"),
        ("{}", "{}\n"),
        (
            "{\"foo\":[1,{\"a\":\"b\",\"c\":\"d\"},3],\"bar\":\"baz\"}",
            "\"bar\": \"baz\"\n\"foo\":\n- 1\n- \"a\": \"b\"\n  \"c\": \"d\"\n- 3\n",
        ),
        ("[[],{},[[]]]", "- []\n- {}\n- - []\n"),
        ("\"a\\nb\"", "|-\n  a\n  b\n"),
        ("[\"l1\\nl2\\n\"]", "- |\n  l1\n  l2\n"),
        ("{\"a\":{\"b\":\"l1\\nl2\\n\"}}", "\"a\":\n  \"b\": |\n    l1\n    l2\n"),
        ("{\"a\\nb\":{\"c\":1}}", "? |-\n  a\n  b\n: \"c\": 1\n"),
        ("\"a \\nb\"", "\"a \\nb\"\n"),
        ("\" a\\nb\"", "|2-\n   a\n  b\n"),
        ("\"é😀\\u0001\\t\\u007f\\u2028\"", "\"é\\U0001F600\\x01\\t\\x7F\\L\"\n"),
    ] {
        assert_eq!(encoded(json), yaml, "{json}");
    }
    check("yamlencode", &[("[1e30]", "\"1000000000000000000000000000000\\n...\\n\"")]);
    assert!(
        run("yamlencode", &[Value::unknown(crate::ty::Type::Bool)]).unwrap().as_unknown().is_some()
    );
}
