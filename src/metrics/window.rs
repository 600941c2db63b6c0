//! The spans of event time a figure is computed over.

crate::model::words!(
    /// A span of event time ending now (KPI.md, "Windows").
    Window {
        /// The last 5 minutes, sliding.
        Min5 = "5m",
        /// The last 15 minutes, sliding.
        Min15 = "15m",
        /// The last 30 minutes, sliding.
        Min30 = "30m",
        /// The last 60 minutes, sliding.
        Hour = "60m",
        /// The running interval, aligned to the local clock.
        Interval = "interval",
        /// The business day so far.
        Day = "day",
        /// Everything since the first event (a recording's "whole").
        Whole = "whole",
    }
);

impl Window {
    /// How many windows there are.
    pub const COUNT: usize = Self::ALL.len();
    /// The sliding ones, shortest first.
    pub const SLIDING: [Self; 4] = [Self::Min5, Self::Min15, Self::Min30, Self::Hour];

    /// Position in arrays by window.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Length of a sliding window in seconds.
    #[must_use]
    pub const fn sliding_secs(self) -> Option<i64> {
        match self {
            Self::Min5 => Some(300),
            Self::Min15 => Some(900),
            Self::Min30 => Some(1800),
            Self::Hour => Some(3600),
            _ => None,
        }
    }
}

/// A part of a recording: its whole is cut into spans one after another, each open to late facts until the next is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The span that runs.
    Running,
    /// The span before it.
    Before,
}
