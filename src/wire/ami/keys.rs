//! The keys of messages, remembered: messages of one kind have the same keys in the same order nearly always, and a line
//! whose key is known needs no search for its colon.

use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Bytes compared at once: a key with its colon is no longer than this, or it is not remembered.
pub(super) const WIDTH: usize = 32;
/// A longer first line is not remembered; bytes.
const FIRST: usize = 64;
/// Keys remembered in all, of all sequences; later ones are read the slow way.
const MOST: usize = 4096;
/// Keys that follow the same sequence; more are read the slow way.
const SIBLINGS: usize = 8;

/// A sequence of keys from the first line of a message on. Two messages at the same place have the same keys in the same
/// order, and the same first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Place(u16);

impl Place {
    /// No sequence that is remembered.
    pub(super) const LOST: Self = Self(0);
}

/// Sequences of keys as a tree: what may follow a key stands below it.
#[derive(Debug, Default)]
pub(super) struct Keys {
    nodes: Vec<Node>,
    firsts: FxHashMap<Box<[u8]>, Place>,
    /// Tells this tree from every other.
    own: Option<Arc<()>>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// With its colon, filled up, and which bytes of it count.
    key: [u128; 2],
    mask: [u128; 2],
    above: Place,
    /// The first of those that may follow, and the next that may stand instead.
    below: Place,
    beside: Place,
}

impl Node {
    #[inline]
    fn starts(&self, window: &[u8; WIDTH]) -> bool {
        let ([first, second], key, mask) = (halves(window), self.key, self.mask);
        ((first ^ key[0]) & mask[0]) | ((second ^ key[1]) & mask[1]) == 0
    }
}

#[inline]
fn halves(bytes: &[u8; WIDTH]) -> [u128; 2] {
    let (halves, _) = bytes.as_chunks::<16>();
    match halves {
        [first, second] => [u128::from_le_bytes(*first), u128::from_le_bytes(*second)],
        _ => [0; 2],
    }
}

impl Keys {
    /// The place of a first line, which counts as a whole.
    pub(super) fn first(&mut self, line: &[u8]) -> Place {
        if let Some(place) = self.firsts.get(line) {
            return *place;
        }
        if line.len() > FIRST {
            return Place::LOST;
        }
        let place = self.add(Place::LOST, &[]);
        if place != Place::LOST {
            self.firsts.insert(line.into(), place);
        }
        place
    }

    /// The place of the line that begins so and follows on that place.
    #[inline]
    pub(super) fn next(&self, place: Place, window: &[u8; WIDTH]) -> Option<Place> {
        // What was met first after a line stands next to it: to try that needs no look at this one.
        let guess = Place(place.0.wrapping_add(1));
        let node = self.nodes.get(usize::from(guess.0));
        if node.is_some_and(|n| n.above == place && n.starts(window)) { Some(guess) } else { self.other(place, window) }
    }

    #[cold]
    fn other(&self, place: Place, window: &[u8; WIDTH]) -> Option<Place> {
        let mut next = self.node(place)?.below;
        while let Some(node) = self.node(next) {
            if node.starts(window) {
                return Some(next);
            }
            next = node.beside;
        }
        None
    }

    /// As [`Self::next`], of a key with its colon; remembers it where it is new.
    pub(super) fn learn(&mut self, place: Place, key: &[u8]) -> Place {
        // A line that may open a message is looked at closely each time.
        if key.len() > WIDTH || matches!(key, b"Event:" | b"Response:") {
            return Place::LOST;
        }
        let mut window = [0; WIDTH];
        window.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        let Some(above) = self.node(place) else { return Place::LOST };
        let (mut next, mut last, mut count) = (above.below, Place::LOST, 0);
        while let Some(node) = self.node(next) {
            // A key ends with the only colon in it: what starts with it is it.
            if node.starts(&window) {
                return next;
            }
            (last, next, count) = (next, node.beside, count + 1);
        }
        if count >= SIBLINGS {
            return Place::LOST;
        }
        let new = self.add(place, key);
        if let Some(node) = self.nodes.get_mut(usize::from(last.0)).filter(|_| last != Place::LOST) {
            node.beside = new;
        } else if let Some(node) = self.nodes.get_mut(usize::from(place.0)) {
            node.below = new;
        }
        new
    }

    /// What tells this tree from every other, and the number of a place in it.
    #[inline]
    pub(super) fn shape(&self, place: Place) -> Option<Shape<'_>> {
        let of = self.own.as_ref().filter(|_| place != Place::LOST)?;
        Some(Shape { of, number: place.0 })
    }

    #[inline]
    fn node(&self, place: Place) -> Option<&Node> {
        // The first is nobody's.
        self.nodes.get(usize::from(place.0)).filter(|_| place != Place::LOST)
    }

    fn add(&mut self, above: Place, text: &[u8]) -> Place {
        let (mut key, mut mask) = ([0; WIDTH], [0; WIDTH]);
        let bytes = key.iter_mut().zip(&mut mask).zip(text);
        bytes.for_each(|((key, mask), byte)| (*key, *mask) = (*byte, 0xff));
        let (key, mask) = (halves(&key), halves(&mask));
        let node = Node { key, mask, above, below: Place::LOST, beside: Place::LOST };
        if self.nodes.is_empty() {
            self.own = Some(Arc::new(()));
            self.nodes.push(node);
        }
        if self.nodes.len() >= MOST {
            return Place::LOST;
        }
        let place = u16::try_from(self.nodes.len()).map_or(Place::LOST, Place);
        self.nodes.push(node);
        place
    }
}

/// What messages with the same keys in the same order and the same first line have in common. Numbers are small and
/// mean something only among messages of one decoder.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    of: &'a Arc<()>,
    number: u16,
}

impl Shape<'_> {
    /// Its number within its decoder.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// Whether it is of the decoder this mark was taken from.
    #[must_use]
    pub fn is_of(&self, mark: &Arc<()>) -> bool {
        Arc::ptr_eq(self.of, mark)
    }

    /// A mark of the decoder, to be kept.
    #[must_use]
    pub fn mark(&self) -> Arc<()> {
        self.of.clone()
    }
}
