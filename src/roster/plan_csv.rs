//! Reading a shift plan: `person,team,desk,start,end,breaks,skills,standby`, local times with their zone; everything wrong
//! told at once with its line.
//!
//! `start` is `2026-05-23 08:00` (also with `/`, `T`, seconds) in the plan's zone, or RFC 3339 with an offset. `end` is the
//! same, or a time of day alone: at or before the start's it is the next day's, so a night shift is `22:00` to `06:00`.
//! `breaks` is `12:00-12:45 meal; 15:00-15:10`. `skills` are parted by `;`. `standby` is empty, `yes` or `no`. Further
//! columns that may be there: `name`, `zone`, `arrives_min`, `overtime_month_h`.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time as TimeOfDay};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::plan::{Break, Plan, Planned, Shift};
use crate::config::{ConfigErrors, Problem, Warning, time_zone};
use crate::model::{Label, Span, Time, clean};
use crate::wire::csv::{Fault, Reader, Record, Row};

/// The longest shift; a longer one is a slip of the date.
const LONGEST: Span = Span::from_secs(24 * 3600);
/// Errors told of one file; the rest is counted.
const TOLD: usize = 100;
/// Rows of one file; a plan of a year of a large floor has fewer.
const MOST_ROWS: usize = 2_000_000;

const COLUMNS: [&str; 12] = [
    "person",
    "team",
    "desk",
    "start",
    "end",
    "breaks",
    "skills",
    "standby",
    "name",
    "zone",
    "arrives_min",
    "overtime_month_h",
];
const NEEDED: [usize; 3] = [0, 3, 4];

impl Plan {
    /// Reads a plan. `name` is the file as messages show it, `zone` that of times without one.
    ///
    /// # Errors
    /// Everything that is wrong, all at once, each with file, line and column's name.
    pub fn read(name: &str, bytes: &[u8], zone: &TimeZone) -> Result<(Self, Vec<Warning>), ConfigErrors> {
        let mut import = Import { name, zone, problems: Vec::new(), warnings: Vec::new(), people: Vec::new() };
        import.rows(bytes);
        import.overlaps();
        if import.problems.is_empty() {
            let people = import.people.into_iter().map(|(planned, _)| planned).collect();
            return Ok((Self::of(people), import.warnings));
        }
        import.problems.sort_by_key(|p| p.line);
        let more = import.problems.len().saturating_sub(TOLD);
        import.problems.truncate(TOLD);
        if more > 0 {
            import.problems.push(Problem {
                source: name.to_owned(),
                line: 0,
                column: 0,
                key: String::new(),
                what: format!("{more} errors more are not shown"),
                remedy: Some("correct those above first".to_owned()),
            });
        }
        Err(ConfigErrors { problems: import.problems, warnings: import.warnings, file: Some(name.into()) })
    }
}

/// A plan being read.
struct Import<'a> {
    name: &'a str,
    zone: &'a TimeZone,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    /// With the line of each shift.
    people: Vec<(Planned, Vec<u64>)>,
}

/// Where the columns are, by [`COLUMNS`].
type Places = [Option<usize>; COLUMNS.len()];

