//! `usual.calendars`: which days are no ordinary days of their week, which spans are planned to bring more or less, and
//! which must not teach. Files of their own, because another office keeps them: `config/calendars/` has those embedded.

use std::path::Path;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use toml::de::DeTable;

use super::reader::{Field, Reader};
use super::report::{Layer, Report};
use super::secrets::Surroundings;
use super::tree::{At, table};
use crate::model::{Label, QueueId};

/// Calendars that come with the product, by name.
const EMBEDDED: &[(&str, &str)] = &[
    ("cn-holidays", include_str!("../../config/calendars/cn-holidays.toml")),
    ("cn-special-days", include_str!("../../config/calendars/cn-special-days.toml")),
];
/// Zones in which the State Council's notice is the calendar.
const CHINA: &[&str] = &["Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "Asia/Kashgar", "PRC"];
/// A file is a few kB; what is larger is another file.
const LARGEST: usize = 1 << 20;
/// Days a range may span: a year and a day.
const LONGEST: usize = 366;

/// A calendar file, resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayCalendar {
    /// Its name in English and Chinese.
    pub name: Names,
    /// The last date it knows anything of; `None` where it never runs out.
    pub valid_until: Option<Date>,
    /// Dates that are of another kind than their weekday.
    pub days: Vec<SpecialDay>,
    /// Spans that are planned to bring more, or less, than the usual.
    pub planned: Vec<Planned>,
    /// Spans that must not teach the usual.
    pub excluded: Vec<Excluded>,
}

/// A name in both languages; the Chinese one is the English one where none is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// `name`.
    pub en: Label,
    /// `name_zh`.
    pub zh: Label,
}

/// A date of a kind of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialDay {
    /// The local date.
    pub date: Date,
    /// Its kind: days of one kind teach one another.
    pub kind: Label,
    /// What it is called.
    pub name: Names,
    /// What it is taken for until enough days of its kind are known.
    pub like: Like,
}

/// What a special day is like, while too little of its own kind is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Like {
    /// This day of the week.
    Weekday(Weekday),
    /// Any day from Monday to Friday.
    Workday,
    /// No other: until its own kind is learnt it has no usual.
    Nothing,
}

/// Something planned: the usual of its span is multiplied.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// What.
    pub name: Names,
    /// When.
    pub when: When,
    /// Times the usual; 1 only names it.
    pub factor: f64,
    /// Only these queues; empty: the whole site.
    pub queues: Vec<QueueId>,
}

impl Eq for Planned {}

/// When something planned is, by the local clock of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once: from, to (not included).
    Once(DateTime, DateTime),
    /// All day, each year: month and day.
    Yearly(i8, i8),
    /// All day, each month; the last day of shorter months.
    Monthly(i8),
}

impl When {
    /// Its span on a date, by the local clock: from and to (not included); `None` where it is not on it.
    #[must_use]
    pub fn on(&self, date: Date) -> Option<(DateTime, DateTime)> {
        let start = date.at(0, 0, 0, 0);
        let end = date.tomorrow().ok()?.at(0, 0, 0, 0);
        let whole = Some((start, end));
        match *self {
            Self::Once(from, to) => {
                let span = (from.max(start), to.min(end));
                (span.0 < span.1).then_some(span)
            }
            Self::Yearly(month, day) => whole.filter(|_| (date.month(), date.day()) == (month, day)),
            Self::Monthly(day) => whole.filter(|_| date.day() == day.min(date.days_in_month())),
        }
    }
}

/// What must not teach the usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Why.
    pub why: Label,
    /// From, by the local clock of the site.
    pub from: DateTime,
    /// To, not included.
    pub to: DateTime,
}

/// Reads `usual.calendars`: names of embedded ones, paths, or `auto` (China's in China's zones).
pub(super) fn calendars(field: &Field<'_>, zone: &TimeZone, around: &Surroundings<'_>) -> Vec<DayCalendar> {
    let mut found = Vec::new();
    for item in field.list("write names or paths between [ and ], for example [\"cn-holidays\"]") {
        let Some(word) = item.text() else { continue };
        if word == "auto" {
            if zone.iana_name().is_some_and(|name| CHINA.contains(&name)) {
                found.extend(EMBEDDED.iter().filter_map(|(name, text)| file(&item, name, text)));
            }
        } else if let Some((name, text)) = EMBEDDED.iter().find(|(name, _)| *name == word) {
            found.extend(file(&item, name, text));
        } else {
            found.extend(from_path(&item, &word, around));
        }
    }
    found
}

