//! ENVELOPE: RFC 3501 §7.4.2.

use serde::{Deserialize, Serialize};

use crate::address::address_list;
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

/// Reads the envelope off a header. Of a field that is repeated against
/// RFC 5322 §3.6, address lists are joined and the first of a text counts.
pub(crate) fn envelope(header: &[u8]) -> Envelope {
    let mut envelope = Envelope::default();
    for field in fields(header) {
        let text = |slot: &mut Option<Vec<u8>>| {
            slot.get_or_insert_with(|| {
                let mut text = unfold(field.value);
                text.truncate(MAX_TEXT);
                text
            });
        };
        let list = |slot: &mut Vec<EnvelopeAddress>| slot.extend(address_list(field.value));
        match field.name.to_ascii_lowercase().as_slice() {
            b"date" => text(&mut envelope.date),
            b"subject" => text(&mut envelope.subject),
            b"in-reply-to" => text(&mut envelope.in_reply_to),
            b"message-id" => text(&mut envelope.message_id),
            b"from" => list(&mut envelope.from),
            b"sender" => list(&mut envelope.sender),
            b"reply-to" => list(&mut envelope.reply_to),
            b"to" => list(&mut envelope.to),
            b"cc" => list(&mut envelope.cc),
            b"bcc" => list(&mut envelope.bcc),
            _ => {}
        }
    }
    for slot in [&mut envelope.sender, &mut envelope.reply_to] {
        if slot.is_empty() {
            slot.clone_from(&envelope.from);
        }
    }
    envelope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_empty_fields() {
        let envelope =
            envelope(b"From: A <a@x>\r\nSender:\r\nSubject:\r\nTo: \r\nTO: b@y\r\nto: c@z\r\n\r\n");
        assert_eq!(envelope.subject, Some(Vec::new()), "present but empty is the empty string");
        assert_eq!(envelope.date, None);
        assert_eq!((&envelope.sender, &envelope.reply_to), (&envelope.from, &envelope.from));
        assert_eq!(envelope.to.len(), 2);
        assert!(envelope.cc.is_empty());
    }

    #[test]
    fn no_byte_that_imap_forbids() {
        let envelope = envelope(b"Subject: a\0b\r\n c\rd\r\n\r\n");
        assert_eq!(envelope.subject.as_deref(), Some(&b"a b c d"[..]));
    }
}
