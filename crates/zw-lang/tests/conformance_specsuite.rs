//! HCL's own specification tests: files with the value that they decode to, or the places of their
//! errors. As in [`conformance_hcl`](../conformance_hcl), the cases lie outside of the repository.
//!
//! A file is decoded by a specification in HCL, of which the few forms are here that the tests use.
#![expect(clippy::print_stderr, clippy::expect_used, reason = "it is a test")]

mod support;

use std::path::{Path, PathBuf};

use hcl_edit::structure::{Block, Body, Structure};
use support::{TestScope, conformance_dir};
use zw_lang::parse::{LocalNames, Text, constant, lower_expression, structures, type_constraint};
use zw_lang::{Diagnostic, Diagnostics, Source, SourceId, Type, Value, convert, evaluate};

/// Tests in which something else is found, and why.
const KNOWN_DIFFERENCES: &[(&str, &str)] = &[];

#[test]
fn the_specification_tests_of_hcl_hold() {
    let Some(dir) = conformance_dir() else { return };
    let mut tests = Vec::new();
    collect(&dir.join("hcl-specsuite/specsuite/tests"), &mut tests);
    tests.sort();
    assert!(!tests.is_empty(), "there should be tests");
    let mut failures = Vec::new();
    for test in &tests {
        let name = test.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if let Err(reason) = check(test)
            && !KNOWN_DIFFERENCES.iter().any(|(known, _)| *known == name)
        {
            failures.push(format!("{}: {reason}", test.display()));
        }
    }
    eprintln!("{} of {} specification tests hold", tests.len() - failures.len(), tests.len());
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

fn collect(dir: &Path, tests: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "t") {
            tests.push(path);
        }
    }
}

fn check(test: &Path) -> Result<(), String> {
    let read = |extension: &str| {
        std::fs::read_to_string(test.with_extension(extension)).expect("a file beside the test")
    };
    let (input, specification, wanted) = (read("hcl"), read("hcldec"), read("t"));
    let specification = Specification {
        tree: specification.parse().expect("a specification"),
        text: Text::of_file(SourceId(1), &specification),
    };
    let wanted_tree: Body = wanted.parse().expect("a test");
    let found = decoded(&input, &specification);

    let places = error_places(&wanted_tree);
    if !places.is_empty() {
        let Err(diagnostics) = found else { return Err("it should be wrong".into()) };
        let source = Source { path: test.into(), text: input.as_str().into() };
        let found: Vec<(usize, usize)> = diagnostics
            .iter()
            .filter_map(|one| Some(source.line_column(one.span?.start)))
            .collect();
        // Where exactly on a line an error is may be said differently.
        let line = |places: &[(usize, usize)]| -> Vec<usize> {
            places.iter().map(|(line, _)| *line).collect()
        };
        if line(&found) != line(&places) {
            return Err(format!("errors should be at {places:?}, but are at {found:?}"));
        }
        return Ok(());
    }
    let value = found.map_err(|diagnostics| diagnostics.to_string())?;
    let text = Text::of_file(SourceId(0), &wanted);
    if let Some(result) = wanted_tree.get_attribute("result") {
        let result = constant(&result.value, text).map_err(|error| error.to_string())?;
        let result = convert(&result, &value.ty()).map_err(|error| error.to_string())?;
        if value != result {
            return Err(format!("it should be {result:?}, but is {value:?}"));
        }
    }
    if let Some(ty) = wanted_tree.get_attribute("result_type") {
        let (ty, _) = type_constraint(&ty.value, text).map_err(|error| error.to_string())?;
        if !ty.has_dynamic() && value.ty() != ty {
            return Err(format!("the type should be {ty}, but is {}", value.ty()));
        }
    }
    Ok(())
}

/// Lines and columns of the errors that a test expects.
fn error_places(test: &Body) -> Vec<(usize, usize)> {
    let Some(diagnostics) = test.get_blocks("diagnostics").next() else { return Vec::new() };
    let places = diagnostics.body.get_blocks("error").map(|error| {
        let from = error.body.get_blocks("from").next().expect("a beginning");
        let number = |name: &str| {
            let attribute = from.body.get_attribute(name).expect("a number");
            let number = attribute.value.as_number().and_then(hcl_edit::Number::as_u64);
            usize::try_from(number.expect("a number")).unwrap_or(usize::MAX)
        };
        (number("line"), number("column"))
    });
    places.collect()
}

/// What a file should contain, and the text that says so.
struct Specification<'t> {
    tree: Body,
    text: Text<'t>,
}

