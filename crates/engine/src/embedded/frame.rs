//! The form of the log.
//!
//! A segment begins with [`SEGMENT_HEADER`] bytes: magic, format, number. Then
//! come frames, one for each group of commits:
//!
//! ```text
//! "FGRP"  length of the payload u32  number of the group u64  checksum 16 bytes  payload
//! ```
//!
//! The payload is a row of records: a blob, a commit, or a blob that was moved
//! here from an older segment. All numbers are big-endian.

use bytes::Bytes;
use model::AccountId;

use crate::{BlobId, Commit, CommitId, Error, NewBlob, Put};

/// Length of a segment's header.
pub(crate) const SEGMENT_HEADER: u64 = 16;
/// Length of a frame's header.
pub(crate) const FRAME_HEADER: usize = 32;
/// No frame is longer: a length beyond is damage.
pub(crate) const MAX_PAYLOAD: usize = 1 << 30;

const SEGMENT_MAGIC: &[u8; 8] = b"FACTEURS";
const FORMAT: u32 = 1;
pub(crate) const FRAME_MAGIC: &[u8; 4] = b"FGRP";

const BLOB: u8 = 1;
const COMMIT: u8 = 2;
const MOVED: u8 = 3;

/// The first bytes of a segment.
pub(crate) fn segment_header(segment: u32) -> Vec<u8> {
    let mut header = SEGMENT_MAGIC.to_vec();
    header.extend_from_slice(&FORMAT.to_be_bytes());
    header.extend_from_slice(&segment.to_be_bytes());
    header
}

/// Whether these are the first bytes of that segment.
pub(crate) fn is_segment_header(bytes: &[u8], segment: u32) -> bool {
    bytes == segment_header(segment)
}

/// A blob as it lies in the log; `offset` is relative to the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredBlob {
    pub id: BlobId,
    pub compressed: bool,
    pub len: u64,
    pub offset: usize,
    pub stored: Bytes,
    pub check: [u8; 8],
    pub label: Bytes,
}

/// One record of a group.
#[derive(Debug)]
pub(crate) enum Record {
    Blob(StoredBlob),
    Commit(Commit),
    Moved(StoredBlob),
}

/// A group being written. It begins with room for the frame's header.
pub(crate) struct Group {
    bytes: Vec<u8>,
}

