//! Scenario files: what kind of center is simulated, and what goes wrong in it.
//!
//! The profile is 48 values, calls a half-hour from 00:00. With `profile.kind = "always_open"` it is turned by whole
//! half-hours so that the half-hour the demo starts in has the value of `profile.busy_at`: a demo begun at three in the
//! night is as lively as one at half past ten. With `"clock"` it is taken as it stands, by local time. The zone is the
//! one given to [`Scenario::placed`], as a rule the machine's.
//!
//! A file may say `base = "calm"` and give only the parts that differ; a part it gives replaces the base's as a whole.

mod check;
mod file;

use std::path::Path;

use super::volume;
use crate::config::{Exits, Lang, QueueRules, QueueSettings, ServiceLevelVariant, Site, UsualProfile};
use crate::model::{Label, QueueId, ReasonClass, Span, Time};
use file::{File, Sheet};
use jiff::tz::TimeZone;

pub use file::{
    Area, Away, Behaviour, Disturbance, DisturbanceKind, Line, Menu, Named, Overflow, ProfileKind, Queue, Redial,
    SiteText, Spread, Team, Text, Weighted,
};

/// Half-hours of a day.
pub(super) const HALF_HOURS: usize = 48;

/// Scenarios that come with the product: name and file.
const EMBEDDED: [(&str, &str); 7] = [
    ("calm", include_str!("../../../../assets/demo/calm.toml")),
    ("surge", include_str!("../../../../assets/demo/surge.toml")),
    ("area", include_str!("../../../../assets/demo/area.toml")),
    ("outage", include_str!("../../../../assets/demo/outage.toml")),
    ("feed_loss", include_str!("../../../../assets/demo/feed_loss.toml")),
    ("full_lines", include_str!("../../../../assets/demo/full_lines.toml")),
    ("drill", include_str!("../../../../assets/demo/drill.toml")),
];

/// The one that others may be based on.
const STANDS_ALONE: &str = "calm";

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// No such name, and no such file.
    #[error("no scenario '{name}': give one of {known}, or the path of a .toml file")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The file could not be read.
    #[error("scenario {path}: {cause}")]
    Read {
        /// Which file.
        path: String,
        /// Why not.
        cause: std::io::Error,
    },
    /// It is not TOML of this shape; the message has line and column.
    #[error("scenario {name}: {cause}")]
    Parse {
        /// Which scenario.
        name: String,
        /// What is wrong, where.
        cause: Box<toml::de::Error>,
    },
    /// It reads, but cannot be meant; all reasons at once.
    #[error("scenario {name}: {}", reasons.join("; "))]
    Invalid {
        /// Which scenario.
        name: String,
        /// Everything that is wrong.
        reasons: Vec<String>,
    },
}

/// A simulated center and its troubles.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name, as asked for.
    pub name: String,
    file: File,
    zone: TimeZone,
    shift: usize,
}

impl Scenario {
    /// Names of the scenarios that come with the product.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// A scenario of the product by name, or a file by path.
    ///
    /// # Errors
    /// Unknown name, unreadable file, or a file that cannot be meant.
    pub fn open(name_or_path: &str) -> Result<Self, ScenarioError> {
        if let Some((name, text)) = EMBEDDED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let path = Path::new(name_or_path);
        if !path.exists() {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            return Err(ScenarioError::Unknown { name: name_or_path.into(), known });
        }
        let text =
            std::fs::read_to_string(path).map_err(|cause| ScenarioError::Read { path: name_or_path.into(), cause })?;
        Self::parse(name_or_path, &text)
    }

