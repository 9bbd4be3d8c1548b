use super::*;
use crate::expr::ExprKind;
use crate::span::SourceId;
use crate::value::ValueKind;

fn lowered(text: &str) -> Result<Expr, Diagnostics> {
    expression(Text::of_file(SourceId(0), text), &LocalNames::default(), &mut AnyName)
}

/// Every name is a symbol of its own, and functions can be called.
struct AnyName;

impl Resolver for AnyName {
    fn resolve(
        &mut self,
        _: &str,
        attrs: &[(Str, Span)],
        _: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        Ok((SymbolId(0), attrs.len().min(1)))
    }
}

fn folded(text: &str) -> Value {
    let expr = lowered(text).unwrap_or_else(|diagnostics| panic!("{text}: {diagnostics}"));
    expr.as_literal().cloned().unwrap_or_else(|| panic!("{text} should be constant: {expr:?}"))
}

fn first_problem(text: &str) -> (String, String, String) {
    let diagnostics = lowered(text).err().unwrap_or_else(|| panic!("{text} should be wrong"));
    let first = &diagnostics.0[0];
    let span = first.span.unwrap_or_else(|| panic!("{text}: there should be a place"));
    let marked = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    (first.summary.clone(), first.detail.clone(), marked.to_owned())
}

#[test]
fn what_depends_on_nothing_is_computed_when_it_is_compiled() {
    assert_eq!(folded("(1 + 2) * 3 - -4"), Value::from(13));
    assert_eq!(folded("\"a${1}b\""), Value::from("a1b"));
    assert_eq!(folded("{ a = [1, 2], \"b\" = upper(\"x\") }.b"), Value::from("X"));
    assert_eq!(folded("true ? 1 : 2"), Value::from(1));
    assert_eq!(folded("convert(\"5\", number)"), Value::from(5));
}

#[test]
fn what_fails_or_depends_on_the_world_is_left_to_evaluation() {
    for text in ["1 / \"x\"", "file(\"x\")", "timestamp()", "uuid()", "[][0]", "abspath(\"x\")"] {
        let expr = lowered(text).unwrap_or_else(|diagnostics| panic!("{text}: {diagnostics}"));
        assert!(expr.as_literal().is_none(), "{text}");
    }
}

#[test]
fn numbers_are_read_with_all_their_digits() {
    let text = "123456789012345678901234567890.5";
    let number = folded(text);
    assert_eq!(number.as_number().map(ToString::to_string).as_deref(), Some(text));
    assert_eq!(folded("- /* 1 */ 5"), Value::from(-5));
    assert!(folded("1e400").as_number().is_some_and(|number| number.to_string().len() == 401));
}

#[test]
fn keys_are_words_unless_in_parentheses() {
    assert_eq!(folded("{ true = 1, null = 2, for_each = 3 }.null"), Value::from(2));
    assert!(matches!(
        lowered("{ (a.b) = 1 }").map(|expr| expr.kind),
        Ok(ExprKind::Object(items)) if matches!(items[0].key.kind, ExprKind::Ref(_) | ExprKind::Parens(_))
    ));
    assert_eq!(first_problem("{ a.b = 1 }").0, "Ambiguous attribute key");
}

#[test]
fn of_two_values_for_one_key_the_last_counts() {
    assert_eq!(folded("{ a = 1, b = 2, a = 3 }.a"), Value::from(3));
    assert_eq!(folded("{ \"a b\" = 1, \"a b\" = 2 }[\"a b\"]"), Value::from(2));
    assert_eq!(folded("{ \"\" = 1, \"\" = 2 }[\"\"]"), Value::from(2));
    assert_eq!(folded("{ \"\\u0061\" = 1, \"\\u0061\" = 2 }.a"), Value::from(2));
}

