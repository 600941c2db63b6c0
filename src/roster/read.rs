//! Reading a duty roster: TOML (`[[duty]]`) or CSV (`role,person,backup,days,from,to`).
//!
//! `from` and `to` are local: both times of day ("08:00", with `days`), or both dates with a time ("2026-10-01 08:00"). Left
//! out, the duty is round the clock.

use jiff::civil::{DateTime, Time as Clock};
use jiff::tz::TimeZone;
use toml::de::{DeTable, DeValue};

use super::duty::{Roster, Shift, When};
use crate::model::Label;
use crate::wire::csv::{Reader, Record, Row};

/// Lines a roster may have.
const LINES: usize = 20_000;

/// Names of the days, Monday first: as they are written, and in Chinese.
const DAYS: [[&str; 3]; 7] = [
    ["mon", "周一", "一"],
    ["tue", "周二", "二"],
    ["wed", "周三", "三"],
    ["thu", "周四", "四"],
    ["fri", "周五", "五"],
    ["sat", "周六", "六"],
    ["sun", "周日", "日"],
];

/// What is wrong with a line of a roster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}; {remedy}")]
pub struct RosterProblem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// One line as text.
#[derive(Default)]
struct Line {
    at: u64,
    role: String,
    person: String,
    backup: String,
    days: String,
    from: String,
    to: String,
}

/// Reads rosters, each `(name, text)`; a name ending in `.csv` is CSV. What can be read is in the roster, whatever is wrong
/// beside it.
#[must_use]
pub fn read(files: &[(String, String)], zone: &TimeZone) -> (Roster, Vec<RosterProblem>) {
    let (mut shifts, mut problems) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let mut tell = |line: u64, what: String, remedy: &str| {
            problems.push(RosterProblem { file: name.clone(), line, what, remedy: remedy.to_owned() });
        };
        let lines = if name.to_lowercase().ends_with(".csv") { csv(text, &mut tell) } else { toml(text, &mut tell) };
        for line in lines {
            match shift(&line, name) {
                Ok(shift) if shifts.len() < LINES => shifts.push(shift),
                Ok(_) => {}
                Err((what, remedy)) => tell(line.at, what, remedy),
            }
        }
    }
    (Roster::new(zone.clone(), shifts), problems)
}

fn shift(line: &Line, file: &str) -> Result<Shift, (String, &'static str)> {
    let name = |text: &str, what: &str| {
        let label = Label::new(text);
        if label.is_empty() {
            Err((format!("{what} is missing"), "write role, person, from and to"))
        } else {
            Ok(label)
        }
    };
    Ok(Shift {
        role: name(&line.role, "the role")?,
        person: name(&line.person, "the person")?,
        backup: Some(Label::new(&line.backup)).filter(|b| !b.is_empty()),
        when: when(line)?,
        file: Label::new(file),
        line: line.at,
    })
}

fn when(line: &Line) -> Result<When, (String, &'static str)> {
    const TIMES: &str = "write both as \"08:00\" or both as \"2026-10-01 08:00\", or neither";
    let (from, to) = (line.from.trim(), line.to.trim());
    if from.is_empty() && to.is_empty() {
        return match days(&line.days)? {
            all if all == [true; 7] => Ok(When::Always),
            days => Ok(When::Weekly { days, from: Clock::midnight(), to: Clock::midnight() }),
        };
    }
    if let (Some(from), Some(to)) = (clock(from), clock(to)) {
        return Ok(When::Weekly { days: days(&line.days)?, from, to });
    }
    let (Some(start), Some(end)) = (date_time(from), date_time(to)) else {
        return Err((format!("'{}' to '{}' is no time", short(from), short(to)), TIMES));
    };
    if !line.days.trim().is_empty() {
        return Err(("days stand beside dates".to_owned(), "leave days out: the dates say when"));
    }
    if end <= start {
        return Err(("it ends before it begins".to_owned(), "write a later time in to"));
    }
    Ok(When::Dated { from: start, to: end })
}

fn short(text: &str) -> String {
    crate::model::clean(text, 40).to_string()
}

/// "08:00", "8:00" or "24:00", which is midnight.
fn clock(text: &str) -> Option<Clock> {
    let (hour, minute) = text.split_once(':')?;
    let number = |t: &str| t.parse::<i8>().ok().filter(|_| t.len() <= 2 && t.bytes().all(|b| b.is_ascii_digit()));
    let (hour, minute) = (number(hour)?, number(minute)?);
    if hour == 24 && minute == 0 {
        return Some(Clock::midnight());
    }
    Clock::new(hour, minute, 0, 0).ok()
}

fn date_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.trim().split_once([' ', 'T'])?;
    let date: jiff::civil::Date = date.parse().ok()?;
    let midnight_after = time.trim() == "24:00";
    let date = if midnight_after { date.tomorrow().ok()? } else { date };
    Some(date.to_datetime(clock(time.trim())?))
}

