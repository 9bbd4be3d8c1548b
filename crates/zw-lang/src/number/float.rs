//! Binary floats of a chosen precision, rounded to nearest, ties to even.

use std::cmp::Ordering;

use dashu_base::{BitTest, DivRem, FloatEncoding};
use dashu_int::UBig;

/// The number of bits on either side of the binary point that a number may reach. It bounds the
/// memory and time that any operation, above all printing, can take.
const EXPONENT_MAX: i64 = 1 << 17;

/// Bits of a product, whatever the operands have.
const PRODUCT_PRECISION: u32 = 512;

/// A finite number other than zero: `mantissa * 2^exponent`, the mantissa odd.
#[derive(Clone, Debug)]
pub(super) struct Float {
    negative: bool,
    mantissa: UBig,
    exponent: i64,
    precision: u32,
}

/// The result of rounding.
pub(super) enum Rounded {
    Zero { negative: bool },
    Finite(Float),
    Infinity { negative: bool },
}

/// The number of bits of an integer.
pub(super) fn bit_len(value: &UBig) -> usize {
    value.bit_len()
}

fn bits(value: &UBig) -> i64 {
    i64::try_from(value.bit_len()).unwrap_or(i64::MAX)
}

fn shift(by: i64) -> usize {
    usize::try_from(by).unwrap_or(0)
}

impl Float {
    /// `±mantissa * 2^exponent` at a precision. `sticky` says that the mantissa was cut off and
    /// the number is a little larger in magnitude than the parts say.
    pub(super) fn round(
        negative: bool,
        mantissa: UBig,
        exponent: i64,
        sticky: bool,
        precision: u32,
    ) -> Rounded {
        let excess = bits(&mantissa) - i64::from(precision);
        let (mut mantissa, mut exponent) = if excess > 0 {
            let (cut, kept) = mantissa.split_bits(shift(excess));
            let half = UBig::from(1u8) << shift(excess - 1);
            let up = match cut.cmp(&half) {
                Ordering::Less => false,
                Ordering::Equal => sticky || kept.bit(0),
                Ordering::Greater => true,
            };
            (if up { kept + 1u8 } else { kept }, exponent + excess)
        } else {
            (mantissa, exponent)
        };
        let Some(zeros) = mantissa.trailing_zeros() else { return Rounded::Zero { negative } };
        if zeros > 0 {
            mantissa >>= zeros;
            exponent += i64::try_from(zeros).unwrap_or(i64::MAX);
        }
        let top = exponent.saturating_add(bits(&mantissa));
        if top > EXPONENT_MAX {
            Rounded::Infinity { negative }
        } else if top < -EXPONENT_MAX {
            Rounded::Zero { negative }
        } else {
            Rounded::Finite(Self { negative, mantissa, exponent, precision })
        }
    }

    /// A whole number other than zero.
    pub(super) fn from_i64(value: i64, precision: u32) -> Option<Self> {
        let magnitude = value.unsigned_abs();
        let zeros = magnitude.trailing_zeros();
        let mantissa = UBig::from(magnitude.checked_shr(zeros)?);
        Some(Self { negative: value < 0, mantissa, exponent: i64::from(zeros), precision })
    }

