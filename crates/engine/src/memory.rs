//! An engine in memory that can be told to misbehave.
//!
//! It keeps the boundary honest: what stands on it must bear conflicts that
//! it did not cause, outcomes that nobody knows, full disks and lost writes.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use model::AccountId;

use crate::{
    BlobId, Commit, CommitId, Engine, Error, Key, MAX_ROW_BYTES, Outcome, Page, Space, Version,
};

/// How many commits of an account [`Engine::find_commit`] remembers.
pub(crate) const REMEMBERED_COMMITS: usize = 1000;

/// What goes wrong, and how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// So many of 1,000 commits conflict although the version was right: the
    /// account's version rises by one, as if another node had written.
    pub conflicts: u32,
    /// So many of 1,000 commits are done, and answered [`Outcome::Unknown`].
    pub unknown_done: u32,
    /// So many of 1,000 commits are not done, and answered [`Outcome::Unknown`].
    pub unknown_lost: u32,
    /// Every commit with a blob or a row to write fails with [`Error::Full`].
    pub full: bool,
    /// Every commit fails with [`Error::Stopped`], every read too.
    pub broken: bool,
    /// Commits are answered, and gone after [`Memory::power_cut`].
    pub lose_writes: bool,
}

/// The engine in memory.
#[derive(Default)]
pub struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    now: Contents,
    /// What a power cut would leave, if that is less than `now`.
    durable: Option<Contents>,
    faults: Faults,
    random: u64,
    closed: bool,
}

#[derive(Default, Clone)]
struct Contents {
    accounts: HashMap<AccountId, Rows>,
    blobs: HashMap<BlobId, Blob>,
}

#[derive(Default, Clone)]
struct Rows {
    version: Version,
    rows: BTreeMap<Key, Bytes>,
    commits: VecDeque<(CommitId, Version)>,
}

#[derive(Clone)]
struct Blob {
    bytes: Bytes,
    references: i64,
}

impl Memory {
    /// An empty store that makes no faults.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// From now on, these faults; `seed` makes a run repeatable.
    pub fn set_faults(&self, faults: Faults, seed: u64) {
        let mut inner = self.lock();
        if faults.lose_writes && inner.durable.is_none() {
            inner.durable = Some(inner.now.clone());
        } else if !faults.lose_writes {
            inner.durable = None;
        }
        inner.faults = faults;
        inner.random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    }

    /// Forgets what was never synced, as a pulled plug does.
    pub fn power_cut(&self) {
        let mut inner = self.lock();
        if let Some(durable) = &inner.durable {
            inner.now = durable.clone();
        }
    }

    /// How many blobs are kept, for tests of who lets go of them.
    pub fn blob_count(&self) -> usize {
        self.lock().now.blobs.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// One chance in 1,000 for each unit of `rate`.
    fn chance(&mut self, rate: u32) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        rate > 0 && self.random % 1000 < u64::from(rate)
    }

    fn readable(&self) -> Result<(), Error> {
        if self.faults.broken {
            return Err(Error::Read("the test broke it".into()));
        }
        Ok(())
    }

    fn commit(&mut self, commit: &Commit) -> Result<Outcome, Error> {
        check_size(commit)?;
        let version = self.now.accounts.get(&commit.account).map_or(0, |rows| rows.version);
        if version != commit.expected {
            return Ok(Outcome::Conflict(version));
        }
        if self.chance(self.faults.conflicts) {
            self.now.accounts.entry(commit.account).or_default().version += 1;
            return Ok(Outcome::Conflict(version + 1));
        }
        if self.chance(self.faults.unknown_lost) {
            return Ok(Outcome::Unknown);
        }
        if let Some(missing) = self.missing_blob(commit) {
            return Ok(Outcome::NoSuchBlob(missing));
        }
        self.now.apply(commit)?;
        if self.chance(self.faults.unknown_done) {
            return Ok(Outcome::Unknown);
        }
        Ok(Outcome::Done(commit.next))
    }

    fn missing_blob(&self, commit: &Commit) -> Option<BlobId> {
        let there = |id: &BlobId| {
            self.now.blobs.contains_key(id) || commit.blobs.iter().any(|blob| blob.id == *id)
        };
        let gained = commit.references.iter().filter(|(_, by)| *by > 0);
        gained.map(|(id, _)| *id).find(|id| !there(id))
    }
}

