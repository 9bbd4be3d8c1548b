//! Which elements of two lists belong together.

use std::collections::HashMap;
use std::hash::Hash;

/// Up to so many comparisons the longest common part is computed in full, with the choices among equally
/// long ones that Terraform makes. Longer lists are first stripped of their common beginning and end.
const CELLS_MAX: usize = 1 << 20;

/// A step through two lists, by positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    /// In both.
    Both(usize, usize),
    /// Only in the first.
    Before(usize),
    /// Only in the second.
    After(usize),
}

/// Goes through both lists at once, each in order. Elements of the longest common part are paired; others
/// are too, where they stand in each other's place and `pairable` says that comparing them is of use.
///
/// Source: `ProcessSlice` in Terraform's plan renderer.
pub(crate) fn align<T: Eq + Hash>(
    before: &[T],
    after: &[T],
    pairable: impl Fn(&T, &T) -> bool,
) -> Vec<Pair> {
    let mut classes = HashMap::new();
    let mut class_of = |item| {
        let next = classes.len();
        *classes.entry(item).or_insert(next)
    };
    let before_classes: Vec<usize> = before.iter().map(&mut class_of).collect();
    let after_classes: Vec<usize> = after.iter().map(&mut class_of).collect();
    let common = longest_common(&before_classes, &after_classes);

    let mut pairs = Vec::with_capacity(before.len().max(after.len()));
    let (mut b, mut a, mut next) = (0, 0, 0);
    while b < before.len() || a < after.len() {
        let is_next = |class: Option<&usize>| class.is_some() && class == common.get(next);
        while b < before.len() && !is_next(before_classes.get(b)) {
            let in_place = a < after.len() && !is_next(after_classes.get(a));
            if in_place && pairable(&before[b], &after[a]) {
                pairs.push(Pair::Both(b, a));
                a += 1;
            } else {
                pairs.push(Pair::Before(b));
            }
            b += 1;
        }
        while a < after.len() && !is_next(after_classes.get(a)) {
            pairs.push(Pair::After(a));
            a += 1;
        }
        if b < before.len() && a < after.len() {
            pairs.push(Pair::Both(b, a));
            b += 1;
            a += 1;
            next += 1;
        }
    }
    pairs
}

/// The longest sequence of classes that is in both lists, in order.
fn longest_common(before: &[usize], after: &[usize]) -> Vec<usize> {
    if before.len().saturating_mul(after.len()) <= CELLS_MAX {
        return longest_common_by_table(before, after);
    }
    let shared = |pair: &(&usize, &usize)| pair.0 == pair.1;
    let head = before.iter().zip(after).take_while(shared).count();
    let (before_rest, after_rest) = (&before[head..], &after[head..]);
    let tail = before_rest.iter().rev().zip(after_rest.iter().rev()).take_while(shared).count();
    let before_rest = &before_rest[..before_rest.len() - tail];
    let after_rest = &after_rest[..after_rest.len() - tail];
    let mut common = before[..head].to_vec();
    if before_rest.len().saturating_mul(after_rest.len()) <= CELLS_MAX {
        common.extend(longest_common_by_table(before_rest, after_rest));
    } else {
        let operations =
            similar::capture_diff_slices(similar::Algorithm::Myers, before_rest, after_rest);
        for operation in operations {
            if let similar::DiffOp::Equal { old_index, len, .. } = operation {
                common.extend_from_slice(&before_rest[old_index..old_index + len]);
            }
        }
    }
    common.extend_from_slice(&before[before.len() - tail..]);
    common
}

/// The textbook's table, read back from its end; where both ways are equally long, the element of
/// `after` is given up.
fn longest_common_by_table(before: &[usize], after: &[usize]) -> Vec<usize> {
    let width = before.len() + 1;
    let mut lengths = vec![0_u32; width * (after.len() + 1)];
    for (y, in_after) in after.iter().enumerate() {
        for (x, in_before) in before.iter().enumerate() {
            lengths[(y + 1) * width + x + 1] = if in_before == in_after {
                lengths[y * width + x] + 1
            } else {
                lengths[(y + 1) * width + x].max(lengths[y * width + x + 1])
            };
        }
    }
    let (mut x, mut y) = (before.len(), after.len());
    let mut common = Vec::new();
    while x > 0 && y > 0 {
        if before[x - 1] == after[y - 1] {
            common.push(before[x - 1]);
            x -= 1;
            y -= 1;
        } else if lengths[y * width + x - 1] > lengths[(y - 1) * width + x] {
            x -= 1;
        } else {
            y -= 1;
        }
    }
    common.reverse();
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str, pairable: bool) -> String {
        let before: Vec<char> = before.chars().collect();
        let after: Vec<char> = after.chars().collect();
        let pairs = align(&before, &after, |_, _| pairable);
        let text = |pair: &Pair| match *pair {
            Pair::Both(b, a) if before[b] == after[a] => before[b].to_string(),
            Pair::Both(b, a) => format!("({}>{})", before[b], after[a]),
            Pair::Before(b) => format!("-{}", before[b]),
            Pair::After(a) => format!("+{}", after[a]),
        };
        pairs.iter().map(text).collect()
    }

    #[test]
    fn what_is_common_stays_and_the_rest_comes_and_goes() {
        assert_eq!(shown("abc", "abc", false), "abc");
        assert_eq!(shown("abc", "axc", false), "a-b+xc");
        assert_eq!(shown("", "ab", false), "+a+b");
        assert_eq!(shown("ab", "", false), "-a-b");
        // one two three four five -> one three two four six seven
        assert_eq!(shown("12345", "132467", false), "1-23+24-5+6+7");
    }

    #[test]
    fn what_stands_in_the_place_of_something_is_compared_with_it() {
        assert_eq!(shown("abc", "axc", true), "a(b>x)c");
        assert_eq!(shown("ab", "xyz", true), "(a>x)(b>y)+z");
        assert_eq!(shown("abc", "bc", true), "-abc");
        assert_eq!(shown("bc", "abc", true), "+abc");
    }

    #[test]
    fn long_lists_are_aligned_too() {
        let before: Vec<usize> = (0..5000).collect();
        let mut after = before.clone();
        after.remove(2500);
        after.insert(100, 9999);
        let pairs = align(&before, &after, |_, _| false);
        let kept = pairs.iter().filter(|pair| matches!(pair, Pair::Both(..))).count();
        assert_eq!((pairs.len(), kept), (5001, 4999));
        let reversed: Vec<usize> = before.iter().rev().copied().collect();
        let pairs = align(&before[..2000], &reversed[..2000], |_, _| false);
        assert_eq!(pairs.len(), 4000);
    }
}
