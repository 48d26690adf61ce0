//! Whether a message matches, as far as it is known.

use mailstore::{Entry, Record};
use message::{EnvelopeAddress, Part};
use model::{Keyword, Timestamp};

use super::key::{AddressField, Key, Needle, When, fold};
use crate::answer::Stop;
use crate::grammar::SequenceSet;
use crate::grammar::date::Day;
use crate::session::Open;

/// A message with as much of it as was fetched so far.
pub(super) struct Candidate<'a> {
    pub(super) entry: &'a Entry,
    pub(super) recent: bool,
    pub(super) names: &'a [Keyword],
    pub(super) record: Option<&'a Record>,
    pub(super) content: Option<&'a [u8]>,
}

impl Key {
    /// The same key with its sets of messages as UIDs in the session's view,
    /// and its intervals as moments.
    ///
    /// Fails if a sequence number is named that is not there.
    pub(super) fn resolved(self, open: &Open<'_>, now: Timestamp) -> Result<Key, Stop> {
        let uids = |set: &SequenceSet, by_uid| {
            Ok::<_, Stop>(Key::In(crate::view::uids_of(&crate::command::messages(
                open, set, by_uid,
            )?)))
        };
        Ok(match self {
            Key::And(keys) => Key::And(
                keys.into_iter().map(|key| key.resolved(open, now)).collect::<Result<_, _>>()?,
            ),
            Key::Or(both) => {
                let (one, other) = *both;
                Key::Or(Box::new((one.resolved(open, now)?, other.resolved(open, now)?)))
            }
            Key::Not(key) => Key::Not(Box::new(key.resolved(open, now)?)),
            Key::Numbers(set) => uids(&set, false)?,
            Key::Uids(set) => uids(&set, true)?,
            Key::Older(seconds) => Key::Until(now.plus(-seconds)),
            Key::Younger(seconds) => Key::From(now.plus(-seconds)),
            other => other,
        })
    }

    /// Whether the message matches; `None` if more must be known of it.
    pub(super) fn decide(&self, message: &Candidate<'_>) -> Option<bool> {
        let entry = message.entry;
        Some(match self {
            Key::All => true,
            Key::And(keys) => {
                // One that fails decides, whatever is unknown of the others.
                let mut all = Some(true);
                for key in keys {
                    match key.decide(message) {
                        Some(false) => return Some(false),
                        Some(true) => {}
                        None => all = None,
                    }
                }
                return all;
            }
            Key::Or(both) => match (both.0.decide(message), both.1.decide(message)) {
                (Some(true), _) | (_, Some(true)) => true,
                (Some(false), Some(false)) => false,
                _ => return None,
            },
            Key::Not(key) => !key.decide(message)?,
            Key::Flag(flag) => entry.flags.contains(*flag),
            Key::Deleted => entry.deleted,
            Key::Recent => message.recent,
            Key::Keyword(keyword) => {
                let index = message.names.iter().position(|name| name == keyword);
                index.is_some_and(|index| entry.keywords.contains(index))
            }
            Key::In(uids) => uids.contains(entry.uid.0),
            // Resolved before the first message is looked at.
            Key::Numbers(_) | Key::Uids(_) | Key::Older(_) | Key::Younger(_) => false,
            Key::Until(moment) => entry.internal_date <= *moment,
            Key::From(moment) => entry.internal_date >= *moment,
            Key::Saved(when, day) => compare(*when, Day::of(entry.save_date), *day),
            Key::Internal(when, day) => compare(*when, Day::of(entry.internal_date), *day),
            Key::Larger(size) => u64::from(entry.size) > *size,
            Key::Smaller(size) => u64::from(entry.size) < *size,
            Key::ModSeq(since) => entry.modseq >= *since,
            Key::Sent(when, day) => match sent(message.record?) {
                Some(sent) => compare(*when, sent, *day),
                None => false,
            },
            Key::Subject(needle) => needle.is_in(&message.record?.facts.subject),
            Key::Address(field, needle) => has_address(message.record?, *field, needle),
            Key::Header(name, needle) => has_field(message.record?, message.content?, name, needle),
            Key::Body(needle) => {
                let record = message.record?;
                needle.is_in("") || in_body(message.content?, &record.facts.structure, needle)
            }
            Key::Text(needle) => {
                let (record, content) = (message.record?, message.content?);
                let header = slice(content, record.facts.structure.header);
                needle.is_in("")
                    || in_header(header, needle)
                    || in_body(content, &record.facts.structure, needle)
            }
        })
    }
}

fn compare(when: When, day: Day, with: Day) -> bool {
    match when {
        When::Before => day < with,
        When::On => day == with,
        When::Since => day >= with,
    }
}

/// The day of the Date header, as its writer saw it.
fn sent(record: &Record) -> Option<Day> {
    let written = record.facts.envelope.date.as_deref().and_then(Day::of_header);
    written.or_else(|| record.facts.date.map(Day::of))
}

/// Names and addresses of a field, as a person would write them.
fn has_address(record: &Record, field: AddressField, needle: &Needle) -> bool {
    let envelope = &record.facts.envelope;
    let list: &[EnvelopeAddress] = match field {
        AddressField::Bcc => &envelope.bcc,
        AddressField::Cc => &envelope.cc,
        AddressField::From => &envelope.from,
        AddressField::To => &envelope.to,
    };
    let text =
        |part: &Option<Vec<u8>>| part.as_deref().map(message::decode_words).unwrap_or_default();
    list.iter().any(|address| {
        let (name, mailbox) = (text(&address.name), text(&address.mailbox));
        let Some(host) = &address.host else {
            // A group's name, or its end.
            return needle.is_in(&mailbox);
        };
        let email = format!("{mailbox}@{}", String::from_utf8_lossy(host));
        needle.is_in(&format!("{name} <{email}>")) || needle.is_in(&format!("\"{name}\" <{email}>"))
    })
}

/// A field of that name, any of them, with the text in its value.
fn has_field(record: &Record, content: &[u8], name: &str, needle: &Needle) -> bool {
    let header = slice(content, record.facts.structure.header);
    message::header_fields(header)
        .filter(|(field, _)| field.eq_ignore_ascii_case(name.trim_end_matches(':').as_bytes()))
        .any(|(_, value)| needle.is_in(&message::decode_words(value)))
}

/// The text in the names or values of a header.
fn in_header(header: &[u8], needle: &Needle) -> bool {
    message::header_fields(header).any(|(name, value)| {
        let line = format!(
            "{}: {}",
            String::from_utf8_lossy(name),
            message::decode_words(value).trim_start()
        );
        needle.is_in(&line)
    })
}

/// The text in what a person reads of a part and those below it: texts in
/// their charset, headers of embedded messages.
fn in_body(content: &[u8], part: &Part, needle: &Needle) -> bool {
    if let Some(embedded) = &part.message {
        return in_header(slice(content, embedded.header), needle)
            || in_body(content, &embedded.structure, needle);
    }
    if !part.children.is_empty() {
        return part.children.iter().any(|child| {
            let mime = slice(content, child.header);
            in_header(mime, needle) || in_body(content, child, needle)
        });
    }
    part.type_ == "TEXT" && needle.is_in_folded(&fold(&message::part_text(content, part)))
}

fn slice(content: &[u8], (start, end): (u32, u32)) -> &[u8] {
    content.get(start as usize..end as usize).unwrap_or_default()
}
