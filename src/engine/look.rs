//! The figures at an instant, as the alert rules ask for them.

use std::collections::HashMap;

use super::books::Books;
use crate::alert::rules::{Figures, Reading, RuleFigure};
use crate::config::QueueRules;
use crate::floor::{Scope, ScopeIx};
use crate::metrics::{FigureKey, Unit, Window};
use crate::model::{Label, Time};
use crate::roster::{Discipline, Presence};
use crate::usual::Usual;

/// What a scope's queues have in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    pub rules: QueueRules,
    pub live: bool,
}

/// A look at everything.
pub(super) struct Look<'a> {
    books: &'a mut Books,
    usual: &'a Usual,
    discipline: &'a Discipline,
    now: Time,
    scopes: Vec<(Scope, Label)>,
    by_scope: HashMap<Scope, (ScopeIx, Common)>,
    above: HashMap<Scope, Vec<Scope>>,
}

impl<'a> Look<'a> {
    /// `common` is by [`ScopeIx`].
    pub(super) fn new(
        books: &'a mut Books,
        usual: &'a Usual,
        discipline: &'a Discipline,
        now: Time,
        common: Vec<Common>,
    ) -> Self {
        let site = books.settings().site.name.clone();
        let floor = books.floor();
        let (mut scopes, mut by_scope, mut above) = (Vec::new(), HashMap::new(), HashMap::new());
        for ((ix, state), common) in (0u32..).zip(floor.scopes()).zip(common) {
            let name = match &state.scope {
                Scope::All => site.clone(),
                Scope::Group(name)
                | Scope::Line(name)
                | Scope::Team(name)
                | Scope::Area(name)
                | Scope::Menu(name)
                | Scope::Reason(name) => name.clone(),
                Scope::Queue(_, id) => Label::new(id.as_str()),
            };
            scopes.push((state.scope.clone(), name));
            by_scope.insert(state.scope.clone(), (ix, common));
        }
        for queue in floor.queues() {
            if let Some((scope, name)) = scopes.get_mut(queue.scope as usize) {
                *name = queue.name.clone();
                let parents = queue.parents.iter().filter_map(|ix| floor.scopes().get(*ix as usize));
                above.insert(scope.clone(), parents.map(|s| s.scope.clone()).collect());
            }
        }
        // Teams of the plan nobody of whom has been seen yet have figures of attendance all the same.
        for team in discipline.teams() {
            let scope = Scope::Team(team.clone());
            if !by_scope.contains_key(&scope) {
                scopes.push((scope, team.clone()));
            }
        }
        Self { books, usual, discipline, now, scopes, by_scope, above }
    }

    fn kpi(&mut self, scope: &Scope, key: FigureKey, window: Window) -> Option<Reading> {
        let (ix, common) = self.by_scope.get(scope)?;
        let (ix, rules) = (*ix, common.rules.clone());
        if let Some(value) = self.books.now_in(ix).figure(key, self.now) {
            // Where nobody waits, nobody waits long.
            let value = value.known().or((key == FigureKey::LongestWait).then_some(0.0));
            return Some(Reading { value, parts: None, sample: None });
        }
        let mut tally = self.books.tally(ix, window);
        if matches!(key, FigureKey::Usual | FigureKey::Ratio) {
            let begun = self.books.span().map_or(self.now, |(first, _)| first);
            let from = self.books.metrics().window_from(ix, window).unwrap_or(begun).max(begun);
            tally.usual = self.usual.expected(scope, from, self.now);
        }
        let settings = self.books.settings();
        let value = tally.figure(key, &settings.figures, &rules).known();
        let sample = tally.sample(key, &settings.figures, &rules);
        let parts =
            tally.parts(key, &settings.figures, &rules).filter(|_| sample.is_some() && key.unit() == Unit::Share);
        #[expect(clippy::cast_possible_truncation, reason = "parts of such a share are counts")]
        let parts = parts.map(|p| (p.part.round() as i64, p.whole.round() as i64));
        Some(Reading { value, parts, sample })
    }

    fn roster(&self, scope: &Scope, at: usize) -> Option<Reading> {
        if self.discipline.plan().is_empty() {
            return None;
        }
        let presence = match scope {
            Scope::All => self.discipline.presence(None),
            Scope::Team(team) => self.discipline.presence(Some(team)),
            _ => return None,
        };
        Some(of_presence(&presence, at))
    }
}

/// A figure of the plan, by its place in [`crate::config::AlertRule::ROSTER`].
fn of_presence(p: &Presence, at: usize) -> Reading {
    let count = |n: u32| Reading::of(f64::from(n));
    let share = |parts: Option<(u64, u64)>| {
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let parts = parts.map(|(part, all)| (whole(part), whole(all)));
        #[expect(clippy::cast_precision_loss, reason = "people and seconds of a shift")]
        Reading { value: parts.map(|(part, all)| part as f64 / all as f64), parts: None, sample: parts.map(|p| p.1) }
    };
    match at {
        0 => count(p.expected),
        1 => count(p.present),
        2 => count(p.absent),
        3 => count(p.late),
        4 => share(p.attendance()),
        _ => share(p.adherence()),
    }
}

impl Figures for Look<'_> {
    fn scopes(&self) -> Vec<(Scope, Label)> {
        self.scopes.clone()
    }

    fn reading(&mut self, scope: &Scope, figure: RuleFigure, window: Window) -> Option<Reading> {
        match figure {
            RuleFigure::Kpi(key) => self.kpi(scope, key, window),
            RuleFigure::Roster(at) => self.roster(scope, at),
        }
    }

    fn live(&self, scope: &Scope) -> bool {
        self.by_scope.get(scope).is_none_or(|(_, common)| common.live)
    }

    fn above(&self, scope: &Scope) -> Vec<Scope> {
        match scope {
            Scope::All => Vec::new(),
            Scope::Queue(..) => self.above.get(scope).cloned().unwrap_or_default(),
            _ => vec![Scope::All],
        }
    }
}
