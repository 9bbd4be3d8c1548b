//! `zw console`

use std::io::{BufRead, IsTerminal};

use zw_lang::SourceMap;

use crate::app::{App, Exit, PlanArgs, VariableArgs};
use crate::commands::review;
use crate::ui;

/// Evaluate expressions against the configuration and the state
///
/// Reads an expression a line, from the terminal or from standard input.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw console\n  echo 'cidrsubnet(\"10.0.0.0/16\", 8, 2)' | zw console"
)]
pub(crate) struct Console {
    #[command(flatten)]
    variables: VariableArgs,
}

pub(crate) async fn run(app: &App, args: &Console) -> Exit {
    let project = app.load()?;
    let store = app.store();
    let plan = PlanArgs { variables: args.variables.clone(), ..PlanArgs::offline() };
    let (options, mut sources) = review::options(app, &project, &plan)?;
    let snapshot = store.snapshot().await.map_err(|error| app.store_error(&error))?;
    let run = zw_engine::rehearse(&project.cx, snapshot, options)
        .await
        .map_err(|problems| app.fail(problems, &sources))?;
    let input = std::io::stdin();
    let is_terminal = input.is_terminal();
    let mut failed = false;
    loop {
        if is_terminal {
            app.ui.out.print("> ");
        }
        let mut line = String::new();
        match input.lock().read_line(&mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(app.io_error("read", "standard input".as_ref(), &error)),
        }
        match line.trim() {
            "" => continue,
            "exit" | "quit" => break,
            text => failed |= !answer(app, &project, &run, text, &mut sources),
        }
        if failed && !is_terminal {
            break;
        }
    }
    Ok(u8::from(failed && !is_terminal))
}

/// Evaluates one expression and shows its value, or what is wrong with it.
fn answer(
    app: &App,
    project: &crate::app::Project,
    run: &zw_engine::Run,
    text: &str,
    sources: &mut SourceMap,
) -> bool {
    let source = sources.add("<console-input>", text);
    let value = zw_config::expression(project.config().root(), text, source)
        .and_then(|(expr, symbols)| run.evaluate(&expr, &symbols));
    match value {
        Ok(value) => {
            ui::outputs::show_value(&app.ui, &value);
            true
        }
        Err(problems) => {
            app.fail(problems, sources);
            false
        }
    }
}
