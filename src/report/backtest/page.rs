//! A backtest as one HTML page that needs nothing else: rule sets side by side, the episodes, a picture of each day with
//! an alarm.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::compare::compare;
use super::{Backtest, Episode, place_word, whole_text};
use crate::alert::Level;
use crate::locale::Texts;
use crate::model::{Span, Time};
use crate::usual::DayCurve;

/// A picture's width and height, and the room of its axis.
const SIZE: (f64, f64) = (960.0, 180.0);
const AXIS: f64 = 18.0;
/// Minutes of a column.
const COLUMN_MIN: i64 = 10;
/// Days drawn, at most: those with the latest alarms.
const MOST_DAYS: usize = 120;
const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
    table{border-collapse:collapse;width:100%}td,th{padding:.2rem .5rem;border-bottom:1px solid #ddd;text-align:left;\
    vertical-align:top}td.n,th.n{text-align:right}h2{margin-top:2rem}svg{width:100%;height:auto}.alarm{color:#b00020}\
    small{color:#666}";

/// The page.
#[must_use]
pub fn page(backtest: &Backtest, site: &str, zone: &TimeZone, texts: &Texts) -> String {
    let mut out = String::new();
    let title = escaped(&format!("{} · {site}", texts.t("backtest.title")));
    let lang = texts.lang().word();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n<p>{}</p>\n",
        escaped(&summary(backtest, texts))
    );
    rule_sets(&mut out, backtest, texts);
    days(&mut out, backtest, zone, texts);
    table(&mut out, backtest, zone, texts);
    out.push_str("</body></html>\n");
    out
}

fn summary(backtest: &Backtest, texts: &Texts) -> String {
    let (days, episodes) = (backtest.days.len().to_string(), backtest.episodes.len().to_string());
    texts.fill("backtest.summary", &[("days", &days), ("episodes", &episodes)])
}

fn rule_sets(out: &mut String, backtest: &Backtest, texts: &Texts) {
    let days = f64::from(u32::try_from(backtest.days.len().max(1)).unwrap_or(1));
    let _ = writeln!(
        out,
        "<h2>{}</h2><table><tr><th></th><th class=n>{}</th><th class=n>{}</th></tr>",
        escaped(texts.t("backtest.rules")),
        escaped(texts.t("backtest.alarms_a_day")),
        escaped(texts.t("backtest.unconfirmed_a_day"))
    );
    for row in compare(backtest) {
        let a_day = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX)) / days;
        let name = escaped(texts.under("backtest", row.key));
        let _ = writeln!(
            out,
            "<tr><td>{name}</td><td class=n>{:.2}</td><td class=n>{:.3}</td></tr>",
            a_day(row.alarms),
            a_day(row.unconfirmed)
        );
    }
    let _ = writeln!(out, "</table><p><small>{}</small></p>", escaped(texts.t("backtest.confirmed")));
}

/// A picture of each day with an alarm at scope all.
fn days(out: &mut String, backtest: &Backtest, zone: &TimeZone, texts: &Texts) {
    let Some((stream, course)) = backtest.recorded.streams.first().zip(backtest.courses.first()) else { return };
    let times: Vec<Time> = stream.calls.iter().map(|c| c.at).collect();
    let alarms: Vec<&Episode> = backtest.episodes.iter().filter(|e| e.scope == 0 && e.level == Level::Alarm).collect();
    let hit = |curve: &DayCurve| alarms.iter().any(|e| curve.start() <= e.raised_at && e.raised_at < curve.end());
    let drawn = course.days.iter().filter_map(|(date, curve)| Some((date, curve.as_ref()?))).filter(|(_, c)| hit(c));
    let drawn: Vec<_> = drawn.collect();
    let _ = writeln!(
        out,
        "<h2>{}</h2><p><small>{}</small></p>",
        escaped(texts.t("backtest.days")),
        escaped(texts.t("backtest.legend"))
    );
    for (date, curve) in drawn.iter().skip(drawn.len().saturating_sub(MOST_DAYS)) {
        let _ = writeln!(out, "<h3>{date}</h3>");
        picture(out, &times, curve, &alarms, zone);
    }
}

