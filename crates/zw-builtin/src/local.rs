//! The provider `local`.

mod content;
mod data_file;
mod data_sensitive_file;
mod file;
mod sensitive_file;

use zw_lang::{CallContext, FuncError, Function, Param, Type, Value};

use crate::provider::Builtin;

pub(crate) fn builtin() -> Builtin {
    let mut builtin = Builtin::new("local");
    builtin
        .catalog
        .resource("local_file", file::schema())
        .validate_hook("local_file", file::validate)
        .resource("local_sensitive_file", sensitive_file::schema())
        .validate_hook("local_sensitive_file", file::validate)
        .data_source("local_file", data_file::schema())
        .data_source("local_sensitive_file", data_sensitive_file::schema());
    builtin.functions = vec![Function::new(
        "direxists",
        "Whether there is a directory at a path.",
        vec![Param::new("path", Type::String)],
        Type::Bool,
        dir_exists,
    )];
    builtin
        .operations
        .resource("local_file", file::File)
        .resource("local_sensitive_file", file::File)
        .data_source("local_file", data_file::DataFile)
        .data_source("local_sensitive_file", data_file::DataFile);
    builtin
}

/// Source: the function of terraform-provider-local, to which something else at the path is an error.
fn dir_exists(args: &[Value], _: &mut CallContext<'_>) -> Result<Value, FuncError> {
    let path = args[0].as_str().unwrap_or_default();
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(true.into()),
        Ok(_) => Err(FuncError::arg(0, format!("{path:?} was found, but is not a directory"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false.into()),
        Err(error) => Err(FuncError::arg(0, format!("{path:?} cannot be looked at: {error}"))),
    }
}
