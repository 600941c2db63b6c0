//! Closed intervals in `SQLite`: what was counted, with the rules it was counted by. A row is written once; only a late fact
//! revises it, and only under the same rules, so that a closed interval keeps the variant it was closed with.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::files::private_new;
use super::{arrivals, changes};
use crate::config::{Exits, ServiceLevelVariant};
use crate::engine::ClosedInterval;
use crate::metrics::{Counts, Scope, Slot};
use crate::model::{FeedId, Label, QueueId, Span, Time};

/// Marks the file as one of ours ("flrw").
const APPLICATION: i32 = 0x666c_7277;

/// Steps from an empty file to the newest form; `user_version` says how many were made. Never change one, add one.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE intervals (
    scope TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    to_s INTEGER NOT NULL,
    local TEXT NOT NULL,
    variant TEXT NOT NULL,
    within_us INTEGER NOT NULL,
    exits TEXT NOT NULL,
    target REAL NOT NULL,
    short_abandon_us INTEGER NOT NULL,
    missing_s INTEGER NOT NULL,
    revised INTEGER NOT NULL,
    offered INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    counts TEXT NOT NULL,
    longest_us INTEGER,
    waits_ms TEXT NOT NULL,
    slots_us TEXT NOT NULL,
    PRIMARY KEY (scope, from_s)
) STRICT, WITHOUT ROWID;
CREATE INDEX intervals_by_time ON intervals (from_s);
CREATE TABLE feeds (name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE incidents (id INTEGER PRIMARY KEY, opened_us INTEGER NOT NULL) STRICT;
",
    changes::TABLE,
    arrivals::TABLES,
    arrivals::SURGES,
];

/// The database of closed intervals.
#[derive(Debug)]
pub struct History {
    db: Connection,
}

/// Why the database is not used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// It is damaged.
    #[error("it is damaged ({0})")]
    Damaged(String),
    /// A newer version of the program wrote it.
    #[error("a newer floorwatch wrote it (form {found}, this one knows {known})")]
    Newer {
        /// The form of the file.
        found: i64,
        /// The newest form known here.
        known: usize,
    },
    /// An older version wrote it, and it is only to be read.
    #[error("an older floorwatch wrote it; start this one once to bring it to the newest form")]
    Older,
    /// It is a database of another program.
    #[error("it is not floorwatch's")]
    Foreign,
    /// Anything else the database says.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file cannot be made.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A closed interval as it was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredInterval {
    /// Of what: `all`, `group:NAME`, `queue:FEED/ID`, `line:NAME`, `team:NAME`.
    pub scope: String,
    /// First second and first second after, since the epoch.
    pub from_s: i64,
    /// See `from_s`.
    pub to_s: i64,
    /// Local start with offset.
    pub local: String,
    /// Service level formula it was closed with.
    pub variant: String,
    /// T it was closed with.
    pub within: Span,
    /// `count` or `ignore`.
    pub exits: String,
    /// Target share.
    pub target: f64,
    /// Limit of short abandons.
    pub short_abandon: Span,
    /// Seconds of it nothing was known of.
    pub missing_s: i64,
    /// Whether a late fact changed it after it was closed.
    pub revised: bool,
    /// The sums.
    pub counts: Counts,
    /// Largest wait, microseconds.
    pub longest_us: Option<i64>,
    /// Waits of answered: milliseconds and how often, rising.
    pub waits_ms: Vec<(u64, u64)>,
    /// People's time by slot, microseconds; in the order of [`Slot::ALL`].
    pub slots_us: Vec<i64>,
}

impl History {
    /// Opens the database, making it where there is none and bringing an older form to the newest. One that is damaged,
    /// newer or not ours is left exactly as it is.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let new = !path.try_exists()?;
        if new {
            private_new(path)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(Duration::from_secs(2))?;
        // Until it is known to be sound and ours, not even closing it may write.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let form = if new { 0 } else { check(&db)? };
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        let done = usize::try_from(form).unwrap_or(usize::MAX);
        for (n, step) in (1i64..).zip(MIGRATIONS).skip(done) {
            let change = db.transaction()?;
            change.execute_batch(step)?;
            change.pragma_update(None, "application_id", APPLICATION)?;
            change.pragma_update(None, "user_version", n)?;
            change.commit()?;
        }
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(Self { db })
    }

    pub(super) const fn db(&self) -> &Connection {
        &self.db
    }

    pub(super) const fn db_mut(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Opens a database that another process may be writing, to read what stands in it.
    ///
    /// # Errors
    /// [`HistoryError`]; one that is not there is a [`HistoryError::Sqlite`].
    pub fn read(path: &Path) -> Result<Self, HistoryError> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.busy_timeout(Duration::from_secs(2))?;
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        match check(&db)? {
            form if form == known => Ok(Self { db }),
            _ => Err(HistoryError::Older),
        }
    }

