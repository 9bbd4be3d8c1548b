//! Function calls and conversions with the answers that Terraform itself gave.
//!
//! The cases lie outside of the repository: in `conformance/` of the folder `shared` beside it, or
//! where `ZW_CONFORMANCE_DIR` says. Without them there is nothing to test, and the test says so.
//! Cases that are answered otherwise are in `conformance_functions.known.json`, with reasons.
#![expect(clippy::print_stderr, clippy::expect_used, reason = "it is a test")]

mod support;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use support::conformance_dir;
use zw_lang::functions::{FileKind, FileTree, find_files};
use zw_lang::parse::{LocalNames, Resolver, Text};
use zw_lang::{
    Diagnostic, EvalError, EvalResult, Host, ObjectAttr, ResolvedStep, Scope, SourceId, Span, Str,
    SymbolId, Type, Value, apply_defaults, convert, evaluate, json_to_value, to_go_json,
};

/// The time at which plans begin in the cases: 2004-04-25T15:00:00Z.
const PLAN_TIME_SECONDS: i64 = 1_082_905_200;

#[test]
fn functions_answer_as_terraform_does() {
    let Some(dir) = conformance_dir() else { return };
    let cases = read_cases(&dir.join("functions.json"));
    let known = known_differences();
    let mut score = Score::default();
    for case in &cases {
        if case["status"] == "docs_needs_context" {
            continue;
        }
        let expr = case["expr"].as_str().expect("an expression");
        let is_function_test =
            case["source"]["test"].as_str().is_some_and(|test| test.starts_with("TestFunctions/"));
        let fixtures = if is_function_test { "functions-test" } else { "funcs" };
        let mut scope = FixtureScope::new(&dir.join("fixtures"), fixtures);
        score.count(expr, check_call(case, expr, &mut scope), &known);
    }
    score.finish("functions");
}

#[test]
fn values_convert_as_terraform_has_it() {
    let Some(dir) = conformance_dir() else { return };
    let cases = read_cases(&dir.join("conversions.json"));
    let known = known_differences();
    let mut score = Score::default();
    for case in &cases {
        let expr = case["value_expr"].as_str().expect("an expression");
        let ty = case["type"].as_str().expect("a type");
        let mut scope = FixtureScope::new(&dir.join("fixtures"), "funcs");
        score.count(
            &format!("{expr} -> {ty}"),
            check_conversion(case, expr, ty, &mut scope),
            &known,
        );
    }
    score.finish("conversions");
}

fn read_cases(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).expect("the cases");
    let mut file: Json = serde_json::from_str(&text).expect("JSON");
    match file["cases"].take() {
        Json::Array(cases) => cases,
        _ => panic!("{} has a list of cases", path.display()),
    }
}

/// Reasons by case.
fn known_differences() -> HashMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance_functions.known.json");
    let text = std::fs::read_to_string(path).expect("the known differences");
    serde_json::from_str(&text).expect("an object of strings")
}

#[derive(Default)]
struct Score {
    held: usize,
    differ: usize,
    failures: Vec<String>,
    /// Known differences that are none any more.
    stale: Vec<String>,
}

impl Score {
    fn count(&mut self, case: &str, result: Result<(), String>, known: &HashMap<String, String>) {
        match (result, known.contains_key(case)) {
            (Ok(()), false) => self.held += 1,
            (Ok(()), true) => self.stale.push(case.to_owned()),
            (Err(_), true) => self.differ += 1,
            (Err(reason), false) => self.failures.push(format!("{case}\n    {reason}")),
        }
    }

    fn finish(self, what: &str) {
        let total = self.held + self.differ + self.stale.len() + self.failures.len();
        let (held, differ) = (self.held + self.stale.len(), self.differ);
        eprintln!("{what}: {held} of {total} hold, {differ} known differences");
        let (failures, stale) = (&self.failures, &self.stale);
        assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
        assert!(stale.is_empty(), "known differences that are none:\n{}", stale.join("\n"));
    }
}

fn run(expr: &str, scope: &mut FixtureScope) -> Result<Value, String> {
    let text = Text::of_file(SourceId(0), expr);
    let compiled = zw_lang::parse::expression(text, &LocalNames::default(), scope)
        .map_err(|diagnostics| diagnostics.to_string())?;
    evaluate(&compiled, scope).map_err(|error| match error {
        EvalError::Diagnostics(diagnostics) => diagnostics.to_string(),
        EvalError::Blocked => "blocked".into(),
    })
}

