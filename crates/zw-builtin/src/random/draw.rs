//! Numbers drawn at random, from the machine or from a seed.

use sha2::{Digest, Sha256};

use crate::Effects;

/// Draws numbers one after the other.
pub(crate) struct Draw<'a> {
    source: Source<'a>,
    block: [u8; 32],
    used: usize,
}

enum Source<'a> {
    Effects(&'a dyn Effects),
    /// Block after block is the hash of the seed and the block's number. Terraform's provider seeds the
    /// generator of Go, whose numbers nobody else has: with a seed results are the same in every run, but are not those of
    /// Terraform.
    Seed(&'a str, u64),
}

impl<'a> Draw<'a> {
    /// From the machine, unless there is a seed.
    pub(crate) fn new(effects: &'a dyn Effects, seed: Option<&'a str>) -> Self {
        let source = match seed {
            Some(seed) if !seed.is_empty() => Source::Seed(seed, 0),
            _ => Source::Effects(effects),
        };
        Self { source, block: [0; 32], used: 32 }
    }

    fn next_u64(&mut self) -> u64 {
        if self.used == self.block.len() {
            match &mut self.source {
                Source::Effects(effects) => effects.random(&mut self.block),
                Source::Seed(seed, number) => {
                    let hash = Sha256::new().chain_update(number.to_le_bytes());
                    self.block = hash.chain_update(seed.as_bytes()).finalize().into();
                    *number += 1;
                }
            }
            self.used = 0;
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.block[self.used..self.used + 8]);
        self.used += 8;
        u64::from_le_bytes(bytes)
    }

    /// A number below `bound`, each with the same probability; 0 if there is no such number.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // The largest multiple of the bound: what is not below it would make small numbers more
        // likely, and is drawn again.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let number = self.next_u64();
            if number < limit {
                return number % bound;
            }
        }
    }

    /// An index into a list; 0 if it is empty.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// Puts a list into an order that is as likely as any other.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FixedEffects;

    #[test]
    fn numbers_below_a_bound_are_about_as_likely_as_each_other() {
        let effects = FixedEffects::default();
        let mut draw = Draw::new(&effects, None);
        let mut counts = [0; 6];
        for _ in 0..6000 {
            counts[draw.index(6)] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_seed_says_it_all() {
        let effects = FixedEffects::default();
        let drawn = |seed| {
            let mut draw = Draw::new(&effects, seed);
            [
                draw.below(1000),
                draw.below(1000),
                draw.below(1000),
                draw.below(1000),
                draw.below(1000),
            ]
        };
        assert_eq!(drawn(Some("a")), drawn(Some("a")));
        assert_ne!(drawn(Some("a")), drawn(Some("b")));
        assert_ne!(drawn(Some("")), drawn(Some("")), "an empty seed is none");
    }

    #[test]
    fn every_order_turns_up() {
        let effects = FixedEffects::default();
        let mut draw = Draw::new(&effects, None);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let mut items = [1, 2, 3, 4];
            draw.shuffle(&mut items);
            seen.insert(items);
        }
        assert_eq!(seen.len(), 24);
    }
}