#[test]
fn newlines_mean_nothing_in_for_expressions() {
    let text = "{ for k, v in { a = 1 } : k => v == 1\n  ? \"one\" # yes\n  : \"other\"\n if v != null\n }";
    let expr = lowered(text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let ExprKind::For(_) = expr.kind else { panic!("{expr:?}") };
}

#[test]
fn a_line_may_begin_with_the_marker_of_its_heredoc() {
    assert_eq!(folded("<<EOT\nEOT is not here\nEOT\n"), Value::from("EOT is not here\n"));
}

#[test]
fn indentation_is_taken_from_directives_too() {
    let text = "<<-EOT\n    a\n    %{ if true ~}\n      b\n    %{ endif ~}\n    c\n  EOT\n";
    // What follows a directive on its line is no start of a line, so "    c" keeps its indentation, as in Terraform.
    assert_eq!(folded(text), Value::from("a\n      b\n    c\n"));
}

#[test]
fn escapes_are_resolved_in_directives_too() {
    assert_eq!(folded(r#""%{ if true }a\n\"b\"%{ endif }""#), Value::from("a\n\"b\""));
    assert_eq!(first_problem(r#""%{ if true }\q%{ endif }""#).0, "Invalid escape sequence");
}

#[test]
fn quoted_strings_end_on_their_line() {
    let (summary, _, _) = first_problem("\"a\nb\"");
    assert_eq!(summary, "Invalid multi-line string");
}

#[test]
fn splats_take_what_belongs_to_them() {
    let parts = |text: &str| {
        let expr = lowered(text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        match expr.kind {
            ExprKind::Splat { each, .. } => format!("{each:?}"),
            ExprKind::Index(inner, _) => {
                format!("[] of {:?}", matches!(inner.kind, ExprKind::Splat { .. }))
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(parts("a.b[*].c[0]").contains("Index"));
    assert_eq!(parts("a.b.*.c[0]"), "[] of true");
    assert_eq!(first_problem("a.b.*.c.*.d").0, "Nested splat expression not allowed");
    assert_eq!(first_problem("a.b.0.1").0, "Invalid legacy index syntax");
}

#[test]
fn unknown_functions_are_found_before_anything_is_evaluated() {
    let (summary, detail, marked) = first_problem("[1, jsonencod({})]");
    assert_eq!(summary, "Call to unknown function");
    assert!(detail.ends_with("Did you mean \"jsonencode\"?"), "{detail}");
    assert_eq!(marked, "jsonencod");
    assert_eq!(first_problem("foo::bar()").0, "Unknown provider function");
    assert!(lowered("provider::aws::arn_parse(\"x\")").is_ok());
    assert_eq!(folded("core::upper(\"x\")"), Value::from("X"));
    // Unless that may not count.
    assert!(lowered("[try(jsonencod({}), 1), a && jsonencod({})]").is_ok());
    assert_eq!(first_problem("[try(a, 1), jsonencod({})]").2, "jsonencod");
}

#[test]
fn type_constraints_are_read_with_their_defaults() {
    let read = |text: &str| {
        let tree: Expression = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        type_constraint(&tree, Text::of_file(SourceId(0), text))
    };
    let (ty, defaults) =
        read("object({ a = optional(list(string), [\"x\"]), b = optional(number), c = any })")
            .unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    assert_eq!(ty.to_string(), "object({a=optional(list(string)), b=optional(number), c=any})");
    let default = defaults.and_then(|defaults| defaults.values.get("a").cloned());
    assert!(default.is_some_and(|value| matches!(value.kind(), ValueKind::List(_))));
    assert_eq!(read("list").map(|(ty, _)| ty), Ok(Type::list(Type::Dynamic)));
    for (text, words) in [
        ("strin", "Did you mean \"string\"?"),
        ("\"string\"", "Remove the quotes"),
        ("list(string, number)", "requires one argument"),
        ("string(1)", "does not expect arguments"),
        ("object({ a = optional(number, \"x\") })", "a number is required"),
        ("optional(string)", "valid only as a modifier"),
        ("[string]", "complex type constructor call"),
    ] {
        let problem = read(text).err().map(|diagnostics| diagnostics.to_string());
        assert!(
            problem.as_ref().is_some_and(|problem| problem.contains(words)),
            "{text}: {problem:?}"
        );
    }
}

/// The parser's work would double with each of them.
#[test]
fn brackets_that_are_left_open_take_no_time() {
    let open = "y % { a < ".repeat(64);
    let text = Text::of_file(SourceId(0), &open);
    let found = expression(text, &LocalNames::default(), &mut NoNames).expect_err("it is open");
    assert_eq!(found.0[0].summary, "Unterminated object constructor expression");
    let open = format!("text ${{{open}");
    let text = Text::of_file(SourceId(0), &open);
    let found = template(text, &LocalNames::default(), &mut NoNames).expect_err("it is open");
    assert_eq!(found.0[0].summary, "Unclosed template interpolation sequence");
}

#[test]
fn deep_nesting_is_refused_and_not_survived() {
    for text in [
        "[".repeat(5000),
        "(".repeat(5000),
        "{a=".repeat(5000),
        "-".repeat(5000) + "1",
        "\"${".repeat(5000),
        "f(".repeat(5000),
        "1".to_owned() + &"+1".repeat(5000),
        "a".to_owned() + &"[*]".repeat(5000),
        "a()".to_owned() + &".b".repeat(5000),
        "true".to_owned() + &"?1:true".repeat(5000),
    ] {
        assert!(lowered(&text).is_err(), "{}", &text[..20]);
    }
}

#[test]
fn pieces_of_a_file_are_parsed_on_their_own() {
    let file =
        "a {\n  x = [\n}\nb {\n  y = 1\n}\n\nresource \"c\" {\n  z = 1\n\nresource \"d\" {\n}\n";
    let mut seen = Vec::new();
    let diagnostics = structures(Text::of_file(SourceId(0), file), &mut |text, structure| {
        let block = structure.as_block();
        let start = text.span_of(structure).start as usize;
        let name = block.map(|block| block.ident.as_str().to_owned()).unwrap_or_default();
        seen.push((name.clone(), file[start..].starts_with(&name)));
    });
    assert_eq!(seen, [("b".to_owned(), true), ("resource".to_owned(), true)]);
    let summaries: Vec<&str> = diagnostics.iter().map(|one| one.summary.as_str()).collect();
    assert_eq!(summaries, ["Unbalanced brackets", "Unclosed configuration block"]);
}

#[test]
fn names_of_local_variables_hide_others() {
    let names = LocalNames(vec!["x".into()]);
    let text = Text::of_file(SourceId(0), "[for x in [x] : x]");
    let expr = expression(text, &names, &mut AnyName);
    let Ok(Expr { kind: ExprKind::For(inner), .. }) = expr else { panic!("{expr:?}") };
    assert!(matches!(inner.result.kind, ExprKind::Local(2, _)));
    let ExprKind::Tuple(items) = &inner.collection.kind else { panic!() };
    assert!(matches!(items[0].kind, ExprKind::Local(0, _)));
}

#[test]
fn constants_refer_to_nothing() {
    let read = |text: &str| {
        let tree: Expression = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        constant(&tree, Text::of_file(SourceId(0), text))
            .map_err(|found| found.0[0].summary.clone())
    };
    assert_eq!(read("[for x in [1] : x]"), Ok(Value::tuple(vec![Value::from(1)])));
    assert_eq!(read("var.x"), Err("Variables not allowed".into()));
    assert_eq!(read("upper(\"x\")"), Err("Function calls not allowed".into()));
}

#[test]
fn what_is_open_goes_on_in_the_next_line() {
    for open in [
        "[",
        "{ a = 1",
        "f(1,",
        "<<EOT",
        "<<-EOT\n  a",
        "\"a${",
        "\"${f(\"b\",",
        "\"%{ if true",
        "[1, # ]",
        "/* a",
        "(\n<<A\n${",
        "<<A\n]\nAB",
    ] {
        assert!(super::is_unfinished(open), "{open:?}");
    }
    for done in [
        "",
        "1",
        "1 +",
        "[]",
        "\"a",
        "[\"a",
        "]",
        "[1)",
        "<<EOT\na\nEOT",
        "<<-EOT\n a\n  EOT",
        "\"a$${\"",
        "\"${1}\"",
        "/* ( */ 1",
        "# [",
        "<< EOT",
        "1 << 2",
    ] {
        assert!(!super::is_unfinished(done), "{done:?}");
    }
}

#[test]
fn the_type_of_a_whole_expression_can_be_asked_for() {
    let mut sources = crate::span::SourceMap::default();
    let mut ask = |text: &str| {
        let source = sources.add("test", text);
        question(Text::of_file(source, text))
            .map_err(|found| found.iter().next().map(|one| one.summary.clone()))
    };
    assert_eq!(ask("1 + 1"), Ok(Question::Value));
    assert_eq!(ask("1 +"), Ok(Question::Value));
    assert_eq!(ask("types(1)"), Ok(Question::Value));
    assert_eq!(ask(" type([1, 2]) "), Ok(Question::TypeOf(6..12)));
    assert_eq!(ask("( type( {} ))"), Ok(Question::TypeOf(8..10)));
    for misused in ["[type(1)]", "type(type(1))", "type(1) == type(2)"] {
        let summary = ask(misused).expect_err(misused);
        assert_eq!(summary.as_deref(), Some("Invalid use of type function"), "{misused}");
    }
    assert!(ask("type()").is_err() && ask("type(1, 2)").is_err() && ask("type([1]...)").is_err());
}

#[test]
fn a_sign_is_that_of_everything_behind_it() {
    assert_eq!(folded("-{ a = 1 }.a"), Value::from(-1));
    for wrong in ["-1[*]", "-1[0]"] {
        // What fails is left to evaluation.
        let lowered = lowered(wrong).unwrap_or_else(|found| panic!("{wrong}: {found}"));
        assert!(matches!(lowered.kind, ExprKind::Unary(..)), "{wrong}");
    }
}

#[test]
fn comments_around_an_expression_mean_nothing() {
    for text in ["# a\n[1] # b", "/* a */[1]// b\n", " [1] /* b */ ", "[1]"] {
        assert_eq!(folded(text), Value::tuple(vec![Value::from(1)]), "{text}");
    }
    assert_eq!(folded("\"# a\" # b"), Value::from("# a"));
    assert_eq!(folded("<<A\n# a\nA\n# b"), Value::from("# a\n"));
}

/// Found by fuzzing: the scanner goes by bytes, and may stand inside of a character.
#[test]
fn characters_of_several_bytes_can_be_anywhere() {
    for text in ["o.[Ш", ".o\\ԥ", "ϫ[*]", "l[-.ޙ", "\u{a0}1", "1\u{3000}"] {
        let mut sources = crate::span::SourceMap::default();
        let source = sources.add("test", text);
        let found = super::expression(
            Text::of_file(source, text),
            &LocalNames::default(),
            &mut super::NoNames,
        );
        assert!(found.is_err(), "{text}");
    }
}
