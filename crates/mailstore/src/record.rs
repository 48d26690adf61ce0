//! What is known of a message for ever.

use bytes::Bytes;
use engine::BlobId;
use message::Facts;
use model::{ConversationId, MessageNumber, Timestamp};

use crate::rows::RecordRow;

/// The immutable side of a message; offsets in `facts` are those of the text
/// that [`crate::Account::content`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number.
    pub number: MessageNumber,
    /// Bytes of its text.
    pub size: u64,
    /// When it arrived.
    pub internal_date: Timestamp,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// The envelope's reverse-path, empty for the null one; `None` where the
    /// message did not come by SMTP.
    pub reverse_path: Option<String>,
    /// The blob behind it.
    pub blob: BlobId,
    /// What was read of it.
    pub facts: Facts,
}

impl Record {
    /// `facts` of the content alone, where the row could not hold them.
    pub(crate) fn new(number: MessageNumber, row: RecordRow, facts: Facts) -> Record {
        let prefix = row.prefix.len() as u64;
        let shift = u32::try_from(prefix).unwrap_or(u32::MAX);
        Record {
            number,
            size: prefix + row.content_bytes,
            internal_date: row.internal_date,
            conversation: row.conversation,
            reverse_path: row.reverse_path,
            blob: row.blob,
            facts: if shift == 0 { facts } else { facts.shifted(shift) },
        }
    }
}

/// Prefix and content as one text.
pub(crate) fn whole(prefix: &[u8], content: &Bytes) -> Bytes {
    if prefix.is_empty() {
        return content.clone();
    }
    [prefix, content].concat().into()
}
