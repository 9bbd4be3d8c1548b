//! Failures that a run expects.

use std::collections::HashSet;

use zw_config::model::{Check, Config, Module};
use zw_config::testing::{Expected, TestRun};
use zw_lang::{Diagnostic, Diagnostics, Severity, Span};

/// What is left of what went wrong when the expected failures are taken out, and what was expected and did not fail.
pub(crate) struct Sorted {
    /// What nobody expected.
    pub(crate) rest: Diagnostics,
    /// What is wrong with the expectations.
    pub(crate) missing: Diagnostics,
}

/// Takes what a run expects to fail out of what went wrong.
pub(crate) fn sorted(run: &TestRun, config: &Config, found: Diagnostics) -> Sorted {
    let mut rest = Diagnostics::new();
    let mut met: HashSet<Span> = HashSet::new();
    // What a check block says while planning it may say again after applying.
    let mut said: HashSet<(Span, String)> = HashSet::new();
    for mut problem in found {
        match problem.span {
            Some(span) if conditions(run, config.root()).any(|known| known == span) => {
                met.insert(span);
            }
            Some(span) if is_checked(config, span) => {
                // Elsewhere a check block only warns.
                problem.severity = Severity::Error;
                if said.insert((span, problem.detail.clone())) {
                    rest.push(problem);
                }
            }
            _ => rest.push(problem),
        }
    }
    let mut missing = Diagnostics::new();
    for (expected, span) in &run.expected {
        let Some(checks) = checks(expected, config.root()) else {
            let detail = "The module under test declares nothing of this name.";
            missing
                .push(Diagnostic::error("Invalid `expect_failures` reference", detail).at(*span));
            continue;
        };
        if !checks.iter().any(|check| met.contains(&check.condition.span)) {
            let detail = format!(
                "The checkable object, {}, was expected to report an error but did not.",
                shown(expected)
            );
            missing.push(Diagnostic::error("Missing expected failure", detail).at(*span));
        }
    }
    Sorted { rest, missing }
}

/// Whether there is something that keeps a run from going on.
pub(crate) fn has_errors(found: &Diagnostics) -> bool {
    found.iter().any(|problem| problem.severity == Severity::Error)
}

/// Whether a condition of a check block is written there.
fn is_checked(config: &Config, span: Span) -> bool {
    let blocks = config.modules.iter().flat_map(|module| &module.checks);
    blocks.flat_map(|block| &block.asserts).any(|check| check.condition.span == span)
}

/// Where the conditions are written that are expected to fail.
fn conditions<'a>(run: &'a TestRun, module: &'a Module) -> impl Iterator<Item = Span> + 'a {
    let expected = run.expected.iter().filter_map(|(expected, _)| checks(expected, module));
    expected.flatten().map(|check| check.condition.span)
}

/// The conditions of what is expected to fail; `None` if there is no such thing.
fn checks<'m>(expected: &Expected, module: &'m Module) -> Option<Vec<&'m Check>> {
    match expected {
        Expected::Variable(name) => {
            let variable = module.variables.iter().find(|one| one.name == *name)?;
            Some(variable.validations.iter().collect())
        }
        Expected::Output(name) => {
            let output = module.outputs.iter().find(|one| one.name == *name)?;
            Some(output.preconditions.iter().collect())
        }
        Expected::Check(name) => {
            let check = module.checks.iter().find(|one| one.name == *name)?;
            Some(check.asserts.iter().collect())
        }
        Expected::Resource(mode, type_name, name) => {
            let resource = module.resources.iter().find(|one| {
                one.mode == *mode && one.type_name == *type_name && one.name == *name
            })?;
            let lifecycle = &resource.lifecycle;
            Some(lifecycle.preconditions.iter().chain(&lifecycle.postconditions).collect())
        }
    }
}

fn shown(expected: &Expected) -> String {
    match expected {
        Expected::Variable(name) => format!("var.{name}"),
        Expected::Output(name) => format!("output.{name}"),
        Expected::Check(name) => format!("check.{name}"),
        Expected::Resource(zw_lang::ResourceMode::Data, type_name, name) => {
            format!("data.{type_name}.{name}")
        }
        Expected::Resource(_, type_name, name) => format!("{type_name}.{name}"),
    }
}
