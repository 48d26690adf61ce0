//! FETCH: RFC 3501 §6.4.5, with MODSEQ and CHANGEDSINCE of RFC 7162 §3.1.4.

mod item;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use mailstore::{Entry, FlagChange, FlagMode, Record};
use model::{Flags, Keyword, ModSeq, Ranges};

use self::item::{Item, Part};
use super::{messages, refusal};
use crate::answer::{Answer, Code, Outcome, Stop};
use crate::encode;
use crate::grammar::{ParseError, Parser, SequenceSet};
use crate::plain_fetch::{self, PlainItem, Rest};
use crate::session::{Open, Session};
use crate::view::Run;

/// Messages opened at a time hold no more than this, unless one alone does.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
/// Messages looked up at a time.
const BATCH_MESSAGES: usize = 200;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    set: SequenceSet,
    pub(super) by_uid: bool,
    items: Vec<Item>,
    changed_since: Option<ModSeq>,
}

impl Fetch {
    pub(super) fn parse(parser: &mut Parser, by_uid: bool) -> Result<Fetch, ParseError> {
        parser.space()?;
        let set = SequenceSet::parse(parser)?;
        parser.space()?;
        let mut items = Item::parse_all(parser)?;
        let mut changed_since = None;
        if !parser.is_at_end() {
            parser.space()?;
            parser.list(|parser| {
                if !parser.eat_word("CHANGEDSINCE ") {
                    return Err("the only modifier of FETCH is CHANGEDSINCE with a number".into());
                }
                changed_since = Some(ModSeq(parser.number64()?));
                Ok(())
            })?;
        }
        // UID FETCH always tells the UID (RFC 3501 §6.4.8), CHANGEDSINCE the
        // MODSEQ (RFC 7162 §3.1.4.1).
        let mut need = |item: PlainItem| {
            if !items.contains(&Item::Plain(item)) {
                items.insert(0, Item::Plain(item));
            }
        };
        if changed_since.is_some() {
            need(PlainItem::ModSeq);
        }
        if by_uid {
            need(PlainItem::Uid);
        }
        Ok(Fetch { set, by_uid, items, changed_since })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if self.items.contains(&Item::Plain(PlainItem::ModSeq)) {
            session.enable_condstore().await?;
        }
        let mut open = session.open()?;
        let runs = messages(&open, &self.set, self.by_uid)?;
        let plain: Option<Vec<PlainItem>> = self.items.iter().map(Item::plain).collect();
        let missing = match plain {
            Some(items) => plain_fetch::stream(&mut open, runs, &items, self.changed_since).await?,
            None => self.open_messages(&mut open, runs).await?,
        };
        if missing && !self.by_uid {
            // RFC 2180 §4.1.2
            return Ok(Answer::no(Code::ExpungeIssued, "some of these messages were expunged elsewhere"));
        }
        Ok(Answer::ok("fetched"))
    }

    /// Batch by batch, with the facts or the text of each message.
    async fn open_messages(&self, open: &mut Open<'_>, runs: Vec<Run>) -> Result<bool, Stop> {
        let needs_content = self.items.iter().any(Item::needs_content);
        let marks = !open.selected.read_only && self.items.iter().any(Item::marks_seen);
        let alone = matches!(runs[..], [Run { count: 1, .. }]);
        if !alone {
            *open.cache = None;
        }
        let mut rest = Rest::new(runs);
        let mut missing = false;
        while !rest.is_empty() {
            let (mut batch, gone) = self.batch(open, &mut rest, needs_content).await?;
            missing |= gone;
            let marked = if marks { mark_seen(open, &mut batch).await? } else { Ranges::new() };
            let numbers: Vec<_> = batch.entries.iter().map(|(_, entry)| entry.number).collect();
            let records = open.account.records(&numbers).await.map_err(refusal)?;
            let contents = match (needs_content, alone) {
                (false, _) => vec![None; numbers.len()],
                (true, true) => vec![self.content_of_one(open, &batch).await?],
                (true, false) => open.account.contents(&numbers).await.map_err(refusal)?,
            };
            for (((seq, entry), record), content) in batch.entries.iter().zip(records).zip(contents) {
                let Some(record) = record.filter(|_| content.is_some() || !needs_content) else {
                    // Expunged for good since the batch was read.
                    missing = true;
                    continue;
                };
                let content = content.unwrap_or_default();
                let message = Opened { seq: *seq, entry, record, content, names: &batch.names };
                self.write(open, &message, marked.contains(entry.uid.0)).await?;
            }
        }
        Ok(missing)
    }

    /// The next messages, as many as may be opened together.
    async fn batch(&self, open: &mut Open<'_>, rest: &mut Rest, content: bool) -> Result<(Batch, bool), Stop> {
        let out = open.connection.output();
        let selected = &mut *open.selected;
        let batch = open.account.read(|state| {
            selected.announce_keywords(state, out);
            let mut entries = Vec::new();
            let mut bytes = 0;
            let missing = rest.walk(state, selected, |seq, entry| {
                if self.changed_since.is_none_or(|since| entry.modseq > since) {
                    bytes += if content { u64::from(entry.size) } else { 0 };
                    entries.push((seq, *entry));
                }
                entries.len() < BATCH_MESSAGES && bytes < BATCH_BYTES
            });
            (Batch { entries, names: state.keywords().to_vec() }, missing)
        });
        batch.await.map_err(refusal)
    }

