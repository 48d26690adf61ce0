//! The rows in SQLite: what has left the log.

use std::path::{Path, PathBuf};

use model::AccountId;
use rusqlite::{Connection, OptionalExtension, params};

use super::Position;
use super::frame::{Record, StoredBlob};
use super::segments::{Location, Segments};
use crate::{BlobId, Commit, Error};

/// The name of the SQLite file in the store's directory.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join("rows.sqlite")
}

const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE accounts (account INTEGER PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE rows (account INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (account, key)) WITHOUT ROWID;
CREATE TABLE blobs (id BLOB PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL,
  stored INTEGER NOT NULL, len INTEGER NOT NULL, compressed INTEGER NOT NULL,
  sum BLOB NOT NULL, refs INTEGER NOT NULL, label BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX blobs_by_segment ON blobs (segment);
CREATE TABLE segments (segment INTEGER PRIMARY KEY, live INTEGER NOT NULL);
INSERT INTO meta VALUES ('format', 1), ('segment', 0), ('offset', 0), ('group', 1);
";

/// The one connection that writes.
pub(crate) struct Index {
    db: Connection,
    path: PathBuf,
}

/// SQLite numbers are signed; ours are below 2^63 or only compared for equality.
#[expect(clippy::cast_possible_wrap, reason = "two's complement there and back")]
pub(crate) fn signed(number: u64) -> i64 {
    number as i64
}

#[expect(clippy::cast_sign_loss, reason = "two's complement there and back")]
pub(crate) fn unsigned(number: i64) -> u64 {
    number as u64
}

impl Index {
    /// Opens the file, or makes it if there is no log either.
    pub fn open(dir: &Path, segments: &Segments) -> Result<Index, Error> {
        let path = path(dir);
        let new = !path.exists();
        if new && !segments.list()?.is_empty() {
            return Err(Error::Damaged {
                what: path.display().to_string(),
                detail: "it is missing although there are segments of mail beside it; put it back from a backup of the same time, or move the segments away to begin an empty store".into(),
            });
        }
        let db = Connection::open(&path).map_err(|e| failed(&path, &e))?;
        let index = Index { db, path };
        let new = index.configure(new)?;
        if !new {
            index.check_format()?;
        }
        Ok(index)
    }

    /// Answers whether the schema had to be made.
    fn configure(&self, new: bool) -> Result<bool, Error> {
        let wrong = |e| failed(&self.path, &e);
        if new {
            self.db.pragma_update(None, "page_size", 8192).map_err(wrong)?;
            self.db.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(wrong)?;
        }
        self.db.pragma_update(None, "journal_mode", "WAL").map_err(wrong)?;
        self.db.pragma_update(None, "synchronous", "NORMAL").map_err(wrong)?;
        self.db.pragma_update(None, "wal_autocheckpoint", 0).map_err(wrong)?;
        self.db.pragma_update(None, "cache_size", -8192).map_err(wrong)?;
        let tables: i64 = self
            .db
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(wrong)?;
        if tables == 0 {
            self.db.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;")).map_err(wrong)?;
        }
        Ok(tables == 0)
    }

    fn check_format(&self) -> Result<(), Error> {
        match self.meta("format")? {
            1 => Ok(()),
            other => Err(Error::Damaged {
                what: self.path.display().to_string(),
                detail: format!(
                    "it has format {other}, which this version of the program does not know"
                ),
            }),
        }
    }

    fn meta(&self, name: &str) -> Result<i64, Error> {
        let found = self
            .db
            .query_row("SELECT number FROM meta WHERE name = ?", [name], |row| row.get(0))
            .optional()
            .map_err(|e| failed(&self.path, &e))?;
        found.ok_or_else(|| Error::Damaged {
            what: self.path.display().to_string(),
            detail: format!("its {name} is missing"),
        })
    }

    /// How far of the log is in here.
    pub fn position(&self) -> Result<Position, Error> {
        let segment = u32::try_from(self.meta("segment")?).unwrap_or(0);
        Ok(Position {
            segment,
            offset: unsigned(self.meta("offset")?),
            group: unsigned(self.meta("group")?),
        })
    }

    /// Takes in groups and the position behind them, all or nothing.
    pub fn apply<'a>(
        &mut self,
        groups: impl Iterator<Item = (&'a [Record], Position, Position)>,
        reach: Position,
    ) -> Result<(), Error> {
        let path = self.path.clone();
        let wrong = |e| failed(&path, &e);
        let tx = self.db.transaction().map_err(wrong)?;
        for (records, start, _) in groups {
            for record in records {
                apply_record(&tx, record, start).map_err(wrong)?;
            }
        }
        {
            let mut set =
                tx.prepare_cached("UPDATE meta SET number = ? WHERE name = ?").map_err(wrong)?;
            set.execute(params![reach.segment, "segment"]).map_err(wrong)?;
            set.execute(params![signed(reach.offset), "offset"]).map_err(wrong)?;
            set.execute(params![signed(reach.group), "group"]).map_err(wrong)?;
        }
        tx.commit().map_err(wrong)
    }

    /// Syncs what was applied. Whether all of it is in the file now: readers
    /// may have held a part back.
    pub fn checkpoint(&self) -> Result<bool, Error> {
        let done: (i64, i64, i64) = self
            .db
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .map_err(|e| failed(&self.path, &e))?;
        Ok(done.0 == 0 && done.1 == done.2)
    }

    /// Segments before `segment`, with the bytes of blobs alive in each.
    pub fn sealed(&self, segment: u32) -> Result<Vec<(u32, u64)>, Error> {
        let wrong = |e| failed(&self.path, &e);
        let mut query = self
            .db
            .prepare_cached("SELECT segment, live FROM segments WHERE segment < ?")
            .map_err(wrong)?;
        let rows = query.query_map([segment], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)));
        let rows = rows.map_err(wrong)?.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        Ok(rows.into_iter().map(|(segment, live)| (segment, unsigned(live.max(0)))).collect())
    }

    /// Up to `limit` blobs alive in a segment.
    pub fn blobs_in(
        &self,
        segment: u32,
        limit: usize,
    ) -> Result<Vec<(BlobId, Location, Vec<u8>)>, Error> {
        let wrong = |e| failed(&self.path, &e);
        let mut query = self
            .db
            .prepare_cached(
                "SELECT segment, offset, stored, len, compressed, sum, id, label FROM blobs WHERE segment = ? ORDER BY offset LIMIT ?",
            )
            .map_err(wrong)?;
        let rows = query
            .query_map(params![segment, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok((BlobId(row.get(6)?), location(row)?, row.get(7)?))
            });
        rows.map_err(wrong)?.collect::<Result<Vec<_>, _>>().map_err(wrong)
    }

    /// Forgets a segment that was removed, and gives some pages back.
    pub fn forget_segment(&self, segment: u32) -> Result<(), Error> {
        let wrong = |e| failed(&self.path, &e);
        self.db.execute("DELETE FROM segments WHERE segment = ?", [segment]).map_err(wrong)?;
        self.db.execute_batch("PRAGMA incremental_vacuum(1000)").map_err(wrong)
    }
}

