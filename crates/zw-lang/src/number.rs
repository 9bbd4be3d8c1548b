//! Numbers of arbitrary precision with a fast path for integers.
//!
//! They behave as Terraform's, which are Go's `big.Float`: binary floats that each carry a
//! precision. What is written in source or read from text has 512 bits; what comes from a length
//! or an index has 64, and what was computed as a 64-bit float (`pow`, `log`) has 53. An operation
//! keeps the larger of its operands', and a number prints as the shortest decimal that tells it
//! from its neighbours at its own precision.

mod float;
mod text;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dashu_int::UBig;

use float::Float;
pub use text::FloatVerb;

/// Bits of precision of a number that was written as text.
const PRECISION_TEXT: u32 = 512;

/// Bits of precision of a whole number that was counted.
const PRECISION_COUNT: u16 = 64;

/// Bits of precision of a number that was computed as a 64-bit float.
const PRECISION_F64: u32 = 53;

/// A number: an exact integer, a binary float of at least 53 bits, or an infinity.
///
/// Equality and order are by value; precision does not count.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    Int {
        value: i64,
        precision: u16,
    },
    /// Never an integer that fits `Int`, so that equal numbers have equal forms.
    Float(Arc<Float>),
    /// Equal to zero, but printed with a sign.
    NegativeZero,
    Infinity {
        negative: bool,
    },
}

/// Why an operation on numbers has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// `∞ + -∞`
    #[error("can't compute sum of opposing infinities")]
    OpposingInfinities,
    /// `∞ - ∞`
    #[error("can't subtract infinity from itself")]
    InfinityMinusInfinity,
    /// `0 * ∞`
    #[error("can't multiply zero by infinity")]
    ZeroTimesInfinity,
    /// `0 / 0` or `∞ / ∞`
    #[error("can't divide zero by zero or infinity by infinity")]
    IndeterminateQuotient,
    /// `x % ∞`, or `∞ % x` unless `x` is zero
    #[error("can't use modulo with zero and infinity")]
    IndeterminateRemainder,
    /// Not a number, from an operation on 64-bit floats.
    #[error("the result is not a number")]
    NotANumber,
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Int { value, precision: PRECISION_COUNT })
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or_else(|_| Self::from(UBig::from(value)), Self::from)
    }
}

impl From<UBig> for Number {
    /// The whole number, exactly.
    fn from(value: UBig) -> Self {
        Self::from_big_integer(false, value)
    }
}

/// Construction.
impl Number {
    /// Zero.
    pub const ZERO: Self = Self(Repr::Int { value: 0, precision: PRECISION_COUNT });

    /// Reads a decimal number: an optional sign, digits with at most one point, an optional
    /// exponent (`e` of ten, `p` of two); or `Inf`. `None` if it is anything else or if its
    /// exponent is out of range (±2^17 bits).
    ///
    /// Source: `cty.ParseNumberVal`, Go's `big.Float.Parse` with base 10.
    pub fn parse(text: &str) -> Option<Self> {
        text::parse(text)
    }

    /// A whole number of any size, exactly.
    pub fn from_big_integer(negative: bool, magnitude: UBig) -> Self {
        let bits = u32::try_from(float::bit_len(&magnitude)).unwrap_or(u32::MAX);
        Self::from_parts(negative, magnitude, 0, bits.max(u32::from(PRECISION_COUNT)))
    }

    /// A 64-bit float. `None` if it is not a number.
    pub fn from_f64(value: f64) -> Option<Self> {
        use dashu_base::FloatEncoding;
        if value.is_nan() {
            return None;
        }
        let Ok((mantissa, exponent)) = value.decode() else {
            return Some(Self(Repr::Infinity { negative: value.is_sign_negative() }));
        };
        Some(Self::from_parts(
            value.is_sign_negative(),
            UBig::from(mantissa.unsigned_abs()),
            i64::from(exponent),
            PRECISION_F64,
        ))
    }

    fn from_parts(negative: bool, mantissa: UBig, exponent: i64, precision: u32) -> Self {
        Self::from_rounded(Float::round(negative, mantissa, exponent, false, precision))
    }

