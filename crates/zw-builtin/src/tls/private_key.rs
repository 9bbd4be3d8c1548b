//! `tls_private_key`: a key pair in PEM and OpenSSH's form.
//!
//! It is kept in the state, so it is for trying things out and for what is behind the same walls as the state.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use md5::Md5;
use sha2::{Digest, Sha256};
use ssh_key::private::KeypairData;
use ssh_key::{LineEnding, PrivateKey as OpenSsh};
use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult};

use super::key::{self, Kind};
use crate::Effects;
use crate::state_only::{StateOnly, with};

const ALGORITHMS: [&str; 3] = ["RSA", "ECDSA", "ED25519"];
const CURVES: [&str; 4] = ["P224", "P256", "P384", "P521"];

/// Fewer bits are no secret to anybody, and more take minutes to make.
const RSA_BITS: std::ops::RangeInclusive<i64> = 1024..=16_384;

pub(crate) fn schema() -> Schema {
    let computed =
        |name, description| Attribute::computed(name, Type::String).describe(description);
    let secret = |name, description| computed(name, description).sensitive();
    Schema::new(
        "A private key, and its public key. It is kept in the state.",
        [
            Attribute::required("algorithm", Type::String)
                .force_new()
                .describe("RSA, ECDSA or ED25519."),
            Attribute::optional("ecdsa_curve", Type::String)
                .default("P224")
                .force_new()
                .describe("The curve of an ECDSA key: P224, P256, P384 or P521."),
            Attribute::optional("rsa_bits", Type::Number)
                .default(2048)
                .force_new()
                .describe("The size of an RSA key in bits."),
            computed("id", "The SHA-1 sum of the public key."),
            secret("private_key_openssh", "The private key as OpenSSH writes it."),
            secret("private_key_pem", "The private key in PEM: PKCS #1, SEC 1 or PKCS #8."),
            secret("private_key_pem_pkcs8", "The private key in PEM: PKCS #8."),
            computed(
                "public_key_fingerprint_md5",
                "MD5 sum of the public key, as OpenSSH shows it.",
            ),
            computed(
                "public_key_fingerprint_sha256",
                "SHA-256 sum of the public key, as OpenSSH shows it.",
            ),
            computed("public_key_openssh", "The public key as a line of `authorized_keys`."),
            computed("public_key_pem", "The public key in PEM."),
        ],
        [],
    )
    .version(1)
}

/// `ephemeral "tls_private_key"`
pub(crate) fn ephemeral() -> Schema {
    let attributes = schema().block.attributes;
    let attributes = attributes.into_iter().filter(|one| one.name != "id");
    Schema::new("A private key, and its public key, nowhere kept.", attributes, [])
}

/// Whether the arguments are ones that a key can be made of, as far as they are known.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let one_of = |name: &str, choices: &[&str]| {
        let given = config.get(name).and_then(Value::as_str)?;
        (!choices.contains(&given)).then(|| {
            let message = format!("It must be one of {}, not {given:?}.", choices.join(", "));
            OpError::invalid(Path::root().attr(name), message)
        })
    };
    let bits = config.get("rsa_bits").and_then(Value::as_i64);
    let bits = bits.filter(|bits| !RSA_BITS.contains(bits)).map(|bits| {
        let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
        let message = format!("It must be from {least} to {most}, and {bits} is not.");
        OpError::invalid(Path::root().attr("rsa_bits"), message)
    });
    [one_of("algorithm", &ALGORITHMS), one_of("ecdsa_curve", &CURVES), bits]
        .into_iter()
        .flatten()
        .collect()
}

#[derive(Clone, Copy)]
pub(crate) struct PrivateKey;

impl StateOnly for PrivateKey {
    const IS_SLOW: bool = true;

    fn create(&self, effects: &dyn Effects, planned: Value) -> OpResult<Value> {
        let invalid = |message: String| OpError::new(OpErrorKind::Invalid, message);
        let kind = kind(&planned).ok_or_else(|| invalid("There is no such kind of key.".into()))?;
        let key = key::generate(kind, effects).map_err(invalid)?;
        let ssh = key.openssh.map(Ssh::of).transpose();
        let ssh = ssh.map_err(|error| invalid(format!("{error}.")))?.unwrap_or_default();
        let id = hex(&sha1(&key.public_der), "");
        Ok(with(
            planned,
            [
                ("id", Value::from(id)),
                ("private_key_openssh", Value::from(ssh.private)),
                ("private_key_pem", Value::from(key.private_pem)),
                ("private_key_pem_pkcs8", Value::from(key.private_pkcs8)),
                ("public_key_fingerprint_md5", Value::from(ssh.md5)),
                ("public_key_fingerprint_sha256", Value::from(ssh.sha256)),
                ("public_key_openssh", Value::from(ssh.public)),
                ("public_key_pem", Value::from(key.public_pem)),
            ],
        ))
    }
}

