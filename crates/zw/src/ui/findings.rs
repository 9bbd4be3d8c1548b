//! What a command found, for programs that gather findings of many tools: SARIF and `JUnit`.
//!
//! Whatever is reported as a diagnostic is noted here as well, so that a report has everything that was shown. Commands
//! add what is no problem of the configuration but is to be looked at: what a plan destroys, and what has drifted.

mod junit;
mod sarif;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zw_engine::{Action, Change, Run};
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, Severity, SourceMap, Span};

use super::diagnostic::Excerpt;

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// A plan destroys an object.
    Destroys,
    /// A plan replaces an object, which destroys the one that there is.
    Replaces,
    /// An object was changed by others.
    Drift,
}

/// All rules, in the order in which reports list them.
const RULES: [Rule; 5] = [Rule::Error, Rule::Warning, Rule::Destroys, Rule::Replaces, Rule::Drift];

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What kind.
    pub(crate) rule: Rule,
    /// One line.
    pub(crate) summary: String,
    /// Sentences; may be empty.
    pub(crate) detail: String,
    /// The resource instance that it is about.
    pub(crate) address: Option<String>,
    /// Where, if it has a place in a file.
    pub(crate) place: Option<Place>,
}

/// A place in a file. Lines and columns begin with 1, columns count characters, and the end is past the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    file: PathBuf,
    start: (usize, usize),
    end: (usize, usize),
}

/// What was found until now. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    all: Vec<Finding>,
    /// A file of the configuration, for what has no place: programs that show findings beside the source want one.
    some_file: Option<PathBuf>,
}

/// What a report says of the command that it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// As `zw plan`.
    pub(crate) command: &'a str,
    /// Where the command ran, relative to where it was started.
    pub(crate) dir: Option<&'a Path>,
}

impl Rule {
    /// The rule's name, which does not change.
    const fn id(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Destroys => "destroys",
            Self::Replaces => "replaces",
            Self::Drift => "drift",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Error => "The command cannot do what was asked.",
            Self::Warning => "Something that is worth knowing.",
            Self::Destroys => "The plan destroys an object.",
            Self::Replaces => "The plan replaces an object, which destroys the one that there is.",
            Self::Drift => "An object was changed outside of zw.",
        }
    }

    /// Whether whoever reads the report should not go on before something was done about it.
    const fn is_failure(self) -> bool {
        matches!(self, Self::Error | Self::Drift)
    }
}

impl Place {
    fn of(sources: &SourceMap, span: Span) -> Option<Self> {
        let source = sources.get(span.source)?;
        let excerpt = Excerpt::new(source, span);
        Some(Self {
            file: source.path.clone(),
            start: (excerpt.start.line, excerpt.start.column),
            end: (excerpt.end.line, excerpt.end.column),
        })
    }
}

impl Findings {
    /// Notes diagnostics that are shown to somebody.
    pub(crate) fn note<'a>(
        &self,
        found: impl IntoIterator<Item = &'a Diagnostic>,
        sources: &SourceMap,
    ) {
        let mut noted = self.lock();
        noted.remember_file(sources);
        for diagnostic in found {
            let rule = match diagnostic.severity {
                Severity::Error => Rule::Error,
                Severity::Warning => Rule::Warning,
            };
            noted.all.push(Finding {
                rule,
                summary: diagnostic.summary.clone(),
                detail: diagnostic.detail.clone(),
                address: diagnostic.address.clone(),
                place: diagnostic.span.and_then(|span| Place::of(sources, span)),
            });
        }
    }

    /// Notes what a plan destroys.
    pub(crate) fn note_plan(&self, run: &Run) {
        let mut noted = self.lock();
        noted.remember_file(&run.config().sources);
        for change in &run.plan.changes {
            let (rule, what) = match change.action {
                Action::Delete if super::plan::is_shown(change) => {
                    (Rule::Destroys, "will be destroyed")
                }
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    (Rule::Replaces, "must be replaced")
                }
                _ => continue,
            };
            noted.all.push(of_change(run, change, rule, what));
        }
    }

    /// Notes an object that was changed by others.
    pub(crate) fn note_drift(&self, run: &Run, change: &Change) {
        let is_gone = change.action == Action::Delete;
        let what = if is_gone { "has been deleted" } else { "has changed" };
        let mut noted = self.lock();
        noted.remember_file(&run.config().sources);
        noted.all.push(of_change(run, change, Rule::Drift, what));
    }

    /// All as a document of SARIF.
    pub(crate) fn sarif(&self, source: Source<'_>) -> String {
        let noted = self.lock();
        sarif::document(&noted.all, noted.some_file.as_deref(), source)
    }

    /// All as XML of `JUnit`.
    ///
    /// # Errors
    /// If it cannot be written down.
    pub(crate) fn junit(&self, source: Source<'_>) -> Result<String, String> {
        junit::document(&self.lock().all, source)
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn remember_file(&mut self, sources: &SourceMap) {
        if self.some_file.is_none() {
            self.some_file = sources.iter().next().map(|(_, source)| source.path.clone());
        }
    }
}

