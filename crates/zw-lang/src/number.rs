//! Numbers of arbitrary precision with a fast path for integers.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dashu_float::FBig;

/// A binary float with the precision of the language's numbers.
type Big = FBig<dashu_float::round::mode::HalfEven, 2>;

/// Bits of precision of every number that is not a small integer, as in Terraform (`cty` uses
/// `big.Float` with 512 bits).
const PRECISION_BITS: usize = 512;

/// A number. Small integers are stored inline, everything else shared.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    Int(i64),
    /// Never an integer that fits `Int`, so that equal numbers have equal forms.
    Big(Arc<Big>),
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Int(value))
    }
}

impl Number {
    /// The whole number that it is, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(value) => Some(*value),
            Repr::Big(_) => None,
        }
    }

    fn to_big(&self) -> Big {
        match &self.0 {
            Repr::Int(value) => Big::from(*value).with_precision(PRECISION_BITS).value(),
            Repr::Big(big) => (**big).clone(),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Int(value) => value.hash(state),
            Repr::Big(big) => big.to_f64().value().to_bits().hash(state),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(value) => fmt::Display::fmt(value, f),
            Repr::Big(big) => fmt::Display::fmt(big, f),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
