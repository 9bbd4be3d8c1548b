//! What the tests of expressions share.
#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::HashMap;
use std::path::PathBuf;

use zw_lang::parse::Resolver;
use zw_lang::{
    Diagnostic, EvalResult, Host, ResolvedStep, Scope, Span, Str, SymbolId, Value, suggest,
};

/// Where the conformance cases are, if they are on this machine.
pub(crate) fn conformance_dir() -> Option<PathBuf> {
    let dir = std::env::var_os("ZW_CONFORMANCE_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"),
        PathBuf::from,
    );
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("SKIPPED: there are no conformance cases in {}", dir.display());
    None
}

/// Variables by name, and a world without files.
#[derive(Default)]
pub(crate) struct TestScope {
    pub(crate) variables: HashMap<String, Value>,
    symbols: Vec<String>,
}

impl Resolver for TestScope {
    /// Any name will do: in HCL, whether there is a variable shows when it is looked up.
    fn resolve(
        &mut self,
        root: &str,
        _: &[(Str, Span)],
        _: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        let at = self.symbols.iter().position(|known| known == root).unwrap_or_else(|| {
            self.symbols.push(root.to_owned());
            self.symbols.len() - 1
        });
        Ok((SymbolId(u32::try_from(at).unwrap_or(u32::MAX)), 0))
    }
}

impl Scope for TestScope {
    fn lookup(
        &mut self,
        symbol: SymbolId,
        _: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let name = &self.symbols[symbol.0 as usize];
        let found = self.variables.get(name).cloned().ok_or_else(|| {
            let hint = suggest(name, self.variables.keys().map(String::as_str));
            let detail = format!("There is no variable named {name:?}.{hint}");
            Diagnostic::error("Unknown variable", detail).at(span)
        })?;
        Ok((found, 0))
    }

    fn host(&self) -> &dyn Host {
        &TestHost
    }
}

/// A world with nothing in it.
pub(crate) struct TestHost;

impl Host for TestHost {
    fn read_file(&self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn file_exists(&self, path: &str) -> std::io::Result<bool> {
        Ok(std::path::Path::new(path).is_file())
    }

    fn fileset(&self, _: &str, _: &str) -> std::io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn home_dir(&self) -> Option<String> {
        None
    }

    fn current_dir(&self) -> std::io::Result<String> {
        Ok("/".into())
    }

    fn now(&self) -> Option<(i64, u32)> {
        Some((0, 0))
    }

    fn plan_time(&self) -> (i64, u32) {
        (0, 0)
    }

    fn random(&self, buffer: &mut [u8]) -> bool {
        buffer.fill(0);
        true
    }
}
