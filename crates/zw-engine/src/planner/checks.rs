//! Conditions that a configuration sets: validations, preconditions and postconditions.

use super::Planner;

use zw_config::model::Check;
use zw_lang::{Diagnostic, EvalError, Marks, Type, Value, convert, evaluate};

use crate::walk::{EachData, ModId, Slot};

impl Planner {
    /// Evaluates conditions; what is left to do if one does not hold or is not known to hold.
    pub(crate) fn checks(
        &mut self,
        module: ModId,
        each: &EachData,
        itself: Option<&Value>,
        checks: &[Check],
    ) -> Option<Slot> {
        let mut outcome = None;
        for check in checks {
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
            let holds = match result {
                // A condition that is not known yet is checked again while applying.
                Ok(value) if !value.is_known() => continue,
                Ok(value) => value.as_bool() == Some(true),
                Err(EvalError::Blocked) => {
                    outcome = Some(view.blocked_slot());
                    continue;
                }
                Err(EvalError::Diagnostics(found)) => {
                    self.diagnostics.extend(found);
                    outcome = Some(Slot::Failed);
                    continue;
                }
            };
            if !holds {
                let message = self.check_message(module, each, itself, check);
                self.diagnostics.push(message);
                outcome = Some(Slot::Failed);
            }
        }
        outcome
    }

    fn check_message(
        &self,
        module: ModId,
        each: &EachData,
        itself: Option<&Value>,
        check: &Check,
    ) -> Diagnostic {
        let mut view = self.walk.view(module, each.clone());
        if let Some(itself) = itself {
            view = view.with_self(itself.clone());
        }
        let message = match evaluate(&check.error_message, &mut view) {
            Ok(value) if value.all_marks().contains(Marks::SENSITIVE) => {
                "The error message included a sensitive value, so it will not be displayed."
                    .to_owned()
            }
            Ok(value) => value.as_str().unwrap_or("The condition does not hold.").to_owned(),
            Err(_) => {
                "The condition does not hold, and its error message cannot be evaluated.".to_owned()
            }
        };
        let values = crate::explain::values(&self.walk, module, each, itself, &check.condition);
        let mut diagnostic = Diagnostic::error(
            if itself.is_some() {
                "Resource postcondition failed"
            } else {
                "Invalid value for variable"
            },
            message,
        )
        .at(check.condition.span);
        diagnostic.values = values;
        diagnostic
    }
}
