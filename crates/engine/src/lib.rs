//! Where bytes are kept: accounts of rows, commits, blobs.
//!
//! Every key belongs to an account, and a commit is data, not a closure: the
//! rows to put and delete, the blobs to keep, and the version of the account
//! it was made for. So one writer can group the work of many accounts into
//! one fsync, and a database can run it as one statement. Nothing here knows
//! what mail is.
//!
//! There are two engines: [`Embedded`], the default (a log of segments first,
//! one SQLite file beneath), and [`Memory`], which injects faults for tests.
//! Both pass [`conformance`].

mod blob;
mod commit;
pub mod conformance;
pub mod embedded;
mod error;
mod memory;
mod value;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use model::AccountId;

pub use blob::{BlobId, NewBlob};
pub use commit::{Commit, CommitId, Outcome, Put};

pub use embedded::{Embedded, EmbeddedConfig};
pub use error::Error;
pub use memory::{Faults, Memory};
pub use value::{Versioned, decode, encode};

/// A row's key within its account.
pub type Key = Vec<u8>;

/// How often an account was committed to; the mail store shows it as MODSEQ.
pub type Version = u64;

/// The largest row, key and value together, that any engine takes.
pub const MAX_ROW_BYTES: usize = 64 * 1024;

/// A page of a scan.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Keys and values, in the order of the keys.
    pub rows: Vec<(Key, Bytes)>,
    /// There is more: scan again from behind this key.
    pub resume: Option<Key>,
}

/// An engine. Reads see every commit that was answered before they began.
///
/// No iterator lives across an await: scans are pages with a resume key.
pub trait Engine: Send + Sync + 'static {
    /// The account's version: 0 until the first commit.
    fn version(&self, account: AccountId) -> BoxFuture<'_, Result<Version, Error>>;

    /// The values of `keys`, in their order.
    fn get(
        &self,
        account: AccountId,
        keys: Vec<Key>,
    ) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>>;

    /// Rows with `from <= key < to`, at most `limit` of them.
    ///
    /// With `after`, only rows behind that key.
    fn scan(
        &self,
        account: AccountId,
        from: Key,
        to: Key,
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, Error>>;

    /// Makes the commits durable and answers for each, in their order.
    ///
    /// Each account stands alone: one may conflict while another is done. When
    /// this answers [`Outcome::Done`], the commit is on stable storage. An
    /// `Err` means that none of them was done.
    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Result<Vec<Outcome>, Error>>;

    /// What became of a commit whose outcome was [`Outcome::Unknown`]: the
    /// version it made, or `None` if it was not done and never will be.
    ///
    /// An engine remembers the last 1,000 commits at least.
    fn find_commit(
        &self,
        account: AccountId,
        id: CommitId,
    ) -> BoxFuture<'_, Result<Option<Version>, Error>>;

    /// The bytes of blobs, in the order of `ids`; `None` where there is none.
    fn blobs(&self, ids: Vec<BlobId>) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>>;

    /// Free and whole bytes of the disk below, where there is a disk.
    fn space(&self) -> Option<Space>;

    /// Waits until everything is settled, then refuses further commits.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// What is left on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that can still be written.
    pub free: u64,
    /// Bytes of the whole file system.
    pub total: u64,
}

/// An engine shared by everybody who keeps something in it.
pub type Shared = Arc<dyn Engine>;
