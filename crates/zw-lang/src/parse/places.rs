//! Where the pieces of a text that was made from another one are written.

use std::ops::Range;

use crate::span::{SourceId, Span};

/// Says where the pieces of a text come from that does not stand in a file itself: the decoded text
/// of a string, or configuration in native syntax that was made from JSON or YAML.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// In the order of the text that was made, without gaps.
    pieces: Vec<Piece>,
    /// If it comes from several files: where the places of each begin, as if one followed the other.
    files: Vec<(usize, SourceId)>,
}

#[derive(Clone, Debug)]
struct Piece {
    /// Where it begins in the text that was made.
    start: usize,
    /// Where it comes from.
    place: Range<usize>,
    /// Whether it is the same there, byte for byte.
    is_copy: bool,
}

impl Places {
    /// What is made from `start` on is a copy of what is written at `place`.
    pub fn copy(&mut self, start: usize, place: Range<usize>) {
        self.pieces.push(Piece { start, place, is_copy: true });
    }

    /// What is made from `start` on stands for what is written at `place`.
    pub fn stand_in(&mut self, start: usize, place: Range<usize>) {
        self.pieces.push(Piece { start, place, is_copy: false });
    }

    /// Says that places are in several files, by where those of each begin, in order.
    pub fn spread(&mut self, files: &[(usize, SourceId)]) {
        files.clone_into(&mut self.files);
    }

    /// The same for places that begin so many bytes further on.
    #[must_use]
    pub fn moved(&self, by: usize) -> Self {
        let moved = |piece: &Piece| Piece {
            place: piece.place.start + by..piece.place.end + by,
            ..piece.clone()
        };
        Self { pieces: self.pieces.iter().map(moved).collect(), files: self.files.clone() }
    }

    /// Where a range of the text that was made is written: in which file, which is `source` if there is only one.
    pub fn span(&self, range: Range<usize>, source: SourceId) -> Span {
        let of =
            |place: usize| self.files.partition_point(|(start, _)| *start <= place).checked_sub(1);
        let found = self.range(range.clone());
        let Some(at) = of(found.start) else { return Span::new(source, found) };
        let (start, file) = self.files[at];
        // What begins in one file and ends in another is where it begins.
        let end = if of(found.end.saturating_sub(1)).is_none_or(|last| last == at) {
            found.end
        } else {
            self.range(range.start..range.start + 1).end
        };
        Span::new(file, found.start - start..end.max(found.start) - start)
    }

    /// Where a range of the text that was made is written.
    pub fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.piece(range.start).map_or(0, |piece| piece.at(range.start));
        if range.is_empty() {
            return start..start;
        }
        let end = self.piece(range.end - 1).map_or(start, |piece| piece.end(range.end));
        start..end.max(start)
    }

    /// The pieces that a range of the text is made of, cut to it: where each begins in the text, where
    /// it is written, and whether it is a copy.
    pub fn pieces_of(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (usize, Range<usize>, bool)> {
        let first = self.position(range.start).unwrap_or(0);
        let inside = self.pieces.get(first..).unwrap_or_default();
        inside.iter().take_while(move |piece| piece.start < range.end).map(move |piece| {
            let start = piece.start.max(range.start);
            (start, piece.at(start)..piece.place.end, piece.is_copy)
        })
    }

    fn position(&self, at: usize) -> Option<usize> {
        self.pieces.partition_point(|piece| piece.start <= at).checked_sub(1)
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        self.pieces.get(self.position(at)?)
    }
}

impl Piece {
    fn at(&self, at: usize) -> usize {
        if self.is_copy { self.copied(at) } else { self.place.start }
    }

    fn end(&self, end: usize) -> usize {
        if self.is_copy { self.copied(end) } else { self.place.end }
    }

    fn copied(&self, at: usize) -> usize {
        (self.place.start + at.saturating_sub(self.start)).min(self.place.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_written_where_its_first_and_last_piece_are() {
        // `ab\ncd`, written as `"ab\ncd"` at 10, where the escape takes two bytes.
        let mut places = Places::default();
        places.copy(0, 11..13);
        places.stand_in(2, 13..15);
        places.copy(3, 15..17);
        assert_eq!(places.range(0..5), 11..17);
        assert_eq!(places.range(1..2), 12..13);
        assert_eq!(places.range(2..3), 13..15);
        assert_eq!(places.range(1..4), 12..16);
        assert_eq!(places.range(3..3), 15..15);
        let of_end: Vec<_> = places.pieces_of(1..4).collect();
        assert_eq!(of_end, [(1, 12..13, true), (2, 13..15, false), (3, 15..17, true)]);
    }
}
