//! Output values for people.

use std::io::{self, Write};

use zw_engine::StateOutput;
use zw_lang::{Str, Type, Value};

use super::terminal::Ui;
use super::{types, value};

/// Shows all outputs, those that are sensitive by name only.
pub(crate) fn show(ui: &Ui, outputs: &[StateOutput]) {
    let mut named: Vec<(&Str, Option<&Value>)> = outputs
        .iter()
        .map(|output| (&output.name, (!output.sensitive).then_some(&output.value)))
        .collect();
    named.sort_by_key(|(name, _)| *name);
    ui.out.render(|out| write(out, named));
}

/// Shows the value of an output that somebody asked for by name, even if it is sensitive.
pub(crate) fn show_one(ui: &Ui, output: &StateOutput) {
    let (value, _) = output.value.clone().unmark_all();
    show_value(ui, &value);
}

/// Shows a value as `zw console` answers with it.
pub(crate) fn show_value(ui: &Ui, value: &Value) {
    ui.out.render(|out| {
        value::write(out, value, 0)?;
        out.write_all(b"\n")
    });
}

/// Shows a type as `zw console` answers with it.
pub(crate) fn show_type(ui: &Ui, ty: &Type) {
    ui.out.render(|out| {
        types::write(out, ty, 0)?;
        out.write_all(b"\n")
    });
}

/// Writes outputs in the order given; `None` is a value that is not to be shown.
pub(crate) fn write<'a>(
    out: &mut dyn Write,
    outputs: impl IntoIterator<Item = (&'a Str, Option<&'a Value>)>,
) -> io::Result<()> {
    for (name, shown) in outputs {
        write!(out, "{name} = ")?;
        match shown {
            Some(shown) if !shown.is_sensitive() => value::write(out, shown, 0)?,
            _ => out.write_all(b"<sensitive>")?,
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::style::Styles;
    use crate::ui::testing::{Captured, ui_into};

    fn output(name: &str, value: Value, sensitive: bool) -> StateOutput {
        StateOutput { name: name.into(), value, sensitive }
    }

    /// As `terraform output` 1.11.4 prints them.
    #[test]
    fn outputs_are_listed_by_name() {
        let captured = Captured::default();
        let ui = ui_into(&captured, Styles::plain());
        let items = vec![Value::from("a"), Value::from("b")];
        show(
            &ui,
            &[
                output("str", Value::from("a \"b\" ${x}\t"), false),
                output("list", Value::list(Type::String, items), false),
                output("multi", Value::from("a\n  b\n"), false),
                output("secret", Value::from("hunter2"), true),
                output("marked", Value::from("hunter2").sensitive(), false),
            ],
        );
        let expected = "list = tolist([\n  \"a\",\n  \"b\",\n])\nmarked = <sensitive>\n\
                        multi = <<EOT\na\n  b\n\nEOT\nsecret = <sensitive>\n\
                        str = \"a \\\"b\\\" ${x}\\t\"\n";
        assert_eq!(captured.text(), expected);
    }

    #[test]
    fn who_asks_for_a_secret_by_name_gets_it() {
        let captured = Captured::default();
        let ui = ui_into(&captured, Styles::plain());
        show_one(&ui, &output("secret", Value::from("hunter2").sensitive(), true));
        assert_eq!(captured.text(), "\"hunter2\"\n");
    }
}
