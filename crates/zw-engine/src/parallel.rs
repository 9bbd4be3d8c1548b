//! Pure work on very many things, on all cores.

use std::thread;

/// Fewer things than this are not worth a thread.
const CHUNK_MIN: usize = 2_000;

/// What `work` makes of each thing, in their order.
pub(crate) fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let chunk = things.len().div_ceil(cores).max(CHUNK_MIN);
    let mut chunks = things.chunks(chunk);
    let Some(own) = chunks.next() else { return Vec::new() };
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = chunks
            .map(|chunk| (chunk, scope.spawn(move || chunk.iter().map(work).collect::<Vec<R>>())))
            .collect();
        let mut results = Vec::with_capacity(things.len());
        results.extend(own.iter().map(work));
        for (chunk, other) in others {
            match other.join() {
                Ok(made) => results.extend(made),
                // It panicked there, and does so here.
                Err(_) => results.extend(chunk.iter().map(work)),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_things() {
        for len in [0, 1, CHUNK_MIN, 3 * CHUNK_MIN + 1] {
            let things: Vec<usize> = (0..len).collect();
            let doubled: Vec<usize> = things.iter().map(|thing| thing * 2).collect();
            assert_eq!(map(&things, |thing| thing * 2), doubled);
        }
    }
}
