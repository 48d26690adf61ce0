//! Opening: what the log has and SQLite has not.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::disk::Disk;
use super::frame::{self, FRAME_HEADER, FRAME_MAGIC, Record, SEGMENT_HEADER};
use super::index::Index;
use super::segments::Segments;
use super::{Position, Stats};
use crate::Error;

/// So many bytes of log are applied in one transaction.
const BATCH_BYTES: u64 = 16 << 20;

/// Replays the log behind SQLite's position, drops a torn last group, and
/// answers where the next group goes.
///
/// Only the very last group may be torn: it was never answered. A bad group
/// that good ones follow is damage, and stops the start.
pub(crate) fn recover(
    segments: &Segments,
    index: &mut Index,
    disk: &dyn Disk,
    stats: &Stats,
) -> Result<Position, Error> {
    let mut at = index.position()?;
    let list = segments.list()?;
    if at.segment > 0 && !list.contains(&at.segment) {
        return Err(missing(segments, at.segment));
    }
    let first = at.segment;
    for pair in list.iter().skip_while(|segment| **segment < first).collect::<Vec<_>>().windows(2) {
        if *pair[1] != *pair[0] + 1 {
            return Err(missing(segments, *pair[0] + 1));
        }
    }
    let behind: Vec<u32> =
        list.into_iter().filter(|segment| *segment >= at.segment.max(1)).collect();
    let last = behind.last().copied();
    for segment in behind {
        if segment > at.segment {
            at = Position { segment, offset: 0, ..at };
        }
        at = replay_segment(segments, index, disk, stats, at, Some(segment) == last)?;
    }
    Ok(at)
}

fn missing(segments: &Segments, segment: u32) -> Error {
    Error::Damaged {
        what: segments.path(segment).display().to_string(),
        detail: "it is missing; put it back from a backup: mail that was answered for is in it"
            .into(),
    }
}

fn replay_segment(
    segments: &Segments,
    index: &mut Index,
    disk: &dyn Disk,
    stats: &Stats,
    mut at: Position,
    last: bool,
) -> Result<Position, Error> {
    let segment = at.segment;
    let path = segments.path(segment);
    let damaged = |offset: u64, detail: &str| Error::Damaged {
        what: format!("{} at byte {offset}", path.display()),
        detail: format!("{detail}; restore this file from a backup"),
    };
    let length = segments.len(segment)?;
    if at.offset > length {
        return Err(damaged(length, "the log ends before what was already taken from it"));
    }
    if at.offset < SEGMENT_HEADER {
        let head = segments.read_from(segment, 0)?;
        let good =
            head.len() as u64 >= SEGMENT_HEADER && frame::is_segment_header(&head[..16], segment);
        if !good {
            if last && length <= SEGMENT_HEADER {
                // The plug was pulled while the segment was made.
                cut(disk, &path, 0)?;
                return Ok(Position { offset: 0, ..at });
            }
            return Err(damaged(0, "it does not begin as a segment does"));
        }
        at.offset = SEGMENT_HEADER;
    }
    let bytes = segments.read_from(segment, at.offset)?;
    let begin = at.offset;
    let mut batch: Vec<(Vec<Record>, Position, Position)> = Vec::new();
    let mut batched = at.offset;
    loop {
        let rest = bytes.slice(usize::try_from(at.offset - begin).unwrap_or(usize::MAX)..);
        let found = frame::frame(&rest).filter(|frame| frame.group == at.group);
        let full = at.offset - batched >= BATCH_BYTES;
        if (found.is_none() || full) && !batch.is_empty() {
            index.apply(batch.iter().map(|(r, s, e)| (&r[..], *s, *e)), at)?;
            batch.clear();
            batched = at.offset;
        }
        let Some(frame) = found else {
            if !rest.is_empty() {
                if !last || good_frame_follows(&rest, at.group) {
                    return Err(damaged(
                        at.offset,
                        "a group of the log is damaged, and good ones follow it",
                    ));
                }
                cut(disk, &path, at.offset)?;
            }
            return Ok(at);
        };
        let end = Position {
            segment,
            offset: at.offset + (FRAME_HEADER + frame.payload.len()) as u64,
            group: at.group + 1,
        };
        batch.push((frame::records(&frame.payload)?, at, end));
        stats.replayed.fetch_add(1, Ordering::Relaxed);
        at = end;
    }
}

fn cut(disk: &dyn Disk, path: &std::path::Path, len: u64) -> Result<(), Error> {
    let failed = |e: std::io::Error| Error::Read(format!("{}: {e}", path.display()));
    disk.open(path).and_then(|mut file| file.truncate(len)).map_err(failed)
}

/// Whether anywhere in `rest` stands a good frame that was written later.
fn good_frame_follows(rest: &Bytes, group: u64) -> bool {
    let mut from = 1;
    while let Some(found) = rest[from.min(rest.len())..].windows(4).position(|w| w == FRAME_MAGIC) {
        let at = from + found;
        if frame::frame(&rest.slice(at..)).is_some_and(|frame| frame.group >= group) {
            return true;
        }
        from = at + 1;
    }
    false
}
