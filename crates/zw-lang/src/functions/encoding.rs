//! Functions of encodings.

mod charset;
mod csv;
mod gzip;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::args::{Outcome, string, text};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::json::{json_text_to_value, to_go_json};
use crate::ty::Type;
use crate::value::{Marks, Refinement, Value, ValueKind};

pub(super) fn functions() -> Vec<Function> {
    let str_param = || vec![Param::new("str", Type::String)];
    let simple =
        |name, description, call| Function::new(name, description, str_param(), Type::String, call);
    let decoding = |name, description, call| {
        let params = vec![Param::new("str", Type::String).with_marks()];
        Function::new(name, description, params, Type::String, call)
    };
    vec![
        decoding("base64decode", "Decodes text in Base64.", base64decode),
        simple("base64encode", "Encodes text in Base64.", |args, _| {
            Ok(string(STANDARD.encode(text(args, 0))))
        }),
        decoding("base64gunzip", "Decompresses text in gzip in Base64.", base64gunzip),
        simple("base64gzip", "Compresses text with gzip and encodes it in Base64.", |args, _| {
            Ok(string(STANDARD.encode(gzip::compress(text(args, 0).as_bytes()))))
        }),
        Function::new(
            "csvdecode",
            "Reads a table in CSV, whose first line has the names, as a list of objects.",
            str_param(),
            Type::Dynamic,
            csvdecode,
        ),
        Function::new(
            "jsondecode",
            "Reads a value in JSON.",
            str_param(),
            Type::Dynamic,
            jsondecode,
        )
        .nullable(),
        Function::new(
            "jsonencode",
            "Writes a value in JSON.",
            vec![Param::new("val", Type::Dynamic).or_null().or_unknown().or_dynamic()],
            Type::String,
            jsonencode,
        ),
        Function::new(
            "textdecodebase64",
            "Decodes text in Base64 and a character encoding.",
            vec![Param::new("source", Type::String), Param::new("encoding", Type::String)],
            Type::String,
            textdecodebase64,
        ),
        Function::new(
            "textencodebase64",
            "Encodes text in a character encoding and Base64.",
            vec![Param::new("string", Type::String), Param::new("encoding", Type::String)],
            Type::String,
            textencodebase64,
        ),
        simple("urldecode", "Decodes text from the query of a URL.", urldecode),
        simple("urlencode", "Encodes text for the query of a URL.", |args, _| {
            Ok(string(percent_encoded(text(args, 0))))
        }),
    ]
}

/// Decodes Base64 as Go does: with padding, without regard to line breaks.
fn decoded_base64(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    let engine = GeneralPurpose::new(&ALPHABET, config);
    if text.contains(['\r', '\n']) {
        return engine.decode(text.replace(['\r', '\n'], ""));
    }
    engine.decode(text)
}

/// The decoded first argument.
fn base64_arg(args: &[Value]) -> Result<Vec<u8>, FuncError> {
    decoded_base64(text(args, 0)).map_err(|_| {
        let shown = if args[0].marks().contains(Marks::SENSITIVE) {
            "(sensitive value)".to_owned()
        } else {
            format!("{:?}", text(args, 0))
        };
        FuncError::new(format!("failed to decode base64 data {shown}"))
    })
}

fn utf8(bytes: Vec<u8>) -> Result<String, FuncError> {
    String::from_utf8(bytes).map_err(|_| {
        FuncError::new("the result of decoding the provided string is not valid UTF-8")
    })
}

fn base64decode(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(string(utf8(base64_arg(args)?)?).with_marks(args[0].marks()))
}

fn base64gunzip(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let bytes = gzip::decompress(&base64_arg(args)?)
        .map_err(|reason| FuncError::new(format!("failed to gunzip data: {reason}")))?;
    Ok(string(utf8(bytes)?).with_marks(args[0].marks()))
}

fn csvdecode(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let mut records = csv::Reader::new(text(args, 0));
    let header = records
        .next()
        .ok_or_else(|| FuncError::new("missing header line"))?
        .map_err(FuncError::new)?;
    let mut seen = std::collections::HashSet::new();
    if let Some(name) = header.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(FuncError::new(format!("duplicate column name {name:?}")));
    }
    let names: Vec<_> = header.iter().map(|name| crate::text::normalized(name)).collect();
    let element = Type::object(names.iter().map(|name| (name.clone(), Type::String)));
    let mut rows = Vec::new();
    for record in records {
        let record = record.map_err(FuncError::new)?;
        rows.push(Value::object(names.iter().cloned().zip(record.into_iter().map(string))));
    }
    Ok(Value::list(element, rows))
}

fn jsondecode(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    json_text_to_value(text(args, 0)).map_err(|error| FuncError::new(error.message))
}

fn jsonencode(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let value = &args[0];
    if value.is_wholly_known() {
        return to_go_json(value).map(string).map_err(|error| FuncError::new(error.message));
    }
    // The first character follows from the type.
    let string_prefix = match (value.kind(), value.ty()) {
        (ValueKind::Unknown(unknown), _) if !unknown.refinement.not_null => None,
        (_, Type::List(_) | Type::Set(_) | Type::Tuple(_)) => Some("[".into()),
        (_, Type::Map(_) | Type::Object(_)) => Some("{".into()),
        (_, Type::String) => Some("\"".into()),
        _ => None,
    };
    Ok(Value::refined(Type::String, Refinement { string_prefix, ..Refinement::default() }))
}

fn charset_arg(args: &[Value]) -> Result<charset::Charset, FuncError> {
    let name = text(args, 1);
    charset::Charset::find(name).ok_or_else(|| {
        FuncError::arg(1, format!("{name:?} is not a supported IANA encoding name or alias"))
    })
}

fn textencodebase64(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let charset = charset_arg(args)?;
    let bytes = charset.encode(text(args, 0)).ok_or_else(|| {
        let name = charset.name();
        let message =
            format!("the given string contains characters that cannot be represented in {name}");
        FuncError::arg(0, message)
    })?;
    Ok(string(STANDARD.encode(bytes)))
}

fn textdecodebase64(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let charset = charset_arg(args)?;
    let bytes = decoded_base64(text(args, 0)).map_err(|error| {
        FuncError::arg(
            0,
            match error {
                base64::DecodeError::InvalidByte(at, _) => {
                    format!("the given value has an invalid base64 symbol at offset {at}")
                }
                _ => "the given value is not valid base64".into(),
            },
        )
    })?;
    let decoded = charset.decode(&bytes).ok_or_else(|| {
        let name = charset.name();
        let message = format!("the given string contains symbols that are not defined for {name}");
        FuncError::arg(0, message)
    })?;
    Ok(string(decoded))
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
    out
}

fn urldecode(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let source = text(args, 0);
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = after.get(..2).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
                let code = digits.and_then(|digits| std::str::from_utf8(digits).ok());
                let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
                let Some(code) = code else {
                    let shown: Vec<u8> = after.iter().copied().take(2).collect();
                    let shown = format!("%{}", String::from_utf8_lossy(&shown));
                    let message =
                        format!("failed to decode URL {source:?}: invalid URL escape {shown:?}");
                    return Err(FuncError::new(message));
                };
                bytes.push(code);
                rest = &after[2..];
            }
            _ => bytes.push(byte),
        }
    }
    Ok(string(utf8(bytes)?))
}
