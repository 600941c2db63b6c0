//! What happened to incidents, line by line: written once, never changed, on the disk before it is acknowledged.
//!
//! A line is known by its incident and its number in it, counted from 1 without a gap. The same line given again is the
//! one that is there; another one under its number is refused, whatever it says.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::history::{History, HistoryError};
use crate::engine::IncidentChange;
use crate::model::{Label, Time};

/// The table, as the second step of [`super::history`].
pub(super) const TABLE: &str = "
CREATE TABLE incident_change (
    incident INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    who TEXT,
    what TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (incident, seq)
) STRICT;
CREATE INDEX incident_change_by_time ON incident_change (at_us);
CREATE TRIGGER incident_change_stays BEFORE UPDATE ON incident_change
BEGIN SELECT raise(ABORT, 'a change of an incident is never changed'); END;
";

impl History {
    /// Writes lines of incidents in their order, in one transaction that is on the disk when this returns. Lines that are
    /// there already are passed over. The numbers of those refused are given back: another line has their number, or the
    /// one before it is missing.
    ///
    /// # Errors
    /// The database says no; nothing of it was written.
    pub fn append(&mut self, changes: &[IncidentChange]) -> Result<Vec<(u64, u64)>, HistoryError> {
        let transaction = self.db_mut().transaction()?;
        let mut refused = Vec::new();
        for change in changes {
            if !put(&transaction, change)? {
                refused.push((change.incident, change.seq));
            }
        }
        transaction.commit()?;
        Ok(refused)
    }

    /// The lines of one incident, oldest first.
    ///
    /// # Errors
    /// The database says no.
    pub fn changes_of(&self, incident: u64) -> Result<Vec<IncidentChange>, HistoryError> {
        let sql = "SELECT incident, seq, at_us, who, what, body FROM incident_change WHERE incident = ?1 ORDER BY seq";
        let mut statement = self.db().prepare(sql)?;
        let rows = statement.query_map(params![number(incident)], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All lines of the incidents that had one at or after `since`, by incident and number: what a restart and a report
    /// need is whole incidents.
    ///
    /// # Errors
    /// The database says no.
    pub fn changes_since(&self, since: Time) -> Result<Vec<IncidentChange>, HistoryError> {
        let sql = "SELECT incident, seq, at_us, who, what, body FROM incident_change
             WHERE incident IN (SELECT incident FROM incident_change WHERE at_us >= ?1) ORDER BY incident, seq";
        let mut statement = self.db().prepare(sql)?;
        let rows = statement.query_map(params![since.micros()], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number of the newest line of each incident.
    ///
    /// # Errors
    /// The database says no.
    pub fn last_changes(&self) -> Result<Vec<(u64, u64)>, HistoryError> {
        let sql = "SELECT incident, max(seq) FROM incident_change GROUP BY incident ORDER BY incident";
        let mut statement = self.db().prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((back(row.get(0)?), back(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// False where it is refused.
fn put(transaction: &Transaction<'_>, change: &IncidentChange) -> Result<bool, HistoryError> {
    let (incident, seq) = (number(change.incident), number(change.seq));
    let found: Option<IncidentChange> = transaction
        .prepare("SELECT incident, seq, at_us, who, what, body FROM incident_change WHERE incident = ?1 AND seq = ?2")?
        .query_row(params![incident, seq], read)
        .optional()?;
    if let Some(found) = found {
        return Ok(found == *change);
    }
    let last: i64 = transaction
        .prepare("SELECT coalesce(max(seq), 0) FROM incident_change WHERE incident = ?1")?
        .query_row(params![incident], |row| row.get(0))?;
    if seq != last.saturating_add(1) {
        return Ok(false);
    }
    let who = change.who.as_ref().map(Label::as_str);
    transaction.prepare("INSERT INTO incident_change VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        incident,
        seq,
        change.at.micros(),
        who,
        change.what.as_str(),
        change.body
    ])?;
    Ok(true)
}

fn read(row: &Row<'_>) -> rusqlite::Result<IncidentChange> {
    Ok(IncidentChange {
        incident: back(row.get(0)?),
        seq: back(row.get(1)?),
        at: Time::from_micros(row.get(2)?),
        who: row.get::<_, Option<String>>(3)?.map(|who| Label::new(&who)),
        what: Label::new(&row.get::<_, String>(4)?),
        body: row.get(5)?,
    })
}

/// Numbers of incidents and lines count from 1 and come nowhere near the end.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn back(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