fn from_path(item: &Field<'_>, word: &str, around: &Surroundings<'_>) -> Option<DayCalendar> {
    let path = around.env.path(&around.base, word);
    let has_ending = Path::new(word).extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    if !has_ending {
        let names: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
        item.error(
            format!("there is no calendar '{word}'"),
            format!("write {} or auto, or the path of a .toml file", names.join(", ")),
        );
        return None;
    }
    let (what, remedy) = match std::fs::read(&path).map(|bytes| (bytes.len() <= LARGEST, String::from_utf8(bytes))) {
        Ok((true, Ok(text))) => return file(item, word, &text),
        Ok((true, Err(_))) => (format!("'{word}' is not UTF-8 text"), "save it as UTF-8"),
        Ok((false, _)) => (format!("'{word}' is larger than 1 MiB: no calendar"), "name the right file"),
        Err(why) => (format!("the calendar '{word}' cannot be read: {why}"), "correct the path or its permissions"),
    };
    item.error(what, remedy);
    None
}

/// Reads one file; its problems name its own lines.
fn file(item: &Field<'_>, name: &str, text: &str) -> Option<DayCalendar> {
    let report = Report::new(vec![Layer { name: name.to_owned(), text: text.to_owned() }]);
    let (parsed, errors) = DeTable::parse_recoverable(text);
    for error in errors.iter().take(3) {
        let at = At { layer: 0, offset: error.span().map_or(0, |span| span.start) };
        report.error(at, "", format!("is not TOML: {}", error.message()), None);
    }
    let read = errors.is_empty().then(|| {
        let tree = table(0, parsed.get_ref());
        calendar(Reader::root(&report, &tree))
    });
    let fine = !report.has_errors();
    let (problems, warnings) = report.into_parts();
    item.report.adopt(problems, warnings);
    read.filter(|_| fine)
}

fn calendar(mut reader: Reader<'_>) -> DayCalendar {
    let name = names(&mut reader);
    let valid_until = reader.may("valid_until");
    let valid_until = if valid_until.present() { date(&valid_until) } else { None };
    let mut days = Vec::new();
    for day in reader.may("day").tables() {
        special(day, &mut days);
    }
    let planned = reader.may("planned").tables().into_iter().filter_map(planned).collect();
    let excluded = reader.may("excluded").tables().into_iter().filter_map(excluded).collect();
    reader.finish();
    DayCalendar { name, valid_until, days, planned, excluded }
}

fn names(reader: &mut Reader<'_>) -> Names {
    let en = reader.need("name", "write what it is called").label().unwrap_or_default();
    let zh = reader.may("name_zh").label().unwrap_or_else(|| en.clone());
    Names { en, zh }
}

fn special(mut reader: Reader<'_>, into: &mut Vec<SpecialDay>) {
    let kind = reader.need("kind", "write a word; days of one kind teach one another").label();
    let name = names(&mut reader);
    let like = reader.may("like");
    let like = if like.present() { like.choice(LIKE).unwrap_or(Like::Nothing) } else { Like::Nothing };
    let (dates, from, to) = (reader.may("dates"), reader.may("from"), reader.may("to"));
    let mut listed: Vec<Date> = dates.list("write dates in quotes between [ and ]").iter().filter_map(date).collect();
    match (from.present(), to.present()) {
        (true, true) => {
            if let (Some(from), Some(last)) = (date(&from), date(&to)) {
                if last < from {
                    to.error("is before from", "write the last day of the span");
                }
                listed.extend(from.series(jiff::Span::new().days(1)).take(LONGEST).take_while(|d| *d <= last));
            }
        }
        (true, false) => from.error("has no to beside it", "write the last day as to, or a list as dates"),
        (false, true) => to.error("has no from beside it", "write the first day as from, or a list as dates"),
        (false, false) if !dates.present() => {
            let remedy = "write dates = [\"2026-02-14\"], or from and to".to_owned();
            reader.report.error(reader.at(), reader.path(), "names no day", Some(remedy));
        }
        (false, false) => {}
    }
    reader.finish();
    let Some(kind) = kind else { return };
    into.extend(listed.into_iter().map(|date| SpecialDay { date, kind: kind.clone(), name: name.clone(), like }));
}

