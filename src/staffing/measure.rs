//! What a pool's staffing rests on, measured: how fast calls come, how long they take, how long callers would wait.

use super::patience::patience;
use crate::metrics::{Counts, Window};
use crate::model::Span;

/// A mean time and what it was measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The time.
    pub span: Span,
    /// Contacts (handle time) or abandons (patience) it is of.
    pub n: i64,
    /// In which window.
    pub window: Window,
}

/// Calls in a time: the present rate.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Rate {
    /// Calls that joined …
    pub calls: f64,
    /// … in this time.
    pub over: Span,
}

impl Rate {
    /// Calls a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        if self.over > Span::ZERO { super::erlang::tame(self.calls / self.over.secs()) } else { 0.0 }
    }
}

/// What the feeds of a pool tell of handling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Told {
    /// After-call work; without it, it is missing in the handle time, and said so.
    pub after_call: bool,
    /// Ringing.
    pub ring: bool,
}

/// The present rate: over the shortest of 5, 15 and 30 minutes with `min_sample` joins, else over 30 minutes; over no longer
/// than `listened`. `one`: of a single queue, whose calls from elsewhere are its own; moves within a pool are no new calls.
#[must_use]
pub fn present_rate(counts: impl Fn(Window) -> Counts, min_sample: u64, listened: Span, one: bool) -> Rate {
    let windows = [Window::Min5, Window::Min15, Window::Min30];
    let mut rate = Rate::default();
    for window in windows {
        let c = counts(window);
        let calls = if one { c.offered } else { c.offered - c.moved_in };
        let over = Span::from_secs(window.sliding_secs().unwrap_or(1800));
        rate = Rate { calls: float(calls.max(0)), over: over.min(listened.max(Span::from_secs(60))) };
        if u64::try_from(calls).is_ok_and(|n| n >= min_sample) {
            break;
        }
    }
    rate
}

/// Mean ring + talk + hold + after-call of the last 30 minutes, or of the shortest longer window with `min_sample` contacts,
/// or of the longest there is; `None` where no contact has ended.
#[must_use]
pub fn handle_time(counts: impl Fn(Window) -> Counts, told: Told, min_sample: u64) -> Option<Measured> {
    let mut found = None;
    for window in [Window::Min30, Window::Hour, Window::Day, Window::Whole] {
        let c = counts(window);
        let (sum, n) = if told.after_call { (c.handle_us, c.after_calls) } else { (c.talk_us, c.contacts) };
        let Some(mean) = sum.checked_div(n).filter(|_| n > 0) else { continue };
        let ring = if told.ring { c.ring_us.checked_div(c.answered).unwrap_or(0).max(0) } else { 0 };
        found = Some(Measured { span: Span::from_micros(mean.max(0).saturating_add(ring)), n, window });
        if u64::try_from(n).is_ok_and(|n| n >= min_sample) {
            break;
        }
    }
    found
}

/// Mean patience from the waits of everybody, those answered censored ([`patience`]), of the shortest of the last hour, the
/// day and the whole with enough abandons; `None` where none has enough: then nobody is taken to give up.
#[must_use]
pub fn patience_time(counts: impl Fn(Window) -> Counts) -> Option<Measured> {
    [Window::Hour, Window::Day, Window::Whole].into_iter().find_map(|window| {
        let c = counts(window);
        let waited = c.wait_answered_us + c.wait_abandoned_us + c.wait_short_us + c.wait_exited_us;
        let gone = c.abandoned_all();
        let span = patience(Span::from_micros(waited), u64::try_from(gone).ok()?)?;
        Some(Measured { span, n: gone, window })
    })
}

#[expect(clippy::cast_precision_loss, reason = "calls of half an hour")]
const fn float(n: i64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(offered: i64, n: i64, handle_s: i64) -> Counts {
        Counts {
            offered,
            answered: n,
            contacts: n,
            after_calls: n,
            ring_us: n * 4_000_000,
            talk_us: n * (handle_s - 30) * 1_000_000,
            handle_us: n * handle_s * 1_000_000,
            ..Counts::default()
        }
    }

    #[test]
    fn the_rate_is_as_fresh_as_its_calls_allow() {
        let hour = Span::from_secs(3600);
        for (five, fifteen, thirty, listened, want) in [
            (25, 60, 100, hour, (25.0, 300)),
            (3, 21, 50, hour, (21.0, 900)),
            (1, 2, 3, hour, (3.0, 1800)),
            (1, 2, 3, Span::from_secs(600), (3.0, 600)),
            (0, 0, 0, Span::ZERO, (0.0, 60)),
        ] {
            let of = |w: Window| counts([five, fifteen, thirty][w.index().min(2)], 0, 0);
            let rate = present_rate(of, 20, listened, true);
            assert_eq!((rate.calls, rate.over), (want.0, Span::from_secs(want.1)));
        }
        let moved = |_| Counts { offered: 30, moved_in: 10, ..Counts::default() };
        assert!((present_rate(moved, 20, hour, false).calls - 20.0).abs() < 1e-9);
        assert!((present_rate(moved, 20, hour, true).calls - 30.0).abs() < 1e-9);
    }

    #[test]
    fn handle_time_falls_back_to_longer_windows() {
        let told = Told { after_call: true, ring: true };
        let of = |half: i64, hour: i64| {
            move |w: Window| match w {
                Window::Min30 => counts(half, half, 200),
                Window::Hour => counts(hour, hour, 240),
                _ => counts(hour, hour, 300),
            }
        };
        let found = |half, hour, told| handle_time(of(half, hour), told, 20).map(|m| (m.span.whole_secs(), m.window));
        assert_eq!(found(20, 40, told), Some((204, Window::Min30)));
        assert_eq!(found(5, 40, told), Some((244, Window::Hour)));
        assert_eq!(found(0, 3, told), Some((304, Window::Whole)));
        assert_eq!(found(20, 40, Told::default()), Some((170, Window::Min30)));
        assert_eq!(found(0, 0, told), None);
    }

    #[test]
    fn patience_counts_everybodys_wait() {
        let c = Counts {
            answered: 90,
            wait_answered_us: 900_000_000,
            abandoned: 10,
            wait_abandoned_us: 300_000_000,
            ..Counts::default()
        };
        let found = patience_time(|w| if w == Window::Day { c } else { Counts::default() });
        assert_eq!(found, Some(Measured { span: Span::from_secs(120), n: 10, window: Window::Day }));
        let few = Counts { abandoned: 9, ..c };
        assert_eq!(patience_time(|_| few), None);
    }
}
