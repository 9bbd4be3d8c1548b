//! `local-exec`: a command on this machine.

use std::process::Stdio;

use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Block};
use zw_provider::{Output, Provisioner, View};

/// How much of what a failed command printed is repeated, in characters.
const REPEATED_MAX: usize = 2000;

pub(crate) struct LocalExec {
    schema: Block,
}

impl LocalExec {
    pub(crate) fn new() -> Self {
        let attributes = [
            Attribute::required("command", Type::String).describe("The command."),
            Attribute::optional("environment", Type::map(Type::String))
                .describe("Environment variables besides those of zw."),
            Attribute::optional("interpreter", Type::list(Type::String)).describe(
                "The program and its arguments before the command; a shell if none is given.",
            ),
            Attribute::optional("quiet", Type::Bool)
                .describe("Whether to keep the command to itself."),
            Attribute::optional("working_dir", Type::String).describe("Where to run it."),
        ];
        Self { schema: Block::new(attributes, []) }
    }
}

#[async_trait]
impl Provisioner for LocalExec {
    fn schema(&self) -> &Block {
        &self.schema
    }

    async fn run(
        &self,
        config: &Value,
        _: Option<&Value>,
        output: &Output<'_>,
    ) -> Result<(), String> {
        let arguments = View::new(config);
        let text = arguments.str_or_empty("command");
        if text.trim().is_empty() {
            return Err("The command is empty. Give one.".to_owned());
        }
        let mut command = command(arguments, text)?;
        if arguments.bool("quiet") == Some(true) {
            output("local-exec: Executing: Suppressed by quiet=true");
        } else {
            let interpreter = command.as_std().get_program().to_string_lossy();
            output(&format!("Executing: [{interpreter:?} ... {text:?}]"));
        }
        let failed = |error: std::io::Error| format!("Error running command '{text}': {error}.");
        let mut child = command.spawn().map_err(failed)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (printed, complained) = tokio::join!(relay(stdout, output), relay(stderr, output));
        let status = child.wait().await.map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        let code =
            status.code().map_or_else(|| status.to_string(), |code| format!("exit status {code}"));
        Err(format!("Error running command '{text}': {code}. Output: {printed}{complained}"))
    }
}

fn command(arguments: View<'_>, text: &str) -> Result<Command, String> {
    let mut interpreter = arguments.strings("interpreter");
    if interpreter.is_empty() {
        let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["/bin/sh", "-c"] };
        interpreter = shell.map(str::to_owned).to_vec();
    }
    let [program, before @ ..] = &interpreter[..] else {
        return Err("The interpreter is empty.".to_owned());
    };
    let mut command = Command::new(program);
    command
        .args(before)
        .arg(text)
        .envs(arguments.string_map("environment"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(dir) = arguments.str("working_dir").filter(|dir| !dir.is_empty()) {
        command.current_dir(dir);
    }
    Ok(command)
}

/// Passes lines on, and gives the end of what there was.
async fn relay(stream: Option<impl AsyncRead + Unpin>, output: &Output<'_>) -> String {
    let Some(stream) = stream else { return String::new() };
    let mut reader = BufReader::new(stream);
    let (mut all, mut line) = (String::new(), Vec::new());
    // What cannot be read any more ends it: how the command ends says the rest.
    while reader.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        output(text.trim_end());
        all.push_str(&text);
        if all.len() > 4 * REPEATED_MAX {
            all = tail(&all);
        }
        line.clear();
    }
    tail(&all)
}

fn tail(text: &str) -> String {
    let skipped = text.chars().count().saturating_sub(REPEATED_MAX);
    text.chars().skip(skipped).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    async fn ran(config: &[(&'static str, Value)]) -> (Result<(), String>, Vec<String>) {
        let exec = LocalExec::new();
        let attributes = exec.schema.attributes.iter().map(|attribute| {
            let given = config.iter().find(|(name, _)| *name == attribute.name);
            (
                attribute.name,
                given.map_or(Value::null(attribute.ty.clone()), |given| given.1.clone()),
            )
        });
        let lines = Mutex::new(Vec::new());
        let output = |line: &str| lines.lock().expect("no panic").push(line.to_owned());
        let config = Value::object(attributes);
        let result = exec.run(&config, None, &output).await;
        (result, lines.into_inner().expect("no panic"))
    }

    #[tokio::test]
    async fn commands_run_in_a_shell_and_their_lines_are_passed_on() {
        let environment = Value::map(Type::String, [("NAME", Value::from("world"))]);
        let command = Value::from("echo hello $NAME; pwd");
        let config =
            [("command", command), ("environment", environment), ("working_dir", "/".into())];
        let (result, lines) = ran(&config).await;
        assert_eq!(result, Ok(()));
        assert_eq!(lines[1..], ["hello world", "/"]);
    }

    #[tokio::test]
    async fn a_failure_says_what_was_printed() {
        let (result, _) = ran(&[("command", Value::from("echo oh no >&2; exit 3"))]).await;
        let wanted =
            "Error running command 'echo oh no >&2; exit 3': exit status 3. Output: oh no\n";
        assert_eq!(result, Err(wanted.to_owned()));
    }

    #[tokio::test]
    async fn what_is_quiet_is_not_shown() {
        let secret = [("command", Value::from("true secret")), ("quiet", Value::from(true))];
        let (result, lines) = ran(&secret).await;
        assert_eq!(result, Ok(()));
        assert!(lines.iter().all(|line| !line.contains("secret")), "{lines:?}");
    }
}
