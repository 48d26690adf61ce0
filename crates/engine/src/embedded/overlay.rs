//! What is durable in the log and not yet in SQLite.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use model::AccountId;

use super::segments::Location;
use crate::{BlobId, Commit, CommitId, Key, Version};

/// How many commits are remembered for those who lost the answer.
const REMEMBERED: usize = 20_000;

type Rows = BTreeMap<(AccountId, Key), (u64, Option<Bytes>)>;

/// Rows, versions and blobs of groups not yet applied, each with the number
/// of the group it comes from.
#[derive(Default)]
pub(crate) struct Overlay {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    rows: Rows,
    versions: HashMap<AccountId, (u64, Version)>,
    blobs: HashMap<BlobId, (u64, Location)>,
    dropped: HashMap<BlobId, u64>,
    commits: HashMap<CommitId, (AccountId, Version)>,
    order: VecDeque<CommitId>,
}

/// A group as the overlay needs it.
pub(crate) struct Seen<'a> {
    pub group: u64,
    pub commits: &'a [&'a Commit],
    pub blobs: Vec<(BlobId, Location)>,
    /// Blobs to which nothing refers any longer.
    pub dropped: Vec<BlobId>,
}

impl Overlay {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a durable group to readers.
    pub fn add(&self, seen: Seen<'_>) {
        let mut inner = self.write();
        for commit in seen.commits {
            for key in &commit.deletes {
                inner.rows.insert((commit.account, key.clone()), (seen.group, None));
            }
            for put in &commit.puts {
                let value = Some(put.value.clone());
                inner.rows.insert((commit.account, put.key.clone()), (seen.group, value));
            }
            inner.versions.insert(commit.account, (seen.group, commit.next));
            inner.commits.insert(commit.id, (commit.account, commit.next));
            inner.order.push_back(commit.id);
        }
        while inner.order.len() > REMEMBERED {
            if let Some(oldest) = inner.order.pop_front() {
                inner.commits.remove(&oldest);
            }
        }
        // A blob may be brought again after it was dropped.
        for (id, at) in seen.blobs {
            inner.dropped.remove(&id);
            inner.blobs.insert(id, (seen.group, at));
        }
        inner.dropped.extend(seen.dropped.into_iter().map(|id| (id, seen.group)));
    }

    /// SQLite has everything up to and with `group` now.
    pub fn applied<'a>(
        &self,
        group: u64,
        commits: impl Iterator<Item = &'a Commit>,
        blobs: impl Iterator<Item = BlobId>,
    ) {
        let mut inner = self.write();
        for commit in commits {
            let puts = commit.puts.iter().map(|put| &put.key);
            for key in puts.chain(&commit.deletes) {
                let key = (commit.account, key.clone());
                if inner.rows.get(&key).is_some_and(|(from, _)| *from <= group) {
                    inner.rows.remove(&key);
                }
            }
            if inner.versions.get(&commit.account).is_some_and(|(from, _)| *from <= group) {
                inner.versions.remove(&commit.account);
            }
            for (id, _) in &commit.references {
                if inner.dropped.get(id).is_some_and(|from| *from <= group) {
                    inner.dropped.remove(id);
                }
            }
        }
        for id in blobs {
            if inner.blobs.get(&id).is_some_and(|(from, _)| *from <= group) {
                inner.blobs.remove(&id);
            }
        }
    }

    pub fn version(&self, account: AccountId) -> Option<Version> {
        self.read().versions.get(&account).map(|(_, version)| *version)
    }

    pub fn find_commit(&self, account: AccountId, id: CommitId) -> Option<Version> {
        let inner = self.read();
        let found = inner.commits.get(&id).filter(|(known, _)| *known == account);
        found.map(|(_, version)| *version)
    }

    /// What is known here of each key: `None` is "ask SQLite".
    pub fn get(&self, account: AccountId, keys: &[Key]) -> Vec<Option<Option<Bytes>>> {
        let inner = self.read();
        if inner.rows.is_empty() {
            return vec![None; keys.len()];
        }
        let value =
            |key: &Key| inner.rows.get(&(account, key.clone())).map(|(_, value)| value.clone());
        keys.iter().map(value).collect()
    }

    /// Rows of a range, deletions included.
    pub fn range(
        &self,
        account: AccountId,
        from: Bound<&Key>,
        to: &Key,
    ) -> Vec<(Key, Option<Bytes>)> {
        let inner = self.read();
        let from = from.map(|key| (account, key.clone()));
        let to = (account, to.clone());
        if matches!(&from, Bound::Included(low) | Bound::Excluded(low) if *low >= to) {
            return Vec::new();
        }
        let range = inner.rows.range((from, Bound::Excluded(to)));
        range.map(|((_, key), (_, value))| (key.clone(), value.clone())).collect()
    }

    /// Where a blob lies, `Err(())` if it is no more, `None` if SQLite knows.
    pub fn blob(&self, id: BlobId) -> Option<Result<Location, ()>> {
        let inner = self.read();
        if inner.dropped.contains_key(&id) {
            return Some(Err(()));
        }
        inner.blobs.get(&id).map(|(_, at)| Ok(*at))
    }
}
