//! Values of root variables: files of them, the command line, the environment.

use std::path::{Path, PathBuf};

use hcl_edit::structure::Structure;
use indexmap::IndexMap;
use zw_lang::parse::{LocalNames, Resolver, Text, structures};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Str, SymbolId, Value};

use crate::data;
use crate::files::Files;
use crate::load::normalized;
use crate::model::Variable;

/// Values of variables by name, each with the place where it is written.
pub type VariableValues = IndexMap<Str, (Value, Span)>;

/// The files in a directory that give values to variables without being asked to, the later ones
/// counting more: `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and
/// `*.auto.tfvars.json` by name.
///
/// # Errors
/// If the directory cannot be read.
pub fn variables_file_names(dir: &Path, files: &dyn Files) -> std::io::Result<Vec<PathBuf>> {
    let dir = normalized(dir);
    let names = files.list(&dir)?;
    let is_automatic =
        |name: &str| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
    let mut automatic: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| is_automatic(name)).collect();
    automatic.sort_unstable();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"].into_iter();
    let fixed = fixed.filter(|name| names.iter().any(|known| known == name));
    Ok(fixed.chain(automatic).map(|name| dir.join(name)).collect())
}

/// Reads a file of variables, HCL or, if its name ends in `.json`, JSON. The file is added to `sources`.
///
/// # Errors
/// If it cannot be read, if its syntax is wrong, or if a value is not constant.
pub fn load_variables_file(
    path: &Path,
    files: &dyn Files,
    sources: &mut SourceMap,
) -> Result<VariableValues, Diagnostics> {
    let unreadable = |reason: String| {
        let detail = format!("The file {} could not be read: {reason}.", path.display());
        Diagnostic::error("Failed to read variables file", detail)
    };
    let bytes = files.read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let id = sources.add(path, text);
    if path.extension().is_some_and(|extension| extension == "json") {
        let (native, problems) = data::native_values(id, text);
        return read_values(native.text(id), problems);
    }
    read_values(Text::of_file(id, text), Diagnostics::new())
}

fn read_values(text: Text<'_>, mut problems: Diagnostics) -> Result<VariableValues, Diagnostics> {
    let mut values = VariableValues::new();
    let found = structures(text, &mut |text, structure| {
        if let Err(found) = one_value(structure, text, &mut values) {
            problems.extend(found);
        }
    });
    problems.extend(found);
    problems.into_result(values)
}

fn one_value(
    structure: &Structure,
    text: Text<'_>,
    values: &mut VariableValues,
) -> Result<(), Diagnostics> {
    let attribute = match structure {
        Structure::Attribute(attribute) => attribute,
        Structure::Block(block) => {
            let detail = "A file of variables holds only values: name = value. Variables are declared \
                          in *.tf files.";
            let span = text.span_of(&block.ident);
            return Err(Diagnostic::error("Unexpected block", detail).at(span).into());
        }
    };
    let name = Str::from(attribute.key.as_str());
    let span = text.span_of(&attribute.key);
    let value = zw_lang::parse::constant(&attribute.value, text)?;
    let previous = values.insert(name, (value, text.span_of(&attribute.value)));
    if let Some((_, first)) = previous {
        let detail = format!(
            "The argument {:?} was already set. Each argument may be set only once.",
            attribute.key.as_str()
        );
        return Err(Diagnostic::error("Attribute redefined", detail)
            .at(span)
            .label(first, "it is set here first")
            .into());
    }
    Ok(())
}

/// The value of `-var name=text` or of an environment variable, for a variable of a type: the text as
/// it is for primitive types, an expression for others. `origin` says where it is from, as a
/// file name would (`<value for var.x>`); the text is added to `sources` under it.
///
/// # Errors
/// If the text is no expression, or not a constant one.
pub fn parse_variable_value(
    variable: &Variable,
    text: &str,
    origin: &str,
    sources: &mut SourceMap,
) -> Result<(Value, Span), Diagnostics> {
    parse_value(variable.is_literal, text, origin, sources)
}

/// A value that is given as text: the text itself if it `is_literal`, otherwise a constant expression.
///
/// # Errors
/// If the text is no expression, or not a constant one.
pub fn parse_value(
    is_literal: bool,
    text: &str,
    origin: &str,
    sources: &mut SourceMap,
) -> Result<(Value, Span), Diagnostics> {
    let id = sources.add(origin, text);
    let span = Span::new(id, 0..text.len());
    if is_literal {
        return Ok((Value::from(zw_lang::normalized(text)), span));
    }
    let text = Text::of_file(id, text);
    let expr = zw_lang::parse::expression(text, &LocalNames::default(), &mut Nothing)?;
    Ok((zw_lang::parse::constant_value(&expr)?, span))
}

/// Where nothing can be referred to, and whoever tries is told about quotes.
struct Nothing;

impl Resolver for Nothing {
    fn resolve(
        &mut self,
        root: &str,
        _: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        let detail = format!(
            "Variables may not be used here. If {root:?} is meant as text, write it in quotes: \
             '\"{root}\"' in a shell."
        );
        Err(Diagnostic::error("Variables not allowed", detail).at(span))
    }

    fn allows_functions(&self) -> bool {
        false
    }
}

/// Names and texts of variables that the environment gives: `TF_VAR_name`, and `ZW_VAR_name`, which
/// counts more.
pub fn environment_values(
    environment: impl IntoIterator<Item = (String, String)>,
) -> IndexMap<Str, String> {
    let mut ours = IndexMap::new();
    let mut values = IndexMap::new();
    for (key, text) in environment {
        if let Some(name) = key.strip_prefix("ZW_VAR_") {
            ours.insert(Str::from(name), text);
        } else if let Some(name) = key.strip_prefix("TF_VAR_") {
            values.insert(Str::from(name), text);
        }
    }
    values.extend(ours);
    // The environment has no order.
    values.sort_keys();
    values
}
