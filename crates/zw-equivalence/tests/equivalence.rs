//! OpenTofu's equivalence scenarios: what is planned, shown, applied and kept is what OpenTofu plans, shows, applies
//! and keeps.
//!
//! The scenarios lie outside of the repository: in `conformance/equivalence` of the folder `shared` beside it, or in
//! `equivalence` of where `ZW_CONFORMANCE_DIR` says. Without them there is nothing to test, and the test says so.
#![expect(clippy::print_stderr, clippy::expect_used, clippy::panic, reason = "it is a test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

/// What differs, and why.
const KNOWN_DIFFERENCES: &str = include_str!("known_differences.json");

/// The commands of a scenario that lists none, with the files that hold what they print.
const COMMANDS: [(&[&str], Option<&str>); 6] = [
    (&["init"], None),
    (&["plan", "-out=equivalence_test_plan", "-no-color"], Some("plan")),
    (&["apply", "-json", "equivalence_test_plan"], Some("apply.json")),
    (&["show", "-json"], Some("state.json")),
    (&["show", "-json", "equivalence_test_plan"], Some("plan.json")),
    (&["show", "-no-color"], Some("state")),
];

/// Fields that say when or by what version something was done.
const IGNORED: [(&str, &[&str]); 3] = [
    ("apply.json", &["@timestamp", "@module", "elapsed_seconds"]),
    // Terraform has two fields that OpenTofu does not have, and so have we.
    ("plan.json", &["terraform_version", "zw_version", "timestamp", "applyable", "complete"]),
    ("state.json", &["terraform_version", "zw_version"]),
];

fn scenarios() -> Option<PathBuf> {
    let dir = std::env::var_os("ZW_CONFORMANCE_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"),
        PathBuf::from,
    );
    let dir = dir.join("equivalence");
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("SKIPPED: there are no equivalence scenarios in {}", dir.display());
    None
}

#[test]
fn scenarios_come_out_as_in_opentofu() {
    let Some(dir) = scenarios() else { return };
    let known: BTreeMap<String, String> =
        serde_json::from_str(KNOWN_DIFFERENCES).expect("a list of differences with reasons");
    let mut names: Vec<String> = std::fs::read_dir(dir.join("tests"))
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let (mut held, mut excused, mut failures) = (0, Vec::new(), Vec::new());
    for name in &names {
        for (output, difference) in scenario(&dir, name) {
            let place = format!("{name}/{output}");
            match difference {
                None => held += 1,
                Some(_) if known.contains_key(&place) => excused.push(place),
                Some(difference) => failures.push(format!("{place}: {difference}")),
            }
        }
    }
    eprintln!(
        "{held} outputs of {} scenarios hold, {} known differences",
        names.len(),
        excused.len()
    );
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

/// Runs a scenario; each output, and how it differs.
fn scenario(dir: &Path, name: &str) -> Vec<(String, Option<String>)> {
    let project = tempfile::tempdir().expect("a directory");
    copy(&dir.join("tests").join(name), project.path());
    let spec: Json = serde_json::from_str(&read(&project.path().join("spec.json"))).expect("JSON");
    if project.path().join("terraform.tfstate").exists() {
        let text = read(&project.path().join("terraform.tfstate"));
        std::fs::write(project.path().join("before.tfstate"), here(&text)).expect("a file");
        run(project.path(), &["state", "push", "before.tfstate"]).expect("the state is taken over");
    }
    let mut outputs = Vec::new();
    for (args, output) in commands(&spec) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let printed = run(project.path(), &args);
        let Some(output) = output else { continue };
        let wanted = here(&read(&dir.join("outputs").join(name).join(&output)));
        let difference = match printed {
            Ok(printed) => compare(&spec, &output, &printed, &wanted),
            Err(error) => Some(error),
        };
        outputs.push((output, difference));
    }
    outputs
}

fn commands(spec: &Json) -> Vec<(Vec<String>, Option<String>)> {
    let Some(listed) = spec.get("commands").and_then(Json::as_array) else {
        return COMMANDS
            .map(|(args, output)| {
                (args.iter().map(ToString::to_string).collect(), output.map(ToOwned::to_owned))
            })
            .to_vec();
    };
    let command = |one: &Json| {
        let args = one["arguments"].as_array().into_iter().flatten();
        let args = args.filter_map(|arg| Some(arg.as_str()?.to_owned())).collect();
        (args, one["output_file_name"].as_str().map(ToOwned::to_owned))
    };
    listed.iter().map(command).collect()
}

fn run(dir: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zw-equivalence"));
    let ran = command.args(args).current_dir(dir).env("COLUMNS", "78").output();
    let ran = ran.expect("the program can be started");
    let stdout = String::from_utf8_lossy(&ran.stdout).into_owned();
    if ran.status.success() {
        return Ok(stdout);
    }
    Err(format!("zw {args:?}: {}\n{stdout}{}", ran.status, String::from_utf8_lossy(&ran.stderr)))
}

