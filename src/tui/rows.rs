//! The rows of each table, filtered and sorted: one truth for what is drawn and for what keys move over.

use crate::report::Words as _;
use std::cmp::Ordering;

use crate::alert::{IncidentState, IncidentView};
use crate::locale::Texts;
use crate::metrics::{FigureKey, Scope, Window};
use crate::model::{AgentState, FeedState, Time};
use crate::snapshot::{AgentView, FeedView, PoolView, ScopeView, Snapshot};

use super::ui::{RowKey, Ui, View};

/// A sort order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// What needs somebody first.
    Need,
    /// By name.
    Name,
    /// By state, the longest in it first.
    State,
    /// By a figure, the largest first; unknown ones last.
    Figure(FigureKey),
}

/// The sort orders of a view, the first as it starts.
#[must_use]
pub(super) const fn orders(view: View) -> &'static [Order] {
    match view {
        View::Wall => &[Order::Need],
        View::Queues => &[
            Order::Need,
            Order::Name,
            Order::Figure(FigureKey::Waiting),
            Order::Figure(FigureKey::LongestWait),
            Order::Figure(FigureKey::Offered),
            Order::Figure(FigureKey::AbandonRate),
            Order::Figure(FigureKey::Ratio),
        ],
        View::Agents => &[
            Order::State,
            Order::Name,
            Order::Figure(FigureKey::Answered),
            Order::Figure(FigureKey::Aht),
            Order::Figure(FigureKey::Occupancy),
            Order::Figure(FigureKey::NotReadyTime),
        ],
        View::Volume => &[
            Order::Need,
            Order::Name,
            Order::Figure(FigureKey::Offered),
            Order::Figure(FigureKey::Ratio),
            Order::Figure(FigureKey::Forecast),
        ],
        View::Incidents | View::Feeds | View::Staffing => &[Order::Need, Order::Name],
    }
}

/// The sort order in force.
#[must_use]
pub(super) fn order(ui: &Ui) -> Order {
    let all = orders(ui.view);
    all.get(ui.state().sort % all.len().max(1)).copied().unwrap_or(Order::Need)
}

/// The name of a sort order.
#[must_use]
pub(super) fn order_name(order: Order, texts: &Texts) -> String {
    match order {
        Order::Need => texts.t("sort.need").to_owned(),
        Order::Name => texts.t("sort.name").to_owned(),
        Order::State => texts.t("sort.state").to_owned(),
        Order::Figure(key) => texts.figure_short(key).to_owned(),
    }
}

/// Whether every word of the filter is in one of the texts, whatever its case.
#[must_use]
pub(super) fn matches(filter: &str, texts: &[&str]) -> bool {
    let texts: Vec<String> = texts.iter().map(|t| t.to_lowercase()).collect();
    filter.to_lowercase().split_whitespace().all(|word| texts.iter().any(|t| t.contains(word)))
}

/// Queues of the snapshot that pass the filter, in order.
#[must_use]
pub(super) fn queues<'a>(ui: &Ui, snapshot: &'a Snapshot, now: Time) -> Vec<&'a ScopeView> {
    let mut rows: Vec<&ScopeView> = ui.ordered(snapshot);
    rows.retain(|q| {
        matches(ui.filter(), &[q.name.as_str(), id(&q.scope), q.group.as_ref().map_or("", |g| g.as_str())])
    });
    match order(ui) {
        Order::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        Order::Figure(key) => {
            let value = |q: &ScopeView| q.figure(key, ui.window, &snapshot.rules, now).known();
            rows.sort_by(|a, b| largest_first(value(a), value(b)));
        }
        Order::Need | Order::State => {}
    }
    rows
}

/// Everything together where no filter is set, then queues: the rows of the volume view.
#[must_use]
pub(super) fn volumes<'a>(ui: &Ui, snapshot: &'a Snapshot) -> Vec<&'a ScopeView> {
    let all = Some(snapshot.all.as_ref()).filter(|_| ui.filter().trim().is_empty());
    all.into_iter().chain(queues(ui, snapshot, snapshot.at)).collect()
}

