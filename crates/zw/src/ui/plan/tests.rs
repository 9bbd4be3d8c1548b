use super::*;
use crate::ui::testing::equivalence::scenarios;
use crate::ui::testing::rendered;
use crate::ui::testing::terraform::{KnownSchemas, plan, read_json, relevant};

fn text_of(plan: &Plan, schemas: &KnownSchemas, relevant: Option<&[RelevantAttribute]>) -> String {
    let shown = Shown { plan, schemas, relevant, errored: false };
    rendered(|out| write(out, &shown, Styles::plain(), 78))
}

/// A text without what others than the renderer wrote around the plan, in words of `zw`, and with each
/// paragraph on one line: names of different lengths break lines at different places.
fn comparable(text: &str, program: (&str, &str)) -> String {
    let text = text.replace(program.0, "zw").replace(program.1, "zw");
    let noise = [": Refreshing state...", ": Reading...", ": Read complete", ": Preparing import"];
    let mut lines: Vec<String> = Vec::new();
    let mut in_paragraph = false;
    for line in text.lines() {
        if noise.iter().any(|noise| line.contains(noise)) {
            continue;
        }
        if line.starts_with("Saved the plan to") {
            // The rule above it belongs to this too.
            while lines.last().is_some_and(|line| line.is_empty() || line.starts_with('─')) {
                lines.pop();
            }
            break;
        }
        let is_prose = line.starts_with(|char: char| char.is_alphabetic());
        match lines.last_mut() {
            Some(last) if in_paragraph && is_prose => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
        in_paragraph = is_prose;
    }
    lines.join("\n").trim().to_owned()
}

#[test]
fn the_scenarios_of_opentofu_are_shown_as_it_shows_them() {
    let mut different = Vec::new();
    for scenario in scenarios() {
        let (Some(json), Some(expected)) = (scenario.json("plan.json"), scenario.text("plan"))
        else {
            continue;
        };
        let schemas = scenario.schemas();
        let relevant = relevant(&json);
        let text = text_of(&plan(&json, &schemas), &schemas, Some(&relevant));
        let expected = comparable(&expected, ("OpenTofu", "tofu"));
        let actual = comparable(&text, ("OpenTofu", "tofu"));
        if actual != expected {
            eprintln!("=== {}\n--- expected\n{expected}\n--- actual\n{actual}\n", scenario.name);
            different.push(scenario.name);
        }
    }
    assert!(different.is_empty(), "different: {different:?}");
}

/// Where Terraform's words are not ours, for a reason.
const DEVIATIONS: [(&str, &str); 4] = [
    // The legend says which side of an arrow is which.
    ("  ~ update in-place\n", "  ~ update in-place (current -> planned)\n"),
    // What is forgotten is lined up with everything else.
    ("\n # terraform_data.forgotten", "\n  # terraform_data.forgotten"),
    ("\n # (destroy = false", "\n  # (destroy = false"),
    ("\n . resource", "\n  . resource"),
];

/// Compares what is rendered of a plan of Terraform 1.11.4 with what it rendered itself.
fn assert_shown_as_by_terraform(name: &str, further_deviations: &[(&str, &str)]) {
    let dir =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui/plan/fixtures").join(name);
    let mut schemas = KnownSchemas::default();
    schemas.add_provider_schemas(&read_json(&dir.join("schemas.json")));
    let plan = plan(&read_json(&dir.join("plan.json")), &schemas);
    let actual = comparable(&text_of(&plan, &schemas, None), ("Terraform", "terraform apply"));
    let mut expected = std::fs::read_to_string(dir.join("plan.txt")).unwrap();
    for (terraform, zw) in DEVIATIONS.iter().chain(further_deviations) {
        expected = expected.replace(terraform, zw);
    }
    let expected = comparable(&expected, ("Terraform", "terraform apply"));
    assert!(actual == expected, "--- expected\n{expected}\n--- actual\n{actual}");
}

#[test]
fn creations_are_shown_as_terraform_shows_them() {
    assert_shown_as_by_terraform("create", &[]);
}

#[test]
fn all_kinds_of_changes_are_shown_as_terraform_shows_them() {
    assert_shown_as_by_terraform(
        "update",
        &[
            (" <= read (data resources)\n", " <= read (data resources)\n  . forget\n"),
            ("16 to destroy.", "16 to destroy, 1 to forget."),
            // The id is said for every import.
            (
                "# terraform_data.imported will be imported\n",
                "# terraform_data.imported will be imported\n  # (imported from \"the-id\")\n",
            ),
            // The reason for a replacement is shown in attributes of type any, too.
            ("~ triggers_replace = [\n", "~ triggers_replace = [ # forces replacement\n"),
        ],
    );
}

#[test]
fn lists_are_shown_as_terraform_shows_those_of_different_lengths() {
    assert_shown_as_by_terraform("lists", &[]);
}

#[test]
fn reasons_for_replacements_are_shown_as_terraform_shows_them() {
    assert_shown_as_by_terraform("replace", &[]);
}
