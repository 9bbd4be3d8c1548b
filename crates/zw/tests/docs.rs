//! What the documentation shows is true: commands exist and take their options, configuration is valid, and sessions run as they are
//! shown.

mod support;

use std::path::PathBuf;

use support::Project;

/// A block of code: its language, its first line, and what is in it.
struct Code {
    language: String,
    place: String,
    text: String,
}

fn pages() -> Vec<PathBuf> {
    let root = zw_testing::workspace();
    let folders = ["docs", "docs/providers"].map(|name| root.join(name));
    let docs = folders.iter().flat_map(|dir| std::fs::read_dir(dir).expect("there are pages"));
    let mut pages: Vec<PathBuf> = docs
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.extend(
        ["README.md", "examples/ci/README.md", "editors/vscode/README.md"]
            .map(|name| root.join(name)),
    );
    pages.sort();
    pages
}

fn blocks(page: &PathBuf) -> Vec<Code> {
    let text = std::fs::read_to_string(page).expect("the page is there");
    let mut found: Vec<Code> = Vec::new();
    let mut is_open = false;
    for (at, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(_) if is_open => is_open = false,
            Some(language) => {
                is_open = true;
                let name = page.file_name().unwrap_or_default().to_string_lossy();
                let place = format!("{name}:{}", at + 1);
                found.push(Code {
                    language: language.trim().to_owned(),
                    place,
                    text: String::new(),
                });
            }
            None if is_open => {
                let block = found.last_mut().expect("one is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!is_open, "{} has a block that is not closed", page.display());
    found
}

fn all_blocks() -> Vec<Code> {
    pages().iter().flat_map(blocks).collect()
}

#[test]
fn every_block_is_of_a_kind_that_is_checked() {
    const KINDS: [&str; 8] = ["sh", "console", "hcl", "yaml", "json", "toml", "lua", "text"];
    for block in all_blocks() {
        assert!(KINDS.contains(&block.language.as_str()), "{}: {:?}", block.place, block.language);
    }
}

#[test]
fn configuration_is_valid_and_in_its_canonical_form() {
    let project = Project::new();
    let mut count = 0;
    for block in all_blocks() {
        match block.language.as_str() {
            "hcl" => {
                let ran = project.fed(&["fmt", "-check", "-diff", "-"], &block.text);
                assert_eq!(ran.code, Some(0), "{}\n{}\n{}", block.place, ran.stdout, ran.stderr);
            }
            "yaml" => {
                project.write("page.yaml", &block.text);
                let ran = project.fed(&["console"], "length(yamldecode(file(\"page.yaml\")))\n");
                assert_eq!(ran.code, Some(0), "{}\n{}", block.place, ran.stderr);
            }
            "json" => {
                let parsed = serde_json::from_str::<serde_json::Value>(&block.text);
                assert!(parsed.is_ok(), "{}: {:?}", block.place, parsed.err());
            }
            _ => continue,
        }
        count += 1;
    }
    assert!(count > 10, "{count}");
}

#[test]
fn commands_exist_and_take_their_options() {
    let project = Project::new();
    let mut count = 0;
    for block in all_blocks() {
        let lines = block.text.lines().filter_map(|line| match block.language.as_str() {
            "sh" => Some(line.split(" # ").next().unwrap_or_default()),
            "console" => line.strip_prefix("$ "),
            _ => None,
        });
        for line in lines.flat_map(|line| line.split("&&")) {
            // Variables of the environment come before the command.
            let words = line.split_whitespace().skip_while(|word| {
                word.split_once('=').is_some_and(|(name, _)| {
                    name.chars().all(|char| char.is_ascii_uppercase() || char == '_')
                })
            });
            let mut words = words.take_while(|word| !["|", ">", "||", "<"].contains(word));
            if words.next() != Some("zw") {
                continue;
            }
            let args: Vec<String> = words.map(unquoted).collect();
            let args: Vec<&str> = args.iter().map(String::as_str).chain(["-help"]).collect();
            let ran = project.zw(&args);
            assert_eq!(ran.code, Some(0), "{}: zw {args:?}\n{}", block.place, ran.stderr);
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

/// A word as the shell gives it on.
fn unquoted(word: &str) -> String {
    if word.contains('\'') { word.replace('\'', "") } else { word.replace('"', "") }
}

/// Pages whose sessions are run from the beginning to the end, in one directory. What follows `$` is run, what stands below it must
/// come in this order, and `...` stands for any lines. Blocks of configuration are files beside the others.
#[test]
fn the_first_steps_run_as_they_are_shown() {
    let page = zw_testing::workspace().join("docs/getting-started.md");
    let project = Project::new();
    let mut commands = 0;
    for block in blocks(&page) {
        if block.language == "hcl" {
            project.write("page.tf", &block.text);
        }
        if block.language != "console" {
            continue;
        }
        let sessions = block.text.split("$ zw ").skip(1);
        for session in sessions {
            let (command, shown) = session.split_once('\n').expect("a line");
            let args: Vec<&str> = command.split(' ').collect();
            let ran = project.zw(&args);
            holds(&block.place, command, shown, &format!("{}{}", ran.stdout, ran.stderr));
            commands += 1;
        }
        // The mistake of the page is mended after it was shown.
        let _ = std::fs::remove_file(project.path().join("page.tf"));
    }
    assert!(commands >= 8, "{commands}");
}

/// Whether what is shown came: all of it, where nothing is left out.
fn holds(place: &str, command: &str, shown: &str, came: &str) {
    let mut left = came.trim_end().lines().map(str::trim_end).filter(|line| !line.is_empty());
    let mut may_skip = false;
    for wanted in shown.trim_end().lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        if wanted == "..." {
            may_skip = true;
            continue;
        }
        let found =
            if may_skip { left.any(|line| line == wanted) } else { left.next() == Some(wanted) };
        assert!(found, "{place}: zw {command}\nnot there: {wanted}\n{came}");
        may_skip = false;
    }
    assert!(may_skip || left.next().is_none(), "{place}: zw {command} says more:\n{came}");
}

#[test]
fn the_book_has_all_pages_and_the_reference_can_be_written() {
    let docs = zw_testing::workspace().join("docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).expect("it is there");
    let project = Project::new();
    project.ok(&["metadata", "docs", "reference"]);
    let links: Vec<&str> =
        summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    for link in &links {
        let is_there = docs.join(link).exists() || project.path().join(link).exists();
        assert!(is_there, "{link} is not there");
    }
    let pages = pages();
    for page in pages.iter().filter_map(|page| page.strip_prefix(&docs).ok()) {
        let name = page.to_string_lossy().into_owned();
        assert!(
            name == "SUMMARY.md" || links.contains(&name.as_str()),
            "{name} is not in the book"
        );
    }
    let types = std::fs::read_dir(project.path().join("reference/types")).expect("there are types");
    for page in types {
        let name = page.expect("it can be listed").file_name().to_string_lossy().into_owned();
        let link = format!("reference/types/{name}");
        assert!(links.contains(&link.as_str()), "{link} is not in the book");
    }
    let commands = project.read("reference/commands.md");
    assert!(commands.contains("\n## zw drift\n") && commands.contains("\n### zw state list\n"));
    assert!(!commands.contains("zw complete\n"), "it is hidden");
    assert!(project.read("reference/types/aws.md").contains("\n## aws\\_vpc\n"));
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("the page is there");
        let dir = page.parent().expect("it is in a directory");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            // The reference is written with the book.
            if path.is_empty() || path.contains("://") || path.starts_with("reference/") {
                continue;
            }
            assert!(dir.join(path).exists(), "{}: {link}", page.display());
        }
    }
}