/// More pools than this are put in order by what they seem to lack: working out every plan takes its time.
const PLANNED: usize = 40;

/// Pools that pass the filter, those who lack most people first.
#[must_use]
pub(super) fn pools<'a>(ui: &Ui, snapshot: &'a Snapshot) -> Vec<&'a PoolView> {
    let mut rows: Vec<&PoolView> = snapshot.pools.iter().map(AsRef::as_ref).collect();
    rows.retain(|p| {
        let names: Vec<&str> = p.names.iter().map(crate::model::Label::as_str).collect();
        matches(ui.filter(), &names)
    });
    let few = rows.len() <= PLANNED;
    match order(ui) {
        Order::Name => rows.sort_by(|a, b| a.names.cmp(&b.names)),
        _ if few => rows.sort_by_key(|p| std::cmp::Reverse((p.gap(), p.basis.rate.calls.to_bits()))),
        _ => {
            let lack = |p: &PoolView| {
                let load = p.basis.rate.per_second() * p.basis.handle.map_or(0.0, |h| h.span.secs());
                load + load.sqrt() - f64::from(p.have())
            };
            rows.sort_by(|a, b| lack(b).total_cmp(&lack(a)));
        }
    }
    rows
}

/// What a pool's row is about: its first queue.
#[must_use]
pub(super) fn pool_key(pool: &PoolView) -> Option<RowKey> {
    pool.queues.first().map(|scope| RowKey::Queue(scope.clone()))
}

/// People signed in who serve no queue that is known: in no pool.
#[must_use]
pub(super) fn beyond_members(snapshot: &Snapshot) -> usize {
    let out = |a: &&std::sync::Arc<AgentView>| a.state.signed_in() && a.queues.is_empty();
    snapshot.agents.iter().filter(out).count()
}

/// The id of a scope, as its source names it.
#[must_use]
pub(super) fn id(scope: &Scope) -> &str {
    match scope {
        Scope::All => "",
        Scope::Group(name)
        | Scope::Line(name)
        | Scope::Team(name)
        | Scope::Area(name)
        | Scope::Menu(name)
        | Scope::Reason(name) => name.as_str(),
        Scope::Queue(_, id) => id.as_str(),
    }
}

fn largest_first(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// People of the snapshot that pass the filter (and the drill), in order.
#[must_use]
pub(super) fn agents<'a>(ui: &Ui, snapshot: &'a Snapshot) -> Vec<&'a AgentView> {
    let texts = Texts::get(ui.lang);
    let within = |a: &AgentView| match &ui.drill {
        Some(Scope::Queue(feed, queue)) => a.feed == *feed && a.queues.contains(queue),
        _ => true,
    };
    let mut rows: Vec<&AgentView> = snapshot.agents.iter().map(AsRef::as_ref).filter(|a| within(a)).collect();
    rows.retain(|a| {
        let label = |l: &Option<crate::model::Label>| l.as_ref().map_or(String::new(), ToString::to_string);
        let found = [a.name.as_str(), a.id.as_str(), texts.state(a.state), &label(&a.team), &label(&a.reason)];
        matches(ui.filter(), &found)
    });
    match order(ui) {
        Order::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        Order::Figure(key) => rows.sort_by(|a, b| largest_first(a.day.figure(key).known(), b.day.figure(key).known())),
        Order::Need | Order::State => rows.sort_by_key(|a| (std::cmp::Reverse(prominence(a.state)), a.since)),
    }
    rows
}

/// Which states stand first in the table of people.
const fn prominence(state: AgentState) -> u8 {
    match state {
        AgentState::Ready => 7,
        AgentState::Ringing => 6,
        AgentState::Talking => 5,
        AgentState::Holding => 4,
        AgentState::AfterCall => 3,
        AgentState::NotReady => 2,
        AgentState::Unknown => 1,
        AgentState::SignedOut => 0,
    }
}

