//! The executor in a world in which everything goes wrong, and nothing is left to chance.
//!
//! One thread, a clock that stands still unless all wait, and a seed from which follow the estate, how long
//! everything takes and so in which order it happens, what the simulated cloud and the store refuse, which answers
//! are lost, and where the process dies. After the trouble one more apply has to make of it what the configuration
//! says. `ZW_SEED=n` runs one seed and says what it does; `ZW_SEEDS=n` runs as many.

#![allow(clippy::print_stderr, reason = "a seed that is run alone says what it does")]

mod chance;
mod cloud;
mod fate;
mod laws;
mod scenario;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod trial;

use std::sync::atomic::{AtomicU64, Ordering};

use trial::Trial;

/// How many seeds are tried, unless `ZW_SEEDS` says otherwise.
const SEEDS: u64 = 10_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, and must be a number")))
}

#[test]
fn whatever_goes_wrong_one_more_apply_makes_what_is_configured() {
    if let Some(seed) = number("ZW_SEED") {
        eprintln!("{}", Trial::of_seed(seed).run());
        return;
    }
    let seeds = number("ZW_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let total = std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut total = trial::Report::default();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds {
                            return total;
                        }
                        total += Trial::of_seed(seed).run();
                    }
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("a seed failed, see above")).sum()
    });
    let total: trial::Report = total;
    eprintln!("{seeds} seeds: {total}");
    // What never happens shows nothing.
    assert!(seeds < 100 || total.has_everything(), "{total}");
}

#[test]
fn a_crash_at_any_point_of_an_apply_is_recovered_from() {
    for (apply, points_min) in [40, 60, 40].into_iter().enumerate() {
        let mut points = 0;
        while Trial::crashing_at(apply, points).run().crashes > 0 {
            points += 1;
        }
        assert!(
            points > points_min,
            "apply {apply} has more than {points} points at which it can die"
        );
    }
}
