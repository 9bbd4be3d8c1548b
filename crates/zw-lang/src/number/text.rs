//! Numbers from and to decimal text.

use dashu_int::UBig;

use super::float::{self, Float};
use super::{Number, PRECISION_TEXT, Repr};

/// Decimal exponents beyond this are out of range whatever the digits are.
const DECIMAL_EXPONENT_MAX: i64 = 100_000;

/// Digits beyond this are more than any exponent can bring back into range.
const DIGITS_MAX: usize = 200_000;

/// How a number is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatVerb {
    /// `%f`: without exponent.
    Fixed,
    /// `%e`: one digit before the point, and an exponent.
    Exponent,
    /// `%g`: the shorter of the two.
    General,
}

pub(super) fn parse(text: &str) -> Option<Number> {
    if let Some(number) = parse_small(text) {
        return Some(number);
    }
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if unsigned == "Inf" || unsigned == "inf" {
        return Some(Number::infinity(negative));
    }
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, exponent) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = whole.len() + fraction.len();
    if digits == 0 || digits > DIGITS_MAX || fraction.contains('.') {
        return None;
    }
    let (exponent10, exponent2) = parse_exponent(exponent)?;
    let exponent10 = exponent10 - i64::try_from(fraction.len()).ok()?;
    let mantissa = UBig::from_str_radix(&format!("{whole}{fraction}"), 10).ok()?;
    from_decimal(negative, mantissa, exponent10, exponent2)
}

/// Most numbers are a few digits.
fn parse_small(text: &str) -> Option<Number> {
    let digits = text.as_bytes();
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = text.parse().ok()?;
    Some(Number(Repr::Int { value, precision: super::small(PRECISION_TEXT) }))
}

/// The exponents of ten and of two.
fn parse_exponent(text: &str) -> Option<(i64, i64)> {
    let mut chars = text.chars();
    let Some(letter) = chars.next() else { return Some((0, 0)) };
    let signed = chars.as_str();
    let digits = signed.strip_prefix(['+', '-']).unwrap_or(signed);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent = signed.parse::<i64>().ok()?;
    match letter {
        'e' | 'E' => Some((exponent, 0)),
        'p' | 'P' => Some((0, exponent)),
        _ => None,
    }
}

fn from_decimal(negative: bool, mantissa: UBig, exponent10: i64, exponent2: i64) -> Option<Number> {
    if mantissa.is_zero() {
        return Some(Number::from_rounded(float::Rounded::Zero { negative }));
    }
    if exponent10 > DECIMAL_EXPONENT_MAX || exponent2.abs() > 4 * DECIMAL_EXPONENT_MAX {
        return None;
    }
    let exponent2 = exponent2 + exponent10;
    let power = UBig::from(5u8);
    let rounded = if exponent10 >= 0 {
        let scaled = mantissa * power.pow(usize::try_from(exponent10).ok()?);
        Float::round(negative, scaled, exponent2, false, PRECISION_TEXT)
    } else {
        let places = usize::try_from(-exponent10).ok()?;
        if places > DIGITS_MAX {
            return None;
        }
        float::quotient(negative, &mantissa, &power.pow(places), exponent2, PRECISION_TEXT)
    };
    match rounded {
        float::Rounded::Infinity { .. } => None,
        rounded => Some(Number::from_rounded(rounded)),
    }
}