    /// The normal form of a float that may be zero, infinite or a small integer.
    fn from_rounded(rounded: float::Rounded) -> Self {
        let float = match rounded {
            float::Rounded::Zero { negative: true } => return Self(Repr::NegativeZero),
            float::Rounded::Zero { negative: false } => {
                return Self(Repr::Int { value: 0, precision: small(PRECISION_TEXT) });
            }
            float::Rounded::Infinity { negative } => return Self(Repr::Infinity { negative }),
            float::Rounded::Finite(float) => float,
        };
        match float.to_i64() {
            Some(value) => Self(Repr::Int { value, precision: small(float.precision()) }),
            None => Self(Repr::Float(Arc::new(float))),
        }
    }

    const fn infinity(negative: bool) -> Self {
        Self(Repr::Infinity { negative })
    }
}

/// A precision as it is kept beside small integers, which are exact at any that does not fit.
fn small(precision: u32) -> u16 {
    u16::try_from(precision).unwrap_or(u16::MAX)
}

/// Inspection.
impl Number {
    /// The whole number that it is, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int { value, .. } => Some(*value),
            Repr::NegativeZero => Some(0),
            Repr::Float(_) | Repr::Infinity { .. } => None,
        }
    }

    /// The whole number that it is, if it is one, fits, and is what it is written as: one that was computed as a
    /// 64-bit float is written with as many digits as tell it from others.
    pub(crate) fn to_written_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int { value, precision } => {
                Some(*value).filter(|value| is_exact(*value, u32::from(*precision)))
            }
            _ => None,
        }
    }

    /// The whole number that it is, if it is one, not negative, and fits.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|value| usize::try_from(value).ok())
    }

    /// The nearest 64-bit float; an infinity if it is out of range.
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Int { value, .. } => *value as f64,
            Repr::Float(float) => float.to_f64(),
            Repr::NegativeZero => -0.0,
            Repr::Infinity { negative: false } => f64::INFINITY,
            Repr::Infinity { negative: true } => f64::NEG_INFINITY,
        }
    }

    /// Sign and magnitude of the whole number that it is, if it is one, whatever its size.
    pub fn to_big_integer(&self) -> Option<(bool, UBig)> {
        match &self.0 {
            Repr::Int { value, .. } => Some((*value < 0, UBig::from(value.unsigned_abs()))),
            Repr::Float(float) => float.is_integer().then(|| float.truncate()),
            Repr::NegativeZero => Some((false, UBig::ZERO)),
            Repr::Infinity { .. } => None,
        }
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Int { .. } | Repr::NegativeZero => true,
            Repr::Float(float) => float.is_integer(),
            Repr::Infinity { .. } => false,
        }
    }

    /// Whether it is neither infinity.
    pub const fn is_finite(&self) -> bool {
        !matches!(self.0, Repr::Infinity { .. })
    }

    /// Whether it is less than zero, or the negative zero.
    pub fn is_sign_negative(&self) -> bool {
        match &self.0 {
            Repr::Int { value, .. } => *value < 0,
            Repr::Float(float) => float.is_negative(),
            Repr::NegativeZero => true,
            Repr::Infinity { negative } => *negative,
        }
    }

    /// Whether it is zero, of either sign.
    pub const fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Int { value: 0, .. } | Repr::NegativeZero)
    }

    fn precision(&self) -> u32 {
        match &self.0 {
            Repr::Int { precision, .. } => u32::from(*precision),
            Repr::Float(float) => float.precision(),
            Repr::NegativeZero | Repr::Infinity { .. } => PRECISION_TEXT,
        }
    }

    /// The number as a float, unless it is zero or infinite.
    fn as_float(&self) -> Option<std::borrow::Cow<'_, Float>> {
        match &self.0 {
            Repr::Int { value: 0, .. } | Repr::NegativeZero | Repr::Infinity { .. } => None,
            Repr::Int { value, precision } => {
                Float::from_i64(*value, u32::from(*precision)).map(std::borrow::Cow::Owned)
            }
            Repr::Float(float) => Some(std::borrow::Cow::Borrowed(float)),
        }
    }
}

/// Arithmetic, as Go's `big.Float` and `cty` have it.
impl Number {
    /// `self + other`
    pub fn checked_add(&self, other: &Self) -> Result<Self, NumberError> {
        self.sum(other).ok_or(NumberError::OpposingInfinities)
    }

    /// `self - other`
    pub fn checked_sub(&self, other: &Self) -> Result<Self, NumberError> {
        self.sum(&other.neg()).ok_or(NumberError::InfinityMinusInfinity)
    }

