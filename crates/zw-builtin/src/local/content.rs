//! What is said of the content of a file: its checksums.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zw_lang::{Type, Value};
use zw_provider::schema::Attribute;

use crate::text::hex;

/// The attributes that hold checksums, and the id, which is one of them.
pub(crate) fn attributes() -> impl Iterator<Item = Attribute> {
    [
        ("content_base64sha256", "The SHA-256 checksum of the content in base64."),
        ("content_base64sha512", "The SHA-512 checksum of the content in base64."),
        ("content_md5", "The MD5 checksum of the content in hexadecimal."),
        ("content_sha1", "The SHA-1 checksum of the content in hexadecimal."),
        ("content_sha256", "The SHA-256 checksum of the content in hexadecimal."),
        ("content_sha512", "The SHA-512 checksum of the content in hexadecimal."),
        ("id", "The SHA-1 checksum of the content in hexadecimal."),
    ]
    .into_iter()
    .map(|(name, description)| Attribute::computed(name, Type::String).describe(description))
}

/// The checksum that names a file.
pub(crate) fn id(content: &[u8]) -> String {
    use sha1::Digest as _;
    hex(&Sha1::digest(content))
}

/// The values of [`attributes`].
pub(crate) fn checksums(content: &[u8]) -> [(&'static str, Value); 7] {
    let sha1 = id(content);
    let (sha256, sha512) = (Sha256::digest(content), Sha512::digest(content));
    [
        ("content_base64sha256", STANDARD.encode(sha256)),
        ("content_base64sha512", STANDARD.encode(sha512)),
        ("content_md5", hex(&Md5::digest(content))),
        ("content_sha1", sha1.clone()),
        ("content_sha256", hex(&sha256)),
        ("content_sha512", hex(&sha512)),
        ("id", sha1),
    ]
    .map(|(name, checksum)| (name, Value::from(checksum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        let of = |name: &str| {
            let found = checksums(b"abc").into_iter().find(|(known, _)| *known == name);
            found.and_then(|(_, value)| value.as_str().map(str::to_owned)).expect("it is there")
        };
        // The examples of RFC 1321 and FIPS 180.
        assert_eq!(of("content_md5"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(of("id"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(of("content_sha1"), of("id"));
        assert_eq!(
            of("content_sha256"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(of("content_base64sha256"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert!(of("content_sha512").starts_with("ddaf35a193617abacc417349ae204131"));
        assert!(of("content_base64sha512").starts_with("3a81oZNherrMQXNJriBBMRLm"));
    }
}
