use super::*;
use crate::expr::SymbolId;
use crate::parse::{LocalNames, Resolver, Text};
use crate::scope::Host;
use crate::span::SourceId;
use crate::ty::Type;
use crate::value::{Marks, Str};

/// A scope of some values; `later` is not there yet, and what is skipped is noted.
#[derive(Default)]
struct World {
    skipped: Vec<String>,
    asked: Vec<String>,
}

const NAMES: [&str; 8] =
    ["n", "list", "object", "secret", "unknown", "unknowns", "nothing", "later"];

impl Resolver for World {
    fn resolve(
        &mut self,
        root: &str,
        _: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        let at = NAMES.iter().position(|name| *name == root);
        let at = at.and_then(|at| u32::try_from(at).ok());
        at.map(|at| (SymbolId(at), 0))
            .ok_or_else(|| Diagnostic::error("no such name", root).at(span))
    }
}

impl Scope for World {
    fn lookup(
        &mut self,
        symbol: SymbolId,
        steps: &[ResolvedStep],
        _: Span,
    ) -> EvalResult<(Value, usize)> {
        let name = NAMES[symbol.0 as usize];
        self.asked.push(format!("{name}+{}", steps.len()));
        let value = match name {
            "n" => Value::from(5),
            "list" => Value::list(Type::String, vec!["a".into(), "b".into()]),
            "object" => Value::object([("size", Value::from(3)), ("name", "x".into())]),
            "secret" => Value::from("s3cr3t").sensitive(),
            "unknown" => Value::unknown(Type::String),
            "unknowns" => Value::unknown(Type::list(Type::object([("id", Type::String)]))),
            "nothing" => Value::null(Type::String),
            _ => return Err(EvalError::Blocked),
        };
        Ok((value, 0))
    }

    fn skip(&mut self, reference: &Ref, _: Span) {
        self.skipped.push(reference.name.to_string());
    }

    fn host(&self) -> &dyn Host {
        &crate::functions::tests::TestHost
    }
}

fn compiled(text: &str) -> Expr {
    let text = Text::of_file(SourceId(0), text);
    crate::parse::expression(text, &LocalNames::default(), &mut World::default())
        .unwrap_or_else(|diagnostics| panic!("{}: {diagnostics}", text.text))
}

