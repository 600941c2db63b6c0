//! First joins by scope and five minutes, for learning the usual: counted by the running engine, or imported from files.
//!
//! A file is known by what is in it, not by its name: imported again it changes nothing, grown it goes on where it ended.
//! What was watched and what was imported are two looks at the same calls: where both know a slot, the larger counts.
//! Files are different calls: they add up.

use std::hash::Hasher as _;
use std::io::{self, Read};

use jiff::tz::TimeZone;
use rusqlite::params;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use super::history::{History, HistoryError, scope_key, scope_of};
use crate::engine::{ARRIVALS_S, SlotArrivals};
use crate::metrics::Scope;
use crate::model::{Span, Time};
use crate::usual;

pub(super) const TABLES: &str = "
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    name TEXT NOT NULL,
    offset INTEGER NOT NULL,
    hash TEXT NOT NULL,
    from_s INTEGER,
    to_s INTEGER
) STRICT;
CREATE TABLE arrivals (
    site TEXT NOT NULL,
    scope TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    import INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (site, scope, from_s, import)
) STRICT, WITHOUT ROWID;
CREATE TABLE arrival_gaps (
    site TEXT NOT NULL,
    scope TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    to_s INTEGER NOT NULL,
    PRIMARY KEY (site, scope, from_s)
) STRICT, WITHOUT ROWID;
";

pub(super) const SURGES: &str = "
CREATE TABLE surges (
    site TEXT NOT NULL,
    scope TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    PRIMARY KEY (site, scope, from_s)
) STRICT, WITHOUT ROWID;
";

/// The usual learns from so many weeks …
const WEEKS: i64 = 13;
/// … and from special days of so many days.
const SPECIAL_DAYS: i64 = 400;

/// First joins of a scope in one slot of five minutes, all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// Of what: `all`, `group:NAME`, `queue:FEED/ID`, `line:NAME`, `area:NAME`, `menu:NAME`, `reason:NAME`.
    pub scope: String,
    /// First second, a multiple of 300 since the epoch.
    pub from_s: i64,
    /// How many.
    pub calls: u32,
}

/// A span nothing, or not all, was known of: neither zero nor a burst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivalGap {
    /// Of what, as in [`Arrivals::scope`]; `all` is a gap of every scope.
    pub scope: String,
    /// First second.
    pub from_s: i64,
    /// First second after.
    pub to_s: i64,
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// Nothing of it yet.
    New,
    /// This many bytes of its beginning, under this number: all of it where the file has no more.
    UpTo {
        /// Of the import.
        import: i64,
        /// Bytes.
        offset: u64,
    },
}

/// How far a file was read and what stood there: what it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMark {
    /// Bytes from its beginning.
    pub offset: u64,
    /// Of these bytes.
    pub hash: String,
}

/// The hash of a file's bytes so far.
#[derive(Clone, Copy, Debug)]
pub struct FileHash {
    hasher: SipHasher24,
    offset: u64,
}

impl Default for FileHash {
    fn default() -> Self {
        // Files are told apart, not defended against: the key is no secret.
        Self { hasher: SipHasher24::new(), offset: 0 }
    }
}

impl FileHash {
    /// These bytes come next.
    pub fn add(&mut self, bytes: &[u8]) {
        self.hasher.write(bytes);
        self.offset = self.offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    /// All a reader gives comes next.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self, mut from: impl Read) -> io::Result<()> {
        let mut bytes = vec![0; 1 << 16];
        loop {
            match from.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(n) => self.add(bytes.get(..n).unwrap_or_default()),
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
    }

    /// The mark of all that was added.
    #[must_use]
    pub fn mark(&self) -> FileMark {
        let hash = self.hasher.finish128();
        FileMark { offset: self.offset, hash: format!("{:016x}{:016x}", hash.h1, hash.h2) }
    }
}

/// What an import brings at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedRows {
    /// First joins, which add to those of this import.
    pub rows: Vec<Arrivals>,
    /// What the file cannot know.
    pub gaps: Vec<ArrivalGap>,
}

