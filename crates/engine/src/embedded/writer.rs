//! The writer thread: one group, one write, one fdatasync.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use model::AccountId;
use tokio::sync::oneshot;

use super::applier::Applied;
use super::disk::{Disk, LogFile};
use super::frame::{Group, Record, SEGMENT_HEADER, StoredBlob, segment_header};
use super::index::{Lookup, located};
use super::overlay::{Overlay, Seen};
use super::segments::Segments;
use super::{EmbeddedConfig, Position, Stats};
use crate::{BlobId, Commit, Error, Outcome, Version};

/// How much a group takes at most before it is written.
const GROUP_BYTES: usize = 8 << 20;
const GROUP_REQUESTS: usize = 4096;
/// Versions held in memory before those least needed are forgotten.
const VERSIONS: usize = 200_000;

pub(crate) enum Request {
    Commit {
        commits: Vec<Commit>,
        answer: oneshot::Sender<Result<Vec<Outcome>, Error>>,
    },
    /// Blobs of an old segment, to be written again.
    Move(Vec<StoredBlob>),
    Close,
}

/// Why nothing is written any longer.
pub(crate) type Stopped = Arc<Mutex<Option<String>>>;

pub(crate) struct Writer {
    config: EmbeddedConfig,
    disk: Arc<dyn Disk>,
    segments: Arc<Segments>,
    overlay: Arc<Overlay>,
    stats: Arc<Stats>,
    groups: mpsc::SyncSender<Applied>,
    stopped: Stopped,
    lookup: Lookup,
    versions: HashMap<AccountId, Version>,
    /// References of blobs that groups not yet applied have changed.
    references: HashMap<BlobId, (u64, i64)>,
    at: Position,
    file: Option<Box<dyn LogFile>>,
    dir: PathBuf,
}

type Answer = (oneshot::Sender<Result<Vec<Outcome>, Error>>, Vec<Outcome>);

impl Writer {
    #[expect(clippy::too_many_arguments, reason = "the parts of one engine meet here once")]
    pub fn new(
        dir: &Path,
        config: EmbeddedConfig,
        disk: Arc<dyn Disk>,
        segments: Arc<Segments>,
        at: Position,
        overlay: Arc<Overlay>,
        stats: Arc<Stats>,
        groups: mpsc::SyncSender<Applied>,
        stopped: Stopped,
    ) -> Result<Writer, Error> {
        let lookup = Lookup::open(dir)?;
        Ok(Writer {
            config,
            disk,
            segments,
            overlay,
            stats,
            groups,
            stopped,
            lookup,
            versions: HashMap::new(),
            references: HashMap::new(),
            at,
            file: None,
            dir: dir.to_owned(),
        })
    }

    /// Serves requests until it is told to close.
    pub fn run(mut self, inbox: &mpsc::Receiver<Request>) {
        while let Ok(first) = inbox.recv() {
            let mut requests = vec![first];
            let mut bytes = 0;
            while bytes < GROUP_BYTES
                && requests.len() < GROUP_REQUESTS
                && let Ok(next) = inbox.try_recv()
            {
                if let Request::Commit { commits, .. } = &next {
                    bytes += commits.iter().map(Commit::weight).sum::<usize>();
                }
                requests.push(next);
            }
            if self.serve(requests) {
                return;
            }
        }
    }