/// A location from the columns segment, offset, stored, len, compressed, sum.
pub(crate) fn location(row: &rusqlite::Row<'_>) -> rusqlite::Result<Location> {
    Ok(Location {
        segment: row.get(0)?,
        offset: unsigned(row.get(1)?),
        stored_len: row.get(2)?,
        len: unsigned(row.get(3)?),
        compressed: row.get(4)?,
        check: row.get(5)?,
    })
}

fn apply_record(db: &Connection, record: &Record, start: Position) -> rusqlite::Result<()> {
    match record {
        Record::Blob(blob) => apply_blob(db, blob, start),
        Record::Moved(blob) => apply_moved(db, blob, start),
        Record::Commit(commit) => apply_commit(db, commit),
    }
}

/// Where a blob of a frame at `start` lies in its segment.
pub(crate) fn located(blob: &StoredBlob, start: Position) -> Location {
    Location {
        segment: start.segment,
        offset: start.offset + super::frame::FRAME_HEADER as u64 + blob.offset as u64,
        stored_len: u32::try_from(blob.stored.len()).unwrap_or(u32::MAX),
        len: blob.len,
        compressed: blob.compressed,
        check: blob.check,
    }
}

fn add_live(db: &Connection, segment: u32, bytes: i64) -> rusqlite::Result<()> {
    let mut add = db.prepare_cached(
        "INSERT INTO segments VALUES (?1, ?2) ON CONFLICT (segment) DO UPDATE SET live = live + ?2",
    )?;
    add.execute(params![segment, bytes]).map(drop)
}

fn apply_blob(db: &Connection, blob: &StoredBlob, start: Position) -> rusqlite::Result<()> {
    let at = located(blob, start);
    let mut insert =
        db.prepare_cached("INSERT OR IGNORE INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)")?;
    let new = insert.execute(params![
        &blob.id.0[..],
        at.segment,
        signed(at.offset),
        at.stored_len,
        signed(at.len),
        at.compressed,
        &at.check[..],
        &blob.label[..],
    ])?;
    add_live(db, at.segment, if new == 1 { i64::from(at.stored_len) } else { 0 })
}

