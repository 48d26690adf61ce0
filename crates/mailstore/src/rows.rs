//! How an account lies in the engine: keys and stored values.
//!
//! | key | value |
//! |---|---|
//! | `a` | [`HeadRow`]: counters of the account |
//! | `k` | [`KeywordsRow`] |
//! | `b` mailbox | [`MailboxRow`] |
//! | `s` name | subscribed, nothing else |
//! | `i` number | [`RecordRow`]: what never changes of a message |
//! | `M` chunk | [`MessageChunk`]: about 1,000 messages, what changes or is needed at once |
//! | `m` number | [`MessageTail`]: newer than what its chunk says |
//! | `P` mailbox chunk | [`PlacementChunk`]: about 1,000 placements |
//! | `p` mailbox UID | [`PlacementTail`]: newer than what its chunk says |
//! | `x` mailbox MODSEQ | [`VanishedRow`]: UIDs expunged by that commit |
//! | `t` hash | [`ThreadRow`]: which conversation a Message-ID belongs to |
//! | `r` number | [`RecoverableRow`]: expunged, restorable |
//! | `f` number | [`FiledRow`]: our copy in Sent that a client's may replace |
//! | `q` … | what `queue` keeps |
//! | `w` … | what the webmail keeps: sessions, preferences |

use engine::{Key, Versioned};
use model::{
    ConversationId, Flags, Keyword, MailboxId, MailboxName, MessageNumber, ModSeq, Role, Timestamp,
    Uid, UidValidity,
};
use serde::{Deserialize, Serialize};

use crate::Keywords;

macro_rules! stored {
    ($($name:ident),*) => { $(impl Versioned for $name { const FORMAT: u8 = 1; })* };
}
stored!(
    HeadRow,
    KeywordsRow,
    MailboxRow,
    RecordRow,
    MessageChunk,
    MessageTail,
    PlacementChunk,
    PlacementTail,
    VanishedRow,
    ThreadRow,
    RecoverableRow,
    FiledRow
);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeadRow {
    pub next_number: u64,
    pub next_mailbox: u32,
    pub next_validity: u32,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct KeywordsRow {
    pub names: Vec<Keyword>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MailboxRow {
    pub name: MailboxName,
    pub role: Option<Role>,
    pub uid_validity: UidValidity,
    pub uid_next: Uid,
    pub highest_modseq: ModSeq,
    pub first_recent: Uid,
    pub show_in_imap: bool,
    pub vanished_floor: ModSeq,
}

/// What never changes of a message. `facts` is left out where the row would
/// grow over the engine's limit; it is read from the content again then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecordRow {
    pub blob: engine::BlobId,
    pub prefix: Vec<u8>,
    pub content_bytes: u64,
    pub internal_date: Timestamp,
    pub conversation: ConversationId,
    pub reverse_path: Option<String>,
    pub facts: Option<message::Facts>,
}

/// A message in a chunk or a tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MessageRow {
    pub number: MessageNumber,
    pub size: u32,
    pub internal_date: Timestamp,
    pub flags: Flags,
    pub keywords: Keywords,
    pub modseq: ModSeq,
    pub conversation: ConversationId,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageChunk {
    pub rows: Vec<MessageRow>,
}

/// `None`: the message of this number is gone, whatever its chunk says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageTail {
    pub row: Option<MessageRow>,
}

/// A placement in a chunk or a tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlacementRow {
    pub uid: Uid,
    pub number: MessageNumber,
    pub deleted: bool,
    pub saved: Timestamp,
    pub modseq: ModSeq,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlacementChunk {
    pub rows: Vec<PlacementRow>,
}

/// `None`: the placement of this UID is gone, whatever its chunk says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlacementTail {
    pub row: Option<PlacementRow>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VanishedRow {
    pub ranges: Vec<(u32, u32)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ThreadRow {
    pub conversation: ConversationId,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecoverableRow {
    pub row: MessageRow,
    pub since: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FiledRow {
    pub message_id: u64,
    pub at: Timestamp,
}

pub(crate) fn head() -> Key {
    b"a".to_vec()
}

pub(crate) fn keywords() -> Key {
    b"k".to_vec()
}

pub(crate) fn mailbox(id: MailboxId) -> Key {
    with(b'b', &id.0.to_be_bytes())
}

pub(crate) fn subscribed(name: &MailboxName) -> Key {
    with(b's', name.as_str().as_bytes())
}

pub(crate) fn record(number: MessageNumber) -> Key {
    with(b'i', &number.0.to_be_bytes())
}

pub(crate) fn message_chunk(chunk: u64) -> Key {
    with(b'M', &chunk.to_be_bytes())
}

pub(crate) fn message_tail(number: MessageNumber) -> Key {
    with(b'm', &number.0.to_be_bytes())
}

pub(crate) fn placement_chunk(id: MailboxId, chunk: u64) -> Key {
    let mut key = with(b'P', &id.0.to_be_bytes());
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}

pub(crate) fn placement_tail(id: MailboxId, uid: Uid) -> Key {
    let mut key = with(b'p', &id.0.to_be_bytes());
    key.extend_from_slice(&uid.0.to_be_bytes());
    key
}

pub(crate) fn vanished(id: MailboxId, modseq: ModSeq) -> Key {
    let mut key = with(b'x', &id.0.to_be_bytes());
    key.extend_from_slice(&modseq.0.to_be_bytes());
    key
}

pub(crate) fn thread(hash: u64) -> Key {
    with(b't', &hash.to_be_bytes())
}

pub(crate) fn recoverable(number: MessageNumber) -> Key {
    with(b'r', &number.0.to_be_bytes())
}

pub(crate) fn filed(number: MessageNumber) -> Key {
    with(b'f', &number.0.to_be_bytes())
}

/// A key of table `table`.
pub(crate) fn with(table: u8, rest: &[u8]) -> Key {
    let mut key = Vec::with_capacity(1 + rest.len());
    key.push(table);
    key.extend_from_slice(rest);
    key
}

/// The number at `at` of a key, if the key is long enough.
pub(crate) fn u32_at(key: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(key.get(at..at + 4)?.try_into().ok()?))
}

/// The number at `at` of a key, if the key is long enough.
pub(crate) fn u64_at(key: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(at..at + 8)?.try_into().ok()?))
}
