//! The state for people.

use std::io::{self, Write};

use zw_engine::{StateObject, StateOutput, StateView};
use zw_lang::Type;

use super::diff::render::{self, Look};
use super::diff::{self, Relevant, Style};
use super::style::Styles;
use super::terminal::Ui;

/// A state has nothing that comes or goes, and all of it is shown.
const LOOK: Look = Look { hide_symbols: true, hide_null: false, show_kept: true, replaces: false };

/// Shows a state.
pub(crate) fn show(ui: &Ui, view: &StateView<'_>) {
    ui.out.render(|out| write(out, view, ui.out.styles));
}

/// Writes a state: each object under its address, and the outputs.
pub(crate) fn write(out: &mut dyn Write, view: &StateView<'_>, styles: Styles) -> io::Result<()> {
    if view.objects.is_empty() && view.outputs.is_empty() {
        return writeln!(out, "The state is empty. No resources are represented.");
    }
    let mut module = None;
    for object in &view.objects {
        if let Some(module) = module {
            // A wider gap sets modules apart.
            let gap = if module == object.address.module() { "\n" } else { "\n\n" };
            out.write_all(gap.as_bytes())?;
        }
        module = Some(object.address.module());
        write_object(out, object, styles)?;
    }
    write_outputs(out, &view.outputs, styles)
}

fn write_object(out: &mut dyn Write, object: &StateObject<'_>, styles: Styles) -> io::Result<()> {
    let note = match &object.deposed {
        Some(key) => format!(" (deposed object {key})"),
        None if object.is_tainted => " (tainted)".to_owned(),
        None => String::new(),
    };
    writeln!(out, "# {}:{note}", object.address)?;
    let resource = object.address.resource();
    let keyword = resource.mode.keyword();
    write!(out, "{keyword} \"{}\" \"{}\" ", resource.type_name, resource.name)?;
    let block = &object.schema.block;
    let diff = diff::resource(&object.value, &object.value, block, &[], Relevant::All);
    render::write(out, &diff, 0, LOOK, styles)?;
    out.write_all(b"\n")
}

fn write_outputs(out: &mut dyn Write, outputs: &[StateOutput], styles: Styles) -> io::Result<()> {
    if outputs.is_empty() {
        return Ok(());
    }
    out.write_all(b"\n\nOutputs:\n\n")?;
    let mut outputs: Vec<&StateOutput> = outputs.iter().collect();
    outputs.sort_by_key(|output| &output.name);
    for output in outputs {
        let mut value = output.value.clone();
        if output.sensitive {
            value = value.sensitive();
        }
        let ty: Type = value.ty();
        let value = Some(&value);
        let diff = diff::typed(value, value, &ty, Style::Plain, &diff::Cursor::default());
        write!(out, "{} = ", output.name)?;
        render::write(out, &diff, 0, LOOK, styles)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::ui::testing::equivalence::scenarios;
    use crate::ui::testing::rendered;
    use crate::ui::testing::terraform::{KnownSchemas, state};

    fn text_of(view: &StateView<'_>) -> String {
        rendered(|out| write(out, view, Styles::plain()))
    }

    #[test]
    fn the_scenarios_of_opentofu_are_shown_as_it_shows_them() {
        for scenario in scenarios() {
            let (Some(json), Some(expected)) =
                (scenario.json("state.json"), scenario.text("state"))
            else {
                continue;
            };
            let schemas = scenario.schemas();
            let actual = text_of(&state(&json, &schemas));
            assert_eq!(actual.trim(), expected.trim(), "{}", scenario.name);
        }
    }

    #[test]
    fn a_state_is_shown_by_module_with_its_outputs() {
        let mut schemas = KnownSchemas::default();
        schemas.add_provider_schemas(&serde_json::json!({"provider_schemas": {"x": {
            "resource_schemas": {"a_thing": {"block": {
                "attributes": {
                    "id": {"type": "string"},
                    "password": {"type": "string", "sensitive": true},
                    "tags": {"type": ["map", "string"]},
                    "text": {"type": "string"},
                },
                "block_types": {"rule": {"nesting_mode": "list", "block": {
                    "attributes": {"port": {"type": "number"}}
                }}},
            }}},
        }}}));
        let thing = |address: &str, values: serde_json::Value| {
            serde_json::json!({
                "address": address, "values": values, "sensitive_values": {"password": true},
            })
        };
        let values = serde_json::json!({
            "id": "i-1", "password": "hunter2", "tags": {"Name": "x", "a-long-one": ""},
            "text": "one\ntwo\n", "rule": [{"port": 80}, {"port": 443}],
        });
        let mut tainted = thing("module.m[\"k\"].a_thing.y", serde_json::json!({"id": "i-2"}));
        tainted["tainted"] = true.into();
        let mut deposed = thing("module.m[\"k\"].a_thing.y", serde_json::json!({"id": "i-3"}));
        deposed["deposed_key"] = "deadbeef".into();
        let json = serde_json::json!({"values": {
            "root_module": {
                "resources": [thing("a_thing.x", values)],
                "child_modules": [{"resources": [tainted, deposed]}],
            },
            "outputs": {
                "json": {"value": "{\"a\":[1]}", "type": "string"},
                "map": {"value": {"a": "b", "c d": "e"}, "type": ["map", "string"]},
                "empty": {"value": "", "type": "string"},
                "secret": {"value": "hunter2", "type": "string", "sensitive": true},
            },
        }});
        let text = text_of(&state(&json, &schemas));
        assert!(!text.contains("hunter2"), "{text}");
        assert_snapshot!(text, @r#"
        # a_thing.x:
        resource "a_thing" "x" {
            id       = "i-1"
            password = (sensitive value)
            tags     = {
                "Name"       = "x"
                "a-long-one" = ""
            }
            text     = <<-EOT
                one
                two
            EOT

            rule {
                port = 80
            }
            rule {
                port = 443
            }
        }


        # module.m["k"].a_thing.y: (tainted)
        resource "a_thing" "y" {
            id = "i-2"
        }

        # module.m["k"].a_thing.y: (deposed object deadbeef)
        resource "a_thing" "y" {
            id = "i-3"
        }


        Outputs:

        empty = ""
        json = jsonencode(
            {
                a = [
                    1,
                ]
            }
        )
        map = {
            "a"   = "b"
            "c d" = "e"
        }
        secret = (sensitive value)
        "#);
    }

    #[test]
    fn an_empty_state_says_so() {
        let text = text_of(&StateView::default());
        assert_eq!(text, "The state is empty. No resources are represented.\n");
    }
}
