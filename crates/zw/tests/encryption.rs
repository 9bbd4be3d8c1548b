//! States and plans that are encrypted.

mod support;

use std::path::Path;

use support::Project;

/// What must not be found anywhere.
const SECRET: &str = "hunter2-the-planted-secret";

const RESOURCES: &str = r#"
variable "secret" {
  type      = string
  sensitive = true
}

resource "terraform_data" "a" {
  input = var.secret
}

resource "terraform_data" "open" {
  input = "legible-text"
}

output "o" {
  value     = terraform_data.a.output
  sensitive = true
}
"#;

/// An encryption block with methods `main` and `old`, whose state block says more.
fn block(state: &str) -> String {
    format!(
        r#"
terraform {{
  encryption {{
    key_provider "passphrase" "main" {{
      memory_mib = 8
      passes     = 1
      lanes      = 1
    }}
    key_provider "file" "other" {{
      path = "${{path.module}}/keys/${{var.key}}"
    }}
    method "aes_gcm" "main" {{
      keys = key_provider.passphrase.main
    }}
    method "aes_gcm" "file" {{
      keys = key_provider.file.other
    }}
    state {{
{state}
    }}
  }}
}}

variable "key" {{
  type    = string
  default = "key"
}}
"#
    )
}

fn project(state: &str) -> Project {
    let project = Project::of(RESOURCES)
        .env("TF_VAR_secret", SECRET)
        .env("ZW_ENCRYPTION_PASSPHRASE", "correct horse battery staple");
    project.write("encryption.tf", &block(state));
    project.write("keys/key", "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=\n");
    project
}

/// The files in a directory that have a text in them.
fn holding(dir: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(holding(&path, text));
            continue;
        }
        let bytes = std::fs::read(&path).expect("it can be read");
        if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.file_name().expect("it has a name").to_string_lossy().into_owned());
        }
    }
    found
}

#[test]
fn no_secret_is_in_the_state_its_history_or_a_plan() {
    let project = project("      method = method.aes_gcm.main");
    project.ok(&["apply", "-auto-approve"]);
    project.edit("main.tf", "input = var.secret", "input = \"next-${var.secret}\"");
    project.ok(&["plan", "-out=plan"]);
    project.ok(&["apply", "plan"]);
    project.ok(&["plan", "-out=plan", "-destroy"]);
    assert_eq!(holding(project.path(), SECRET), Vec::<String>::new());
    // The plan is compressed, too: it is its form that tells.
    assert!(project.read_bytes("plan").starts_with(b"zw-sealed\n"));
    assert_eq!(holding(project.path(), "legible-text"), ["main.tf"]);
    // Whoever has the key sees it all.
    let next = format!("next-{SECRET}");
    assert_eq!(project.ok(&["output", "-raw", "o"]).stdout, next);
    assert!(project.ok(&["show", "plan"]).stdout.contains("will be destroyed"));
    assert!(project.ok(&["state", "pull"]).stdout.contains(&next));
    let runs = project.ok(&["history", "-json"]).stdout;
    let runs: serde_json::Value = serde_json::from_str(&runs).expect("JSON");
    let at = format!("-at={}", runs[1]["run"]);
    assert_eq!(project.ok(&["output", "-raw", "o", &at]).stdout, SECRET);
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
    let to = format!("-to={}", runs[1]["run"]);
    project.ok(&["apply", "-auto-approve", &to]);
    project.ok(&["state", "mv", "terraform_data.a", "terraform_data.b"]);
    assert!(project.ok(&["state", "pull"]).stdout.contains(SECRET));
    assert_eq!(holding(project.path(), SECRET), Vec::<String>::new());
    project.ok(&["destroy", "-auto-approve"]);
}