    /// One group. Whether it was the last.
    fn serve(&mut self, requests: Vec<Request>) -> bool {
        let mut group = Group::new();
        let mut records = Vec::new();
        let mut answers: Vec<Answer> = Vec::new();
        let mut close = false;
        for request in requests {
            match request {
                Request::Close => close = true,
                Request::Move(blobs) => {
                    let moved = blobs.into_iter().map(|blob| Record::Moved(group.moved(blob)));
                    records.extend(moved);
                }
                Request::Commit { answer, .. } if close => {
                    let _ = answer.send(Err(Error::Stopped("it is closed".into())));
                }
                Request::Commit { commits, answer } => {
                    match self.take(commits, &mut group, &mut records) {
                        Ok(outcomes) => answers.push((answer, outcomes)),
                        Err(error) => {
                            let _ = answer.send(Err(error));
                        }
                    }
                }
            }
        }
        let written = if group.is_empty() { Ok(()) } else { self.write(group, records) };
        match written {
            Ok(()) => {
                for (answer, outcomes) in answers {
                    let _ = answer.send(Ok(outcomes));
                }
            }
            Err(error) => {
                // Versions and references of the group that failed are not so.
                self.versions.clear();
                self.references.clear();
                for (answer, _) in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
        close
    }

    /// Decides on each commit and puts those that are done into the group.
    fn take(
        &mut self,
        commits: Vec<Commit>,
        group: &mut Group,
        records: &mut Vec<Record>,
    ) -> Result<Vec<Outcome>, Error> {
        if let Some(reason) = &*self.stopped.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(Error::Stopped(reason.clone()));
        }
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            let version = self.version(commit.account)?;
            if version != commit.expected {
                outcomes.push(Outcome::Conflict(version));
                continue;
            }
            if let Some(missing) = self.missing_blob(&commit)? {
                outcomes.push(Outcome::NoSuchBlob(missing));
                continue;
            }
            for blob in &commit.blobs {
                if self.known_references(blob.id)?.is_none() {
                    let stored = group.blob(blob);
                    self.references.insert(blob.id, (self.at.group, 0));
                    records.push(Record::Blob(stored));
                }
            }
            for (id, by) in &commit.references {
                if let Some(known) = self.known_references(*id)? {
                    let now = known + i64::from(*by);
                    self.references.insert(*id, (self.at.group, now));
                }
            }
            group.commit(&commit);
            self.versions.insert(commit.account, commit.next);
            outcomes.push(Outcome::Done(commit.next));
            records.push(Record::Commit(Commit { blobs: Vec::new(), ..commit }));
        }
        Ok(outcomes)
    }

    fn version(&mut self, account: AccountId) -> Result<Version, Error> {
        if let Some(version) = self.versions.get(&account) {
            return Ok(*version);
        }
        if self.versions.len() >= VERSIONS {
            self.versions.clear();
        }
        // SQLite may be behind the log; the overlay is not.
        let version = match self.overlay.version(account) {
            Some(version) => version,
            None => self.lookup.version(account)?,
        };
        self.versions.insert(account, version);
        Ok(version)
    }

    /// References of a blob now; `None` if it is not there.
    fn known_references(&mut self, id: BlobId) -> Result<Option<i64>, Error> {
        if let Some((_, count)) = self.references.get(&id) {
            // One without references that was just brought waits for its first.
            return Ok(Some(*count).filter(|count| *count >= 0));
        }
        if let Some(Err(())) = self.overlay.blob(id) {
            return Ok(None);
        }
        self.lookup.references(id)
    }

