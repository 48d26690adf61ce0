//! A commit: data, not a closure.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use model::AccountId;

use crate::{BlobId, Key, NewBlob, Version};

/// A name for a commit, so that its outcome can be looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId(pub [u8; 16]);

impl CommitId {
    /// A new one, at random.
    pub fn random() -> CommitId {
        CommitId(crate::blob::random())
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitId({:032x})", u128::from_be_bytes(self.0))
    }
}

/// A row to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Its key.
    pub key: Key,
    /// Its value, which begins with a format version (see [`crate::encode`]).
    pub value: Bytes,
}

/// A change of one account: wholly done or not at all.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its name, for [`crate::Engine::find_commit`].
    pub id: CommitId,
    /// Whose rows these are.
    pub account: AccountId,
    /// Done only if the account still has this version.
    pub expected: Version,
    /// The version it makes: `expected + 1`, or more to leave a gap.
    pub next: Version,
    /// Rows to write.
    pub puts: Vec<Put>,
    /// Rows to remove; those that are not there do not matter.
    pub deletes: Vec<Key>,
    /// Blobs that must be there when this is done. The same blob may come with
    /// several commits, as when one delivery has several recipients: it is
    /// kept once.
    pub blobs: Vec<Arc<NewBlob>>,
    /// How many more (or fewer) rows of this account refer to a blob. A blob
    /// to which no row of any account refers is given back to the disk. Only a
    /// blob that comes with the commit, or has references already, can gain one.
    pub references: Vec<(BlobId, i32)>,
}

impl Commit {
    /// An empty commit on top of version `expected`.
    pub fn new(account: AccountId, expected: Version) -> Commit {
        Commit {
            id: CommitId::random(),
            account,
            expected,
            next: expected + 1,
            puts: Vec::new(),
            deletes: Vec::new(),
            blobs: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Writes a row.
    pub fn put(&mut self, key: impl Into<Key>, value: impl Into<Bytes>) {
        self.puts.push(Put { key: key.into(), value: value.into() });
    }

    /// Removes a row.
    pub fn delete(&mut self, key: impl Into<Key>) {
        self.deletes.push(key.into());
    }

    /// About how many bytes it will take in a log.
    pub fn weight(&self) -> usize {
        let puts: usize = self.puts.iter().map(|p| p.key.len() + p.value.len() + 16).sum();
        let deletes: usize = self.deletes.iter().map(|k| k.len() + 8).sum();
        let blobs: usize = self.blobs.iter().map(|b| b.stored_len()).sum();
        64 + puts + deletes + blobs + self.references.len() * 24
    }
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable; the account has this version now.
    Done(Version),
    /// Not done: the account has another version than was expected.
    Conflict(Version),
    /// Not done: it refers to a blob that is no longer there.
    NoSuchBlob(BlobId),
    /// It may be done or not: ask [`crate::Engine::find_commit`].
    Unknown,
}
