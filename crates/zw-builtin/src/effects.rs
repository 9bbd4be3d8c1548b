//! Randomness and the clock, which come in from outside so that tests can do without them.

use std::time::SystemTime;

use rand::Rng;

/// What the providers take from the machine.
pub trait Effects: Send + Sync {
    /// Fills `buffer` with random bytes that are good enough for passwords and keys.
    fn random(&self, buffer: &mut [u8]);

    /// The time.
    fn now(&self) -> SystemTime;
}

/// The machine's own: a generator per thread, seeded by the operating system, as one call of the
/// operating system per object would dominate the cost of a million of them.
#[derive(Clone, Copy, Debug)]
pub struct SystemEffects;

impl Effects for SystemEffects {
    fn random(&self, buffer: &mut [u8]) {
        rand::rng().fill_bytes(buffer);
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl dyn Effects + '_ {
    /// A random UUID (version 4) as text.
    pub(crate) fn uuid(&self) -> zw_lang::Str {
        let mut bytes = [0; 16];
        self.random(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        uuid_text(bytes)
    }
}

fn uuid_text(bytes: [u8; 16]) -> zw_lang::Str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = zw_lang::Str::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 0x0f)]));
    }
    text
}