    fn missing_blob(&mut self, commit: &Commit) -> Result<Option<BlobId>, Error> {
        for (id, by) in &commit.references {
            let brought = commit.blobs.iter().any(|blob| blob.id == *id);
            if *by > 0 && !brought && self.known_references(*id)?.is_none_or(|count| count <= 0) {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }

    /// Makes a group durable and shows it.
    fn write(&mut self, group: Group, records: Vec<Record>) -> Result<(), Error> {
        if let Some(reason) = &*self.stopped.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(Error::Stopped(reason.clone()));
        }
        self.open_segment(group.len() as u64)?;
        let start = self.at;
        let frame = group.seal(start.group);
        self.append(&frame)?;
        Stats::add(&self.stats.groups, 1);
        Stats::add(&self.stats.log_bytes, frame.len() as u64);
        self.at.offset += frame.len() as u64;
        self.at.group += 1;
        let mut dropped = Vec::new();
        let mut commits = Vec::new();
        let mut blobs = Vec::new();
        for record in &records {
            match record {
                Record::Commit(commit) => {
                    let lost = commit.references.iter().filter(|(_, by)| *by < 0);
                    let gone = |id: &BlobId| self.references.get(id).is_some_and(|(_, n)| *n <= 0);
                    dropped.extend(lost.map(|(id, _)| *id).filter(gone));
                    commits.push(commit);
                }
                Record::Blob(blob) | Record::Moved(blob) => {
                    blobs.push((blob.id, located(blob, start)));
                }
            }
        }
        Stats::add(&self.stats.commits, commits.len() as u64);
        for id in &dropped {
            self.references.remove(id);
        }
        self.overlay.add(Seen { group: start.group, commits: &commits, blobs, dropped });
        self.forget_references();
        // The applier is gone only after it has said why in `stopped`.
        let _ = self.groups.send(Applied { records, start, end: self.at });
        Ok(())
    }

    /// References of blobs are in SQLite when their group was applied; only
    /// as many groups as may wait for that are remembered here.
    fn forget_references(&mut self) {
        if self.references.len() > 100_000 {
            let oldest = self.at.group.saturating_sub(4 * super::applier::MOST_WAITING as u64);
            self.references.retain(|_, (group, _)| *group >= oldest);
        }
    }

    /// Opens the active segment, or the next if it is full.
    fn open_segment(&mut self, more: u64) -> Result<(), Error> {
        let full = self.at.offset > SEGMENT_HEADER
            && self.at.offset.saturating_add(more) > self.config.segment_bytes;
        if self.at.segment == 0 || full {
            self.file = None;
            self.at.segment += 1;
            self.at.offset = 0;
        }
        let path = self.segments.path(self.at.segment);
        if self.file.is_none() {
            let file = self.disk.open(&path).map_err(|e| full_or_stopped(&e, &path));
            self.file = Some(file.inspect_err(|e| self.note_stop(e))?);
        }
        if self.at.offset == 0 {
            self.append(&segment_header(self.at.segment))?;
            self.at.offset = SEGMENT_HEADER;
            let synced = self
                .disk
                .sync_dir(self.segments.dir())
                .and_then(|()| self.disk.sync_dir(&self.dir));
            synced.map_err(|e| self.stop(&format!("{}: {e}", self.segments.dir().display())))?;
        }
        debug_assert!(self.at.offset >= SEGMENT_HEADER);
        Ok(())
    }

    /// Writes and syncs. If only the space was missing, the file is cut back
    /// to what it was and the store goes on.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let path = self.segments.path(self.at.segment);
        let offset = self.at.offset;
        let Some(file) = self.file.as_mut() else {
            return Err(Error::Stopped("no segment is open".into()));
        };
        if let Err(error) = file.append(bytes) {
            let cut = file.truncate(offset);
            return match (cut, is_full(&error)) {
                (Ok(()), true) => Err(Error::Full(format!("{}: {error}", path.display()))),
                _ => Err(self.stop(&format!("{}: {error}", path.display()))),
            };
        }
        if let Err(error) = file.sync() {
            // Nobody can tell what is on the disk now; a second sync would lie.
            return Err(self.stop(&format!("{}: {error}", path.display())));
        }
        Ok(())
    }

    fn stop(&self, reason: &str) -> Error {
        tracing::error!(%reason, "the store stops writing until it is restarted");
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        Error::Stopped(stopped.get_or_insert_with(|| reason.to_owned()).clone())
    }

    fn note_stop(&self, error: &Error) {
        if let Error::Stopped(reason) = error {
            self.stop(reason);
        }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

fn full_or_stopped(error: &std::io::Error, path: &Path) -> Error {
    let text = format!("{}: {error}", path.display());
    if is_full(error) { Error::Full(text) } else { Error::Stopped(text) }
}