    fn sum(&self, other: &Self) -> Option<Self> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Int { value: a, .. }, Repr::Int { value: b, .. }) = (&self.0, &other.0)
            && let Some(value) = a.checked_add(*b)
            && is_exact(value, precision)
        {
            return Some(Self(Repr::Int { value, precision: small(precision) }));
        }
        Some(match (&self.0, &other.0) {
            (Repr::Infinity { negative: a }, Repr::Infinity { negative: b }) => {
                return (a == b).then(|| self.clone());
            }
            (Repr::Infinity { .. }, _) | (Repr::NegativeZero, Repr::NegativeZero) => self.clone(),
            (_, Repr::Infinity { .. }) => other.clone(),
            _ => match (self.as_float(), other.as_float()) {
                (Some(a), Some(b)) => Self::from_rounded(a.add(&b, precision)),
                (Some(_), None) => self.with_precision(precision),
                (None, Some(_)) => other.with_precision(precision),
                (None, None) => Self(Repr::Int { value: 0, precision: small(precision) }),
            },
        })
    }

    /// `self * other`. The result has as many bits as it needs, up to 512, whatever the operands
    /// have.
    pub fn checked_mul(&self, other: &Self) -> Result<Self, NumberError> {
        let negative = self.is_sign_negative() != other.is_sign_negative();
        if !self.is_finite() || !other.is_finite() {
            return if self.is_zero() || other.is_zero() {
                Err(NumberError::ZeroTimesInfinity)
            } else {
                Ok(Self::infinity(negative))
            };
        }
        let precision = self.precision().max(other.precision());
        if let (Repr::Int { value: a, .. }, Repr::Int { value: b, .. }) = (&self.0, &other.0)
            && let Some(value) = a.checked_mul(*b)
            && (value != 0 || !negative)
        {
            return Ok(Self(Repr::Int { value, precision: small(precision) }));
        }
        Ok(match (self.as_float(), other.as_float()) {
            (Some(a), Some(b)) => Self::from_rounded(a.mul(&b, precision)),
            _ if negative => Self(Repr::NegativeZero),
            _ => Self(Repr::Int { value: 0, precision: small(precision) }),
        })
    }

    /// `self / other`. A number other than zero divided by zero is an infinity.
    pub fn checked_div(&self, other: &Self) -> Result<Self, NumberError> {
        let negative = self.is_sign_negative() != other.is_sign_negative();
        let precision = self.precision().max(other.precision());
        if let (Repr::Int { value: a, .. }, Repr::Int { value: b, .. }) = (&self.0, &other.0)
            && a.checked_rem(*b) == Some(0)
            && let Some(value) = a.checked_div(*b)
            && (value != 0 || !negative)
            && is_exact(value, precision)
        {
            return Ok(Self(Repr::Int { value, precision: small(precision) }));
        }
        if (self.is_zero() && other.is_zero()) || (!self.is_finite() && !other.is_finite()) {
            return Err(NumberError::IndeterminateQuotient);
        }
        Ok(match (self.as_float(), other.as_float()) {
            (Some(a), Some(b)) => Self::from_rounded(a.div(&b, precision)),
            _ if other.is_zero() || !self.is_finite() => Self::infinity(negative),
            _ if negative => Self(Repr::NegativeZero),
            _ => Self(Repr::Int { value: 0, precision: small(precision) }),
        })
    }

    /// `self % other`, with the sign of `self`; `self` if `other` is zero.
    pub fn checked_rem(&self, other: &Self) -> Result<Self, NumberError> {
        if other.is_zero() {
            return Ok(self.clone());
        }
        if !self.is_finite() || !other.is_finite() {
            return Err(NumberError::IndeterminateRemainder);
        }
        if let (Repr::Int { value: a, precision }, Repr::Int { value: b, .. }) = (&self.0, &other.0)
            && let Some(value) = a.checked_rem(*b)
        {
            return Ok(Self(Repr::Int { value, precision: *precision }));
        }
        if self.is_zero() {
            // A negative zero keeps its sign, unless the other number takes it away.
            return Ok(if other.is_sign_negative() { Self::ZERO } else { self.clone() });
        }
        let quotient = self.checked_div(other)?.truncate();
        let (Some(a), Some(b)) = (self.as_float(), other.as_float()) else {
            return Ok(self.clone());
        };
        // Each step is rounded to the precision of the dividend, which can leave a remainder
        // that is off by some units in the last place: Terraform's answers have the same.
        let precision = self.precision();
        let quotient = quotient.with_precision(precision);
        let Some(quotient) = quotient.as_float() else { return Ok(self.clone()) };
        let product = Self::from_rounded(b.mul_to(&quotient, precision));
        let Some(product) = product.neg().as_float().map(std::borrow::Cow::into_owned) else {
            return Ok(self.clone());
        };
        Ok(Self::from_rounded(a.add(&product, precision)))
    }

    /// `-self`
    #[must_use]
    pub fn neg(&self) -> Self {
        match &self.0 {
            Repr::Int { value: 0, .. } => Self(Repr::NegativeZero),
            Repr::Int { value, precision } => match value.checked_neg() {
                Some(value) => Self(Repr::Int { value, precision: *precision }),
                None => Self::from_parts(false, UBig::from(1u8), 63, u32::from(*precision)),
            },
            Repr::Float(float) => Self::from_rounded(float::Rounded::Finite(float.neg())),
            Repr::NegativeZero => Self(Repr::Int { value: 0, precision: small(PRECISION_TEXT) }),
            Repr::Infinity { negative } => Self::infinity(!negative),
        }
    }

    /// The magnitude.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_sign_negative() { self.neg() } else { self.clone() }
    }

    /// The greatest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.to_whole(|negative, fractional| negative && fractional)
            .with_precision(self.precision())
    }

    /// The least whole number that is not less.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.to_whole(|negative, fractional| !negative && fractional)
            .with_precision(self.precision())
    }

    /// The whole number towards zero.
    #[must_use]
    pub fn truncate(&self) -> Self {
        self.to_whole(|_, _| false)
    }

    /// The whole part, exactly, made greater in magnitude by one if `away` says so of the sign and
    /// of whether there is a fraction.
    fn to_whole(&self, away: impl Fn(bool, bool) -> bool) -> Self {
        match &self.0 {
            Repr::Int { value, .. } => Self::from(*value),
            Repr::NegativeZero => Self::ZERO,
            Repr::Infinity { .. } => self.clone(),
            Repr::Float(float) => {
                let (negative, magnitude) = float.truncate();
                let magnitude =
                    if away(negative, !float.is_integer()) { magnitude + 1u8 } else { magnitude };
                Self::from_big_integer(negative && !magnitude.is_zero(), magnitude)
            }
        }
    }

    fn with_precision(&self, precision: u32) -> Self {
        match &self.0 {
            Repr::Int { value, .. } if is_exact(*value, precision) => {
                Self(Repr::Int { value: *value, precision: small(precision) })
            }
            Repr::NegativeZero | Repr::Infinity { .. } => self.clone(),
            Repr::Int { .. } | Repr::Float(_) => match self.as_float() {
                Some(float) => Self::from_rounded(float.with_precision(precision)),
                None => self.clone(),
            },
        }
    }
}

