//! Arguments of backends: from a block, from files and from the command line.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use zw_config::{BackendBlock, Disk, load_variables_file, parse_value};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Type, Value, convert, value_to_json};
use zw_provider::schema::{Attribute, Presence};

use super::Kind;

/// Arguments that have a value. There is no `Debug` form: secrets are among them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Settings(BTreeMap<String, Json>);

impl Settings {
    /// A text that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A text of the block, or else of the first of these variables of the environment that is set.
    #[allow(dead_code, reason = "backends that are shared use it")]
    pub(crate) fn text_or_env(&self, name: &str, variables: &[&str]) -> Option<String> {
        let of_env = |variable: &&str| std::env::var(variable).ok().filter(|text| !text.is_empty());
        self.text(name).map(str::to_owned).or_else(|| variables.iter().find_map(of_env))
    }

    /// A truth, false where nothing is said.
    #[allow(dead_code, reason = "backends that are shared use it")]
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Json::as_bool).unwrap_or_default()
    }

    /// A number in the limits of its type.
    #[allow(dead_code, reason = "backends that are shared use it")]
    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let number = value.to_string().parse();
        number.map(Some).map_err(|_| format!("{name} cannot be {value}."))
    }

    /// The same, of the block or else of a variable of the environment.
    #[allow(dead_code, reason = "backends that are shared use it")]
    pub(crate) fn flag_or_env(&self, name: &str, variable: &str) -> bool {
        let of_env = || std::env::var(variable).is_ok_and(|text| text == "true" || text == "1");
        if self.0.contains_key(name) { self.flag(name) } else { of_env() }
    }

    /// Any value.
    #[allow(dead_code, reason = "backends that are shared use it")]
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These, with others that count more.
    pub(crate) fn with(&self, more: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(more.0.clone());
        Self(all)
    }

    fn set(&mut self, name: &str, value: &Value) {
        if !value.is_null() {
            self.0.insert(name.to_owned(), value_to_json(value));
        }
    }

    /// What is missing.
    pub(crate) fn missing(&self, kind: &Kind) -> Vec<&'static str> {
        let arguments = (kind.arguments)().into_iter();
        let missing = arguments.filter(|argument| {
            argument.presence == Presence::Required && !self.0.contains_key(argument.name)
        });
        missing.map(|argument| argument.name).collect()
    }
}

/// The arguments of a block.
pub(crate) fn evaluated(kind: &Kind, block: &BackendBlock) -> Result<Settings, Diagnostics> {
    let mut settings = Settings::default();
    let mut problems = Diagnostics::new();
    for (name, (value, span)) in &block.arguments {
        match converted(kind, name, value, *span) {
            Ok((argument, value)) => settings.set(argument.name, &value),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(settings)
}

/// What `-backend-config` gives: files, and `KEY=VALUE`. Later ones count more.
pub(crate) fn given(
    kind: &Kind,
    options: &[String],
    sources: &mut SourceMap,
) -> Result<Settings, Diagnostics> {
    let mut settings = Settings::default();
    let mut problems = Diagnostics::new();
    let mut take = |name: &str, value: &Value, span: Span| match converted(kind, name, value, span)
    {
        Ok((argument, value)) => settings.set(argument.name, &value),
        Err(problem) => problems.push(problem),
    };
    for option in options {
        let Some((name, text)) = option.split_once('=') else {
            for (name, (value, span)) in load_variables_file(Path::new(option), &Disk, sources)? {
                take(&name, &value, span);
            }
            continue;
        };
        let arguments = (kind.arguments)();
        let ty = arguments.iter().find(|known| known.name == name).map(|known| &known.ty);
        let is_literal = ty.is_none_or(|ty| matches!(ty, Type::String | Type::Bool | Type::Number));
        // The text may be a secret: it is not quoted in messages.
        let mut unshown = SourceMap::default();
        let origin = format!("<value of -backend-config for {name}>");
        let (value, _) = parse_value(is_literal, text, &origin, &mut unshown).map_err(|found| {
            let without_place = |one| Diagnostic { span: None, labels: Vec::new(), ..one };
            Diagnostics(found.into_iter().map(without_place).collect())
        })?;
        let span = Span::new(sources.add(origin, ""), 0..0);
        take(name, &value, span);
    }
    problems.into_result(settings)
}

/// A value in the type of its argument.
fn converted(
    kind: &Kind,
    name: &str,
    value: &Value,
    span: Span,
) -> Result<(Attribute, Value), Diagnostic> {
    let mut arguments = (kind.arguments)();
    let Some(at) = arguments.iter().position(|known| known.name == name) else {
        let hint = zw_lang::suggest(name, arguments.iter().map(|known| known.name));
        let detail = format!("The backend {:?} has no argument named {name:?}.{hint}", kind.name);
        return Err(Diagnostic::error("Unsupported argument", detail).at(span));
    };
    let argument = arguments.swap_remove(at);
    let plain = value.clone().unmark_all().0;
    match convert(&plain, &argument.ty) {
        Ok(value) => Ok((argument, value)),
        Err(error) => {
            let detail = format!("Inappropriate value for {name:?}: {error}.");
            Err(Diagnostic::error("Incorrect attribute value type", detail).at(span))
        }
    }
}