impl Contents {
    fn apply(&mut self, commit: &Commit) -> Result<(), Error> {
        for blob in &commit.blobs {
            if let Entry::Vacant(new) = self.blobs.entry(blob.id) {
                new.insert(Blob { bytes: blob.open()?, references: 0 });
            }
        }
        for (id, by) in &commit.references {
            if let Some(blob) = self.blobs.get_mut(id) {
                blob.references += i64::from(*by);
                if blob.references <= 0 {
                    self.blobs.remove(id);
                }
            }
        }
        let rows = self.accounts.entry(commit.account).or_default();
        for key in &commit.deletes {
            rows.rows.remove(key);
        }
        for put in &commit.puts {
            rows.rows.insert(put.key.clone(), put.value.clone());
        }
        rows.version = commit.next;
        rows.commits.push_back((commit.id, commit.next));
        if rows.commits.len() > REMEMBERED_COMMITS {
            rows.commits.pop_front();
        }
        Ok(())
    }
}

/// Refuses rows that some engine could not keep.
pub(crate) fn check_size(commit: &Commit) -> Result<(), Error> {
    if commit.next <= commit.expected || commit.next >= 1 << 63 {
        return Err(Error::TooLarge(format!(
            "version {} cannot follow {}",
            commit.next, commit.expected
        )));
    }
    match commit.puts.iter().find(|put| put.key.len() + put.value.len() > MAX_ROW_BYTES) {
        None => Ok(()),
        Some(put) => Err(Error::TooLarge(format!(
            "a row of {} bytes is over the limit of {MAX_ROW_BYTES}",
            put.key.len() + put.value.len()
        ))),
    }
}

impl Engine for Memory {
    fn version(&self, account: AccountId) -> BoxFuture<'_, Result<Version, Error>> {
        let inner = self.lock();
        let version = inner.now.accounts.get(&account).map_or(0, |rows| rows.version);
        ready(inner.readable().map(|()| version)).boxed()
    }

    fn get(
        &self,
        account: AccountId,
        keys: Vec<Key>,
    ) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>> {
        let inner = self.lock();
        let rows = inner.now.accounts.get(&account);
        let values =
            keys.iter().map(|key| rows.and_then(|rows| rows.rows.get(key)).cloned()).collect();
        ready(inner.readable().map(|()| values)).boxed()
    }

    fn scan(
        &self,
        account: AccountId,
        from: Key,
        to: Key,
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, Error>> {
        let inner = self.lock();
        let mut page = Page::default();
        let start = match after {
            Some(after) if after >= from => Bound::Excluded(after),
            _ => Bound::Included(from),
        };
        let empty = match &start {
            Bound::Excluded(start) | Bound::Included(start) => *start >= to,
            Bound::Unbounded => false,
        };
        if let Some(rows) = inner.now.accounts.get(&account).filter(|_| !empty && limit > 0) {
            let mut range = rows.rows.range((start, Bound::Excluded(to)));
            page.rows.extend(range.by_ref().take(limit).map(|(k, v)| (k.clone(), v.clone())));
            if range.next().is_some() {
                page.resume = page.rows.last().map(|(key, _)| key.clone());
            }
        }
        ready(inner.readable().map(|()| page)).boxed()
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Result<Vec<Outcome>, Error>> {
        let mut inner = self.lock();
        let faults = inner.faults;
        let writes = |c: &Commit| !c.puts.is_empty() || !c.blobs.is_empty();
        let result = if inner.closed || faults.broken {
            Err(Error::Stopped("the test stopped it".into()))
        } else if faults.full && commits.iter().any(writes) {
            Err(Error::Full("the test filled it".into()))
        } else {
            commits.iter().map(|commit| inner.commit(commit)).collect()
        };
        ready(result).boxed()
    }

    fn find_commit(
        &self,
        account: AccountId,
        id: CommitId,
    ) -> BoxFuture<'_, Result<Option<Version>, Error>> {
        let inner = self.lock();
        let found = inner.now.accounts.get(&account).and_then(|rows| {
            rows.commits.iter().rev().find(|(known, _)| *known == id).map(|(_, version)| *version)
        });
        ready(inner.readable().map(|()| found)).boxed()
    }

    fn blobs(&self, ids: Vec<BlobId>) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>> {
        let inner = self.lock();
        let found =
            ids.iter().map(|id| inner.now.blobs.get(id).map(|blob| blob.bytes.clone())).collect();
        ready(inner.readable().map(|()| found)).boxed()
    }

    fn space(&self) -> Option<Space> {
        let full = self.lock().faults.full;
        Some(Space { free: if full { 0 } else { 1 << 40 }, total: 1 << 41 })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.lock().closed = true;
        ready(()).boxed()
    }
}
