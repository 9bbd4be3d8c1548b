//! Where the nodes of a graph stand: in columns, so that what something uses is left of it, with few crossings and
//! short ways.
//!
//! Source: Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981),
//! with barycentres for the order in a column and isotonic regression for the heights.

/// Columns are this far apart.
const COLUMN_GAP: f64 = 70.0;

/// Nodes of a column are this far apart.
const ROW_GAP: f64 = 16.0;

/// The room that an edge takes on its way through a column.
const LANE_HEIGHT: f64 = 10.0;

/// How often the order and the heights are gone over. More changes nothing that can be seen.
const SWEEPS: usize = 12;

/// A width and a height.
pub(super) type Size = (f64, f64);

/// Where everything stands.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The middle of each node.
    pub(super) nodes: Vec<(f64, f64)>,
    /// The points that each edge goes through, from what is used to who uses it.
    pub(super) edges: Vec<Vec<(f64, f64)>>,
    /// The size of the whole.
    pub(super) size: Size,
}

/// A node, or a place where an edge passes through a column.
#[derive(Clone, Debug)]
struct Point {
    column: usize,
    size: Size,
    /// Neighbours in the columns before and after.
    left: Vec<usize>,
    right: Vec<usize>,
    y: f64,
}

/// Lays out nodes of these sizes, with edges from who uses to what is used.
pub(super) fn layered(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let columns = columns_of(sizes.len(), edges);
    let mut points: Vec<Point> = sizes
        .iter()
        .zip(&columns)
        .map(|(size, column)| Point {
            column: *column,
            size: *size,
            left: Vec::new(),
            right: Vec::new(),
            y: 0.0,
        })
        .collect();
    let ways: Vec<Vec<usize>> =
        edges.iter().map(|(user, used)| way(&mut points, *used, *user)).collect();
    let count = points.iter().map(|point| point.column + 1).max().unwrap_or_default();
    let mut by_column: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, point) in points.iter().enumerate() {
        by_column[point.column].push(at);
    }
    order(&points, &mut by_column);
    heights(&mut points, &by_column);
    placed(&points, &by_column, &ways, sizes.len())
}

/// The column of each node: behind all that it uses, and no further from its users than that takes. Edges that
/// close a cycle do not count.
fn columns_of(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut used = vec![Vec::new(); count];
    for (from, to) in edges {
        used[*from].push(*to);
    }
    // Each after what it uses, by a walk without recursion.
    let mut state = vec![0u8; count];
    let mut order = Vec::with_capacity(count);
    let mut kept = vec![Vec::new(); count];
    for start in 0..count {
        let mut stack = vec![(start, 0)];
        while let Some((node, at)) = stack.pop() {
            if at == 0 {
                if state[node] != 0 {
                    continue;
                }
                state[node] = 1;
            }
            let Some(next) = used[node].get(at).copied() else {
                state[node] = 2;
                order.push(node);
                continue;
            };
            stack.push((node, at + 1));
            if state[next] != 1 {
                kept[node].push(next);
            }
            if state[next] == 0 {
                stack.push((next, 0));
            }
        }
    }
    let mut columns = vec![0; count];
    for node in &order {
        columns[*node] = kept[*node].iter().map(|used| columns[*used] + 1).max().unwrap_or(0);
    }
    let mut nearest: Vec<Option<usize>> = vec![None; count];
    for node in order.iter().rev() {
        if let (Some(user), true) = (nearest[*node], kept[*node].is_empty()) {
            columns[*node] = user - 1;
        }
        for used in &kept[*node] {
            let column = columns[*node];
            nearest[*used] = Some(nearest[*used].map_or(column, |known| known.min(column)));
        }
    }
    columns
}

/// The points of an edge, with new ones in the columns that it crosses.
fn way(points: &mut Vec<Point>, used: usize, user: usize) -> Vec<usize> {
    let (from, to) = (points[used].column, points[user].column);
    let mut way = vec![used];
    for column in from + 1..to {
        way.push(points.len());
        let size = (0.0, LANE_HEIGHT);
        points.push(Point { column, size, left: Vec::new(), right: Vec::new(), y: 0.0 });
    }
    way.push(user);
    // An edge back or within a column moves nobody.
    if to > from {
        for pair in way.windows(2) {
            points[pair[0]].right.push(pair[1]);
            points[pair[1]].left.push(pair[0]);
        }
    }
    way
}

/// Orders columns by the middle of what each point hangs on, to and fro.
fn order(points: &[Point], by_column: &mut [Vec<usize>]) {
    let mut rank: Vec<f64> = vec![0.0; points.len()];
    for column in by_column.iter() {
        for (at, point) in (0u32..).zip(column) {
            rank[*point] = f64::from(at);
        }
    }
    for sweep in 0..SWEEPS {
        let forwards = sweep % 2 == 0;
        let count = by_column.len();
        for step in 0..count {
            let column = &mut by_column[if forwards { step } else { count - 1 - step }];
            let mut keyed: Vec<(f64, usize)> = column
                .iter()
                .map(|point| {
                    let around =
                        if forwards { &points[*point].left } else { &points[*point].right };
                    (mean(around.iter().map(|near| rank[*near])).unwrap_or(rank[*point]), *point)
                })
                .collect();
            keyed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            *column = keyed.into_iter().map(|(_, point)| point).collect();
            for (at, point) in (0u32..).zip(column.iter()) {
                rank[*point] = f64::from(at);
            }
        }
    }
}