impl History {
    /// Looks whether a file of a site was imported, wholly or its beginning. Reads all of it.
    ///
    /// # Errors
    /// The database says no, or the file cannot be read.
    pub fn imported(&self, site: &str, mut file: impl Read) -> Result<Imported, HistoryError> {
        let sql = "SELECT id, offset, hash FROM imports WHERE site = ?1 ORDER BY offset";
        let mut statement = self.db().prepare(sql)?;
        let rows = statement.query_map(params![site], |row| {
            let (id, offset, hash): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((id, FileMark { offset: u64::try_from(offset).unwrap_or(0), hash }))
        })?;
        let known: Vec<(i64, FileMark)> = rows.collect::<Result<_, _>>()?;
        let mut hash = FileHash::default();
        let mut found = Imported::New;
        let mut bytes = vec![0; 1 << 16];
        for (import, mark) in known.iter().filter(|(_, mark)| mark.offset > 0) {
            while hash.offset < mark.offset {
                let left = usize::try_from(mark.offset - hash.offset).unwrap_or(usize::MAX).min(bytes.len());
                let n = match file.read(bytes.get_mut(..left).unwrap_or_default()) {
                    Ok(n) => n,
                    Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
                    Err(why) => return Err(why.into()),
                };
                if n == 0 {
                    // The file is shorter than this one and all that follow.
                    return Ok(found);
                }
                hash.add(bytes.get(..n).unwrap_or_default());
            }
            if hash.mark() == *mark {
                found = Imported::UpTo { import: *import, offset: mark.offset };
            }
        }
        Ok(found)
    }

    /// Begins to import a file; `name` is for people.
    ///
    /// # Errors
    /// The database says no.
    pub fn begin_import(&mut self, site: &str, name: &str) -> Result<i64, HistoryError> {
        self.db().execute(BEGIN, params![site, name])?;
        Ok(self.db().last_insert_rowid())
    }

    /// Adds rows of an import and says how far the file was read, both or neither: whoever is interrupted goes on from the
    /// offset and counts nothing twice.
    ///
    /// # Errors
    /// The database says no; nothing of it was written.
    pub fn import(&mut self, import: i64, brought: &ImportedRows, mark: &FileMark) -> Result<(), HistoryError> {
        let change = self.db_mut().transaction()?;
        bring(&change, import, brought, mark)?;
        Ok(change.commit()?)
    }

    /// Imports a whole file in one step, in place of an earlier import where one is named: all or nothing.
    ///
    /// # Errors
    /// The database says no; nothing of it was written.
    pub fn import_whole(
        &mut self,
        site: &str,
        name: &str,
        replaced: Option<i64>,
        brought: &ImportedRows,
        mark: &FileMark,
    ) -> Result<i64, HistoryError> {
        let change = self.db_mut().transaction()?;
        if let Some(import) = replaced {
            forget(&change, import)?;
        }
        change.execute(BEGIN, params![site, name])?;
        let import = change.last_insert_rowid();
        bring(&change, import, brought, mark)?;
        change.commit()?;
        Ok(import)
    }

    /// Forgets what an import brought, so that its file can be read anew from the beginning.
    ///
    /// # Errors
    /// The database says no.
    pub fn forget_import(&mut self, import: i64) -> Result<(), HistoryError> {
        let change = self.db_mut().transaction()?;
        forget(&change, import)?;
        Ok(change.commit()?)
    }

    /// Writes what the running engine counted. Said again it changes nothing: a slot's count only grows.
    ///
    /// # Errors
    /// The database says no; nothing of it was written.
    pub fn save_arrivals(&mut self, site: &str, slots: &[SlotArrivals]) -> Result<(), HistoryError> {
        let change = self.db_mut().transaction()?;
        {
            let mut put = change.prepare(
                "INSERT INTO arrivals VALUES (?1, ?2, ?3, 0, ?4)
                 ON CONFLICT DO UPDATE SET calls = max(calls, excluded.calls)",
            )?;
            for one in slots {
                let scope = scope_key(&one.scope);
                if one.calls > 0 {
                    put.execute(params![site, scope, slot(one.from_s), one.calls])?;
                }
                if one.surged {
                    change.execute(
                        "INSERT INTO surges VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                        params![site, scope, slot(one.from_s)],
                    )?;
                }
                if one.missing_s > 0 {
                    let (from_s, to_s) = (slot(one.from_s), slot(one.from_s).saturating_add(ARRIVALS_S));
                    put_gap(&change, site, &ArrivalGap { scope, from_s, to_s })?;
                }
            }
        }
        Ok(change.commit()?)
    }

    /// Marks a span in which nothing was known.
    ///
    /// # Errors
    /// The database says no.
    pub fn save_arrival_gap(&mut self, site: &str, gap: &ArrivalGap) -> Result<(), HistoryError> {
        let change = self.db_mut().transaction()?;
        put_gap(&change, site, gap)?;
        Ok(change.commit()?)
    }

