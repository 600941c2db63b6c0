//! What a figure is, in words, and what it was made of: the answer of `floorwatch explain`.

use super::keys;
use super::object::{Cell, Object};
use super::scope_json::{Rules, abandon_word, asa_word, exits_word};
use crate::config::{Exits, FigureRules, Lang, QueueRules, Settings};
use crate::locale::Texts;
use crate::metrics::{AgentTally, FigureKey, Now, Parts, Spread, Tally, Unit, Unknown, Value};
use crate::model::Time;

/// A figure with the rules it is computed by.
#[derive(Clone, Debug)]
pub struct Explained<'a> {
    key: FigureKey,
    figures: &'a FigureRules,
    queue: &'a QueueRules,
}

/// What a figure came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The value.
    pub value: Value,
    /// What it was divided from, where it is a quotient.
    pub parts: Option<Parts>,
    /// How many calls, contacts or numbers it is of, where that can be said.
    pub n: Option<i64>,
}

impl<'a> Explained<'a> {
    /// A figure under the rules of a queue; above queues, those of the site.
    #[must_use]
    pub fn new(key: FigureKey, settings: &'a Settings, queue: Option<&'a QueueRules>) -> Self {
        Self { key, figures: &settings.figures, queue: queue.unwrap_or(&settings.queue_defaults) }
    }

    /// Whether it is of people alone.
    #[must_use]
    pub fn of_people(&self) -> bool {
        !keys::SCOPE.contains(&self.key)
            && !keys::DOOR.contains(&self.key)
            && !keys::ALL.contains(&self.key)
            && keys::AGENT.contains(&self.key)
            && self.key != FigureKey::ServiceLevel
    }

    /// Whether it is of an instant, not of a window.
    #[must_use]
    pub fn of_an_instant(&self) -> bool {
        Now::default().figure(self.key, Time::default()).is_some()
    }

    /// T of its scope in seconds, where the figure has one, and for a service level what is done with exits.
    #[must_use]
    pub fn within(&self) -> Option<(f64, Option<Exits>)> {
        match self.key {
            FigureKey::ServiceLevel => Some((self.queue.within.secs(), Some(self.queue.exits))),
            FigureKey::LiveServiceLevel => Some((self.queue.within.secs(), None)),
            FigureKey::WaitingOver => Some((self.figures.waiting_over.unwrap_or(self.queue.within).secs(), None)),
            _ => None,
        }
    }

    /// Below so many a share is dim; `None` for what is no share.
    #[must_use]
    pub fn min_sample(&self) -> Option<i64> {
        (self.key.unit() == Unit::Share).then(|| i64::try_from(self.figures.min_sample).unwrap_or(i64::MAX))
    }

    /// Whether it means nothing in a recording without times.
    #[must_use]
    pub fn needs_times(&self) -> bool {
        keys::needs_times(self.key)
    }