/// Terraform's default host of providers in place of OpenTofu's: ours is the former.
fn here(text: &str) -> String {
    text.replace("registry.opentofu.org", "registry.terraform.io")
}

fn compare(spec: &Json, output: &str, printed: &str, wanted: &str) -> Option<String> {
    if Path::new(output).extension().is_none() {
        let (printed, wanted) = (words(printed), words(wanted));
        return (printed != wanted).then(|| first_difference(&printed, &wanted));
    }
    let mut ignored: Vec<&str> = Vec::new();
    for (name, fields) in IGNORED {
        ignored.extend(fields.iter().filter(|_| name == output));
    }
    let of_spec = spec["ignore_fields"][output].as_array().into_iter().flatten();
    ignored.extend(of_spec.filter_map(Json::as_str));
    let read = |text: &str| -> Result<Json, String> {
        let mut json = if output == "apply.json" {
            messages(text)?
        } else {
            serde_json::from_str(text).map_err(|error| error.to_string())?
        };
        drop_fields(&mut json, &ignored);
        Ok(json)
    };
    match (read(printed), read(wanted)) {
        (Ok(printed), Ok(wanted)) => json_difference("", &printed, &wanted),
        (Err(error), _) | (_, Err(error)) => Some(error),
    }
}

/// The messages of a run: a list, or one a line. Versions are not compared, and the order of operations that do
/// not wait for each other is up to chance.
fn messages(text: &str) -> Result<Json, String> {
    let all: Vec<Json> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|error| error.to_string())?
    } else {
        let lines = text.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().map_err(|error| error.to_string())?
    };
    let mut all: Vec<Json> = all.into_iter().filter(|one| one["type"] != "version").collect();
    let place = |one: &Json| match one["type"].as_str() {
        Some("resource_drift") => 0,
        Some("planned_change") => 1,
        Some("change_summary") => 3,
        Some("outputs") => 4,
        _ => 2,
    };
    all.sort_by_cached_key(|one| {
        (place(one), if place(one) == 2 { one["@message"].to_string() } else { String::new() })
    });
    Ok(Json::Array(all))
}

fn drop_fields(json: &mut Json, names: &[&str]) {
    match json {
        Json::Object(map) => {
            map.retain(|name, _| !names.contains(&name.as_str()));
            map.values_mut().for_each(|value| drop_fields(value, names));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| drop_fields(item, names)),
        _ => {}
    }
}

/// What people read, up to wording: without the name of the program, line breaks in prose, and rules.
fn words(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end();
        // Prose, and the progress of reading, is worded in our own way.
        let is_structure = line.starts_with("  ")
            || line.starts_with("Plan:")
            || line.starts_with('#')
            || line.starts_with("resource ")
            || line.starts_with("data ")
            || line.starts_with('}');
        if is_structure
            && !line.trim_start().starts_with("tofu ")
            && !line.trim_start().starts_with("zw ")
        {
            lines.push(line.to_owned());
        }
    }
    lines
}

fn first_difference(printed: &[String], wanted: &[String]) -> String {
    let at = printed.iter().zip(wanted).take_while(|(a, b)| a == b).count();
    let show = |lines: &[String]| {
        lines.iter().skip(at).take(4).cloned().collect::<Vec<_>>().join("\n    ")
    };
    format!("line {at}:\n  got\n    {}\n  wanted\n    {}", show(printed), show(wanted))
}

/// The first place in which two documents differ. Numbers are compared as numbers.
fn json_difference(path: &str, got: &Json, wanted: &Json) -> Option<String> {
    match (got, wanted) {
        (Json::Object(got), Json::Object(wanted)) => {
            let missing = wanted.iter().find(|(name, _)| !got.contains_key(*name));
            if let Some((name, value)) = missing {
                return Some(format!("{path}.{name} is missing, wanted {value}"));
            }
            let extra = got.iter().find(|(name, _)| !wanted.contains_key(*name));
            if let Some((name, value)) = extra {
                return Some(format!("{path}.{name} is not wanted, got {value}"));
            }
            wanted.iter().find_map(|(name, wanted)| {
                json_difference(&format!("{path}.{name}"), &got[name], wanted)
            })
        }
        (Json::Array(got), Json::Array(wanted)) if got.len() == wanted.len() => {
            let pairs = got.iter().zip(wanted).enumerate();
            pairs.into_iter().find_map(|(at, (got, wanted))| {
                json_difference(&format!("{path}[{at}]"), got, wanted)
            })
        }
        (Json::Number(a), Json::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if got == wanted => None,
        _ => Some(format!("{path}: got {got}, wanted {wanted}")),
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("a directory");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
