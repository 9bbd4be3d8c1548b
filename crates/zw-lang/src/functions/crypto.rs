//! Functions of hashes, keys and UUIDs.

mod rsa;

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::args::{Outcome, string, text, whole};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::Value;

/// The cost of `bcrypt` unless one is given, or if a lower one than the least is.
const BCRYPT_COST_DEFAULT: i64 = 10;

/// The costs that `bcrypt` takes.
const BCRYPT_COSTS: std::ops::RangeInclusive<i64> = 4..=31;

/// The longest password that `bcrypt` takes.
const BCRYPT_PASSWORD_BYTES_MAX: usize = 72;

pub(super) fn functions() -> Vec<Function> {
    let hash = |name, description, call| {
        Function::new(name, description, vec![Param::new("str", Type::String)], Type::String, call)
    };
    vec![
        hash("base64sha256", "Returns the SHA-256 hash of a string in Base64.", |args, _| {
            Ok(string(STANDARD.encode(Sha256::digest(text(args, 0)))))
        }),
        hash("base64sha512", "Returns the SHA-512 hash of a string in Base64.", |args, _| {
            Ok(string(STANDARD.encode(Sha512::digest(text(args, 0)))))
        }),
        hash("md5", "Returns the MD5 hash of a string in hexadecimal.", |args, _| {
            Ok(string(hex(&Md5::digest(text(args, 0)))))
        }),
        hash("sha1", "Returns the SHA-1 hash of a string in hexadecimal.", |args, _| {
            Ok(string(hex(&sha1(&[text(args, 0).as_bytes()]))))
        }),
        hash("sha256", "Returns the SHA-256 hash of a string in hexadecimal.", |args, _| {
            Ok(string(hex(&Sha256::digest(text(args, 0)))))
        }),
        hash("sha512", "Returns the SHA-512 hash of a string in hexadecimal.", |args, _| {
            Ok(string(hex(&Sha512::digest(text(args, 0)))))
        }),
        hash("bcrypt", "Returns the bcrypt hash of a string, with salt.", bcrypt).variadic(
            Param::new("cost", Type::Number)
                .describe("How much work it is, 10 unless said otherwise."),
        ),
        Function::new(
            "rsadecrypt",
            "Decrypts a text in Base64 with an RSA private key.",
            vec![Param::new("ciphertext", Type::String), Param::new("privatekey", Type::String)],
            Type::String,
            rsadecrypt,
        ),
        Function::new(
            "uuid",
            "Returns a random UUID; unknown until the plan is applied.",
            vec![],
            Type::String,
            uuid,
        ),
        Function::new(
            "uuidv5",
            "Returns the UUID of a name in a namespace.",
            vec![Param::new("namespace", Type::String), Param::new("name", Type::String)],
            Type::String,
            uuidv5,
        ),
    ]
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The SHA-1 hash of parts one behind the other. The crate is of another generation than those of
/// the other hashes, as the rest of the workspace shares it with the AWS SDK.
pub(super) fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    use sha1::Digest as _;
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

fn bcrypt(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    let cost = match args.len() {
        1 => BCRYPT_COST_DEFAULT,
        2 => whole(args, 1)?,
        _ => return Err(FuncError::new("bcrypt() takes no more than two arguments")),
    };
    let cost = if cost < *BCRYPT_COSTS.start() { BCRYPT_COST_DEFAULT } else { cost };
    let password = text(args, 0).as_bytes();
    let fail = |reason: String| {
        Err(FuncError::new(format!("error occurred generating password: {reason}")))
    };
    if password.len() > BCRYPT_PASSWORD_BYTES_MAX {
        return fail(format!("password length exceeds {BCRYPT_PASSWORD_BYTES_MAX} bytes"));
    }
    let Some(bits) = u32::try_from(cost).ok().filter(|_| BCRYPT_COSTS.contains(&cost)) else {
        return fail(format!("cost {cost} is outside allowed range (4,31)"));
    };
    let mut salt = [0; 16];
    if !context.host.random(&mut salt) {
        return Ok(Value::unknown(Type::String));
    }
    // The algorithm hashes the zero at the end of the string of the language it comes from.
    let mut terminated = password.to_vec();
    terminated.push(0);
    let hash = bcrypt::bcrypt(bits, salt, &terminated[..terminated.len().min(72)]);
    let encode = |bytes: &[u8]| GeneralPurpose::new(&BCRYPT, NO_PAD).encode(bytes);
    // All but the last byte of the hash are shown, by tradition.
    Ok(string(format!("$2a${bits:02}${}{}", encode(&salt), encode(&hash[..23]))))
}

fn rsadecrypt(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let given = text(args, 0);
    let ciphertext = STANDARD.decode(given).map_err(|_| {
        let message =
            format!("failed to decode input {given:?}: cipher text must be base64-encoded");
        FuncError::arg(0, message)
    })?;
    let key = rsa::PrivateKey::parse(text(args, 1)).map_err(|reason| FuncError::arg(1, reason))?;
    let plaintext = key
        .decrypt(&ciphertext)
        .ok_or_else(|| FuncError::arg(0, "failed to decrypt: the key does not fit"))?;
    let plaintext = String::from_utf8(plaintext)
        .map_err(|_| FuncError::new("the decrypted text is not valid UTF-8"))?;
    Ok(string(plaintext))
}

fn uuid_text(bytes: &[u8; 16]) -> String {
    let hex = hex(bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}

fn uuid(_: &[Value], context: &mut CallContext<'_>) -> Outcome {
    let mut bytes = [0; 16];
    if !context.host.random(&mut bytes) {
        return Ok(Value::unknown(Type::String));
    }
    Ok(string(uuid_text(&bytes)))
}

fn uuidv5(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let given = text(args, 0);
    // The namespaces that RFC 9562 names differ in the first field.
    let known = |first: &str| format!("{first}-9dad-11d1-80b4-00c04fd430c8");
    let namespace = match given {
        "dns" => known("6ba7b810"),
        "url" => known("6ba7b811"),
        "oid" => known("6ba7b812"),
        "x500" => known("6ba7b814"),
        other => other.to_owned(),
    };
    let namespace = parse_uuid(&namespace).map_err(|reason| {
        FuncError::new(format!("uuidv5() doesn't support namespace {given} ({reason})"))
    })?;
    let hash = sha1(&[&namespace, text(args, 1).as_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(string(uuid_text(&bytes)))
}

/// Reads a UUID with or without hyphens, in braces or as a URN.
fn parse_uuid(text: &str) -> Result<[u8; 16], String> {
    let invalid = || "invalid UUID format".to_owned();
    let digits: String = match text.len() {
        32 => text.to_owned(),
        36 | 38 | 45 => {
            let bare = match text.len() {
                36 => Some(text),
                38 => text.strip_prefix('{').and_then(|text| text.strip_suffix('}')),
                _ => text
                    .get(..9)
                    .filter(|urn| urn.eq_ignore_ascii_case("urn:uuid:"))
                    .and(text.get(9..)),
            };
            let parts: Vec<&str> = bare.ok_or_else(invalid)?.split('-').collect();
            if parts.iter().map(|part| part.len()).ne([8, 4, 4, 4, 12]) {
                return Err(invalid());
            }
            parts.concat()
        }
        len => return Err(format!("invalid UUID length: {len}")),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(invalid());
    }
    u128::from_str_radix(&digits, 16).map(u128::to_be_bytes).map_err(|_| invalid())
}
