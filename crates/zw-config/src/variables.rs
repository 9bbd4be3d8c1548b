//! Values of root variables: files of them, the command line, the environment.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use zw_lang::{Diagnostics, SourceMap, Span, Str, Value};

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
    let _ = (dir, files);
    Ok(Vec::new())
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
    let _ = (path, files, sources);
    Ok(VariableValues::default())
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
    let _ = (variable, text, origin, sources);
    Err(Diagnostics::new())
}

/// Names and texts of variables that the environment gives: `TF_VAR_name`, and `ZW_VAR_name`, which
/// counts more.
pub fn environment_values(
    environment: impl IntoIterator<Item = (String, String)>,
) -> IndexMap<Str, String> {
    let _ = environment;
    IndexMap::new()
}
