//! Values as `zw console` and outputs show them: in the language's syntax, with the type said where the
//! syntax alone does not say it.

use std::io::{self, Write};

use zw_lang::{Marks, Type, Value, ValueKind};

use super::text::quoted;

/// Writes a value. The cursor is behind what introduces it; lines in between are indented by
/// `indent` spaces, and what is within the value by two more a level.
pub(crate) fn write(out: &mut dyn Write, value: &Value, indent: usize) -> io::Result<()> {
    if !value.is_known() {
        return out.write_all(b"(known after apply)");
    }
    if value.is_sensitive() {
        return out.write_all(b"(sensitive value)");
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return out.write_all(b"(ephemeral value)");
    }
    match value.kind() {
        ValueKind::Null(ty) => write_null(out, ty),
        ValueKind::Unknown(_) => Ok(()),
        ValueKind::Bool(value) => write!(out, "{value}"),
        ValueKind::Number(number) => write!(out, "{number}"),
        ValueKind::String(text) => write_text(out, text, indent),
        ValueKind::List(list) => {
            out.write_all(b"tolist(")?;
            write_sequence(out, &list.items, indent)?;
            out.write_all(b")")
        }
        ValueKind::Set(list) => {
            out.write_all(b"toset(")?;
            write_sequence(out, &list.items, indent)?;
            out.write_all(b")")
        }
        ValueKind::Tuple(items) => write_sequence(out, items, indent),
        ValueKind::Map(map) => {
            out.write_all(b"tomap(")?;
            write_mapping(out, map.entries.iter().map(|(key, value)| (key, value)), indent)?;
            out.write_all(b")")
        }
        ValueKind::Object(object) => write_mapping(out, object.iter(), indent),
    }
}

fn write_null(out: &mut dyn Write, ty: &Type) -> io::Result<()> {
    match ty {
        Type::Dynamic => out.write_all(b"null"),
        Type::Bool | Type::Number | Type::String => write!(out, "to{ty}(null)"),
        Type::List(element) => write!(out, "tolist(null) /* of {} */", element.friendly_name()),
        Type::Set(element) => write!(out, "toset(null) /* of {} */", element.friendly_name()),
        Type::Map(element) => write!(out, "tomap(null) /* of {} */", element.friendly_name()),
        Type::Tuple(_) | Type::Object(_) => write!(out, "null /* {} */", ty.friendly_name()),
    }
}

fn write_text(out: &mut dyn Write, text: &str, indent: usize) -> io::Result<()> {
    if text.contains('\n') {
        write_heredoc(out, text, indent)
    } else {
        write!(out, "{}", quoted(text))
    }
}

fn write_heredoc(out: &mut dyn Write, text: &str, indent: usize) -> io::Result<()> {
    let mut delimiter = "EOT".to_owned();
    while text.lines().any(|line| line.trim() == delimiter) {
        delimiter.push('_');
    }
    write!(out, "{}{delimiter}", if indent > 0 { "<<-" } else { "<<" })?;
    for line in text.split('\n').chain([delimiter.as_str()]) {
        write!(out, "\n{:indent$}{line}", "")?;
    }
    Ok(())
}

fn write_sequence(out: &mut dyn Write, items: &[Value], indent: usize) -> io::Result<()> {
    out.write_all(b"[")?;
    for item in items {
        write!(out, "\n{:inner$}", "", inner = indent + 2)?;
        write(out, item, indent + 2)?;
        out.write_all(b",")?;
    }
    if !items.is_empty() {
        write!(out, "\n{:indent$}", "")?;
    }
    out.write_all(b"]")
}

fn write_mapping<'a>(
    out: &mut dyn Write,
    entries: impl ExactSizeIterator<Item = (&'a zw_lang::Str, &'a Value)>,
    indent: usize,
) -> io::Result<()> {
    let is_empty = entries.len() == 0;
    out.write_all(b"{")?;
    for (key, value) in entries {
        write!(out, "\n{:inner$}", "", inner = indent + 2)?;
        write_text(out, key, indent + 2)?;
        out.write_all(b" = ")?;
        write(out, value, indent + 2)?;
    }
    if !is_empty {
        write!(out, "\n{:indent$}", "")?;
    }
    out.write_all(b"}")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::ui::testing::rendered;

    fn shown(value: &Value) -> String {
        rendered(|out| write(out, value, 0))
    }

    fn number(number: i64) -> Value {
        Value::from(number)
    }

    #[test]
    fn scalars_look_as_they_are_written() {
        for (value, expected) in [
            (Value::from(true), "true"),
            (number(-5), "-5"),
            (Value::from("a \"b\" ${x}\t"), r#""a \"b\" ${x}\t""#),
            (Value::null(Type::Dynamic), "null"),
            (Value::null(Type::String), "tostring(null)"),
            (Value::null(Type::Bool), "tobool(null)"),
            (Value::null(Type::list(Type::Dynamic)), "tolist(null) /* of dynamic */"),
            (Value::null(Type::tuple(vec![])), "null /* tuple */"),
            (Value::unknown(Type::String), "(known after apply)"),
            (Value::from("secret").sensitive(), "(sensitive value)"),
            (Value::from("passing").with_marks(Marks::EPHEMERAL), "(ephemeral value)"),
        ] {
            assert_eq!(shown(&value), expected);
        }
    }

    /// As `terraform console` 1.11.4 answers.
    #[test]
    fn compounds_say_their_type() {
        let strings = vec![Value::from("a"), Value::from("b")];
        let value = Value::object([
            ("empty", Value::tuple(vec![])),
            ("list", Value::list(Type::String, strings.clone())),
            ("map", Value::map(Type::Number, [("c d", number(1))])),
            ("nothing", Value::object::<&str>([])),
            ("set", Value::set(Type::String, strings)),
            ("tuple", Value::tuple(vec![number(1), Value::object([("y", number(2))])])),
        ]);
        assert_snapshot!(shown(&value), @r#"
        {
          "empty" = []
          "list" = tolist([
            "a",
            "b",
          ])
          "map" = tomap({
            "c d" = 1
          })
          "nothing" = {}
          "set" = toset([
            "a",
            "b",
          ])
          "tuple" = [
            1,
            {
              "y" = 2
            },
          ]
        }
        "#);
    }

    /// As `terraform console` 1.11.4 answers.
    #[test]
    fn texts_of_several_lines_are_heredocs() {
        assert_eq!(shown(&Value::from("a\nb")), "<<EOT\na\nb\nEOT");
        assert_eq!(shown(&Value::from("EOT\n  EOT_\n")), "<<EOT__\nEOT\n  EOT_\n\nEOT__");
        let nested = Value::tuple(vec![Value::from("a\nb"), Value::from("EOT\nx")]);
        assert_snapshot!(shown(&nested), @r"
        [
          <<-EOT
          a
          b
          EOT,
          <<-EOT_
          EOT
          x
          EOT_,
        ]
        ");
    }

    #[test]
    fn what_is_sensitive_within_is_not_shown() {
        let value = Value::object([
            ("a", Value::from("hunter2").sensitive()),
            ("b", Value::set(Type::String, vec![Value::from("hunter2").sensitive()])),
            ("c", Value::tuple(vec![Value::from("hunter2").sensitive()])),
        ]);
        assert!(!shown(&value).contains("hunter2"), "{}", shown(&value));
    }
}
