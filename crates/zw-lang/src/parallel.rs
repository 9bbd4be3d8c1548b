//! Pure work on very many things, on all cores. What comes out does not depend on how many there are.

use std::sync::mpsc::sync_channel;
use std::thread;

/// How many results each core makes before the first of them is taken.
const AHEAD_MAX: usize = 4;

/// Fewer things than this are not worth a thread.
const CHUNK_MIN: usize = 1_000;

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What `work` makes of each thing, in their order.
pub fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let chunks: Vec<&[T]> = things.chunks(CHUNK_MIN).collect();
    let mut results = Vec::with_capacity(things.len());
    let work_through = |chunk: &&[T]| chunk.iter().map(&work).collect::<Vec<R>>();
    in_order(&chunks, work_through, |made| results.extend(made));
    results
}

/// Makes something of each thing, and takes what was made in the order of the things, while others are made. Only
/// few are made ahead. Each should be worth more than waking a thread.
pub fn in_order<T: Sync, R: Send>(
    things: &[T],
    make: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R),
) {
    let makers = cores().min(things.len());
    if makers < 2 {
        things.iter().map(make).for_each(take);
        return;
    }
    let make = &make;
    thread::scope(|scope| {
        let made: Vec<_> = (0..makers)
            .map(|maker| {
                let (sender, receiver) = sync_channel(AHEAD_MAX);
                scope.spawn(move || {
                    for thing in things.iter().skip(maker).step_by(makers) {
                        // Nobody takes any more: that panicked.
                        if sender.send(make(thing)).is_err() {
                            break;
                        }
                    }
                });
                receiver
            })
            .collect();
        for (thing, receiver) in things.iter().zip(made.iter().cycle()) {
            // What panicked there does so here.
            take(receiver.recv().unwrap_or_else(|_| make(thing)));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_things() {
        for len in [0, 1, CHUNK_MIN, 3 * CHUNK_MIN + 1, 40 * CHUNK_MIN] {
            let things: Vec<usize> = (0..len).collect();
            let doubled: Vec<usize> = things.iter().map(|thing| thing * 2).collect();
            assert_eq!(map(&things, |thing| thing * 2), doubled);
        }
    }

    #[test]
    fn a_panic_of_either_side_ends_both() {
        let things: Vec<usize> = (0..100).collect();
        let make = |thing: &usize| assert_ne!(*thing, 50, "a bug");
        assert!(std::panic::catch_unwind(|| in_order(&things, make, drop)).is_err());
        let take = |thing: usize| assert_ne!(thing, 50, "a bug");
        assert!(std::panic::catch_unwind(|| in_order(&things, |at| *at, take)).is_err());
    }
}
