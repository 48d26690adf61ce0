//! What a mail store keeps of a message, found in one reading.

use std::collections::{HashSet, VecDeque};

use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::{Person, persons};
use crate::date::parse_date;
use crate::envelope::{Envelope, MAX_ENVELOPE, envelope};
use crate::header::{fields, header_field};
use crate::part::{Part, slice, structure};
use crate::preview::preview;
use crate::subject::base_subject;
use crate::view;
use crate::words::decode_words;

/// Everything lists, searches and IMAP want to know of a message without
/// opening it. Offsets are relative to the bytes that were parsed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// For IMAP.
    pub envelope: Envelope,
    /// The root part.
    pub structure: Part,
    /// Length of the header, the empty line included.
    pub header_bytes: u32,
    /// Line ends behind the header.
    pub lines: u32,
    /// Decoded, on one line.
    pub subject: String,
    /// What joins the mails of a conversation: RFC 5256 §2.1.
    pub base_subject: String,
    /// Authors.
    pub from: Vec<Person>,
    /// Recipients.
    pub to: Vec<Person>,
    /// Recipients of a copy.
    pub cc: Vec<Person>,
    /// Recipients of a blind copy, in one's own mail.
    pub bcc: Vec<Person>,
    /// Where answers should go; empty if the header does not say.
    pub reply_to: Vec<Person>,
    /// The `Date:` field, if it can be read.
    pub date: Option<Timestamp>,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// References, then In-Reply-To; oldest first, without angle brackets, each once.
    /// At most 100: the first and the last 99.
    pub references: Vec<String>,
    /// The first 200 characters or so of the text, quotes left out.
    pub preview: String,
    /// There is something a person would call an attachment.
    pub attachments: bool,
    /// Identifier of the mailing list (RFC 2919), without angle brackets.
    pub list_id: Option<String>,
}

/// References kept of a message.
const MAX_REFERENCES: usize = 100;
/// Longest subject kept, in bytes of the header.
const MAX_SUBJECT: usize = 4000;
/// A line cannot be longer (RFC 5322 §2.1.1), so no identifier is.
const MAX_ID: usize = 998;

/// Reads a message. Never fails: whatever the bytes are, they have a shape.
/// Time is linear in their number; depth, parts, addresses and kept texts are
/// bounded.
pub fn facts(bytes: &[u8]) -> Facts {
    let structure = structure(bytes);
    let header = slice(bytes, structure.header);
    let (envelope, _) = envelope(header, MAX_ENVELOPE);
    let raw_subject = envelope.subject.as_deref().unwrap_or_default();
    let subject = decode_words(&raw_subject[..raw_subject.len().min(MAX_SUBJECT)]);
    let message_id = envelope.message_id.as_deref().and_then(message_id);
    let has_reply_to = header_field(header, "Reply-To").is_some_and(|value| !value.is_empty());
    let seen = view::survey(&structure);
    Facts {
        header_bytes: structure.header.1,
        lines: structure.lines,
        base_subject: base_subject(&subject),
        subject,
        from: persons(&envelope.from),
        to: persons(&envelope.to),
        cc: persons(&envelope.cc),
        bcc: persons(&envelope.bcc),
        reply_to: if has_reply_to { persons(&envelope.reply_to) } else { Vec::new() },
        date: envelope.date.as_deref().and_then(parse_date),
        references: references(header, message_id.as_deref()),
        message_id,
        preview: preview(bytes, &seen),
        attachments: seen.attachments.iter().any(|a| !a.inline),
        list_id: header_field(header, "List-Id").and_then(|value| list_id(&value)),
        structure,
        envelope,
    }
}

impl Facts {
    /// The same message with `prefix` bytes of header fields put in front.
    #[must_use]
    pub fn shifted(&self, prefix: u32) -> Facts {
        let mut shifted = self.clone();
        shifted.structure.shift(prefix);
        shifted.structure.header.0 = 0;
        shifted.header_bytes = self.header_bytes.saturating_add(prefix);
        shifted
    }
}

/// The identifier of a `Message-ID`, or all of it if the brackets are missing.
fn message_id(raw: &[u8]) -> Option<String> {
    identifiers(raw).next().or_else(|| {
        let bare = crate::charset::guess(raw);
        let word = bare.split_whitespace().next()?;
        (word.len() <= MAX_ID).then(|| word.trim_matches(['<', '>']).to_owned())
    })
}

/// The identifiers in angle brackets: RFC 5322 §3.6.4, white space left out.
fn identifiers(raw: &[u8]) -> impl Iterator<Item = String> {
    raw.split(|b| *b == b'<').skip(1).filter_map(|piece| {
        let end = piece.iter().position(|b| *b == b'>')?;
        let mut id = crate::charset::guess(&piece[..end]);
        id.retain(|c| !c.is_whitespace());
        (!id.is_empty() && id.len() <= MAX_ID).then_some(id)
    })
}

fn references(header: &[u8], own: Option<&str>) -> Vec<String> {
    let of = |name: &'static str| {
        fields(header)
            .filter(move |field| field.is(name))
            .flat_map(|field| identifiers(field.value))
    };
    // The first names the conversation, the last are the nearest.
    let mut first = None;
    let mut last = VecDeque::new();
    let mut seen = HashSet::new();
    for id in of("References").chain(of("In-Reply-To")) {
        if Some(id.as_str()) == own || !seen.insert(id.clone()) {
            continue;
        }
        if first.is_none() {
            first = Some(id);
            continue;
        }
        last.push_back(id);
        if last.len() >= MAX_REFERENCES
            && let Some(dropped) = last.pop_front()
        {
            seen.remove(&dropped);
        }
    }
    first.into_iter().chain(last).collect()
}

fn list_id(raw: &[u8]) -> Option<String> {
    identifiers(raw).last().or_else(|| {
        let bare = decode_words(raw);
        (!bare.is_empty() && bare.len() <= MAX_ID).then_some(bare)
    })
}
