//! Reading: the overlay first, SQLite beneath, segments for blobs.
//!
//! The overlay is looked at before SQLite: what leaves it meanwhile is in
//! SQLite already, so nothing is missed.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use model::AccountId;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::Semaphore;

use super::index::{self, failed, location, open_reading, signed};
use super::overlay::Overlay;
use super::segments::Segments;
use crate::{BlobId, Error, Key, Page, Version, blob};

/// Blobs from this size on are kept for a moment after they were read, since
/// clients fetch large messages in parts.
const CACHE_FROM: u64 = 64 << 10;
/// How many bytes of such blobs are kept.
const CACHE_BYTES: u64 = 32 << 20;

pub(crate) struct Readers {
    shared: Arc<Pool>,
    permits: Semaphore,
}

struct Pool {
    path: PathBuf,
    connections: Mutex<Vec<Connection>>,
    overlay: Arc<Overlay>,
    segments: Arc<Segments>,
    recent: Mutex<Vec<(BlobId, Bytes)>>,
}

impl Readers {
    pub fn open(
        dir: &Path,
        count: usize,
        overlay: Arc<Overlay>,
        segments: Arc<Segments>,
    ) -> Result<Readers, Error> {
        let path = index::path(dir);
        let count = count.max(1);
        let pool = Pool {
            path,
            connections: Mutex::default(),
            overlay,
            segments,
            recent: Mutex::default(),
        };
        Ok(Readers { shared: Arc::new(pool), permits: Semaphore::new(count) })
    }

    /// Runs `read` on a thread that may block.
    async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Pool, &Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self.permits.acquire().await;
        let pool = self.shared.clone();
        let done = tokio::task::spawn_blocking(move || {
            let free = pool.connections.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let db = match free {
                Some(db) => db,
                None => open_reading(&pool.path)?,
            };
            let result = read(&pool, &db);
            pool.connections.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            result
        });
        done.await.map_err(|e| Error::Read(format!("a reading thread ended: {e}")))?
    }

    pub async fn version(&self, account: AccountId) -> Result<Version, Error> {
        self.run(move |pool, db| {
            if let Some(version) = pool.overlay.version(account) {
                return Ok(version);
            }
            index::version(db, account).map_err(|e| failed(&pool.path, &e))
        })
        .await
    }

    pub async fn get(
        &self,
        account: AccountId,
        keys: Vec<Key>,
    ) -> Result<Vec<Option<Bytes>>, Error> {
        let known = self.shared.overlay.get(account, &keys);
        if known.iter().all(Option::is_some) {
            return Ok(known.into_iter().flatten().collect());
        }
        self.run(move |pool, db| {
            let wrong = |e| failed(&pool.path, &e);
            let mut find = db
                .prepare_cached("SELECT value FROM rows WHERE account = ? AND key = ?")
                .map_err(wrong)?;
            let mut values = Vec::with_capacity(keys.len());
            for (key, known) in keys.iter().zip(known) {
                values.push(match known {
                    Some(value) => value,
                    None => find
                        .query_row(params![signed(account.0), key], |row| row.get::<_, Vec<u8>>(0))
                        .optional()
                        .map_err(wrong)?
                        .map(Bytes::from),
                });
            }
            Ok(values)
        })
        .await
    }

    pub async fn scan(
        &self,
        account: AccountId,
        from: Key,
        to: Key,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Page, Error> {
        self.run(move |pool, db| {
            let (start, inclusive) = match after {
                Some(after) if after >= from => (after, false),
                _ => (from, true),
            };
            if start >= to || limit == 0 {
                return Ok(Page::default());
            }
            let bound = if inclusive { Bound::Included(&start) } else { Bound::Excluded(&start) };
            let newer = pool.overlay.range(account, bound, &to);
            // Deletions in the overlay may take rows away, so more are read.
            let wanted = limit + 1 + newer.len();
            let sql = if inclusive {
                "SELECT key, value FROM rows WHERE account = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
            } else {
                "SELECT key, value FROM rows WHERE account = ? AND key > ? AND key < ? ORDER BY key LIMIT ?"
            };
            let wrong = |e| failed(&pool.path, &e);
            let mut find = db.prepare_cached(sql).map_err(wrong)?;
            let count = i64::try_from(wanted).unwrap_or(i64::MAX);
            let rows = find
                .query_map(params![signed(account.0), start, to, count], |row| {
                    Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
                })
                .map_err(wrong)?;
            let mut rows = rows.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
            let cut = rows.len() == wanted;
            let horizon = if cut { rows.last().map(|(key, _)| key.clone()) } else { None };
            let mut merged: BTreeMap<Key, Option<Bytes>> =
                rows.drain(..).map(|(key, value)| (key, Some(Bytes::from(value)))).collect();
            // Behind the last row that was read, SQLite may have more.
            let inside = |key: &Key| horizon.as_ref().is_none_or(|horizon| key <= horizon);
            merged.extend(newer.into_iter().filter(|(key, _)| inside(key)));
            let live = merged.into_iter().filter_map(|(key, value)| Some((key, value?)));
            let mut rows: Vec<(Key, Bytes)> = live.take(limit + 1).collect();
            let more = rows.len() > limit;
            rows.truncate(limit);
            let resume = more.then(|| rows.last().map(|(key, _)| key.clone())).flatten();
            Ok(Page { rows, resume })
        })
        .await
    }

    pub async fn blobs(&self, ids: Vec<BlobId>) -> Result<Vec<Option<Bytes>>, Error> {
        if let [id] = ids[..]
            && let Some(bytes) = self.shared.recent(id)
        {
            return Ok(vec![Some(bytes)]);
        }
        self.run(move |pool, db| ids.iter().map(|id| pool.blob(db, *id)).collect()).await
    }
}

impl Pool {
    fn recent(&self, id: BlobId) -> Option<Bytes> {
        // A blob that was dropped is not there, even if it is remembered.
        if let Some(Err(())) = self.overlay.blob(id) {
            return None;
        }
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|(known, _)| *known == id).map(|(_, bytes)| bytes.clone())
    }

    fn remember(&self, id: BlobId, bytes: &Bytes) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(known, _)| *known != id);
        recent.push((id, bytes.clone()));
        let total =
            |recent: &Vec<(BlobId, Bytes)>| recent.iter().map(|(_, b)| b.len() as u64).sum::<u64>();
        while recent.len() > 1 && total(&recent) > CACHE_BYTES {
            recent.remove(0);
        }
    }

    fn blob(&self, db: &Connection, id: BlobId) -> Result<Option<Bytes>, Error> {
        // A blob may be moved between finding and reading it: look again.
        for _ in 0..3 {
            let at = match self.overlay.blob(id) {
                Some(Err(())) => return Ok(None),
                Some(Ok(at)) => at,
                None => {
                    let mut find = db
                        .prepare_cached(
                            "SELECT segment, offset, stored, len, compressed, sum FROM blobs WHERE id = ?",
                        )
                        .map_err(|e| failed(&self.path, &e))?;
                    let found = find.query_row([&id.0[..]], location).optional();
                    match found.map_err(|e| failed(&self.path, &e))? {
                        Some(at) => at,
                        None => return Ok(None),
                    }
                }
            };
            if let Some(stored) = self.segments.read_stored(id, &at)? {
                let bytes = blob::open(id, &stored, at.compressed, at.len)?;
                if at.len >= CACHE_FROM {
                    self.remember(id, &bytes);
                }
                return Ok(Some(bytes));
            }
        }
        Err(Error::Damaged {
            what: format!("blob {id}"),
            detail: format!("its segment is missing in {}", self.segments.dir().display()),
        })
    }
}
