//! Pools of shared skills: queues that share people, and how many people they need.

use std::sync::{Arc, OnceLock};

use super::day::DayView;
use super::views::PeopleView;
use crate::metrics::{FigureKey, Scope, Slot, Unknown, Value};
use crate::model::{Label, Time};
use crate::staffing::{Basis, Outlook, Plan};
use crate::usual::forecast::Half;

/// What a pool's forecast is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ForecastOf {
    /// The usual of its queues, or of everything where it is everything.
    Own,
    /// Not all its queues have a usual: the usual of everything, by the pool's share of today's calls.
    Share,
    /// No usual is known.
    #[default]
    Nothing,
}

/// Queues that share people by membership now, renewed every ten seconds. What is needed of them is needed of all
/// together.
#[derive(Clone, Debug)]
pub struct PoolView {
    /// Its queues, in the order of the snapshot's.
    pub queues: Vec<Scope>,
    /// Their names.
    pub names: Vec<Label>,
    /// Its people by what they do now, each once.
    pub people: PeopleView,
    /// A feed of it is not live since.
    pub stale_since: Option<Time>,
    /// Its queues have different service levels: the strictest is planned for.
    pub mixed: bool,
    /// What the plan rests on.
    pub basis: Basis,
    /// The days of its queues.
    pub days: Vec<Arc<DayView>>,
    /// The day of everything.
    pub all: Arc<DayView>,
    /// It is all the queues there are.
    pub whole: bool,
    plan: OnceLock<Plan>,
    outlook: OnceLock<Outlook>,
}

/// Slots of people who are on the pool's calls, or ready for one.
pub const AT_WORK: [Slot; 7] =
    [Slot::Ready, Slot::Ringing, Slot::TalkIn, Slot::TalkRouted, Slot::TalkOther, Slot::Holding, Slot::AfterCall];

impl PoolView {
    /// A pool of these queues and their days; what is not given is as of a pool without people and calls.
    #[must_use]
    pub fn new(queues: Vec<(Scope, Label)>, days: Vec<Arc<DayView>>, all: Arc<DayView>, basis: Basis) -> Self {
        let (queues, names) = queues.into_iter().unzip();
        Self {
            queues,
            names,
            people: PeopleView::default(),
            stale_since: None,
            mixed: false,
            basis,
            days,
            all,
            whole: false,
            plan: OnceLock::new(),
            outlook: OnceLock::new(),
        }
    }

    /// The plan, worked out when first looked at.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        self.plan.get_or_init(|| Plan::of(&self.basis, &self.ahead().1))
    }

    /// What the next hours bring, worked out when first looked at.
    #[must_use]
    pub fn outlook(&self) -> &Outlook {
        self.outlook.get_or_init(|| Outlook::of(&self.basis, &self.ahead().1, self.plan()))
    }

    /// People on its calls or ready for one.
    #[must_use]
    pub const fn have(&self) -> u32 {
        self.basis.have
    }

    /// 缺口: needed less those who are here.
    #[must_use]
    pub fn gap(&self) -> Option<i64> {
        self.plan().gap(self.basis.have).filter(|_| self.basis.people_told)
    }

    /// `agents_needed` and `gap`; `None` for any other key.
    #[must_use]
    pub fn figure(&self, key: FigureKey) -> Option<Value> {
        #[expect(clippy::cast_precision_loss, reason = "people of a center")]
        let whole = |n: Option<i64>| n.map_or(Value::NoDenominator, |n| Value::Known(n as f64));
        let told = |value| if self.stale_since.is_some() { Value::Unknown(Unknown::FeedAway) } else { value };
        match key {
            FigureKey::AgentsNeeded => Some(told(whole(self.plan().needed().map(i64::from)))),
            FigureKey::Gap if !self.basis.people_told => Some(Value::Unknown(Unknown::NotTold)),
            FigureKey::Gap => Some(told(whole(self.gap()))),
            _ => None,
        }
    }

    /// What its forecast is made of, and the half-hours from the running one on.
    #[must_use]
    pub fn ahead(&self) -> (ForecastOf, Vec<Half>) {
        if self.whole
            && let Some(all) = self.all.forecast()
        {
            return (ForecastOf::Own, all.ahead().copied().collect());
        }
        let own: Option<Vec<_>> = self.days.iter().map(|d| d.forecast()).collect();
        if let Some(own) = own.filter(|own| !own.is_empty()) {
            return (ForecastOf::Own, added(own.iter().map(|f| f.ahead().copied().collect())));
        }
        let calls = |day: &DayView| day.calls.iter().map(|c| f64::from(*c)).sum::<f64>();
        let (mine, all) = (self.days.iter().map(|d| calls(d)).sum::<f64>(), calls(&self.all));
        match self.all.forecast() {
            Some(forecast) if mine >= 1.0 && all >= 20.0 => {
                let share = (mine / all).min(1.0);
                (ForecastOf::Share, forecast.ahead().map(|h| scaled(h, share)).collect())
            }
            _ => (ForecastOf::Nothing, Vec::new()),
        }
    }
}

/// Half by half; bands as of queues that surge together, which is on the safe side.
fn added(parts: impl Iterator<Item = Vec<Half>>) -> Vec<Half> {
    let mut sum: Vec<Half> = Vec::new();
    for part in parts {
        if sum.is_empty() {
            sum = part;
            continue;
        }
        for (a, b) in sum.iter_mut().zip(part) {
            a.usual += b.usual;
            a.came = a.came.zip(b.came).map(|(a, b)| a + b);
            a.expected += b.expected;
            a.low += b.low;
            a.high += b.high;
        }
    }
    sum
}

fn scaled(half: &Half, share: f64) -> Half {
    Half {
        usual: half.usual * share,
        came: half.came.map(|c| c * share),
        expected: half.expected * share,
        low: half.low * share,
        high: half.high * share,
        ..*half
    }
}
