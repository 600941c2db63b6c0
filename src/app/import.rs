//! First joins of recordings and tables of calls, for learning the usual from what was before.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::config::Settings;
use crate::engine::{ARRIVALS_S, Books};
use crate::floor::What;
use crate::metrics::Scope;
use crate::model::{FeedId, Time};
use crate::source::recording::{self, Options};
use crate::store::arrivals::{Arrivals, FileHash, Imported, ImportedRows};
use crate::store::history::{History, scope_key};

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    /// All of it was imported before.
    Known,
    /// It was read: calls of the whole, from the first to the last.
    Read {
        /// First joins.
        calls: u64,
        /// The first and the last, to five minutes.
        span: Option<(Time, Time)>,
        /// It was known up to some byte, and what it had brought was replaced.
        grown: bool,
    },
}

/// Imports one file into the database: once, however often it is given, under whatever name. A file that has grown is read
/// anew and replaces what it brought, since a call may go on where it ended. Queues are those of `feed`, where it is
/// given, else those the file names itself.
///
/// # Errors
/// The file cannot be read or used, or the database says no; the database is as it was.
pub fn import(
    history: &mut History,
    file: &Path,
    feed: Option<&FeedId>,
    options: &Options,
    settings: &Arc<Settings>,
) -> anyhow::Result<Import> {
    let site = settings.site.name.as_str();
    let known = history.imported(site, File::open(file)?)?;
    let mut hash = FileHash::default();
    hash.read(File::open(file)?)?;
    let mark = hash.mark();
    if let Imported::UpTo { offset, .. } = known
        && offset == mark.offset
    {
        return Ok(Import::Known);
    }
    let rows = first_joins(file, feed, options, settings)?;
    anyhow::ensure!(!rows.is_empty(), "no call of it could be used");
    let all = || rows.iter().filter(|row| row.scope == "all");
    let calls = all().map(|row| u64::from(row.calls)).sum();
    let (first, last) = (all().map(|r| r.from_s).min(), all().map(|r| r.from_s).max());
    let span = first.zip(last).map(|(first, last)| (Time::from_secs(first), Time::from_secs(last + ARRIVALS_S)));
    let replaced = match known {
        Imported::UpTo { import, .. } => Some(import),
        Imported::New => None,
    };
    history.import_whole(
        site,
        &file.display().to_string(),
        replaced,
        &ImportedRows { rows, gaps: Vec::new() },
        &mark,
    )?;
    Ok(Import::Read { calls, span, grown: replaced.is_some() })
}

/// First joins of a file by scope and slot.
fn first_joins(
    file: &Path,
    feed: Option<&FeedId>,
    options: &Options,
    settings: &Arc<Settings>,
) -> anyhow::Result<Vec<Arrivals>> {
    let opened = recording::open(&[file.to_owned()], options, settings)?;
    anyhow::ensure!(opened.without_times.is_empty(), "it carries no times and has no index beside it");
    let mut books = Books::new(settings.clone(), false);
    let mut counts: BTreeMap<(u32, i64), u32> = BTreeMap::new();
    let mut marked: BTreeMap<(Scope, i64), u32> = BTreeMap::new();
    for envelope in opened.batches.flatten() {
        for fact in books.apply(&envelope) {
            if matches!(fact.what, What::Joined { arrival: true, .. }) {
                let count = counts.entry((fact.scope, slot_of(fact.at))).or_insert(0);
                *count = count.saturating_add(1);
            }
        }
        for mark in books.marks() {
            let count = marked.entry((mark.scope.clone(), slot_of(mark.at))).or_insert(0);
            *count = count.saturating_add(1);
        }
    }
    let scopes = books.floor().scopes();
    let rows = counts.into_iter().filter_map(|((ix, from_s), calls)| {
        let scope = match (&scopes.get(ix as usize)?.scope, feed) {
            (Scope::Queue(_, id), Some(feed)) => Scope::Queue(feed.clone(), id.clone()),
            (scope, _) => scope.clone(),
        };
        Some(Arrivals { scope: scope_key(&scope), from_s, calls })
    });
    let marks = marked.into_iter();
    let marks = marks.map(|((scope, from_s), calls)| Arrivals { scope: scope_key(&scope), from_s, calls });
    Ok(rows.chain(marks).collect())
}

/// First second of the slot an instant lies in.
const fn slot_of(at: Time) -> i64 {
    at.second().div_euclid(ARRIVALS_S) * ARRIVALS_S
}
