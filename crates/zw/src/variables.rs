//! Where values of variables come from.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use indexmap::IndexMap;
use zw_config::model::Variable;
use zw_config::{
    Disk, environment_values, load_variables_file, parse_variable_value, variables_file_names,
};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Str, Value};

use crate::app::VariableArgs;

/// Values by the name of the variable, with where they are written.
pub(crate) type Values = IndexMap<Str, (Value, Option<Span>)>;

/// Collects values in Terraform's order of precedence: later ones win.
pub(crate) fn collect(
    variables: &[Variable],
    root: &Path,
    args: &VariableArgs,
    sources: &mut SourceMap,
) -> Result<Values, Diagnostics> {
    let mut values = Values::new();
    let mut problems = Diagnostics::new();
    let mut take = |found: IndexMap<Str, (Value, Span)>| {
        values.extend(found.into_iter().map(|(name, (value, span))| (name, (value, Some(span)))));
    };
    for (name, text) in environment_values(std::env::vars_os().filter_map(as_text)) {
        // The environment may hold variables of other projects.
        let Some(variable) = declared(variables, &name) else { continue };
        let origin = format!("<environment variable for var.{name}>");
        match parse_variable_value(variable, &text, &origin, sources) {
            Ok((value, span)) => take(IndexMap::from([(name, (value, span))])),
            Err(found) => problems.extend(found),
        }
    }
    let files = variables_file_names(root, &Disk).map_err(|error| {
        Diagnostic::error("Cannot list files with variables", format!("{error}."))
    })?;
    for file in files.iter().chain(&args.var_file) {
        match load_variables_file(file, &Disk, sources) {
            Ok(found) => take(found),
            Err(found) => problems.extend(found),
        }
    }
    for given in &args.var {
        let Some((name, text)) = given.split_once('=') else {
            problems.push(Diagnostic::error(
                "Invalid -var option",
                format!("The given -var option {given:?} is not correctly specified: it must be NAME=VALUE."),
            ));
            continue;
        };
        let Some(variable) = declared(variables, name) else {
            let known = variables.iter().map(|known| known.name.as_str());
            let hint = zw_lang::suggest(name, known);
            problems.push(Diagnostic::error(
                "Value for undeclared variable",
                format!(
                    "A variable named {name:?} was assigned on the command line, but the root module does not \
                     declare a variable of that name.{hint}"
                ),
            ));
            continue;
        };
        let origin = format!("<value for var.{name}>");
        match parse_variable_value(variable, text, &origin, sources) {
            Ok((value, span)) => take(IndexMap::from([(Str::from(name), (value, span))])),
            Err(found) => problems.extend(found),
        }
    }
    problems.into_result(values)
}

/// The values of variables that the source of a module may depend on. What is wrong with them is said without a place:
/// their sources are not kept.
pub(crate) fn early(
    variables: &[Variable],
    root: &Path,
    args: &VariableArgs,
) -> Result<HashMap<Str, Value>, Diagnostics> {
    match collect(variables, root, args, &mut SourceMap::default()) {
        Ok(values) => Ok(values.into_iter().map(|(name, (value, _))| (name, value)).collect()),
        Err(found) => Err(Diagnostics(
            found
                .into_iter()
                .map(|one| Diagnostic { span: None, labels: Vec::new(), ..one })
                .collect(),
        )),
    }
}

fn declared<'a>(variables: &'a [Variable], name: &str) -> Option<&'a Variable> {
    variables.iter().find(|known| known.name == *name)
}

/// An entry of the environment that is text: no variable of ours is anything else.
fn as_text((name, value): (OsString, OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}
