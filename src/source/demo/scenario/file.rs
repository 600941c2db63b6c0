//! The shape of a scenario file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::Lang;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text in this language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::ZhCn => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// A lognormal duration.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Mean, seconds.
    pub mean_s: f64,
    /// Standard deviation ÷ mean.
    pub cv: f64,
}

/// A file as it stands. What it leaves out is taken from the scenario it names as its `base`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sheet {
    pub(super) about: Text,
    pub(super) base: Option<String>,
    site: Option<SiteText>,
    profile: Option<Profile>,
    behaviour: Option<Behaviour>,
    #[serde(rename = "line")]
    lines: Option<Vec<Line>>,
    #[serde(rename = "area")]
    areas: Option<Vec<Area>>,
    #[serde(rename = "menu")]
    menus: Option<Vec<Menu>>,
    #[serde(rename = "queue")]
    queues: Option<Vec<Queue>>,
    #[serde(rename = "team")]
    teams: Option<Vec<Team>>,
    #[serde(rename = "away")]
    aways: Option<Vec<Away>>,
    #[serde(rename = "disturbance")]
    disturbances: Option<Vec<Disturbance>>,
}

/// A whole scenario.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct File {
    pub(super) about: Text,
    pub(super) site: SiteText,
    pub(super) profile: Profile,
    pub(super) behaviour: Behaviour,
    pub(super) lines: Vec<Line>,
    pub(super) areas: Vec<Area>,
    pub(super) menus: Vec<Menu>,
    pub(super) queues: Vec<Queue>,
    pub(super) teams: Vec<Team>,
    pub(super) aways: Vec<Away>,
    pub(super) disturbances: Vec<Disturbance>,
}

impl Sheet {
    /// The whole scenario, or the name of a part that is in neither file.
    pub(super) fn over(self, base: Option<&File>) -> Result<File, &'static str> {
        Ok(File {
            about: self.about,
            site: self.site.or_else(|| base.map(|b| b.site.clone())).ok_or("[site]")?,
            profile: self.profile.or_else(|| base.map(|b| b.profile.clone())).ok_or("[profile]")?,
            behaviour: self.behaviour.or_else(|| base.map(|b| b.behaviour.clone())).ok_or("[behaviour]")?,
            lines: self.lines.or_else(|| base.map(|b| b.lines.clone())).ok_or("[[line]]")?,
            areas: self.areas.or_else(|| base.map(|b| b.areas.clone())).ok_or("[[area]]")?,
            menus: self.menus.or_else(|| base.map(|b| b.menus.clone())).ok_or("[[menu]]")?,
            queues: self.queues.or_else(|| base.map(|b| b.queues.clone())).ok_or("[[queue]]")?,
            teams: self.teams.or_else(|| base.map(|b| b.teams.clone())).ok_or("[[team]]")?,
            aways: self.aways.or_else(|| base.map(|b| b.aways.clone())).unwrap_or_default(),
            disturbances: self.disturbances.or_else(|| base.map(|b| b.disturbances.clone())).unwrap_or_default(),
        })
    }
}

/// `[site]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteText {
    /// Shown on every screen.
    pub name: Text,
    /// How long the center has been open when the demo starts, minutes.
    pub history_min: u32,
}

/// How the profile lies on the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileKind {
    /// Turned so that the start of the demo is the half-hour `busy_at`.
    AlwaysOpen,
    /// By local time.
    Clock,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    pub(super) kind: ProfileKind,
    pub(super) busy_at: usize,
    pub(super) calls: Vec<f64>,
}

/// `[behaviour]`: what people at both ends of the line do.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Ring until an answer.
    pub ring: Spread,
    /// A ring nobody answers ends after this, seconds.
    pub ring_out_s: f64,
    /// Share of rings not answered.
    pub no_answer_share: f64,
    /// Share of rings refused.
    pub refuse_share: f64,
    /// How long who let it ring is set not ready, seconds.
    pub no_answer_away_s: f64,
    /// The reason then.
    pub no_answer_reason: Text,
    /// Share of talks with a hold.
    pub hold_share: f64,
    /// Length of a hold.
    pub hold: Spread,
    /// Share of talks handed to another queue.
    pub transfer_share: f64,
    /// Share of those with a word to the next first.
    pub attended_share: f64,
    /// Share of contacts with after-call work.
    pub after_call_share: f64,
    /// Share of talks the system cuts.
    pub system_end_share: f64,
    /// Share of callers who notice at once that they are wrong here and hang up.
    pub misdial_share: f64,
    /// Share of new calls from someone who called before today.
    pub again_share: f64,
    /// Share of calls whose area is known when they join; of the others the agent notes it.
    pub known_area_share: f64,
    /// What those do who were lost.
    pub redial: Redial,
    /// Mean time between two handovers of a seat, minutes.
    pub handover_min: f64,
}

