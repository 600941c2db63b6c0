//! What is counted of calls in a window: plain sums, so that two windows, queues or sites add up exactly.

use crate::model::ExitWhy;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// How many reasons an exit can have.
pub const EXITS: usize = ExitWhy::ALL.len();

macro_rules! additive {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: i64,)+
            /// Exits by why, in the order of [`ExitWhy::ALL`].
            pub exited_by: [i64; EXITS],
        }

        impl $name {
            /// Nothing counted.
            pub const ZERO: Self = Self { $($field: 0,)+ exited_by: [0; EXITS] };

            /// Every sum with its name; exits as `exited_` and their why.
            #[must_use]
            pub fn named(&self) -> Vec<(String, i64)> {
                let mut named = vec![$((stringify!($field).to_owned(), self.$field),)+];
                let exits = ExitWhy::ALL.iter().zip(self.exited_by);
                named.extend(exits.map(|(why, n)| (format!("exited_{}", why.word()), n)));
                named
            }

            /// Sets a sum by its name of [`Self::named`]; false where there is none of that name.
            pub fn set(&mut self, name: &str, n: i64) -> bool {
                $(if name == stringify!($field) { self.$field = n; return true; })+
                let why = name.strip_prefix("exited_").and_then(ExitWhy::from_word);
                let place = why.and_then(|why| {
                    let ix = ExitWhy::ALL.iter().position(|w| *w == why)?;
                    self.exited_by.get_mut(ix)
                });
                match place {
                    Some(place) => { *place = n; true }
                    None => false,
                }
            }
        }

        impl AddAssign<&$name> for $name {
            fn add_assign(&mut self, o: &$name) {
                $(self.$field += o.$field;)+
                for (a, b) in self.exited_by.iter_mut().zip(o.exited_by) { *a += b; }
            }
        }
        impl SubAssign<&$name> for $name {
            fn sub_assign(&mut self, o: &$name) {
                $(self.$field -= o.$field;)+
                for (a, b) in self.exited_by.iter_mut().zip(o.exited_by) { *a -= b; }
            }
        }
    };
}

additive!(
    /// Sums over the facts of one window in one scope. Calls are legs in a queue, calls above (KPI.md, "Scope").
    /// Fields that end in `_us` are microseconds. Differences of two of these are again one: a sliding window is the
    /// running total less the total at its start.
    Counts {
        /// Joined.
        offered,
        /// Answered.
        answered,
        /// Abandoned, short ones apart.
        abandoned,
        /// Abandoned sooner than `short_abandon`.
        short_abandoned,
        /// Ended while the feed was away.
        unknown,
        /// Legs that came from another queue.
        moved_in,
        /// Legs that went on to another queue.
        moved_out,
        /// Answered with a wait ≤ T.
        answered_in_t,
        /// Abandoned (short ones included) with a wait ≤ T.
        abandoned_in_t,
        /// Exited with a wait ≤ T.
        exited_in_t,
        /// Still waiting when T passed.
        reached_t,
        /// Abandons whose reason is inferred and may hold exits ("exits included").
        abandoned_derived,
        /// Σ wait of answered.
        wait_answered_us,
        /// Σ wait of abandoned, short ones apart.
        wait_abandoned_us,
        /// Σ wait of short abandons.
        wait_short_us,
        /// Σ wait of exited.
        wait_exited_us,
        /// Σ ringing that ended in an answer.
        ring_us,
        /// Contacts whose talk ended.
        contacts,
        /// Σ connected time of those, hold included.
        talk_us,
        /// Σ hold of those.
        hold_us,
        /// Those ended by a transfer.
        transfers,
        /// Contacts whose after-call work (maybe none) ended.
        after_calls,
        /// Σ after-call work of those.
        after_call_us,
        /// Σ connected + after-call of those.
        handle_us,
        /// Joins by a caller seen in the 30 minutes before.
        redials,
        /// Rings not answered by the person rung at.
        ring_no_answer,
        /// Entries of members into not-ready.
        not_ready_count,
        /// Customers dialled.
        outbound,
        /// Customers dialled who answered.
        connected_out,
        /// Callers refused before the queue, because it or the lines were full.
        refused_full,
        /// Callers refused before the queue, because nobody was signed in.
        refused_no_agents,
        /// Callers who came into a menu.
        ivr_entered,
        /// Callers who hung up in a menu.
        ivr_left,
        /// Callers a menu sent to a queue.
        ivr_to_queue,
        /// Calls tagged with an order.
        orders,
        /// Calls tagged with an order cancelled.
        orders_cancelled,
        /// Calls tagged with an order settled.
        orders_settled,
        /// Calls tagged with an order returned.
        orders_returned,
        /// Calls tagged with a sale.
        sales,
        /// Calls tagged with a complaint.
        complaints,
        /// Calls tagged as having reached the person wanted.
        reached,
    }
);

impl Counts {
    /// All exits.
    #[must_use]
    pub fn exited(&self) -> i64 {
        self.exited_by.iter().sum()
    }

    /// Abandoned, short ones included.
    #[must_use]
    pub const fn abandoned_all(&self) -> i64 {
        self.abandoned + self.short_abandoned
    }

    /// 呼损量: abandoned + short + exits that left the scope.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.abandoned_all() + self.exited()
    }

    /// 门外损失: callers refused before the queue.
    #[must_use]
    pub const fn refused(&self) -> i64 {
        self.refused_full + self.refused_no_agents
    }

    /// All that ended a wait; `waiting at from + offered − ended = waiting at to` (KPI.md, "Reconciliation").
    #[must_use]
    pub fn ended(&self) -> i64 {
        self.answered + self.abandoned_all() + self.exited() + self.unknown
    }
}

impl Sub for Counts {
    type Output = Counts;
    fn sub(mut self, o: Counts) -> Counts {
        self -= &o;
        self
    }
}
impl Add for Counts {
    type Output = Counts;
    fn add(mut self, o: Counts) -> Counts {
        self += &o;
        self
    }
}
