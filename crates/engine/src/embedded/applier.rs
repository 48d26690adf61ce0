//! The applier thread: from the log into SQLite, and space back to the disk.

use std::sync::{Arc, PoisonError, mpsc};

use super::frame::{Record, StoredBlob};
use super::index::Index;
use super::overlay::Overlay;
use super::segments::Segments;
use super::writer::{Request, Stopped};
use super::{EmbeddedConfig, Position, Stats};
use crate::{BlobId, Error};

/// How many groups may wait to be applied before the writer waits too.
pub(crate) const MOST_WAITING: usize = 256;
/// How many groups, and bytes of log, one transaction takes.
const TRANSACTION_GROUPS: usize = 256;
const TRANSACTION_BYTES: u64 = 16 << 20;
/// A segment is rewritten when less than half of it is alive, some at a time.
const MOVE_BYTES: usize = 4 << 20;

/// A durable group on its way into SQLite.
pub(crate) struct Applied {
    pub records: Vec<Record>,
    pub start: Position,
    pub end: Position,
}

pub(crate) struct Applier {
    pub config: EmbeddedConfig,
    pub index: Index,
    pub overlay: Arc<Overlay>,
    pub segments: Arc<Segments>,
    pub stats: Arc<Stats>,
    pub writer: mpsc::Sender<Request>,
    pub stopped: Stopped,
    /// What the file of SQLite is known to hold even after a power cut.
    pub position: Position,
}

impl Applier {
    /// Applies groups until the writer has gone.
    pub fn run(mut self, inbox: &mpsc::Receiver<Applied>) {
        let mut reached = self.position;
        let mut since_checkpoint = 0;
        while let Ok(first) = inbox.recv() {
            let mut groups = vec![first];
            let mut bytes = 0;
            while groups.len() < TRANSACTION_GROUPS
                && bytes < TRANSACTION_BYTES
                && let Ok(next) = inbox.try_recv()
            {
                bytes += next.end.offset.saturating_sub(next.start.offset);
                groups.push(next);
            }
            let Some(last) = groups.last() else { continue };
            let (start, end) = (groups[0].start, last.end);
            if let Err(error) = self.apply(&groups, end) {
                self.stop(&error);
                return;
            }
            since_checkpoint += log_bytes(start, end, self.config.segment_bytes);
            reached = end;
            if since_checkpoint >= self.config.checkpoint_bytes {
                since_checkpoint = 0;
                if let Err(error) = self.checkpoint(reached).and_then(|()| self.give_back()) {
                    self.stop(&error);
                    return;
                }
            }
        }
        if let Err(error) = self.checkpoint(reached) {
            self.stop(&error);
        }
    }

    fn apply(&mut self, groups: &[Applied], end: Position) -> Result<(), Error> {
        let records = groups.iter().map(|group| (&group.records[..], group.start, group.end));
        self.index.apply(records, end)?;
        let commits =
            groups.iter().flat_map(|group| &group.records).filter_map(|record| match record {
                Record::Commit(commit) => Some(commit),
                _ => None,
            });
        let blobs =
            groups.iter().flat_map(|group| &group.records).filter_map(|record| match record {
                Record::Blob(blob) | Record::Moved(blob) => Some(blob.id),
                Record::Commit(_) => None,
            });
        self.overlay.applied(end.group - 1, commits, blobs);
        Ok(())
    }

    fn checkpoint(&mut self, reached: Position) -> Result<(), Error> {
        if self.index.checkpoint()? {
            self.position = reached;
        }
        Ok(())
    }

    /// Removes segments in which nothing lives, and has the rest of one that
    /// is mostly dead written again.
    fn give_back(&mut self) -> Result<(), Error> {
        let mut emptiest: Option<(u32, u64)> = None;
        for (segment, live) in self.index.sealed(self.position.segment)? {
            let Ok(length) = self.segments.len(segment) else { continue };
            if live == 0 && self.index.blobs_in(segment, 1)?.is_empty() {
                self.segments.remove(segment)?;
                self.index.forget_segment(segment)?;
                Stats::add(&self.stats.removed_segments, 1);
            } else if live < length / 2 && emptiest.is_none_or(|(_, least)| live < least) {
                emptiest = Some((segment, live));
            }
        }
        if let Some((segment, _)) = emptiest {
            self.rewrite(segment)?;
        }
        Ok(())
    }

    fn rewrite(&self, segment: u32) -> Result<(), Error> {
        let mut moved = Vec::new();
        let mut bytes = 0;
        for (id, at, label) in self.index.blobs_in(segment, usize::MAX)? {
            if let Some(blob) = self.stored(id, &at, label)? {
                bytes += blob.stored.len();
                moved.push(blob);
            }
            if bytes > MOVE_BYTES {
                bytes = 0;
                let _ = self.writer.send(Request::Move(std::mem::take(&mut moved)));
            }
        }
        // The file goes at a later checkpoint, when nothing lives in it.
        let _ = self.writer.send(Request::Move(moved));
        Ok(())
    }

    fn stored(
        &self,
        id: BlobId,
        at: &super::segments::Location,
        label: Vec<u8>,
    ) -> Result<Option<StoredBlob>, Error> {
        let stored = self.segments.read_stored(id, at)?;
        Ok(stored.map(|stored| StoredBlob {
            id,
            compressed: at.compressed,
            len: at.len,
            offset: 0,
            check: at.check,
            stored,
            label: label.into(),
        }))
    }

    fn stop(&self, error: &Error) {
        tracing::error!(%error, "the store stops writing until it is restarted");
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.get_or_insert_with(|| error.to_string());
    }
}

fn log_bytes(start: Position, end: Position, segment_bytes: u64) -> u64 {
    if start.segment == end.segment {
        end.offset - start.offset
    } else {
        u64::from(end.segment - start.segment) * segment_bytes
    }
}
