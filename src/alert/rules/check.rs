//! What the configuration cannot know: whether a figure exists, and has it where a rule asks for it.

use crate::config::{AlertRule, ConfigErrors, Problem, RuleScope};
use crate::metrics::{FigureKey, Scope, Unit, Window};
use crate::model::Label;

/// A figure a rule may be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFigure {
    /// One of KPI.md's.
    Kpi(FigureKey),
    /// One of the shift plan, by its place in [`AlertRule::ROSTER`].
    Roster(usize),
}

impl RuleFigure {
    /// Reads a key; `None` where there is no such figure.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let roster = || AlertRule::ROSTER.iter().position(|key| *key == word).map(Self::Roster);
        FigureKey::from_word(word).map(Self::Kpi).or_else(roster)
    }

    /// Its key.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kpi(key) => key.word(),
            Self::Roster(at) => AlertRule::ROSTER.get(at).copied().unwrap_or_default(),
        }
    }

    /// What it is measured in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Kpi(key) => key.unit(),
            Self::Roster(at) if at >= 4 => Unit::Share,
            Self::Roster(_) => Unit::Count,
        }
    }

    /// Whether it is a share.
    #[must_use]
    pub fn is_share(self) -> bool {
        self.unit() == Unit::Share
    }
}

/// Checks rules before they come into force.
///
/// # Errors
/// Every rule over a figure that does not exist, with the nearest that does, or over one its scope never has.
pub fn check(rules: &[AlertRule]) -> Result<(), ConfigErrors> {
    let problems: Vec<Problem> = rules.iter().filter_map(wrong).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(ConfigErrors { problems, warnings: Vec::new(), file: None })
}

fn wrong(rule: &AlertRule) -> Option<Problem> {
    let problem = |what: String, remedy: String| Problem { what, remedy: Some(remedy), ..rule.figure_at.clone() };
    let word = rule.figure.as_str();
    let Some(figure) = RuleFigure::from_word(word) else {
        let names = FigureKey::ALL.iter().map(|k| k.word()).chain(AlertRule::ROSTER);
        let near = nearest(word, names);
        let remedy = near.map_or_else(
            || "`floorwatch explain` lists the figures".to_owned(),
            |near| format!("did you mean \"{near}\"?"),
        );
        return Some(problem(format!("there is no figure '{word}'"), remedy));
    };
    let people = matches!(rule.scope, RuleScope::Team(_) | RuleScope::EachTeam);
    if matches!(figure, RuleFigure::Roster(_)) && !people && rule.scope != RuleScope::All {
        let what = format!("'{word}' is a figure of people: a queue, group or line has none");
        return Some(problem(what, "write scope = \"all\", \"team:NAME\" or \"each team\"".to_owned()));
    }
    let share = (0.0..=1.0).contains(&rule.limit);
    if figure.is_share() && !share {
        let what = format!("the limit {} of '{word}' is no share", rule.limit);
        return Some(problem(what, "write a share from 0 to 1: 0.8 for 80 %".to_owned()));
    }
    None
}

/// The word that shares the longest run of letters from its start, of those that share three at least.
fn nearest(word: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let alike = |name: &str| name.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
    names
        .map(|name| (alike(name), name))
        .filter(|(n, _)| *n >= 3)
        .max_by_key(|(n, name)| (*n, usize::MAX - name.len()))
        .map(|(_, name)| name)
}

/// The window of a rule.
pub(super) fn window(word: &Label) -> Window {
    Window::from_word(word.as_str()).unwrap_or(Window::Min30)
}

/// Whether a rule looks at a scope.
pub(super) fn looks_at(rule: &RuleScope, scope: &Scope) -> bool {
    match (rule, scope) {
        (RuleScope::All, Scope::All)
        | (RuleScope::EachQueue, Scope::Queue(..))
        | (RuleScope::EachGroup, Scope::Group(_))
        | (RuleScope::EachLine, Scope::Line(_))
        | (RuleScope::EachTeam, Scope::Team(_)) => true,
        (RuleScope::Queue(wanted), Scope::Queue(feed, id)) => {
            wanted == id || wanted.as_str().split_once('/').is_some_and(|(f, q)| f == feed.as_str() && q == id.as_str())
        }
        (RuleScope::Group(wanted), Scope::Group(name))
        | (RuleScope::Line(wanted), Scope::Line(name))
        | (RuleScope::Team(wanted), Scope::Team(name)) => wanted == name,
        _ => false,
    }
}
