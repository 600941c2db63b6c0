//! The day of one scope: calls as they came, as they usually come, and the forecast of the rest.

use std::sync::{Arc, OnceLock};

use crate::metrics::{FigureKey, Unknown, Value};
use crate::model::Time;
use crate::usual::Learning;
use crate::usual::forecast::{Day, Forecast, forecast};

/// A scope's day in steps of five minutes ([`crate::usual::forecast::STEP_S`]), renewed every ten seconds.
#[derive(Clone, Debug, Default)]
pub struct DayView {
    /// Start of the site's business day; `None` before anything came.
    pub start: Option<Time>,
    /// The instant it stands for.
    pub at: Time,
    /// Joins of each step since the start; the running one last.
    pub calls: Vec<u32>,
    /// Steps nobody listened in: drawn as a gap, and no part of any forecast.
    pub blind: Vec<bool>,
    /// Usual calls of each step of the whole day; empty where none is known.
    pub usual: Arc<[f32]>,
    /// How much history there is, while it is too little to speak.
    pub learning: Option<Learning>,
    forecast: OnceLock<Option<Forecast>>,
}

impl DayView {
    /// A day; its forecast is made when somebody looks.
    #[must_use]
    pub fn new(start: Time, at: Time, calls: Vec<u32>, usual: Arc<[f32]>) -> Self {
        Self { start: Some(start), at, calls, usual, ..Self::default() }
    }

    /// The forecast; `None` where no usual is known.
    #[must_use]
    pub fn forecast(&self) -> Option<&Forecast> {
        let made = self.forecast.get_or_init(|| {
            let (calls, blind, usual) = (&self.calls, &self.blind, &self.usual);
            forecast(&Day { start: self.start?, calls, blind, usual, now: self.at })
        });
        made.as_ref()
    }

    /// `forecast`, `forecast_low`, `forecast_high` in whole calls; `None` for any other key.
    #[must_use]
    pub fn figure(&self, key: FigureKey) -> Option<Value> {
        let of: fn(&Forecast) -> f64 = match key {
            FigureKey::Forecast => |f| f.total,
            FigureKey::ForecastLow => |f| f.low,
            FigureKey::ForecastHigh => |f| f.high,
            _ => return None,
        };
        Some(self.forecast().map_or(Value::Unknown(Unknown::Learning), |f| Value::Known(of(f).round())))
    }
}