fn value(text: &str) -> Value {
    evaluate(&compiled(text), &mut World::default())
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn problems(text: &str) -> Diagnostics {
    match evaluate(&compiled(text), &mut World::default()) {
        Err(EvalError::Diagnostics(diagnostics)) => diagnostics,
        other => panic!("{text} should be wrong, but is {other:?}"),
    }
}

fn skipped(text: &str) -> Vec<String> {
    let mut world = World::default();
    let result = evaluate(&compiled(text), &mut world);
    assert!(result.is_ok(), "{text}: {result:?}");
    world.skipped
}

#[test]
fn what_is_not_there_yet_blocks_whatever_surrounds_it() {
    for text in [
        "later",
        "[1, later]",
        "try(later, 1)",
        "can(later)",
        "true ? 1 : later",
        "false && later",
        "\"${later}\"",
        "[for x in list : later]",
    ] {
        let result = evaluate(&compiled(text), &mut World::default());
        assert!(matches!(result, Err(EvalError::Blocked)), "{text}: {result:?}");
    }
}

#[test]
fn what_is_wrong_for_certain_comes_before_what_is_not_there_yet() {
    assert_eq!(problems("[later, n.x]").0.len(), 1);
    assert_eq!(problems("[n.x, later, n.y]").0.len(), 2);
}

#[test]
fn parts_that_something_unknown_decides_about_are_skipped() {
    assert_eq!(skipped("[for x in unknowns : object.size]"), ["object"]);
    assert_eq!(skipped("{for x in unknowns : n => list if secret != x}"), ["secret", "n", "list"]);
    assert_eq!(skipped("try(unknown, n)"), ["n"]);
    assert_eq!(skipped("[for x in list : n if unknown == x]"), ["n", "n"]);
    // Both arms are evaluated, so that nothing is left to skip.
    assert_eq!(skipped("unknown == \"x\" ? n : 2"), [""; 0]);
}

#[test]
fn a_scope_is_offered_the_steps_behind_a_name() {
    let mut world = World::default();
    let result = evaluate(&compiled("object.size + list[n - 5][\"x\"]"), &mut world);
    assert!(result.is_err());
    assert_eq!(world.asked[..3], ["object+1", "n+0", "list+2"]);
}

#[test]
fn null_indices_are_not_offered_to_the_scope() {
    let mut world = World::default();
    let result = evaluate(&compiled("list[nothing].x"), &mut world);
    assert!(matches!(result, Err(EvalError::Diagnostics(_))));
    assert_eq!(world.asked[..2], ["nothing+0", "list+0"]);
}

#[test]
fn functions_that_do_not_exist_count_as_errors_do() {
    assert_eq!(value("try(jsonencod(n), n)"), Value::from(5));
    assert_eq!(value("can(jsonencod(n))"), Value::from(false));
    assert_eq!(value("jsonencod(n) && false"), Value::from(false));
    assert_eq!(value("true || jsonencod(n)"), Value::from(true));
    let problems = problems("n == 5 && jsonencod(n)");
    assert_eq!(problems.0[0].summary, "Call to unknown function");
    assert!(problems.0[0].detail.ends_with("Did you mean \"jsonencode\"?"));
}

#[test]
fn marks_go_to_everything_that_they_decide_about() {
    for text in [
        "secret",
        "\"x${secret}\"",
        "secret == \"a\"",
        "[secret]",
        "secret == \"a\" ? 1 : 2",
        "{ (secret) = 1 }",
        "{ for x in list : x => 1 if secret != x }",
        "upper(secret)",
        "list[length(secret) - 6]",
        "false && secret == \"a\"",
    ] {
        assert!(value(text).all_marks().contains(Marks::SENSITIVE), "{text}");
    }
    for text in ["[secret, 1][1]", "try(secret, 1) == n ? 1 : 2", "list[0]"] {
        let is_condition = text.starts_with("try");
        assert_eq!(value(text).marks().contains(Marks::SENSITIVE), is_condition, "{text}");
    }
}

#[test]
fn diagnostics_show_the_values_involved_but_no_secrets() {
    let shown = |text: &str| problems(text).0.remove(0).values;
    let pair = |name: &str, value: &str| (name.to_owned(), format!("is {value}"));
    assert_eq!(
        shown("object.sixe"),
        [pair("object", "object with 2 attributes: { name = \"x\", size = 3 }")]
    );
    assert_eq!(
        shown("list[n]"),
        [pair("list", "list of string with 2 elements: [\"a\", \"b\"]"), pair("n", "5")]
    );
    assert_eq!(shown("-list[0]"), [pair("list[0]", "\"a\"")]);
    assert_eq!(shown("[for x in list : x + n]"), [pair("x", "\"a\"")]);
    assert_eq!(shown("secret + 1"), []);
    assert_eq!(shown("[nothing + n]"), [pair("nothing", "null"), pair("n", "5")]);
}

#[test]
fn problems_have_places_and_hints() {
    let text = "[object.sixe]";
    let found = problems(text).0.remove(0);
    assert_eq!(found.summary, "Unsupported attribute");
    assert_eq!(
        found.detail,
        "This object does not have an attribute named \"sixe\". Did you mean \"size\"?"
    );
    let span = found.span.map(|span| &text[span.start as usize..span.end as usize]);
    assert_eq!(span, Some(".sixe"));
}

#[test]
fn errors_of_what_does_not_count_are_dropped() {
    assert_eq!(value("true ? 1 : n.x"), Value::from(1));
    assert_eq!(value("false && n.x"), Value::from(false));
    assert_eq!(value("n.x || true"), Value::from(true));
    assert_eq!(value("try(n.x, list[7], 3)"), Value::from(3));
    assert_eq!(value("can(n.x)"), Value::from(false));
    assert_eq!(problems("true ? n.x : n.y").0.len(), 1);
    assert_eq!(problems("try(n.x, n.y)").0.len(), 1);
}

#[test]
fn both_arms_decide_about_the_type() {
    assert_eq!(value("true ? 1 : \"a\""), Value::from("1"));
    assert_eq!(value("true ? null : list").ty(), Type::list(Type::String));
    assert_eq!(value("unknown == \"a\" ? 1 : 2").ty(), Type::Number);
    assert_eq!(value("unknown == \"a\" ? 1 : 1"), Value::from(1));
    // What fails has the type that its form says.
    assert_eq!(value("true ? 1 : \"x${n.y}\""), Value::from("1"));
}

#[test]
fn what_is_known_of_a_string_is_what_comes_before_the_unknown() {
    let prefix = |text: &str| {
        let value = value(text);
        let unknown = value.as_unknown().cloned();
        unknown.and_then(|unknown| unknown.refinement.string_prefix)
    };
    assert_eq!(prefix("\"https://${unknown}/x\"").as_deref(), Some("https://"));
    assert_eq!(prefix("\"ab${unknown}\"").as_deref(), Some("a"));
    assert_eq!(prefix("\"${unknown}x\""), None);
    assert_eq!(value("\"a-${unknown}\" == \"b\""), Value::from(false));
    assert_eq!(value("\"${unknown}x\" == null"), Value::from(false));
}

#[test]
fn splats_of_unknown_lists_have_their_type_and_length() {
    let ids = value("unknowns[*].id");
    assert_eq!(ids.ty(), Type::list(Type::String));
    assert!(ids.as_unknown().is_some_and(|unknown| unknown.refinement.not_null));
    assert_eq!(value("nothing[*]"), Value::tuple(vec![]));
    assert_eq!(value("unknown[*]").ty(), Type::Dynamic);
}

#[test]
fn iterations_have_an_end() {
    let text = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : n]]]";
    assert_eq!(problems(text).0[0].summary, "Iteration is too long");
}

