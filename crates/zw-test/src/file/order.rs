//! Which runs of a file wait for which others.
//!
//! Runs are made one after the other, unless both of two are marked as `parallel`. Such two wait for each other only if
//! the later one names the earlier one, or if they have a state in common.
//!
//! <https://developer.hashicorp.com/terraform/language/tests>

use zw_config::testing::{Override, TestFile, TestRun, Written};

/// For each run, by position, the earlier ones that it waits for. `common` are expressions that all runs have.
pub(super) fn waits(file: &TestFile, common: &[&Written]) -> Vec<Vec<usize>> {
    let is_parallel = |run: &TestRun| run.parallel.unwrap_or(file.is_parallel);
    let waits_for = |later: &TestRun, earlier: &TestRun| {
        !is_parallel(later)
            || !is_parallel(earlier)
            || state_key(later) == state_key(earlier)
            || expressions(later)
                .chain(common.iter().copied())
                .any(|one| one.names_run(&earlier.name))
    };
    let positions = 0..file.runs.len();
    positions
        .map(|at| (0..at).filter(|one| waits_for(&file.runs[at], &file.runs[*one])).collect())
        .collect()
}

/// What names the state of a run in its file.
pub(super) fn state_key(run: &TestRun) -> String {
    match (&run.state_key, &run.module) {
        (Some(key), _) => format!("key {key}"),
        (None, Some(module)) => format!("module {}", module.source.0),
        (None, None) => String::new(),
    }
}

/// The expressions of a run.
fn expressions(run: &TestRun) -> impl Iterator<Item = &Written> {
    let variables = run.variables.iter().map(|(_, written)| written);
    let asserts = run.asserts.iter().flat_map(|assert| [&assert.condition, &assert.message]);
    variables.chain(asserts).chain(values(&run.overrides))
}

/// What overrides give.
pub(super) fn values(overrides: &[Override]) -> impl Iterator<Item = &Written> {
    overrides.iter().filter_map(|one| one.values.as_ref())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn waits_of(text: &str) -> Vec<Vec<usize>> {
        let mut sources = zw_lang::SourceMap::default();
        let (file, problems) = TestFile::read(Path::new("a.tftest.hcl"), text, &mut sources);
        assert!(problems.is_empty(), "{problems}");
        waits(&file, &values(&file.overrides).collect::<Vec<_>>())
    }

    #[test]
    fn runs_wait_for_those_before_them_unless_both_are_parallel() {
        let text = r#"
            run "a" {}
            run "b" { state_key = "b" }
            run "c" {
              state_key = "c"
              parallel  = true
            }
            run "d" {
              state_key = "d"
              parallel  = true
            }
            run "e" { state_key = "e" }
            run "f" {
              state_key = "f"
              parallel  = true
            }"#;
        let all = |count: usize| (0..count).collect::<Vec<_>>();
        assert_eq!(waits_of(text), [all(0), all(1), all(2), all(2), all(4), vec![0, 1, 4]]);
    }

    #[test]
    fn parallel_runs_wait_for_what_they_name_and_for_their_state() {
        let text = r#"
            test { parallel = true }
            run "a" { state_key = "a" }
            run "b" {
              state_key = "b"
              variables { n = 1 + run.a.n }
            }
            run "c" { state_key = "a" }
            run "d" {
              state_key = "d"
              assert {
                condition     = "${run.b.n}" == "1"
                error_message = run.c.text
              }
            }
            run "e" {
              state_key = "e"
              variables { all = keys(run) }
            }
            run "f" {
              state_key = "f"
              parallel  = false
            }
            run "g" {
              module { source = "./x" }
            }
            run "h" {
              module { source = "./x" }
            }
            run "i" {
              variables { run = { a = 1 }.a }
            }"#;
        let waits = waits_of(text);
        assert_eq!(waits[..4], [vec![], vec![0], vec![0], vec![1, 2]]);
        assert_eq!(waits[4..6], [vec![0, 1, 2, 3], vec![0, 1, 2, 3, 4]]);
        assert_eq!(waits[6..], [vec![5], vec![5, 6], vec![5]]);
    }

    #[test]
    fn what_all_runs_have_may_name_one() {
        let text = r#"
            test { parallel = true }
            run "a" { state_key = "a" }
            run "b" { state_key = "b" }
            override_module {
              target  = module.m
              outputs = { id = run.a.id }
            }"#;
        assert_eq!(waits_of(text), [vec![], vec![0]]);
    }
}
