//! Numeric functions.

mod real;

use dashu_int::UBig;

use super::args::{Outcome, count, number, text, whole, whole_arg};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::number::Number;
use crate::ty::Type;
use crate::value::{Value, ValueKind};

/// The most numbers that `range` makes, as in Terraform.
const RANGE_MAX: usize = 1024;

/// The most digits that `parseint` reads.
const DIGITS_MAX: usize = 100_000;

pub(super) fn functions() -> Vec<Function> {
    let num = || vec![Param::new("num", Type::Number)];
    vec![
        Function::new("abs", "Returns the magnitude of a number.", num(), Type::Number, abs),
        Function::new(
            "ceil",
            "Returns the least whole number that is not less than a number.",
            num(),
            Type::Number,
            ceil,
        ),
        Function::new(
            "floor",
            "Returns the greatest whole number that is not greater than a number.",
            num(),
            Type::Number,
            floor,
        ),
        Function::new(
            "log",
            "Returns the logarithm of a number to a base.",
            vec![Param::new("num", Type::Number), Param::new("base", Type::Number)],
            Type::Number,
            log,
        ),
        Function::new("max", "Returns the greatest of some numbers.", vec![], Type::Number, max)
            .variadic(Param::new("numbers", Type::Number)),
        Function::new("min", "Returns the least of some numbers.", vec![], Type::Number, min)
            .variadic(Param::new("numbers", Type::Number)),
        Function::new(
            "parseint",
            "Reads a whole number written in a base from 2 to 62.",
            vec![Param::new("number", Type::Dynamic), Param::new("base", Type::Number)],
            Type::Number,
            parseint,
        )
        .returns_for(parseint_type),
        Function::new(
            "pow",
            "Raises a number to a power.",
            vec![Param::new("num", Type::Number), Param::new("power", Type::Number)],
            Type::Number,
            pow,
        ),
        Function::new(
            "range",
            "Returns the numbers from a start to an end in steps.",
            vec![],
            Type::list(Type::Number),
            range,
        )
        .variadic(Param::new("params", Type::Number)),
        Function::new(
            "signum",
            "Returns -1, 0 or 1 for a whole number that is negative, zero or positive.",
            num(),
            Type::Number,
            signum,
        ),
    ]
}

fn abs(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(number(args, 0).abs().into())
}

fn ceil(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(number(args, 0).ceil().into())
}

fn floor(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(number(args, 0).floor().into())
}

fn signum(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(Value::from(whole(args, 0)?.signum()))
}

fn max(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    extreme(args, |candidate, best| candidate > best)
}

fn min(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    extreme(args, |candidate, best| candidate < best)
}

fn extreme(args: &[Value], better: impl Fn(&Number, &Number) -> bool) -> Outcome {
    let mut numbers = args.iter().filter_map(Value::as_number);
    let mut best = numbers.next().ok_or_else(|| FuncError::new("must pass at least one number"))?;
    for candidate in numbers {
        if better(candidate, best) {
            best = candidate;
        }
    }
    Ok(best.clone().into())
}

/// A number as the 64-bit float that `log` and `pow` compute with.
fn float(args: &[Value], index: usize) -> Result<f64, FuncError> {
    let number = number(args, index);
    let float = number.to_f64();
    if float.is_infinite() && number.is_finite() {
        let max = Number::from_f64(f64::MAX).unwrap_or(Number::ZERO);
        let message = format!("value must be between -{max} and {max} inclusive");
        return Err(FuncError::new(message));
    }
    Ok(float)
}

fn from_float(value: f64) -> Outcome {
    Number::from_f64(value)
        .map(Value::from)
        .ok_or_else(|| FuncError::new("the result is not a number"))
}

fn log(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    from_float(real::ln(float(args, 0)?) / real::ln(float(args, 1)?))
}

fn pow(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    from_float(real::pow(float(args, 0)?, float(args, 1)?))
}

fn parseint_type(args: &[Value]) -> Result<Type, FuncError> {
    let ty = args.first().map_or(Type::Dynamic, Value::ty);
    if ty != Type::String && ty != Type::Dynamic {
        let message = format!("first argument must be a string, not {}", ty.friendly_name());
        return Err(FuncError::arg(0, message));
    }
    Ok(Type::Number)
}

fn parseint(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    parseint_type(args)?;
    let base = whole_arg(args, 1)?;
    let Some(base) = u32::try_from(base).ok().filter(|base| (2..=62).contains(base)) else {
        let message = "base must be a whole number between 2 and 62 inclusive";
        return Err(FuncError::arg(1, message));
    };
    let digits = text(args, 0);
    parse_integer(digits, base).map(Value::from).ok_or_else(|| {
        FuncError::arg(0, format!("cannot parse {digits:?} as a base {base} integer"))
    })
}

fn parse_integer(digits: &str, base: u32) -> Option<Number> {
    let negative = digits.starts_with('-');
    let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if digits.is_empty() || digits.len() > DIGITS_MAX {
        return None;
    }
    if base <= 36 {
        let base = u8::try_from(base).ok()?;
        if !digits.bytes().all(|digit| char::from(digit).is_digit(u32::from(base))) {
            return None;
        }
        let magnitude = UBig::from_str_radix(digits, u32::from(base)).ok()?;
        return Some(Number::from_big_integer(negative && !magnitude.is_zero(), magnitude));
    }
    // Beyond 36 upper case counts: digits, lower case, upper case.
    let mut magnitude = UBig::ZERO;
    for digit in digits.bytes() {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            b'A'..=b'Z' => digit - b'A' + 36,
            _ => return None,
        };
        if u32::from(value) >= base {
            return None;
        }
        magnitude = magnitude * base + value;
    }
    Some(Number::from_big_integer(negative && !magnitude.is_zero(), magnitude))
}

fn range(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let one = || Number::from(1i64);
    let given = |index| number(args, index).clone();
    let (start, end, step) = match args.len() {
        1 => {
            let end = given(0);
            let step = if end < Number::ZERO { one().neg() } else { one() };
            (Number::ZERO, end, step)
        }
        2 => {
            let step = if given(1) < given(0) { one().neg() } else { one() };
            (given(0), given(1), step)
        }
        3 => (given(0), given(1), given(2)),
        _ => return Err(FuncError::new("must have one, two, or three arguments")),
    };
    let down = step < Number::ZERO;
    if down && end > start {
        return Err(FuncError::arg(2, "end must be less than start when step is negative"));
    }
    if !down && end < start {
        return Err(FuncError::arg(2, "end must be greater than start when step is positive"));
    }
    let mut items = Vec::new();
    let mut next = start;
    while if down { next > end } else { next < end } {
        if items.len() == RANGE_MAX {
            return Err(FuncError::new(
                "more than 1024 values were generated; either decrease the difference between \
                 start and end or use a smaller step",
            ));
        }
        let following =
            next.checked_add(&step).map_err(|error| FuncError::new(error.to_string()))?;
        items.push(Value::from(std::mem::replace(&mut next, following)));
    }
    Ok(Value::list(Type::Number, items))
}

/// The number of grapheme clusters of text, or of elements of anything else that has them.
pub(super) fn length_of(value: &Value) -> Option<Value> {
    match value.kind() {
        ValueKind::String(text) => Some(count(super::unicode::grapheme_count(text))),
        _ => value.len().map(count),
    }
}
