//! The rules that are compared: bare ones, a guarded one, ours.

use std::rc::Rc;

use floorwatch::alert::Level;
use floorwatch::alert::surge::Detector;
use floorwatch::config::{SurgeRules, UsualProfile};
use floorwatch::model::{Span, Time};
use floorwatch::usual::{Calendar, DayCurve, History, Spread, Usual};

use super::center::Center;
use super::score::Rule;

/// Curves by day.
pub(crate) type Curves = Rc<Vec<Option<DayCurve>>>;

/// At least twice the usual over some minutes; over when under 1.5 times for ten minutes.
#[derive(Clone)]
pub(crate) struct Window {
    curves: Curves,
    day: usize,
    span: Span,
    least: f64,
    /// So many standard deviations of a Poisson count above the usual.
    sigmas: f64,
    calls: std::collections::VecDeque<Time>,
    stands: bool,
    calm_since: Option<Time>,
}

impl Window {
    /// Twice the usual over `minutes`, and no more.
    pub(crate) fn bare(curves: &Curves, minutes: i64) -> Self {
        Self {
            curves: curves.clone(),
            day: 0,
            span: Span::from_secs(60 * minutes),
            least: 1.0,
            sigmas: 0.0,
            calls: std::collections::VecDeque::new(),
            stands: false,
            calm_since: None,
        }
    }

    /// Twice the usual over ten minutes, with at least ten calls, four standard deviations above the usual.
    pub(crate) fn guarded(curves: &Curves) -> Self {
        Self { least: 10.0, sigmas: 4.0, ..Self::bare(curves, 10) }
    }

    fn judge(&mut self, now: Time) {
        while self.calls.front().is_some_and(|t| now - *t >= self.span) {
            self.calls.pop_front();
        }
        let Some(curve) = self.curves[self.day].as_ref() else { return };
        let (calls, usual) = (self.calls.len() as f64, curve.expected(now - self.span, now));
        if calls >= self.least && calls >= 2.0 * usual && calls >= usual + self.sigmas * usual.sqrt() {
            self.stands = true;
            self.calm_since = None;
        } else if self.stands && calls < 1.5 * usual {
            let since = *self.calm_since.get_or_insert(now);
            self.stands = now - since < Span::from_secs(600);
        } else {
            self.calm_since = None;
        }
    }
}

impl Rule for Window {
    fn day(&mut self, day: usize) {
        self.day = day;
    }
    fn arrival(&mut self, at: Time) {
        self.calls.push_back(at);
        self.judge(at);
    }
    fn second(&mut self, now: Time) {
        self.judge(now);
    }
    fn alarm(&self) -> bool {
        self.stands
    }
    fn idle(&self) -> bool {
        !self.stands
    }
}

/// Ours: the detector of the product with its own usual and its measured spread.
#[derive(Clone)]
pub(crate) struct Ours {
    detector: Detector,
    curves: Curves,
    spreads: Rc<Vec<Option<Spread>>>,
    day: usize,
}

impl Ours {
    pub(crate) fn new(curves: &Curves, spreads: &Rc<Vec<Option<Spread>>>, share: f64) -> Self {
        let rules = SurgeRules {
            ratio: 2.0,
            watch_ratio: 1.5,
            clear_ratio: 1.5,
            clear_min: 10,
            min_calls: 20,
            written_rule: true,
            budget_per_month: 2.0,
            quiet: floorwatch::config::QuietRule::Watch,
            new_normal_days: 5,
            new_normal_since: None,
        };
        Self { detector: Detector::new(rules, share), curves: curves.clone(), spreads: spreads.clone(), day: 0 }
    }
}

impl Rule for Ours {
    fn day(&mut self, day: usize) {
        self.day = day;
        if let Some(spread) = self.spreads[day] {
            self.detector.set_spread(spread);
        }
    }
    fn arrival(&mut self, at: Time) {
        let curve = self.curves[self.day].as_ref();
        self.detector.arrival(at, &|a, b| curve.map(|c| c.expected(a, b)));
    }
    fn second(&mut self, now: Time) {
        let curve = self.curves[self.day].as_ref();
        self.detector.second(now, &|a, b| curve.map(|c| c.expected(a, b)));
    }
    fn alarm(&self) -> bool {
        self.detector.standing().is_some_and(|s| s.level == Level::Alarm)
    }
    fn idle(&self) -> bool {
        self.detector.idle()
    }
}

/// The product's usual and spread of each day, as known on the day itself.
pub(crate) fn learnt(center: &Center) -> (Curves, Rc<Vec<Option<Spread>>>) {
    let scope = Center::scope();
    let mut history = History::new(center.zone.clone(), Calendar::default(), 3);
    center.days.iter().flatten().for_each(|at| history.arrival(&scope, *at));
    let usual = Usual::learnt(&UsualProfile::default(), history, center.zone.clone());
    let days = 0..center.days.len();
    (
        Rc::new(days.clone().map(|day| usual.day(&scope, center.date(day))).collect()),
        Rc::new(days.map(|day| usual.spread(&scope, center.date(day))).collect()),
    )
}
