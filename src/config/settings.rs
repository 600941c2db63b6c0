//! What a configuration means once it is resolved: plain data, every value present and in range.

use super::calendars::DayCalendar;
use crate::model::{FeedId, Label, QueueId, ReasonClass, Span};

/// Everything a run needs to know. Built by `config::load`, from the embedded default, the user's file and flags.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The site.
    pub site: Site,
    /// Language and looks.
    pub display: Display,
    /// The feeds, in the order of the file.
    pub sources: Vec<SourceSettings>,
    /// Queues named in the file; others appear as their feed names them, with `queue_defaults`.
    pub queues: Vec<QueueSettings>,
    /// What a queue has that the file does not name, or a key the file leaves out.
    pub queue_defaults: QueueRules,
    /// How figures are computed.
    pub figures: FigureRules,
    /// When alerts are raised.
    pub alert: AlertRules,
    /// How incidents are carried, and by whom.
    pub incident: IncidentRules,
    /// The configured usual volume, until enough history is known.
    pub usual: UsualProfile,
    /// Days that are no ordinary days of their week, what is planned, and what must not teach.
    pub calendars: Vec<DayCalendar>,
    /// Classes of not-ready reasons, by the reason's text (lower case).
    pub reasons: Vec<(Label, ReasonClass)>,
    /// The shift plan's file.
    pub shift_plan: super::ShiftPlanSettings,
    /// Limits of what is watched live on the floor.
    pub discipline: super::DisciplineRules,
    /// Whom to call in.
    pub call_in: super::CallInRules,
    /// Lost callers to call back.
    pub lost_callers: super::LostRules,
    /// Alert rules of the file.
    pub alert_rules: Vec<super::AlertRule>,
    /// What is silenced.
    pub silences: Vec<super::Silence>,
    /// People's data.
    pub privacy: super::PrivacyRules,
    /// What is kept over restarts.
    pub store: StoreRules,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRules {
    /// Whether anything is kept.
    pub on: bool,
    /// Where; `None` is the place of the installation's own state.
    pub dir: Option<std::path::PathBuf>,
    /// The journal is kept this many days.
    pub journal_days: u32,
    /// The journal takes at most this much; bytes.
    pub journal_bytes: u64,
    /// Closed intervals are kept this many days.
    pub interval_days: u32,
}

/// `[site]`
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Shown on every screen.
    pub name: Label,
    /// Zone of the site's day and intervals.
    pub time_zone: jiff::tz::TimeZone,
}

/// `[display]`
#[derive(Clone, Debug, PartialEq)]
pub struct Display {
    /// Language of the screens; `None` means from the environment.
    pub lang: Option<Lang>,
    /// Theme name.
    pub theme: Theme,
    /// At most one frame in this time.
    pub refresh: Span,
    /// Cells of an ambiguous-width character, 1 or 2; `None` means by the locale.
    pub ambiguous_width: Option<u8>,
}

/// A language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// 简体中文.
    ZhCn,
}

impl Lang {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::En, Self::ZhCn];

    /// The spelling in config and flags.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|lang| lang.word() == word)
    }
}

/// A theme shipped with the product (`assets/themes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// Safe for red-green blindness; the default.
    #[default]
    Safe,
    /// Dark.
    Dark,
    /// Light.
    Light,
    /// High contrast.
    Contrast,
    /// No colour at all.
    Mono,
}

impl Theme {
    /// Every theme, the default first.
    pub const ALL: &'static [Self] = &[Self::Safe, Self::Dark, Self::Light, Self::Contrast, Self::Mono];

    /// The spelling in config and flags.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
            Self::Mono => "mono",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|theme| theme.word() == word)
    }
}

/// `[[source]]`
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSettings {
    /// The feed's name, unique.
    pub name: FeedId,
    /// How to reach it.
    pub kind: SourceKind,
    /// Silence longer than this makes the feed late.
    pub late_after: Span,
}

/// `[[source]] kind = …`
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// A server that sends the event model as JSON text frames.
    Websocket(WebsocketSettings),
    /// Asterisk's manager interface.
    Asterisk(AsteriskSettings),
    /// The simulated center of `floorwatch demo` (not in a file): served on loopback, read as a websocket.
    Demo(DemoSettings),
}

/// `kind = "websocket"`
#[derive(Clone, Debug, PartialEq)]
pub struct WebsocketSettings {
    /// `ws://` or `wss://`.
    pub url: String,
    /// The bearer token, already read from its environment variable or file.
    pub token: Option<Secret>,
    /// Frames larger than this end the connection; bytes.
    pub max_frame: usize,
    /// Ping interval.
    pub ping: Span,
}