fn kind(planned: &Value) -> Option<Kind> {
    let text = |name: &str| planned.get(name).and_then(Value::as_str);
    match (text("algorithm")?, text("ecdsa_curve")?) {
        ("RSA", _) => {
            let bits = planned.get("rsa_bits").and_then(Value::as_i64)?;
            usize::try_from(bits).ok().map(Kind::Rsa)
        }
        ("ED25519", _) => Some(Kind::Ed25519),
        ("ECDSA", "P224") => Some(Kind::P224),
        ("ECDSA", "P256") => Some(Kind::P256),
        ("ECDSA", "P384") => Some(Kind::P384),
        ("ECDSA", "P521") => Some(Kind::P521),
        _ => None,
    }
}

/// What OpenSSH makes of a key; empty where it knows no such keys.
#[derive(Default)]
struct Ssh {
    private: String,
    public: String,
    md5: String,
    sha256: String,
}

impl Ssh {
    fn of(pair: KeypairData) -> Result<Self, ssh_key::Error> {
        let private = OpenSsh::new(pair, "")?;
        let public = private.public_key();
        let bytes = public.to_bytes()?;
        Ok(Self {
            private: private.to_openssh(LineEnding::LF)?.to_string(),
            public: format!("{}\n", public.to_openssh()?.trim_end()),
            md5: hex(&Md5::digest(&bytes), ":"),
            sha256: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&bytes))),
        })
    }
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    use sha1::Digest as _;
    sha1::Sha1::digest(bytes).to_vec()
}

fn hex(bytes: &[u8], between: &str) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, text};

    /// Reads keys as an implementation does that nobody here wrote: Python's `cryptography`.
    const READER: &str = r#"
import sys
from cryptography.hazmat.primitives import serialization as s
pem, pkcs8, openssh, public_pem, public_openssh = open(sys.argv[1]).read().split("\0")
form = dict(encoding=s.Encoding.PEM, format=s.PublicFormat.SubjectPublicKeyInfo)
keys = [s.load_pem_private_key(text.encode(), None) for text in (pem, pkcs8)]
if openssh:
    keys.append(s.load_ssh_private_key(openssh.encode(), None))
    line = keys[0].public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH)
    assert line.decode() + "\n" == public_openssh, public_openssh
for key in keys:
    assert key.public_key().public_bytes(**form).decode() == public_pem, public_pem
print(type(keys[0]).__name__, getattr(keys[0], "key_size", 256))
"#;

    async fn made_and_read(config: &[(&'static str, Value)]) -> Option<String> {
        let object = Bench::new("tls_private_key").await.create(config).await;
        let python = zw_testing::python()?;
        let file = tempfile::NamedTempFile::new().expect("a file");
        let forms = [
            "private_key_pem",
            "private_key_pem_pkcs8",
            "private_key_openssh",
            "public_key_pem",
            "public_key_openssh",
        ];
        std::fs::write(file.path(), forms.map(|form| text(&object, form)).join("\0"))
            .expect("a file");
        let ran =
            std::process::Command::new(python).arg("-c").arg(READER).arg(file.path()).output();
        let ran = ran.expect("Python can be started");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        Some(String::from_utf8_lossy(&ran.stdout).trim().to_owned())
    }

    #[tokio::test]
    async fn keys_are_read_by_others() {
        let ecdsa = |curve: &'static str| {
            [("algorithm", Value::from("ECDSA")), ("ecdsa_curve", Value::from(curve))]
        };
        let rsa = [("algorithm", Value::from("RSA")), ("rsa_bits", Value::from(1024))];
        for (config, read) in [
            (&rsa[..], "RSAPrivateKey 1024"),
            (&ecdsa("P224"), "ECPrivateKey 224"),
            (&ecdsa("P256"), "ECPrivateKey 256"),
            (&ecdsa("P384"), "ECPrivateKey 384"),
            (&ecdsa("P521"), "ECPrivateKey 521"),
            (&[("algorithm", Value::from("ED25519"))], "Ed25519PrivateKey 256"),
        ] {
            let Some(found) = made_and_read(config).await else { return };
            assert!(found.trim_start_matches('_').starts_with(read), "{found} should be {read}");
        }
    }

    #[tokio::test]
    async fn keys_without_a_form_for_openssh_have_none() {
        let config = [("algorithm", Value::from("ECDSA"))];
        let object = Bench::new("tls_private_key").await.create(&config).await;
        assert_eq!(text(&object, "ecdsa_curve"), "P224");
        for name in ["public_key_openssh", "public_key_fingerprint_md5", "private_key_openssh"] {
            assert_eq!(text(&object, name), "", "{name}");
        }
        assert_eq!(text(&object, "id").len(), 40);
    }

    #[test]
    fn what_makes_no_key_is_refused() {
        let config = |algorithm: &str, bits: i64| {
            Value::object([("algorithm", Value::from(algorithm)), ("rsa_bits", Value::from(bits))])
        };
        assert!(validate(&config("RSA", 4096)).is_empty());
        assert_eq!(validate(&config("DSA", 512)).len(), 2);
    }
}