/// Whether a small integer can be represented at a precision without rounding.
const fn is_exact(value: i64, precision: u32) -> bool {
    precision >= 64 || value.unsigned_abs() >> precision == 0
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
        if let (Some(a), Some(b)) = (self.to_i64(), other.to_i64()) {
            return a.cmp(&b);
        }
        self.sign().cmp(&other.sign()).then_with(|| {
            let (Some(a), Some(b)) = (self.as_float(), other.as_float()) else {
                // What is finite is the lesser in magnitude.
                let order = other.is_finite().cmp(&self.is_finite());
                return in_sign(order, self.is_sign_negative());
            };
            in_sign(a.cmp_magnitude(&b), self.is_sign_negative())
        })
    }
}

impl Number {
    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.is_zero(), self.is_sign_negative()) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

/// Turns an order of magnitudes into one of numbers of one sign.
const fn in_sign(order: Ordering, negative: bool) -> Ordering {
    if negative { order.reverse() } else { order }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Int { value, .. } => value.hash(state),
            Repr::NegativeZero => 0i64.hash(state),
            Repr::Float(float) => float.to_f64().to_bits().hash(state),
            Repr::Infinity { negative } => negative.hash(state),
        }
    }
}

impl fmt::Display for Number {
    /// As Terraform prints it: without exponent, the shortest decimal that reads back as the same
    /// number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_written_i64() {
            Some(value) => fmt::Display::fmt(&value, f),
            None => f.write_str(&self.to_text(FloatVerb::Fixed, None)),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
