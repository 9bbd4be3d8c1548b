//! Modules from registries, Git repositories and archives, with the real `terraform` as a witness where it is on the
//! machine: both programs ask the same server for the same configuration.

mod support;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use support::Project;
use tiny_http::{Header, Response, Server};

/// What a path answers with: a header, and contents.
type Answer = (Option<(&'static str, String)>, Vec<u8>);

/// A static server on a free port.
struct Site {
    server: Arc<Server>,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    url: String,
}

impl Site {
    fn start() -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("a free port"));
        let address = server.server_addr().to_ip().expect("an address");
        let answers: Arc<Mutex<HashMap<String, Answer>>> = Arc::default();
        let (serving, known) = (Arc::clone(&server), Arc::clone(&answers));
        std::thread::spawn(move || {
            for request in serving.incoming_requests() {
                let answer =
                    known.lock().expect("no test panics with it").get(request.url()).cloned();
                let _ = match answer {
                    Some((header, contents)) => {
                        let mut response = Response::from_data(contents);
                        if let Some((name, value)) = header {
                            let header = Header::from_bytes(name, value).expect("a header");
                            response = response.with_header(header);
                        }
                        request.respond(response)
                    }
                    None => request.respond(Response::empty(404)),
                };
            }
        });
        Self { server, answers, url: format!("http://{address}") }
    }

    fn serve(&self, path: &str, contents: impl Into<Vec<u8>>) {
        self.put(path, None, contents.into());
    }

    fn put(&self, path: &str, header: Option<(&'static str, String)>, contents: Vec<u8>) {
        let mut answers = self.answers.lock().expect("no test panics with it");
        answers.insert(path.to_owned(), (header, contents));
    }

    /// Publishes versions of `acme/network/test` by the protocol of module registries, with the directory of the
    /// archive that the module is in.
    fn publish_in(&self, directory: &str, versions: &[&str]) {
        let listed: Vec<String> =
            versions.iter().map(|version| format!("{{\"version\": \"{version}\"}}")).collect();
        let listed = format!("{{\"modules\": [{{\"versions\": [{}]}}]}}", listed.join(", "));
        self.serve("/modules/acme/network/test/versions", listed);
        for version in versions {
            let place = format!("/packages/network-{version}//{directory}?archive=tar.gz");
            let path = format!("/modules/acme/network/test/{version}/download");
            self.put(&path, Some(("X-Terraform-Get", place)), Vec::new());
            self.package(version, &format!("network {version}"));
        }
    }

    fn publish(&self, versions: &[&str]) {
        self.publish_in("*", versions);
    }

    /// The archive of a version: all in one directory, as code hosts have it.
    fn package(&self, version: &str, says: &str) {
        let files = [
            ("acme-network-0123/main.tf", module(says)),
            ("acme-network-0123/modules/peer/main.tf", module(&format!("peer of {says}"))),
        ];
        self.serve(&format!("/packages/network-{version}"), archive(&files, "tar czf - ."));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

/// A module that says something, with a file of its own.
fn module(says: &str) -> String {
    format!(
        "output \"says\" {{\n  value = {says:?}\n}}\n\noutput \"files\" {{\n  value = fileset(path.module, \"**\")\n}}\n"
    )
}

/// What a command prints in a directory with files.
fn archive(files: &[(&str, String)], command: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, contents) in files {
        write(&dir.path().join(name), contents);
    }
    let ran = Command::new("sh").args(["-c", command]).current_dir(dir.path()).output();
    let ran = ran.expect("a shell");
    assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout
}

fn write(path: &Path, contents: &str) {
    std::fs::create_dir_all(path.parent().expect("a file")).expect("a directory");
    std::fs::write(path, contents).expect("writable");
}

/// A repository with a tag `v1`, and something else behind it.
fn repository(dir: &Path) {
    write(
        &dir.join("modules/vpc/main.tf"),
        &format!("{}\nmodule \"peer\" {{\n  source = \"../peer\"\n}}\n", module("vpc v1")),
    );
    write(&dir.join("modules/peer/main.tf"), &module("peer"));
    git(dir, &["init", "--quiet", "--initial-branch=main"]);
    git(dir, &["add", "."]);
    git(dir, &["commit", "--quiet", "--message=one"]);
    git(dir, &["tag", "v1"]);
    write(&dir.join("modules/vpc/main.tf"), &module("vpc of main"));
    git(dir, &["commit", "--quiet", "--all", "--message=two"]);
}

fn git(dir: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    let ran = Command::new("git").args(identity).args(args).current_dir(dir).output();
    let ran = ran.expect("git is on the machine");
    assert!(ran.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// A project whose registry `registry.test` is the site.
fn project(site: &Site, config: &str) -> Project {
    let project = Project::of(config);
    let settings = format!(
        "host \"registry.test\" {{\n  services = {{\n    \"modules.v1\" = \"{}/modules/\"\n  }}\n}}\n",
        site.url
    );
    project.write("settings.tfrc", &settings);
    let path = project.path().join("settings.tfrc").display().to_string();
    project.env("TF_CLI_CONFIG_FILE", &path)
}

const NETWORK: &str = r#"
module "network" {
  source  = "registry.test/acme/network/test"
  version = "~> 1.0"
}

output "says" {
  value = module.network.says
}
"#;

/// What went wrong, without the breaks of lines.
fn problem(project: &Project, args: &[&str]) -> String {
    let ran = project.zw(args);
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    ran.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says(project: &Project) -> String {
    project.ok(&["apply", "-auto-approve"]);
    project.ok(&["output", "-raw", "says"]).stdout
}

/// Every kind of source at once, and what the modules say, and which files they see.
#[test]
fn terraform_gets_the_same_from_every_kind_of_source() {
    let site = Site::start();
    // The pattern `*` is of the protocol, but terraform 1.11 does not expand it for a registry.
    site.publish_in("acme-network-0123", &["0.9.0", "1.2.0", "1.10.0", "1.11.0-beta1", "2.0.0"]);
    let flat = |says: &str| {
        [("main.tf", module(says)), ("sub/main.tf", module(&format!("sub of {says}")))]
    };
    site.serve("/zipped.tar.gz", archive(&flat("gz"), "tar czf - ."));
    site.serve("/bzipped.tbz2", archive(&flat("bz2"), "tar cjf - ."));
    site.serve("/lzma.tar.xz", archive(&flat("xz"), "tar cJf - ."));
    let page = format!(
        "<html><head><meta name=\"terraform-get\" content=\"{}/zipped.tar.gz//sub\"></head></html>",
        site.url
    );
    site.serve("/page?terraform-get=1", page);
    let code = tempfile::tempdir().expect("a directory");
    repository(code.path());
    let sources = [
        ("network", "registry.test/acme/network/test".to_owned(), Some(">= 1.0, < 2.0")),
        ("older", "registry.test/acme/network/test".to_owned(), Some("1.2.0")),
        ("peer", "registry.test/acme/network/test//modules/peer".to_owned(), Some("~> 1.0")),
        ("gz", format!("{}/zipped.tar.gz", site.url), None),
        ("bz", format!("{}/bzipped.tbz2//sub", site.url), None),
        ("xz", format!("{}/lzma.tar.xz", site.url), None),
        ("page", format!("{}/page", site.url), None),
        ("tag", format!("git::file://{}//modules/vpc?ref=v1", code.path().display()), None),
        ("head", format!("git::file://{}//modules/vpc", code.path().display()), None),
    ];
    let mut config = String::new();
    for (name, source, version) in &sources {
        let version =
            version.map(|version| format!("  version = \"{version}\"\n")).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(
            config,
            "module \"{name}\" {{\n  source = \"{source}\"\n{version}}}\n\noutput \"{name}\" {{\n  value = module.{name}\n}}\n\n"
        );
    }
    let project = project(&site, &config);
    project.ok(&["init"]);
    project.ok(&["apply", "-auto-approve"]);
    let ours: serde_json::Value =
        serde_json::from_str(&project.ok(&["output", "-json"]).stdout).expect("JSON");
    assert_eq!(ours["network"]["value"]["says"], "network 1.10.0");
    assert_eq!(ours["older"]["value"]["says"], "network 1.2.0");
    assert_eq!(ours["tag"]["value"]["says"], "vpc v1");
    assert_eq!(ours["head"]["value"]["says"], "vpc of main");

    let terraform = |args: &[&str]| {
        let mut command = Command::new("terraform");
        command.args(args).current_dir(project.path());
        command.env("TF_CLI_CONFIG_FILE", project.path().join("settings.tfrc"));
        command.output()
    };
    let Ok(ran) = terraform(&["init", "-no-color"]) else {
        eprintln!("SKIPPED: there is no terraform on this machine");
        return;
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    terraform(&["apply", "-auto-approve", "-no-color"]).expect("it ran before");
    let theirs = terraform(&["output", "-json"]).expect("it ran before").stdout;
    let theirs: serde_json::Value = serde_json::from_slice(&theirs).expect("JSON");
    for (name, ..) in &sources {
        assert_eq!(ours[name]["value"], theirs[name]["value"], "{name}");
    }
}

#[test]
fn what_is_pinned_stays_until_an_upgrade() {
    let site = Site::start();
    site.publish(&["1.2.0"]);
    let project = project(&site, NETWORK);
    let refused = problem(&project, &["plan"]);
    assert!(refused.contains("not yet installed. Run \"zw init\""), "{refused}");

    let ran = project.ok(&["init"]).stdout;
    let line = "Downloading registry.test/acme/network/test 1.2.0 for network...";
    assert!(ran.contains(line), "{ran}");
    assert_eq!(says(&project), "network 1.2.0");
    let lock = project.read(".zw.lock.hcl");
    assert!(lock.contains("version     = \"1.2.0\""), "{lock}");

    site.publish(&["1.2.0", "1.3.0"]);
    let ran = project.ok(&["init"]).stdout;
    assert!(!ran.contains("Downloading"), "{ran}");
    // Another machine, which has only what is in version control.
    std::fs::remove_dir_all(project.path().join(".zw/modules")).expect("it is there");
    project.ok(&["get"]);
    assert_eq!(says(&project), "network 1.2.0");
    assert_eq!(project.read(".zw.lock.hcl"), lock);

    project.ok(&["init", "-upgrade"]);
    assert_eq!(says(&project), "network 1.3.0");
    assert!(!project.read(".zw.lock.hcl").contains("1.2.0"));

    project.edit("main.tf", "~> 1.0", "1.2.0");
    let refused = problem(&project, &["plan"]);
    assert!(refused.contains("which is 1.3.0"), "{refused}");
    project.ok(&["init"]);
    assert_eq!(says(&project), "network 1.2.0");
    project.edit("main.tf", "1.2.0", "~> 7.0");
    let refused = problem(&project, &["init"]);
    assert!(refused.contains("The newest are 1.3.0, 1.2.0."), "{refused}");
}

#[test]
fn what_was_changed_after_it_was_pinned_is_noticed() {
    let site = Site::start();
    site.publish(&["1.2.0"]);
    let project = project(&site, NETWORK);
    project.ok(&["init"]);

    // In the cache: it is fetched again.
    let cache = std::fs::read_dir(project.path().join(".zw/modules")).expect("a cache");
    let package = cache.map(|entry| entry.expect("an entry").path()).next().expect("a package");
    write(&package.join("acme-network-0123/main.tf"), &module("something else"));
    assert_eq!(says(&project), "something else");
    project.ok(&["init"]);
    assert_eq!(says(&project), "network 1.2.0");

    // Where it was published: that is refused.
    site.package("1.2.0", "something evil");
    std::fs::remove_dir_all(project.path().join(".zw/modules")).expect("it is there");
    let refused = problem(&project, &["init"]);
    assert!(refused.contains("changed what was published"), "{refused}");
    assert_eq!(project.zw(&["plan"]).code, Some(1));
}

#[test]
fn a_saved_plan_needs_no_module_any_more() {
    let site = Site::start();
    site.publish(&["1.2.0"]);
    let project = project(&site, NETWORK);
    project.ok(&["init"]);
    project.ok(&["plan", "-out=plan"]);
    std::fs::remove_dir_all(project.path().join(".zw/modules")).expect("it is there");
    project.ok(&["apply", "plan"]);
    assert_eq!(project.ok(&["output", "-raw", "says"]).stdout, "network 1.2.0");
}

#[test]
fn a_package_is_not_left() {
    let code = tempfile::tempdir().expect("a directory");
    write(&code.path().join("main.tf"), "module \"x\" {\n  source = \"../outside\"\n}\n");
    git(code.path(), &["init", "--quiet", "--initial-branch=main"]);
    git(code.path(), &["add", "."]);
    git(code.path(), &["commit", "--quiet", "--message=one"]);
    let source = format!("git::file://{}", code.path().display());
    let project = Project::of(&format!("module \"a\" {{\n  source = \"{source}\"\n}}\n"));
    let refused = problem(&project, &["init"]);
    assert!(refused.contains("Local module path escapes module package"), "{}", refused);
}

#[test]
fn what_cannot_be_fetched_is_an_error_at_its_source() {
    let site = Site::start();
    site.publish(&[]);
    let project = project(&site, NETWORK);
    for (from, to, part) in [
        ("~> 1.0", "~> 1.0", "has no version of registry.test/acme/network/test"),
        ("acme/network", "acme/nothing", "answered 404"),
        ("~> 1.0", "about 1", "is not a version constraint"),
    ] {
        project.edit("main.tf", from, to);
        let refused = problem(&project, &["init"]);
        assert!(refused.contains(part), "{to}: {refused}");
        assert!(refused.contains("main.tf line 3"), "{refused}");
        project.edit("main.tf", to, from);
    }
    project.write("main.tf", "module \"a\" {\n  source  = \"git::file:///nowhere/at/all\"\n}\n");
    let refused = problem(&project, &["init"]);
    assert!(refused.contains("Git could not fetch it"), "{refused}");
    project.write(
        "main.tf",
        "module \"a\" {\n  source  = \"git::file:///nowhere\"\n  version = \"1.0\"\n}\n",
    );
    let refused = problem(&project, &["init"]);
    assert!(refused.contains("only modules of a registry can have"), "{refused}");
}
