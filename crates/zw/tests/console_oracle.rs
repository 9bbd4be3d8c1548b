//! Generated expressions in `zw console` and in the real `terraform console`, which must answer the same.

#[path = "console_oracle/generator.rs"]
mod generator;
mod support;
#[path = "console_oracle/vocabulary.rs"]
mod vocabulary;

use std::fmt::Write as _;

use generator::Generator;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use support::Project;

/// Expressions that are evaluated at once: starting a program takes much longer than evaluating an expression.
const BATCH: usize = 150;

/// Batches in an ordinary run.
const BATCHES: usize = 16;

/// Choices in an expression.
const CHOICES_MAX: usize = 60;

/// What an expression is answered with, or nothing if it is refused before it is evaluated.
type Answer = Option<String>;

/// Both consoles, in one directory.
struct Consoles {
    project: Project,
}

impl Consoles {
    /// Both, if there is a Terraform.
    fn new() -> Option<Self> {
        let project = Project::new();
        project.write("a.txt", "text\n");
        project.write("sub/b.tpl", "${a} %{ if true }x%{ endif ~}\n y");
        project.write("sub/deep/b-c", "");
        std::fs::write(project.path().join("sub/binary"), [0xff, 0, 0xfe]).expect("a file");
        project.terraform(&["version"], "")?;
        Some(Self { project })
    }

    /// The answers of Terraform and of `zw` to some expressions together.
    fn ask(&self, expressions: &[String]) -> (Answer, Answer) {
        let mut config = String::new();
        for (name, ty) in vocabulary::UNKNOWN {
            let _ = writeln!(config, "variable \"{name}\" {{\n  type = {ty}\n}}");
        }
        config.push_str("locals {\n");
        let mut question = String::from("[");
        for (at, expression) in expressions.iter().enumerate() {
            // What is wrong when it is evaluated has an answer, too. Newlines of a heredoc need the brackets.
            let _ = writeln!(config, "  e{at} = try([{expression}], \"ERROR\")");
            let _ = write!(question, "local.e{at},");
        }
        config.push_str("}\n");
        question.push_str("]\n");
        self.project.write("main.tf", &config);
        let answer = |ran: support::Ran| (ran.code == Some(0)).then_some(ran.stdout);
        let theirs = self.project.terraform(&["console"], &question).and_then(answer);
        (theirs, answer(self.project.fed(&["console"], &question)))
    }

    /// Each of the expressions that are not answered the same, with the answers.
    fn differences(&self, expressions: &[String]) -> Vec<(String, Answer, Answer)> {
        let (theirs, ours) = self.ask(expressions);
        match expressions {
            [expression] if theirs != ours && !is_excepted(expression, theirs.as_deref()) => {
                vec![(expression.clone(), theirs, ours)]
            }
            [] | [_] => Vec::new(),
            _ if theirs == ours && ours.is_some() => Vec::new(),
            // If neither could read all of it, there may be anything in it.
            _ => {
                let (left, right) = expressions.split_at(expressions.len() / 2);
                [self.differences(left), self.differences(right)].concat()
            }
        }
    }
}

/// Whether the two may differ: from 1.12 on, Terraform evaluates `true || x` and `false && x` whatever is wrong with
/// `x` or not known of it, and so do we.
fn is_excepted(expression: &str, theirs: Option<&str>) -> bool {
    let has_logic = [" && ", " || "].iter().any(|operator| expression.contains(operator));
    // Of what is caught nothing is seen.
    let is_seen = ["ERROR", "(known after apply)"]
        .iter()
        .any(|sign| theirs.is_some_and(|theirs| theirs.contains(sign)));
    let is_caught = ["try(", "can("].iter().any(|name| expression.contains(name));
    has_logic && (is_seen || is_caught)
}

fn choices() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 1..CHOICES_MAX)
}

fn shown(differences: &[(String, Answer, Answer)]) -> String {
    let mut text = String::new();
    for (expression, theirs, ours) in differences {
        let show = |answer: &Answer| answer.clone().unwrap_or_else(|| "REFUSED\n".to_owned());
        let _ =
            write!(text, "=== {expression}\n--- terraform\n{}--- zw\n{}", show(theirs), show(ours));
    }
    text
}

/// What differs in some batches, each expression made as simple as it can be.
fn differences(consoles: &Consoles, runner: &mut TestRunner, batches: usize) -> String {
    let mut found = String::new();
    for _ in 0..batches {
        let lists: Vec<Vec<u32>> = (0..BATCH)
            .map(|_| choices().new_tree(runner).expect("lists can be made").current())
            .collect();
        let expressions: Vec<String> =
            lists.iter().map(|list| Generator::expression(list)).collect();
        for (expression, ..) in consoles.differences(&expressions) {
            let at = expressions.iter().position(|one| *one == expression);
            let list = lists[at.expect("it is one of them")].clone();
            found.push_str(&shown(&consoles.differences(&[simplest(consoles, list)])));
        }
    }
    found
}

/// The same expressions in every run, so that nobody is surprised by what somebody else has to mend.
#[test]
fn generated_expressions_have_the_values_that_terraform_gives_them() {
    let Some(consoles) = Consoles::new() else { return };
    let found = differences(&consoles, &mut TestRunner::deterministic(), BATCHES);
    assert!(found.is_empty(), "{found}");
}

/// Other expressions in every run, as many batches as `ZW_ORACLE_BATCHES` says.
#[test]
#[ignore = "it looks for as long as one likes"]
fn other_expressions_have_the_values_that_terraform_gives_them() {
    let Some(consoles) = Consoles::new() else { return };
    let batches = std::env::var("ZW_ORACLE_BATCHES").ok().and_then(|text| text.parse().ok());
    let mut runner = TestRunner::new(Config::default());
    let found = differences(&consoles, &mut runner, batches.unwrap_or(BATCHES));
    assert!(found.is_empty(), "{found}");
}

/// The simplest expression found that still differs.
fn simplest(consoles: &Consoles, mut choices: Vec<u32>) -> String {
    let differs =
        |choices: &[u32]| !consoles.differences(&[Generator::expression(choices)]).is_empty();
    let mut at = 0;
    while at < choices.len() {
        let mut shorter = choices.clone();
        shorter.truncate(at);
        if differs(&shorter) {
            choices = shorter;
            break;
        }
        let mut simpler = choices.clone();
        simpler[at] = 0;
        if simpler[at] != choices[at] && differs(&simpler) {
            choices = simpler;
        }
        at += 1;
    }
    Generator::expression(&choices)
}
