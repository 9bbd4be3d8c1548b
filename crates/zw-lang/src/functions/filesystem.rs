//! Functions of files and paths.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

use super::args::{Outcome, string, text};
use super::crypto::{hex, sha1};
use super::path;
use crate::convert::convert;
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Marks, Value, ValueKind};

/// How many templates may be inside of each other.
const TEMPLATE_DEPTH_MAX: usize = 64;

/// The name under which messages know the template of `templatestring`.
const TEMPLATE_ARGUMENT: &str = "<templatestring argument>";

pub(super) fn functions() -> Vec<Function> {
    let path_param = || vec![Param::new("path", Type::String)];
    let marked_path = || vec![Param::new("path", Type::String).with_marks()];
    let pure = |name, description, call| {
        Function::new(name, description, path_param(), Type::String, call)
    };
    let read = |name, description, call| {
        Function::new(name, description, marked_path(), Type::String, call)
    };
    let vars = || Param::new("vars", Type::Dynamic).with_marks();
    vec![
        pure("abspath", "Makes a path begin at the root of the file system.", abspath),
        pure("basename", "Returns the last part of a path.", |args, _| {
            Ok(string(path::base(text(args, 0))))
        }),
        pure("dirname", "Returns all but the last part of a path.", |args, _| {
            Ok(string(path::dir(text(args, 0))))
        }),
        pure("pathexpand", "Replaces a leading ~ by the home directory.", |args, context| {
            expanded(context, text(args, 0)).map(string).map_err(FuncError::new)
        }),
        read("file", "Returns the contents of a text file.", file),
        read("filebase64", "Returns the contents of a file in Base64.", |args, context| {
            hashed(args, context, |bytes| STANDARD.encode(bytes))
        }),
        read(
            "filebase64sha256",
            "Returns the SHA-256 hash of a file in Base64.",
            |args, context| hashed(args, context, |bytes| STANDARD.encode(Sha256::digest(bytes))),
        ),
        read(
            "filebase64sha512",
            "Returns the SHA-512 hash of a file in Base64.",
            |args, context| hashed(args, context, |bytes| STANDARD.encode(Sha512::digest(bytes))),
        ),
        read("filemd5", "Returns the MD5 hash of a file in hexadecimal.", |args, context| {
            hashed(args, context, |bytes| hex(&Md5::digest(bytes)))
        }),
        read("filesha1", "Returns the SHA-1 hash of a file in hexadecimal.", |args, context| {
            hashed(args, context, |bytes| hex(&sha1(&[bytes])))
        }),
        read(
            "filesha256",
            "Returns the SHA-256 hash of a file in hexadecimal.",
            |args, context| hashed(args, context, |bytes| hex(&Sha256::digest(bytes))),
        ),
        read(
            "filesha512",
            "Returns the SHA-512 hash of a file in hexadecimal.",
            |args, context| hashed(args, context, |bytes| hex(&Sha512::digest(bytes))),
        ),
        Function::new(
            "fileexists",
            "Tells whether a file exists.",
            marked_path(),
            Type::Bool,
            fileexists,
        ),
        Function::new(
            "fileset",
            "Returns the files in a directory whose paths match a pattern.",
            vec![
                Param::new("path", Type::String).with_marks(),
                Param::new("pattern", Type::String).with_marks(),
            ],
            Type::set(Type::String),
            fileset,
        ),
        Function::new(
            "templatefile",
            "Renders the template in a file.",
            vec![Param::new("path", Type::String).with_marks(), vars()],
            Type::Dynamic,
            templatefile,
        )
        .nullable(),
        Function::new(
            "templatestring",
            "Renders a template.",
            vec![
                Param::new("template", Type::String)
                    .with_marks()
                    .describe("The template, as text."),
                vars().describe("An object or a map of the variables in the template."),
            ],
            Type::String,
            templatestring,
        ),
    ]
}

/// What went wrong with a file, in the words of the operating system.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "is a directory".into(),
        _ => error.to_string(),
    }
}

/// A path for a message, unless nobody may see it.
fn shown(path: &str, marks: Marks) -> String {
    if marks.contains(Marks::SENSITIVE) { "(sensitive value)".into() } else { format!("{path:?}") }
}

/// The path with `~` replaced by the home directory.
fn expanded(context: &CallContext<'_>, path: &str) -> Result<String, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err("cannot expand user-specific home dir".into());
    }
    let home = context.host.home_dir().ok_or("the home directory is not known")?;
    Ok(if rest.is_empty() { home } else { path::join(&home, rest) })
}

fn abspath(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    let given = text(args, 0);
    if given.starts_with('/') {
        return Ok(string(path::clean(given)));
    }
    let current = context.host.current_dir().map_err(|error| FuncError::new(reason(&error)))?;
    Ok(string(path::join(&current, given)))
}