/// Calling again after an abandon, a timeout or a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redial {
    /// Share who call again.
    pub share: f64,
    /// Mean pause before it, seconds.
    pub mean_s: f64,
    /// At most this many calls a caller in a row.
    pub tries: u32,
}

/// `[[line]]`: a number and its trunks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The number dialled.
    pub number: String,
    /// Channels.
    pub capacity: u32,
}

/// `[[area]]`: where callers live.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Key in this file.
    pub id: String,
    /// Sent to the floor.
    pub name: Text,
    /// Its share of calls, in proportion.
    pub weight: f64,
}

/// `[[menu]]`: what callers come through.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// Key in this file.
    pub id: String,
    /// Sent to the floor.
    pub name: Text,
    /// Share of those who enter that is served without an agent.
    pub self_service: f64,
    /// Share of those who enter that hangs up in it.
    pub left: f64,
}

/// A text with a weight.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// Sent to the floor.
    pub name: Text,
    /// In proportion to the others.
    pub weight: f64,
}

/// A word that is the same in both languages, with a weight.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Sent to the floor.
    pub word: String,
    /// In proportion to the others.
    pub weight: f64,
}

/// Where calls go that wait too long.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overflow {
    /// After this wait, seconds.
    pub after_s: f64,
    /// To this queue.
    pub to: String,
}

/// `[[queue]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Id, as sent to the floor.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its group.
    pub group: Text,
    /// The number that leads to it, one of the lines.
    pub line: String,
    /// Share of all calls, in proportion.
    pub share: f64,
    /// Higher goes first.
    pub priority: i64,
    /// T of its service level, seconds.
    pub within_s: f64,
    /// Target of its service level, 0–1.
    pub target: f64,
    /// Menus that lead to it.
    pub menus: Vec<String>,
    /// How long callers wait before they hang up.
    pub patience: Spread,
    /// Length of a talk.
    pub talk: Spread,
    /// After-call work.
    pub after_call: Spread,
    /// Sent on after a while.
    pub overflow: Option<Overflow>,
    /// Turned away after a while, seconds.
    pub timeout_s: Option<f64>,
    /// What callers want.
    pub reasons: Vec<Weighted>,
    /// What came of it.
    pub outcomes: Vec<Named>,
    /// Weights of areas where they differ from those of the site.
    #[serde(default)]
    pub areas: BTreeMap<String, f64>,
}

/// `[[team]]`: agents with the same skills.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Its name.
    pub name: Text,
    /// Signed in at the busiest half-hour.
    pub agents: usize,
    /// Beside them, to take over seats.
    pub spare: usize,
    /// Number of the first agent.
    pub first: u32,
    /// Letter of the desks.
    pub desks: String,
    /// Queues they serve.
    pub skills: Vec<String>,
}

/// `[[away]]`: a reason not to be ready.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// As sent to the floor.
    pub reason: Text,
    /// `rest`, `training`, `work` or `other`.
    pub class: String,
    /// Share of the signed-in who are at it, on average.
    pub share: f64,
    /// How long.
    pub length: Spread,
    /// At most so many at once.
    pub quota: usize,
    /// Whether its end is planned and told.
    #[serde(default)]
    pub planned: bool,
    /// Whether somebody allows it.
    #[serde(default)]
    pub approved: bool,
}

/// What a disturbance does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisturbanceKind {
    /// Multiplies the calls of a queue, an area, both, or all.
    Volume,
    /// Multiplies the length of talks.
    Talk,
    /// Multiplies the channels of all lines (below 1: the rest are blocked).
    Lines,
    /// The server cuts every connection and refuses new ones.
    FeedLoss,
}

/// `[[disturbance]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disturbance {
    /// What it does.
    pub kind: DisturbanceKind,
    /// Begins so long after the start of the demo, seconds; negative: before it.
    pub after_s: f64,
    /// Lasts so long, seconds, ramps included.
    pub duration_s: f64,
    /// Grows to its full factor in this time, seconds.
    #[serde(default)]
    pub ramp_s: f64,
    /// Goes back in this time, seconds.
    #[serde(default)]
    pub ramp_down_s: f64,
    /// Full factor.
    #[serde(default = "one")]
    pub factor: f64,
    /// Only this queue.
    pub queue: Option<String>,
    /// Only this area.
    pub area: Option<String>,
    /// What the additional callers say.
    pub reason: Option<Text>,
}

const fn one() -> f64 {
    1.0
}
