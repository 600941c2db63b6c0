//! Rules of the file over any figure of any scope: hold, clear, hysteresis, the favourable bound, hours, silences,
//! inhibition, flapping. [`Rules::evaluate`] is asked each second and tells what stands; it reads no clock and no figure of
//! its own.

mod check;
mod condition;
mod hours;
mod silence;
mod state;

pub use check::{RuleFigure, check};
pub use condition::{Reading, side};
pub use silence::SilenceView;
pub use state::{RuleAlert, RuleEdge, Rules, RulesView};

use crate::metrics::{Scope, Window};

/// Where rules look: the figures at an instant.
pub trait Figures {
    /// Every scope there is, with the name to show.
    fn scopes(&self) -> Vec<(Scope, crate::model::Label)>;
    /// One figure of one scope. `None` where there is no such scope.
    fn reading(&mut self, scope: &Scope, figure: RuleFigure, window: Window) -> Option<Reading>;
    /// Whether every feed a scope depends on is live.
    fn live(&self, scope: &Scope) -> bool;
    /// The scopes above one: its group, its line, all.
    fn above(&self, scope: &Scope) -> Vec<Scope>;
}
