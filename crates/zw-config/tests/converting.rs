//! Files in another syntax declare the same.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;

use support::{assert_same, loaded, outline, shown};
use zw_config::{NoShapes, Owner, Shape, Shapes, Syntax, convert};
use zw_lang::SourceId;

const MODULE: (&str, &str) =
    ("m/main.tf", "variable \"list\" {}\noutput \"out\" {\n  value = 1\n}\n");

const NAMES: [(Syntax, &str); 3] =
    [(Syntax::Native, "main.tf"), (Syntax::Json, "main.tf.json"), (Syntax::Yaml, "main.zw.yaml")];

fn name_of(syntax: Syntax) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == syntax).map_or("", |(_, name)| name)
}

#[track_caller]
fn outline_of(syntax: Syntax, text: &str) -> String {
    let found = loaded(&[(name_of(syntax), text), MODULE]);
    assert!(found.1.is_empty(), "{:#?}\n{text}", shown(&found));
    outline(&found.0)
}

#[track_caller]
fn converted(text: &str, from: Syntax, to: Syntax, shapes: &dyn Shapes) -> String {
    convert(SourceId(0), text, from, to, shapes)
        .unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// Converts from each syntax to each, and compares what is declared.
#[track_caller]
fn assert_converts(native: &str) {
    let wanted = outline_of(Syntax::Native, native);
    for (to, _) in NAMES {
        let text = converted(native, Syntax::Native, to, &NoShapes);
        assert_same(&wanted, &outline_of(to, &text));
        for (back, _) in NAMES {
            let text = converted(&text, to, back, &NoShapes);
            assert_same(&wanted, &outline_of(back, &text));
        }
    }
}

#[test]
fn a_module_declares_the_same_in_every_syntax() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/syntaxes");
    let native = std::fs::read_to_string(fixtures.join("main.tf"));
    assert_converts(&native.unwrap_or_else(|error| panic!("{error}")));
}

#[test]
fn texts_mean_the_same_in_every_syntax() {
    let texts = [
        r#""plain""#,
        r#""""#,
        r#""yes""#,
        r#""012""#,
        r#""1e3""#,
        r#""~""#,
        "\"# no comment\"",
        r#""a: b""#,
        r#"" space ""#,
        r#""tab\tquote\" back\\slash""#,
        r#""é \u00e9 \U0001f600""#,
        r#""a\nb""#,
        r#""a\nb\n""#,
        r#""a\n\n\nb\n\n""#,
        r#""\n a \n""#,
        r#""$${a} %%{b} $ { $$ %""#,
        r#""$$$${a}""#,
        r#""\u0024${1 + 1}""#,
        r#""${1 + 1}""#,
        r#""${"${"x"}"}-${upper("}")}""#,
        r#""a ${~ 1 + 1 ~} b\n c""#,
        r#""%{ if true }a\n %{ else }b%{ endif }""#,
        r#""%{ for x in [1, 2] ~}\n  ${x}\n%{ endfor ~}\n  end""#,
        "<<EOT\nplain\n  indented ${1 + 1}\n\n$${a} \"quoted\" \\n\nEOT",
        "<<-EOT\n    plain\n      indented\n\n    last\n    EOT",
        "<<-EOT\n    plain ${1 + 1}\n      indented ${\n  2}\n\n    ${3} last\n    EOT",
        "<<-EOT\n    $${a}\n  EOT",
        "<<EOT\n%{ for x in [1, 2] ~}\n  ${x}\n%{ endfor ~}\nEOT",
        r#""${true ~}  ""#,
        r#"" \n ${~ true ~} \n""#,
        "<<EOT\n${true ~}\nEOT",
        "<<EOT\n  ${~ true ~}  \n  ${~ true ~}\n\nEOT",
        "[1, 2.50, -3, - 4, 1e400, 0.1e-7, 123456789012345678901234567890]",
        "[true, null, [], {}, [[]], [{}]]",
        "{ a = 1, \"b c\" = 2, (upper(\"d\")) = 3, \"${upper(\"e\")}\" = 4, for = 5, null = 6, 7 = 8 }",
        "[for x in [1] : x]",
        "{ for x in [1] : x => x }",
        "true ? (1) : 2",
        "upper(\n    \"a\", # why\n  )",
    ];
    for text in texts {
        assert_converts(&format!("locals {{\n  a = {text}\n}}\n"));
    }
}

#[test]
fn descriptions_and_types_mean_the_same_in_every_syntax() {
    assert_converts(
        "variable \"a\" {\n  description = <<-EOT\n    About $${a}:\n      more.\n  EOT\n  type = object({\n    \
         a = string\n    b = optional(list(number), [1])\n  })\n  default = { a = \"x\" }\n}\n",
    );
    assert_converts(
        "terraform {\n  experiments = [one, two]\n  cloud {\n    workspaces {\n      name = \"x\"\n    }\n  }\n}\n",
    );
}

