//! Arrivals of the day as columns of blocks, the usual as a mark across each.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use crate::snapshot::VolumeView;

/// One column: calls that came, calls that usually come, and whether its time is up.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(crate) struct Bin {
    /// Calls that came; `None` where its time has not come.
    pub calls: Option<f64>,
    /// Calls that usually come; `None` where no usual is known.
    pub usual: Option<f64>,
}

/// The columns of a day, from its first to its last busy hour.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Bins {
    /// Minutes since the day's start of the first column.
    pub from_min: usize,
    /// Minutes of a column.
    pub step_min: usize,
    /// Cells of a column.
    pub cells: u16,
    /// The columns.
    pub columns: Vec<Bin>,
}

/// Lengths a column may have, minutes; each divides an hour.
const STEPS: [usize; 8] = [1, 2, 5, 10, 15, 20, 30, 60];

impl Bins {
    /// Columns for so many cells.
    #[must_use]
    pub(crate) fn of(volume: &VolumeView, cells: u16) -> Self {
        let busy_usual = |v: &f32| *v > 0.05;
        let usual_from = volume.usual_per_minute.iter().position(busy_usual);
        let usual_to = volume.usual_per_minute.iter().rposition(busy_usual);
        let came_from = volume.per_minute.iter().position(|n| *n > 0);
        let came_to = volume.per_minute.len().checked_sub(1);
        let Some(first) = [usual_from, came_from].into_iter().flatten().min() else { return Self::default() };
        let last = [usual_to, came_to].into_iter().flatten().max().unwrap_or(first);
        let (from_min, to_min) = (first / 60 * 60, (last / 60 + 1) * 60);
        let span = to_min - from_min;
        let room = usize::from(cells).max(1);
        let step_min = STEPS.into_iter().find(|s| span.div_ceil(*s) <= room).unwrap_or(60);
        let count = span.div_ceil(step_min);
        let columns = (0..count.min(room)).map(|i| bin(volume, from_min + i * step_min, step_min)).collect();
        Self { from_min, step_min, cells: u16::try_from(room / count.max(1)).unwrap_or(1).max(1), columns }
    }

    /// The largest of all columns.
    #[must_use]
    pub(crate) fn top(&self) -> f64 {
        self.columns.iter().flat_map(|b| [b.calls, b.usual]).flatten().fold(0.0, f64::max)
    }

    /// Draws the columns in an area; `styles` are of a column (given calls and usual) and of the mark of the usual.
    pub(crate) fn draw(&self, buf: &mut Buffer, area: Rect, style: impl Fn(&Bin) -> Style, mark: Style) {
        let top = self.top();
        if area.is_empty() || top <= 0.0 {
            return;
        }
        let eighths = f64::from(area.height) * 8.0;
        for (index, bin) in self.columns.iter().enumerate() {
            let Some(left) = u16::try_from(index).ok().and_then(|i| i.checked_mul(self.cells)) else { break };
            let level = scaled(bin.calls.unwrap_or(0.0), top, eighths);
            let usual = bin.usual.filter(|u| *u > 0.0).map(|u| scaled(u, top, eighths).max(1) - 1);
            for row in 0..area.height {
                let over = level.saturating_sub(row * 8).min(8);
                let place = |x| Position { x, y: area.bottom() - 1 - row };
                for x in left..left.saturating_add(self.cells) {
                    let at = place(area.x.saturating_add(x));
                    let Some(cell) = buf.cell_mut(at).filter(|_| area.contains(at)) else { continue };
                    if let Some(usual) = usual.filter(|u| u / 8 == row) {
                        // On a column the mark stands on the column's colour; above it, on the ground.
                        let filled = Style { bg: style(bin).fg, ..mark };
                        cell.set_symbol(match usual % 8 {
                            0..=2 => "▁",
                            3..=4 => "─",
                            _ => "▔",
                        });
                        cell.set_style(if over >= 8 { filled } else { mark });
                        if over >= 8 && filled.bg.is_none() {
                            cell.set_style(Style::new().add_modifier(Modifier::REVERSED));
                        }
                    } else if let Some(sign) = block(over) {
                        cell.set_symbol(sign).set_style(style(bin));
                    }
                }
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and eight times a screen's height"
)]
fn scaled(n: f64, top: f64, eighths: f64) -> u16 {
    (n / top * eighths).round().clamp(0.0, eighths) as u16
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

fn bin(volume: &VolumeView, from: usize, step: usize) -> Bin {
    let minutes = |len: usize| from.min(len)..(from + step).min(len);
    let came = volume.per_minute.get(minutes(volume.per_minute.len())).unwrap_or_default();
    let usual = volume.usual_per_minute.get(minutes(volume.usual_per_minute.len())).unwrap_or_default();
    // The running column is compared over its own length: scaled up from the minutes it has.
    let whole = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let part = whole(step) / whole(came.len().max(1));
    let calls = (!came.is_empty()).then(|| came.iter().map(|n| f64::from(*n)).sum::<f64>() * part);
    let usual = (!usual.is_empty()).then(|| usual.iter().map(|u| f64::from(*u)).sum());
    Bin { calls, usual }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_cover_the_busy_hours_and_divide_the_hour() {
        let mut usual = vec![0.0_f32; 1440];
        usual.iter_mut().take(18 * 60).skip(8 * 60).for_each(|u| *u = 2.0);
        let volume = VolumeView { day_start: None, per_minute: vec![0; 9 * 60 + 1], usual_per_minute: usual };
        let bins = Bins::of(&volume, 60);
        assert_eq!((bins.from_min, bins.step_min, bins.columns.len(), bins.cells), (480, 10, 60, 1));
        assert_eq!(bins.columns.first(), Some(&Bin { calls: Some(0.0), usual: Some(20.0) }));
        assert_eq!(bins.columns.last(), Some(&Bin { calls: None, usual: Some(20.0) }));
        assert_eq!(Bins::of(&volume, 61).columns.len(), 60);
        assert_eq!(Bins::of(&volume, 9).columns.len(), 9);
        assert_eq!(Bins::of(&VolumeView::default(), 40), Bins::default());
    }
}
