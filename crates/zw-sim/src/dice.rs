//! Chance that can be repeated: everything derives from a key and a label.

use sha2::{Digest, Sha256};

/// A source of bytes for each label. Labels do not influence each other, so that a further attribute of a type
/// leaves the values of all others as they were.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    key: [u8; 32],
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { key: Sha256::digest(seed.to_le_bytes()).into() }
    }

    /// Dice of their own for a part of the world.
    pub(crate) fn of(&self, label: impl AsRef<[u8]>) -> Self {
        Self { key: self.block(label.as_ref(), 0) }
    }

    fn block(&self, label: &[u8], number: u32) -> [u8; 32] {
        let hash = Sha256::new().chain_update(self.key).chain_update(number.to_le_bytes());
        hash.chain_update(label).finalize().into()
    }

    fn text(&self, label: &str, len: usize, alphabet: &[u8]) -> String {
        let mut text = String::with_capacity(len);
        let mut blocks = 0;
        while text.len() < len {
            let block = self.block(label.as_bytes(), blocks);
            blocks += 1;
            let missing = len - text.len();
            let characters = block.iter().take(missing);
            text.extend(
                characters.map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])),
            );
        }
        text
    }

    /// Digits of hexadecimal.
    pub(crate) fn hex(&self, label: &str, len: usize) -> String {
        self.text(label, len, b"0123456789abcdef")
    }

    /// Decimal digits.
    pub(crate) fn digits(&self, label: &str, len: usize) -> String {
        self.text(label, len, b"0123456789")
    }

    /// Upper case letters and digits, as ids of IAM have them.
    pub(crate) fn base32(&self, label: &str, len: usize) -> String {
        self.text(label, len, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    }

    /// A UUID (version 4).
    pub(crate) fn uuid(&self, label: &str) -> String {
        let hex = self.hex(label, 32);
        let variant = ["8", "9", "a", "b"][self.below(label, 4)];
        let (first, second, last) = (&hex[..8], &hex[8..12], &hex[20..32]);
        format!("{first}-{second}-4{}-{variant}{}-{last}", &hex[13..16], &hex[17..20])
    }

    fn number(&self, label: &str) -> u64 {
        let block = self.block(label.as_bytes(), 0);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&block[..8]);
        u64::from_le_bytes(bytes)
    }

    /// A number below `bound`, which is small enough for all to be as likely; 0 if there is none.
    pub(crate) fn below(&self, label: &str, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.number(label) % bound).unwrap_or(0)
    }

    /// A number from 0 up to but without 1.
    pub(crate) fn ratio(&self, label: &str) -> f64 {
        // 53 bits are what a float holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let number = (self.number(label) >> 11) as f64;
        number / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_and_label_give_the_same() {
        let (a, b) = (Dice::new(1).of("x"), Dice::new(1).of("x"));
        assert_eq!(a.hex("id", 17), b.hex("id", 17));
        assert_ne!(a.hex("id", 17), a.hex("other", 17));
        assert_ne!(a.hex("id", 17), Dice::new(2).of("x").hex("id", 17));
        assert_ne!(a.hex("id", 17), Dice::new(1).of("y").hex("id", 17));
    }

    #[test]
    fn texts_are_as_long_as_asked_for() {
        let dice = Dice::new(0);
        assert_eq!(dice.hex("a", 100).len(), 100);
        assert_eq!(dice.digits("a", 12).bytes().filter(u8::is_ascii_digit).count(), 12);
        assert_eq!(dice.base32("a", 0), "");
        let uuid = dice.uuid("a");
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }

    #[test]
    fn ratios_are_spread_over_their_range() {
        let dice = Dice::new(0);
        let below_a_tenth = (0..1000).filter(|n| dice.ratio(&n.to_string()) < 0.1).count();
        assert!((60..140).contains(&below_a_tenth), "{below_a_tenth}");
    }
}