impl Group {
    pub fn new() -> Group {
        Group { bytes: vec![0; FRAME_HEADER] }
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.len() == FRAME_HEADER
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a blob; answers it as it lies in the payload.
    pub fn blob(&mut self, blob: &NewBlob) -> StoredBlob {
        let stored = StoredBlob {
            id: blob.id,
            compressed: blob.compressed,
            len: blob.len,
            offset: 0,
            stored: blob.stored.clone(),
            check: blob.check,
            label: blob.label.clone(),
        };
        self.push_blob(BLOB, stored)
    }

    /// Adds a blob that lay in another segment.
    pub fn moved(&mut self, blob: StoredBlob) -> StoredBlob {
        self.push_blob(MOVED, blob)
    }

    fn push_blob(&mut self, kind: u8, blob: StoredBlob) -> StoredBlob {
        let label = &blob.label[..blob.label.len().min(usize::from(u16::MAX))];
        self.bytes.push(kind);
        self.bytes.extend_from_slice(&blob.id.0);
        self.bytes.push(u8::from(blob.compressed));
        self.bytes.extend_from_slice(&blob.len.to_be_bytes());
        self.number(blob.stored.len());
        self.bytes.extend_from_slice(&blob.check);
        self.short(label);
        let offset = self.bytes.len() - FRAME_HEADER;
        self.bytes.extend_from_slice(&blob.stored);
        StoredBlob { offset, ..blob }
    }

    /// Adds a commit; its blobs are records of their own.
    pub fn commit(&mut self, commit: &Commit) {
        self.bytes.push(COMMIT);
        self.bytes.extend_from_slice(&commit.id.0);
        self.bytes.extend_from_slice(&commit.account.0.to_be_bytes());
        self.bytes.extend_from_slice(&commit.expected.to_be_bytes());
        self.bytes.extend_from_slice(&commit.next.to_be_bytes());
        self.number(commit.puts.len());
        for put in &commit.puts {
            self.short(&put.key);
            self.number(put.value.len());
            self.bytes.extend_from_slice(&put.value);
        }
        self.number(commit.deletes.len());
        for key in &commit.deletes {
            self.short(key);
        }
        self.number(commit.references.len());
        for (id, by) in &commit.references {
            self.bytes.extend_from_slice(&id.0);
            self.bytes.extend_from_slice(&by.to_be_bytes());
        }
    }

    fn number(&mut self, number: usize) {
        let number = u32::try_from(number).expect("checked against the limits before");
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    fn short(&mut self, bytes: &[u8]) {
        let len = u16::try_from(bytes.len()).expect("checked against the limits before");
        self.bytes.extend_from_slice(&len.to_be_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    /// The frame, complete with length, number and checksum.
    pub fn seal(mut self, group: u64) -> Vec<u8> {
        let len = u32::try_from(self.bytes.len() - FRAME_HEADER).expect("a group is bounded");
        self.bytes[..4].copy_from_slice(FRAME_MAGIC);
        self.bytes[4..8].copy_from_slice(&len.to_be_bytes());
        self.bytes[8..16].copy_from_slice(&group.to_be_bytes());
        let sum = checksum(&self.bytes[..16], &self.bytes[FRAME_HEADER..]);
        self.bytes[16..FRAME_HEADER].copy_from_slice(&sum);
        self.bytes
    }
}

fn checksum(head: &[u8], payload: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(head);
    hasher.update(payload);
    let mut sum = [0; 16];
    sum.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    sum
}

/// A frame that was read and is what was written.
pub(crate) struct Frame {
    pub group: u64,
    pub payload: Bytes,
}

/// The frame at the beginning of `bytes`, if there is a whole and good one.
pub(crate) fn frame(bytes: &Bytes) -> Option<Frame> {
    let head = bytes.get(..FRAME_HEADER)?;
    if head[..4] != FRAME_MAGIC[..] {
        return None;
    }
    let len = u32::from_be_bytes(head[4..8].try_into().ok()?) as usize;
    let group = u64::from_be_bytes(head[8..16].try_into().ok()?);
    if len > MAX_PAYLOAD || bytes.len() < FRAME_HEADER + len {
        return None;
    }
    let payload = bytes.slice(FRAME_HEADER..FRAME_HEADER + len);
    (checksum(&head[..16], &payload)[..] == head[16..]).then_some(Frame { group, payload })
}

/// The records of a payload.
pub(crate) fn records(payload: &Bytes) -> Result<Vec<Record>, Error> {
    let mut cursor = Cursor { payload, at: 0 };
    let mut records = Vec::new();
    while cursor.at < payload.len() {
        let record = cursor.record().ok_or_else(|| Error::Damaged {
            what: "a group of the log".into(),
            detail: "its checksum is right and its records are not: it was written by another version of the program".into(),
        })?;
        records.push(record);
    }
    Ok(records)
}

struct Cursor<'a> {
    payload: &'a Bytes,
    at: usize,
}

impl Cursor<'_> {
    fn take(&mut self, len: usize) -> Option<Bytes> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.payload.len())?;
        let taken = self.payload.slice(self.at..end);
        self.at = end;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?[..].try_into().ok()
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(self.array()?)).ok()
    }

    fn short(&mut self) -> Option<Bytes> {
        let len = u16::from_be_bytes(self.array()?);
        self.take(usize::from(len))
    }

    fn record(&mut self) -> Option<Record> {
        match self.array::<1>()?[0] {
            BLOB => self.blob().map(Record::Blob),
            COMMIT => self.commit().map(Record::Commit),
            MOVED => self.blob().map(Record::Moved),
            _ => None,
        }
    }

    fn blob(&mut self) -> Option<StoredBlob> {
        let id = BlobId(self.array()?);
        let compressed = self.array::<1>()?[0] == 1;
        let len = u64::from_be_bytes(self.array()?);
        let stored_len = self.number()?;
        let check = self.array()?;
        let label = self.short()?;
        let offset = self.at;
        let stored = self.take(stored_len)?;
        Some(StoredBlob { id, compressed, len, offset, stored, check, label })
    }

    fn commit(&mut self) -> Option<Commit> {
        let id = CommitId(self.array()?);
        let account = AccountId(u64::from_be_bytes(self.array()?));
        let mut commit = Commit::new(account, u64::from_be_bytes(self.array()?));
        commit.id = id;
        commit.next = u64::from_be_bytes(self.array()?);
        for _ in 0..self.number()? {
            let key = self.short()?.to_vec();
            let len = self.number()?;
            commit.puts.push(Put { key, value: self.take(len)? });
        }
        for _ in 0..self.number()? {
            commit.deletes.push(self.short()?.to_vec());
        }
        for _ in 0..self.number()? {
            let id = BlobId(self.array()?);
            commit.references.push((id, i32::from_be_bytes(self.array()?)));
        }
        Some(commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Commit, NewBlob) {
        let blob = NewBlob::new(&b"text ".repeat(200), "alice\thello");
        let mut commit = Commit::new(AccountId(1001), 6);
        commit.put(&b"k"[..], &b"v"[..]);
        commit.delete(&b"gone"[..]);
        commit.references.push((blob.id, 1));
        (commit, blob)
    }

    #[test]
    fn what_is_written_is_read() {
        let (commit, blob) = sample();
        let mut group = Group::new();
        let offset = group.blob(&blob).offset;
        group.commit(&commit);
        let bytes = Bytes::from(group.seal(9));
        let frame = frame(&bytes).expect("a good frame");
        assert_eq!(frame.group, 9);
        let records = records(&frame.payload).expect("good records");
        match &records[..] {
            [Record::Blob(stored), Record::Commit(read)] => {
                assert_eq!((stored.id, stored.offset), (blob.id, offset));
                assert_eq!(stored.stored, blob.stored);
                assert_eq!(stored.check, blob.check);
                assert_eq!(
                    (read.id, read.account, read.expected, read.next),
                    (commit.id, commit.account, 6, 7)
                );
                assert_eq!((&read.puts, &read.deletes), (&commit.puts, &commit.deletes));
                assert_eq!(read.references, commit.references);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn any_flipped_bit_is_seen() {
        let (commit, blob) = sample();
        let mut group = Group::new();
        group.blob(&blob);
        group.commit(&commit);
        let bytes = group.seal(9);
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(frame(&flipped.into()).is_none(), "the bit flipped in byte {at} was not seen");
        }
        for len in 0..bytes.len() {
            assert!(frame(&Bytes::copy_from_slice(&bytes[..len])).is_none(), "cut at {len}");
        }
    }
}