impl Import<'_> {
    fn problem(&self, line: u64, key: &str, what: String, remedy: &str) -> Problem {
        Problem {
            source: self.name.to_owned(),
            line: usize::try_from(line).unwrap_or(usize::MAX),
            column: 1,
            key: key.to_owned(),
            what,
            remedy: Some(remedy.to_owned()),
        }
    }

    fn error(&mut self, line: u64, key: &str, what: impl Into<String>, remedy: &str) {
        let problem = self.problem(line, key, what.into(), remedy);
        self.problems.push(problem);
    }

    fn warn(&mut self, line: u64, key: &str, what: String, remedy: &str) {
        let problem = self.problem(line, key, what, remedy);
        self.warnings.push(Warning(problem));
    }

    fn rows(&mut self, bytes: &[u8]) {
        let mut reader = Reader::new(bytes);
        let mut places: Option<Places> = None;
        let mut by_person: BTreeMap<Label, usize> = BTreeMap::new();
        for _ in 0..MOST_ROWS {
            // A slice in memory can always be read.
            let Ok(Some(row)) = reader.next_row() else { break };
            match row {
                Row::Bad { line, why } => {
                    let what = match why {
                        Fault::Quote => "has a quote without its partner",
                        Fault::TooLong => "is longer than any row of a plan",
                    };
                    self.error(line, "", what, "put quotes around a field on both sides, or leave them out");
                }
                Row::Record(record) => match &places {
                    None => places = Some(self.header(&record)),
                    Some(places) => self.row(&record, places, &mut by_person),
                },
            }
        }
        if places.is_none() {
            let remedy = "write person,team,desk,start,end,breaks,skills,standby on its first line";
            self.error(1, "", "has no header", remedy);
        }
    }

    fn header(&mut self, record: &Record<'_>) -> Places {
        let mut places: Places = [None; COLUMNS.len()];
        for at in 0..record.len() {
            let word = record.text(at).trim().to_lowercase();
            let known = COLUMNS.iter().position(|c| *c == word).and_then(|c| places.get_mut(c));
            match known {
                Some(place @ None) => *place = Some(at),
                Some(Some(_)) => self.error(record.line, &word, "is a column twice", "keep one of them"),
                None => {
                    let what = format!("'{}' is no column of a plan", clean(&word, 64));
                    self.error(record.line, "", what, &format!("the columns are {}", COLUMNS.join(", ")));
                }
            }
        }
        for at in NEEDED {
            if let (Some(None), Some(column)) = (places.get(at), COLUMNS.get(at)) {
                self.error(record.line, column, "is missing among the columns", "add it to the first line");
            }
        }
        places
    }

    fn row(&mut self, record: &Record<'_>, places: &Places, by_person: &mut BTreeMap<Label, usize>) {
        let line = record.line;
        let text = |column: usize| {
            let place = places.get(column).copied().flatten();
            place.map_or_else(String::new, |at| record.text(at).trim().to_owned())
        };
        let label = |column: usize| Some(Label::new(&text(column))).filter(|l| !l.is_empty());
        let Some(person) = label(0) else {
            if NEEDED.iter().all(|at| places.get(*at).is_some_and(Option::is_some)) {
                self.error(line, "person", "is empty", "write the agent's id as the feed names it");
            }
            return;
        };
        let zone = self.zone_of(line, &text(9));
        let shift = self.shift(line, &zone, [&text(3), &text(4), &text(5), &text(7)], label(2));
        let arrives = self.number(line, "arrives_min", &text(10), 1440.0).map(|n| Span::from_secs_f64(n * 60.0));
        let overtime = self.number(line, "overtime_month_h", &text(11), 744.0).map(|n| Span::from_secs_f64(n * 3600.0));
        let skills: Vec<Label> =
            text(6).split([';', '|', '；']).map(Label::new).filter(|skill| !skill.is_empty()).collect();
        let at = *by_person.entry(person.clone()).or_insert_with(|| {
            self.people.push((
                Planned {
                    person,
                    name: None,
                    team: None,
                    skills: Vec::new(),
                    arrives: None,
                    overtime_before: Span::ZERO,
                    shifts: Vec::new(),
                },
                Vec::new(),
            ));
            self.people.len() - 1
        });
        let Some((planned, lines)) = self.people.get_mut(at) else { return };
        planned.name = label(8).or(planned.name.take());
        planned.team = label(1).or(planned.team.take());
        planned.arrives = arrives.or(planned.arrives);
        planned.overtime_before = overtime.unwrap_or(planned.overtime_before);
        for skill in skills {
            if !planned.skills.contains(&skill) {
                planned.skills.push(skill);
            }
        }
        if let Some(shift) = shift {
            planned.shifts.push(shift);
            lines.push(line);
        }
    }

    fn zone_of(&mut self, line: u64, name: &str) -> TimeZone {
        if name.is_empty() {
            return self.zone.clone();
        }
        time_zone(name).unwrap_or_else(|unknown| {
            self.error(line, "zone", unknown.to_string(), &unknown.remedy());
            self.zone.clone()
        })
    }

    fn number(&mut self, line: u64, key: &str, text: &str, most: f64) -> Option<f64> {
        if text.is_empty() {
            return None;
        }
        let found = text.parse::<f64>().ok().filter(|n| (0.0..=most).contains(n));
        if found.is_none() {
            let what = format!("'{}' is no number from 0 to {most}", clean(text, 32));
            self.error(line, key, what, "write a plain number, or leave the field empty");
        }
        found
    }

    fn shift(
        &mut self,
        line: u64,
        zone: &TimeZone,
        [start, end, breaks, standby]: [&str; 4],
        desk: Option<Label>,
    ) -> Option<Shift> {
        let standby = match standby.to_lowercase().as_str() {
            "" | "no" | "false" | "0" | "否" => false,
            "yes" | "true" | "1" | "standby" | "是" | "备班" => true,
            other => {
                let what = format!("'{}' is neither yes nor no", clean(other, 32));
                self.error(line, "standby", what, "write yes, no, or leave it empty");
                false
            }
        };
        let Some(start) = self.time(line, "start", start, None, zone) else {
            // The end may be wrong as well: told in the same run. One of a day alone needs the start.
            if moment(end).is_none() && time_of_day(end).is_none() {
                self.bad_time(line, "end", end);
            }
            return None;
        };
        let end = self.time(line, "end", end, Some(start), zone)?;
        let (start, end) = (start.at, end.at);
        if end <= start {
            let what = "is not after the start";
            self.error(line, "end", what, "write the end's own date, or its time of day alone for a night shift");
            return None;
        }
        if end - start > LONGEST {
            self.error(line, "end", "makes a shift longer than 24 hours", "correct the date, or write two rows");
            return None;
        }
        let mut shift = Shift { start, end, breaks: Vec::new(), desk, standby };
        for part in breaks.split([';', '；']).map(str::trim).filter(|p| !p.is_empty()) {
            self.one_break(line, part, zone, &mut shift);
        }
        shift.breaks.sort_by_key(|b| b.from);
        if shift.breaks.windows(2).any(|two| matches!(two, [a, b] if b.from < a.to)) {
            self.error(line, "breaks", "lie over one another", "let one end before the next begins");
        }
        Some(shift)
    }

    fn one_break(&mut self, line: u64, part: &str, zone: &TimeZone, shift: &mut Shift) {
        let (times, word) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
        let meal = match word.trim().to_lowercase().as_str() {
            "" | "rest" | "小休" => false,
            "meal" | "lunch" | "dinner" | "用餐" => true,
            other => {
                let what = format!("'{}' is neither rest nor meal", clean(other, 32));
                self.error(line, "breaks", what, "write 12:00-12:45 meal; 15:00-15:10");
                return;
            }
        };
        let parted = times.split_once(['-', '–', '~']);
        let Some((from, to)) = parted.filter(|(a, b)| time_of_day(a).is_some() && time_of_day(b).is_some()) else {
            let what = format!("'{}' is no break", clean(part, 64));
            self.error(line, "breaks", what, "write 12:00-12:45 meal; 15:00-15:10");
            return;
        };
        let start = Moment { at: shift.start, local: local(shift.start, zone), day_alone: false };
        let Some(from) = self.time(line, "breaks", from, Some(start), zone) else { return };
        let Some(to) = self.time(line, "breaks", to, Some(from), zone) else { return };
        if from.at < shift.start || to.at > shift.end || to.at <= from.at {
            let what = format!("'{}' does not lie within the shift", clean(part, 64));
            self.error(line, "breaks", what, "write breaks that begin and end inside it");
            return;
        }
        shift.breaks.push(Break { from: from.at, to: to.at, meal });
    }

    fn bad_time(&mut self, line: u64, key: &str, text: &str) {
        let what = if text.is_empty() { "is empty".to_owned() } else { format!("'{}' is no time", clean(text, 64)) };
        self.error(line, key, what, "write 2026-05-23 08:00, or with an offset 2026-05-23T08:00:00+08:00");
    }

    /// A time; one of the day alone is the first of its kind at or after (`after`: the time it follows).
    fn time(&mut self, line: u64, key: &str, text: &str, after: Option<Moment>, zone: &TimeZone) -> Option<Moment> {
        if let Ok(at) = Time::parse(text) {
            return Some(Moment { at, local: local(at, zone), day_alone: false });
        }
        let civil = match (moment(text), time_of_day(text), after) {
            (Some(civil), _, _) => civil,
            (None, Some(time), Some(after)) => {
                let same = on(after.local.date(), time)?;
                // A break may begin with the shift; nothing ends the moment it begins.
                let before = if key == "breaks" && !after.day_alone { same < after.local } else { same <= after.local };
                if before { on(after.local.date().tomorrow().ok()?, time)? } else { same }
            }
            _ => {
                self.bad_time(line, key, text);
                return None;
            }
        };
        let ambiguous = zone.to_ambiguous_zoned(civil);
        let told = ambiguous.offset();
        // Of a doubled hour a start is the first, an end the second: nobody is late or gone by the clock's doing.
        let found = match told {
            AmbiguousOffset::Fold { .. } if key == "end" => ambiguous.later(),
            _ => ambiguous.compatible(),
        };
        let Ok(found) = found else {
            self.bad_time(line, key, text);
            return None;
        };
        match told {
            AmbiguousOffset::Unambiguous { .. } => {}
            AmbiguousOffset::Fold { .. } => {
                let which = if key == "end" { "second" } else { "first" };
                let what = format!("{civil} exists twice that night; the {which} is taken");
                self.warn(line, key, what, "write it with its offset to say which is meant");
            }
            AmbiguousOffset::Gap { .. } => {
                let what = format!("{civil} does not exist that night; it is moved to {}", found.datetime());
                self.warn(line, key, what, "write a time that exists");
            }
        }
        let day_alone = moment(text).is_none();
        Some(Moment { at: Time::from_jiff(found.timestamp()), local: civil, day_alone })
    }

    /// Sorts each person's shifts; two at work at once cannot both be meant.
    fn overlaps(&mut self) {
        let mut found = Vec::new();
        for (planned, lines) in &mut self.people {
            let mut order: Vec<usize> = (0..planned.shifts.len()).collect();
            order.sort_by_key(|at| planned.shifts.get(*at).map(|s| (s.start, s.end)));
            let mut last: [Option<(Time, u64)>; 2] = [None; 2];
            for at in &order {
                let (Some(shift), Some(line)) = (planned.shifts.get(*at), lines.get(*at)) else { continue };
                let Some(kind) = last.get_mut(usize::from(shift.standby)) else { continue };
                if let Some((end, first)) = *kind
                    && shift.start < end
                {
                    found.push((*line, format!("{} has another shift at that time (line {first})", planned.person)));
                }
                if kind.is_none_or(|(end, _)| shift.end > end) {
                    *kind = Some((shift.end, *line));
                }
            }
            let mut shifts = std::mem::take(&mut planned.shifts);
            shifts.sort_by_key(|s| (s.start, s.end));
            planned.shifts = shifts;
        }
        for (line, what) in found {
            self.error(line, "start", what, "keep one of them, or let one end before the other begins");
        }
    }
}

