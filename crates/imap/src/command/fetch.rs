//! FETCH: RFC 3501 §6.4.5, with MODSEQ and CHANGEDSINCE of RFC 7162 §3.1.4.

mod item;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use mailstore::{Entry, FlagChange, FlagMode, Record};
use model::{Flags, Keyword, MessageNumber, ModSeq, Ranges};

use self::item::{Item, Part};
use super::{messages, refusal};
use crate::answer::{Answer, Code, Outcome, Stop};
use crate::encode;
use crate::grammar::{ParseError, Parser, SequenceSet};
use crate::plain_fetch::{self, PlainItem, Rest};
use crate::resync;
use crate::session::{Kept, Open, Session};
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
    /// Expunged messages are asked for as well (RFC 7162 §3.2.6).
    vanished: bool,
}

impl Fetch {
    pub(super) fn parse(parser: &mut Parser, by_uid: bool) -> Result<Fetch, ParseError> {
        parser.space()?;
        let set = SequenceSet::parse(parser)?;
        parser.space()?;
        let mut items = Item::parse_all(parser)?;
        let (mut changed_since, mut vanished) = (None, false);
        if !parser.is_at_end() {
            parser.space()?;
            parser.list(|parser| {
                if parser.eat_word("VANISHED") {
                    vanished = true;
                } else if parser.eat_word("CHANGEDSINCE ") {
                    changed_since = Some(ModSeq(parser.number64()?));
                } else {
                    return Err(
                        "the modifiers of FETCH are CHANGEDSINCE with a number, and VANISHED"
                            .into(),
                    );
                }
                Ok(())
            })?;
        }
        if vanished && (!by_uid || changed_since.is_none()) {
            return Err("VANISHED goes with UID FETCH and CHANGEDSINCE only".into());
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
        Ok(Fetch { set, by_uid, items, changed_since, vanished })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if self.vanished && !session.qresync {
            return Ok(Answer::bad("ENABLE QRESYNC first"));
        }
        if self.items.contains(&Item::Plain(PlainItem::ModSeq)) {
            session.enable_condstore().await?;
        }
        let mut open = session.open()?;
        let runs = messages(&open, &self.set, self.by_uid)?;
        if let (true, Some(since)) = (self.vanished, self.changed_since) {
            self.write_vanished(&mut open, since).await?;
        }
        let plain: Option<Vec<PlainItem>> = self.items.iter().map(Item::plain).collect();
        let missing = match plain {
            Some(items) => plain_fetch::stream(&mut open, runs, &items, self.changed_since).await?,
            None => self.open_messages(&mut open, runs).await?,
        };
        if missing && !self.by_uid {
            // RFC 2180 §4.1.2
            return Ok(Answer::no(
                Code::ExpungeIssued,
                "some of these messages were expunged elsewhere",
            ));
        }
        Ok(Answer::ok("fetched"))
    }

    async fn write_vanished(&self, open: &mut Open<'_>, since: ModSeq) -> Result<(), Stop> {
        let out = open.connection.output();
        let id = open.selected.mailbox;
        let written = open.account.read(|state| {
            if let Some(mailbox) = state.mailbox(id) {
                let known = self.set.uids(mailbox.uid_next.0.saturating_sub(1));
                resync::write_earlier(out, &resync::vanished(mailbox, &known, since, 0));
            }
        });
        written.await.map_err(refusal)
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
            let opened = self.look_up(open, &batch, alone).await?;
            for ((seq, entry), opened) in batch.entries.iter().zip(opened) {
                let Some((record, content)) = opened else {
                    // Expunged for good since the batch was read.
                    missing = true;
                    continue;
                };
                let message = Opened { seq: *seq, entry, record, content, names: &batch.names };
                self.write(open, &message, marked.contains(entry.uid.0)).await?;
            }
        }
        Ok(missing)
    }

