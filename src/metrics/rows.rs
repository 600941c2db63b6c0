//! Many large rows, found by their number: none is ever moved to make room for others.

/// Rows of one piece.
const ROOM: usize = 64;

/// Rows in pieces of [`ROOM`].
#[derive(Debug)]
pub(super) struct Rows<T> {
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Rows<T> {
    pub(super) const fn new() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push(&mut self, row: T) {
        if self.len.is_multiple_of(ROOM) {
            self.pieces.push(Vec::with_capacity(ROOM));
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(row);
            self.len += 1;
        }
    }

    pub(super) fn get(&self, ix: usize) -> Option<&T> {
        self.pieces.get(ix / ROOM)?.get(ix % ROOM)
    }

    pub(super) fn get_mut(&mut self, ix: usize) -> Option<&mut T> {
        self.pieces.get_mut(ix / ROOM)?.get_mut(ix % ROOM)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pieces.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_number() {
        let mut rows = Rows::new();
        (0..200).for_each(|n| rows.push(n));
        assert_eq!(rows.len(), 200);
        for mut n in 0..200 {
            assert_eq!(rows.get(n), Some(&n));
            assert_eq!(rows.get_mut(n), Some(&mut n));
        }
        assert_eq!(rows.get(200), None);
        assert_eq!(rows.iter_mut().count(), 200);
    }
}