    /// A client that fetches a message piece by piece gets it unpacked once.
    async fn content_of_one(&self, open: &mut Open<'_>, batch: &Batch) -> Result<Option<Bytes>, Stop> {
        let Some((_, entry)) = batch.entries.first() else { return Ok(None) };
        if let Some((number, content)) = open.cache {
            if *number == entry.number {
                return Ok(Some(content.clone()));
            }
        }
        let content = open.account.content(entry.number).await.map_err(refusal)?;
        let pieces = self.items.iter().any(Item::is_piece);
        *open.cache = content.clone().filter(|_| pieces).map(|content| (entry.number, content));
        Ok(content)
    }

    async fn write(&self, open: &mut Open<'_>, message: &Opened<'_>, marked: bool) -> Result<(), Stop> {
        let strings = open.strings();
        let recent = open.selected.is_recent(message.entry.uid);
        let out = open.connection.output();
        out.extend_from_slice(b"* ");
        encode::number(out, message.seq);
        out.extend_from_slice(b" FETCH (");
        for (at, item) in self.items.iter().enumerate() {
            let out = open.connection.output();
            if at > 0 {
                out.push(b' ');
            }
            match item {
                Item::Plain(item) => plain_fetch::write_item(out, message.entry, *item, recent, message.names),
                Item::Envelope => {
                    out.extend_from_slice(b"ENVELOPE ");
                    encode::envelope(out, &message.record.facts.envelope, strings);
                }
                Item::Body => {
                    out.extend_from_slice(b"BODY ");
                    encode::body(out, &message.record.facts.structure, strings);
                }
                Item::BodyStructure => {
                    out.extend_from_slice(b"BODYSTRUCTURE ");
                    encode::body_structure(out, &message.record.facts.structure, strings);
                }
                Item::Part(part) => write_part(open, message, part).await?,
            }
        }
        let out = open.connection.output();
        if marked {
            // Flags that the FETCH itself changed are told (RFC 3501 §6.4.5).
            for item in plain_fetch::flags_items(open.condstore) {
                if !self.items.contains(&Item::Plain(item)) {
                    out.push(b' ');
                    plain_fetch::write_item(out, message.entry, item, recent, message.names);
                }
            }
        }
        out.extend_from_slice(b")\r\n");
        if out.len() > 32 * 1024 {
            open.connection.flush().await?;
        }
        Ok(())
    }
}

struct Batch {
    /// Messages with their sequence numbers.
    entries: Vec<(u32, Entry)>,
    names: Vec<Keyword>,
}

/// A message whose parts are to be written.
struct Opened<'a> {
    seq: u32,
    entry: &'a Entry,
    record: Arc<Record>,
    content: Bytes,
    names: &'a [Keyword],
}

/// Marks the batch `\Seen` in one commit; which UIDs were not before.
async fn mark_seen(open: &mut Open<'_>, batch: &mut Batch) -> Result<Ranges, Stop> {
    let unseen = batch.entries.iter().filter(|(_, entry)| !entry.flags.contains(Flags::SEEN));
    let unseen: Ranges = unseen.map(|(_, entry)| entry.uid.0).collect();
    if unseen.is_empty() {
        return Ok(unseen);
    }
    let (mailbox, uids) = (open.selected.mailbox, unseen.clone());
    let change =
        FlagChange { mode: FlagMode::Add, flags: Flags::SEEN, keywords: Vec::new(), deleted: false };
    let stored = open.account.write(move |tx| {
        tx.store(mailbox, &uids, &change, None)?;
        Ok(tx.modseq())
    });
    let modseq = match stored.await {
        Ok(modseq) => modseq,
        // A full disk must not keep anybody from reading.
        Err(error) => {
            tracing::warn!(account = %open.account.id(), %error, "messages could not be marked seen");
            return Ok(Ranges::new());
        }
    };
    let fresh = open.account.read(|state| {
        let Some(mailbox) = state.mailbox(mailbox) else { return };
        for (_, entry) in batch.entries.iter_mut().filter(|(_, entry)| unseen.contains(entry.uid.0)) {
            if let Some(now) = state.entry(mailbox, entry.uid) {
                *entry = now;
            }
        }
    });
    fresh.await.map_err(refusal)?;
    let told = match open.selected.told.take() {
        Some((told, _)) => told.ranges().iter().chain(unseen.ranges()).copied().collect(),
        None => unseen.ranges().to_vec(),
    };
    open.selected.told = Some((Ranges::from_unsorted(told), modseq));
    Ok(unseen)
}

/// `BODY[section]<origin> literal`.
async fn write_part(open: &mut Open<'_>, message: &Opened<'_>, part: &Part) -> Result<(), Stop> {
    let out = open.connection.output();
    out.extend_from_slice(&part.label);
    let found = message::section(&message.content, &message.record.facts, &part.path, &part.section());
    let Some(bytes) = found else {
        out.extend_from_slice(b" NIL");
        return Ok(());
    };
    let bytes: Cow<'_, [u8]> = match part.partial {
        None => bytes,
        Some((origin, count)) => {
            out.push(b'<');
            encode::number(out, origin);
            out.push(b'>');
            let start = (origin as usize).min(bytes.len());
            let end = start.saturating_add(count as usize).min(bytes.len());
            match bytes {
                Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[start..end]),
                Cow::Owned(bytes) => Cow::Owned(bytes[start..end].to_vec()),
            }
        }
    };
    out.extend_from_slice(b" {");
    encode::number(out, bytes.len() as u64);
    out.extend_from_slice(b"}\r\n");
    open.connection.write(&bytes).await?;
    Ok(())
}