fn of_change(run: &Run, change: &Change, rule: Rule, what: &str) -> Finding {
    let address = change.address.to_string();
    let span = block_of(run, &change.address);
    let detail = super::plan::why(change).join("; ");
    Finding {
        rule,
        summary: format!("{address} {what}"),
        detail,
        place: span.and_then(|span| Place::of(&run.config().sources, span)),
        address: Some(address),
    }
}

/// Where the block of an instance is written, if it is (still).
fn block_of(run: &Run, address: &InstanceAddr) -> Option<Span> {
    let config = run.config();
    let mut node = zw_config::model::NodeId(0);
    for (name, _) in address.module().steps() {
        let calls = &config.module_of(node).calls;
        let at = calls.iter().position(|call| call.name == *name)?;
        node = *config.tree[node.0 as usize].children.get(at)?;
    }
    let wanted = address.resource();
    let found = config.module_of(node).resources.iter().find(|resource| {
        resource.mode == wanted.mode
            && resource.type_name == wanted.type_name
            && resource.name == wanted.name
    });
    found.map(|resource| resource.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A finding of each kind, one without a place.
    fn findings() -> Findings {
        let mut sources = SourceMap::default();
        let text = "resource \"aws_vpc\" \"ä\" {\n  cidr = 1\n}\n";
        let id = sources.add("net works/main.tf", text);
        let at = text.find("cidr").expect("it is there");
        let span = Span::new(id, at..at + 4);
        let found = Findings::default();
        found.note(
            &[
                Diagnostic::error("Unsupported argument", "There is no <cidr>.").at(span),
                Diagnostic::warning("Old & odd", ""),
            ],
            &sources,
        );
        found
    }

    const OF: Source<'_> = Source { command: "zw validate", dir: None };

    #[test]
    fn sarif_points_to_the_place() {
        let dir = Some(Path::new("envs"));
        let json: serde_json::Value =
            serde_json::from_str(&findings().sarif(Source { dir, ..OF })).unwrap();
        assert_eq!(json["version"], "2.1.0");
        let results = json["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), 2);
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "envs/net%20works/main.tf");
        assert_eq!(
            place["region"],
            serde_json::json!({"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 7})
        );
        assert_eq!(results[0]["level"], "error");
        assert_eq!(results[0]["message"]["text"], "Unsupported argument\n\nThere is no <cidr>.");
        // What has no place is shown beside some file, and claims no line of it.
        let place = &results[1]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "envs/net%20works/main.tf");
        assert!(place["region"].is_null());
        let rules = json["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        for result in results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[at]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn junit_has_a_case_for_each_finding() {
        insta::assert_snapshot!(findings().junit(OF).unwrap(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="zw" tests="3" skipped="0" failures="0" errors="1">
            <testsuite name="zw validate" tests="3" skipped="0" errors="1" failures="0">
                <testcase name="zw validate" classname="zw"/>
                <testcase name="Unsupported argument" classname="zw.error">
                    <error message="Unsupported argument" type="error">Unsupported argument (net works/main.tf:2)

        There is no &lt;cidr&gt;.</error>
                </testcase>
                <testcase name="Old &amp; odd" classname="zw.warning">
                    <system-out>Old &amp; odd</system-out>
                </testcase>
            </testsuite>
        </testsuites>
        "#);
        insta::assert_snapshot!(Findings::default().junit(OF).unwrap(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="zw" tests="1" skipped="0" failures="0" errors="0">
            <testsuite name="zw validate" tests="1" skipped="0" errors="0" failures="0">
                <testcase name="zw validate" classname="zw"/>
            </testsuite>
        </testsuites>
        "#);
    }
}