fn decoded(input: &str, specification: &Specification<'_>) -> Result<Value, Diagnostics> {
    let mut scope = TestScope::default();
    let mut diagnostics = Diagnostics::new();
    let mut body = Body::new();
    let text = Text::of_file(SourceId(0), input);
    let mut pieces: Vec<Structure> = Vec::new();
    // The decoder wants all of a file at once, so pieces are parsed again from the whole.
    diagnostics.extend(structures(text, &mut |_, structure| pieces.push(structure.clone())));
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    if let Ok(whole) = hcl_edit::parser::parse_body(input) {
        body = whole;
    }
    let Specification { tree, text: specification_text } = specification;
    if let Some(variables) = tree.get_blocks("variables").next() {
        for attribute in variables.body.attributes() {
            let value = constant(&attribute.value, *specification_text)?;
            scope.variables.insert(attribute.key.as_str().to_owned(), value);
        }
    }
    let root =
        tree.blocks().find(|block| block.ident.as_str() != "variables").expect("a specification");
    if root.ident.as_str() == "literal" {
        let value = root.body.get_attribute("value").expect("a value");
        return constant(&value.value, *specification_text);
    }
    let value = decode(root, &body, text, &mut scope, &mut diagnostics);
    diagnostics.into_result(value)
}

fn decode(
    specification: &Block,
    body: &Body,
    text: Text<'_>,
    scope: &mut TestScope,
    diagnostics: &mut Diagnostics,
) -> Value {
    let inner = |specification: &Block| specification.body.blocks().next().cloned();
    let blocks_named = |specification: &Block, body: &Body| -> Vec<Block> {
        let name = label(specification).or_else(|| {
            Some(specification.body.get_attribute("block_type")?.value.as_str()?.into())
        });
        body.get_blocks(&name.unwrap_or_default()).cloned().collect()
    };
    match specification.ident.as_str() {
        "object" => {
            for attribute in body.attributes() {
                let is_known = specification.body.blocks().any(|known| {
                    known.labels.iter().any(|label| label.as_str() == attribute.key.as_str())
                });
                if !is_known {
                    let span = text.span_of(&attribute.key);
                    diagnostics.push(Diagnostic::error("Unsupported argument", "").at(span));
                }
            }
            let parts: Vec<(String, Value)> = specification
                .body
                .blocks()
                .map(|part| {
                    let name = label(part).unwrap_or_default();
                    (name, decode(part, body, text, scope, diagnostics))
                })
                .collect();
            Value::object(parts)
        }
        "attr" => attribute(specification, body, text, scope, diagnostics),
        "block" => match (blocks_named(specification, body).first(), inner(specification)) {
            (Some(block), Some(part)) => decode(&part, &block.body, text, scope, diagnostics),
            _ => Value::null(Type::Dynamic),
        },
        "block_list" => Value::null(Type::Dynamic),
        "block_map" => {
            let Some(part) = inner(specification) else { return Value::null(Type::Dynamic) };
            let parts: Vec<(String, Value)> = blocks_named(specification, body)
                .iter()
                .map(|block| {
                    let name = label(block).unwrap_or_default();
                    (name, decode(&part, &block.body, text, scope, diagnostics))
                })
                .collect();
            Value::map(parts.first().map_or(Type::Dynamic, |(_, first)| first.ty()), parts)
        }
        other => panic!("the specification {other} is not known"),
    }
}

fn label(block: &Block) -> Option<String> {
    Some(block.labels.first()?.as_str().to_owned())
}

fn attribute(
    specification: &Block,
    body: &Body,
    text: Text<'_>,
    scope: &mut TestScope,
    diagnostics: &mut Diagnostics,
) -> Value {
    let name = label(specification).unwrap_or_default();
    let ty = specification.body.get_attribute("type").map_or(Type::Dynamic, |ty| {
        let text = Text::of_file(SourceId(0), "");
        type_constraint(&ty.value, text).expect("a type").0
    });
    let Some(attribute) = body.get_attribute(&name) else { return Value::null(ty) };
    let compiled = lower_expression(&attribute.value, text, &LocalNames::default(), scope);
    let value = compiled.and_then(|expr| {
        evaluate(&expr, scope).map_err(|error| match error {
            zw_lang::EvalError::Diagnostics(found) => found,
            zw_lang::EvalError::Blocked => Diagnostics::new(),
        })
    });
    let value = value.and_then(|value| {
        convert(&value, &ty).map_err(|error| {
            let span = text.span_of(&attribute.value);
            Diagnostic::error("Incorrect attribute value type", error.to_string()).at(span).into()
        })
    });
    value.unwrap_or_else(|found| {
        diagnostics.extend(found);
        Value::null(ty)
    })
}
