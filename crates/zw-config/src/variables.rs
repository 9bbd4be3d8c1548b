//! Values of root variables: files of them, the command line, the environment.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use zw_lang::parse::Text;
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Str, Type, Value};

use crate::files::Files;
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
    let dir = crate::load::normalized(dir);
    let names = files.list(&dir)?;
    let mut found: Vec<String> = ["terraform.tfvars", "terraform.tfvars.json"]
        .into_iter()
        .filter(|name| names.iter().any(|known| known == name))
        .map(str::to_owned)
        .collect();
    let mut automatic: Vec<String> = names
        .into_iter()
        .filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
        .collect();
    automatic.sort();
    found.append(&mut automatic);
    Ok(found.into_iter().map(|name| dir.join(name)).collect())
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
        Diagnostic::error(
            "Failed to read variables file",
            format!("{} could not be read: {reason}.", path.display()),
        )
    };
    let bytes = files.read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not text".to_owned()))?;
    let id = sources.add(path, text.as_str());
    let whole = Span::new(id, 0..0);
    if path.extension().is_some_and(|extension| extension == "json") {
        return match zw_lang::json_text_to_value(&text) {
            Ok(value) => match value.as_object() {
                Some(object) => Ok(object
                    .iter()
                    .map(|(name, value)| (name.clone(), (value.clone(), whole)))
                    .collect()),
                None => Err(Diagnostic::error(
                    "Invalid variables file",
                    "The top of a JSON file of variables must be an object.",
                )
                .at(whole)
                .into()),
            },
            Err(error) => {
                Err(Diagnostic::error("Invalid JSON", format!("{error}.")).at(whole).into())
            }
        };
    }
    let text = Text::of_file(id, &text);
    let tree = hcl_edit::parser::parse_body(text.text)
        .map_err(|error| crate::syntax::diagnostic(&error, text))?;
    let mut values = VariableValues::new();
    let mut problems = Diagnostics::new();
    for attribute in tree.attributes() {
        match zw_lang::parse::constant(&attribute.value, text) {
            Ok(value) => {
                let name = Str::from(attribute.key.as_str());
                values.insert(name, (value, text.span_of(&attribute.value)));
            }
            Err(found) => problems.extend(found),
        }
    }
    for block in tree.blocks() {
        problems.push(
            Diagnostic::error(
                "Unexpected block",
                "A file of variables holds only values: NAME = VALUE. Variables are declared in *.tf files.",
            )
            .at(crate::lower::header(block, text)),
        );
    }
    problems.into_result(values)
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
    let id = sources.add(origin, text);
    let span = Span::new(id, 0..text.len());
    // A variable without a type takes the text as it is, as in Terraform.
    if variable.ty.is_primitive() || variable.ty == Type::Dynamic {
        return Ok((Value::from(text), span));
    }
    let text = Text::of_file(id, text);
    let tree = hcl_edit::parser::parse_expr(text.text)
        .map_err(|error| crate::syntax::diagnostic(&error, text))?;
    Ok((zw_lang::parse::constant(&tree, text)?, span))
}

/// Names and texts of variables that the environment gives: `TF_VAR_name`, and `ZW_VAR_name`, which
/// counts more.
pub fn environment_values(
    environment: impl IntoIterator<Item = (String, String)>,
) -> IndexMap<Str, String> {
    let mut values: IndexMap<Str, (bool, String)> = IndexMap::new();
    for (name, text) in environment {
        let found = name
            .strip_prefix("ZW_VAR_")
            .map(|name| (true, name))
            .or_else(|| name.strip_prefix("TF_VAR_").map(|name| (false, name)));
        let Some((is_ours, name)) = found else { continue };
        let known = values.get(name).is_some_and(|(known_ours, _)| *known_ours && !is_ours);
        if !known {
            values.insert(name.into(), (is_ours, text));
        }
    }
    values.sort_keys();
    values.into_iter().map(|(name, (_, text))| (name, text)).collect()
}
