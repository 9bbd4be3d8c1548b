//! Chance that can be repeated.

use std::time::Duration;

/// Numbers that follow from a seed: `SplitMix64`.
pub(crate) struct Chance(u64);

impl Chance {
    /// What `ZW_SEED` says, and the number of the moment.
    pub(crate) fn of_moment(moment: usize) -> Self {
        let seed = std::env::var("ZW_SEED").ok();
        let seed: u64 = seed.map_or(0, |text| text.parse().expect("ZW_SEED is a number"));
        let mut chance = Self(seed);
        Self(chance.next() ^ moment as u64)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("it is below a usize")
    }

    /// Some of a time.
    pub(crate) fn part_of(&mut self, whole: Duration) -> Duration {
        whole * u32::try_from(self.below(10_000)).expect("it is small") / 10_000
    }
}