/// `kind = "asterisk"`
#[derive(Clone, Debug, PartialEq)]
pub struct AsteriskSettings {
    /// Host name or address.
    pub host: String,
    /// TCP port, 5038, or 5039 with TLS.
    pub port: u16,
    /// TLS from the first byte.
    pub tls: bool,
    /// Manager account.
    pub username: String,
    /// Its secret, already read.
    pub secret: Secret,
    /// How often the full state is asked for again; 30–60 s.
    pub resync: Span,
    /// After-call time Asterisk applies but does not tell (`wrapuptime` of its queues), by queue.
    pub wrapup: Vec<(QueueId, Span)>,
}

/// Settings of the simulated center.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoSettings {
    /// A scenario of `assets/demo`, or a path.
    pub scenario: String,
    /// Seed of everything random in it.
    pub seed: u64,
}

/// A secret: never printed, not even in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The secret itself, for the wire alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `[[queue]]`
#[derive(Clone, Debug, PartialEq)]
pub struct QueueSettings {
    /// The feed it is on; `None` matches every feed.
    pub feed: Option<FeedId>,
    /// As the source names it.
    pub id: QueueId,
    /// Shown instead of the id.
    pub name: Option<Label>,
    /// The group it belongs to.
    pub group: Option<Label>,
    /// The number dialled to reach it, where the feed does not tell.
    pub line: Option<Label>,
    /// Its zone, where it differs from the site's.
    pub time_zone: Option<jiff::tz::TimeZone>,
    /// Its rules.
    pub rules: QueueRules,
}

/// Service level and targets of a queue or group.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueRules {
    /// T: the wait that counts as in time. Default 20 s.
    pub within: Span,
    /// Target share answered in T, 0–1.
    pub target: f64,
    /// Which of the six formulas is shown first.
    pub variant: ServiceLevelVariant,
    /// Whether exited ones stand in the denominator.
    pub exits: Exits,
}

/// The six service level formulas (KPI.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is defined in the table of KPI.md")]
pub enum ServiceLevelVariant {
    OfAll,
    AnsweredOrGone,
    OfAnswered,
    IgnoreAbandonedIn,
    ShortCounts,
    IgnoreShort,
}

impl ServiceLevelVariant {
    /// All six, in KPI.md's order.
    pub const ALL: [Self; 6] = [
        Self::OfAll,
        Self::AnsweredOrGone,
        Self::OfAnswered,
        Self::IgnoreAbandonedIn,
        Self::ShortCounts,
        Self::IgnoreShort,
    ];

    /// The spelling in JSON and config.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OfAll => "of_all",
            Self::AnsweredOrGone => "answered_or_gone",
            Self::OfAnswered => "of_answered",
            Self::IgnoreAbandonedIn => "ignore_abandoned_in",
            Self::ShortCounts => "short_counts",
            Self::IgnoreShort => "ignore_short",
        }
    }
}

/// `service_level.exits`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exits {
    /// Exited ones stand in the denominator like an abandon after T.
    Count,
    /// They are left out.
    Ignore,
}

/// `figures.abandon_rate`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AbandonVariant {
    /// abandoned ÷ (answered + abandoned + exited)
    Resolved,
    /// abandoned ÷ offered
    Offered,
    /// (abandoned + short) ÷ (answered + abandoned + short + exited)
    WithShort,
}

/// `figures.asa`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AsaVariant {
    /// Σ wait of answered ÷ answered
    Answered,
    /// Σ wait of answered and abandoned ÷ answered
    QueueTotal,
}

/// `[figures]`
#[derive(Clone, Debug, PartialEq)]
pub struct FigureRules {
    /// Abandons sooner than this are short; one of exactly this wait is not. Default 5 s.
    pub short_abandon: Span,
    /// Which abandon rate.
    pub abandon_rate: AbandonVariant,
    /// Which ASA.
    pub asa: AsaVariant,
    /// Whether short ones count into the mean abandon time.
    pub avg_abandon_with_short: bool,
    /// Below this many calls a percentage is dim. Default 20.
    pub min_sample: u64,
    /// Length of the running interval, minutes: 5, 10, 15, 30 or 60.
    pub interval_min: u32,
    /// Local time of day the business day starts at, seconds after midnight.
    pub day_starts_s: u32,
    /// Length of one ring, for `avg_rings`. Default 5 s.
    pub ring_cycle: Span,
    /// How long an event may come out of order and still be in order. Default 2 s.
    pub reorder: Span,
    /// A caller waiting longer than this is doubted. Default 2 h.
    pub ghost_after: Span,
    /// T of `waiting_over`, where it differs from the queue's T.
    pub waiting_over: Option<Span>,
}

/// `[alert]`
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRules {
    /// Surges of volume.
    pub surge: SurgeRules,
    /// Somebody waits too long.
    pub long_wait: ThresholdRule,
    /// The service level is below target; `raise`/`clear` are shares below it.
    pub service_level: ThresholdRule,
    /// Too many abandon.
    pub abandon_rate: ThresholdRule,
    /// A feed is late or away this long.
    pub feed_after: Span,
}

