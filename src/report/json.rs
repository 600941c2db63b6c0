//! Figures of a recording as JSON: keys of KPI.md, counts whole, seconds as `_s`, shares 0–1, `null` where there is no
//! denominator or the feed cannot tell.

use super::keys;
use super::object::Object;
use super::plans::Plans;
use super::scope_json::{Rules, ScopeSheet, agent_object};
use crate::config::PrivacyMode;
use crate::engine::Books;
use crate::metrics::{AgentTally, Now, Part, Scope};
use crate::model::{Anomaly, Label, Time};

/// A span of a recording, and what is known of it beside the books.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub part: Part,
    /// First instant, and first after; `None` where nothing came or no times are known.
    pub from: Option<Time>,
    pub to: Option<Time>,
    /// Every scope at the end of it.
    pub nows: Vec<Now>,
    /// The end, for what is counted up to it.
    pub at: Time,
    pub anomalies: Vec<(Anomaly, u64)>,
    /// One of many: who did nothing in it is left out.
    pub lean: bool,
    /// A span cut out of the recording.
    pub cut: bool,
    /// The recording tells times.
    pub times: bool,
}

/// Everything a recording gave, over its whole span: `{"window", "all", "queues", "agents", "anomalies"}`, and `groups`,
/// `lines` and `teams` where there are any.
#[must_use]
pub fn whole(books: &mut Books) -> Object {
    let span = books.span();
    let sheet = Sheet {
        part: Part::Running,
        from: span.map(|s| s.0),
        to: span.map(|s| s.1),
        nows: nows(books),
        at: books.floor().now(),
        anomalies: counted(books),
        lean: false,
        cut: false,
        times: true,
    };
    sheet.object(books)
}

/// Every scope at this instant.
pub(super) fn nows(books: &mut Books) -> Vec<Now> {
    let count = u32::try_from(books.floor().scopes().len()).unwrap_or(0);
    (0..count).map(|scope| books.now_in(scope)).collect()
}

/// What did not fit, counted by kind over all feeds.
pub(super) fn counted(books: &Books) -> Vec<(Anomaly, u64)> {
    let feeds: Vec<_> = books.floor().feeds().iter().map(crate::floor::Feed::anomalies).collect();
    let of = |kind: Anomaly| feeds.iter().flatten().filter(|(k, _)| *k == kind).map(|(_, n)| n).sum::<u64>();
    Anomaly::ALL.iter().map(|kind| (*kind, of(*kind))).filter(|(_, n)| *n > 0).collect()
}

/// What did not fit, as an object of kinds.
#[must_use]
pub fn anomalies(books: &Books) -> Object {
    anomalies_object(&counted(books))
}

fn anomalies_object(counted: &[(Anomaly, u64)]) -> Object {
    let mut o = Object::new();
    for (kind, n) in counted {
        o.put(kind.word(), i64::try_from(*n).unwrap_or(i64::MAX));
    }
    o
}

/// RFC 3339 with the site's offset.
fn local(books: &Books, at: Time) -> String {
    let zoned = at.to_jiff().to_zoned(books.settings().site.time_zone.clone());
    zoned.timestamp().display_with_offset(zoned.offset()).to_string()
}

impl Sheet {
    pub(super) fn object(&self, books: &mut Books) -> Object {
        let settings = books.settings().clone();
        books.roll_usual(self.from.unwrap_or(self.at));
        let rules = Rules { figures: &settings.figures, times: self.times };
        let people = self.people(books);
        let mut o = Object::new();
        let at = |t: Option<Time>| t.filter(|_| self.times).map(|t| local(books, t));
        let mut window = Object::new();
        window.put("from", at(self.from)).put("to", at(self.to));
        o.put("window", window);
        // What is planned is planned from the end of a recording on, not from spans cut out of it: there it is null.
        let plans = if self.cut { Plans::default() } else { Plans::of(books) };
        let mut all = self.scope(books, 0).object(&settings.queue_defaults, rules, &[keys::DOOR, keys::ALL]);
        plans.put(&mut all, 0, &Scope::All, self.times);
        o.put("all", all);
        self.named_scopes(books, rules, &mut o);
        o.put("queues", self.queues(books, rules, &plans));
        let teams = self.teams(books, rules, &people);
        if !teams.is_empty() {
            o.put("teams", teams);
        }
        o.put("agents", self.agents(books, rules, &people));
        o.put("anomalies", anomalies_object(&self.anomalies));
        o
    }

    pub(super) fn scope(&self, books: &mut Books, scope: u32) -> ScopeSheet {
        let now = self.nows.get(scope as usize).copied().unwrap_or_default();
        let mut tally = books.part(scope, self.part);
        if let Some((from, to)) = self.from.zip(self.to) {
            tally.usual = books.usual_in(scope, from, to);
        }
        if scope == 0 {
            tally.present = count(self.people(books).iter().filter(|p| p.present()).count());
        }
        let waiting_to = match self.part {
            Part::Running => i64::from(now.waiting),
            Part::Before => books.metrics().waiting_from(scope, Part::Running),
        };
        ScopeSheet { tally, now, at: self.at, waiting_from: books.metrics().waiting_from(scope, self.part), waiting_to }
    }

