//! `zw console`

mod names;

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use zw_engine::{PlanMode, Run};
use zw_lang::parse::{Question, Text, is_unfinished, question};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Type, Value};
use zw_state::Snapshot;

use crate::app::{App, Exit, Failed, PlanArgs, Project, VariableArgs};
use crate::commands::review;
use crate::ui;
use crate::ui::editor::{Editor, Typed};

/// Where what was typed is kept, in the directory for data.
const HISTORY: &str = "console_history";

/// What `help` answers.
const HELP: &str = "Type an expression to see its value: everything that can be written in the configuration can be \
written here, and refers to the root module. What is open at the end of a line - a bracket, a heredoc, a template - \
goes on in the next one. type(x) shows the type of x.\n\nThe tab key completes names. Control-C forgets what was \
typed; \"exit\" and Control-D leave.";

/// Evaluate expressions against the configuration and the state
///
/// On a terminal, answers every expression. From standard input, shows the value of the last one and stops at the
/// first that is wrong, as a script wants it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw console\n  echo 'cidrsubnet(\"10.0.0.0/16\", 8, 2)' | zw console\n  \
                  echo 'type(var.subnets)' | zw console -var-file=prod.tfvars"
)]
pub(crate) struct Console {
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// Make a plan first, and show values as they will be after it
    #[arg(long)]
    plan: bool,
    /// Evaluate against a state in a file of Terraform rather than the state of the project
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// What expressions are evaluated with.
struct Session<'a> {
    app: &'a App,
    project: Project,
    run: Run,
    sources: SourceMap,
}

/// What there is to show for an expression.
enum Answer {
    Value(Value),
    Type(Type),
    Help,
    Nothing,
}

pub(crate) async fn run(app: &App, args: &Console) -> Exit {
    let mut session = open(app, args).await?;
    if std::io::stdin().is_terminal() && app.ui.out.is_terminal {
        session.converse()
    } else {
        session.answer_input()
    }
}

async fn open<'a>(app: &'a App, args: &Console) -> Result<Session<'a>, Failed> {
    let project = app.load()?;
    let plan = if args.plan {
        PlanArgs { refresh: true, ..PlanArgs::offline() }
    } else {
        PlanArgs::offline()
    };
    let plan = PlanArgs { variables: args.variables.clone(), ..plan };
    let (mut options, sources) = review::options(app, &project, &plan)?;
    let snapshot = match &args.state {
        Some(path) => state_in_file(app, path)?,
        None => {
            app.store_of(&project)?.snapshot().await.map_err(|error| app.store_error(&error))?
        }
    };
    let run = if args.plan {
        zw_engine::plan(&project.cx, snapshot, options, &zw_engine::Silent).await
    } else {
        // Things are what the state says, and not what the configuration would make of them.
        options.mode = PlanMode::RefreshOnly;
        zw_engine::rehearse(&project.cx, snapshot, options).await
    };
    let run = run.map_err(|problems| app.fail(problems, &sources))?;
    Ok(Session { app, project, run, sources })
}

fn state_in_file(app: &App, path: &Path) -> Result<Snapshot, Failed> {
    let text = std::fs::read_to_string(path).map_err(|error| app.io_error("read", path, &error))?;
    let imported = zw_state::from_tfstate(&text).map_err(|error| {
        let summary = format!("{} cannot be used as the state", path.display());
        app.fail_with(Diagnostic::error(summary, format!("{error}.")))
    })?;
    Ok(imported.snapshot)
}

impl Session<'_> {
    /// Answers what somebody types.
    fn converse(&mut self) -> Exit {
        let names = names::Names::of(&self.project, &self.run);
        let history = self.app.data_dir().join(HISTORY);
        let failed = |error| self.app.io_error("use", "the terminal".as_ref(), &error);
        let mut editor = Editor::new(&names, history).map_err(failed)?;
        loop {
            match editor.read("> ").map_err(failed)? {
                Typed::End => return Ok(0),
                Typed::Discarded => {}
                Typed::Text(text) if text.trim().is_empty() => {}
                Typed::Text(text) if is_exit(&text) => return Ok(0),
                Typed::Text(text) => {
                    match evaluate(&self.project, &self.run, &text, &mut self.sources) {
                        Ok(answer) => show(self.app, &answer),
                        Err(problems) => self.app.ui.diagnostics(&problems, &self.sources),
                    }
                }
            }
        }
    }

    /// Evaluates what comes from standard input, up to the first mistake, and shows the last value, as Terraform does.
    fn answer_input(&mut self) -> Exit {
        let mut text = String::new();
        let mut last = Answer::Nothing;
        for line in std::io::stdin().lock().lines() {
            let line =
                line.map_err(|error| self.app.io_error("read", "standard input".as_ref(), &error))?;
            text.push_str(&line);
            if is_unfinished(&text) {
                text.push('\n');
                continue;
            }
            if is_exit(&text) {
                return Ok(0);
            }
            last = self.checked(&std::mem::take(&mut text))?;
        }
        if !text.is_empty() {
            // It is open still, which is a mistake that evaluating it explains.
            last = self.checked(&text)?;
        }
        show(self.app, &last);
        Ok(0)
    }

    fn checked(&mut self, text: &str) -> Result<Answer, Failed> {
        evaluate(&self.project, &self.run, text, &mut self.sources)
            .map_err(|problems| self.app.fail(problems, &self.sources))
    }
}

fn is_exit(text: &str) -> bool {
    text.trim() == "exit"
}

fn evaluate(
    project: &Project,
    run: &Run,
    text: &str,
    sources: &mut SourceMap,
) -> Result<Answer, Diagnostics> {
    match text.trim() {
        "" => return Ok(Answer::Nothing),
        "help" => return Ok(Answer::Help),
        _ => {}
    }
    let source = sources.add("<console-input>", text);
    let text = Text::of_file(source, text);
    let (range, asks_type) = match question(text)? {
        Question::Value => (0..text.text.len(), false),
        Question::TypeOf(range) => (range, true),
    };
    let (expr, symbols) = zw_config::expression(project.config().root(), text.part(range))?;
    let value = run.evaluate(&expr, &symbols)?;
    Ok(if asks_type { Answer::Type(value.ty()) } else { Answer::Value(value) })
}

fn show(app: &App, answer: &Answer) {
    match answer {
        Answer::Value(value) => ui::outputs::show_value(&app.ui, value),
        Answer::Type(ty) => ui::outputs::show_type(&app.ui, ty),
        Answer::Help => app.ui.out.println(HELP),
        Answer::Nothing => app.ui.out.println(""),
    }
}