#[test]
fn values_that_share_parts_cannot_grow_without_end() {
    let doubled = |count: usize| {
        let opening = |at| format!("[for x{} in [[x{at}, x{at}]] : ", at + 1);
        let opening = (0..count).map(opening).collect::<Vec<_>>().concat();
        format!("[for x0 in [n] : {opening}x{count}{}]", "]".repeat(count))
    };
    assert_eq!(problems(&doubled(30)).0[0].summary, "Value is too large");
    let _ = value(&doubled(10));
}

#[test]
fn templates_have_a_greatest_size() {
    let line = "0123456789".repeat(1000);
    let text = format!(
        "\"%{{ for a in range(1000) }}%{{ for b in range(10) }}{line}%{{ endfor }}%{{ endfor }}\""
    );
    assert_eq!(problems(&text).0[0].summary, "Template result is too large");
}

#[test]
fn nesting_as_deep_as_the_parser_allows_needs_little_stack() {
    let run = || {
        let deep = |open: &str, close: &str, middle: &str, count: usize| {
            format!("{}{middle}{}", open.repeat(count), close.repeat(count))
        };
        let texts = [
            deep("[", "]", "n", 60),
            deep("(", ")", "n", 60),
            deep("upper(", ")", "\"a\"", 60),
            deep("try(\"${", "}\")", "n", 30),
            deep("{ a = ", " }", "n", 60),
            deep("[for x in [n] : ", "]", "x", 55),
            format!("n{}", " + n".repeat(127)),
            format!("[n]{}", "[*]".repeat(99)),
            format!("object{}", ".size".repeat(99)),
        ];
        for text in texts {
            let _ = evaluate(&compiled(&text), &mut World::default());
        }
    };
    // What a thread of the runtime has.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

#[test]
fn templates_that_render_themselves_come_to_an_end() {
    let text = "templatestring(\"$${templatestring(t, { t = t })}\", { t = \"x\" })";
    let text = format!("[for t in [\"$${{t}}\"] : {text}]");
    // Whether that is allowed is up to the function; it ends in any case.
    let _ = evaluate(&compiled(&text), &mut World::default());
}

#[test]
fn a_frame_of_local_variables_goes_in_and_comes_back() {
    let names = LocalNames(vec!["outer".into(), "inner".into()]);
    let text = Text::of_file(SourceId(0), "[for x in inner.value : \"${outer.key}${x}\"]");
    let expr = crate::parse::expression(text, &names, &mut World::default());
    let expr = expr.unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let mut locals = Locals::default();
    let outer = locals.set(0, Value::object([("key", Value::from("k"))]));
    locals.set(1, Value::object([("value", Value::tuple(vec![1.into(), 2.into()]))]));
    let value = evaluate_with(&expr, &mut World::default(), &mut locals);
    assert_eq!(value.ok(), Some(Value::tuple(vec!["k1".into(), "k2".into()])));
    locals.restore(0, outer);
    assert!(locals.get(0).is_none() && locals.get(2).is_none());
}

#[test]
fn values_are_described_in_few_words() {
    assert_eq!(describe_value(&Value::from("a")).as_deref(), Some("\"a\""));
    assert_eq!(describe_value(&Value::from("a").sensitive()), None);
    assert_eq!(describe_value(&Value::tuple(vec![Value::from("a").sensitive()])), None);
    assert_eq!(
        describe_value(&Value::list(Type::Bool, vec![])).as_deref(),
        Some("empty list of bool")
    );
    let sizes = Value::list(Type::Number, vec![Value::from(1), Value::from(20)]);
    assert_eq!(describe_value(&sizes).as_deref(), Some("list of number with 2 elements: [1, 20]"));
    let node = Value::object([("size", Value::from(9)), ("tags", Value::tuple(vec![]))]);
    assert_eq!(
        describe_value(&node).as_deref(),
        Some("object with 2 attributes: { size = 9, tags = [] }")
    );
    let long = Value::tuple(vec![Value::from("a name that is long"); 4]);
    assert_eq!(describe_value(&long).as_deref(), Some("tuple with 4 elements"));
}

/// As Terraform 1.11.4 has it, and not as versions before 1.8 had it.
#[test]
fn what_is_known_in_spite_of_unknown_parts_can_be_tried() {
    assert_eq!(value("try(true ? 1 : unknown, 2)"), Value::from("1"));
    assert_eq!(value("can(true ? 1 : unknown)"), Value::from(true));
    assert_eq!(value("try([unknown].x, 2)"), Value::from(2));
    assert_eq!(value("can([unknown].x)"), Value::from(false));
    assert!(!value("try([unknown], 2)").is_known());
    assert!(!value("can([unknown])").is_known());
}

/// As Terraform 1.11.4 has it.
#[test]
fn what_is_not_chosen_counts_for_type_and_secrecy() {
    assert!(value("true ? 0 : sensitive(0)").is_sensitive());
    assert!(value("false ? sensitive([1]) : [2]").is_sensitive());
    assert!(!value("true ? [0] : [sensitive(0)]").is_sensitive());
    // The form of what has an error says what it would be.
    let chosen = value("false ? { x = 0, b = parseint(\"z\", 10) } : { a = \"\", b = 0 }");
    assert_eq!(chosen.ty(), Type::map(Type::String));
    let chosen = value("false ? [parseint(\"z\", 10), 1] : [\"a\", 0]");
    assert_eq!(chosen.ty(), Type::tuple(vec![Type::String, Type::Number]));
}

/// As Terraform 1.11.4 has it.
#[test]
fn what_is_wrong_with_a_condition_is_wrong_without_elements_too() {
    for wrong in ["alltrue([\"\"])", "1", "v + []", "null", "unknowns"] {
        let text = format!("[for v in [] : v if {wrong}]");
        assert!(
            evaluate(&compiled(&text.replace("[]", "unknowns")), &mut World::default()).is_err()
        );
        assert!(evaluate(&compiled(&text), &mut World::default()).is_err(), "{text}");
    }
    for fine in ["v.x", "v", "unknown", "true"] {
        assert_eq!(value(&format!("[for v in [] : v if {fine}]")), Value::tuple(vec![]), "{fine}");
    }
}

/// As Terraform 1.11.4 has it.
#[test]
fn values_of_different_types_are_not_equal_even_if_both_are_empty() {
    assert_eq!(value("null == tostring(null)"), Value::from(true));
    for different in [
        "[null] == [tostring(null)]",
        "{ a = null } == { a = tonumber(null) }",
        "tolist([]) == compact([\"\"])",
        "[] == tolist([])",
        "tolist([]) == unknowns",
    ] {
        assert_eq!(value(different), Value::from(false), "{different}");
    }
    assert!(!value("tonumber(null) == unknown").is_known());
    assert!(!value("[unknown] == [\"a\"]").is_known());
}

#[test]
fn nulls_among_objects_take_their_type_in_maps() {
    let both = value("tomap({ a = { x = 1 }, b = null })");
    let object = Type::object([(Str::from("x"), Type::Number)]);
    assert_eq!(both.ty(), Type::map(object));
    assert!(evaluate(&compiled("tolist([{ x = 1 }, null])"), &mut World::default()).is_err());
}
