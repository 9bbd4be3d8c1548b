use insta::assert_snapshot;
use zw_lang::{Diagnostic, SourceMap, Span};

use super::*;
use crate::ui::testing::rendered;

const MAIN: &str = r#"# A comment with a { brace.
terraform {
  required_version = ">= 1"
}

locals {
  text = <<-EOT
    } not the end
    ${"{"}
  EOT
}

resource "aws_vpc" "main" {
  cidr_block = var.cidr # } nor this
  tags = {
    Name = "a ${upper("}")} b"
	Tab  = "日本語 = wide"
  }
}
"#;

fn sources(path: &str, text: &str) -> SourceMap {
    let mut sources = SourceMap::default();
    sources.add(path, text);
    sources
}

/// The span of `part` within the first file.
fn span_of(sources: &SourceMap, part: &str) -> Span {
    let (id, source) = sources.iter().next().unwrap();
    let start = source.text.find(part).expect("the part is in the text");
    Span::new(id, start..start + part.len())
}

fn plain(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    rendered(|out| write(out, diagnostic, sources, Styles::plain(), 78))
}

#[test]
fn the_offending_part_is_marked_without_colours() {
    let sources = sources("main.tf", MAIN);
    let mut diagnostic = Diagnostic::error(
        "Invalid value for input variable",
        "The CIDR block must lie within 10.0.0.0/8, because everything else is routed to the \
         outside.\n\n  cidr = \"10.1.0.0/16\"",
    )
    .at(span_of(&sources, "var.cidr"))
    .about("aws_vpc.main");
    diagnostic.values.push(("var.cidr".to_owned(), "is \"172.16.0.0/12\"".to_owned()));
    diagnostic.values.push(("local.text".to_owned(), "is a string".to_owned()));
    assert_snapshot!(plain(&diagnostic, &sources), @r#"
    ╷
    │ Error: Invalid value for input variable
    │
    │   with aws_vpc.main,
    │   on main.tf line 14, in resource "aws_vpc" "main":
    │   14:   cidr_block = var.cidr # } nor this
    │                      ^^^^^^^^
    │     ├────────────────
    │     │ local.text is a string
    │     │ var.cidr is "172.16.0.0/12"
    │
    │ The CIDR block must lie within 10.0.0.0/8, because everything else is
    │ routed to the outside.
    │
    │   cidr = "10.1.0.0/16"
    ╵
    "#);
}

#[test]
fn the_offending_part_is_underlined_with_colours() {
    let sources = sources("main.tf", MAIN);
    let diagnostic = Diagnostic::warning("Old", "").at(span_of(&sources, "var.cidr"));
    let text = rendered(|out| write(out, &diagnostic, &sources, Styles::colored(), 78));
    assert_snapshot!(text.replace('\u{1b}', "␛"), @r#"
    ␛[33m╷␛[0m
    ␛[33m│␛[0m ␛[1m␛[33mWarning:␛[0m ␛[1mOld␛[0m
    ␛[33m│␛[0m
    ␛[33m│␛[0m   on main.tf line 14, in resource "aws_vpc" "main":
    ␛[33m│␛[0m   14:   cidr_block = ␛[4mvar.cidr␛[0m # } nor this
    ␛[33m╵␛[0m
    "#);
}

#[test]
fn a_diagnostic_without_a_place_is_only_words() {
    let diagnostic = Diagnostic::error("No such plan", "There is no file named \"tfplan\".");
    assert_snapshot!(plain(&diagnostic, &SourceMap::default()), @r#"
    ╷
    │ Error: No such plan
    │
    │ There is no file named "tfplan".
    ╵
    "#);
}

#[test]
fn further_places_are_shown_with_their_labels() {
    let sources = sources("main.tf", MAIN);
    let diagnostic = Diagnostic::error("Duplicate resource", "Names are unique in a module.")
        .at(span_of(&sources, "resource \"aws_vpc\" \"main\""))
        .label(span_of(&sources, "required_version"), "first declared here");
    assert_snapshot!(plain(&diagnostic, &sources), @r#"
    ╷
    │ Error: Duplicate resource
    │
    │   on main.tf line 13, in resource "aws_vpc" "main":
    │   13: resource "aws_vpc" "main" {
    │       ^^^^^^^^^^^^^^^^^^^^^^^^^
    │   on main.tf line 3, in terraform: first declared here
    │    3:   required_version = ">= 1"
    │         ^^^^^^^^^^^^^^^^
    │
    │ Names are unique in a module.
    ╵
    "#);
}

#[test]
fn tabs_and_wide_characters_do_not_shift_the_mark() {
    let sources = sources("main.tf", MAIN);
    let diagnostic = Diagnostic::error("Wide", "").at(span_of(&sources, "= wide"));
    assert_snapshot!(plain(&diagnostic, &sources), @r#"
    ╷
    │ Error: Wide
    │
    │   on main.tf line 17, in resource "aws_vpc" "main":
    │   17:     Tab  = "日本語 = wide"
    │                          ^^^^^^
    ╵
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_mark() {
    let text = format!("x = [{}, oops, {}]\n", "1234567890, ".repeat(12), "abcdef, ".repeat(20));
    let sources = sources("main.tf", &text);
    let diagnostic = Diagnostic::error("Unknown name", "").at(span_of(&sources, "oops"));
    assert_snapshot!(plain(&diagnostic, &sources), @r"
    ╷
    │ Error: Unknown name
    │
    │   on main.tf line 1:
    │    1: …4567890, , oops, abcdef, abcdef, abcdef, abcdef, abcdef, abcdef, ab…
    │                   ^^^^
    ╵
    ");
    let diagnostic = Diagnostic::error("Too long", "").at(span_of(&sources, text.trim_end()));
    assert_snapshot!(plain(&diagnostic, &sources), @r"
    ╷
    │ Error: Too long
    │
    │   on main.tf line 1:
    │    1: x = [1234567890, 1234567890, 1234567890, 1234567890, 1234567890, 123…
    │       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ╵
    ");
}

#[test]
fn a_span_of_many_lines_is_shown_by_its_ends() {
    let lines: Vec<String> = (0..20).map(|at| format!("  a{at} = {at}\n")).collect();
    let body = lines.concat();
    let text = format!("locals {{\n{body}}}\n");
    let sources = sources("main.tf", &text);
    let diagnostic = Diagnostic::error("Big", "").at(span_of(&sources, text.trim_end()));
    assert_snapshot!(plain(&diagnostic, &sources), @r"
    ╷
    │ Error: Big
    │
    │   on main.tf line 1, in locals:
    │    1: locals {
    │       ^^^^^^^^
    │    2:   a0 = 0
    │    3:   a1 = 1
    │    4:   a2 = 2
    │    5:   a3 = 3
    │    6:   a4 = 4
    │    7:   a5 = 5
    │    8:   a6 = 6
    │       ...
    │   22: }
    ╵
    ");
}

#[test]
fn the_end_of_a_file_can_be_marked() {
    let text = "resource \"a\" \"b\" {\n  c = 1\n";
    let sources = sources("main.tf", text);
    let (id, _) = sources.iter().next().unwrap();
    let at_end = Span::new(id, text.len()..text.len());
    let diagnostic = Diagnostic::error("Unclosed block", "").at(at_end);
    assert_snapshot!(plain(&diagnostic, &sources), @r#"
    ╷
    │ Error: Unclosed block
    │
    │   on main.tf line 3, in resource "a" "b":
    │    3:
    │       ^
    ╵
    "#);
    let out_of_range = Span::new(id, 1000..2000);
    let diagnostic = Diagnostic::error("Nowhere", "").at(out_of_range);
    assert!(plain(&diagnostic, &sources).contains("line 3"));
}

#[test]
fn text_of_the_service_cannot_drive_the_terminal() {
    let diagnostic = Diagnostic::error("Bad\u{1b}[2J", "worse\u{7}");
    let text = plain(&diagnostic, &SourceMap::default());
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
}

#[test]
fn the_enclosing_block_is_found_in_broken_files() {
    for (text, part, expected) in [
        ("a \"b\" {\n  x = \"unclosed\n  y = 1\n}\nb {\n  z = 1\n", "z", Some("b")),
        ("x = 1\ny {", "x", None),
        ("x = 1\ny {", "{", Some("y")),
        ("/* y { */ z {\n q }", "q", Some("z")),
        ("} y {\n q", "q", None),
        ("y { v = <<A\n}\nA\n q = 1 }", "q", Some("y")),
        ("", "", None),
    ] {
        let sources = sources("x.tf", text);
        let (_, source) = sources.iter().next().unwrap();
        let offset = u32::try_from(text.find(part).unwrap()).unwrap();
        assert_eq!(context::enclosing(source, offset).as_deref(), expected, "{text}");
    }
}

#[test]
fn the_path_is_found_in_json_files() {
    let text = r#"{"resource": {"aws_vpc": {"main": [{"a": 1}, {"tags": {"x\"y": "here"}}]}}}"#;
    let sources = sources("x.tf.json", text);
    let (_, source) = sources.iter().next().unwrap();
    let offset = u32::try_from(text.find("here").unwrap()).unwrap();
    let path = context::enclosing(source, offset);
    assert_eq!(path.as_deref(), Some("resource.aws_vpc.main[1].tags.x\"y"));
    for cut in 0..text.len() {
        let _ = context::enclosing(source, u32::try_from(cut).unwrap());
    }
}

#[test]
fn json_has_the_fields_of_terraform() {
    let sources = sources("main.tf", MAIN);
    let mut diagnostic = Diagnostic::error("Bad", "Worse.")
        .at(span_of(&sources, "var.cidr"))
        .about("aws_vpc.main")
        .label(span_of(&sources, "required_version"), "see here");
    diagnostic.values.push(("var.cidr".to_owned(), "is \"x\"".to_owned()));
    let json = serde_json::to_string_pretty(&to_json(&diagnostic, &sources)).unwrap();
    assert_snapshot!(json, @r#"
    {
      "severity": "error",
      "summary": "Bad",
      "detail": "Worse.",
      "address": "aws_vpc.main",
      "range": {
        "filename": "main.tf",
        "start": {
          "line": 14,
          "column": 16,
          "byte": 177
        },
        "end": {
          "line": 14,
          "column": 24,
          "byte": 185
        }
      },
      "snippet": {
        "context": "resource \"aws_vpc\" \"main\"",
        "code": "  cidr_block = var.cidr # } nor this",
        "start_line": 14,
        "highlight_start_offset": 15,
        "highlight_end_offset": 23,
        "values": [
          {
            "traversal": "var.cidr",
            "statement": "is \"x\""
          }
        ]
      },
      "labels": [
        {
          "text": "see here",
          "range": {
            "filename": "main.tf",
            "start": {
              "line": 3,
              "column": 3,
              "byte": 42
            },
            "end": {
              "line": 3,
              "column": 19,
              "byte": 58
            }
          }
        }
      ]
    }
    "#);
}

#[test]
fn the_attribute_is_named_beside_the_resource() {
    let diagnostic = Diagnostic::error("Cannot create", "InvalidVpcRange: The CIDR is invalid.")
        .about("aws_vpc.main")
        .attribute("cidr_block");
    assert_snapshot!(plain(&diagnostic, &SourceMap::default()), @r"
    ╷
    │ Error: Cannot create
    │
    │   with aws_vpc.main, in its cidr_block,
    │
    │ InvalidVpcRange: The CIDR is invalid.
    ╵
    ");
}

#[test]
fn warnings_of_one_kind_are_shown_once() {
    let mut found = Diagnostics::new();
    for at in 0..3 {
        found.push(Diagnostic::warning("Argument is deprecated", format!("Number {at}.")));
        found.push(Diagnostic::error("Wrong", format!("Number {at}.")));
    }
    found.push(Diagnostic::warning("Another", ""));
    let shown: Vec<String> = consolidated(&found)
        .iter()
        .map(|found| format!("{}: {}", found.summary, found.detail))
        .collect();
    assert_snapshot!(shown.join("\n"), @r"
    Argument is deprecated: Number 0.

    (and 2 more similar warnings elsewhere)
    Wrong: Number 0.
    Wrong: Number 1.
    Wrong: Number 2.
    Another:
    ");
}

/// As the instances of a module have it, of which there may be a thousand.
#[test]
fn errors_that_say_the_same_of_one_place_are_shown_once() {
    let sources = sources("main.tf", MAIN);
    let (source, _) = sources.iter().next().expect("a source");
    let mut found = Diagnostics::new();
    for (instance, place) in [("a", 0..3), ("b", 0..3), ("c", 4..5), ("d", 0..3)] {
        let wrong =
            Diagnostic::error("Wrong", "It is wrong.").about(format!("test_thing.{instance}"));
        found.push(wrong.at(zw_lang::Span::new(source, place)));
    }
    let shown = consolidated(&found);
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[0].detail, "It is wrong.\n\n(and 2 more such errors of the same place)");
    assert_eq!(shown[1].detail, "It is wrong.");
}

#[test]
fn every_place_of_every_beginning_of_a_file_can_be_shown() {
    let text = format!("{MAIN}/* é */ x {{ y = <<A\n}}\n \"${{\"%{{\"");
    for cut in (0..=text.len()).step_by(3).filter(|cut| text.is_char_boundary(*cut)) {
        for path in ["x.tf", "x.tf.json"] {
            let sources = sources(path, &text[..cut]);
            let (id, source) = sources.iter().next().unwrap();
            for start in (0..cut + 2).step_by(13) {
                let _ = context::enclosing(source, u32::try_from(start).unwrap());
            }
            let span = Span::new(id, cut.saturating_sub(9)..cut + 9);
            let _ = plain(&Diagnostic::error("x", "y").at(span), &sources);
        }
    }
}
