//! Write-only arguments, end to end: the service gets them, and nobody else keeps them.
//!
//! No type that is built in has one, so the type here is one of `tfcoremock`. Its file stands for the service: what is
//! under `told` there it was told, and does not tell again.
#![expect(clippy::expect_used, clippy::panic, reason = "it is a test")]

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

const TYPES: &str = r#"
{
  "tfcoremock_login": {
    "attributes": {
      "name":    { "type": "string", "required": true },
      "secret":  { "type": "string", "optional": true, "write_only": true },
      "edition": { "type": "integer", "optional": true }
    }
  }
}
"#;

const MAIN: &str = r#"
variable "secret" {
  type      = string
  ephemeral = true
}

variable "edition" {
  type    = number
  default = 1
}

ephemeral "random_password" "made" {
  length  = 24
  special = false
}

resource "tfcoremock_login" "given" {
  name    = "given"
  secret  = var.secret
  edition = var.edition
}

resource "tfcoremock_login" "made" {
  name    = "made"
  secret  = "made-${ephemeral.random_password.made.result}"
  edition = var.edition
}

output "is_null" {
  value = tfcoremock_login.given.secret == null
}
"#;

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("dynamic_resources.json"), TYPES).expect("a file");
        std::fs::write(dir.path().join("main.tf"), MAIN).expect("a file");
        Self(dir)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn zw(&self, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zw-equivalence"));
        let ran = command.args(args).current_dir(self.path()).output().expect("it can be started");
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{args:?}: {stderr}");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }

    /// What the service was told of the login of a name.
    fn told(&self, name: &str) -> String {
        for entry in std::fs::read_dir(self.path().join("terraform.resource")).expect("objects") {
            let text = std::fs::read_to_string(entry.expect("a file").path()).expect("its text");
            let file: Json = serde_json::from_str(&text).expect("JSON");
            if file["values"]["name"]["string"] == name {
                return file["told"]["secret"]["string"].as_str().expect("a secret").to_owned();
            }
        }
        panic!("there is no login {name:?}");
    }

    /// Refuses secrets in the state, in what is printed of it, and in the journal and the history.
    fn keeps_nothing(&self, secrets: &[&str]) {
        let mut texts = vec![self.zw(&["state", "pull"]), self.zw(&["show", "-json"])];
        for entry in std::fs::read_dir(self.path().join(".zw")).expect("the state") {
            let path = entry.expect("a file").path();
            if path.is_file() {
                let bytes = std::fs::read(path).expect("its content");
                texts.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        assert!(texts.len() > 2);
        for (text, secret) in texts.iter().flat_map(|text| secrets.iter().map(move |s| (text, s))) {
            assert!(!text.contains(secret), "{secret} is kept: {text}");
        }
    }
}

#[test]
fn the_service_gets_write_only_arguments_and_nobody_keeps_them() {
    let project = Project::new();
    let first = "-var=secret=first-3c81";
    let planned = project.zw(&["plan", first, "-out=tfplan"]);
    assert!(planned.contains("+ secret  = (write-only attribute)"), "{planned}");
    let json = project.zw(&["show", "-json", "tfplan"]);
    assert!(!planned.contains("first-3c81") && !json.contains("first-3c81"), "{json}");
    project.zw(&["apply", first, "tfplan"]);
    let made = project.told("made");
    assert_eq!(project.told("given"), "first-3c81");
    assert_eq!((made.len(), &made[..5]), (29, "made-"));
    assert_eq!(project.zw(&["output", "is_null"]).trim(), "true");
    project.keeps_nothing(&["first-3c81", &made]);

    // Nobody knows what it was, so it is no reason for a change. Another argument says when there is one.
    let second = "-var=secret=second-9d02";
    assert!(project.zw(&["plan", second]).contains("No changes."));
    let changed = project.zw(&["apply", "-auto-approve", second, "-var=edition=2"]);
    assert!(changed.contains("~ edition = 1 -> 2"), "{changed}");
    assert!(changed.contains("0 added, 2 changed, 0 destroyed"), "{changed}");
    assert_eq!(project.told("given"), "second-9d02");
    assert_ne!(project.told("made"), made);
    project.keeps_nothing(&["first-3c81", "second-9d02", &made, &project.told("made")]);
    project.zw(&["destroy", "-auto-approve", second]);
}
