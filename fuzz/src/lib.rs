//! What targets share.

use std::io;
use std::path::Path;

use zw_config::{LocalSources, Snapshot, load};
use zw_lang::parse::{LocalNames, Resolver, Text};
use zw_lang::{
    Diagnostic, EvalResult, Host, Locals, Number, ResolvedStep, Scope, SourceMap, Span, Str, SymbolId,
    Type, Value, evaluate_with,
};

/// Loads a module of one file, beside one that it may call.
pub fn module(name: &str, data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let other = "variable \"a\" {}\nvariable \"b\" {\n  default = [1]\n}\noutput \"c\" {\n  value = var.a\n}\n";
    let files: Snapshot = [(name, text), ("m/main.tf", other)].into_iter().collect();
    let (_, found) = load(Path::new("."), &files, &mut LocalSources);
    // Whatever is said of it can be said.
    drop(found.to_string());
}

/// The value of an expression, if it has one.
pub fn evaluated(text: &str) -> Option<Value> {
    let mut sources = SourceMap::default();
    let id = sources.add("expression", text);
    let values = values();
    let names = LocalNames(values.iter().map(|(name, _)| Str::from(*name)).collect());
    let expr = zw_lang::parse::expression(Text::of_file(id, text), &names, &mut NoNames).ok()?;
    let mut locals = Locals::default();
    for (slot, (_, value)) in (0_u16..).zip(values) {
        locals.set(slot, value);
    }
    evaluate_with(&expr, &mut Nothing, &mut locals).ok()
}

fn values() -> Vec<(&'static str, Value)> {
    let words = || ["a", "b", "ä"].map(Value::from).to_vec();
    vec![
        ("s", Value::from("text")),
        ("n", Value::from(Number::from(12_usize))),
        ("t", Value::from(true)),
        ("l", Value::list(Type::String, words())),
        ("u", Value::set(Type::String, words())),
        ("m", Value::map(Type::String, [("k", Value::from("v")), ("l", Value::from("w"))])),
        ("o", Value::object([("a", Value::from("x")), ("b", Value::list(Type::Number, Vec::new()))])),
        ("e", Value::tuple(Vec::new())),
        ("z", Value::null(Type::Dynamic)),
        ("x", Value::unknown(Type::String)),
        ("y", Value::unknown(Type::Dynamic)),
        ("p", Value::from("secret").sensitive()),
    ]
}

struct NoNames;

impl Resolver for NoNames {
    fn resolve(&mut self, _: &str, _: &[(Str, Span)], span: Span) -> Result<(SymbolId, usize), Diagnostic> {
        Err(Diagnostic::error("No names", "There are none.").at(span))
    }
}

/// A world in which there is nothing.
struct Nothing;

impl Scope for Nothing {
    fn lookup(&mut self, _: SymbolId, _: &[ResolvedStep], span: Span) -> EvalResult<(Value, usize)> {
        Err(Diagnostic::error("No names", "There are none.").at(span).into())
    }

    fn host(&self) -> &dyn Host {
        self
    }
}

impl Host for Nothing {
    fn read_file(&self, _: &str) -> io::Result<Vec<u8>> {
        Ok(b"${s} %{ for x in l }${x}%{ endfor }".to_vec())
    }

    fn file_exists(&self, _: &str) -> io::Result<bool> {
        Ok(true)
    }

    fn fileset(&self, _: &str, _: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn home_dir(&self) -> Option<String> {
        Some("/home/me".to_owned())
    }

    fn current_dir(&self) -> io::Result<String> {
        Ok("/work".to_owned())
    }

    fn now(&self) -> Option<(i64, u32)> {
        Some((1_700_000_000, 0))
    }

    fn plan_time(&self) -> (i64, u32) {
        (1_700_000_000, 0)
    }

    fn random(&self, _: &mut [u8]) -> bool {
        // As while planning. With chance `bcrypt` works, and takes as long as its cost asks for: that is what it is for.
        false
    }
}
