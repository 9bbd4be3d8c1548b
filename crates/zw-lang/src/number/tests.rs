use super::*;

fn number(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
}

#[test]
fn decimals_print_as_they_were_written() {
    for text in ["0", "-0", "1", "-1", "0.1", "0.3", "123.456", "9223372036854775808", "+Inf"] {
        assert_eq!(number(text).to_string(), text);
    }
    assert_eq!(number("1e400").to_string(), format!("1{}", "0".repeat(400)));
    assert_eq!(number("1e-400").to_string(), format!("0.{}1", "0".repeat(399)));
    assert_eq!(number("1p3").to_string(), "8");
    assert_eq!(number(".5e1").to_string(), "5");
}

#[test]
fn what_is_not_a_decimal_number_is_refused() {
    for text in ["", "-", ".", "1_000", "0x10", " 5", "1e", "1e3.5", "infinity", "NaN", "１"] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
    assert!(Number::parse("1e99999999999").is_none());
    assert!(Number::parse("1e50000").is_none());
}

#[test]
fn a_quotient_has_the_precision_of_its_operands() {
    let third = number("1").checked_div(&number("3")).unwrap();
    assert_eq!(third.to_string(), format!("0.{}5", "3".repeat(154)));
    assert_eq!(third.checked_mul(&number("3")).unwrap(), number("1"));
    let counted = Number::from(3i64).checked_div(&Number::from(7i64)).unwrap();
    assert_eq!(counted.to_string(), "0.42857142857142857144");
    let float = Number::from_f64(8.0).unwrap();
    let quotient = float.checked_div(&Number::from_f64(3.0).unwrap()).unwrap();
    assert_eq!(quotient.to_string(), "2.6666666666666665");
}

#[test]
fn remainders_have_the_sign_of_the_dividend() {
    let rem = |a: &str, b: &str| number(a).checked_rem(&number(b)).unwrap().to_string();
    assert_eq!(rem("-7", "3"), "-1");
    assert_eq!(rem("5", "-3"), "2");
    assert_eq!(rem("5.5", "2"), "1.5");
    assert_eq!(rem("5", "0"), "5");
    assert_eq!(rem("1e100", "3"), "1");
    assert_eq!(rem("5", "0.3"), format!("0.1{}76", "9".repeat(152)));
}

#[test]
fn products_of_floats_are_exact() {
    let root = Number::from_f64(2f64.sqrt()).unwrap();
    assert_eq!(root.to_string(), "1.4142135623730951");
    let square = root.checked_mul(&root).unwrap();
    assert_eq!(square.to_string(), "2.00000000000000027343234630647693");
    let long = root.checked_add(&number("0")).unwrap();
    assert_eq!(long.to_string(), "1.4142135623730951454746218587388284504413604736328125");
}

#[test]
fn infinities_follow_the_rules_of_floats() {
    let (zero, infinity) = (number("0"), number("Inf"));
    assert_eq!(number("1").checked_div(&zero).unwrap(), infinity);
    assert_eq!(number("-1").checked_div(&zero).unwrap(), infinity.neg());
    assert!(zero.checked_div(&zero).is_err());
    assert!(infinity.checked_sub(&infinity).is_err());
    assert!(infinity.checked_mul(&zero).is_err());
    assert_eq!(number("1").checked_div(&infinity).unwrap(), zero);
    assert!(infinity > number("1e300") && infinity.neg() < number("-1e300"));
}

#[test]
fn integers_beyond_64_bits_are_exact() {
    let sum = number("9223372036854775807").checked_add(&number("1")).unwrap();
    assert_eq!(sum.to_string(), "9223372036854775808");
    assert_eq!(number("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(Number::from(i64::MIN).neg(), sum);
    let product = number("123456789012345678901234567890")
        .checked_mul(&number("987654321098765432109876543210"))
        .unwrap();
    let expected = "121932631137021795226185032733622923332237463801111263526900";
    assert_eq!(product.to_string(), expected);
}

#[test]
fn rounding_to_whole_numbers() {
    assert_eq!(number("-1.5").floor(), Number::from(-2i64));
    assert_eq!(number("-0.5").ceil().to_string(), "0");
    assert_eq!(number("1.5").ceil(), Number::from(2i64));
    assert_eq!(number("1.5").truncate(), Number::from(1i64));
}

#[test]
fn order_and_hash_go_by_value() {
    assert!(number("0.1") < number("0.2") && number("-0.1") > number("-0.2"));
    assert!(number("1e20") > number("9223372036854775807"));
    assert_eq!(number("-0"), number("0"));
    assert!(number("-0.5") < number("0") && number("0.5") > number("-3"));
}

#[test]
fn verbs_write_as_go_does() {
    use FloatVerb::{Exponent, Fixed, General};
    assert_eq!(number("3.14159").to_text(Fixed, Some(2)), "3.14");
    assert_eq!(number("2.5").to_text(Fixed, Some(0)), "2");
    assert_eq!(number("0.001").to_text(Fixed, Some(2)), "0.00");
    assert_eq!(number("123456").to_text(Exponent, Some(2)), "1.23e+05");
    assert_eq!(number("0").to_text(Exponent, Some(6)), "0.000000e+00");
    assert_eq!(number("1000000").to_text(General, None), "1e+06");
    assert_eq!(number("100000").to_text(General, None), "100000");
    assert_eq!(number("0.00001").to_text(General, None), "1e-05");
    assert_eq!(number("1234.5").to_text(General, Some(2)), "1.2e+03");
}

#[test]
fn floats_go_in_and_out_unchanged() {
    for value in [0.1, -2.5, 1e300, 5e-324, f64::MAX, f64::MIN_POSITIVE] {
        let back = Number::from_f64(value).unwrap().to_f64();
        assert_eq!(back.to_bits(), value.to_bits());
    }
    assert!(Number::from_f64(f64::NAN).is_none());
    assert!(number("1e400").to_f64().is_infinite());
}