#[test]
fn without_its_key_a_state_is_of_no_use_and_stays_as_it_is() {
    let project = project("      method = method.aes_gcm.main");
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["plan", "-out=plan"]);
    let before = project.read_bytes(".zw/state.db");
    let wrong = |project: &Project, word: &str| {
        for args in [
            &["plan"][..],
            &["apply", "-auto-approve"],
            &["state", "list"],
            &["output"],
            &["apply", "plan"],
            &["state", "rm", "terraform_data.a"],
        ] {
            let ran = project.zw(args);
            assert_eq!(ran.code, Some(1), "{args:?}: {}", ran.all());
            assert!(ran.stderr.contains(word), "{args:?}: {}", ran.all());
        }
    };
    let block = project.read("encryption.tf");
    project.write("encryption.tf", "variable \"key\" {}\n");
    let without = project.env("TF_VAR_key", "key");
    wrong(&without, "no \"encryption\" block");
    without.write("encryption.tf", &block);
    let other = without.env("ZW_ENCRYPTION_PASSPHRASE", "another passphrase than that");
    wrong(&other, "not the right one");
    let none = other.env("ZW_ENCRYPTION_PASSPHRASE", "");
    wrong(&none, "There is no passphrase");
    let again = none.env("ZW_ENCRYPTION_PASSPHRASE", "correct horse battery staple");
    assert_eq!(again.read_bytes(".zw/state.db"), before);
    assert_eq!(again.ok(&["output", "-raw", "o"]).stdout, SECRET);
    // What is in other states is read by nobody without a key either.
    let dir = again.path().display();
    let reader = Project::of(&format!(
        "data \"terraform_remote_state\" \"o\" {{\n  backend = \"local\"\n  config = {{\n    path = \"{dir}\"\n  }}\n}}\n"
    ));
    let ran = reader.zw(&["plan"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("it is encrypted"), "{}", ran.all());
}

#[test]
fn a_state_is_encrypted_gets_another_key_and_is_decrypted() {
    let plain = "# nothing yet\nvariable \"key\" {\n  default = \"key\"\n}\n";
    let project = project("");
    project.write("encryption.tf", plain);
    project.ok(&["apply", "-auto-approve"]);
    project.edit("main.tf", "legible-text", "legible-words");
    project.ok(&["apply", "-auto-approve"]);
    assert_eq!(holding(&project.path().join(".zw"), SECRET), ["state.db"]);
    let ran = project.zw(&["state", "encrypt"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("There is no key"), "{}", ran.all());

    let enforced = "      method   = method.aes_gcm.main\n      enforced = true";
    project.write("encryption.tf", &block(enforced));
    let ran = project.zw(&["plan"]);
    assert!(ran.stderr.contains("not encrypted, and the configuration says"), "{}", ran.all());
    project.ok(&["state", "encrypt"]);
    assert_eq!(holding(&project.path().join(".zw"), SECRET), Vec::<String>::new());
    assert_eq!(holding(&project.path().join(".zw"), "legible-text"), Vec::<String>::new());
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));

    let rotating = "      method = method.aes_gcm.file\n      scope  = sensitive\n      fallback {\n        method = \
                    method.aes_gcm.main\n      }";
    project.write("encryption.tf", &block(rotating));
    assert_eq!(project.zw(&["plan", "-detailed-exitcode"]).code, Some(0));
    project.ok(&["state", "rotate-key"]);
    // Of the narrower scope is only what is sensitive.
    assert_eq!(holding(&project.path().join(".zw"), SECRET), Vec::<String>::new());
    assert_eq!(holding(&project.path().join(".zw"), "legible-text"), ["state.db"]);
    project.write("encryption.tf", &block("      method = method.aes_gcm.file"));
    assert_eq!(project.ok(&["output", "-raw", "o"]).stdout, SECRET);
    project.write("encryption.tf", &block("      method = method.aes_gcm.main"));
    let ran = project.zw(&["output"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("\"file\""), "{}", ran.all());

    project.write("encryption.tf", &block("      method = method.aes_gcm.file"));
    project.ok(&["state", "decrypt"]);
    project.write("encryption.tf", plain);
    assert_eq!(project.ok(&["output", "-raw", "o"]).stdout, SECRET);
    assert_eq!(project.ok(&["history"]).stdout.lines().count(), 6);
}

