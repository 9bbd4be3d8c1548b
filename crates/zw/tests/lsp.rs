//! The language server, talked to as an editor does.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value as Json, json};
use support::Project;

const MAIN: &str = r#"variable "region" {
  description = "Where it is."
  default     = "eu-west-1"
}

locals {
  zone = "${var.region}a"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

module "child" {
  source = "./child"
  name   = local.zone
}

output "both" {
  value = [aws_vpc.main.arn, module.child.upper, "${var.region}"]
}
"#;

const CHILD: &str = "variable \"name\" {}\n\noutput \"upper\" {\n  value = upper(var.name)\n}\n";

const YAML: &str = "resource:\n  terraform_data:\n    yaml:\n      input: ${var.region}\n";

/// An editor with the server.
struct Editor {
    project: Project,
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    requests: u64,
}

impl Editor {
    fn new() -> Self {
        let project = Project::of(MAIN);
        project.write("child/main.tf", CHILD);
        project.write("more.zw.yaml", YAML);
        let mut child = project
            .command(&["lsp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("zw can be started");
        let to = child.stdin.take().expect("a pipe");
        let from = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut editor = Self { project, child, to, from, requests: 0 };
        let folder = json!([{ "uri": editor.uri(""), "name": "project" }]);
        let answer = editor.ask(
            "initialize",
            &json!({ "processId": null, "rootUri": null, "capabilities": {}, "workspaceFolders": folder }),
        );
        assert_eq!(answer["serverInfo"]["name"], "zw");
        editor.tell("initialized", &json!({}));
        for name in ["main.tf", "child/main.tf", "more.zw.yaml"] {
            let text = editor.project.read(name);
            editor.open(name, &text);
        }
        editor
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}/{name}", self.project.path().display())
    }

    fn open(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        self.tell(
            "textDocument/didOpen",
            &json!({ "textDocument": { "uri": uri, "languageId": "terraform", "version": 1, "text": text } }),
        );
    }

    fn change(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        self.tell(
            "textDocument/didChange",
            &json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": text }] }),
        );
    }

    fn send(&mut self, message: &Json) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it listens");
        self.to.flush().expect("it listens");
    }

    fn receive(&mut self) -> Json {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).expect("it talks") > 0, "the server is gone");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a number"),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).expect("it talks");
        serde_json::from_slice(&body).expect("JSON")
    }

    fn tell(&mut self, method: &str, params: &Json) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: &Json) -> Json {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message.get("result").unwrap_or(&message["error"]).clone();
            }
        }
    }

    /// Waits for the diagnostics of a file.
    fn diagnostics(&mut self, name: &str) -> Vec<Json> {
        let uri = self.uri(name);
        loop {
            let message = self.receive();
            let is_it = message["method"] == "textDocument/publishDiagnostics";
            if is_it && message["params"]["uri"] == uri.as_str() {
                return message["params"]["diagnostics"].as_array().expect("a list").clone();
            }
        }
    }

    /// A place: after the first `before` in a file.
    fn at(&self, name: &str, text: &str, before: &str) -> Json {
        let offset = text.find(before).expect("it is there") + before.len();
        let line = text[..offset].matches('\n').count();
        let column = offset - text[..offset].rfind('\n').map_or(0, |at| at + 1);
        json!({
            "textDocument": { "uri": self.uri(name) },
            "position": { "line": line, "character": column },
        })
    }

    /// Labels that are offered at a place.
    fn offered(&mut self, name: &str, text: &str, before: &str) -> Vec<String> {
        let at = self.at(name, text, before);
        let found = self.ask("textDocument/completion", &at);
        let found = found.as_array().unwrap_or_else(|| panic!("no list: {found}"));
        found.iter().filter_map(|item| item["label"].as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_is_wrong_is_marked_while_it_is_written() {
    let mut editor = Editor::new();
    let wrong = MAIN.replace("cidr_block", "cidr_blok");
    editor.change("main.tf", &wrong);
    let found = editor.diagnostics("main.tf");
    assert!(found[0]["message"].as_str().expect("text").contains("cidr_blok"), "{found:?}");
    assert_eq!(found[0]["severity"], 1);
    let line = wrong[..wrong.find("cidr_blok").expect("it is there")].matches('\n').count();
    assert_eq!(found[0]["range"]["start"], json!({ "line": line, "character": 2 }));
    // What is mended is not marked any more, though nothing was saved.
    editor.change("main.tf", MAIN);
    assert_eq!(editor.diagnostics("main.tf"), Vec::<Json>::new());
    let wrong = YAML.replace("input", "inptu");
    editor.change("more.zw.yaml", &wrong);
    let found = editor.diagnostics("more.zw.yaml");
    assert_eq!(found[0]["range"]["start"]["line"], 3, "{found:?}");
}

#[test]
fn what_fits_is_offered_in_a_file_that_is_not_finished() {
    let mut editor = Editor::new();
    let has = |offered: &[String], name: &str| offered.iter().any(|found| found == name);
    let mut with = |end: &str| {
        let text = format!("{MAIN}\n{end}");
        editor.change("main.tf", &text);
        editor.offered("main.tf", &text, &text)
    };
    assert!(has(&with("reso"), "resource"));
    let offered = with("resource \"aws_");
    assert!(has(&offered, "aws_vpc") && !has(&offered, "resource"), "{offered:?}");
    let offered = with("resource \"aws_eks_cluster\" \"a\" {\n  vpc_config {\n    sub");
    assert!(has(&offered, "subnet_ids") && !has(&offered, "role_arn"), "{offered:?}");
    let offered = with("resource \"aws_vpc\" \"b\" {\n  ");
    assert!(has(&offered, "cidr_block") && has(&offered, "for_each"), "{offered:?}");
    assert!(has(&with("output \"x\" {\n  value = cidrsu"), "cidrsubnet"));
    assert_eq!(with("output \"x\" {\n  value = var."), ["region"]);
    assert_eq!(with("output \"x\" {\n  value = module.child."), ["upper"]);
    assert_eq!(with("output \"x\" {\n  value = \"${aws_vpc."), ["main"]);
    assert!(has(&with("output \"x\" {\n  value = aws_vpc.main."), "arn"));
    assert!(has(&with("module \"child\" {\n  source = \"./child\"\n  na"), "name"));
    let yaml = "resource:\n  aws_vpc:\n    a:\n      ci";
    editor.change("more.zw.yaml", yaml);
    assert!(has(&editor.offered("more.zw.yaml", yaml, yaml), "cidr_block"));
    let yaml = "output:\n  a:\n    value: ${var.";
    editor.change("more.zw.yaml", yaml);
    assert_eq!(editor.offered("more.zw.yaml", yaml, yaml), ["region"]);
}

#[test]
fn documentation_is_shown_for_what_is_under_the_pointer() {
    let mut editor = Editor::new();
    let mut shown = |name: &str, text: &str, before: &str| {
        let at = editor.at(name, text, before);
        editor.ask("textDocument/hover", &at)["contents"]["value"].as_str().unwrap_or("").to_owned()
    };
    assert!(shown("main.tf", MAIN, "  cidr_bl").contains("**cidr_block** `string`"));
    assert!(shown("main.tf", MAIN, "resource \"aws_v").contains("**aws_vpc**"));
    assert!(shown("main.tf", MAIN, "aws_vpc.main.ar").contains("**arn** `string`, read-only"));
    assert!(shown("main.tf", MAIN, "${var.reg").contains("Where it is."));
    assert!(shown("child/main.tf", CHILD, "value = upp").contains("upper("));
    assert!(shown("more.zw.yaml", YAML, "      inp").contains("**input**"));
}

#[test]
fn names_lead_to_where_they_are_declared_and_back() {
    let mut editor = Editor::new();
    let mut goes = |name: &str, text: &str, before: &str| {
        let at = editor.at(name, text, before);
        let found = editor.ask("textDocument/definition", &at);
        let uri = found["uri"].as_str().unwrap_or("").to_owned();
        let file = uri.rsplit_once("/.tmp").map_or(uri.as_str(), |(_, rest)| rest);
        let file = file.split_once('/').map_or("", |(_, file)| file).to_owned();
        (file, found["range"]["start"]["line"].as_u64())
    };
    assert_eq!(goes("main.tf", MAIN, "${var.reg"), ("main.tf".to_owned(), Some(0)));
    assert_eq!(goes("main.tf", MAIN, "= local.zo"), ("main.tf".to_owned(), Some(6)));
    assert_eq!(goes("main.tf", MAIN, "[aws_vpc.ma"), ("main.tf".to_owned(), Some(9)));
    assert_eq!(goes("main.tf", MAIN, "module.child.upp"), ("child/main.tf".to_owned(), Some(2)));
    assert_eq!(goes("main.tf", MAIN, "./child\"\n  na"), ("child/main.tf".to_owned(), Some(0)));
    assert_eq!(goes("more.zw.yaml", YAML, "var.reg"), ("main.tf".to_owned(), Some(0)));

    let mut at = editor.at("main.tf", MAIN, "variable \"reg");
    at["context"] = json!({ "includeDeclaration": true });
    let found = editor.ask("textDocument/references", &at);
    assert_eq!(found.as_array().map(Vec::len), Some(4), "{found}");
}

#[test]
fn a_new_name_is_written_everywhere_and_the_configuration_stays_valid() {
    let mut editor = Editor::new();
    editor.project.ok(&["validate"]);
    for (name, text, before, to) in [
        ("main.tf", MAIN, "${var.reg", "place"),
        ("child/main.tf", CHILD, "variable \"na", "title"),
        ("child/main.tf", CHILD, "output \"up", "loud"),
    ] {
        let mut at = editor.at(name, text, before);
        at["newName"] = to.into();
        let edit = editor.ask("textDocument/rename", &at);
        apply(&editor, &edit);
    }
    let main = editor.project.read("main.tf");
    assert!(main.contains("variable \"place\"") && main.contains("${var.place}a"), "{main}");
    assert!(main.contains("title   = local.zone") && main.contains("module.child.loud"), "{main}");
    assert!(editor.project.read("more.zw.yaml").contains("${var.place}"));
    editor.project.ok(&["validate"]);

    let mut at = editor.at("main.tf", MAIN, "${var.reg");
    at["newName"] = "not a name".into();
    let refused = editor.ask("textDocument/rename", &at);
    assert!(refused["message"].as_str().expect("text").contains("is no name"), "{refused}");
}

/// Writes the changes into the files, the last first.
fn apply(editor: &Editor, edit: &Json) {
    for (uri, edits) in edit["changes"].as_object().expect("changes") {
        let path = uri.strip_prefix("file://").expect("a file");
        let mut text = std::fs::read_to_string(path).expect("the file is there");
        let offset = |text: &str, place: &Json| {
            let line = usize::try_from(place["line"].as_u64().expect("a number")).expect("small");
            let column =
                usize::try_from(place["character"].as_u64().expect("a number")).expect("small");
            text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + column
        };
        let mut edits: Vec<(usize, usize, String)> = edits
            .as_array()
            .expect("a list")
            .iter()
            .map(|edit| {
                let (start, end) = (&edit["range"]["start"], &edit["range"]["end"]);
                let new = edit["newText"].as_str().expect("text").to_owned();
                (offset(&text, start), offset(&text, end), new)
            })
            .collect();
        edits.sort();
        for (start, end, new) in edits.into_iter().rev() {
            text.replace_range(start..end, &new);
        }
        let name = std::path::Path::new(path).strip_prefix(editor.project.path()).expect("in it");
        editor.project.write(&name.to_string_lossy(), &text);
    }
}

#[test]
fn files_are_formatted_as_the_command_does_it() {
    let mut editor = Editor::new();
    let text = "variable   \"a\"  {\ntype=string\n}\n";
    editor.change("main.tf", text);
    let uri = editor.uri("main.tf");
    let edits = editor.ask(
        "textDocument/formatting",
        &json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 2, "insertSpaces": true } }),
    );
    let formatted = editor.project.fed(&["fmt", "-"], text).stdout;
    assert_eq!(edits[0]["newText"], formatted.as_str());
}

#[test]
fn yaml_is_formatted_too() {
    let mut editor = Editor::new();
    editor.change("more.zw.yaml", "variable:\n    a: {type:   string}   # here\n");
    let uri = editor.uri("more.zw.yaml");
    let edits = editor.ask(
        "textDocument/formatting",
        &json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 2, "insertSpaces": true } }),
    );
    assert_eq!(edits[0]["newText"], "variable:\n  a: { type: string } # here\n");
}

#[test]
fn the_server_ends_when_it_is_told_to() {
    let mut editor = Editor::new();
    editor.ask("shutdown", &Json::Null);
    editor.tell("exit", &Json::Null);
    let status = editor.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
}
