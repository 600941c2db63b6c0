//! A day as columns: calls that came, the usual as a line across, twice the usual as a dotted one, and the band of the
//! forecast.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use crate::model::{Span, Time};
use crate::snapshot::DayView;
use crate::usual::forecast::STEP_S;

/// Steps of a half-hour.
const HALF: usize = 6;
/// Steps a column may have; each divides an hour.
const STEPS: [usize; 5] = [1, 2, 3, 6, 12];
/// Room for an hour's name.
const HOUR: usize = 8;

/// A column: what came, what usually comes, what is forecast.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(super) struct Column {
    /// Calls; `None` where its time has not come, or nobody listened. The running column stands for its whole length: the last steps.
    pub calls: Option<f64>,
    /// Calls that usually come; `None` where no usual is known.
    pub usual: Option<f64>,
    /// Eight of ten lie between these.
    pub band: Option<(f64, f64)>,
}

/// The columns of a day, from its first to its last busy hour.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Chart {
    /// The day's start.
    start: Time,
    /// Steps before the first column.
    first: usize,
    /// Steps of a column.
    per: usize,
    /// Cells of a column.
    cells: u16,
    columns: Vec<Column>,
    /// The top of the scale.
    top: f64,
}

/// Styles of what is drawn.
pub(super) struct Styles<F: Fn(&Column, f64) -> Style> {
    /// Of a column, given the scale's top.
    pub bar: F,
    pub usual: Style,
    pub twice: Style,
    pub band: Style,
    pub axis: Style,
}

impl Chart {
    /// Columns for so many cells; none before anything came.
    #[must_use]
    pub(super) fn of(day: &DayView, cells: u16, alarm: f64) -> Self {
        let Some(start) = day.start else { return Self::default() };
        let busy = |v: &f32| *v > 0.02;
        let firsts = [day.usual.iter().position(busy), day.calls.iter().position(|n| *n > 0)];
        let Some(first) = firsts.into_iter().flatten().min() else { return Self::default() };
        let lasts = [day.usual.iter().rposition(busy), day.calls.len().checked_sub(1)];
        let last = lasts.into_iter().flatten().max().unwrap_or(first);
        let (first, end) = (first / 12 * 12, (last / 12 + 1) * 12);
        let room = usize::from(cells).max(1);
        let per = STEPS.into_iter().find(|s| (end - first).div_ceil(*s) <= room).unwrap_or(12);
        let count = (end - first).div_ceil(per).min(room);
        let columns: Vec<Column> = (0..count).map(|i| column(day, first + i * per, per)).collect();
        let most = columns.iter().fold(0.0_f64, |top, c| {
            let twice = c.usual.map(|u| u * alarm);
            [c.calls, twice, c.band.map(|b| b.1)].into_iter().flatten().fold(top, f64::max)
        });
        let cells = u16::try_from(room / count.max(1)).unwrap_or(1).max(1);
        Self { start, first, per, cells, columns, top: nice(most) }
    }

    /// Whether there is anything to draw.
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.top <= 0.0
    }

    /// Minutes of a column.
    #[must_use]
    pub(super) fn minutes(&self) -> i64 {
        i64::try_from(self.per).unwrap_or(1) * STEP_S / 60
    }

    /// The place of an instant, cells from the left; `None` outside.
    #[must_use]
    pub(super) fn place(&self, at: Time) -> Option<u16> {
        let steps = at.since(self.start).whole_secs().div_euclid(STEP_S);
        let steps = usize::try_from(steps).ok()?.checked_sub(self.first)?;
        let column = u16::try_from(steps / self.per.max(1)).ok()?;
        (usize::from(column) < self.columns.len()).then(|| column.saturating_mul(self.cells))
    }

    /// Draws columns and lines; twice the usual is `alarm` times.
    pub(super) fn draw<F: Fn(&Column, f64) -> Style>(
        &self,
        buf: &mut Buffer,
        area: Rect,
        alarm: f64,
        styles: &Styles<F>,
    ) {
        let eighths = f64::from(area.height) * 8.0;
        for (index, column) in self.columns.iter().enumerate() {
            let Some(left) = u16::try_from(index).ok().and_then(|i| i.checked_mul(self.cells)) else { break };
            let scaled = |n: f64| scaled(n, self.top, eighths);
            let bar = scaled(column.calls.unwrap_or(0.0));
            let line = |n: Option<f64>| n.filter(|u| *u > 0.0).map(|u| scaled(u).max(1) - 1);
            let (usual, twice) = (line(column.usual), line(column.usual.map(|u| u * alarm)));
            let band = column.band.map(|(low, high)| (scaled(low) / 8, scaled(high).max(1).saturating_sub(1) / 8));
            for row in 0..area.height {
                let over = bar.saturating_sub(row * 8).min(8);
                for x in left..left.saturating_add(self.cells) {
                    let at = Position { x: area.x.saturating_add(x), y: area.bottom() - 1 - row };
                    let Some(cell) = buf.cell_mut(at).filter(|_| area.contains(at)) else { continue };
                    let style = (styles.bar)(column, self.top);
                    if let Some(usual) = usual.filter(|u| u / 8 == row) {
                        // On a column the line stands on the column's colour; above it, on the ground.
                        cell.set_symbol(height(usual % 8));
                        let on = Style { bg: style.fg, ..styles.usual };
                        cell.set_style(if over >= 8 { on } else { styles.usual });
                        if over >= 8 && on.bg.is_none() {
                            cell.set_style(Style::new().add_modifier(Modifier::REVERSED));
                        }
                    } else if let Some(sign) = block(over) {
                        cell.set_symbol(sign).set_style(style);
                    } else if twice.is_some_and(|t| t / 8 == row) {
                        cell.set_symbol("·").set_style(styles.twice);
                    } else if band.is_some_and(|(low, high)| (low..=high).contains(&row)) {
                        cell.set_symbol("░").set_style(styles.band);
                    }
                }
            }
        }
    }

    /// Numbers of the scale, from top to bottom, as many as have room: rows from the top, and the number.
    #[must_use]
    pub(super) fn scale(&self, height: u16) -> Vec<(u16, String)> {
        let last = height.saturating_sub(1);
        let parts: u16 = match height {
            0..=5 => 1,
            6..=14 => 2,
            _ => 4,
        };
        let number = |n: f64| if self.top < 4.0 && n > 0.0 { format!("{n:.1}") } else { format!("{n:.0}") };
        (0..=parts).map(|i| (last - last * i / parts, number(self.top * f64::from(i) / f64::from(parts)))).collect()
    }

    /// Hours along the bottom: cells from the left, and the instant.
    #[must_use]
    pub(super) fn hours(&self) -> Vec<(u16, Time)> {
        let hour = usize::from(self.cells) * 12 / self.per.max(1);
        let Some(every) = [1, 2, 3, 4, 6, 12].into_iter().find(|n| n * hour >= HOUR) else { return Vec::new() };
        let hours = self.columns.len() * self.per / 12;
        let at = |h: usize| {
            let secs = i64::try_from((self.first + h * 12) * 300).unwrap_or(0);
            Some((u16::try_from(h * hour).ok()?, self.start + Span::from_secs(secs)))
        };
        (0..hours).step_by(every).filter_map(at).collect()
    }
}

