//! Powers and logarithms of 64-bit floats, to the last digit as Terraform has them.
//!
//! Every digit of a float shows in a plan, and a digit that changes replaces a resource. So this
//! follows the algorithms of Go's `math` on x86-64 rather than those of the platform, whose last
//! digits differ.

use std::f64::consts::{LOG2_E, SQRT_2};

/// The natural logarithm.
///
/// Source: the method of FreeBSD's `e_log.c`: `log(1+f)` by a polynomial in `f/(2+f)`.
pub(super) fn ln(value: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const L: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    if !value.is_finite() || value <= 0.0 {
        return value.ln();
    }
    let (mut mantissa, mut exponent) = split(value);
    if mantissa < SQRT_2 / 2.0 {
        mantissa *= 2.0;
        exponent -= 1;
    }
    let f = mantissa - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + (odd + even)) + k * LN2_LOW)) - f)
}

/// `e` to a power of moderate size.
///
/// Source: N. Shibata, "Efficient evaluation methods of elementary functions suitable for SIMD
/// computation" (2010): the argument is reduced by powers of two and by 16, then squared back.
fn exp(value: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN2_LOW: f64 = 0.282_352_905_630_315_77e-12;
    let scale = (value * LOG2_E).round_ties_even();
    let mut x = (-LN2_LOW).mul_add(scale, (-LN2_HIGH).mul_add(scale, value)) * 0.0625;
    // The Taylor series of (e^x - 1) / x.
    let factorials = [40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0];
    let series = factorials.iter().fold(1.0 / 362_880.0, |sum: f64, n| sum.mul_add(x, 1.0 / n));
    x *= series;
    for _ in 0..3 {
        x *= x + 2.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the argument is moderate")]
    scaled(x.mul_add(x + 2.0, 1.0), scale as i64)
}

/// `base` to the power of `exponent`, by repeated squaring and, for the fraction, by logarithm.
///
/// Source: Go's `math.Pow`.
pub(super) fn pow(base: f64, exponent: f64) -> f64 {
    let magnitude = exponent.abs();
    let is_special = base == 0.0
        || !base.is_finite()
        || magnitude.is_nan()
        || magnitude >= 9_223_372_036_854_775_808.0
        || exponent == 0.0
        || (magnitude.fract() != 0.0 && base < 0.0);
    if is_special {
        return base.powf(exponent);
    }
    if magnitude.total_cmp(&0.5).is_eq() {
        return if exponent > 0.0 { base.sqrt() } else { 1.0 / base.sqrt() };
    }
    let (mut whole, mut fraction) = (magnitude.trunc(), magnitude.fract());
    let mut mantissa = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        mantissa = exp(fraction * ln(base));
    }
    let mut scale = 0i64;
    let (mut square, square_scale) = split(base);
    let mut square_scale = i64::from(square_scale);
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit above")]
    let mut bits = whole as i64;
    while bits != 0 {
        if square_scale.abs() > 1 << 12 {
            // Out of range whatever follows.
            scale += square_scale;
            break;
        }
        if bits & 1 == 1 {
            mantissa *= square;
            scale += square_scale;
        }
        square *= square;
        square_scale <<= 1;
        if square < 0.5 {
            square += square;
            square_scale -= 1;
        }
        bits >>= 1;
    }
    if exponent < 0.0 {
        mantissa = 1.0 / mantissa;
        scale = -scale;
    }
    scaled(mantissa, scale)
}

/// A finite float other than zero as a fraction from 0.5 to 1 and a power of two.
fn split(value: f64) -> (f64, i32) {
    let (value, shifted) =
        if value.is_subnormal() { (value * 2f64.powi(52), 52) } else { (value, 0) };
    let bits = value.to_bits();
    let biased = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    (f64::from_bits(bits & !(0x7ff << 52) | (1022 << 52)), biased - 1022 - shifted)
}

/// `value * 2^scale`, in steps that neither overflow nor vanish before the result does.
fn scaled(mut value: f64, mut scale: i64) -> f64 {
    while scale > 1000 && value.is_finite() {
        value *= 2f64.powi(1000);
        scale -= 1000;
    }
    while scale < -900 && value != 0.0 {
        value *= 2f64.powi(-900);
        scale += 900;
    }
    value * 2f64.powi(i32::try_from(scale.clamp(-1000, 1000)).unwrap_or(0))
}