    /// A scenario from the text of its file.
    ///
    /// # Errors
    /// Not TOML of this shape, or values that cannot be meant (all at once).
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let file = read(name, text, true)?;
        let reasons = check::problems(&file);
        if !reasons.is_empty() {
            return Err(ScenarioError::Invalid { name: name.into(), reasons });
        }
        Ok(Self { name: name.into(), file, zone: TimeZone::UTC, shift: 0 })
    }

    /// The scenario laid on the clock: `start` is when the demo begins, `zone` the site's.
    #[must_use]
    pub fn placed(mut self, start: Time, zone: TimeZone) -> Self {
        self.shift = match self.file.profile.kind {
            ProfileKind::Clock => 0,
            ProfileKind::AlwaysOpen => {
                let (now, _) = volume::half_hour(start, &zone);
                (now + HALF_HOURS - self.file.profile.busy_at) % HALF_HOURS
            }
        };
        self.zone = zone;
        self
    }

    /// What it shows, in a sentence.
    #[must_use]
    pub fn about(&self, lang: Lang) -> &str {
        self.file.about.of(lang)
    }

    /// The site's name and zone.
    #[must_use]
    pub fn site(&self, lang: Lang) -> Site {
        Site { name: Label::new(self.file.site.name.of(lang)), time_zone: self.zone.clone() }
    }

    /// Zone the profile is laid on.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// How long the center has been open when the demo starts.
    #[must_use]
    pub fn history(&self) -> Span {
        Span::from_secs(i64::from(self.file.site.history_min) * 60)
    }

    /// Expected calls of the half-hour `slot` (0–47, local time), the whole site.
    #[must_use]
    pub fn usual(&self, slot: usize) -> f64 {
        self.file.profile.calls.get((slot + HALF_HOURS - self.shift) % HALF_HOURS).copied().unwrap_or(0.0)
    }

    /// The largest of [`Self::usual`].
    #[must_use]
    pub fn usual_peak(&self) -> f64 {
        self.file.profile.calls.iter().copied().fold(0.0, f64::max)
    }

    /// Expected new calls a half-hour from 00:00 local time, for the site and each queue: exact, since the simulation
    /// draws from it. Redials and calls handed from queue to queue come on top.
    #[must_use]
    pub fn usual_profile(&self) -> UsualProfile {
        let all: Vec<f64> = (0..HALF_HOURS).map(|slot| self.usual(slot)).collect();
        let shares: f64 = self.queues().iter().map(|q| q.share).sum();
        let of = |q: &Queue| all.iter().map(|n| n * q.share / shares).collect();
        let queues = self.queues().iter().map(|q| (QueueId::new(&q.id), of(q))).collect();
        UsualProfile { all, queues }
    }

    /// Settings of the queues, so that a demo needs no configuration.
    #[must_use]
    pub fn queue_settings(&self, lang: Lang) -> Vec<QueueSettings> {
        self.queues()
            .iter()
            .map(|q| QueueSettings {
                feed: None,
                id: QueueId::new(&q.id),
                name: Some(Label::new(q.name.of(lang))),
                group: Some(Label::new(q.group.of(lang))),
                line: Some(Label::new(&q.line)),
                time_zone: None,
                rules: QueueRules {
                    within: Span::from_secs_f64(q.within_s),
                    target: q.target,
                    variant: ServiceLevelVariant::OfAll,
                    exits: Exits::Count,
                },
            })
            .collect()
    }

    /// Classes of the not-ready reasons, in the form of `Settings::reasons`.
    #[must_use]
    pub fn reasons(&self, lang: Lang) -> Vec<(Label, ReasonClass)> {
        let label = |text: &Text| Label::new(&text.of(lang).to_lowercase());
        let class = |a: &Away| ReasonClass::from_word(&a.class).unwrap_or(ReasonClass::Other);
        let aways = self.aways().iter().map(|a| (label(&a.reason), class(a)));
        aways.chain([(label(&self.behaviour().no_answer_reason), ReasonClass::Other)]).collect()
    }

    /// Numbers and trunks.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.file.lines
    }
    /// Areas.
    #[must_use]
    pub fn areas(&self) -> &[Area] {
        &self.file.areas
    }
    /// Menus.
    #[must_use]
    pub fn menus(&self) -> &[Menu] {
        &self.file.menus
    }
    /// Queues.
    #[must_use]
    pub fn queues(&self) -> &[Queue] {
        &self.file.queues
    }
    /// Teams.
    #[must_use]
    pub fn teams(&self) -> &[Team] {
        &self.file.teams
    }
    /// Reasons not to be ready.
    #[must_use]
    pub fn aways(&self) -> &[Away] {
        &self.file.aways
    }
    /// What goes wrong, and when.
    #[must_use]
    pub fn disturbances(&self) -> &[Disturbance] {
        &self.file.disturbances
    }
    /// What people do.
    #[must_use]
    pub const fn behaviour(&self) -> &Behaviour {
        &self.file.behaviour
    }

    /// Position of a queue in [`Self::queues`].
    pub(super) fn queue_at(&self, id: &str) -> Option<usize> {
        self.queues().iter().position(|q| q.id == id)
    }
}

/// A whole scenario from the text of a file, which may name one of the product's as its base.
fn read(name: &str, text: &str, may_have_base: bool) -> Result<File, ScenarioError> {
    let sheet: Sheet =
        toml::from_str(text).map_err(|cause| ScenarioError::Parse { name: name.into(), cause: Box::new(cause) })?;
    let invalid = |reason: String| ScenarioError::Invalid { name: name.into(), reasons: vec![reason] };
    let base = match &sheet.base {
        None => None,
        Some(base) => match EMBEDDED.iter().find(|(name, _)| name == base) {
            Some((base, text)) if may_have_base && *base == STANDS_ALONE => Some(read(base, text, false)?),
            _ => return Err(invalid(format!("base = '{base}': only base = '{STANDS_ALONE}' stands by itself"))),
        },
    };
    sheet.over(base.as_ref()).map_err(|part| invalid(format!("{part} is missing (or say base = '{STANDS_ALONE}')")))
}