/// `[alert] surge = …`
#[derive(Clone, Debug, PartialEq)]
pub struct SurgeRules {
    /// The written rule: this many times the usual. Default 2.
    pub ratio: f64,
    /// Watch from this ratio. Default 1.5.
    pub watch_ratio: f64,
    /// Clears below this. Default 1.5.
    pub clear_ratio: f64,
    /// … for this many minutes. Default 10.
    pub clear_min: u32,
    /// The written rule needs this many calls in its 30 minutes. Default 20.
    pub min_calls: u64,
    /// Whether the written rule is on. Default true.
    pub written_rule: bool,
    /// Unconfirmed alarms allowed a month for the whole site. Default 2.
    pub budget_per_month: f64,
    /// What too few calls are. Default watch.
    pub quiet: QuietRule,
    /// So many ordinary days in a row at another level are said to be a new normal; 0 for never. Default 5.
    pub new_normal_days: u64,
    /// From this date on calls run at a new level, as the user says. Default none.
    pub new_normal_since: Option<jiff::civil::Date>,
}

/// `alert.surge.quiet`: what too few calls where calls are due are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum QuietRule {
    /// Not told.
    Off,
    /// Watched on the board; an alarm only where nobody at all comes for so long that no chance explains it.
    #[default]
    Watch,
    /// An alarm as soon as hardly anything comes.
    Alarm,
}

/// A condition with hold and clear.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdRule {
    /// Raise at or beyond this (seconds, or a share 0–1).
    pub raise: f64,
    /// Clear at or within this.
    pub clear: f64,
    /// True this long before it is raised.
    pub hold: Span,
    /// Within the clear limit this long before it is cleared.
    pub clear_hold: Span,
    /// Whether the rule is on.
    pub on: bool,
}

/// `[usual]`: expected calls a half-hour, from 00:00, for the whole site and for single queues.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UsualProfile {
    /// 48 values for scope all, or empty where none is configured.
    pub all: Vec<f64>,
    /// 48 values a queue.
    pub queues: Vec<(QueueId, Vec<f64>)>,
}

/// `[incident]`
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentRules {
    /// An acknowledgement lapses after this, unless renewed.
    pub ack: Span,
    /// What comes back within this after its end is the same incident.
    pub flap: Span,
    /// Multiples of the usual at which an incident is a level worse, rising.
    pub worse_at: Vec<f64>,
    /// Updates to managers are due this often; zero for never.
    pub update_managers: Span,
    /// Updates to the business side are due this often; zero for never.
    pub update_business: Span,
    /// How long the UPS is planned to last.
    pub ups: Span,
    /// Who is told, and when; rising.
    pub ladder: Vec<LadderStep>,
    /// Roles, lowest first.
    pub roles: Vec<Label>,
    /// Roles beside the line.
    pub beside: Vec<Label>,
    /// The grades of major faults.
    pub grades: GradeTable,
    /// The user's own playbooks: a folder.
    pub playbooks: Option<std::path::PathBuf>,
    /// Duty rosters, TOML or CSV, in this order.
    pub rosters: Vec<std::path::PathBuf>,
    /// Where a running process listens for the `incident` and `roster` commands; the data directory where it is left out.
    pub socket: Option<std::path::PathBuf>,
}

impl Default for IncidentRules {
    /// The times of the default, without roles, ladder, levels and grades: nobody is told, nothing worsens.
    fn default() -> Self {
        Self {
            ack: Span::from_secs(1800),
            flap: Span::from_secs(600),
            worse_at: Vec::new(),
            update_managers: Span::from_secs(1800),
            update_business: Span::from_secs(3600),
            ups: Span::from_secs(10_800),
            ladder: Vec::new(),
            roles: Vec::new(),
            beside: Vec::new(),
            grades: GradeTable { sample: true, households: Vec::new(), minutes: Vec::new(), grades: Vec::new() },
            playbooks: None,
            rosters: Vec::new(),
            socket: None,
        }
    }
}

/// `[[incident.ladder]]`
#[derive(Clone, Debug, PartialEq)]
pub struct LadderStep {
    /// This long after nobody has the incident.
    pub after: Span,
    /// Which role.
    pub role: Label,
    /// Which person of it.
    pub who: LadderWho,
}

/// Whom of a role a step tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LadderWho {
    /// The first person.
    First,
    /// The backup.
    Backup,
    /// Both at once.
    Both,
}

/// `[incident.grades]`: a two-way table of limits.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeTable {
    /// A table of ours, not of the rules: said wherever a grade is proposed.
    pub sample: bool,
    /// Households from which a row holds, rising.
    pub households: Vec<u64>,
    /// Minutes from which a column holds, rising.
    pub minutes: Vec<u64>,
    /// A row a household limit, a column a duration limit; 1 is the worst.
    pub grades: Vec<Vec<u64>>,
}