/// Digits of a decimal number `0.digits * 10^point`, without zeros at the end.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn zero() -> Self {
        Self { digits: Vec::new(), point: 0 }
    }

    /// `mantissa * 2^exponent`, exactly.
    fn exact(mantissa: &UBig, exponent: i64) -> Self {
        let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
        let (integer, point) = if exponent >= 0 {
            (mantissa << places, 0)
        } else {
            (mantissa * UBig::from(5u8).pow(places), exponent)
        };
        let digits = integer.to_string().into_bytes();
        let point = point + i64::try_from(digits.len()).unwrap_or(i64::MAX);
        Self { digits, point }.trimmed()
    }

    fn trimmed(mut self) -> Self {
        let end = self.digits.iter().rposition(|digit| *digit != b'0').map_or(0, |at| at + 1);
        self.digits.truncate(end);
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }

    fn at(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or(b'0')
    }

    fn len(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX)
    }

    /// Rounds to `count` digits, ties to even.
    fn round(self, count: i64) -> Self {
        let Ok(kept) = usize::try_from(count) else {
            return Self::zero();
        };
        if kept >= self.digits.len() {
            return self;
        }
        let tie = self.digits[kept] == b'5' && kept + 1 == self.digits.len();
        let up = if tie {
            kept > 0 && (self.digits[kept - 1] - b'0') % 2 == 1
        } else {
            self.digits[kept] >= b'5'
        };
        if up { self.round_up(kept) } else { self.round_down(kept) }
    }

    fn round_down(mut self, count: usize) -> Self {
        self.digits.truncate(count);
        self.trimmed()
    }

    fn round_up(mut self, count: usize) -> Self {
        if count >= self.digits.len() {
            return self;
        }
        self.digits.truncate(count);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        if let Some(digit) = self.digits.last_mut() {
            *digit += 1;
        } else {
            self.digits.push(b'1');
            self.point += 1;
        }
        self
    }

    /// The fewest digits that tell the number from its neighbours at its precision.
    ///
    /// Source: `roundShortest` in Go's `math/big/ftoa.go`, whose choice among equally short
    /// decimals is kept.
    fn shortest(float: &Float) -> Self {
        let exact = Self::exact(float.mantissa(), float.exponent());
        let bits = i64::try_from(float::bit_len(float.mantissa())).unwrap_or(i64::MAX);
        // One more bit than the precision, so that the lowest is half a unit in the last place.
        let lift = i64::from(float.precision()) + 1 - bits;
        let exponent = float.exponent() - lift;
        // The neighbours of an integer that is exact are less than one away.
        if lift < 0 || (float.is_integer() && exponent < 0) {
            return exact;
        }
        let mantissa = float.mantissa() << usize::try_from(lift).unwrap_or(0);
        // Ties go to the even one, so the bounds belong to it.
        let inclusive = lift > 1;
        let lower = Self::exact(&(&mantissa - 1u8), exponent);
        let upper = Self::exact(&(&mantissa + 1u8), exponent);
        for index in 0..exact.digits.len() {
            let (digit, low, high) = (exact.at(index), lower.at(index), upper.at(index));
            let down = low != digit || (inclusive && index + 1 == lower.digits.len());
            let up =
                digit != high && (inclusive || digit + 1 < high || index + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => {
                    return exact.round(i64::try_from(index + 1).unwrap_or(i64::MAX));
                }
                (true, false) => return exact.round_down(index + 1),
                (false, true) => return exact.round_up(index + 1),
                (false, false) => {}
            }
        }
        exact
    }

    fn write_fixed(&self, places: i64, out: &mut String) {
        if self.point > 0 {
            for index in 0..usize::try_from(self.point).unwrap_or(0) {
                out.push(char::from(self.at(index)));
            }
        } else {
            out.push('0');
        }
        if places > 0 {
            out.push('.');
            for place in 0..places {
                let index = usize::try_from(self.point + place);
                out.push(index.map_or('0', |index| char::from(self.at(index))));
            }
        }
    }

    fn write_exponent(&self, places: i64, out: &mut String) {
        out.push(char::from(self.at(0)));
        if places > 0 {
            out.push('.');
            for index in 1..=usize::try_from(places).unwrap_or(0) {
                out.push(char::from(self.at(index)));
            }
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        let exponent = exponent.unsigned_abs();
        out.extend(['e', sign]);
        if exponent < 10 {
            out.push('0');
        }
        out.push_str(&exponent.to_string());
    }
}

impl Number {
    /// The number as text. `precision` counts digits behind the point, or all digits for
    /// [`FloatVerb::General`]; without it there are as many as tell the number from its
    /// neighbours.
    ///
    /// Source: Go's `big.Float.Text`.
    pub fn to_text(&self, verb: FloatVerb, precision: Option<u32>) -> String {
        if let Repr::Infinity { negative } = self.0 {
            return if negative { "-Inf".into() } else { "+Inf".into() };
        }
        let float = self.as_float();
        let mut decimal = match (&float, precision) {
            (None, _) => Decimal::zero(),
            (Some(float), None) => Decimal::shortest(float),
            (Some(float), Some(_)) => Decimal::exact(float.mantissa(), float.exponent()),
        };
        let mut places = match (verb, precision) {
            (_, Some(places)) => i64::from(places),
            (FloatVerb::Exponent, None) => decimal.len() - 1,
            (FloatVerb::Fixed, None) => (decimal.len() - decimal.point).max(0),
            (FloatVerb::General, None) => decimal.len(),
        };
        if precision.is_some() {
            decimal = match verb {
                FloatVerb::Exponent => decimal.round(1 + places),
                FloatVerb::Fixed => {
                    let count = decimal.point + places;
                    decimal.round(count)
                }
                FloatVerb::General => {
                    places = places.max(1);
                    decimal.round(places)
                }
            };
        }
        let mut out = String::new();
        if self.is_sign_negative() {
            out.push('-');
        }
        match verb {
            FloatVerb::Exponent => decimal.write_exponent(places, &mut out),
            FloatVerb::Fixed => decimal.write_fixed(places, &mut out),
            FloatVerb::General => {
                let mut threshold = places;
                if threshold > decimal.len() && decimal.len() >= decimal.point {
                    threshold = decimal.len();
                }
                if precision.is_none() {
                    threshold = 6;
                }
                let exponent = decimal.point - 1;
                if exponent < -4 || exponent >= threshold {
                    let places = places.min(decimal.len()) - 1;
                    decimal.write_exponent(places, &mut out);
                } else {
                    decimal.write_fixed((decimal.len() - decimal.point).max(0), &mut out);
                }
            }
        }
        out
    }
}
