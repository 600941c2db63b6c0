//! The usual: how many calls a time of day ordinarily brings, and how sure that is.
//!
//! Two sources, in this order: what history taught, and the configured profile. Where neither speaks there is no
//! usual, no ratio and no surge.

mod calendar;
mod curve;
pub mod forecast;
mod history;
mod plan;
mod today;

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::config::{Settings, UsualProfile};
use crate::metrics::Scope;
use crate::model::Time;

pub use calendar::{Calendar, DayKind, Plan};
pub use curve::DayCurve;
pub use history::{History, Learning, Shift, Spread};
pub use today::{Taken, Today};

/// Days of a kind that are needed before they speak.
pub const NEED: u32 = 3;

/// Days kept ready around the instant of [`Usual::roll`]: yesterday, today, tomorrow.
type Days = Vec<Arc<DayCurve>>;

/// The plain usual of every scope.
#[derive(Clone, Debug)]
pub struct Usual {
    zone: TimeZone,
    profile: Profile,
    history: Option<History>,
    ready: FxHashMap<Scope, Days>,
    ready_for: Option<Date>,
    /// The span of the days that are ready.
    ready_span: (Time, Time),
    /// The group and the line of queues that have one, for what is planned for a queue.
    places: FxHashMap<crate::model::QueueId, Vec<Scope>>,
    today: Arc<Today>,
    /// So many days at another level are a shift; 0: none is looked for.
    shift_days: usize,
    shift: Option<Shift>,
}

/// The configured half-hours, spread over the minutes of a day.
#[derive(Clone, Debug, Default)]
struct Profile {
    all: Option<Vec<f64>>,
    queues: FxHashMap<crate::model::QueueId, Vec<f64>>,
}

impl Profile {
    fn new(settings: &UsualProfile) -> Self {
        let minutes = |slots: &[f64]| Some(curve::spread(slots)).filter(|m| !m.is_empty());
        Self {
            all: minutes(&settings.all),
            queues: settings.queues.iter().filter_map(|(id, slots)| Some((id.clone(), minutes(slots)?))).collect(),
        }
    }

    fn of(&self, scope: &Scope) -> Option<&[f64]> {
        match scope {
            Scope::All => self.all.as_deref(),
            Scope::Queue(_, queue) => self.queues.get(queue).map(Vec::as_slice),
            _ => None,
        }
    }
}

impl Usual {
    /// The configured profile alone, by the local time of `zone`.
    #[must_use]
    pub fn configured(profile: &UsualProfile, zone: TimeZone) -> Self {
        Self {
            zone,
            profile: Profile::new(profile),
            history: None,
            ready: FxHashMap::default(),
            ready_for: None,
            ready_span: (Time::MIN, Time::MIN),
            places: FxHashMap::default(),
            today: Arc::default(),
            shift_days: 0,
            shift: None,
        }
    }

