//! Conditions that a configuration sets: validations, preconditions and postconditions.

use super::Planner;

use zw_config::model::Check;
use zw_lang::{Diagnostic, Diagnostics, EvalError, Marks, Type, Value, convert, evaluate};

use crate::walk::{EachData, ModId, Slot, narrow};

/// What a condition is, for the summary of what is said when it does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Validation,
    Precondition,
    Postcondition,
    OutputPrecondition,
    Assertion,
}

impl Kind {
    /// Source: the messages of Terraform.
    const fn summary(self) -> &'static str {
        match self {
            Self::Validation => "Invalid value for variable",
            Self::Precondition => "Resource precondition failed",
            Self::Postcondition => "Resource postcondition failed",
            Self::OutputPrecondition => "Module output value precondition failed",
            Self::Assertion => "Check block assertion failed",
        }
    }
}

/// What came out of a condition.
enum Verdict {
    Holds,
    /// It is checked again while applying.
    NotKnown,
    Blocked(Slot),
    /// It cannot be evaluated.
    Wrong(Diagnostics),
    Fails(Box<Diagnostic>),
}

impl Planner {
    /// Evaluates conditions; what is left to do if one does not hold or is not known to hold.
    pub(crate) fn checks(
        &mut self,
        module: ModId,
        each: &EachData,
        itself: Option<&Value>,
        checks: &[Check],
        kind: Kind,
    ) -> Option<Slot> {
        let mut outcome = None;
        for check in checks {
            match self.verdict(module, each, itself, check, kind) {
                Verdict::Holds | Verdict::NotKnown => {}
                Verdict::Blocked(slot) => outcome = Some(slot),
                Verdict::Wrong(found) => {
                    self.diagnostics.extend(found);
                    outcome = Some(Slot::Failed);
                }
                Verdict::Fails(message) => {
                    self.diagnostics.push(*message);
                    outcome = Some(Slot::Failed);
                }
            }
        }
        outcome
    }

    /// Evaluates the `check` blocks of all modules. Whatever is wrong is a warning: they watch, and hold nothing up.
    pub(crate) fn check_blocks(&mut self) {
        let config = self.walk.config.clone();
        if config.modules.iter().all(|module| module.checks.is_empty()) {
            return;
        }
        for at in 0..self.walk.modules.len() {
            let declared = config.module_of(self.walk.modules[at].node);
            let module = ModId(narrow(at));
            for check in declared.checks.iter().flat_map(|block| &block.asserts) {
                let each = EachData::default();
                let found = match self.verdict(module, &each, None, check, Kind::Assertion) {
                    Verdict::Holds | Verdict::NotKnown | Verdict::Blocked(_) => continue,
                    Verdict::Wrong(found) => found,
                    Verdict::Fails(message) => (*message).into(),
                };
                let warnings = found.into_iter().map(Diagnostic::into_warning);
                self.diagnostics.extend(warnings);
            }
        }
    }

    fn verdict(
        &self,
        module: ModId,
        each: &EachData,
        itself: Option<&Value>,
        check: &Check,
        kind: Kind,
    ) -> Verdict {
        let mut view = self.walk.view(module, each.clone());
        if let Some(itself) = itself {
            view = view.with_self(itself.clone());
        }
        let result = evaluate(&check.condition, &mut view).and_then(|value| {
            convert(&value, &Type::Bool).map_err(|error| {
                Diagnostic::error(
                    "Invalid condition result",
                    format!("The condition must be either true or false: {error}."),
                )
                .at(check.condition.span)
                .into()
            })
        });
        match result {
            Ok(value) if !value.is_known() => Verdict::NotKnown,
            Ok(value) if value.as_bool() == Some(true) => Verdict::Holds,
            Ok(_) => {
                Verdict::Fails(Box::new(self.check_message(module, each, itself, check, kind)))
            }
            Err(EvalError::Blocked) => Verdict::Blocked(view.blocked_slot()),
            Err(EvalError::Diagnostics(found)) => Verdict::Wrong(found),
        }
    }

    fn check_message(
        &self,
        module: ModId,
        each: &EachData,
        itself: Option<&Value>,
        check: &Check,
        kind: Kind,
    ) -> Diagnostic {
        let mut view = self.walk.view(module, each.clone());
        if let Some(itself) = itself {
            view = view.with_self(itself.clone());
        }
        let message = match evaluate(&check.error_message, &mut view) {
            Ok(value) if value.all_marks().contains(Marks::EPHEMERAL) => {
                "The error message refers to ephemeral values, so it will not be displayed. ephemeralasnull() takes \
                 them out."
                    .to_owned()
            }
            Ok(value) if value.all_marks().contains(Marks::SENSITIVE) => {
                "The error message included a sensitive value, so it will not be displayed."
                    .to_owned()
            }
            Ok(value) => value.as_str().unwrap_or("The condition does not hold.").to_owned(),
            Err(_) => {
                "The condition does not hold, and its error message cannot be evaluated.".to_owned()
            }
        };
        let sources = &self.walk.config.sources;
        let values = crate::explain::values(sources, &mut view, &check.condition);
        let mut diagnostic = Diagnostic::error(kind.summary(), message).at(check.condition.span);
        diagnostic.values = values;
        diagnostic
    }
}