/// A time of the plan: the instant, and the local time as written.
#[derive(Clone, Copy)]
struct Moment {
    at: Time,
    local: DateTime,
    /// Written as a time of day.
    day_alone: bool,
}

fn local(at: Time, zone: &TimeZone) -> DateTime {
    at.to_jiff().to_zoned(zone.clone()).datetime()
}

fn on(date: Date, (time, next): (TimeOfDay, bool)) -> Option<DateTime> {
    let date = if next { date.tomorrow().ok()? } else { date };
    Some(date.to_datetime(time))
}

/// "2026-05-23 08:00", also with `/` or `T` and seconds; 24:00 is the next day's midnight.
fn moment(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let mut parts = date.split(['-', '/', '.']).map(digits::<i16>);
    let (Some(Some(year)), Some(Some(month)), Some(Some(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let small = |n: i16| i8::try_from(n).ok();
    if !(1970..=2200).contains(&year) {
        return None;
    }
    let date = Date::new(year, small(month)?, small(day)?).ok()?;
    on(date, time_of_day(time.trim())?)
}

/// "8:00", "08:00:30"; `true` with 24:00, the midnight after.
fn time_of_day(text: &str) -> Option<(TimeOfDay, bool)> {
    let mut parts = text.trim().split(':').map(digits::<i8>);
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        None => 0,
        Some(second) => second?,
    };
    if parts.next().is_some() {
        return None;
    }
    if (hour, minute, second) == (24, 0, 0) {
        return Some((TimeOfDay::midnight(), true));
    }
    TimeOfDay::new(hour, minute, second, 0).ok().map(|time| (time, false))
}

fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    if text.is_empty() || text.len() > 4 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