#[test]
fn the_order_of_blocks_of_a_type_is_kept() {
    let order = |native: &str| {
        assert_converts(native);
        let text = converted(native, Syntax::Native, Syntax::Json, &NoShapes);
        let (config, _) = loaded(&[("main.tf.json", &text)]);
        let body = &config.root().resources[0].body;
        body.blocks_of("b").map(|block| block.dynamic.is_some()).collect::<Vec<_>>()
    };
    let dynamic = "dynamic \"b\" {\n  for_each = [1]\n  content {\n    x = b.value\n  }\n}\n";
    let first = format!("resource \"t\" \"n\" {{\n  b {{\n    x = 0\n  }}\n{dynamic}}}\n");
    assert_eq!(order(&first), [false, true]);
    // One behind a dynamic block becomes dynamic itself.
    let last = format!("resource \"t\" \"n\" {{\n{dynamic}  b {{\n    x = 2\n  }}\n}}\n");
    let text = converted(&last, Syntax::Native, Syntax::Json, &NoShapes);
    let (config, problems) = loaded(&[("main.tf.json", &text)]);
    assert!(problems.is_empty(), "{problems}");
    assert_eq!(config.root().resources[0].body.blocks_of("b").count(), 2);
    let provisioners = "resource \"t\" \"n\" {\n  provisioner \"a\" {}\n  provisioner \"b\" {}\n  provisioner \
                        \"a\" {\n    x = 1\n  }\n}\n";
    assert_converts(provisioners);
}

/// A schema with blocks.
struct Schema;

impl Shapes for Schema {
    fn of(&self, owner: &Owner, path: &[String], name: &str) -> Shape {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (owner.kind.as_str(), owner.type_name.as_str(), path.as_slice(), name) {
            ("resource", "t", [], "one" | "many") | ("resource", "t", ["many"], "inner") => {
                Shape::Block
            }
            ("resource", "t", [], "named") => Shape::LabelledBlock,
            ("resource", "t", [], "rules") => Shape::Either,
            _ => Shape::Argument,
        }
    }
}

#[test]
fn a_schema_tells_blocks_from_arguments() {
    let json = r#"{"resource": {"t": {"n": {
        "count": 1,
        "tags": {"Name": "x", "a b": "${count.index}"},
        "one": {"x": 1},
        "many": [{"inner": {"y": [1, 2]}}, {}],
        "named": {"a": {"x": 1}, "b": {}},
        "rules": [{"port": 1}],
        "connection": {"many": 1},
        "lifecycle": {"ignore_changes": ["tags"]}
    }}, "u": {"n": {"one": {"x": 1}}}}}"#;
    let native = r#"resource "t" "n" {
  count = 1
  tags = {
    Name  = "x"
    "a b" = count.index
  }
  one {
    x = 1
  }
  many {
    inner {
      y = [1, 2]
    }
  }
  many {
  }
  named "a" {
    x = 1
  }
  named "b" {
  }
  rules {
    port = 1
  }
  connection {
    many = 1
  }
  lifecycle {
    ignore_changes = [tags]
  }
}

resource "u" "n" {
  one = {
    x = 1
  }
}
"#;
    assert_eq!(converted(json, Syntax::Json, Syntax::Native, &Schema), native);
}

#[test]
fn yaml_is_written_to_be_read() {
    let native = "resource \"t\" \"it\" {\n  name = \"${var.a}-x\"\n  yes = \"no\"\n  empty = []\n  list = [1, \"a: \
                  b\", { a = 1, b = [2] }, [3]]\n  text = <<EOT\none\n\ntwo ${var.a}\nEOT\n  more = \"a\\nb\"\n  b {\n    \
                  c = null\n  }\n  b {}\n}\n";
    let yaml = r#"resource:
  t:
    it:
      name: ${var.a}-x
      "yes": "no"
      empty: []
      list:
        - 1
        - "a: b"
        - a: 1
          b:
            - 2
        -
          - 3
      text: |
        one

        two ${var.a}
      more: |-
        a
        b
      b:
        - c: null
        - {}
"#;
    assert_eq!(converted(native, Syntax::Native, Syntax::Yaml, &NoShapes), yaml);
}

#[test]
fn what_cannot_be_converted_is_said() {
    let problems = |text: &str| {
        let found = convert(SourceId(0), text, Syntax::Native, Syntax::Json, &NoShapes);
        let found = found.err().map(|found| found.0).unwrap_or_default();
        found.into_iter().map(|one| one.summary).collect::<Vec<_>>()
    };
    assert_eq!(problems("locals {\n  a =\n}\n"), ["Invalid expression"]);
    assert_eq!(problems("a = 1\n"), ["Unsupported argument"]);
    assert_eq!(problems("resource \"a\" {}\n"), ["Wrong number of labels"]);
    assert_eq!(problems("resorce \"a\" \"b\" {}\n"), ["Unsupported block type"]);
    assert_eq!(problems("resource \"a\" \"b\" {\n  c = 1\n  c {}\n}\n"), ["Name used twice"]);
    assert_eq!(problems("output \"a\" {\n  description = var.x\n}\n"), ["Variables not allowed"]);
    assert_eq!(
        problems("locals {\n  a = <<-EOT\n    ${~ 1 ~}\n  EOT\n}\n"),
        ["Heredoc cannot be converted"]
    );
}