fn check_call(case: &Json, expr: &str, scope: &mut FixtureScope) -> Result<(), String> {
    let result = run(expr, scope);
    if case["status"] == "opentofu_only" {
        return check_upstream(&case["upstream"], result);
    }
    let wanted = &case["terraform"];
    let value = match (result, wanted["ok"] == true) {
        (Ok(value), true) => value,
        (Err(_), false) => return Ok(()),
        (Ok(value), false) => {
            let detail = &wanted["error_detail"];
            return Err(format!("there should be an error, but it is {value:?}: {detail}"));
        }
        (Err(error), true) => return Err(error),
    };
    let is_sensitive = wanted["issensitive"] == "true";
    if value.is_sensitive() != is_sensitive {
        return Err(format!("sensitive: {}", value.is_sensitive()));
    }
    let value = value.unmark_all().0;
    if let Some(ty) = wanted["type"].as_str()
        && squeezed(ty) != squeezed(&console_type(&value.ty()))
    {
        return Err(format!("the type should be {ty}, but is {}", value.ty()));
    }
    if case["environment_dependent"] == true {
        return Ok(());
    }
    if wanted["unknown"] == true {
        let wholly = wanted["raw"] == "(known after apply)";
        let fits = if wholly { !value.is_known() } else { !value.is_wholly_known() };
        return if fits { Ok(()) } else { Err(format!("it should be unknown, but is {value:?}")) };
    }
    if let Some(text) = wanted["json_text"].as_str() {
        let ours = to_go_json(&value).map_err(|error| error.to_string())?;
        return if ours == text { Ok(()) } else { Err(format!("{ours}\n    {text}")) };
    }
    let (raw, ours) = (wanted["raw"].as_str().unwrap_or_default(), format!("{value:?}"));
    if raw == ours { Ok(()) } else { Err(format!("it should be {raw}, but is {ours}")) }
}

/// Checks against the answer of the test that the case is from.
fn check_upstream(wanted: &Json, result: Result<Value, String>) -> Result<(), String> {
    if wanted["missing"] == true && wanted.get("doc_output").is_none() {
        // There is no answer; the function has to be there.
        return match result {
            Err(error) if error.contains("no function named") => Err(error),
            _ => Ok(()),
        };
    }
    let value = match (result, wanted.get("error").is_some()) {
        (Ok(value), false) => value,
        (Err(_), true) => return Ok(()),
        (Ok(value), true) => return Err(format!("there should be an error, but it is {value:?}")),
        (Err(error), false) => return Err(error),
    };
    let is_sensitive = wanted["sensitive"] == true;
    if value.is_sensitive() != is_sensitive {
        return Err(format!("sensitive: {}", value.is_sensitive()));
    }
    let value = value.unmark_all().0;
    if let Some(shown) = wanted["doc_output"].as_str() {
        let ours = value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned);
        return if ours == shown { Ok(()) } else { Err(format!("{shown} is {ours}")) };
    }
    let ty = type_of(wanted["type"].as_str().unwrap_or("any"));
    if value.ty() != ty {
        return Err(format!("the type should be {ty}, but is {}", value.ty()));
    }
    let json = without_notation(&wanted["value"]);
    let expected = json_to_value(&json, &ty).map_err(|error| error.to_string())?;
    if value == expected { Ok(()) } else { Err(format!("{expected:?} is {value:?}")) }
}

/// The cases' notation for sets and exact numbers as plain JSON.
fn without_notation(json: &Json) -> Json {
    match json {
        Json::Object(fields) => match fields.iter().next() {
            Some((key, inner)) if key == "$set" || key == "$num" => without_notation(inner),
            _ => {
                let field =
                    |(name, field): (&String, &Json)| (name.clone(), without_notation(field));
                Json::Object(fields.iter().map(field).collect())
            }
        },
        Json::Array(items) => Json::Array(items.iter().map(without_notation).collect()),
        other => other.clone(),
    }
}

fn check_conversion(
    case: &Json,
    expr: &str,
    ty: &str,
    scope: &mut FixtureScope,
) -> Result<(), String> {
    let tree: hcl_edit::expr::Expression = ty.parse().expect("a type");
    let constraint = zw_lang::parse::type_constraint(&tree, Text::of_file(SourceId(0), ty));
    let (ty, defaults) = constraint.map_err(|diagnostics| diagnostics.to_string())?;
    let value = run(expr, scope)?;
    let value = defaults.map_or(value.clone(), |defaults| apply_defaults(&value, &defaults));
    let result = convert(&value, &ty);
    let wanted = &case["terraform"];
    match (result, wanted["ok"] == true) {
        (Ok(value), true) => {
            let shown = wanted["type"].as_str().unwrap_or_default();
            if squeezed(&console_type(&value.ty())) != squeezed(shown) {
                return Err(format!("the type should be {shown}, but is {}", value.ty()));
            }
            let ours = to_go_json(&value).map_err(|error| error.to_string())?;
            let theirs = wanted["json"].to_string();
            let ours_json: Json = serde_json::from_str(&ours).expect("it is JSON");
            if ours_json == wanted["json"] { Ok(()) } else { Err(format!("{theirs} is {ours}")) }
        }
        (Err(error), false) => {
            let detail = wanted["error_detail"].as_str().unwrap_or_default();
            let message = error.to_string();
            // Long details are cut off.
            let is_cut = (0..message.len()).any(|len| {
                len > 10 && message.is_char_boundary(len) && detail.ends_with(&message[..len])
            });
            if is_cut || detail.contains(&message) {
                Ok(())
            } else {
                Err(format!("{message}\n    {detail}"))
            }
        }
        (Ok(value), false) => Err(format!("there should be an error, but it is {value:?}")),
        (Err(error), true) => Err(error.to_string()),
    }
}