    pub(super) const fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) const fn precision(&self) -> u32 {
        self.precision
    }

    pub(super) const fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    pub(super) const fn mantissa(&self) -> &UBig {
        &self.mantissa
    }

    pub(super) const fn exponent(&self) -> i64 {
        self.exponent
    }

    /// The whole number that it is, if it is one and fits.
    pub(super) fn to_i64(&self) -> Option<i64> {
        if self.exponent < 0 || self.exponent + bits(&self.mantissa) > 64 {
            return None;
        }
        let magnitude = u64::try_from(&self.mantissa).ok()? << self.exponent;
        if self.negative {
            0i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    /// Sign and magnitude, without what is behind the point.
    pub(super) fn truncate(&self) -> (bool, UBig) {
        let magnitude = if self.exponent >= 0 {
            &self.mantissa << shift(self.exponent)
        } else {
            &self.mantissa >> shift(-self.exponent)
        };
        (self.negative, magnitude)
    }

    /// The nearest 64-bit float.
    pub(super) fn to_f64(&self) -> f64 {
        let excess = bits(&self.mantissa) - 62;
        let (mantissa, exponent) = if excess > 0 {
            // What is cut off must still count in a tie, so it is folded into the lowest bit.
            let (cut, kept) = self.mantissa.clone().split_bits(shift(excess));
            let sticky = u64::from(!cut.is_zero());
            (u64::try_from(&kept).unwrap_or(u64::MAX) | sticky, self.exponent + excess)
        } else {
            (u64::try_from(&self.mantissa).unwrap_or(u64::MAX), self.exponent)
        };
        let limit = i64::from(i16::MAX) / 2;
        let exponent = i16::try_from(exponent.clamp(-limit, limit)).unwrap_or(0);
        let mantissa = i64::try_from(mantissa).unwrap_or(i64::MAX);
        let value = match f64::encode(mantissa, exponent) {
            dashu_base::Approximation::Exact(value)
            | dashu_base::Approximation::Inexact(value, _) => value,
        };
        if self.negative { -value } else { value }
    }

    pub(super) fn neg(&self) -> Self {
        Self { negative: !self.negative, ..self.clone() }
    }

    pub(super) fn with_precision(&self, precision: u32) -> Rounded {
        Self::round(self.negative, self.mantissa.clone(), self.exponent, false, precision)
    }

    pub(super) fn add(&self, other: &Self, precision: u32) -> Rounded {
        // Exponents are bounded, so aligning both exactly is bounded too.
        let exponent = self.exponent.min(other.exponent);
        let a = &self.mantissa << shift(self.exponent - exponent);
        let b = &other.mantissa << shift(other.exponent - exponent);
        if self.negative == other.negative {
            return Self::round(self.negative, a + b, exponent, false, precision);
        }
        match a.cmp(&b) {
            Ordering::Equal => Rounded::Zero { negative: false },
            Ordering::Greater => Self::round(self.negative, a - b, exponent, false, precision),
            Ordering::Less => Self::round(other.negative, b - a, exponent, false, precision),
        }
    }

    /// The product in as many bits as it needs, at least `precision` and at most 512.
    pub(super) fn mul(&self, other: &Self, precision: u32) -> Rounded {
        match self.mul_to(other, PRODUCT_PRECISION) {
            Rounded::Finite(mut product) => {
                let needed = u32::try_from(bits(&product.mantissa)).unwrap_or(PRODUCT_PRECISION);
                product.precision = precision.max(needed);
                Rounded::Finite(product)
            }
            other => other,
        }
    }

    /// The product at a precision.
    pub(super) fn mul_to(&self, other: &Self, precision: u32) -> Rounded {
        Self::round(
            self.negative != other.negative,
            &self.mantissa * &other.mantissa,
            self.exponent + other.exponent,
            false,
            precision,
        )
    }

    pub(super) fn div(&self, other: &Self, precision: u32) -> Rounded {
        quotient(
            self.negative != other.negative,
            &self.mantissa,
            &other.mantissa,
            self.exponent - other.exponent,
            precision,
        )
    }

    pub(super) fn cmp_magnitude(&self, other: &Self) -> Ordering {
        let top = |float: &Self| float.exponent + bits(&float.mantissa);
        top(self).cmp(&top(other)).then_with(|| {
            let exponent = self.exponent.min(other.exponent);
            let a = &self.mantissa << shift(self.exponent - exponent);
            let b = &other.mantissa << shift(other.exponent - exponent);
            a.cmp(&b)
        })
    }
}

/// `±dividend / divisor * 2^exponent` at a precision.
pub(super) fn quotient(
    negative: bool,
    dividend: &UBig,
    divisor: &UBig,
    exponent: i64,
    precision: u32,
) -> Rounded {
    if divisor.is_zero() {
        return Rounded::Infinity { negative };
    }
    // Two bits more than wanted, so that the remainder only has to break a tie.
    let lift = (i64::from(precision) + 2 + bits(divisor) - bits(dividend)).max(0);
    let (quotient, remainder) = (dividend << shift(lift)).div_rem(divisor);
    Float::round(negative, quotient, exponent - lift, !remainder.is_zero(), precision)
}