/// Incidents that pass the filter: those nobody has, those somebody has, those over, those closed; newest first.
#[must_use]
pub(super) fn incidents<'a>(ui: &Ui, snapshot: &'a Snapshot) -> Vec<&'a IncidentView> {
    let texts = Texts::get(ui.lang);
    let mut rows: Vec<&IncidentView> = snapshot.incidents.iter().map(AsRef::as_ref).collect();
    rows.retain(|i| {
        matches(ui.filter(), &[i.name.as_str(), texts.alert(i.kind), texts.incident(i.state), &format!("#{}", i.id)])
    });
    match order(ui) {
        Order::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        _ => rows.sort_by_key(|i| (i.state, std::cmp::Reverse(i.opened_at))),
    }
    rows
}

/// Incidents that are not over yet, worst first.
#[must_use]
pub(super) fn standing(snapshot: &Snapshot) -> Vec<&IncidentView> {
    let mut rows: Vec<&IncidentView> = snapshot.incidents.iter().map(AsRef::as_ref).filter(|i| stands(i)).collect();
    rows.sort_by_key(|i| (i.state, std::cmp::Reverse(i.opened_at)));
    rows
}

/// Whether what raised an incident still lasts.
#[must_use]
pub(super) const fn stands(incident: &IncidentView) -> bool {
    matches!(incident.state, IncidentState::Open | IncidentState::Acknowledged)
}

/// Feeds that pass the filter, those in trouble first.
#[must_use]
pub(super) fn feeds<'a>(ui: &Ui, snapshot: &'a Snapshot) -> Vec<&'a FeedView> {
    let texts = Texts::get(ui.lang);
    let mut rows: Vec<&FeedView> = snapshot.feeds.iter().collect();
    rows.retain(|f| matches(ui.filter(), &[f.name.as_str(), texts.feed(&f.state)]));
    match order(ui) {
        Order::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        _ => rows.sort_by_key(|f| std::cmp::Reverse(trouble(&f.state))),
    }
    rows
}

/// How bad a feed's state is.
#[must_use]
pub(super) const fn trouble(state: &FeedState) -> u8 {
    match state {
        FeedState::Live => 0,
        FeedState::Late { .. } => 1,
        FeedState::Connecting => 2,
        FeedState::Away { .. } => 3,
        FeedState::Failed { .. } => 4,
    }
}

/// What the rows of the view one is in are about, in order. `Window` plays a part only in sorting.
#[must_use]
pub(super) fn keys(ui: &Ui, snapshot: &Snapshot) -> Vec<RowKey> {
    match ui.view {
        View::Wall => Vec::new(),
        View::Queues => queues(ui, snapshot, snapshot.at).into_iter().map(|q| RowKey::Queue(q.scope.clone())).collect(),
        View::Agents => agents(ui, snapshot).into_iter().map(|a| RowKey::Agent(a.feed.clone(), a.id.clone())).collect(),
        View::Incidents => incidents(ui, snapshot).into_iter().map(|i| RowKey::Incident(i.id)).collect(),
        View::Feeds => feeds(ui, snapshot).into_iter().map(|f| RowKey::Feed(f.name.clone())).collect(),
        View::Volume => volumes(ui, snapshot).into_iter().map(|s| RowKey::Queue(s.scope.clone())).collect(),
        View::Staffing => pools(ui, snapshot).into_iter().filter_map(pool_key).collect(),
    }
}

/// The place of the chosen row among these; the first where none is chosen or it is gone.
#[must_use]
pub(super) fn chosen(ui: &Ui, keys: &[RowKey]) -> usize {
    ui.state().chosen.as_ref().and_then(|c| keys.iter().position(|k| k == c)).unwrap_or(0)
}

/// The windows a table can be turned through.
pub(super) const WINDOWS: [Window; 6] =
    [Window::Min30, Window::Hour, Window::Interval, Window::Day, Window::Min5, Window::Min15];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_words_in_any_order_and_case() {
        for (filter, texts, want) in [
            ("", &["Sales"][..], true),
            ("SAL", &["Sales"][..], true),
            ("east sal", &["Sales", "North-East"][..], true),
            ("east west", &["Sales", "North-East"][..], false),
            ("报修", &["故障报修"][..], true),
        ] {
            assert_eq!(matches(filter, texts), want, "{filter}");
        }
    }
}