fn picture(out: &mut String, times: &[Time], curve: &DayCurve, alarms: &[&Episode], zone: &TimeZone) {
    let (width, height) = (SIZE.0, SIZE.1 - AXIS);
    let column = Span::from_secs(60 * COLUMN_MIN);
    let mut columns = Vec::new();
    let mut at = curve.start();
    while at < curve.end() && columns.len() < 400 {
        let n = times.partition_point(|t| *t < at + column) - times.partition_point(|t| *t < at);
        columns.push((f64::from(u32::try_from(n).unwrap_or(u32::MAX)), curve.expected(at, at + column)));
        at = at + column;
    }
    let most = columns.iter().map(|(n, usual)| n.max(2.0 * usual)).fold(1.0, f64::max);
    let wide = width / f64::from(u32::try_from(columns.len().max(1)).unwrap_or(1));
    let day = (curve.end() - curve.start()).secs().max(1.0);
    let x = |t: Time| ((t - curve.start()).secs() / day).clamp(0.0, 1.0) * width;
    let _ = write!(out, "<svg viewBox=\"0 0 {} {}\" xmlns=\"http://www.w3.org/2000/svg\">", SIZE.0, SIZE.1);
    for alarm in alarms {
        let (from, to) = (x(alarm.raised_at), x(alarm.cleared_at.unwrap_or(curve.end())));
        if to > from {
            let _ = write!(
                out,
                "<rect x=\"{from:.1}\" y=\"0\" width=\"{:.1}\" height=\"{height}\" fill=\"#f6c6cb\"/>",
                to - from
            );
        }
    }
    let mut left = 0.0;
    for (n, _) in &columns {
        let tall = n / most * height;
        let _ = write!(
            out,
            "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" fill=\"#5b8db8\"/>",
            height - tall,
            (wide - 0.5).max(0.5)
        );
        left += wide;
    }
    for (times_usual, colour) in [(1.0, "#222"), (2.0, "#b00020")] {
        let mut points = String::new();
        let mut left = wide / 2.0;
        for (_, usual) in &columns {
            let _ = write!(points, "{left:.1},{:.1} ", height - times_usual * usual / most * height);
            left += wide;
        }
        let _ = write!(out, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>");
    }
    for hour in (0..24).step_by(3) {
        let at = curve.start() + Span::from_secs(3600 * hour);
        let label = at.to_jiff().to_zoned(zone.clone()).strftime("%H:%M");
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" font-size=\"11\" fill=\"#666\">{label}</text>",
            x(at),
            SIZE.1 - 4.0
        );
    }
    out.push_str("</svg>\n");
}

fn table(out: &mut String, backtest: &Backtest, zone: &TimeZone, texts: &Texts) {
    let _ = writeln!(out, "<h2>{}</h2><table>", escaped(texts.t("backtest.episodes")));
    for e in backtest.episodes.iter().filter(|e| e.level == Level::Alarm) {
        let scope = backtest.recorded.streams.get(e.scope).map(|s| place_word(&s.scope)).unwrap_or_default();
        let local = |t: Time, form: &str| t.to_jiff().to_zoned(zone.clone()).strftime(form).to_string();
        let to = e.cleared_at.map(|t| local(t, "%H:%M")).unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr><td>{}–{to}</td><td>{}</td><td class=alarm>{}</td><td>{}</td></tr>",
            local(e.raised_at, "%Y-%m-%d %H:%M:%S"),
            escaped(&scope),
            escaped(texts.under("alert", e.kind.word())),
            escaped(&whole_text(e, texts))
        );
    }
    out.push_str("</table>\n");
}

/// Text as HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
