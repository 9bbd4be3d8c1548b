//! Decryption with RSA private keys, as far as `rsadecrypt` needs it: keys in PEM (PKCS #1, PKCS #8
//! and OpenSSH, not encrypted), padding of PKCS #1 v1.5.
//!
//! It is done here, on the big integers that numbers need anyway, because the `rsa` crate carries
//! an open advisory (RUSTSEC-2023-0071) about the time that decryption takes. That time is the
//! same here, and tells nobody anything: the one who decrypts holds the key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dashu_base::BitTest;
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;

/// The longest modulus, in bits; longer ones take minutes.
const MODULUS_BITS_MAX: usize = 16_384;

/// The object identifier of RSA keys, 1.2.840.113549.1.1.1.
const RSA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// What decryption needs of a key.
pub(super) struct PrivateKey {
    modulus: UBig,
    exponent: UBig,
}

impl PrivateKey {
    /// Reads a key from PEM, or says what is wrong with it.
    pub(super) fn parse(pem: &str) -> Result<Self, String> {
        let (label, body) = pem_block(pem).ok_or("invalid private key: ssh: no key found")?;
        if body.contains("ENCRYPTED") || label == "ENCRYPTED PRIVATE KEY" {
            return Err("the given private key is encrypted; decrypt it first".into());
        }
        let base64: String = body.split_ascii_whitespace().collect();
        let der = STANDARD
            .decode(base64)
            .map_err(|_| "invalid private key: the PEM block is not valid Base64")?;
        let key = match label {
            "RSA PRIVATE KEY" => pkcs1(&der),
            "PRIVATE KEY" => pkcs8(&der),
            "OPENSSH PRIVATE KEY" => openssh(&der)?,
            "EC PRIVATE KEY" | "DSA PRIVATE KEY" => {
                return Err("invalid key type: an RSA private key is required".into());
            }
            other => return Err(format!("invalid private key: unsupported key type {other:?}")),
        };
        let key = key.ok_or("invalid ASN1 data in the given private key")?;
        let bits = key.modulus.bit_len();
        if bits == 0 || bits > MODULUS_BITS_MAX || key.exponent.bit_len() > bits {
            return Err(format!("the key must have from 1 to {MODULUS_BITS_MAX} bits"));
        }
        Ok(key)
    }

    /// The text, or `None` if it was not encrypted for this key.
    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let size = self.modulus.bit_len().div_ceil(8);
        let cipher = UBig::from_be_bytes(ciphertext);
        if ciphertext.len() > size || cipher >= self.modulus {
            return None;
        }
        let ring = ConstDivisor::new(self.modulus.clone());
        let message = ring.reduce(cipher).pow(&self.exponent).residue();
        let bytes = message.to_be_bytes();
        // 0 2 padding 0 text, of which the first zero is lost in the number.
        if bytes.len() + 1 != size || bytes.first() != Some(&2) {
            return None;
        }
        let end = bytes.iter().position(|byte| *byte == 0)?;
        (end >= 9).then(|| bytes[end + 1..].to_vec())
    }
}

/// The label and the body of the first block of a PEM text.
fn pem_block(pem: &str) -> Option<(&str, &str)> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    Some((label, body))
}

/// Reads values of ASN.1 in DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&[found, first], rest) = self.0.split_first_chunk()?;
        if found != tag {
            return None;
        }
        let (len, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let len = len.iter().try_fold(0usize, |len, byte| {
                len.checked_mul(256)?.checked_add(usize::from(*byte))
            })?;
            (len, rest)
        };
        let (value, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some(value)
    }

    fn integer(&mut self) -> Option<UBig> {
        self.value(0x02).map(UBig::from_be_bytes)
    }

    fn sequence(&mut self) -> Option<Der<'a>> {
        self.value(0x30).map(Der)
    }
}

fn pkcs1(der: &[u8]) -> Option<PrivateKey> {
    let mut key = Der(der).sequence()?;
    let _version = key.integer()?;
    let modulus = key.integer()?;
    let _public = key.integer()?;
    Some(PrivateKey { modulus, exponent: key.integer()? })
}

fn pkcs8(der: &[u8]) -> Option<PrivateKey> {
    let mut info = Der(der).sequence()?;
    let _version = info.integer()?;
    if info.sequence()?.value(0x06)? != RSA_OID {
        return None;
    }
    pkcs1(info.value(0x04)?)
}

/// Reads strings of the SSH protocol.
struct Ssh<'a>(&'a [u8]);

impl<'a> Ssh<'a> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        usize::try_from(u32::from_be_bytes(*number)).ok()
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let len = self.number()?;
        let (value, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(value)
    }
}

fn openssh(bytes: &[u8]) -> Result<Option<PrivateKey>, String> {
    let read = || {
        let mut outer = Ssh(bytes.strip_prefix(b"openssh-key-v1\0")?);
        let cipher = outer.string()?;
        let (_kdf, _options) = (outer.string()?, outer.string()?);
        let _count = outer.number()?;
        let _public = outer.string()?;
        Some((cipher, outer.string()?))
    };
    let Some((cipher, private)) = read() else { return Ok(None) };
    if cipher != b"none" {
        return Err("the given private key is encrypted; decrypt it first".into());
    }
    let mut inner = Ssh(private);
    let mut read = || {
        let (_check, _again) = (inner.number()?, inner.number()?);
        if inner.string()? != b"ssh-rsa" {
            return None;
        }
        let modulus = UBig::from_be_bytes(inner.string()?);
        let _public = inner.string()?;
        Some(PrivateKey { modulus, exponent: UBig::from_be_bytes(inner.string()?) })
    };
    read().map(Some).ok_or_else(|| "invalid key type: an RSA private key is required".into())
}
