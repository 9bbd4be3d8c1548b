//! AES-256-GCM with nonces of 192 bits: XAES-256-GCM, <https://c2sp.org/XAES-256-GCM>.
//!
//! Nonces of 96 bits, as AES-GCM has them, may be drawn at random for some four thousand million values and no more.
//! Here the first half of a longer one makes a key of its own, under which the other half is the nonce: random nonces
//! are safe for 2^80 values, so nobody has to count.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{Array, BlockCipherEncrypt};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use super::key::Key;

/// How long a nonce is, in bytes. It comes before the ciphertext.
const NONCE_LENGTH: usize = 24;

/// What is wrong with a ciphertext: it was changed, it is from another place, or the key is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged;

/// Encrypts a value for a place.
pub(crate) fn seal(key: &Key, place: &[u8], plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LENGTH];
    getrandom::fill(&mut nonce).map_err(std::io::Error::other)?;
    let payload = Payload { msg: plain, aad: place };
    let sealed = cipher(key, &nonce).encrypt(&gcm_nonce(&nonce), payload);
    let sealed = sealed.map_err(|_| std::io::Error::other("the value is too long to encrypt"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// Decrypts what [`seal`] made for the same place.
pub(crate) fn open(key: &Key, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(Damaged)?;
    let payload = Payload { msg: sealed, aad: place };
    cipher(key, nonce).decrypt(&gcm_nonce(nonce), payload).map_err(|_| Damaged)
}

/// The cipher for a nonce: its key is derived from the first half as by NIST SP 800-108r1, KDF in Counter Mode with
/// CMAC. Each input is one block, so CMAC is one encryption of it with the subkey K1.
fn cipher(key: &Key, nonce: &[u8; NONCE_LENGTH]) -> Aes256Gcm {
    let block_cipher = Aes256::new(&Array(*key.bytes()));
    let mut block = Array([0; 16]);
    block_cipher.encrypt_block(&mut block);
    // Doubled in the field of CMAC.
    let block_of_zeros = u128::from_be_bytes(block.0);
    let subkey = (block_of_zeros << 1) ^ ((block_of_zeros >> 127) * 0x87);
    let mut derived = Zeroizing::new([0; 32]);
    for (counter, half) in (1..).zip(derived.chunks_mut(16)) {
        let mut input = [0, counter, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        input[4..].copy_from_slice(&nonce[..12]);
        let mut block = Array((u128::from_be_bytes(input) ^ subkey).to_be_bytes());
        block_cipher.encrypt_block(&mut block);
        half.copy_from_slice(&block);
    }
    Aes256Gcm::new(&Array(*derived))
}

fn gcm_nonce(nonce: &[u8; NONCE_LENGTH]) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut half = Array([0; 12]);
    half.copy_from_slice(&nonce[12..]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of the specification.
    #[test]
    fn ciphertexts_are_those_of_the_specification() {
        let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
        for (key, place, expected) in [
            (1, &b""[..], "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            (
                3,
                b"c2sp.org/XAES-256-GCM",
                "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
            ),
        ] {
            let key = Key::new([key; 32]);
            let payload = Payload { msg: b"XAES-256-GCM", aad: place };
            let sealed = cipher(&key, nonce).encrypt(&gcm_nonce(nonce), payload).unwrap();
            let expected: Vec<u8> = (0..expected.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&expected[at..at + 2], 16).unwrap())
                .collect();
            assert_eq!(sealed, expected);
            let whole = [&nonce[..], &sealed].concat();
            assert_eq!(open(&key, place, &whole).unwrap(), b"XAES-256-GCM");
        }
    }

    #[test]
    fn any_changed_bit_is_noticed_and_so_is_another_place_or_key() {
        let key = Key::new([7; 32]);
        let sealed = seal(&key, b"here", b"a secret").unwrap();
        assert_eq!(open(&key, b"here", &sealed).unwrap(), b"a secret");
        assert_eq!(open(&key, b"there", &sealed), Err(Damaged));
        assert_eq!(open(&Key::new([8; 32]), b"here", &sealed), Err(Damaged));
        for at in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert_eq!(open(&key, b"here", &changed), Err(Damaged), "bit {at}");
        }
        for len in 0..sealed.len() {
            assert_eq!(open(&key, b"here", &sealed[..len]), Err(Damaged), "{len} bytes");
        }
        // No two are alike.
        assert_ne!(seal(&key, b"here", b"a secret").unwrap(), sealed);
    }
}
