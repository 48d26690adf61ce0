//! ENVELOPE: RFC 3501 §7.4.2.

use serde::{Deserialize, Serialize};

use crate::address::{MAX_ADDRESSES, address_list};
use crate::header::{fields, unfold};

/// The header as IMAP's ENVELOPE gives it: bytes as in the header, unfolded
/// and not decoded; `None` is NIL. They hold no NUL, CR or LF.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Envelope {
    /// `Date:` as written.
    pub date: Option<Vec<u8>>,
    /// `Subject:` as written.
    pub subject: Option<Vec<u8>>,
    /// The authors; empty is NIL, here and below.
    pub from: Vec<EnvelopeAddress>,
    /// `from` where the field is absent or empty.
    pub sender: Vec<EnvelopeAddress>,
    /// `from` where the field is absent or empty.
    pub reply_to: Vec<EnvelopeAddress>,
    /// The recipients.
    pub to: Vec<EnvelopeAddress>,
    /// Who got a copy.
    pub cc: Vec<EnvelopeAddress>,
    /// Who got a blind copy.
    pub bcc: Vec<EnvelopeAddress>,
    /// `In-Reply-To:` as written.
    pub in_reply_to: Option<Vec<u8>>,
    /// `Message-ID:` as written.
    pub message_id: Option<Vec<u8>>,
}

/// A member of an address list. Host `None` with a mailbox opens the group of
/// that name; with nothing at all it closes the group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EnvelopeAddress {
    /// The phrase before the address, quotes removed.
    pub name: Option<Vec<u8>>,
    /// The source route of a `route-addr`.
    pub adl: Option<Vec<u8>>,
    /// The local part, quotes removed; the name of a group.
    pub mailbox: Option<Vec<u8>>,
    /// The domain; empty if the address has none, since NIL means a group.
    pub host: Option<Vec<u8>>,
}

/// Longest text field kept, in bytes.
const MAX_TEXT: usize = 4000;
/// Bytes of header text kept in an envelope; what follows is left out.
pub(crate) const MAX_ENVELOPE: usize = 128 * 1024;

/// Reads the envelope off a header, using at most `room` bytes of its fields;
/// also tells how many it used. Of a field that is repeated against RFC 5322
/// §3.6, address lists are joined and the first of a text counts.
pub(crate) fn envelope(header: &[u8], room: usize) -> (Envelope, usize) {
    let mut envelope = Envelope::default();
    let given = room.min(MAX_ENVELOPE);
    let mut room = given;
    for field in fields(header) {
        match field.name.to_ascii_lowercase().as_slice() {
            b"date" => text(&mut envelope.date, field.value, &mut room),
            b"subject" => text(&mut envelope.subject, field.value, &mut room),
            b"in-reply-to" => text(&mut envelope.in_reply_to, field.value, &mut room),
            b"message-id" => text(&mut envelope.message_id, field.value, &mut room),
            b"from" => list(&mut envelope.from, field.value, &mut room),
            b"sender" => list(&mut envelope.sender, field.value, &mut room),
            b"reply-to" => list(&mut envelope.reply_to, field.value, &mut room),
            b"to" => list(&mut envelope.to, field.value, &mut room),
            b"cc" => list(&mut envelope.cc, field.value, &mut room),
            b"bcc" => list(&mut envelope.bcc, field.value, &mut room),
            _ => {}
        }
    }
    for slot in [&mut envelope.sender, &mut envelope.reply_to] {
        if slot.is_empty() {
            slot.clone_from(&envelope.from);
        }
    }
    (envelope, given - room)
}

fn text(slot: &mut Option<Vec<u8>>, value: &[u8], room: &mut usize) {
    if slot.is_none() {
        let mut text = unfold(value);
        text.truncate(MAX_TEXT.min(*room));
        *room -= text.len();
        *slot = Some(text);
    }
}

fn list(slot: &mut Vec<EnvelopeAddress>, value: &[u8], room: &mut usize) {
    let mut value = value;
    if value.len() > *room {
        // Cut between two addresses.
        let comma = value[..*room].iter().rposition(|b| *b == b',');
        value = &value[..comma.unwrap_or(0)];
        *room = value.len();
    }
    *room -= value.len();
    if slot.len() < MAX_ADDRESSES {
        slot.extend(address_list(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_empty_fields() {
        let header = b"From: A <a@x>\r\nSender:\r\nSubject:\r\nTo: \r\nTO: b@y\r\nto: c@z\r\n\r\n";
        let (envelope, kept) = envelope(header, 9999);
        assert_eq!(kept, 17);
        assert_eq!(envelope.subject, Some(Vec::new()), "present but empty is the empty string");
        assert_eq!(envelope.date, None);
        assert_eq!((&envelope.sender, &envelope.reply_to), (&envelope.from, &envelope.from));
        assert_eq!(envelope.to.len(), 2);
        assert!(envelope.cc.is_empty());
    }

    #[test]
    fn no_byte_that_imap_forbids() {
        let (envelope, _) = envelope(b"Subject: a\0b\r\n c\rd\r\n\r\n", 9999);
        assert_eq!(envelope.subject.as_deref(), Some(&b"a b c d"[..]));
    }

    #[test]
    fn kept_within_the_room() {
        let header = b"Subject: 0123456789\r\nTo: a@x, b@x, c@x\r\nCc: d@x\r\n\r\n";
        let (envelope, kept) = envelope(header, 20);
        assert_eq!((kept, envelope.to.len(), envelope.cc.len()), (20, 2, 0));
    }
}
