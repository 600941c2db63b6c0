//! Scopes and counts as the text of a field.

use std::fmt::Write as _;

use super::super::SurgeWhy;
use crate::metrics::Scope;
use crate::model::record::Written;
use crate::model::{FeedId, Label, QueueId, Span, Time};

/// `all`, `group NAME`, `queue FEED/ID`: feeds are named without a slash.
impl Written for Scope {
    fn written(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Group(name) => format!("group {name}"),
            Self::Line(name) => format!("line {name}"),
            Self::Team(name) => format!("team {name}"),
            Self::Area(name) => format!("area {name}"),
            Self::Menu(name) => format!("menu {name}"),
            Self::Reason(name) => format!("reason {name}"),
            Self::Queue(feed, id) => format!("queue {feed}/{id}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(' ').unwrap_or((text, ""));
        Some(match kind {
            "all" => Self::All,
            "group" => Self::Group(Label::new(name)),
            "line" => Self::Line(Label::new(name)),
            "team" => Self::Team(Label::new(name)),
            "area" => Self::Area(Label::new(name)),
            "menu" => Self::Menu(Label::new(name)),
            "reason" => Self::Reason(Label::new(name)),
            "queue" => {
                let (feed, id) = name.split_once('/')?;
                Self::Queue(FeedId::new(feed), QueueId::new(id))
            }
            _ => return None,
        })
    }
}

/// `offered=63 usual=28.5 span_s=1800 written_rule=true callers=58 onset=2026-…`: what is not known is left out.
impl Written for SurgeWhy {
    fn written(&self) -> String {
        let mut text = format!(
            "offered={} usual={} span_s={} written_rule={}",
            self.offered,
            self.usual,
            self.span.written(),
            self.written_rule
        );
        if let Some(n) = self.different_callers {
            let _ = write!(text, " callers={n}");
        }
        if let Some(n) = self.redials {
            let _ = write!(text, " redials={n}");
        }
        if let Some(onset) = self.onset {
            let _ = write!(text, " onset={onset}");
        }
        text
    }

    fn read(text: &str) -> Option<Self> {
        let mut why = Self::default();
        for (name, value) in text.split_whitespace().filter_map(|part| part.split_once('=')) {
            match name {
                "offered" => why.offered = f64::read(value)?,
                "usual" => why.usual = f64::read(value)?,
                "span_s" => why.span = Span::read(value)?,
                "written_rule" => why.written_rule = bool::read(value)?,
                "callers" => why.different_callers = Some(u64::read(value)?),
                "redials" => why.redials = Some(u64::read(value)?),
                "onset" => why.onset = Some(Time::read(value)?),
                _ => {}
            }
        }
        Some(why)
    }
}
