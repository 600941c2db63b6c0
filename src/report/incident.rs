//! An incident as people read it: who has it, what is due, the checklist, the two clocks, and everything done. One text for the
//! screens, the command line and the incident report 事故报告.

mod story;

use jiff::tz::TimeZone;

use crate::alert::{IncidentView, NextStep, Plan, Work};
use crate::config::LadderWho;
use crate::locale::Texts;
use crate::model::{Label, Readers, StepState, Time, Verdict};

use super::words::Words as _;

/// How a line stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As it is.
    Plain,
    /// Done.
    Done,
    /// Coming.
    Soon,
    /// Overdue, or nobody.
    Late,
}

/// A line of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about; may be empty.
    pub label: String,
    /// What is said.
    pub text: String,
    /// How it stands out.
    pub mark: Mark,
}

/// Lines under a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// What the texts are made in and for.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'t> {
    /// The language.
    pub texts: &'t Texts,
    /// The site's zone.
    pub zone: &'t TimeZone,
    /// The instant it is read at.
    pub now: Time,
}

fn line(label: impl Into<String>, text: impl Into<String>, mark: Mark) -> Line {
    Line { label: label.into(), text: text.into(), mark }
}

impl Reading<'_> {
    /// Time of day, with the date where it is another day.
    #[must_use]
    pub fn clock(&self, at: Time) -> String {
        let local = |t: Time| t.to_jiff().to_zoned(self.zone.clone());
        let there = local(at);
        let form = if there.date() == local(self.now).date() { "%H:%M" } else { "%m-%d %H:%M" };
        there.strftime(form).to_string()
    }

    /// Minutes and seconds until an instant, "4:05".
    #[must_use]
    pub fn left(&self, at: Time) -> String {
        let s = at.since(self.now).or_zero().whole_secs();
        if s >= 3600 {
            format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
        } else {
            format!("{}:{:02}", s / 60, s % 60)
        }
    }

    /// The name of a role; one of the user's own as it is written.
    #[must_use]
    pub fn role<'r>(&'r self, role: &'r Label) -> &'r str {
        self.texts.under("role", role.as_str())
    }

    /// Whom the next step of the ladder tells, and how soon.
    #[must_use]
    pub fn next(&self, next: &NextStep) -> String {
        let backup =
            if next.who == LadderWho::Backup { format!(" {}", self.texts.t("sheet.backup")) } else { String::new() };
        let role = format!("{}{backup}", self.role(&next.role));
        self.fill("sheet.next_in", &[("role", &role), ("left", &self.left(next.at))])
    }

    /// What an incident is about, as its playbook calls it, with the mark of a drill.
    #[must_use]
    pub fn kind(&self, incident: &IncidentView) -> String {
        let by_hand = incident.plan.title.get(self.texts.lang());
        let what = if incident.kind == crate::alert::AlertKind::Manual && !by_hand.is_empty() {
            by_hand
        } else {
            self.texts.alert(incident.kind)
        };
        let drill = if incident.plan.drill { format!("{} ", self.texts.t("sheet.drill")) } else { String::new() };
        format!("{drill}{what}")
    }

    /// What it is about, and where.
    #[must_use]
    pub fn title(&self, incident: &IncidentView) -> String {
        format!("{} · {}", self.kind(incident), incident.name)
    }

    /// The next step of the checklist nobody has said anything of: its number, of how many, and what it is.
    #[must_use]
    pub fn next_step<'i>(&self, incident: &'i IncidentView) -> Option<(usize, usize, &'i str)> {
        let open = |step: &&crate::alert::PlaybookStep| {
            incident.work.step(&step.id).is_none_or(|(_, state, _)| *state == StepState::Open)
        };
        let at = incident.plan.steps.iter().position(|step| open(&step))?;
        let step = incident.plan.steps.get(at)?;
        Some((at + 1, incident.plan.steps.len(), step.text.get(self.texts.lang())))
    }

    /// All sections that have something to say.
    #[must_use]
    pub fn sections(&self, incident: &IncidentView) -> Vec<Section> {
        let (plan, work) = (&*incident.plan, &*incident.work);
        let all = [
            ("sheet.carried", self.carried(incident)),
            ("sheet.steps", self.steps(incident)),
            ("sheet.front_line", self.front_line(work)),
            ("sheet.dispatch", self.dispatch(work)),
            ("sheet.wording", self.wording(work)),
            ("sheet.measures", self.measures(work)),
            ("sheet.assignments", self.assignments(work)),
            ("sheet.fault", self.fault(plan, work)),
            ("sheet.counts", self.counts(work)),
            ("sheet.after", self.after(work)),
        ];
        let section = |(key, lines): (&'static str, Vec<Line>)| Section { title: self.texts.t(key).to_owned(), lines };
        all.into_iter().filter(|(_, lines)| !lines.is_empty()).map(section).collect()
    }

    pub(super) fn fill(&self, key: &'static str, values: &[(&str, &str)]) -> String {
        self.texts.fill(key, values)
    }

    /// Who has it, who was told, what comes next, what is due.
    #[must_use]
    pub fn carried(&self, incident: &IncidentView) -> Vec<Line> {
        let plan = &*incident.plan;
        let mut lines = Vec::new();
        let t = |key| self.texts.t(key).to_owned();
        if let Some(owner) = &plan.owner {
            let until =
                self.fill("sheet.until", &[("time", &self.clock(owner.until)), ("left", &self.left(owner.until))]);
            let role = owner.role.as_ref().map(|r| format!(" · {}", self.role(r))).unwrap_or_default();
            let typed = owner.typed_by.as_ref().map(|by| self.fill("sheet.typed_by", &[("name", by.as_str())]));
            let typed = typed.map(|t| format!("  {t}")).unwrap_or_default();
            let mark = if incident.state.stands() { Mark::Soon } else { Mark::Plain };
            let since = self.clock(owner.since);
            let text = if incident.state.stands() { format!("{since}  {until}") } else { since };
            lines.push(line(t("incidents.owner"), format!("{}{role}  {text}{typed}", owner.who), mark));
        } else if incident.state.stands() && plan.next.is_none() && !plan.roster {
            lines.push(line(t("sheet.ladder"), t("sheet.no_roster"), Mark::Soon));
        }
        for told in &plan.told {
            let role = self.role(&told.role);
            let backup = if told.backup { format!(" {}", self.texts.t("sheet.backup")) } else { String::new() };
            let (who, mark) = if let Some(person) = &told.person {
                let code = self.fill("sheet.code", &[("code", told.code.as_str())]);
                (format!("{person}  {code}"), Mark::Plain)
            } else {
                (self.texts.t("sheet.nobody").to_owned(), Mark::Late)
            };
            lines.push(line(t("sheet.told"), format!("{} {role}{backup}  {who}", self.clock(told.at)), mark));
        }
        if let Some(next) = &plan.next {
            lines.push(line(t("sheet.next"), self.next(next), Mark::Late));
        }
        for due in &plan.dues {
            let to = match due.to {
                Readers::Managers => self.texts.t("readers.managers"),
                Readers::Business => self.texts.t("readers.business"),
            };
            lines.push(self.due(&t("sheet.update"), &format!("{to}  "), due.at));
        }
        if let Some((since, until)) = &incident.work.ups {
            let left = self.fill("sheet.ups_left", &[("time", &self.clock(*since)), ("left", &self.left(*until))]);
            lines.push(line("UPS", left, if *until <= self.now { Mark::Late } else { Mark::Soon }));
        }
        lines
    }

    /// Due at an instant, or overdue since.
    fn due(&self, label: &str, before: &str, at: Time) -> Line {
        let late = at <= self.now;
        let key = if late { "sheet.overdue" } else { "sheet.due" };
        let text = self.fill(key, &[("time", &self.clock(at)), ("left", &self.left(at))]);
        line(label, format!("{before}{text}"), if late { Mark::Late } else { Mark::Plain })
    }

    fn steps(&self, incident: &IncidentView) -> Vec<Line> {
        let mut lines = Vec::new();
        for (n, step) in (1..).zip(incident.plan.steps.iter()) {
            let known = incident.work.step(&step.id).filter(|(_, state, _)| *state != StepState::Open);
            let due = step.due.map(|due| incident.opened_at + due);
            let role = step.role.as_ref().map(|r| self.role(r)).unwrap_or_default();
            let text = step.text.get(self.texts.lang());
            let (sign, said, mark) = match (known, due) {
                (Some((_, state, (at, by))), _) => {
                    let (sign, word) =
                        if *state == StepState::Done { ("✓", "") } else { ("–", self.texts.t("sheet.skipped")) };
                    (sign, format!("{word} {} {by}", self.clock(*at)).trim().to_owned(), Mark::Done)
                }
                (None, Some(due)) if incident.state.stands() => {
                    let due = self.due("", "", due);
                    ("·", format!("{role} {}", due.text), due.mark)
                }
                _ => ("·", role.to_owned(), Mark::Plain),
            };
            lines.push(line(format!("{sign} {n}"), format!("{text}  [{said}]"), mark));
        }
        lines
    }

    fn front_line(&self, work: &Work) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some((text, (at, by))) = &work.front_line {
            lines.push(line(self.clock(*at), format!("{text}  {by}"), Mark::Done));
        }
        let mut tally = work.tally.clone();
        tally.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let said: Vec<String> = tally.iter().map(|(area, n)| format!("{area} {n}")).collect();
        if !said.is_empty() {
            lines.push(line(self.texts.t("sheet.tally"), said.join(" · "), Mark::Plain));
        }
        lines
    }

    fn dispatch(&self, work: &Work) -> Vec<Line> {
        let mut lines = Vec::new();
        for told in &work.dispatch {
            let (at, by) = &told.told;
            lines.push(line(
                self.clock(*at),
                format!("{} {}  {by}", self.texts.t("sheet.told"), told.whom),
                Mark::Plain,
            ));
            match (&told.answer, told.due) {
                (Some((text, at)), _) => lines.push(line(self.clock(*at), text.as_str(), Mark::Done)),
                (None, Some(due)) => lines.push(self.due(self.texts.t("sheet.answer"), "", due)),
                (None, None) => {}
            }
            if let Some(repair) = told.repair {
                lines.push(line(self.texts.t("sheet.repair"), self.clock(repair), Mark::Plain));
            }
        }
        lines
    }

    fn wording(&self, work: &Work) -> Vec<Line> {
        let last = work.wordings.last().map_or(0, |w| w.version);
        let say = |w: &crate::alert::Wording| {
            let teams: Vec<&str> = w.read.iter().map(|(team, _)| team.as_str()).collect();
            let read = if teams.is_empty() {
                self.texts.t("sheet.read_none").to_owned()
            } else {
                self.fill("sheet.read_by", &[("teams", &teams.join(", "))])
            };
            let mark = if w.version == last { Mark::Soon } else { Mark::Plain };
            line(format!("v{} {}", w.version, self.clock(w.since.0)), format!("{}  [{read}]", w.text), mark)
        };
        work.wordings.iter().rev().map(say).collect()
    }

    pub(super) fn measures(&self, work: &Work) -> Vec<Line> {
        let say = |m: &crate::alert::Measure| {
            let stages = [("asked", m.asked), ("in_force", m.in_force), ("effect", m.effect), ("ended", m.ended)];
            let said: Vec<String> = stages
                .iter()
                .filter_map(|(word, at)| at.map(|at| format!("{} {}", self.texts.under("stage", word), self.clock(at))))
                .collect();
            let text = m.text.as_ref().map(|t| format!("  {t}")).unwrap_or_default();
            let mark = if m.in_force.is_some() { Mark::Done } else { Mark::Soon };
            line(self.texts.under("measure", m.name.as_str()), format!("{}{text}", said.join(" → ")), mark)
        };
        work.measures.iter().map(say).collect()
    }

    fn assignments(&self, work: &Work) -> Vec<Line> {
        let say = |a: &crate::alert::Assignment| {
            let label = format!("{} {}", a.n, self.role(&a.to));
            match (&a.done, a.due) {
                (Some((at, by)), _) => line(label, format!("✓ {}  {} {by}", a.text, self.clock(*at)), Mark::Done),
                (None, Some(due)) => self.due(&label, &format!("{}  ", a.text), due),
                (None, None) => line(label, a.text.as_str(), Mark::Plain),
            }
        };
        work.assignments.iter().map(say).collect()
    }

    fn fault(&self, plan: &Plan, work: &Work) -> Vec<Line> {
        let mut lines = Vec::new();
        let a = &work.announcement;
        let stages = [("drafted", &a.drafted), ("reviewed", &a.reviewed), ("issued", &a.issued), ("ended", &a.ended)];
        let said: Vec<String> = stages
            .iter()
            .filter_map(|(word, deed)| {
                let (at, by) = deed.as_ref()?;
                Some(format!("{} {} {by}", self.texts.under("announcement", word), self.clock(*at)))
            })
            .collect();
        if !said.is_empty() {
            lines.push(line(self.texts.t("sheet.announcement"), said.join(" → "), Mark::Plain));
        }
        if let Some(n) = work.households {
            lines.push(line(self.texts.t("sheet.households"), n.to_string(), Mark::Plain));
        }
        if let Some(proposal) = plan.grade {
            let mut text = proposal.now.map_or_else(
                || self.texts.t("sheet.grade_none").to_owned(),
                |g| self.fill("sheet.grade_now", &[("n", &g.to_string())]),
            );
            if let Some((grade, at)) = proposal.next {
                let next = self.fill("sheet.grade_next", &[("n", &grade.to_string()), ("time", &self.clock(at))]);
                text = format!("{text}  {next}");
            }
            if proposal.sample {
                text = format!("{text}  {}", self.texts.t("sheet.grade_sample"));
            }
            lines.push(line(self.texts.t("sheet.grade"), text, Mark::Soon));
        }
        if let Some(grade) = &work.grade {
            let values = [
                ("n", &*grade.grade.to_string()),
                ("person", grade.person.as_str()),
                ("department", grade.department.as_str()),
                ("time", &*self.clock(grade.at)),
            ];
            lines.push(line(self.texts.t("sheet.grade"), self.fill("sheet.grade_confirmed", &values), Mark::Done));
        }
        if let Some(instance) = &work.disputed {
            let text = self.fill("sheet.grade_disputed", &[("role", self.role(instance))]);
            lines.push(line(self.texts.t("sheet.grade"), text, Mark::Late));
        }
        lines
    }

    fn counts(&self, work: &Work) -> Vec<Line> {
        let mut lines: Vec<Line> = work
            .counts
            .iter()
            .map(|(name, n)| line(self.texts.under("count", name.as_str()), n.to_string(), Mark::Plain))
            .collect();
        if !work.expected.is_empty() {
            let missing: Vec<&str> = work.missing().map(Label::as_str).collect();
            let values = [("n", &*work.present.len().to_string()), ("of", &*work.expected.len().to_string())];
            let text = self.fill("sheet.head_count", &values);
            let mark = if missing.is_empty() { Mark::Done } else { Mark::Late };
            let rest = if missing.is_empty() { String::new() } else { format!("  {}", missing.join(", ")) };
            lines.push(line(self.texts.t("sheet.present"), format!("{text}{rest}"), mark));
        }
        lines
    }

    fn after(&self, work: &Work) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(verdict) = work.verdict {
            lines.push(line(self.texts.t("sheet.verdict"), self.verdict(verdict), Mark::Plain));
        }
        if let Some(cause) = &work.cause {
            lines.push(line(self.texts.t("sheet.cause"), cause.as_str(), Mark::Plain));
        }
        for (to, text) in &work.follow_ups {
            let to = to.as_ref().map(|to| format!("{}  ", self.role(to))).unwrap_or_default();
            lines.push(line(self.texts.t("sheet.follow_up"), format!("{to}{text}"), Mark::Plain));
        }
        lines
    }

    fn verdict(&self, verdict: Verdict) -> &str {
        self.texts.under("verdict", verdict.word())
    }
}