/// The bytes of the file that the first argument names.
fn read(args: &[Value], context: &CallContext<'_>) -> Result<Vec<u8>, FuncError> {
    let marks = args[0].marks();
    let fail = |message: String| FuncError::arg(0, message);
    let path = expanded(context, text(args, 0))
        .map_err(|reason| fail(format!("failed to expand ~: {reason}")))?;
    let path = path::clean(&path);
    context.host.read_file(&path).map_err(|error| {
        fail(match error.kind() {
            io::ErrorKind::NotFound => format!(
                "no file exists at {}; this function works only with files that are distributed \
                 as part of the configuration source code, so if this file will be created by a \
                 resource in this configuration you must instead obtain this result from an \
                 attribute of that resource",
                shown(&path, marks)
            ),
            _ => format!("failed to read {}: {}", shown(&path, marks), reason(&error)),
        })
    })
}

/// The text of the file that the first argument names.
fn read_text(args: &[Value], context: &CallContext<'_>) -> Result<String, FuncError> {
    String::from_utf8(read(args, context)?).map_err(|_| {
        FuncError::new(format!(
            "contents of {} are not valid UTF-8; use the filebase64 function to obtain the Base64 \
             encoded contents or the other file functions (e.g. filemd5, filesha256) to obtain \
             file hashing results instead",
            shown(text(args, 0), args[0].marks())
        ))
    })
}

fn file(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    Ok(string(read_text(args, context)?).with_marks(args[0].marks()))
}

fn hashed(args: &[Value], context: &CallContext<'_>, hash: impl Fn(&[u8]) -> String) -> Outcome {
    let bytes = read(args, context)?;
    Ok(Value::from(hash(&bytes)).with_marks(args[0].marks()))
}

fn fileexists(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    let marks = args[0].marks();
    let path = expanded(context, text(args, 0))
        .map_err(|reason| FuncError::new(format!("failed to expand ~: {reason}")))?;
    let path = path::clean(&path);
    let exists = context.host.file_exists(&path).map_err(|error| {
        let path = shown(&path, marks);
        FuncError::new(format!("{path} is not a regular file: {}", reason(&error)))
    })?;
    Ok(Value::from(exists).with_marks(marks))
}

fn fileset(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    let marks = args[0].marks().union(args[1].marks());
    let (dir, pattern) = (text(args, 0), text(args, 1));
    let found = context.host.fileset(dir, pattern).map_err(|error| {
        let pattern = shown(pattern, marks);
        FuncError::new(format!("failed to glob pattern {pattern}: {}", reason(&error)))
    })?;
    let found = found.into_iter().map(string).collect();
    Ok(Value::set(Type::String, found).with_marks(marks))
}

/// Refuses variables that no template could name.
fn check_variables(variables: &Value) -> Result<(), FuncError> {
    let names: Vec<&str> = match variables.kind() {
        ValueKind::Object(object) => object.names.iter().map(crate::value::Str::as_str).collect(),
        ValueKind::Map(map) => map.entries.iter().map(|(name, _)| name.as_str()).collect(),
        _ => return Err(FuncError::arg(1, "invalid vars value: must be a map")),
    };
    let is_name = |name: &&str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    };
    match names.iter().find(|name| !is_name(name)) {
        None => Ok(()),
        Some(name) => Err(FuncError::arg(
            1,
            format!(
                "invalid template variable name {name:?}: must start with a letter, followed by \
                 zero or more letters, digits, and underscores"
            ),
        )),
    }
}

fn render(source: &str, name: &str, variables: &Value, context: &mut CallContext<'_>) -> Outcome {
    if context.template_depth >= TEMPLATE_DEPTH_MAX {
        return Err(FuncError::new(format!(
            "templates are nested more than {TEMPLATE_DEPTH_MAX} deep; one of them renders itself"
        )));
    }
    context.templates.render(source, name, variables, context.template_depth + 1)
}

fn templatefile(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    check_variables(&args[1])?;
    let source = read_text(args, context)?;
    let marks = args[0].marks().union(args[1].marks());
    let name = path::clean(text(args, 0));
    Ok(render(&source, &name, &args[1], context)?.with_marks(marks))
}

fn templatestring(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    check_variables(&args[1])?;
    let marks = args[0].marks().union(args[1].marks());
    let result = render(text(args, 0), TEMPLATE_ARGUMENT, &args[1], context)?;
    if result.is_null() {
        return Err(FuncError::new("invalid template result: the template's result is null"));
    }
    let result = convert(&result, &Type::String)
        .map_err(|error| FuncError::new(format!("invalid template result: {}", error.message)))?;
    Ok(result.with_marks(marks))
}