    /// Of a configuration, with nothing learnt yet: its calendars and profile, and room for history.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let zone = settings.site.time_zone.clone();
        let mut history = History::new(zone.clone(), Calendar::of(&settings.calendars), NEED);
        history.set_new_normal(settings.alert.surge.new_normal_since);
        let mut usual = Self::learnt(&settings.usual, history, zone);
        usual.shift_days = usize::try_from(settings.alert.surge.new_normal_days).unwrap_or(0);
        for queue in &settings.queues {
            let above = usual.places.entry(queue.id.clone()).or_default();
            above.extend(queue.group.clone().map(Scope::Group));
            above.extend(queue.line.clone().map(Scope::Line));
        }
        usual
    }

    /// History first, then the configured profile.
    #[must_use]
    pub fn learnt(profile: &UsualProfile, history: History, zone: TimeZone) -> Self {
        Self { history: Some(history), ..Self::configured(profile, zone) }
    }

    /// What history has, for teaching it more. Days that are ready stay as they are until the next local date, so that
    /// the usual of a day does not move under it.
    pub fn history_mut(&mut self) -> Option<&mut History> {
        self.history.as_mut()
    }

    /// Lets history be taught, and takes at once what it says now: at the start, before anything came.
    pub fn learn<T>(&mut self, teach: impl FnOnce(&mut History) -> T) -> Option<T> {
        let taught = self.history.as_mut().map(teach);
        self.ready_for = None;
        taught
    }

    /// What is to be said of the date of the last [`Self::roll`].
    #[must_use]
    pub const fn today(&self) -> &Arc<Today> {
        &self.today
    }

    /// A new level of all calls that stayed up to the date of the last [`Self::roll`], and that nobody has said is normal.
    #[must_use]
    pub const fn shift(&self) -> Option<Shift> {
        self.shift
    }

    /// How much history is known for the date of an instant, while it is too little to speak; `None` once it speaks.
    #[must_use]
    pub fn learning(&self, scope: &Scope, at: Time) -> Option<Learning> {
        let known = self.history.as_ref()?.learning(scope, curve::local_date(at, &self.zone));
        (known.have < known.need).then_some(known)
    }

    /// Makes the days around `now` ready for these scopes, so that [`Self::expected`] is a look-up. Cheap to call each
    /// second: it works only when the local date changes or a scope is new.
    pub fn roll<'a>(&mut self, now: Time, scopes: impl IntoIterator<Item = &'a Scope>) {
        let today = curve::local_date(now, &self.zone);
        if self.ready_for != Some(today) {
            self.ready.clear();
            self.ready_for = Some(today);
            self.turn(today);
        }
        for scope in scopes {
            if !self.ready.contains_key(scope) {
                let dates = [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
                let days = dates.into_iter().flatten().filter_map(|d| self.day(scope, d)).map(Arc::new).collect();
                self.ready.insert(scope.clone(), days);
            }
        }
    }

    /// Expected calls of a scope in [from, to); `None` where no usual is known for any part of it.
    #[must_use]
    pub fn expected(&self, scope: &Scope, from: Time, to: Time) -> Option<f64> {
        if to <= from {
            return self.day_at(scope, from).map(|_| 0.0);
        }
        if let Some(day) = self.ready_day(scope, from).filter(|d| to <= d.end()) {
            return Some(day.expected(from, to));
        }
        let mut sum = 0.0;
        let mut at = from;
        // A year of days is more than any figure spans; the bound keeps a mad span from taking for ever.
        for _ in 0..400 {
            let day = self.day_at(scope, at)?;
            sum += day.expected(at, to);
            at = day.end();
            if at >= to {
                break;
            }
        }
        Some(sum)
    }

    /// Expected calls a minute at an instant.
    #[must_use]
    pub fn rate(&self, scope: &Scope, at: Time) -> Option<f64> {
        let from = Time::from_micros(at.micros().div_euclid(60_000_000) * 60_000_000);
        self.expected(scope, from, from + crate::model::Span::from_secs(60))
    }

    /// The usual of a local date, minute by minute, what is planned for it included; `None` where none is known.
    #[must_use]
    pub fn day(&self, scope: &Scope, date: Date) -> Option<DayCurve> {
        DayCurve::new(date, &self.zone, &self.planned_minutes(scope, date)?)
    }

    /// The same of a day that is ready, without working it out again.
    #[must_use]
    pub fn day_of(&self, scope: &Scope, at: Time) -> Option<Arc<DayCurve>> {
        self.day_at(scope, at)
    }

    /// Whether history or the configuration tells a usual of a scope for the days around now (see [`Self::roll`]).
    #[must_use]
    pub fn knows(&self, scope: &Scope) -> bool {
        self.ready.get(scope).is_some_and(|days| !days.is_empty())
    }

    /// How calls stray from the usual of the date of an instant.
    #[must_use]
    pub fn spread_at(&self, scope: &Scope, at: Time) -> Option<Spread> {
        self.spread(scope, curve::local_date(at, &self.zone))
    }

    /// A surge stood in a scope: see [`History::surged`].
    pub fn surged(&mut self, scope: &Scope, from: Time, to: Time) {
        if let Some(history) = &mut self.history {
            history.surged(scope, from, to);
        }
    }

    /// How calls stray from the usual of a date: see [`History::spread`].
    #[must_use]
    pub fn spread(&self, scope: &Scope, date: Date) -> Option<Spread> {
        self.history.as_ref().and_then(|h| h.spread(scope, date))
    }

    /// The highest half-hours of the days before the date of an instant: see [`History::heights`].
    #[must_use]
    pub fn heights(&self, scope: &Scope, at: Time, least: u32) -> Vec<(Date, f64)> {
        let before = curve::local_date(at, &self.zone);
        self.history.as_ref().map(|h| h.heights(scope, before, least)).unwrap_or_default()
    }

    fn day_at(&self, scope: &Scope, at: Time) -> Option<Arc<DayCurve>> {
        match self.ready_day(scope, at) {
            Some(day) => Some(Arc::clone(day)),
            // It was looked for, and there is none.
            None if self.ready_span.0 <= at && at < self.ready_span.1 && self.ready.contains_key(scope) => None,
            None => self.day(scope, curve::local_date(at, &self.zone)).map(Arc::new),
        }
    }

    fn ready_day(&self, scope: &Scope, at: Time) -> Option<&Arc<DayCurve>> {
        self.ready.get(scope)?.iter().find(|d| d.start() <= at && at < d.end())
    }
}