fn column(day: &DayView, from: usize, per: usize) -> Column {
    let running = day.calls.len().saturating_sub(1);
    let sum = |from: usize, to: usize| -> f64 {
        day.calls
            .get(from.min(day.calls.len())..to.min(day.calls.len()))
            .unwrap_or_default()
            .iter()
            .map(|n| f64::from(*n))
            .sum()
    };
    let to = from + per;
    let blind = |step: usize| day.blind.get(step).copied().unwrap_or(false);
    let calls = if (from..to).all(blind) {
        None
    } else if to <= running {
        Some(sum(from, to))
    } else if from <= running && !day.calls.is_empty() {
        // Whole steps just before now, where there are as many.
        Some(if running >= per { sum(running - per, running) } else { sum(from, running + 1) })
    } else {
        None
    };
    let Some(forecast) = day.forecast() else { return Column { calls, ..Column::default() } };
    let (mut usual, mut expected, mut spread) = (0.0, 0.0, 0.0);
    for step in from..to {
        let here = day.usual.get(step).map_or(0.0, |u| f64::from(*u));
        usual += here;
        let Some(half) = forecast.halves.get(step / HALF).filter(|h| h.usual > 0.0) else { continue };
        let share = here / half.usual;
        // What came stands in the forecast of the half-hour that runs.
        let runs = half.from <= day.at && day.at < half.to;
        let level = if runs { forecast.level } else { half.expected / half.usual };
        expected += level * here;
        spread += (half.high - half.expected).max(0.0).powi(2) * share;
    }
    let reach = spread.sqrt();
    Column { calls, usual: Some(usual), band: (usual > 0.0).then(|| ((expected - reach).max(0.0), expected + reach)) }
}

/// The next number of a scale that is easy to read.
fn nice(most: f64) -> f64 {
    if most <= 0.0 || !most.is_finite() {
        return 0.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    [1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|n| n * power)
        .find(|n| *n >= most)
        .unwrap_or(10.0 * power)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and eight times a screen's height"
)]
fn scaled(n: f64, top: f64, eighths: f64) -> u16 {
    if top > 0.0 { (n / top * eighths).round().clamp(0.0, eighths) as u16 } else { 0 }
}

const fn height(eighth: u16) -> &'static str {
    match eighth {
        0..=2 => "▁",
        3..=4 => "─",
        _ => "▔",
    }
}

const fn block(eighths: u16) -> Option<&'static str> {
    Some(match eighths {
        1 => "▁",
        2 => "▂",
        3 => "▃",
        4 => "▄",
        5 => "▅",
        6 => "▆",
        7 => "▇",
        8 => "█",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_cover_the_busy_hours() {
        let usual: Vec<f32> = (0..288).map(|s| if (96..216).contains(&s) { 10.0 } else { 0.0 }).collect();
        let calls: Vec<u32> = (0..=150).map(|s| if s < 96 { 0 } else { 10 }).collect();
        let start = Time::from_secs(1_000_000);
        let now = start + Span::from_secs(150 * STEP_S + 10);
        let day = DayView::new(start, now, calls, usual.into());
        let chart = Chart::of(&day, 60, 2.0);
        // Ten hours from eight on, a column ten minutes.
        assert_eq!((chart.first, chart.per, chart.columns.len(), chart.cells), (96, 2, 60, 1));
        assert_eq!(chart.columns[0].calls, Some(20.0));
        assert_eq!(chart.columns[27].calls, Some(20.0), "the running one stands for its length");
        assert_eq!((chart.columns[28].calls, chart.columns[28].usual), (None, Some(20.0)));
        let band = chart.columns[59].band.unwrap_or_default();
        assert!(band.0 < 20.0 && band.1 > 20.0 && band.1 < 40.0, "{band:?}");
        assert!((chart.top - 40.0).abs() < 1e-9, "{}", chart.top);
        assert_eq!(chart.place(start + Span::from_secs(96 * STEP_S)), Some(0));
        assert_eq!(chart.place(start), None);
        assert_eq!(chart.hours().len(), 5, "every second hour has room");
        assert!(Chart::of(&DayView::default(), 60, 2.0).is_empty());
    }
}
