//! A record as rows of its account's store.
//!
//! A row is at most 64 KB, and a mail to many recipients has a longer record:
//! it is cut into pieces. The first stands under the message's number, each
//! further one under the number and the piece's, so that a scan meets them in
//! order.

use bytes::Bytes;
use engine::{Versioned, decode, encode};
use model::{AccountId, MessageNumber};

use crate::{QueueId, Queued};

/// The table of waiting mail among the rows of an account.
pub const TABLE: u8 = b'q';

/// The longest piece; with its key it stays under [`engine::MAX_ROW_BYTES`].
const PIECE_BYTES: usize = 60 * 1024;

/// The most pieces a record may have: 60 MB, some 50,000 recipients.
const MAX_PIECES: usize = 1000;

impl Versioned for Queued {
    const FORMAT: u8 = 1;
}

/// The key of one piece of the record of `message`.
pub fn key(message: MessageNumber, piece: usize) -> Vec<u8> {
    let mut key = message.0.to_be_bytes().to_vec();
    if piece > 0 {
        let piece = u16::try_from(piece).expect("pieces are at most MAX_PIECES");
        key.extend_from_slice(&piece.to_be_bytes());
    }
    key
}

/// The rows of a record, to be written in one commit.
///
/// `None` if it has too many recipients to be kept.
pub fn to_rows(queued: &Queued) -> Option<Vec<(Vec<u8>, Bytes)>> {
    let whole = encode(queued);
    let pieces = whole.len().div_ceil(PIECE_BYTES);
    if pieces > MAX_PIECES {
        return None;
    }
    let piece = |at: usize| {
        let from = at * PIECE_BYTES;
        let value = whole.slice(from..whole.len().min(from + PIECE_BYTES));
        (key(queued.message, at), value)
    };
    Some((0..pieces).map(piece).collect())
}

/// The record whose pieces these are, in their order.
pub fn from_pieces(id: QueueId, pieces: &[Bytes]) -> Result<Queued, engine::Error> {
    let what = format!("the record of the waiting mail {id}");
    match pieces {
        [whole] => decode(&what, whole),
        several => decode(&what, &several.concat()),
    }
}

/// Every record among the rows of the table, in the order of their messages.
///
/// A damaged record does not hide the others.
pub fn from_rows(
    account: AccountId,
    rows: &[(Vec<u8>, Bytes)],
) -> Vec<(QueueId, Result<Queued, engine::Error>)> {
    let mut grouped: Vec<(QueueId, Vec<Bytes>)> = Vec::new();
    for (key, value) in rows {
        let Some((number, _)) = key.split_first_chunk::<8>() else { continue };
        let id = QueueId::new(account, MessageNumber(u64::from_be_bytes(*number)));
        match grouped.last_mut() {
            Some((last, pieces)) if *last == id => pieces.push(value.clone()),
            _ => grouped.push((id, vec![value.clone()])),
        }
    }
    grouped.into_iter().map(|(id, pieces)| (id, from_pieces(id, &pieces))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Recipient, Reply};
    use model::Timestamp;
    use proptest::prelude::*;

    fn queued(number: u64, recipients: usize) -> Queued {
        let recipient = |at: usize| {
            let mut r = Recipient::new(format!("someone{at}@x.org").parse().expect("an address"));
            r.reply = Some(Reply::new(450, None, &"later ".repeat(50), Some("mx.x.org".into())));
            r
        };
        let all = (0..recipients).map(recipient).collect();
        Queued::new(
            MessageNumber(number),
            engine::BlobId([0; 16]),
            None,
            all,
            Timestamp(1),
            Timestamp(2),
        )
    }

    #[test]
    fn long_records_are_cut_and_joined() {
        for recipients in [0, 1, 100, 500, 2000] {
            let (one, two) = (queued(7, recipients), queued(8, 1));
            let mut rows = to_rows(&one).expect("fits");
            assert!(rows.iter().all(|(k, v)| k.len() + v.len() <= engine::MAX_ROW_BYTES));
            rows.extend(to_rows(&two).expect("fits"));
            let sorted = rows.windows(2).all(|pair| pair[0].0 < pair[1].0);
            assert!(sorted, "a scan meets the pieces in order");
            let read: Vec<Queued> = from_rows(AccountId(1000), &rows)
                .into_iter()
                .map(|(_, r)| r.expect("whole"))
                .collect();
            assert_eq!(read, [one, two]);
        }
    }

    #[test]
    fn a_damaged_record_does_not_hide_the_others() {
        let mut rows = vec![(key(MessageNumber(1), 0), Bytes::from_static(b"\x63broken"))];
        rows.extend(to_rows(&queued(2, 1)).expect("fits"));
        rows.push((vec![1], Bytes::new()));
        let read = from_rows(AccountId(1000), &rows);
        assert_eq!(read.len(), 2);
        assert!(read[0].1.is_err() && read[1].1.is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let id = QueueId::new(AccountId(1), MessageNumber(1));
            let _ = from_pieces(id, &[bytes.clone().into()]);
            let mut formatted = vec![Queued::FORMAT];
            formatted.extend(bytes);
            let _ = from_pieces(id, &[formatted.into()]);
        }
    }
}
