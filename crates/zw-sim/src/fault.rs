//! Makes operations fail as the options ask for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use zw_provider::{OpError, OpErrorKind};

use crate::dice::Dice;
use crate::options::{Fault, Faults, Verb};

/// Decides about every operation of a world.
pub(crate) struct FaultPlan {
    dice: Dice,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    faults: Faults,
    /// How often each entry of the script was met.
    script: Vec<usize>,
    /// How often the same was tried: what failed once may work the next time.
    attempts: HashMap<String, usize>,
}

impl FaultPlan {
    pub(crate) fn new(faults: Faults, dice: &Dice) -> Self {
        let plan = Self { dice: dice.of("faults"), seen: Mutex::default() };
        plan.change(faults);
        plan
    }

    /// From now on other things go wrong.
    pub(crate) fn change(&self, faults: Faults) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.script = vec![0; faults.script.len()];
        seen.faults = faults;
    }

    /// Whether and how an operation fails. The subject says which one it is, whatever the order of
    /// operations.
    pub(crate) fn decide(&self, verb: Verb, type_name: &str, subject: &str) -> Option<Fault> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { faults, script, attempts } = &mut *seen;
        if faults.rates.is_empty() && faults.script.is_empty() {
            return None;
        }
        let mut scripted = None;
        for (entry, met) in faults.script.iter().zip(script) {
            let is_type = entry.type_name.as_deref().is_none_or(|wanted| wanted == type_name);
            if entry.verb == verb && is_type {
                *met += 1;
                if *met == entry.nth {
                    scripted = scripted.or(Some(entry.fault));
                }
            }
        }
        if scripted.is_some() || faults.rates.is_empty() {
            return scripted;
        }
        let subject = format!("{verb:?} {type_name} {subject}");
        let attempt = attempts.entry(subject.clone()).or_default();
        *attempt += 1;
        let mut chance = self.dice.ratio(&format!("{subject} {attempt}"));
        for (_, fault, rate) in faults.rates.iter().filter(|(of, ..)| *of == verb) {
            if chance < *rate {
                return Some(*fault);
            }
            chance -= rate;
        }
        None
    }
}

impl Fault {
    /// Whether what was asked for is done all the same.
    pub(crate) const fn takes_effect(self) -> bool {
        matches!(self, Self::LostAnswer | Self::Timeout)
    }

    /// What the caller is told.
    pub(crate) fn error(self, operation: Option<String>) -> OpError {
        let (kind, code, message) = match self {
            Self::Throttled => {
                (OpErrorKind::Throttled, Some("RequestLimitExceeded"), "Request limit exceeded.")
            }
            Self::Internal => {
                (OpErrorKind::Other, Some("InternalError"), "An internal error has occurred.")
            }
            Self::Unreachable => {
                (OpErrorKind::Unreachable, None, "The simulated service does not answer.")
            }
            Self::LostAnswer => {
                (OpErrorKind::Unreachable, None, "The connection broke before the answer.")
            }
            Self::Timeout => (OpErrorKind::Timeout, None, "It took too long to become ready."),
        };
        OpError { operation, code: code.map(str::to_owned), ..OpError::new(kind, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ScriptedFault;

    #[test]
    fn a_script_is_followed_to_the_letter() {
        let script = vec![ScriptedFault {
            verb: Verb::Create,
            type_name: Some("a".into()),
            nth: 2,
            fault: Fault::Throttled,
        }];
        let plan = FaultPlan::new(Faults { script, ..Faults::default() }, &Dice::new(0));
        assert_eq!(plan.decide(Verb::Create, "a", "1"), None);
        assert_eq!(plan.decide(Verb::Create, "b", "2"), None);
        assert_eq!(plan.decide(Verb::Delete, "a", "1"), None);
        assert_eq!(plan.decide(Verb::Create, "a", "3"), Some(Fault::Throttled));
        assert_eq!(plan.decide(Verb::Create, "a", "4"), None);
    }

    #[test]
    fn rates_make_the_same_operations_fail_in_any_order() {
        let rates = vec![(Verb::Read, Fault::Throttled, 0.2), (Verb::Read, Fault::Internal, 0.1)];
        let faults = Faults { rates, ..Faults::default() };
        let run = |order: &mut dyn Iterator<Item = usize>| {
            let plan = FaultPlan::new(faults.clone(), &Dice::new(3));
            let decide = |n: usize| (n, plan.decide(Verb::Read, "a", &n.to_string()));
            let mut decided: Vec<_> = order.map(decide).collect();
            decided.sort_by_key(|(n, _)| *n);
            decided
        };
        let forth = run(&mut (0..500));
        assert_eq!(forth, run(&mut (0..500).rev()));
        let count = |fault| forth.iter().filter(|(_, found)| *found == Some(fault)).count();
        assert!((70..130).contains(&count(Fault::Throttled)), "{}", count(Fault::Throttled));
        assert!((25..80).contains(&count(Fault::Internal)), "{}", count(Fault::Internal));
    }

    #[test]
    fn what_failed_is_not_bound_to_fail_again() {
        let faults =
            Faults { rates: vec![(Verb::Read, Fault::Throttled, 0.5)], ..Faults::default() };
        let plan = FaultPlan::new(faults, &Dice::new(3));
        let failed = (0..100).filter(|_| plan.decide(Verb::Read, "a", "x").is_some()).count();
        assert!((30..70).contains(&failed), "{failed}");
    }
}