    /// Writes closed intervals in one transaction: new ones, and revisions under the rules the row was closed with.
    ///
    /// # Errors
    /// The database says no; nothing of it was written.
    pub fn save(&mut self, closed: &[ClosedInterval]) -> Result<(), HistoryError> {
        let change = self.db.transaction()?;
        {
            let mut statement = change.prepare(
                "INSERT INTO intervals VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)
                 ON CONFLICT (scope, from_s) DO UPDATE SET revised = 1, offered = excluded.offered,
                     answered = excluded.answered, counts = excluded.counts, longest_us = excluded.longest_us
                 WHERE excluded.revised = 1 AND excluded.missing_s <= missing_s AND excluded.to_s = to_s
                     AND excluded.variant = variant AND excluded.within_us = within_us
                     AND excluded.exits = exits AND excluded.short_abandon_us = short_abandon_us",
            )?;
            for one in closed.iter().filter(|c| c.missing_s < c.closed.bounds.to - c.closed.bounds.from) {
                let c = &one.closed;
                let rules = &c.with.queue;
                statement.execute(params![
                    scope_key(&one.scope),
                    c.bounds.from,
                    c.bounds.to,
                    one.name,
                    rules.variant.word(),
                    rules.within.micros(),
                    exits_word(rules.exits),
                    rules.target,
                    c.with.short_abandon.micros(),
                    one.missing_s,
                    c.revised,
                    c.counts.offered,
                    c.counts.answered,
                    counts_text(&c.counts),
                    c.longest_us,
                    serde_json::to_string(&c.waits).unwrap_or_default(),
                    serde_json::to_string(&c.people.as_deref().copied().unwrap_or_default().0).unwrap_or_default(),
                ])?;
            }
        }
        Ok(change.commit()?)
    }

    /// Writes how far the feeds came.
    ///
    /// # Errors
    /// The database says no.
    pub fn save_feeds(&mut self, feeds: &[(FeedId, u32, u64)]) -> Result<(), HistoryError> {
        let change = self.db.transaction()?;
        for (name, epoch, seq) in feeds {
            change.execute(
                "INSERT INTO feeds VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET epoch = max(epoch, excluded.epoch),
                     seq = max(seq, excluded.seq)",
                params![name.as_str(), epoch, i64::try_from(*seq).unwrap_or(i64::MAX)],
            )?;
        }
        Ok(change.commit()?)
    }