const LIKE: &[(&str, Like)] = &[
    ("monday", Like::Weekday(Weekday::Monday)),
    ("tuesday", Like::Weekday(Weekday::Tuesday)),
    ("wednesday", Like::Weekday(Weekday::Wednesday)),
    ("thursday", Like::Weekday(Weekday::Thursday)),
    ("friday", Like::Weekday(Weekday::Friday)),
    ("saturday", Like::Weekday(Weekday::Saturday)),
    ("sunday", Like::Weekday(Weekday::Sunday)),
    ("workday", Like::Workday),
    ("nothing", Like::Nothing),
];

fn planned(mut reader: Reader<'_>) -> Option<Planned> {
    let name = names(&mut reader);
    let factor = reader.need("factor", "write how many times the usual is expected").number(0.0..=100.0);
    let queues = reader.may("queues").list("write names of queues between [ and ]");
    let queues = queues.iter().filter_map(|q| q.name(128)).map(|text| QueueId::new(&text)).collect();
    let every = reader.may("every");
    let (from, to) = (reader.may("from"), reader.may("to"));
    let when = if every.present() {
        if from.present() {
            from.error("stands beside every", "keep one of them");
        }
        recurring(&every)
    } else if from.present() && to.present() {
        span(&from, &to).map(|(from, to)| When::Once(from, to))
    } else {
        let remedy = "write from and to, or every = \"05-17\" (each year) or \"5\" (each month)".to_owned();
        reader.report.error(reader.at(), reader.path(), "says not when", Some(remedy));
        None
    };
    reader.finish();
    Some(Planned { name, when: when?, factor: factor?, queues })
}

fn recurring(field: &Field<'_>) -> Option<When> {
    let text = field.text()?;
    let number = |t: &str| t.parse::<i8>().ok();
    let when = match text.split_once('-') {
        // A leap year, so that 02-29 is a day.
        Some((month, day)) => number(month)
            .zip(number(day))
            .filter(|(m, d)| Date::new(2024, *m, *d).is_ok())
            .map(|(m, d)| When::Yearly(m, d)),
        None => number(&text).filter(|d| (1..=31).contains(d)).map(When::Monthly),
    };
    if when.is_none() {
        field.error("is no day of a year or month", "write \"05-17\" for each 17 May, \"5\" for each month's fifth");
    }
    when
}

fn excluded(mut reader: Reader<'_>) -> Option<Excluded> {
    let why = reader.need("why", "write what happened").label();
    let from = reader.need("from", "write its begin, for example \"2026-03-07T22:00\"");
    let to = reader.need("to", "write its end, for example \"2026-03-08T06:00\"");
    reader.finish();
    let (from, to) = span(&from, &to)?;
    Some(Excluded { why: why?, from, to })
}

fn span(from: &Field<'_>, to: &Field<'_>) -> Option<(DateTime, DateTime)> {
    let (begin, end) = (moment(from)?, moment(to)?);
    if end <= begin {
        to.error("is not after from", "write the end of the span");
        return None;
    }
    Some((begin, end))
}

fn date(field: &Field<'_>) -> Option<Date> {
    let text = field.moment_text()?;
    let found = text.parse().ok().filter(|_| text.len() == 10);
    if found.is_none() {
        field.error(format!("'{text}' is no date"), "write year, month and day: \"2026-02-15\"");
    }
    found
}

/// A local date and time; a bare date is its first moment.
fn moment(field: &Field<'_>) -> Option<DateTime> {
    let text = field.moment_text()?;
    let zoned = text.get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-', '[']));
    let found = if zoned { None } else { text.parse().ok() };
    if found.is_none() {
        let what = format!("'{text}' is no local date and time");
        field.error(what, "write \"2026-06-25T08:00\", by the clock of the site, without an offset");
    }
    found
}
