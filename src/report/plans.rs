//! Forecast, need and gap of a recording as of its end, as JSON.
//!
//! `forecast` is a number, calls of the site's day, with `forecast_low` and `forecast_high` beside it (eight days of ten end
//! between them); `null` where no usual is known. `agents_needed` and `gap` of a queue are those of its pool (`pool` lists
//! its queues: not to be added up over them); those of `all` are the pools' together. `staffing_model` says by which formula.

use std::sync::Arc;

use super::object::{Cell, Object};
use crate::engine::{Books, of_recording};
use crate::metrics::{FigureKey, Scope, Value};
use crate::snapshot::{DayView, PoolView};
use crate::staffing::Model;

/// The keys, in their order.
const KEYS: [FigureKey; 5] =
    [FigureKey::Forecast, FigureKey::ForecastLow, FigureKey::ForecastHigh, FigureKey::AgentsNeeded, FigureKey::Gap];

/// Days and pools of a recording.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    days: Vec<Arc<DayView>>,
    pools: Vec<Arc<PoolView>>,
}

impl Plans {
    /// As of the end of what was read.
    #[must_use]
    pub fn of(books: &mut Books) -> Self {
        let (days, pools) = of_recording(books);
        Self { days, pools }
    }

    /// A figure of a scope, by its place on the floor; `None` for a key that is none of these.
    #[must_use]
    pub fn figure(&self, ix: u32, scope: &Scope, key: FigureKey) -> Option<Value> {
        if !KEYS.contains(&key) {
            return None;
        }
        if let Some(value) = self.days.get(ix as usize).and_then(|d| d.figure(key)) {
            return Some(value);
        }
        let sum = |pools: &mut dyn Iterator<Item = &Arc<PoolView>>| {
            let mut sum = None;
            for pool in pools {
                // A recording that is over has no live feed: its end is what is asked about.
                let needed = key == FigureKey::AgentsNeeded;
                let n = if needed { pool.plan().needed().map(i64::from) } else { pool.gap() };
                #[expect(clippy::cast_precision_loss, reason = "people of a center")]
                match n.map(|n| n as f64) {
                    Some(n) => sum = Some(sum.unwrap_or(0.0) + n),
                    None => return Value::NoDenominator,
                }
            }
            sum.map_or(Value::NoDenominator, Value::Known)
        };
        Some(match scope {
            Scope::All => sum(&mut self.pools.iter()),
            Scope::Queue(..) => sum(&mut self.pool(scope).into_iter()),
            Scope::Group(_) | Scope::Line(_) | Scope::Team(_) | Scope::Area(_) | Scope::Menu(_) | Scope::Reason(_) => {
                Value::NoDenominator
            }
        })
    }

    fn pool(&self, scope: &Scope) -> Option<&Arc<PoolView>> {
        self.pools.iter().find(|p| p.queues.contains(scope))
    }

    /// Adds the figures of a scope to its object; without times they are `null`.
    pub(super) fn put(&self, o: &mut Object, ix: u32, scope: &Scope, times: bool) {
        for key in KEYS {
            let known = self.figure(ix, scope, key).and_then(Value::known).filter(|_| times);
            #[expect(clippy::cast_possible_truncation, reason = "whole calls and people")]
            o.put(key.word(), known.map(|n| n as i64));
        }
        let mut models = self.pools.iter().filter(|p| *scope == Scope::All || p.queues.contains(scope));
        let model = models.find_map(|p| p.plan().model()).filter(|_| times);
        o.put("staffing_model", model.map(Model::word));
        let ids = self.pool(scope).map(|pool| {
            let id = |q: &Scope| match q {
                Scope::Queue(_, id) => Cell::Text(id.to_string()),
                _ => Cell::Null,
            };
            pool.queues.iter().map(id).collect::<Vec<_>>()
        });
        if matches!(scope, Scope::Queue(..)) {
            o.put("pool", ids);
        }
    }
}