/// "mon-fri", "sat,sun", "周六,周日", "daily" or nothing.
fn days(text: &str) -> Result<[bool; 7], (String, &'static str)> {
    let text = text.trim().to_lowercase();
    if text.is_empty() || text == "daily" || text == "每天" {
        return Ok([true; 7]);
    }
    let day = |word: &str| DAYS.iter().position(|names| names.contains(&word.trim()));
    let mut days = [false; 7];
    for part in text.split([',', '，', '、', ' ']).filter(|p| !p.is_empty()) {
        let (first, last) = part.split_once(['-', '–', '至']).unwrap_or((part, part));
        let (Some(first), Some(last)) = (day(first), day(last)) else {
            return Err((format!("'{}' is no day of the week", short(part)), "write mon-fri, sat,sun or daily"));
        };
        let mut at = first;
        loop {
            if let Some(on) = days.get_mut(at) {
                *on = true;
            }
            if at == last {
                break;
            }
            at = (at + 1) % 7;
        }
    }
    Ok(days)
}

fn csv(text: &str, tell: &mut impl FnMut(u64, String, &str)) -> Vec<Line> {
    let mut reader = Reader::new(text.as_bytes());
    let mut columns: Option<Vec<String>> = None;
    let mut lines = Vec::new();
    while let Ok(Some(row)) = reader.next_row() {
        match row {
            Row::Bad { line, .. } => tell(line, "is no line of CSV".to_owned(), "check its quotes"),
            Row::Record(record) => match &columns {
                None => columns = Some(header(&record, tell)),
                Some(columns) => lines.push(line(&record, columns)),
            },
        }
        if lines.len() > LINES {
            break;
        }
    }
    lines
}

const COLUMNS: [&str; 6] = ["role", "person", "backup", "days", "from", "to"];

fn header(record: &Record<'_>, tell: &mut impl FnMut(u64, String, &str)) -> Vec<String> {
    let names: Vec<String> = (0..record.len()).map(|at| record.text(at).trim().to_lowercase()).collect();
    for name in names.iter().filter(|n| !COLUMNS.contains(&n.as_str())) {
        tell(
            record.line,
            format!("there is no column '{}'", short(name)),
            "the columns are role,person,backup,days,from,to",
        );
    }
    for need in ["role", "person"] {
        if !names.iter().any(|n| n == need) {
            tell(record.line, format!("the column {need} is missing"), "begin with role,person,backup,days,from,to");
        }
    }
    names
}

fn line(record: &Record<'_>, columns: &[String]) -> Line {
    let mut line = Line { at: record.line, ..Line::default() };
    for (at, column) in columns.iter().enumerate() {
        if let Some(place) = place(&mut line, column) {
            record.text(at).trim().clone_into(place);
        }
    }
    line
}

fn place<'l>(line: &'l mut Line, column: &str) -> Option<&'l mut String> {
    Some(match column {
        "role" => &mut line.role,
        "person" => &mut line.person,
        "backup" => &mut line.backup,
        "days" => &mut line.days,
        "from" => &mut line.from,
        "to" => &mut line.to,
        _ => return None,
    })
}

fn toml(text: &str, tell: &mut impl FnMut(u64, String, &str)) -> Vec<Line> {
    let at = |offset: usize| {
        let before = text.as_bytes().get(..offset).unwrap_or_default();
        u64::try_from(before.split(|b| *b == b'\n').count()).unwrap_or(1)
    };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(why) => {
            let line = at(why.span().map_or(0, |s| s.start));
            tell(
                line,
                format!("is not TOML: {}", short(why.message())),
                "a line is key = \"value\"; duties are [[duty]]",
            );
            return Vec::new();
        }
    };
    let mut lines = Vec::new();
    for (key, value) in table.get_ref() {
        let DeValue::Array(items) = value.get_ref() else {
            tell(at(key.span().start), format!("there is no key '{}'", short(key.get_ref())), "write [[duty]]");
            continue;
        };
        if key.get_ref().as_ref() != "duty" {
            tell(at(key.span().start), format!("there is no [[{}]]", short(key.get_ref())), "write [[duty]]");
            continue;
        }
        for item in items {
            let mut line = Line { at: at(item.span().start), ..Line::default() };
            let DeValue::Table(fields) = item.get_ref() else {
                tell(line.at, "is no table".to_owned(), "write [[duty]]");
                continue;
            };
            for (key, value) in fields {
                let here = at(key.span().start);
                match (place(&mut line, key.get_ref()), value.get_ref()) {
                    (Some(place), DeValue::String(text)) => text.trim().clone_into(place),
                    (Some(_), _) => tell(here, format!("{} is no text", short(key.get_ref())), "put it in quotes"),
                    (None, _) => {
                        let known = "the keys are role, person, backup, days, from and to";
                        tell(here, format!("there is no key '{}'", short(key.get_ref())), known);
                    }
                }
            }
            lines.push(line);
        }
    }
    lines
}