    /// Groups and lines, by name.
    fn named_scopes(&self, books: &mut Books, rules: Rules<'_>, o: &mut Object) {
        let settings = books.settings().clone();
        let (mut groups, mut lines): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
        for (ix, state) in (0u32..).zip(books.floor().scopes()) {
            match &state.scope {
                Scope::Group(name) => groups.push((name.clone(), ix)),
                Scope::Line(name) => lines.push((name.clone(), ix)),
                Scope::All | Scope::Team(_) | Scope::Queue(..) | Scope::Area(_) | Scope::Menu(_) | Scope::Reason(_) => {
                }
            }
        }
        for (key, mut named, more) in [("groups", groups, None), ("lines", lines, Some(keys::DOOR))] {
            named.sort();
            let mut list = Object::new();
            for (name, scope) in named {
                let sheet = self.scope(books, scope);
                if self.lean && sheet.is_empty() {
                    continue;
                }
                let member = books.floor().queues().iter().find(|q| q.parents.contains(&scope));
                let queue = member.map_or_else(|| settings.queue_defaults.clone(), |q| q.rules.clone());
                list.put_named(name.as_str(), sheet.object(&queue, rules, more.as_slice()));
            }
            if !list.is_empty() {
                o.put(key, list);
            }
        }
    }

    fn queues(&self, books: &mut Books, rules: Rules<'_>, plans: &Plans) -> Object {
        let many = books.floor().feeds().len() > 1;
        let mut list = Object::new();
        for ix in 0..books.floor().queues().len() {
            let Some(queue) = books.floor().queues().get(ix).cloned() else { continue };
            let sheet = self.scope(books, queue.scope);
            if self.lean && sheet.is_empty() {
                continue;
            }
            let mut object = sheet.object(&queue.rules, rules, &[]);
            let scope = Scope::Queue(queue.feed.clone(), queue.id.clone());
            plans.put(&mut object, queue.scope, &scope, self.times);
            object.put("name", queue.name.as_str());
            object.put("group", queue.group.as_ref().map(Label::as_str));
            object.put("feed", queue.feed.as_str());
            object.put("site", books.settings().site.name.as_str());
            list.put_named(prefixed(many, queue.feed.as_str(), queue.id.as_str()), object);
        }
        list
    }

    fn people(&self, books: &mut Books) -> Vec<AgentTally> {
        let count = u32::try_from(books.floor().agents().len()).unwrap_or(0);
        (0..count).map(|agent| books.person_part(agent, self.part)).collect()
    }

    fn agents(&self, books: &Books, rules: Rules<'_>, people: &[AgentTally]) -> Object {
        let many = books.floor().feeds().len() > 1;
        let mode = books.settings().privacy.mode;
        let mut list = Object::new();
        for (n, (agent, tally)) in books.floor().agents().iter().zip(people).enumerate() {
            if self.lean && tally.is_empty() || mode == PrivacyMode::Team {
                continue;
            }
            // In the order first seen: the number says nothing of whose it is, and is the same each time.
            let (id, name) = match mode {
                PrivacyMode::Pseudonym => (format!("P-{}", n + 1), None),
                _ => (agent.id.to_string(), agent.name.as_ref()),
            };
            let feed = books.floor().feed_of(agent).map(|f| f.name.clone()).unwrap_or_default();
            let mut object = agent_object(tally, rules, |t| local(books, t));
            object.put("name", name.map_or(id.as_str(), |n| n.as_str()));
            object.put("team", agent.team.as_ref().map(Label::as_str));
            object.put("feed", feed.as_str());
            object.put("site", books.settings().site.name.as_str());
            list.put_named(prefixed(many, feed.as_str(), &id), object);
        }
        list
    }

    /// People of a team together: their calls, and their time while they were in it.
    fn teams(&self, books: &mut Books, rules: Rules<'_>, people: &[AgentTally]) -> Object {
        let mut teams: Vec<(Label, u32)> = Vec::new();
        for (ix, state) in (0u32..).zip(books.floor().scopes()) {
            if let Scope::Team(name) = &state.scope {
                teams.push((name.clone(), ix));
            }
        }
        teams.sort();
        let mut list = Object::new();
        for (name, scope) in teams {
            let mut sum = AgentTally::default();
            let (mut members, mut present) = (0, 0);
            for (agent, tally) in books.floor().agents().iter().zip(people) {
                if agent.team.as_ref() == Some(&name) {
                    sum.merge(tally);
                    members += 1;
                    present += usize::from(tally.present());
                }
            }
            sum.time = books.part(scope, self.part).people;
            let privacy = &books.settings().privacy;
            let few = privacy.mode == PrivacyMode::Team && members < privacy.team_min as usize;
            if self.lean && sum.is_empty() || few {
                continue;
            }
            books.complete_team(&mut sum);
            let mut object = agent_object(&sum, rules, |t| local(books, t));
            let heads = crate::metrics::Value::ratio(
                sum.figure(crate::metrics::FigureKey::Orders).known().unwrap_or(0.0),
                f64::from(u32::try_from(present).unwrap_or(0)),
            );
            let heads = if sum.tags_known { heads } else { crate::metrics::Value::NoDenominator };
            object.put("orders_per_head", rules.number(crate::metrics::FigureKey::OrdersPerHead, heads));
            object.put("members", count(members)).put("present", count(present));
            list.put_named(name.as_str(), object);
        }
        list
    }
}

fn count(n: usize) -> Option<i64> {
    i64::try_from(n).ok()
}

fn prefixed(many: bool, feed: &str, id: &str) -> String {
    if many { format!("{feed}/{id}") } else { id.to_owned() }
}