    /// First joins of slots that begin in [`from`, `to`), by scope and time.
    ///
    /// # Errors
    /// The database says no.
    pub fn arrivals(
        &self,
        site: &str,
        from: Time,
        to: Time,
        mut each: impl FnMut(Arrivals),
    ) -> Result<(), HistoryError> {
        let mut statement = self.db().prepare(
            "SELECT scope, from_s, coalesce(sum(calls) FILTER (WHERE import > 0), 0) imported,
                 coalesce(max(calls) FILTER (WHERE import = 0), 0) watched
             FROM arrivals WHERE site = ?1 AND from_s >= ?2 AND from_s < ?3 GROUP BY scope, from_s ORDER BY scope, from_s",
        )?;
        let mut rows = statement.query(params![site, from.second(), to.second()])?;
        while let Some(row) = rows.next()? {
            let imported: i64 = row.get(2)?;
            let watched: i64 = row.get(3)?;
            let calls = u32::try_from(imported.max(watched)).unwrap_or(u32::MAX);
            each(Arrivals { scope: row.get(0)?, from_s: row.get(1)?, calls });
        }
        Ok(())
    }

    /// Spans nothing was known of that overlap [`from`, `to`), less what an import knows of them.
    ///
    /// # Errors
    /// The database says no.
    pub fn arrival_gaps(&self, site: &str, from: Time, to: Time) -> Result<Vec<ArrivalGap>, HistoryError> {
        let overlap = params![site, from.second(), to.second()];
        let mut statement = self.db().prepare(
            "SELECT scope, from_s, to_s FROM arrival_gaps WHERE site = ?1 AND to_s > ?2 AND from_s < ?3
             ORDER BY scope, from_s",
        )?;
        let gaps = statement
            .query_map(overlap, |row| Ok(ArrivalGap { scope: row.get(0)?, from_s: row.get(1)?, to_s: row.get(2)? }))?;
        let gaps: Vec<ArrivalGap> = gaps.collect::<Result<_, _>>()?;
        let mut statement = self.db().prepare(
            "SELECT from_s, to_s FROM imports WHERE site = ?1 AND to_s > ?2 AND from_s < ?3 ORDER BY from_s",
        )?;
        let known = statement.query_map(overlap, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let known: Vec<(i64, i64)> = known.collect::<Result<_, _>>()?;
        Ok(gaps.into_iter().flat_map(|gap| less(gap, &known)).collect())
    }

    /// Teaches the usual all that is known of a site from `from` up to `to`, by the local clock of `zone`. Says how many
    /// calls of scope all were taught.
    ///
    /// # Errors
    /// The database says no.
    pub fn teach(
        &self,
        site: &str,
        zone: &TimeZone,
        (from, to): (Time, Time),
        history: &mut usual::History,
    ) -> Result<u64, HistoryError> {
        let mut taught = 0u64;
        self.arrivals(site, from, to, |row| {
            let Some(scope) = scope_of(&row.scope) else { return };
            let local = Time::from_secs(row.from_s).to_jiff().to_zoned(zone.clone());
            let minute = usize::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
            history.put(&scope, local.date(), minute, row.calls);
            if scope == Scope::All {
                taught = taught.saturating_add(u64::from(row.calls));
            }
        })?;
        for gap in self.arrival_gaps(site, from, to)? {
            let Some(scope) = scope_of(&gap.scope) else { continue };
            let scope = Some(&scope).filter(|s| **s != Scope::All);
            let (first, last) = (gap.from_s.max(from.second()), gap.to_s.min(to.second()));
            // By the week: of a span of months the usual takes only a beginning.
            let step = 7 * 86_400;
            let mut at = first;
            while at < last {
                let end = at.saturating_add(step).min(last);
                history.exclude(scope, Time::from_secs(at), Time::from_secs(end));
                at = end;
            }
        }
        self.teach_surges(site, (from, to), history)?;
        Ok(taught)
    }

    /// Teaches all that may matter for days from `now` on: the weeks before, and special days of the year before.
    ///
    /// # Errors
    /// The database says no.
    pub fn teach_before(
        &self,
        site: &str,
        zone: &TimeZone,
        now: Time,
        history: &mut usual::History,
    ) -> Result<u64, HistoryError> {
        let from = now - Span::from_secs(WEEKS * 7 * 86_400);
        let date = |at: Time| at.to_jiff().to_zoned(zone.clone()).date();
        let year = date(now - Span::from_secs(SPECIAL_DAYS * 86_400));
        let special: Vec<_> = history.calendar().special_between(year, date(from)).collect();
        for day in special {
            let start = |day: jiff::civil::Date| Some(Time::from_jiff(day.to_zoned(zone.clone()).ok()?.timestamp()));
            if let Some(span) = start(day).zip(day.tomorrow().ok().and_then(start)) {
                self.teach(site, zone, (span.0, span.1.min(from)), history)?;
            }
        }
        self.teach(site, zone, (from, now), history)
    }

    /// Surges that stood do not teach, unless they come again and again.
    fn teach_surges(
        &self,
        site: &str,
        (from, to): (Time, Time),
        history: &mut usual::History,
    ) -> Result<(), HistoryError> {
        let mut statement =
            self.db().prepare("SELECT scope, from_s FROM surges WHERE site = ?1 AND from_s >= ?2 AND from_s < ?3")?;
        let mut rows = statement.query(params![site, from.second(), to.second()])?;
        while let Some(row) = rows.next()? {
            let (scope, from_s): (String, i64) = (row.get(0)?, row.get(1)?);
            if let Some(scope) = scope_of(&scope) {
                history.surged(&scope, Time::from_secs(from_s), Time::from_secs(from_s.saturating_add(ARRIVALS_S)));
            }
        }
        Ok(())
    }

    /// The end of the last five minutes of a site of which a call is known.
    ///
    /// # Errors
    /// The database says no.
    pub fn last_arrival(&self, site: &str) -> Result<Option<i64>, HistoryError> {
        let sql = "SELECT max(from_s) FROM arrivals WHERE site = ?1 AND scope = 'all'";
        let last: Option<i64> = self.db().query_row(sql, params![site], |row| row.get(0))?;
        Ok(last.map(|from_s| from_s.saturating_add(ARRIVALS_S)))
    }

    /// Deletes first joins and gaps of before this second. Imports stay known.
    ///
    /// # Errors
    /// The database says no.
    pub fn forget_arrivals_before(&mut self, second: i64) -> Result<usize, HistoryError> {
        let gone = self.db().execute("DELETE FROM arrivals WHERE from_s < ?1", params![second])?;
        self.db().execute("DELETE FROM arrival_gaps WHERE to_s < ?1", params![second])?;
        self.db().execute("DELETE FROM surges WHERE from_s < ?1", params![second])?;
        Ok(gone)
    }
}

const BEGIN: &str = "INSERT INTO imports (site, name, offset, hash) VALUES (?1, ?2, 0, '')";

fn bring(
    change: &rusqlite::Connection,
    import: i64,
    brought: &ImportedRows,
    mark: &FileMark,
) -> Result<(), HistoryError> {
    let site: String = change.query_row("SELECT site FROM imports WHERE id = ?1", params![import], |row| row.get(0))?;
    {
        let mut put = change.prepare(
            "INSERT INTO arrivals VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET calls = calls + excluded.calls",
        )?;
        for row in &brought.rows {
            put.execute(params![site, row.scope, slot(row.from_s), import, row.calls])?;
        }
        for gap in &brought.gaps {
            put_gap(change, &site, gap)?;
        }
        let offset = i64::try_from(mark.offset).unwrap_or(i64::MAX);
        let times = || brought.rows.iter().map(|r| slot(r.from_s));
        change.execute(
            "UPDATE imports SET offset = ?2, hash = ?3, from_s = min(coalesce(from_s, ?4), coalesce(?4, from_s)),
                     to_s = max(coalesce(to_s, ?5), coalesce(?5, to_s)) WHERE id = ?1",
            params![import, offset, mark.hash, times().min(), times().max().map(|s| s + ARRIVALS_S)],
        )?;
    }
    Ok(())
}

fn forget(change: &rusqlite::Connection, import: i64) -> Result<(), HistoryError> {
    change.execute("DELETE FROM arrivals WHERE import = ?1", params![import])?;
    change.execute("DELETE FROM imports WHERE id = ?1", params![import])?;
    Ok(())
}

/// Of two gaps that begin together the longer stands.
fn put_gap(change: &rusqlite::Connection, site: &str, gap: &ArrivalGap) -> Result<(), HistoryError> {
    let sql =
        "INSERT INTO arrival_gaps VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET to_s = max(to_s, excluded.to_s)";
    change.prepare(sql)?.execute(params![site, gap.scope, gap.from_s, gap.to_s])?;
    Ok(())
}

/// What is left of a gap without the spans that are known, which are in order.
fn less(gap: ArrivalGap, known: &[(i64, i64)]) -> Vec<ArrivalGap> {
    let mut left = Vec::new();
    let mut at = gap.from_s;
    for (from, to) in known {
        if *from > at && at < gap.to_s {
            left.push(ArrivalGap { scope: gap.scope.clone(), from_s: at, to_s: gap.to_s.min(*from) });
        }
        at = at.max(*to);
    }
    if at < gap.to_s {
        left.push(ArrivalGap { from_s: at, ..gap });
    }
    left
}

const fn slot(second: i64) -> i64 {
    second.div_euclid(ARRIVALS_S) * ARRIVALS_S
}