/// Moves points up and down to be near to what they hang on, without changing their order.
fn heights(points: &mut [Point], by_column: &[Vec<usize>]) {
    for column in by_column {
        let mut y = 0.0;
        for point in column {
            y += points[*point].size.1 / 2.0;
            points[*point].y = y;
            y += points[*point].size.1 / 2.0 + ROW_GAP;
        }
    }
    for sweep in 0..SWEEPS {
        let forwards = sweep % 2 == 0;
        for step in 0..by_column.len() {
            let column = &by_column[if forwards { step } else { by_column.len() - 1 - step }];
            let wished: Vec<f64> = column
                .iter()
                .map(|point| {
                    let Point { left, right, y, .. } = &points[*point];
                    let around = left.iter().chain(right).map(|near| points[*near].y);
                    mean(around).unwrap_or(*y)
                })
                .collect();
            let mut offset = 0.0;
            let offsets: Vec<f64> = column
                .iter()
                .enumerate()
                .map(|(at, point)| {
                    if at > 0 {
                        let above = points[column[at - 1]].size.1;
                        offset += f64::midpoint(above, points[*point].size.1) + ROW_GAP;
                    }
                    offset
                })
                .collect();
            let free: Vec<f64> = wished.iter().zip(&offsets).map(|(y, by)| y - by).collect();
            for ((point, y), by) in column.iter().zip(rising(&free)).zip(offsets) {
                points[*point].y = y + by;
            }
        }
    }
}

/// The nearest values that never fall (least squares; pool adjacent violators).
fn rising(values: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for value in values {
        pools.push((*value, 1));
        while let [.., (a, of_a), (b, of_b)] = pools.as_slice()
            && a > b
        {
            let count = of_a + of_b;
            let sum = a * weight(*of_a) + b * weight(*of_b);
            pools.truncate(pools.len() - 2);
            pools.push((sum / weight(count), count));
        }
    }
    pools.into_iter().flat_map(|(value, count)| std::iter::repeat_n(value, count)).collect()
}

fn weight(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / weight(count))
}

fn placed(points: &[Point], by_column: &[Vec<usize>], ways: &[Vec<usize>], nodes: usize) -> Layout {
    let mut x = 0.0;
    let mut middles = Vec::with_capacity(by_column.len());
    for column in by_column {
        let width = column.iter().map(|point| points[*point].size.0).fold(0.0, f64::max);
        middles.push(x + width / 2.0);
        x += width + COLUMN_GAP;
    }
    let top = |point: &Point| point.y - point.size.1 / 2.0;
    let bottom = |point: &Point| point.y + point.size.1 / 2.0;
    let highest = points.iter().map(top).fold(f64::INFINITY, f64::min);
    let lowest = points.iter().map(bottom).fold(f64::NEG_INFINITY, f64::max);
    if points.is_empty() {
        return Layout::default();
    }
    let place = |at: usize| (middles[points[at].column], points[at].y - highest);
    let edge = |way: &Vec<usize>| {
        let (first, last) = (way[0], way[way.len() - 1]);
        let mut found: Vec<(f64, f64)> = way.iter().map(|at| place(*at)).collect();
        let end = found.len() - 1;
        // From the right side of the one to the left side of the other.
        found[0].0 += points[first].size.0 / 2.0;
        found[end].0 -= points[last].size.0 / 2.0;
        found
    };
    Layout {
        nodes: (0..nodes).map(place).collect(),
        edges: ways.iter().map(edge).collect(),
        size: ((x - COLUMN_GAP).max(0.0), lowest - highest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(count: usize) -> Vec<Size> {
        vec![(100.0, 40.0); count]
    }

    #[test]
    fn what_is_used_is_left_of_its_users() {
        let edges = [(1, 0), (2, 0), (3, 1), (3, 2), (3, 0)];
        let layout = layered(&boxes(4), &edges);
        for (user, used) in edges {
            assert!(layout.nodes[used].0 < layout.nodes[user].0, "{user} uses {used}");
        }
    }

    #[test]
    fn nodes_do_not_overlap() {
        let count = 60;
        let edges: Vec<(usize, usize)> =
            (1..count).flat_map(|at| [(at, at / 2), (at, at / 3)]).collect();
        let layout = layered(&boxes(count), &edges);
        for a in 0..count {
            for b in 0..a {
                let ((ax, ay), (bx, by)) = (layout.nodes[a], layout.nodes[b]);
                assert!((ax - bx).abs() >= 100.0 || (ay - by).abs() >= 40.0, "{a} and {b}");
            }
        }
    }

    #[test]
    fn cycles_and_nothing_at_all_have_a_layout() {
        assert_eq!(layered(&[], &[]).nodes.len(), 0);
        let layout = layered(&boxes(3), &[(0, 1), (1, 2), (2, 0)]);
        assert_eq!(layout.nodes.len(), 3);
        assert_eq!(layout.edges.len(), 3);
    }

    #[test]
    fn a_parent_stands_in_the_middle_of_its_children() {
        let layout = layered(&boxes(4), &[(1, 0), (2, 0), (3, 0)]);
        assert!((layout.nodes[0].1 - layout.nodes[2].1).abs() < 1.0, "{layout:?}");
    }

    #[test]
    fn values_that_never_fall_are_as_near_as_can_be() {
        assert_eq!(rising(&[1.0, 3.0, 2.0, 5.0]), [1.0, 2.5, 2.5, 5.0]);
    }
}
