//! The default engine: the log first, one SQLite file beneath.
//!
//! A group of commits is appended to the active segment, blobs and rows
//! together: one write, one fdatasync, and that is the commit point. The rows
//! then go into an overlay in memory, where they are seen at once, and from
//! there into SQLite, many groups in one transaction together with the
//! position of the log that they reach. Opening replays the log from that
//! position. So SQLite may be synced as seldom as its checkpoints are.
//!
//! ```text
//! callers -> writer thread: check versions, write, fdatasync, overlay, answer
//!                 |
//!                 v
//!            applier thread: SQLite, checkpoint, give space back
//! ```
//!
//! Blobs stay in the segments; a row in SQLite says where. A sealed segment
//! never changes. When more than half of one is dead its live blobs are
//! written again at the end of the log, and the file goes.
//!
//! After a failed write or sync nothing more is written until a restart: what
//! the disk holds is not known then, and only replay can tell.

mod applier;
pub mod disk;
mod frame;
mod index;
mod overlay;
mod reader;
mod recover;
mod segments;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use model::AccountId;
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::{BlobId, Commit, CommitId, Engine, Error, Key, Outcome, Page, Space, Version};
use disk::{Disk, RealDisk};
use overlay::Overlay;
use reader::Readers;
use segments::Segments;
use writer::{Request, Writer};

/// `[engine]`: the embedded engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmbeddedConfig {
    /// A segment of the log is sealed at this size, in bytes. Default: 64 MiB.
    pub segment_bytes: u64,
    /// SQLite is synced each time the log has grown by so many bytes; no more
    /// than that is replayed after a crash. Default: 32 MiB.
    pub checkpoint_bytes: u64,
    /// Threads that may read at the same time. Default: 4.
    pub readers: usize,
}

impl Default for EmbeddedConfig {
    fn default() -> EmbeddedConfig {
        EmbeddedConfig { segment_bytes: 64 << 20, checkpoint_bytes: 32 << 20, readers: 4 }
    }
}

/// What the engine has done since it was opened.
#[derive(Debug, Default)]
pub struct Stats {
    /// Commits that are done.
    pub commits: AtomicU64,
    /// Groups they were written in: each one write and one fdatasync.
    pub groups: AtomicU64,
    /// Bytes appended to the log.
    pub log_bytes: AtomicU64,
    /// Groups replayed when it was opened.
    pub replayed: AtomicU64,
    /// Segments given back to the disk.
    pub removed_segments: AtomicU64,
}

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub segment: u32,
    pub offset: u64,
    /// The number of the next group.
    pub group: u64,
}

/// The engine over one directory.
pub struct Embedded {
    dir: PathBuf,
    requests: Mutex<Option<mpsc::Sender<Request>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    overlay: Arc<Overlay>,
    readers: Arc<Readers>,
    stats: Arc<Stats>,
    /// Held as long as the store is open.
    _lock: std::fs::File,
}

impl Embedded {
    /// Opens the store in `dir`, making it if there is none, and replays what
    /// SQLite does not have yet.
    ///
    /// Fails with [`Error::Busy`] if another process has it, and with
    /// [`Error::Damaged`] where the log or SQLite is not what it was; nothing
    /// is changed then.
    pub fn open(dir: impl AsRef<Path>, config: EmbeddedConfig) -> Result<Embedded, Error> {
        Embedded::open_on(dir, config, Arc::new(RealDisk))
    }

    /// The same with the log on another disk, for tests of what disks do.
    pub fn open_on(
        dir: impl AsRef<Path>,
        config: EmbeddedConfig,
        disk: Arc<dyn Disk>,
    ) -> Result<Embedded, Error> {
        let dir = dir.as_ref().to_owned();
        let lock = segments::lock(&dir)?;
        let stats = Arc::new(Stats::default());
        let segments = Arc::new(Segments::new(&dir));
        let mut index = index::Index::open(&dir, &segments)?;
        let position = recover::recover(&segments, &mut index, &*disk, &stats)?;
        let overlay = Arc::new(Overlay::default());
        let readers =
            Arc::new(Readers::open(&dir, config.readers, overlay.clone(), segments.clone())?);
        let (requests, inbox) = mpsc::channel();
        let (groups, applied) = mpsc::sync_channel(applier::MOST_WAITING);
        let stopped = Arc::new(Mutex::new(None));
        let writer = Writer::new(
            &dir,
            config.clone(),
            disk,
            segments.clone(),
            position,
            overlay.clone(),
            stats.clone(),
            groups,
            stopped.clone(),
        )?;
        let applier = applier::Applier {
            config,
            index,
            overlay: overlay.clone(),
            segments,
            stats: stats.clone(),
            writer: requests.clone(),
            stopped,
            position,
        };
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = std::thread::Builder::new().name(name.into());
            thread.spawn(run).map_err(|e| Error::Read(format!("no thread for the store: {e}")))
        };
        let threads = vec![
            spawn("store-writer", Box::new(move || writer.run(&inbox)))?,
            spawn("store-applier", Box::new(move || applier.run(&applied)))?,
        ];
        Ok(Embedded {
            dir,
            requests: Mutex::new(Some(requests)),
            threads: Mutex::new(threads),
            overlay,
            readers,
            stats,
            _lock: lock,
        })
    }

    /// What it has done since it was opened.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    fn send(&self, request: Request) -> Result<(), Error> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = || Error::Stopped("it is closed".into());
        requests.as_ref().ok_or_else(closed)?.send(request).map_err(|_| closed())
    }

    fn shut(&self) {
        if let Some(requests) = self.requests.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            // The writer ends, its group channel closes, the applier ends.
            let _ = requests.send(Request::Close);
        }
        let threads: Vec<_> =
            self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Engine for Embedded {
    fn version(&self, account: AccountId) -> BoxFuture<'_, Result<Version, Error>> {
        if let Some(version) = self.overlay.version(account) {
            return ready(Ok(version)).boxed();
        }
        self.readers.version(account).boxed()
    }

    fn get(
        &self,
        account: AccountId,
        keys: Vec<Key>,
    ) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>> {
        self.readers.get(account, keys).boxed()
    }

    fn scan(
        &self,
        account: AccountId,
        from: Key,
        to: Key,
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, Error>> {
        self.readers.scan(account, from, to, after, limit).boxed()
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Result<Vec<Outcome>, Error>> {
        async move {
            commits.iter().try_for_each(crate::memory::check_size)?;
            let (answer, outcome) = oneshot::channel();
            self.send(Request::Commit { commits, answer })?;
            outcome.await.unwrap_or_else(|_| Err(Error::Stopped("it was closed meanwhile".into())))
        }
        .boxed()
    }

    fn find_commit(
        &self,
        account: AccountId,
        id: CommitId,
    ) -> BoxFuture<'_, Result<Option<Version>, Error>> {
        ready(Ok(self.overlay.find_commit(account, id))).boxed()
    }

    fn blobs(&self, ids: Vec<BlobId>) -> BoxFuture<'_, Result<Vec<Option<Bytes>>, Error>> {
        self.readers.blobs(ids).boxed()
    }

    fn space(&self) -> Option<Space> {
        let stat = rustix::fs::statvfs(&self.dir).ok()?;
        Some(Space { free: stat.f_bavail * stat.f_frsize, total: stat.f_blocks * stat.f_frsize })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        // Joining takes no longer than the last group.
        self.shut();
        ready(()).boxed()
    }
}

impl Stats {
    pub(crate) fn add(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }
}