    /// How far the feeds came.
    ///
    /// # Errors
    /// The database says no.
    pub fn feeds(&self) -> Result<Vec<(FeedId, u32, u64)>, HistoryError> {
        let mut statement = self.db.prepare("SELECT name, epoch, seq FROM feeds")?;
        let rows = statement.query_map([], |row| {
            let (name, epoch, seq): (String, u32, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((FeedId::new(&name), epoch, u64::try_from(seq).unwrap_or(0)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes the numbers of incidents with the instants they were opened at; one that is known stays.
    ///
    /// # Errors
    /// The database says no.
    pub fn save_opened(&mut self, opened: &[(u64, Time)]) -> Result<(), HistoryError> {
        let change = self.db.transaction()?;
        for (id, at) in opened {
            let id = i64::try_from(*id).unwrap_or(i64::MAX);
            change.execute("INSERT OR IGNORE INTO incidents VALUES (?1, ?2)", params![id, at.micros()])?;
        }
        Ok(change.commit()?)
    }

    /// The highest number of an incident opened before `at`; 0 where there is none.
    ///
    /// # Errors
    /// The database says no.
    pub fn opened_before(&self, at: Time) -> Result<u64, HistoryError> {
        let sql = "SELECT coalesce(max(id), 0) FROM incidents WHERE opened_us < ?1";
        let id: i64 = self.db.query_row(sql, params![at.micros()], |row| row.get(0))?;
        Ok(u64::try_from(id).unwrap_or(0))
    }

    /// Deletes intervals that ended before this second.
    ///
    /// # Errors
    /// The database says no.
    pub fn forget_before(&mut self, second: i64) -> Result<usize, HistoryError> {
        Ok(self.db.execute("DELETE FROM intervals WHERE to_s < ?1", params![second])?)
    }

    /// Intervals of a scope that begin in [from, to), oldest first.
    ///
    /// # Errors
    /// The database says no.
    pub fn intervals(&self, scope: &Scope, from_s: i64, to_s: i64) -> Result<Vec<StoredInterval>, HistoryError> {
        let mut statement = self.db.prepare(
            "SELECT scope, from_s, to_s, local, variant, within_us, exits, target, short_abandon_us, missing_s, revised,
                 counts, longest_us, waits_ms, slots_us
             FROM intervals WHERE scope = ?1 AND from_s >= ?2 AND from_s < ?3 ORDER BY from_s",
        )?;
        let rows = statement.query_map(params![scope_key(scope), from_s, to_s], |row| {
            Ok(StoredInterval {
                scope: row.get(0)?,
                from_s: row.get(1)?,
                to_s: row.get(2)?,
                local: row.get(3)?,
                variant: row.get(4)?,
                within: Span::from_micros(row.get(5)?),
                exits: row.get(6)?,
                target: row.get(7)?,
                short_abandon: Span::from_micros(row.get(8)?),
                missing_s: row.get(9)?,
                revised: row.get(10)?,
                counts: counts_of(&row.get::<_, String>(11)?),
                longest_us: row.get(12)?,
                waits_ms: serde_json::from_str(&row.get::<_, String>(13)?).unwrap_or_default(),
                slots_us: serde_json::from_str(&row.get::<_, String>(14)?).unwrap_or_default(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Looks at a file that is there without writing; its form.
fn check(db: &Connection) -> Result<i64, HistoryError> {
    let damaged = |why: rusqlite::Error| match why.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            HistoryError::Damaged(why.to_string())
        }
        _ => HistoryError::Sqlite(why),
    };
    let pragma = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let form = pragma("user_version").map_err(damaged)?;
    let application = pragma("application_id").map_err(damaged)?;
    let tables = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).map_err(damaged)?;
    if tables == 0 && form == 0 {
        // Made and not filled: the run before was killed just then.
        return Ok(0);
    }
    if application != i64::from(APPLICATION) {
        return Err(HistoryError::Foreign);
    }
    if usize::try_from(form).map_or(true, |form| form > MIGRATIONS.len()) {
        return Err(HistoryError::Newer { found: form, known: MIGRATIONS.len() });
    }
    let said: Option<String> =
        db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).optional().map_err(damaged)?;
    match said.as_deref() {
        Some("ok") => Ok(form),
        other => Err(HistoryError::Damaged(other.unwrap_or("no answer").to_owned())),
    }
}

/// A scope as the database names it.
#[must_use]
pub fn scope_key(scope: &Scope) -> String {
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Group(name) => format!("group:{name}"),
        Scope::Line(name) => format!("line:{name}"),
        Scope::Team(name) => format!("team:{name}"),
        Scope::Area(name) => format!("area:{name}"),
        Scope::Menu(name) => format!("menu:{name}"),
        Scope::Reason(name) => format!("reason:{name}"),
        Scope::Queue(feed, id) => format!("queue:{feed}/{id}"),
    }
}

/// The scope a key of [`scope_key`] names; `None` for one this version does not know.
#[must_use]
pub fn scope_of(key: &str) -> Option<Scope> {
    if key == "all" {
        return Some(Scope::All);
    }
    let (kind, name) = key.split_once(':')?;
    Some(match kind {
        "group" => Scope::Group(Label::new(name)),
        "line" => Scope::Line(Label::new(name)),
        "team" => Scope::Team(Label::new(name)),
        "area" => Scope::Area(Label::new(name)),
        "menu" => Scope::Menu(Label::new(name)),
        "reason" => Scope::Reason(Label::new(name)),
        "queue" => {
            let (feed, id) = name.split_once('/')?;
            Scope::Queue(FeedId::new(feed), QueueId::new(id))
        }
        _ => return None,
    })
}

const fn exits_word(exits: Exits) -> &'static str {
    match exits {
        Exits::Count => "count",
        Exits::Ignore => "ignore",
    }
}

fn counts_text(counts: &Counts) -> String {
    let named: serde_json::Map<String, serde_json::Value> =
        counts.named().into_iter().filter(|(_, n)| *n != 0).map(|(name, n)| (name, n.into())).collect();
    serde_json::Value::from(named).to_string()
}

fn counts_of(text: &str) -> Counts {
    let mut counts = Counts::default();
    let named: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    for (name, n) in named {
        // A sum of a later version that this one does not know says nothing here.
        let _ = counts.set(&name, n.as_i64().unwrap_or(0));
    }
    counts
}

impl StoredInterval {
    /// The formula as the program knows it.
    #[must_use]
    pub fn service_level_variant(&self) -> Option<ServiceLevelVariant> {
        ServiceLevelVariant::ALL.into_iter().find(|v| v.word() == self.variant)
    }

    /// Time people spent in a slot.
    #[must_use]
    pub fn in_slot(&self, slot: Slot) -> Span {
        Span::from_micros(self.slots_us.get(slot.index()).copied().unwrap_or(0))
    }
}
