//! The view state: what a person looks at, and how. It knows nothing of terminals.

use std::sync::Arc;

use crate::config::{Lang, Theme};
use crate::metrics::{Scope, Window};
use crate::model::{AgentId, FeedId, Label, Span, Time};
use crate::snapshot::{ScopeView, Snapshot};

use super::action::Action;
use super::charset::Charset;
use super::depth::Depth;
use super::order::{Need, settle};
use super::status::Targets;

/// A view that can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// Read from five metres.
    Wall,
    /// The table of queues.
    Queues,
    /// The table of people.
    Agents,
    /// Today's calls against the usual.
    Volume,
    /// Incidents and their timelines.
    Incidents,
    /// Where the figures come from, and what did not fit.
    Feeds,
    /// Need against have, to the end of the day.
    Staffing,
}

impl View {
    /// Every view, in the order of Tab.
    pub const ALL: [Self; 7] =
        [Self::Wall, Self::Queues, Self::Agents, Self::Volume, Self::Incidents, Self::Feeds, Self::Staffing];

    /// Its number on the keyboard.
    #[must_use]
    pub const fn number(self) -> char {
        match self {
            Self::Wall => '1',
            Self::Queues => '2',
            Self::Agents => '3',
            Self::Volume => '4',
            Self::Incidents => '5',
            Self::Feeds => '6',
            Self::Staffing => '7',
        }
    }

    /// Key of its name in the texts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Wall => "view.wall",
            Self::Queues => "view.queues",
            Self::Agents => "view.agents",
            Self::Volume => "view.volume",
            Self::Incidents => "view.incidents",
            Self::Feeds => "view.feeds",
            Self::Staffing => "view.staffing",
        }
    }
}

/// What a chosen row is about; it stays chosen when rows move, are filtered or come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// A queue.
    Queue(Scope),
    /// A person.
    Agent(FeedId, AgentId),
    /// An incident.
    Incident(u64),
    /// A feed.
    Feed(FeedId),
}

/// What a person has set in one view.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ViewState {
    /// Rows whose names hold every word of this.
    pub filter: String,
    /// Place in the sort orders of the view.
    pub sort: usize,
    /// The chosen row.
    pub chosen: Option<RowKey>,
}

/// A picture held still.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// What is held.
    pub snapshot: Arc<Snapshot>,
    /// The instant it was held.
    pub at: Time,
}

/// How long a picture stays held without a key.
pub(super) const FREEZE: Span = Span::from_secs(120);

/// How long a notice stands.
pub(super) const NOTICE: Span = Span::from_secs(5);

/// The view state.
#[derive(Clone, Debug)]
pub struct Ui {
    /// Language of the screen.
    pub lang: Lang,
    /// Theme chosen.
    pub theme: Theme,
    /// Colours of the terminal.
    pub depth: Depth,
    /// Signs of the terminal.
    pub charset: Charset,
    /// The wall display: one view, no keyboard.
    pub wall: bool,
    /// What is looked at.
    pub view: View,
    /// The help lies over it.
    pub help: bool,
    /// What is searched in the help.
    pub help_filter: String,
    /// First entry of the help on screen, where not all have room.
    pub help_top: usize,
    /// The table alone.
    pub maximised: bool,
    /// Window of the tables' figures.
    pub window: Window,
    /// What was set in each view, by [`View::ALL`].
    pub views: [ViewState; View::ALL.len()],
    /// A filter being typed, not in force yet.
    pub typing: Option<String>,
    /// What is typed is this action's, about the incident of this number, and no filter.
    pub prompt: Option<(Action, u64)>,
    /// First line of an incident on screen, where not all have room.
    pub detail_top: usize,
    /// Agents of this queue alone.
    pub drill: Option<Scope>,
    /// The picture held still.
    pub frozen: Option<Frozen>,
    /// A short notice, since when.
    pub notice: Option<(String, Time)>,
    /// Queues by need, as they stand on screen.
    pub order: Vec<Scope>,
    /// Limits of the configuration.
    pub targets: Targets,
    /// Who acts: operating-system user or token, and roster name.
    pub user: Label,
    /// Rows of a page, from the terminal's size.
    pub page: usize,
}

impl Ui {
    /// A console in a language and theme, everything else as it starts.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme) -> Self {
        Self {
            lang,
            theme,
            depth: Depth::default(),
            charset: Charset::default(),
            wall: false,
            view: View::Wall,
            help: false,
            help_filter: String::new(),
            help_top: 0,
            maximised: false,
            window: Window::Min30,
            views: Default::default(),
            typing: None,
            prompt: None,
            detail_top: 0,
            drill: None,
            frozen: None,
            notice: None,
            order: Vec::new(),
            targets: Targets::default(),
            user: Label::default(),
            page: 10,
        }
    }

    /// What was set in the view one is in.
    #[must_use]
    pub fn state(&self) -> &ViewState {
        let [wall, queues, agents, volume, incidents, feeds, staffing] = &self.views;
        match self.view {
            View::Wall => wall,
            View::Queues => queues,
            View::Agents => agents,
            View::Volume => volume,
            View::Incidents => incidents,
            View::Feeds => feeds,
            View::Staffing => staffing,
        }
    }

    /// The same, to change.
    pub fn state_mut(&mut self) -> &mut ViewState {
        let [wall, queues, agents, volume, incidents, feeds, staffing] = &mut self.views;
        match self.view {
            View::Wall => wall,
            View::Queues => queues,
            View::Agents => agents,
            View::Volume => volume,
            View::Incidents => incidents,
            View::Feeds => feeds,
            View::Staffing => staffing,
        }
    }

    /// The filter in force, or as it is being typed.
    #[must_use]
    pub fn filter(&self) -> &str {
        match &self.typing {
            Some(text) if self.prompt.is_none() => text,
            _ if self.help => &self.help_filter,
            _ => &self.state().filter,
        }
    }

    /// What the body shows: the held picture, else the newest.
    #[must_use]
    pub fn shown<'a>(&'a self, newest: &'a Snapshot) -> &'a Snapshot {
        self.frozen.as_ref().map_or(newest, |f| &f.snapshot)
    }

    /// Says something for a few seconds.
    pub fn say(&mut self, text: String, now: Time) {
        self.notice = Some((text, now));
    }

    /// Time or data went on: settles the order of the queues, lets go of what has stood long enough.
    pub fn observe(&mut self, newest: &Arc<Snapshot>, now: Time) {
        if self.frozen.as_ref().is_some_and(|f| self.wall || now.since(f.at) >= FREEZE) {
            self.frozen = None;
        }
        if self.notice.as_ref().is_some_and(|(_, since)| now.since(*since) >= NOTICE || now < *since) {
            self.notice = None;
        }
        if self.frozen.is_none() {
            let needs: Vec<(Scope, Need)> =
                newest.queues.iter().map(|q| (q.scope.clone(), Need::of(q, newest, now))).collect();
            self.order = settle(&self.order, &needs);
        }
    }

    /// Queues in the order on screen; those not placed yet come last.
    #[must_use]
    pub fn ordered<'a>(&self, snapshot: &'a Snapshot) -> Vec<&'a ScopeView> {
        let place: std::collections::HashMap<&Scope, usize> =
            self.order.iter().enumerate().map(|(at, scope)| (scope, at)).collect();
        let mut queues: Vec<&ScopeView> = snapshot.queues.iter().map(AsRef::as_ref).collect();
        queues.sort_by_key(|q| place.get(&q.scope).copied().unwrap_or(usize::MAX));
        queues
    }
}
