//! "Did you mean": the known name nearest to one that is not known.

/// ` Did you mean "x"?` with a leading space, if one of the known names is near enough to be meant,
/// and nothing otherwise: made to be put after the sentence that says that a name is not known.
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!(" Did you mean {near:?}?"))
}

/// The known name nearest to `name`, if one is near enough to be meant by it: an edit or two, more
/// in a long name. Of equally near ones the first.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let distance_max = (wanted.len() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let limit = best.map_or(distance_max, |(distance, _)| distance.saturating_sub(1));
        // The difference in length is a lower bound, and cheap.
        if candidate.len().abs_diff(name.len()) > distance_max * 4 {
            continue;
        }
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if let Some(distance) = distance_within(&wanted, &letters, limit) {
            best = Some((distance, candidate));
            if distance == 0 {
                break;
            }
        }
    }
    best.map(|(_, near)| near)
}

/// How many letters have to be inserted, removed, replaced or swapped with their neighbour to make
/// one of the other, if no more than `limit`.
fn distance_within(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before_last: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, right) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(left != right);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == *right {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|distance| *distance > limit) {
            return None;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["cidr_block", "tags", "region", "availability_zone"];
        assert_eq!(nearest("cidr_blok", known), Some("cidr_block"));
        assert_eq!(nearest("tag", known), Some("tags"));
        assert_eq!(nearest("regoin", known), Some("region"));
        assert_eq!(nearest("Tags", known), Some("tags"));
    }

    #[test]
    fn what_is_far_is_not_suggested() {
        assert_eq!(nearest("name", ["tags", "region"]), None);
        assert_eq!(nearest("a", ["bcd"]), None);
        assert_eq!(suggest("x", []), "");
    }
}