fn type_of(text: &str) -> Type {
    let tree: hcl_edit::expr::Expression = text.parse().expect("a type");
    let parsed = zw_lang::parse::type_constraint(&tree, Text::of_file(SourceId(0), text));
    parsed.expect("a type").0
}

/// A type as the console of Terraform shows it, without regard to spaces.
fn console_type(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::Bool | Type::Number | Type::String => ty.to_string(),
        Type::List(element) => format!("list({})", console_part(element)),
        Type::Set(element) => format!("set({})", console_part(element)),
        Type::Map(element) => format!("map({})", console_part(element)),
        Type::Tuple(types) => {
            let parts = types.iter().map(|ty| console_type(ty) + ",").collect::<String>();
            format!("tuple([{parts}])")
        }
        Type::Object(object) => {
            let part =
                |attr: &ObjectAttr| attr.name.to_string() + ":" + &console_type(&attr.ty) + ",";
            format!("object({{{}}})", object.attrs().iter().map(part).collect::<String>())
        }
    }
}

/// An element type; the console puts a comma behind structures, which it spreads over lines.
fn console_part(ty: &Type) -> String {
    let comma = if matches!(ty, Type::Tuple(_) | Type::Object(_)) { "," } else { "" };
    format!("{}{comma}", console_type(ty))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '"').collect()
}

/// The unknown values and the files of the cases.
struct FixtureScope {
    roots: [(&'static str, Value); 3],
    files: Files,
}

impl FixtureScope {
    fn new(fixtures: &Path, files: &str) -> Self {
        let locals = Value::object([
            ("unk_any", Value::unknown(Type::Dynamic)),
            ("unk_bool", Value::unknown(Type::Bool)),
            ("unk_number", Value::unknown(Type::Number)),
            ("unk_string", Value::unknown(Type::String)),
        ]);
        let module = std::fs::read_to_string(fixtures.join("unknown/unk/main.tf"));
        let module = module.expect("the module with unknown values");
        let outputs = module.split("variable ").filter_map(|block| {
            let (name, rest) = block.split_once('{')?;
            let (_, ty) = rest.split_once("type = ")?;
            let ty = ty.split_once("\n}").map_or(ty, |(ty, _)| ty);
            Some((name.trim().trim_matches('"').to_owned(), Value::unknown(type_of(ty.trim()))))
        });
        let unk = Value::object(outputs);
        Self {
            roots: [
                ("local", locals),
                ("module", Value::object([("unk", unk)])),
                ("path", Value::object([("module", Value::from("."))])),
            ],
            files: Files { root: fixtures.join(files) },
        }
    }
}

impl Resolver for FixtureScope {
    fn resolve(
        &mut self,
        root: &str,
        path: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        let found = (0u32..).zip(&self.roots).find(|(_, (name, value))| {
            // As in a module, what is not declared is an error whatever becomes of the value.
            *name == root && path.first().is_some_and(|(name, _)| value.get(name).is_some())
        });
        found.map(|(at, _)| (SymbolId(at), 0)).ok_or_else(|| {
            Diagnostic::error("Unknown variable", format!("There is no {root:?}.")).at(span)
        })
    }
}

impl Scope for FixtureScope {
    fn lookup(
        &mut self,
        symbol: SymbolId,
        _: &[ResolvedStep],
        _: Span,
    ) -> EvalResult<(Value, usize)> {
        Ok((self.roots[symbol.0 as usize].1.clone(), 0))
    }

    fn host(&self) -> &dyn Host {
        &self.files
    }
}

struct Files {
    root: PathBuf,
}

impl FileTree for Files {
    fn names(&self, dir: &str) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(self.root.join(dir))?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        let found = std::fs::metadata(self.root.join(path))?;
        Ok(if found.is_dir() {
            FileKind::Directory
        } else if found.is_file() {
            FileKind::File
        } else {
            FileKind::Other
        })
    }
}

impl Host for Files {
    fn read_file(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.root.join(path))
    }

    fn file_exists(&self, path: &str) -> io::Result<bool> {
        match self.kind(path) {
            Ok(FileKind::File) => Ok(true),
            Ok(_) => Err(io::Error::other("it is something else")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn fileset(&self, dir: &str, pattern: &str) -> io::Result<Vec<String>> {
        find_files(self, dir, pattern)
    }

    fn home_dir(&self) -> Option<String> {
        Some("/root".into())
    }

    fn current_dir(&self) -> io::Result<String> {
        Ok(self.root.to_string_lossy().into_owned())
    }

    fn now(&self) -> Option<(i64, u32)> {
        Some((PLAN_TIME_SECONDS, 0))
    }

    fn plan_time(&self) -> (i64, u32) {
        (PLAN_TIME_SECONDS, 0)
    }

    fn random(&self, buffer: &mut [u8]) -> bool {
        buffer.fill(7);
        true
    }
}
