//! The header: which column stands where.

use crate::wire::csv::Record;

macro_rules! columns {
    ($($column:ident = $word:literal),+ $(,)?) => {
        /// A column of `calls.csv`, the required ones first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Column { $($column),+ }

        impl Column {
            pub(super) const ALL: &[Column] = &[$(Column::$column),+];

            pub(super) const fn word(self) -> &'static str {
                match self { $(Column::$column => $word),+ }
            }
        }
    };
}

columns!(
    CallId = "call_id",
    Queue = "queue",
    Agent = "agent",
    JoinedAt = "joined_at",
    AnsweredAt = "answered_at",
    LeftAt = "left_at",
    EndedAt = "ended_at",
    Exit = "exit",
    Caller = "caller",
    Line = "line",
    Area = "area",
    Menu = "menu",
    Direction = "direction",
    RingS = "ring_s",
    HoldS = "hold_s",
    AfterCallS = "after_call_s",
    TransferredTo = "transferred_to",
    Outcome = "outcome",
);

/// The first eight must be there.
const REQUIRED: usize = 8;
/// A column that is not there: no record is this long.
const ABSENT: usize = usize::MAX;

/// Where each column stands.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    at: [usize; Column::ALL.len()],
    /// Whether any optional column is there.
    pub(super) optional: bool,
}

impl Columns {
    /// Reads a header, in any order and letter case. Unknown columns are told to `unknown`.
    ///
    /// # Errors
    /// The names of the required columns that are missing.
    pub(super) fn read(header: &Record<'_>, mut unknown: impl FnMut(&str)) -> Result<Self, String> {
        let mut at = [ABSENT; Column::ALL.len()];
        for i in 0..header.len() {
            let text = header.text(i);
            let name = text.trim();
            let known = Column::ALL.iter().zip(&mut at).find(|(c, _)| c.word().eq_ignore_ascii_case(name));
            match known {
                Some((_, place)) if *place == ABSENT => *place = i,
                _ => unknown(name),
            }
        }
        let missing: Vec<&str> = Column::ALL
            .iter()
            .zip(&at)
            .take(REQUIRED)
            .filter(|(_, place)| **place == ABSENT)
            .map(|(c, _)| c.word())
            .collect();
        if missing.is_empty() {
            Ok(Self { at, optional: at.iter().skip(REQUIRED).any(|place| *place != ABSENT) })
        } else {
            Err(missing.join(", "))
        }
    }

    /// The field's place; beyond every record where the column is absent.
    pub(super) fn of(&self, column: Column) -> usize {
        self.at.get(column as usize).copied().unwrap_or(ABSENT)
    }
}
