//! What a person did lately: enough for the rules that look back.

use jiff::civil::Date;

use super::plan::Planned;
use crate::model::{AgentId, AgentState, Direction, FeedId, Label, ReasonClass, Span, Time};

/// A person of the floor at an instant.
#[derive(Clone, Copy, Debug)]
pub struct PersonNow<'a> {
    /// The feed.
    pub feed: &'a FeedId,
    /// The source's id.
    pub id: &'a AgentId,
    /// Shown name, where told.
    pub name: Option<&'a Label>,
    /// Team, where told.
    pub team: Option<&'a Label>,
    /// Desk, where told.
    pub desk: Option<&'a Label>,
    /// What the person does.
    pub state: AgentState,
    /// Since when.
    pub since: Time,
    /// Why, while not ready.
    pub reason: Option<&'a Label>,
    /// Its class.
    pub class: Option<ReasonClass>,
    /// Which way, while talking.
    pub direction: Option<Direction>,
    /// The longest wait in a queue of the person's.
    pub call_waits: Span,
}

impl PersonNow<'_> {
    /// The name to show.
    #[must_use]
    pub fn shown(&self) -> Label {
        self.name.cloned().unwrap_or_else(|| Label::new(self.id.as_str()))
    }

    /// Resting, meals included.
    #[must_use]
    pub fn rests(&self) -> bool {
        self.state == AgentState::NotReady && self.class == Some(ReasonClass::Rest)
    }

    /// Handling a caller's call; internal and own outward talk is neither this nor ready time (KPI.md, `occupancy`).
    fn occupied(&self) -> bool {
        match self.state {
            AgentState::Talking => matches!(self.direction, Some(Direction::In) | None),
            AgentState::Ringing | AgentState::Holding | AgentState::AfterCall => true,
            _ => false,
        }
    }
}

/// Minutes kept.
const MINUTES: usize = 60;

#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    occupied: u8,
    ready: u8,
    rest: u8,
}

/// What one person of the floor did lately. Fed once a second.
#[derive(Clone, Debug)]
pub struct History {
    /// Place in the plan.
    pub planned: Option<usize>,
    /// Signed in since, as far as seen.
    pub signed_in: Option<Time>,
    /// The last sign-out seen as it happened, and the desk left.
    pub signed_out: Option<(Time, Option<Label>)>,
    /// The last return: when, how long after the sign-out, and whether at another desk.
    pub returned: Option<(Time, Span, bool)>,
    /// The call at hand began then; internal talk is none.
    pub call_since: Option<Time>,
    /// The desk broke then, and the person has not signed in since.
    pub move_asked: Option<Time>,
    /// Left or rested too soon after the start of a shift: the shift's start, and when.
    pub unsettled: Option<(Time, Time)>,
    /// Worked today, and today beyond the plan.
    pub today: Worked,
    /// Worked this calendar month, as far as seen, and beyond the plan.
    pub month: Worked,
    state: AgentState,
    minutes: [Minute; MINUTES],
    minute: i64,
    rest_s: u32,
    date: Option<Date>,
}

/// Time signed in, and how much of it outside any shift of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Worked {
    /// All of it.
    pub all: Span,
    /// Outside the plan; none is counted of somebody the plan does not know.
    pub overtime: Span,
}

/// What a second brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Turned {
    /// Signed out this second, seen as it happened.
    pub out: bool,
}

impl History {
    /// A person first seen in this state.
    #[must_use]
    pub fn new(now: Time, person: &PersonNow<'_>) -> Self {
        Self {
            planned: None,
            signed_in: person.state.signed_in().then(|| person.since.min(now)),
            signed_out: None,
            returned: None,
            call_since: None,
            move_asked: None,
            unsettled: None,
            today: Worked::default(),
            month: Worked::default(),
            state: person.state,
            minutes: [Minute::default(); MINUTES],
            minute: now.second().div_euclid(60),
            rest_s: 0,
            date: None,
        }
    }

