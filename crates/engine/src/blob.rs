//! Blobs: the immutable bytes of messages.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Names a blob. Random, not a hash of the content, so that it tells nothing
/// and two mails of equal content stay two; it begins with the time, so that
/// new names stand together in an index.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobId(pub [u8; 16]);

impl BlobId {
    /// A new one: 48 bits of milliseconds, then 80 random bits.
    pub fn random() -> BlobId {
        let mut id = random();
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX));
        id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        BlobId(id)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

pub(crate) fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A blob on its way into the store.
///
/// It is compressed where it is made, on the caller's thread and not the
/// writer's. `label` says in plain words whose and what it is, so that mail
/// can be recovered from the segments alone.
#[derive(Debug, Clone)]
pub struct NewBlob {
    /// Its name.
    pub id: BlobId,
    /// A few bytes for whoever salvages.
    pub label: Bytes,
    /// Length before compression.
    pub(crate) len: u64,
    pub(crate) compressed: bool,
    pub(crate) stored: Bytes,
    /// Checks `stored` when it is read; made here, not on the writer's thread.
    pub(crate) check: [u8; 8],
}

/// What a blob's bytes are checked by when they are read alone.
pub(crate) fn check(stored: &[u8]) -> [u8; 8] {
    let mut check = [0; 8];
    check.copy_from_slice(&blake3::hash(stored).as_bytes()[..8]);
    check
}

/// Below this, compression gains nothing worth its time.
const COMPRESS_FROM: usize = 256;

impl NewBlob {
    /// Compresses `bytes` if that makes them smaller.
    pub fn new(bytes: &[u8], label: impl Into<Bytes>) -> NewBlob {
        let id = BlobId::random();
        let label = label.into();
        let len = bytes.len() as u64;
        if bytes.len() >= COMPRESS_FROM
            && let Ok(smaller) = zstd::bulk::compress(bytes, 1)
            && smaller.len() < bytes.len()
        {
            return NewBlob::stored(id, label, len, true, smaller.into());
        }
        NewBlob::stored(id, label, len, false, Bytes::copy_from_slice(bytes))
    }

    fn stored(id: BlobId, label: Bytes, len: u64, compressed: bool, stored: Bytes) -> NewBlob {
        NewBlob { id, label, len, compressed, check: check(&stored), stored }
    }

    /// The bytes it will take on disk.
    pub fn stored_len(&self) -> usize {
        self.stored.len() + self.label.len() + 40
    }

    /// The bytes themselves.
    pub(crate) fn open(&self) -> Result<Bytes, Error> {
        open(self.id, &self.stored, self.compressed, self.len)
    }
}

/// Undoes the compression of a stored blob.
pub(crate) fn open(id: BlobId, stored: &Bytes, compressed: bool, len: u64) -> Result<Bytes, Error> {
    if !compressed {
        return Ok(stored.clone());
    }
    let damaged = |detail: String| Error::Damaged { what: format!("blob {id}"), detail };
    let capacity = usize::try_from(len).map_err(|e| damaged(e.to_string()))?;
    let bytes = zstd::bulk::decompress(stored, capacity).map_err(|e| damaged(e.to_string()))?;
    if bytes.len() as u64 != len {
        return Err(damaged(format!("{} bytes instead of {len}", bytes.len())));
    }
    Ok(bytes.into())
}
