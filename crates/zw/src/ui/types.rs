//! Types as `type(...)` in the console shows them, structures over several lines.
//!
//! Source: `internal/repl/format.go` and `internal/repl/session.go` of Terraform.

use std::io::{self, Write};

use zw_lang::Type;

/// Writes a type, with what is within structures indented by four more spaces a level.
pub(crate) fn write(out: &mut dyn Write, ty: &Type, level: usize) -> io::Result<()> {
    match ty {
        Type::Dynamic | Type::Bool | Type::Number | Type::String => {
            out.write_all(ty.friendly_name().as_bytes())
        }
        Type::List(element) => collection(out, "list", element, level),
        Type::Set(element) => collection(out, "set", element, level),
        Type::Map(element) => collection(out, "map", element, level),
        Type::Tuple(elements) if elements.is_empty() => out.write_all(b"tuple([])"),
        Type::Tuple(elements) => {
            out.write_all(b"tuple([\n")?;
            for element in elements.iter() {
                indent(out, level + 1)?;
                write(out, element, level + 1)?;
                out.write_all(b",\n")?;
            }
            indent(out, level)?;
            out.write_all(b"])")
        }
        Type::Object(object) if object.attrs().is_empty() => out.write_all(b"object({})"),
        Type::Object(object) => {
            out.write_all(b"object({\n")?;
            for attr in object.attrs() {
                indent(out, level + 1)?;
                write!(out, "{}: ", attr.name)?;
                write(out, &attr.ty, level + 1)?;
                out.write_all(b",\n")?;
            }
            indent(out, level)?;
            out.write_all(b"})")
        }
    }
}

/// A structure within a collection gets lines of its own, so that the collection is not overlooked.
fn collection(out: &mut dyn Write, kind: &str, element: &Type, level: usize) -> io::Result<()> {
    write!(out, "{kind}(")?;
    if matches!(element, Type::Tuple(_) | Type::Object(_)) {
        out.write_all(b"\n")?;
        indent(out, level + 1)?;
        write(out, element, level + 1)?;
        out.write_all(b",\n")?;
        indent(out, level)?;
    } else {
        write(out, element, level)?;
    }
    out.write_all(b")")
}

fn indent(out: &mut dyn Write, level: usize) -> io::Result<()> {
    write!(out, "{:width$}", "", width = 4 * level)
}