fn apply_moved(db: &Connection, blob: &StoredBlob, start: Position) -> rusqlite::Result<()> {
    let at = located(blob, start);
    let mut find = db.prepare_cached("SELECT segment FROM blobs WHERE id = ?")?;
    let old: Option<u32> = find.query_row([&blob.id.0[..]], |row| row.get(0)).optional()?;
    let mut set = db.prepare_cached("UPDATE blobs SET segment = ?, offset = ? WHERE id = ?")?;
    if let Some(old) = old {
        set.execute(params![at.segment, signed(at.offset), &blob.id.0[..]])?;
        add_live(db, old, -i64::from(at.stored_len))?;
        add_live(db, at.segment, i64::from(at.stored_len))?;
    } else {
        add_live(db, at.segment, 0)?;
    }
    Ok(())
}

fn apply_commit(db: &Connection, commit: &Commit) -> rusqlite::Result<()> {
    let account = signed(commit.account.0);
    let mut delete = db.prepare_cached("DELETE FROM rows WHERE account = ? AND key = ?")?;
    for key in &commit.deletes {
        delete.execute(params![account, key])?;
    }
    let mut put = db.prepare_cached("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)")?;
    for row in &commit.puts {
        put.execute(params![account, row.key, &row.value[..]])?;
    }
    let mut version = db.prepare_cached("INSERT OR REPLACE INTO accounts VALUES (?, ?)")?;
    version.execute(params![account, signed(commit.next)])?;
    commit.references.iter().try_for_each(|(id, by)| apply_reference(db, *id, *by))
}

fn apply_reference(db: &Connection, id: BlobId, by: i32) -> rusqlite::Result<()> {
    let mut add = db.prepare_cached("UPDATE blobs SET refs = refs + ? WHERE id = ?")?;
    add.execute(params![by, &id.0[..]])?;
    if by < 0 {
        let mut gone = db.prepare_cached(
            "DELETE FROM blobs WHERE id = ? AND refs <= 0 RETURNING segment, stored",
        )?;
        let found: Option<(u32, i64)> =
            gone.query_row([&id.0[..]], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((segment, stored)) = found {
            add_live(db, segment, -stored)?;
        }
    }
    Ok(())
}

/// Reads for the writer, which must know versions and references.
pub(crate) struct Lookup {
    db: Connection,
    path: PathBuf,
}

impl Lookup {
    pub fn open(dir: &Path) -> Result<Lookup, Error> {
        let path = path(dir);
        let db = open_reading(&path)?;
        Ok(Lookup { db, path })
    }

    pub fn version(&self, account: AccountId) -> Result<u64, Error> {
        version(&self.db, account).map_err(|e| failed(&self.path, &e))
    }

    /// How many references a blob has; `None` if it is not there.
    pub fn references(&self, id: BlobId) -> Result<Option<i64>, Error> {
        let mut find = self
            .db
            .prepare_cached("SELECT refs FROM blobs WHERE id = ?")
            .map_err(|e| failed(&self.path, &e))?;
        find.query_row([&id.0[..]], |row| row.get(0)).optional().map_err(|e| failed(&self.path, &e))
    }
}

pub(crate) fn version(db: &Connection, account: AccountId) -> rusqlite::Result<u64> {
    let mut find = db.prepare_cached("SELECT version FROM accounts WHERE account = ?")?;
    let found: Option<i64> = find.query_row([signed(account.0)], |row| row.get(0)).optional()?;
    Ok(found.map_or(0, unsigned))
}

pub(crate) fn open_reading(path: &Path) -> Result<Connection, Error> {
    let db = Connection::open(path).map_err(|e| failed(path, &e))?;
    db.pragma_update(None, "query_only", true).map_err(|e| failed(path, &e))?;
    db.pragma_update(None, "cache_size", -2048).map_err(|e| failed(path, &e))?;
    Ok(db)
}

/// What SQLite said, as ours.
pub(crate) fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    let what = path.display().to_string();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            Error::Damaged {
                what,
                detail: format!(
                    "{error}; put it back from a backup of the same time as the segments beside it"
                ),
            }
        }
        Some(rusqlite::ErrorCode::DiskFull) => Error::Full(format!("{what}: {error}")),
        _ => Error::Read(format!("{what}: {error}")),
    }
}