    /// The variant in force, where there are several.
    #[must_use]
    pub fn variant(&self) -> Option<&'static str> {
        match self.key {
            FigureKey::ServiceLevel => Some(self.queue.variant.word()),
            FigureKey::AbandonRate => Some(abandon_word(self.figures.abandon_rate)),
            FigureKey::Asa => Some(asa_word(self.figures.asa)),
            FigureKey::AvgAbandon => Some(if self.figures.avg_abandon_with_short { "with_short" } else { "apart" }),
            _ => None,
        }
    }

    /// Which length a percentile is of, and which percentile.
    fn percentile(&self) -> Option<(&'static str, &'static str)> {
        let word = self.key.word();
        let of = [Spread::Wait, Spread::Talk, Spread::Hold, Spread::AfterCall, Spread::Handle]
            .map(|spread| match spread {
                Spread::Wait => ("wait", "wait_p"),
                Spread::Talk => ("talk", "talk_p"),
                Spread::Hold => ("hold", "hold_p"),
                Spread::AfterCall => ("after_call", "after_call_p"),
                Spread::Handle => ("handle", "handle_p"),
            })
            .into_iter()
            .find_map(|(of, prefix)| Some((of, word.strip_prefix(prefix)?.strip_suffix("_s")?)));
        of.filter(|(_, p)| ["50", "90", "95", "99"].contains(p))
    }

    /// The definition, in words.
    #[must_use]
    pub fn definition(&self, texts: &Texts) -> String {
        if let Some((of, p)) = self.percentile() {
            let of = format!("explain.length.{of}");
            return texts.fill("explain.what.percentile", &[("p", p), ("of", texts.t(&of))]);
        }
        let short = self.figures.short_abandon.secs().to_string();
        let ring = self.figures.ring_cycle.secs().to_string();
        texts.fill(&format!("explain.what.{}", self.key.word()), &[("short", &short), ("ring", &ring)])
    }

    /// Numerator and denominator, in words; `None` for what is no quotient.
    #[must_use]
    pub fn quotient<'t>(&self, texts: &'t Texts) -> Option<(&'t str, &'t str)> {
        let name = match self.variant() {
            Some(variant) => format!("{}.{variant}", self.key.word()),
            None => self.key.word().to_owned(),
        };
        Some((texts.find(&format!("explain.part.{name}"))?, texts.find(&format!("explain.whole.{name}"))?))
    }

    /// Where it is defined.
    #[must_use]
    pub fn source(&self, texts: &Texts) -> String {
        let agents = self.of_people()
            || matches!(self.key, FigureKey::Occupancy | FigureKey::Utilization)
            || matches!(self.key, FigureKey::CallsPerHour | FigureKey::Outbound | FigureKey::ConnectedOut);
        let key = if agents { "explain.agent_table" } else { "explain.queue_table" };
        texts.fill(key, &[("key", self.key.word())])
    }

    /// Of a scope: its sums in a window, and what it has at the end of it.
    #[must_use]
    pub fn of_scope(&self, tally: &Tally, now: &Now, at: Time) -> Outcome {
        let value = now.figure(self.key, at).unwrap_or_else(|| tally.figure(self.key, self.figures, self.queue));
        let lines = now.lines.filter(|_| self.key == FigureKey::LinesShare);
        let parts = match lines {
            #[expect(clippy::cast_precision_loss, reason = "there are not 2^53 lines")]
            Some(lines) => Some(Parts { part: lines.in_use as f64, whole: lines.capacity as f64 }),
            None => tally.parts(self.key, self.figures, self.queue),
        };
        let c = &tally.counts;
        let n = match self.percentile().map(|(of, _)| of) {
            Some("wait") => Some(c.answered),
            Some("talk" | "hold") => Some(c.contacts),
            Some(_) => Some(c.after_calls),
            None => tally.sample(self.key, self.figures, self.queue),
        };
        Outcome { value, parts, n }.only_known()
    }

    /// Of people.
    #[must_use]
    pub fn of_agents(&self, tally: &AgentTally) -> Outcome {
        let n = match self.key {
            FigureKey::Att | FigureKey::AttIn | FigureKey::AvgHold => Some(tally.contacts),
            FigureKey::AttOut => Some(tally.contacts_out),
            FigureKey::Acw | FigureKey::Aht => Some(tally.after_calls),
            _ => None,
        };
        Outcome { value: tally.figure(self.key), parts: tally.parts(self.key), n }.only_known()
    }

    /// The 95 % Wilson interval of a share of calls.
    #[must_use]
    pub fn interval(&self, outcome: &Outcome) -> Option<(f64, f64)> {
        let (Some(parts), Some(n)) = (outcome.parts, outcome.n) else { return None };
        // A time share or a quotient of two counts (orders a call) is no share of trials.
        let share = self.key.unit() == Unit::Share && parts.part <= parts.whole && n > 0;
        #[expect(clippy::cast_possible_truncation, reason = "counts are whole and far below 2^53")]
        share.then(|| crate::alert::threshold::wilson(parts.part.round() as i64, n))
    }

    /// The definition as JSON, in every language.
    #[must_use]
    pub fn object(&self) -> Object {
        let languages = |of: &dyn Fn(&Texts) -> Cell| {
            let mut o = Object::new();
            for lang in Lang::ALL {
                o.put(lang.word(), of(Texts::get(*lang)));
            }
            o
        };
        let mut o = Object::new();
        o.put("figure", self.key.word());
        o.put("label", languages(&|texts| Cell::Text(self.label(texts))));
        o.put("unit", unit_word(self.key.unit()));
        o.put("definition", languages(&|texts| Cell::Text(self.definition(texts))));
        let quotient = self.quotient(Texts::get(Lang::En)).is_some();
        let part = languages(&|texts| self.quotient(texts).map(|(part, _)| part).into());
        let whole = languages(&|texts| self.quotient(texts).map(|(_, whole)| whole).into());
        o.put("numerator", quotient.then_some(part));
        o.put("denominator", quotient.then_some(whole));
        o.put("variant", self.variant());
        let within = self.within();
        o.put("within_s", within.map(|(t, _)| t));
        o.put("exits", within.and_then(|(_, exits)| exits).map(exits_word));
        o.put("target", (self.key == FigureKey::ServiceLevel).then_some(self.queue.target));
        o.put("source", languages(&|texts| Cell::Text(self.source(texts))));
        o
    }

    /// The label, T filled in.
    #[must_use]
    pub fn label(&self, texts: &Texts) -> String {
        let t = match self.key {
            FigureKey::WaitingOver => self.figures.waiting_over.unwrap_or(self.queue.within),
            _ => self.queue.within,
        };
        texts.fill(&format!("figure.{}", self.key.word()), &[("n", &t.secs().to_string())])
    }

    /// What it came to, added to the definition.
    pub fn outcome(&self, o: &mut Object, outcome: &Outcome) {
        let rules = Rules { figures: self.figures, times: true };
        o.put("value", rules.number(self.key, outcome.value));
        o.put("numerator_value", outcome.parts.map(|p| rounded(p.part)));
        o.put("denominator_value", outcome.parts.map(|p| rounded(p.whole)));
        o.put("n", outcome.n);
        let interval = self.interval(outcome).map(|(low, high)| vec![rounded(low), rounded(high)]);
        o.put("interval_95", interval);
        let why = match outcome.value {
            Value::Known(_) => None,
            Value::NoDenominator => Some("no_denominator"),
            Value::Unknown(why) => Some(unknown_word(why)),
        };
        o.put("why", why);
    }
}

impl Outcome {
    /// Parts of what is not known are not known.
    fn only_known(self) -> Self {
        match self.value {
            Value::Unknown(_) => Self { parts: None, n: None, ..self },
            _ => self,
        }
    }
}

fn rounded(n: f64) -> Cell {
    Cell::Number((n * 1e6).round() / 1e6)
}

/// The spelling in JSON and of the text.
#[must_use]
pub const fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Seconds => "seconds",
        Unit::Share => "share",
        Unit::Times => "times",
        Unit::Number => "number",
    }
}

/// The spelling in JSON and of the text.
#[must_use]
pub const fn unknown_word(why: Unknown) -> &'static str {
    match why {
        Unknown::FeedAway => "feed_away",
        Unknown::NotTold => "not_told",
        Unknown::Learning => "learning",
        Unknown::NoTimes => "no_times",
    }
}