    /// The next messages, as many as may be opened together.
    async fn batch(
        &self,
        open: &mut Open<'_>,
        rest: &mut Rest,
        content: bool,
    ) -> Result<(Batch, bool), Stop> {
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

    /// What the items need of the messages: the facts, the texts, or both.
    async fn look_up(
        &self,
        open: &mut Open<'_>,
        batch: &Batch,
        alone: bool,
    ) -> Result<Vec<LookedUp>, Stop> {
        let numbers: Vec<_> = batch.entries.iter().map(|(_, entry)| entry.number).collect();
        let texts = self.items.iter().any(Item::needs_content);
        let facts = self.items.iter().any(Item::needs_record);
        if alone && texts && self.items.iter().any(Item::is_piece) {
            return Ok(vec![self.pieces_of_one(open, &numbers).await?]);
        }
        Ok(match (facts, texts) {
            (true, false) => {
                let records = open.account.records(&numbers).await.map_err(refusal)?;
                records.into_iter().map(|record| Some((Some(record?), Bytes::new()))).collect()
            }
            (false, _) => {
                let contents = open.account.contents(&numbers).await.map_err(refusal)?;
                contents.into_iter().map(|content| Some((None, content?))).collect()
            }
            (true, true) => {
                let messages = open.account.messages(&numbers).await.map_err(refusal)?;
                let with = |(record, content)| (Some(Arc::new(record)), content);
                messages.into_iter().map(|message| message.map(with)).collect()
            }
        })
    }

    /// A client that fetches a message piece by piece gets it unpacked once.
    async fn pieces_of_one(
        &self,
        open: &mut Open<'_>,
        numbers: &[MessageNumber],
    ) -> Result<LookedUp, Stop> {
        let Some(number) = numbers.first() else { return Ok(None) };
        if let Some(kept) = open.cache.as_ref().filter(|kept| kept.record.number == *number) {
            return Ok(Some((Some(kept.record.clone()), kept.content.clone())));
        }
        let message = open.account.messages(numbers).await.map_err(refusal)?.pop().flatten();
        let Some((record, content)) = message else { return Ok(None) };
        let record = Arc::new(record);
        *open.cache = Some(Kept { record: record.clone(), content: content.clone() });
        Ok(Some((Some(record), content)))
    }

    async fn write(
        &self,
        open: &mut Open<'_>,
        message: &Opened<'_>,
        marked: bool,
    ) -> Result<(), Stop> {
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
            let facts = message.record.as_deref().map(|record| &record.facts);
            match item {
                Item::Plain(item) => {
                    let (entry, names) = (message.entry, message.names);
                    plain_fetch::write_item(out, entry, *item, recent, names);
                }
                Item::Envelope => {
                    out.extend_from_slice(b"ENVELOPE ");
                    facts
                        .into_iter()
                        .for_each(|facts| encode::envelope(out, &facts.envelope, strings));
                }
                Item::Body => {
                    out.extend_from_slice(b"BODY ");
                    facts
                        .into_iter()
                        .for_each(|facts| encode::body(out, &facts.structure, strings));
                }
                Item::BodyStructure => {
                    out.extend_from_slice(b"BODYSTRUCTURE ");
                    facts
                        .into_iter()
                        .for_each(|facts| encode::body_structure(out, &facts.structure, strings));
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

/// The facts and the text of a message, as far as they are needed; `None` if
/// it is gone.
type LookedUp = Option<(Option<Arc<Record>>, Bytes)>;

struct Batch {
    /// Messages with their sequence numbers.
    entries: Vec<(u32, Entry)>,
    names: Vec<Keyword>,
}

/// A message whose parts are to be written.
struct Opened<'a> {
    seq: u32,
    entry: &'a Entry,
    record: Option<Arc<Record>>,
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
    let change = FlagChange {
        mode: FlagMode::Add,
        flags: Flags::SEEN,
        keywords: Vec::new(),
        deleted: false,
    };
    let stored = open.account.write(move |tx| tx.store(mailbox, &uids, &change, None).map(drop));
    if let Err(error) = stored.await {
        // A full disk must not keep anybody from reading.
        tracing::warn!(account = %open.account.id(), %error, "messages could not be marked seen");
        return Ok(Ranges::new());
    }
    let fresh = open.account.read(|state| {
        let Some(mailbox) = state.mailbox(mailbox) else { return state.modseq() };
        for (_, entry) in batch.entries.iter_mut().filter(|(_, entry)| unseen.contains(entry.uid.0))
        {
            if let Some(now) = state.entry(mailbox, entry.uid) {
                *entry = now;
            }
        }
        state.modseq()
    });
    let modseq = fresh.await.map_err(refusal)?;
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
    let found = match &message.record {
        // All of it needs no facts.
        None => Some(Cow::Borrowed(&message.content[..])),
        Some(record) => {
            message::section(&message.content, &record.facts, &part.path, &part.section())
        }
    };
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

#[cfg(test)]
mod tests {
    use crate::test_support::{House, LETTER};

    #[tokio::test]
    async fn what_the_state_knows() {
        let house = House::with_letters(3).await;
        house
            .transcript(
                r#"
                C: a FETCH 1:* (UID FLAGS)
                S: * 1 FETCH (UID 1 FLAGS (\Recent))
                S: * 2 FETCH (UID 2 FLAGS (\Recent))
                S: * 3 FETCH (UID 3 FLAGS (\Recent))
                S: a OK fetched
                C: a UID FETCH 2:99 (FLAGS)
                S: * 2 FETCH (UID 2 FLAGS (\Recent))
                S: * 3 FETCH (UID 3 FLAGS (\Recent))
                S: a OK fetched
                C: a FETCH 3 SAVEDATE
                S: * 3 FETCH (SAVEDATE "14-Nov-2023 22:13:20 +0000")
                S: a OK fetched
                C: a UID FETCH 99 FLAGS
                S: a OK fetched
                C: a UID FETCH 99:* UID
                S: * 3 FETCH (UID 3)
                S: a OK fetched
                C: a FETCH 3,1 FAST
                S: * 1 FETCH (FLAGS (\Recent) INTERNALDATE "14-Nov-2023 22:13:20 +0000" RFC822.SIZE 148)
                S: * 3 FETCH (FLAGS (\Recent) INTERNALDATE "14-Nov-2023 22:13:20 +0000" RFC822.SIZE 148)
                S: a OK fetched
                C: a FETCH 4 FLAGS
                S: a BAD there is no message of that number: the mailbox has 3
                C: a FETCH 1 (FLAGS
                S: a BAD a list lacks its closing parenthesis
                C: a FETCH 1 FOO
                S: a BAD there is no FETCH item FOO
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn facts_and_texts() {
        let house = House::with_letters(1).await;
        house
            .transcript(
                r#"
                C: a FETCH 1 (ENVELOPE)
                S: * 1 FETCH (ENVELOPE ("Tue, 14 Nov 2023 22:00:00 +0100" "hello" (("Bob" NIL "bob" "example.org")) (("Bob" NIL "bob" "example.org")) (("Bob" NIL "bob" "example.org")) ((NIL NIL "alice" "example.org")) NIL NIL NIL "<1@example.org>"))
                S: a OK fetched
                C: a FETCH 1 BODY
                S: * 1 FETCH (BODY ("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 10 1))
                S: a OK fetched
                C: a FETCH 1 BODYSTRUCTURE
                S: * 1 FETCH (BODYSTRUCTURE ("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 10 1 NIL NIL NIL NIL))
                S: a OK fetched
                C: a FETCH 1 BODY.PEEK[TEXT]
                S: * 1 FETCH (BODY[TEXT] {10}
                S: Hi Alice
                S: )
                S: a OK fetched
                C: a FETCH 1 (BODY.PEEK[HEADER.FIELDS (subject X-None "To")] UID)
                S: * 1 FETCH (BODY[HEADER.FIELDS (subject X-None To)] {41}
                S: To: alice@example.org
                S: Subject: hello
                S:
                S:  UID 1)
                S: a OK fetched
                C: a FETCH 1 BODY.PEEK[1]<3.4>
                S: * 1 FETCH (BODY[1]<3> {4}
                S: Alic)
                S: a OK fetched
                C: a FETCH 1 (BODY.PEEK[1]<7.4> UID)
                S: * 1 FETCH (BODY[1]<7> {3}
                S: e
                S:  UID 1)
                S: a OK fetched
                C: a FETCH 1 BODY.PEEK[]<9999.4>
                S: * 1 FETCH (BODY[]<9999> {0}
                S: )
                S: a OK fetched
                C: a FETCH 1 BODY.PEEK[7]
                S: * 1 FETCH (BODY[7] NIL)
                S: a OK fetched
                C: a FETCH 1 RFC822.HEADER
                S: * 1 FETCH (RFC822.HEADER {138}
                S: Date: Tue, 14 Nov 2023 22:00:00 +0100
                S: From: Bob <bob@example.org>
                S: To: alice@example.org
                S: Subject: hello
                S: Message-ID: <1@example.org>
                S:
                S: )
                S: a OK fetched
                C: a FETCH 1 FLAGS
                S: * 1 FETCH (FLAGS (\Recent))
                S: a OK fetched
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn multiparts() {
        let house = House::with_letters(0).await;
        let text = "Subject: =?utf-8?q?=C3=A9t=C3=A9?=\r\nFrom: \"a \\\"b\" <a@b>\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\n\
            Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ntwo\r\n--x\r\n\
            Content-Type: image/png; name=\"a.png\"\r\nContent-Transfer-Encoding: base64\r\n\
            Content-Disposition: attachment; filename=\"a.png\"\r\n\r\nAAAA\r\n--x--\r\n";
        house.deliver("INBOX", text).await;
        house
            .transcript(
                r#"
                C: a FETCH 1 (BODYSTRUCTURE)
                S: * 1 FETCH (BODYSTRUCTURE (("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 3 0 NIL NIL NIL NIL)("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 18 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) ("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 3 0 NIL NIL NIL NIL) 2 NIL NIL NIL NIL)("IMAGE" "PNG" ("NAME" "a.png") NIL NIL "BASE64" 4 NIL ("ATTACHMENT" ("FILENAME" "a.png")) NIL NIL) "MIXED" ("BOUNDARY" "x") NIL NIL NIL))
                S: a OK fetched
                C: a FETCH 1 (BODY.PEEK[2.HEADER] BODY.PEEK[2.1] BODY.PEEK[3.MIME] BODY.PEEK[3])
                S: * 1 FETCH (BODY[2.HEADER] {15}
                S: Subject: in
                S:
                S:  BODY[2.1] {3}
                S: two BODY[3.MIME] {127}
                S: Content-Type: image/png; name="a.png"
                S: Content-Transfer-Encoding: base64
                S: Content-Disposition: attachment; filename="a.png"
                S:
                S:  BODY[3] {4}
                S: AAAA)
                S: a OK fetched
                C: a FETCH 1 ENVELOPE
                S: * 1 FETCH (ENVELOPE (NIL "=?utf-8?q?=C3=A9t=C3=A9?=" (("a \"b" NIL "a" "b")) (("a \"b" NIL "a" "b")) (("a \"b" NIL "a" "b")) NIL NIL NIL NIL NIL))
                S: a OK fetched
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn reading_marks_seen_but_not_under_examine() {
        let house = House::with_letters(2).await;
        house
            .transcript(
                r"
                C: a FETCH 1 BODY[TEXT]
                S: * 1 FETCH (BODY[TEXT] {10}
                S: Hi Alice
                S:  FLAGS (\Seen \Recent))
                S: a OK fetched
                C: a FETCH 1 (FLAGS RFC822.TEXT)
                S: * 1 FETCH (FLAGS (\Seen \Recent) RFC822.TEXT {10}
                S: Hi Alice
                S: )
                S: a OK fetched
                C2: a NOOP
                S2: a OK done
                C: a NOOP
                S: a OK done
                C: a EXAMINE INBOX
                S: * OK [CLOSED] ...
                S: ...
                S: ...
                S: * 2 EXISTS
                S: * 0 RECENT
                S: * OK [UNSEEN 2] ...
                S: ...
                S: ...
                S: ...
                S: a OK ...
                C: a FETCH 2 BODY[TEXT]
                S: * 2 FETCH (BODY[TEXT] {10}
                S: Hi Alice
                S: )
                S: a OK fetched
                C: a FETCH 2 FLAGS
                S: * 2 FETCH (FLAGS ())
                S: a OK fetched
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn changed_since_and_modseq() {
        let house = House::with_letters(3).await;
        house
            .transcript(
                r"
                C: a FETCH 1:3 (MODSEQ)
                S: * OK [HIGHESTMODSEQ ...] of this mailbox
                S: * 1 FETCH (MODSEQ (2))
                S: * 2 FETCH (MODSEQ (3))
                S: * 3 FETCH (MODSEQ (4))
                S: a OK fetched
                C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3)
                S: * 3 FETCH (UID 3 MODSEQ (4) FLAGS (\Recent))
                S: a OK fetched
                C: a FETCH 1 (FLAGS) (CHANGEDSINCE 3)
                S: a OK fetched
                C: a FETCH 1 BODY[TEXT]
                S: * 1 FETCH (BODY[TEXT] {10}
                S: Hi Alice
                S:  UID 1 FLAGS (\Seen \Recent) MODSEQ (6))
                S: a OK fetched
                C: a FETCH 1 (FLAGS) (SINCE 3)
                S: a BAD the modifiers of FETCH are CHANGEDSINCE with a number, and VANISHED
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn a_message_expunged_elsewhere() {
        // RFC 2180 §4.1.2
        let house = House::with_letters(3).await;
        house
            .transcript(
                r"
                C: a NOOP
                S: a OK done
                C2: b STORE 2 +FLAGS.SILENT (\Deleted)
                S2: b OK stored
                C2: b EXPUNGE
                S2: * 2 EXPUNGE
                S2: b OK expunged
                C: a FETCH 1:3 (UID)
                S: * 1 FETCH (UID 1)
                S: * 3 FETCH (UID 3)
                S: a NO [EXPUNGEISSUED] some of these messages were expunged elsewhere
                C: a FETCH 2 BODY.PEEK[]
                S: a NO [EXPUNGEISSUED] some of these messages were expunged elsewhere
                C: a UID FETCH 2:3 (UID)
                S: * 3 FETCH (UID 3)
                S: * 2 EXPUNGE
                S: a OK fetched
                C: a FETCH 2 (UID)
                S: * 2 FETCH (UID 3)
                S: a OK fetched
                ",
            )
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_holds_nobody_up() {
        let house = House::with_letters(5_000).await;
        let mut lazy = house.client();
        lazy.hear().await;
        lazy.command("x LOGIN alice@example.org secret").await;
        lazy.command("x SELECT INBOX").await;
        lazy.send(b"x FETCH 1:* (UID FLAGS)\r\n").await;
        assert_eq!(lazy.hear().await, "* 1 FETCH (UID 1 FLAGS (\\Recent))");
        // Its answer fills the pipe and waits there; others read and write.
        house.deliver("INBOX", LETTER).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        assert_eq!(
            client.command("x STATUS INBOX (MESSAGES)").await[0],
            "* STATUS INBOX (MESSAGES 5001)"
        );
        // In the end it is let go, in the middle of its answer.
        tokio::time::sleep(std::time::Duration::from_secs(300)).await;
        let mut heard = 0;
        while lazy.hear().await.starts_with("* ") {
            heard += 1;
        }
        assert!(heard < 4_000, "{heard}");
    }

    #[tokio::test]
    async fn long_answers_stream_through_a_narrow_pipe() {
        let house = House::with_letters(1).await;
        let big = format!("{LETTER}{}", "0123456789abcdef\r\n".repeat(40_000));
        house.deliver("INBOX", &big).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x SELECT INBOX").await;
        let heard = client.command("x FETCH 1:2 BODY.PEEK[]").await;
        // Of each message: the line of FETCH, the letter, the parenthesis.
        assert_eq!(heard.len(), (1 + 7 + 1) + (1 + 7 + 40_000 + 1) + 1);
    }
}
