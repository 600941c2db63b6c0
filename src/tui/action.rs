//! What keys do. Each action has a name: the keymap binds keys to it, the help lists it, texts call it `action.<word>`.

crate::model::words!(
    /// What a key does.
    Action {
        /// View 1.
        ViewWall = "view_wall",
        /// View 2.
        ViewQueues = "view_queues",
        /// View 3.
        ViewAgents = "view_agents",
        /// View 4.
        ViewVolume = "view_volume",
        /// View 5.
        ViewIncidents = "view_incidents",
        /// View 6.
        ViewFeeds = "view_feeds",
        /// View 7.
        ViewStaffing = "view_staffing",
        /// View 8, in a later version.
        ViewEvents = "view_events",
        /// The next view there is.
        NextView = "next_view",
        /// The view before.
        PreviousView = "previous_view",
        /// All keys.
        Help = "help",
        /// Filter rows by name.
        Filter = "filter",
        /// The next sort order of this view.
        Sort = "sort",
        /// The next window of the table's figures.
        Window = "window",
        /// Hold the picture; data goes on.
        Freeze = "freeze",
        /// A replay stands still, or goes on.
        Pause = "pause",
        /// A replay goes faster.
        Faster = "faster",
        /// A replay goes slower.
        Slower = "slower",
        /// The table alone.
        Maximise = "maximise",
        /// The next language.
        Language = "language",
        /// The next theme.
        Theme = "theme",
        /// One row up.
        Up = "up",
        /// One row down.
        Down = "down",
        /// A page up.
        PageUp = "page_up",
        /// A page down.
        PageDown = "page_down",
        /// The first row.
        First = "first",
        /// The last row.
        Last = "last",
        /// Into the chosen row.
        Open = "open",
        /// Out again.
        Back = "back",
        /// I have it.
        Acknowledge = "acknowledge",
        /// Take it for somebody: a short code, a role or a name.
        AckFor = "ack_for",
        /// Add a note.
        Note = "note",
        /// A step of the playbook is done.
        Step = "step",
        /// A measure goes a step on.
        Measure = "measure",
        /// A new wording for callers.
        Wording = "wording",
        /// A team has read the wording.
        WordingRead = "wording_read",
        /// Agents report an area.
        Tally = "tally",
        /// Dispatch was told.
        DispatchTold = "dispatch_told",
        /// Dispatch answered.
        DispatchAnswer = "dispatch_answer",
        /// Give a duty to a person.
        Assign = "assign",
        /// A report went out.
        Update = "update",
        /// What raised it is over.
        Resolve = "resolve",
        /// Close the incident.
        Close = "close",
        /// Open an incident by hand.
        OpenIncident = "open_incident",
        /// Draw everything again.
        Redraw = "redraw",
        /// Stop like any other job of the shell.
        Suspend = "suspend",
        /// End.
        Quit = "quit",
    }
);

/// What a person did at the keyboard, as the view state takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key with a name.
    Do(Action),
    /// A character while a filter is being typed.
    Type(char),
    /// Take the last character back.
    Erase,
    /// Keep what was typed.
    Accept,
    /// Forget what was typed.
    Cancel,
}

/// What the loop does for the view state.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// End.
    Quit,
    /// Stop until the shell continues us.
    Suspend,
    /// Draw every cell again.
    Redraw,
    /// Ask the engine.
    Command(crate::model::Command),
    /// Steer the replay.
    Playback(crate::engine::Playback),
}