#[test]
fn mistakes_in_the_block_are_shown_where_they_are() {
    for (from, to, word) in [
        (
            "method.aes_gcm.main\n",
            "method.aes_gcm.none\n",
            "There is no method \"aes_gcm\" \"none\"",
        ),
        (
            "keys = key_provider.passphrase.main",
            "keys = key_provider.passphrase.none",
            "There is no key_provider",
        ),
        (
            "key_provider \"passphrase\" \"main\"",
            "key_provider \"phrase\" \"main\"",
            "no key_provider \"passphrase\" \"main\"",
        ),
        ("passes     = 1", "passes     = 0", "out of bounds"),
        ("passes     = 1", "rounds     = 1", "An argument named \"rounds\" is not expected"),
        ("method = method.aes_gcm.main", "enforced = true", "The argument \"method\" is required"),
        ("lanes      = 1", "passphrase = terraform_data.a.id", "key provider"),
    ] {
        let project = project("      method = method.aes_gcm.main");
        project.edit("encryption.tf", from, to);
        let ran = project.zw(&["plan"]);
        assert_eq!(ran.code, Some(1), "{from}: {}", ran.all());
        assert!(ran.stderr.contains(word), "{from}: {}", ran.all());
        assert!(ran.stderr.contains("encryption.tf"), "{from}: {}", ran.all());
    }
}

#[test]
fn json_and_yaml_say_the_same() {
    let project = project("");
    std::fs::remove_file(project.path().join("encryption.tf")).expect("it is there");
    project.write(
        "encryption.zw.yaml",
        "zw:\n  encryption:\n    key_provider:\n      file:\n        main:\n          path: keys/key\n    method:\n      \
         aes_gcm:\n        main:\n          keys: key_provider.file.main\n    state:\n      method: \
         method.aes_gcm.main\n  history:\n    keep_runs: 2\n",
    );
    for value in ["1", "2", "3", "4"] {
        project.write("main.tf", &RESOURCES.replace("legible-text", value));
        project.ok(&["apply", "-auto-approve"]);
    }
    assert_eq!(holding(project.path(), SECRET), Vec::<String>::new());
    // The history is as long as its block says.
    assert_eq!(project.ok(&["history"]).stdout.lines().count(), 3);
}

/// On a terminal a passphrase is asked for that is nowhere else, twice where a key is made of it.
#[cfg(unix)]
#[test]
fn a_passphrase_is_asked_for_on_a_terminal() {
    const WORDS: &str = "correct horse battery staple";
    let project = Project::of(RESOURCES).env("TF_VAR_secret", SECRET);
    project.write("encryption.tf", &block("      method = method.aes_gcm.main"));
    let typed = |args: &[&str], answers: &[&str]| {
        let mut command = project.command(args);
        command.env("TERM", "xterm").stdin(std::process::Stdio::inherit());
        let mut terminal =
            rexpect::session::spawn_command(command, Some(30_000)).expect("a terminal");
        let mut shown = String::new();
        for answer in answers {
            shown += &terminal.exp_string("(key_provider.passphrase.main): ").expect("a question");
            terminal.send_line(answer).expect("somebody types");
        }
        shown + &terminal.exp_eof().expect("it ends")
    };
    let shown = typed(&["apply", "-auto-approve"], &[WORDS, "correct horse battery stable"]);
    assert!(shown.contains("The passphrases differ") && !shown.contains("horse"), "{shown}");
    let shown = typed(&["apply", "-auto-approve"], &[WORDS, WORDS]);
    assert!(shown.contains("2 added") && !shown.contains("horse"), "{shown}");
    assert_eq!(holding(&project.path().join(".zw"), SECRET), Vec::<String>::new());
    let shown = typed(&["plan", "-out=tfplan"], &[WORDS]);
    assert!(shown.contains("No changes") && !shown.contains("horse"), "{shown}");
    let shown = typed(&["output"], &["a wrong one, but long enough"]);
    assert!(shown.contains("not the right one"), "{shown}");
    // Where nobody can answer nobody is asked.
    let ran = project.zw(&["output"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("There is no passphrase"), "{}", ran.all());
    let known = project.env("ZW_ENCRYPTION_PASSPHRASE", WORDS);
    assert_eq!(known.ok(&["output", "-raw", "o"]).stdout, SECRET);
}
