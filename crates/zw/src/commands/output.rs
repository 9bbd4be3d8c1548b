//! `zw output`

use zw_engine::StateView;
use zw_lang::{Diagnostic, SourceMap, Type};

use crate::app::{App, Exit};
use crate::ui;

/// Show the output values of the root module
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw output\n  zw output -json\n  zw output -raw cluster_endpoint"
)]
pub(crate) struct Output {
    /// Write values as JSON, sensitive ones included
    #[arg(long, conflicts_with = "raw")]
    json: bool,
    /// Write one string, number or bool as it is, without quotes or a newline
    #[arg(long, requires = "name")]
    raw: bool,
    /// What there was when this run had ended
    #[arg(long, value_name = "RUN")]
    at: Option<u64>,
    /// The output; without it, all are shown
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(crate) async fn run(app: &App, args: &Output) -> Exit {
    let snapshot = super::history::snapshot_at(app, args.at).await?;
    let providers = app.providers();
    let view = StateView::new(&snapshot, &providers)
        .map_err(|problems| app.fail(problems, &SourceMap::default()))?;
    let Some(name) = &args.name else {
        if args.json {
            ui::json::outputs(&app.ui, &view.outputs);
        } else if view.outputs.is_empty() {
            app.ui.diagnostics(
                &Diagnostic::warning(
                    "No outputs found",
                    "The state file either has no outputs defined, or all the defined outputs are empty. Define an \
                     output in the configuration with the `output` keyword and run `zw apply` for it to become \
                     available.",
                )
                .into(),
                &SourceMap::default(),
            );
        } else {
            ui::outputs::show(&app.ui, &view.outputs);
        }
        return Ok(0);
    };
    let Some(output) = view.outputs.iter().find(|output| output.name == *name) else {
        let known = view.outputs.iter().map(|output| output.name.as_str());
        let hint = zw_lang::suggest(name, known);
        return Err(app.fail_with(Diagnostic::error(
            format!("Output {name:?} not found"),
            format!(
                "The output variable requested could not be found in the state. If you recently added this to your \
                 configuration, be sure to run `zw apply`.{hint}"
            ),
        )));
    };
    if args.json {
        let json = zw_lang::value_to_json(&output.value);
        app.ui.out.println(&json.to_string());
    } else if args.raw {
        let text = zw_lang::convert(&output.value, &Type::String).ok();
        match text.as_ref().and_then(|text| text.as_str()) {
            Some(text) => app.ui.out.print(text),
            None => {
                return Err(app.fail_with(Diagnostic::error(
                    "Unsupported value for raw output",
                    format!(
                        "The -raw option only supports strings, numbers, and boolean values, but output value \
                         {name:?} is {}.",
                        output.value.ty().friendly_name()
                    ),
                )));
            }
        }
    } else {
        ui::outputs::show_one(&app.ui, output);
    }
    Ok(0)
}