    /// A second that ends at `now`; `rests`: it counts as rest time. `date` is the local date.
    pub fn second(
        &mut self,
        now: Time,
        person: &PersonNow<'_>,
        planned: Option<&Planned>,
        rests: bool,
        date: Date,
    ) -> Turned {
        self.turn_date(date);
        self.roll(now.second().div_euclid(60));
        let at = usize::try_from(self.minute.rem_euclid(60)).unwrap_or(0);
        if let Some(minute) = self.minutes.get_mut(at) {
            minute.occupied = minute.occupied.saturating_add(u8::from(person.occupied()));
            minute.ready = minute.ready.saturating_add(u8::from(person.state == AgentState::Ready));
            minute.rest = minute.rest.saturating_add(u8::from(rests));
            self.rest_s += u32::from(rests);
        }
        if person.state.signed_in() {
            let second = Span::from_secs(1);
            let beyond = planned.is_some_and(|p| p.shift_at(now).is_none());
            for worked in [&mut self.today, &mut self.month] {
                worked.all += second;
                if beyond {
                    worked.overtime += second;
                }
            }
        }
        let on_call = matches!(person.state, AgentState::Talking | AgentState::Holding)
            && person.direction != Some(Direction::Internal);
        // Held and taken back it is the same call; one that follows another without a break is known by its own start.
        self.call_since = match (on_call, self.call_since) {
            (false, _) => None,
            (true, Some(since)) if self.state != AgentState::Ringing => Some(since),
            (true, _) => Some(person.since.min(now)),
        };
        let turned = self.turn(now, person);
        self.state = person.state;
        turned
    }

    fn turn(&mut self, now: Time, person: &PersonNow<'_>) -> Turned {
        let (was, is) = (self.state, person.state);
        if is == AgentState::Unknown {
            return Turned::default();
        }
        if is == AgentState::SignedOut {
            let seen = was.signed_in();
            if seen {
                self.signed_out = Some((person.since.min(now), person.desk.cloned()));
                self.returned = None;
            }
            self.signed_in = None;
            return Turned { out: seen };
        }
        if self.signed_in.is_none() {
            let since = if was == AgentState::SignedOut { person.since.min(now) } else { now };
            self.signed_in = Some(since);
            self.move_asked = None;
            if let Some((out, desk)) = &self.signed_out {
                let other = person.desk.is_some() && desk.is_some() && person.desk != desk.as_ref();
                self.returned = Some((now, (since - *out).or_zero(), other));
            }
        }
        Turned::default()
    }

    fn turn_date(&mut self, date: Date) {
        let Some(known) = self.date.replace(date) else { return };
        if known != date {
            self.today = Worked::default();
        }
        if (known.year(), known.month()) != (date.year(), date.month()) {
            self.month = Worked::default();
        }
    }

    /// Lets minutes pass; those an hour old make room.
    fn roll(&mut self, minute: i64) {
        let steps = (minute - self.minute).clamp(0, 60);
        for step in 1..=steps {
            let at = usize::try_from((self.minute + step).rem_euclid(60)).unwrap_or(0);
            if let Some(old) = self.minutes.get_mut(at) {
                self.rest_s = self.rest_s.saturating_sub(u32::from(old.rest));
                *old = Minute::default();
            }
        }
        self.minute = self.minute.max(minute);
    }

    /// Rest in the last hour (the running minute and the 59 before it).
    #[must_use]
    pub fn rest(&self) -> Span {
        Span::from_secs(i64::from(self.rest_s))
    }

    /// Occupied, and occupied or ready, seconds of the last so many minutes (the running one included).
    #[must_use]
    pub fn occupancy(&self, minutes: i64) -> (i64, i64) {
        let (mut occupied, mut both) = (0, 0);
        for back in 0..minutes.clamp(1, 60) {
            let at = usize::try_from((self.minute - back).rem_euclid(60)).unwrap_or(0);
            if let Some(m) = self.minutes.get(at) {
                occupied += i64::from(m.occupied);
                both += i64::from(m.occupied) + i64::from(m.ready);
            }
        }
        (occupied, both)
    }
}
