//! The provider `local`.

mod content;
mod data_file;
mod data_sensitive_file;
mod file;
mod sensitive_file;

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
    builtin
        .operations
        .resource("local_file", file::File)
        .resource("local_sensitive_file", file::File)
        .data_source("local_file", data_file::DataFile)
        .data_source("local_sensitive_file", data_file::DataFile);
    builtin
}
