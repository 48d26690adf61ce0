//! SEARCH: RFC 3501 §6.4.4, with ESEARCH (RFC 4731) and MODSEQ (RFC 7162
//! §3.1.5), OLDER and YOUNGER (RFC 5032), and save dates (RFC 8514).
//!
//! Most keys need no more than the state. What needs the facts of a message,
//! or its text, is asked only where the cheaper keys have not decided, batch
//! by batch, so that a search of any mailbox takes bounded memory.

mod key;
mod matching;

use std::sync::Arc;

use mailstore::{Entry, Record};
use model::{Keyword, MessageNumber, ModSeq, Ranges};

use self::key::{Charset, Key};
use self::matching::Candidate;
use super::refusal;
use crate::answer::{Answer, Code, Outcome, Stop};
use crate::encode;
use crate::grammar::{ParseError, Parser};
use crate::plain_fetch::Rest;
use crate::session::{Open, Session};

/// Texts opened at a time hold no more than this, unless one alone does.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
/// Messages looked at together.
const BATCH_MESSAGES: usize = 500;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Search {
    pub(super) by_uid: bool,
    /// The result options, if RETURN was given.
    returns: Option<Returns>,
    charset: Charset,
    key: Key,
}

/// RFC 4731 §3.1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Returns {
    min: bool,
    max: bool,
    all: bool,
    count: bool,
}

/// A message with its sequence number.
type Numbered = (u32, Entry);

/// What was found.
#[derive(Debug, Default)]
struct Found {
    /// Numbers or UIDs.
    set: Ranges,
    min: Option<(u32, ModSeq)>,
    max: Option<(u32, ModSeq)>,
    highest: ModSeq,
}

impl Search {
    pub(super) fn parse(parser: &mut Parser, by_uid: bool) -> Result<Search, ParseError> {
        parser.space()?;
        let mut returns = None;
        if parser.eat_word("RETURN ") {
            let mut wanted = Returns::default();
            parser.list(|parser| wanted.parse_one(parser))?;
            if wanted == Returns::default() {
                wanted.all = true;
            }
            returns = Some(wanted);
            parser.space()?;
        }
        let mut charset = Charset::Unstated;
        if parser.eat_word("CHARSET ") {
            if parser.utf8 {
                // RFC 6855 §3
                return Err("with UTF8=ACCEPT a search states no CHARSET: it is UTF-8".into());
            }
            charset = Charset::named(&parser.astring()?);
            parser.space()?;
        }
        let key = Key::parse_all(parser, charset)?;
        Ok(Search { by_uid, returns, charset, key })
    }

    /// Whether sequence numbers are among the keys.
    pub(super) fn mentions_numbers(&self) -> bool {
        self.key.mentions(&|key| matches!(key, Key::Numbers(_)))
    }

    pub(super) async fn run(mut self, session: &mut Session) -> Outcome {
        if self.charset == Charset::Unknown {
            session.open()?;
            return Ok(Answer::no(Code::BadCharset, "that charset is not known here"));
        }
        let by_modseq = self.key.mentions(&|key| matches!(key, Key::ModSeq(_)));
        if by_modseq {
            session.enable_condstore().await?;
        }
        let now = session.shared.mailstore.clock().now();
        let mut open = session.open()?;
        let key = std::mem::replace(&mut self.key, Key::All);
        self.key = key.resolved(&open, now)?;
        let found = self.find(&mut open).await?;
        let tag = open.tag.to_owned();
        let out = open.connection.output();
        match self.returns {
            Some(returns) => found.write_extended(out, &tag, returns, self.by_uid, by_modseq),
            None => found.write(out, by_modseq),
        }
        Ok(Answer::ok("searched"))
    }

    async fn find(&self, open: &mut Open<'_>) -> Result<Found, Stop> {
        let mut rest = Rest::new(open.selected.view.runs().to_vec());
        let mut found = Found::default();
        while !rest.is_empty() {
            let (undecided, names) = self.cheap(open, &mut rest, &mut found).await?;
            if !undecided.is_empty() {
                self.costly(open, undecided, &names, &mut found).await?;
            }
        }
        Ok(found)
    }

    /// Decides by the state alone as many as it can; the others, in batches.
    async fn cheap(
        &self,
        open: &Open<'_>,
        rest: &mut Rest,
        found: &mut Found,
    ) -> Result<(Vec<Numbered>, Arc<[Keyword]>), Stop> {
        let selected = &*open.selected;
        let mut undecided = Vec::new();
        let looked = open.account.read(|state| {
            let names = state.keywords();
            let mut left = BATCH_MESSAGES * 4;
            rest.walk(state, selected, |seq, entry| {
                let recent = selected.is_recent(entry.uid);
                let candidate = Candidate { entry, recent, names, record: None, content: None };
                match self.key.decide(&candidate) {
                    // Results stay in the order of numbers: behind one that is
                    // undecided all wait.
                    Some(true) if undecided.is_empty() => found.add(self.number(seq, entry), entry),
                    Some(false) => {}
                    _ => undecided.push((seq, *entry)),
                }
                left -= 1;
                left > 0 && undecided.len() < BATCH_MESSAGES
            });
            names.into()
        });
        let names = looked.await.map_err(refusal)?;
        Ok((undecided, names))
    }

    /// Decides with the facts, then with the text.
    async fn costly(
        &self,
        open: &mut Open<'_>,
        undecided: Vec<Numbered>,
        names: &[Keyword],
        found: &mut Found,
    ) -> Result<(), Stop> {
        let numbers: Vec<_> = undecided.iter().map(|(_, entry)| entry.number).collect();
        let records = open.account.records(&numbers).await.map_err(refusal)?;
        let mut rest = undecided.iter().zip(records);
        while rest.len() > 0 {
            // The next texts to open, and what was decided in between.
            let mut batch: Vec<(&Numbered, Arc<Record>, Option<bool>)> = Vec::new();
            let mut bytes = 0;
            for (who, record) in rest.by_ref() {
                // Without a record it is gone for good.
                let Some(record) = record else { continue };
                let (_, entry) = who;
                let recent = open.selected.is_recent(entry.uid);
                let candidate =
                    Candidate { entry, recent, names, record: Some(&record), content: None };
                let decided = self.key.decide(&candidate);
                if decided.is_none() {
                    bytes += record.size;
                }
                batch.push((who, record, decided));
                if bytes >= BATCH_BYTES {
                    break;
                }
            }
            let open_numbers: Vec<MessageNumber> = batch
                .iter()
                .filter(|(.., decided)| decided.is_none())
                .map(|(who, ..)| who.1.number)
                .collect();
            let mut contents =
                open.account.contents(&open_numbers).await.map_err(refusal)?.into_iter();
            for ((seq, entry), record, decided) in batch {
                let matches = match decided {
                    Some(decided) => decided,
                    None => {
                        let Some(content) = contents.next().flatten() else { continue };
                        let recent = open.selected.is_recent(entry.uid);
                        let candidate = Candidate {
                            entry,
                            recent,
                            names,
                            record: Some(&record),
                            content: Some(&content),
                        };
                        // Texts are long: others have their turn in between.
                        tokio::task::yield_now().await;
                        self.key.decide(&candidate).unwrap_or(false)
                    }
                };
                if matches {
                    found.add(self.number(*seq, entry), entry);
                }
            }
        }
        Ok(())
    }

    fn number(&self, seq: u32, entry: &Entry) -> u32 {
        if self.by_uid { entry.uid.0 } else { seq }
    }
}

impl Returns {
    fn parse_one(&mut self, parser: &mut Parser) -> Result<(), ParseError> {
        match parser.atom()?.to_ascii_uppercase().as_str() {
            "MIN" => self.min = true,
            "MAX" => self.max = true,
            "ALL" => self.all = true,
            "COUNT" => self.count = true,
            other => return Err(format!("SEARCH has no result option {other}").into()),
        }
        Ok(())
    }
}

impl Found {
    fn add(&mut self, number: u32, entry: &Entry) {
        self.set.insert(number);
        self.min.get_or_insert((number, entry.modseq));
        self.max = Some((number, entry.modseq));
        self.highest = self.highest.max(entry.modseq);
    }

    /// `* SEARCH 1 2 3 (MODSEQ n)`
    fn write(&self, out: &mut Vec<u8>, modseq: bool) {
        out.extend_from_slice(b"* SEARCH");
        for number in self.set.iter() {
            out.push(b' ');
            encode::number(out, number);
        }
        if modseq && !self.set.is_empty() {
            out.extend_from_slice(b" (MODSEQ ");
            encode::number(out, self.highest.0);
            out.push(b')');
        }
        out.extend_from_slice(b"\r\n");
    }

    /// `* ESEARCH (TAG "a") UID MIN 2 COUNT 3` (RFC 4731 §3.1).
    fn write_extended(
        &self,
        out: &mut Vec<u8>,
        tag: &str,
        returns: Returns,
        by_uid: bool,
        by_modseq: bool,
    ) {
        out.extend_from_slice(b"* ESEARCH (TAG ");
        encode::quoted(out, tag.as_bytes());
        out.push(b')');
        if by_uid {
            out.extend_from_slice(b" UID");
        }
        if let (true, Some((min, _))) = (returns.min, self.min) {
            out.extend_from_slice(b" MIN ");
            encode::number(out, min);
        }
        if let (true, Some((max, _))) = (returns.max, self.max) {
            out.extend_from_slice(b" MAX ");
            encode::number(out, max);
        }
        if returns.all && !self.set.is_empty() {
            out.extend_from_slice(b" ALL ");
            out.extend_from_slice(self.set.to_string().as_bytes());
        }
        if returns.count {
            out.extend_from_slice(b" COUNT ");
            encode::number(out, self.set.len());
        }
        if let (true, Some(modseq)) = (by_modseq, self.modseq(returns)) {
            out.extend_from_slice(b" MODSEQ ");
            encode::number(out, modseq.0);
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Of the messages told, where only the ends are told (RFC 4731 §3.2).
    fn modseq(&self, returns: Returns) -> Option<ModSeq> {
        let (min, max) = (self.min?.1, self.max?.1);
        Some(match (returns.all || returns.count, returns.min, returns.max) {
            (false, true, false) => min,
            (false, false, true) => max,
            (false, true, true) => min.max(max),
            _ => self.highest,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{House, LETTER};

    async fn library() -> House {
        let house = House::with_letters(1).await;
        house
            .deliver(
                "INBOX",
                "Date: Fri, 04 Feb 1994 23:30:00 -0800\r\nFrom: Élodie <elodie@example.fr>\r\n\
                 To: \"Smith, John\" <john@example.org>\r\nCc: x@y.z\r\nSubject: =?iso-8859-1?q?L'=E9t=E9?= vient\r\n\
                 X-Thing: some value\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\nTGUgQ8WTVVIgZGUgbCfDqXTDqQ==\r\n",
            )
            .await;
        house
            .deliver(
                "INBOX",
                &LETTER.replace("hello", "a much longer subject than the others have"),
            )
            .await;
        house
    }

    #[tokio::test]
    async fn keys() {
        let house = library().await;
        house
            .transcript(
                r#"
                C: a SEARCH ALL
                S: * SEARCH 1 2 3
                S: a OK searched
                C: a STORE 2 +FLAGS.SILENT (\Seen \Flagged $Work)
                S: * FLAGS ...
                S: * OK [PERMANENTFLAGS ...
                S: a OK stored
                C: a SEARCH UNSEEN UNFLAGGED
                S: * SEARCH 1 3
                S: a OK searched
                C: a SEARCH OR FLAGGED 1
                S: * SEARCH 1 2
                S: a OK searched
                C: a SEARCH KEYWORD $work NOT UNKEYWORD $WORK
                S: * SEARCH 2
                S: a OK searched
                C: a UID SEARCH UID 2:* NEW
                S: * SEARCH 3
                S: a OK searched
                C: a SEARCH OLD
                S: * SEARCH
                S: a OK searched
                C: a SEARCH FROM élodie
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH TO "smith, j" CC X@Y
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH FROM bob@EXAMPLE
                S: * SEARCH 1 3
                S: a OK searched
                C: a SEARCH SUBJECT "l'été v"
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH SENTON 4-Feb-1994
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH SENTBEFORE 1-Jan-2000
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH SENTSINCE 1-Jan-2000 SINCE 14-Nov-2023 NOT BEFORE 14-Nov-2023 ON 14-Nov-2023
                S: * SEARCH 1 3
                S: a OK searched
                C: a SEARCH LARGER 148 SMALLER 300
                S: * SEARCH 3
                S: a OK searched
                C: a SEARCH HEADER x-thing SOME
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH HEADER Cc ""
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH BODY "cœur de"
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH BODY subject
                S: * SEARCH
                S: a OK searched
                C: a SEARCH TEXT subject:
                S: * SEARCH 1 2 3
                S: a OK searched
                C: a SEARCH NOT TEXT "Hi Alice"
                S: * SEARCH 2
                S: a OK searched
                C: a SEARCH (OR (BODY alice FLAGGED) SUBJECT longer)
                S: * SEARCH 3
                S: a OK searched
                C: a SEARCH YOUNGER 60 SAVEDATESUPPORTED SAVEDSINCE 14-Nov-2023
                S: * SEARCH 1 2 3
                S: a OK searched
                C: a SEARCH OR OLDER 60 SAVEDBEFORE 14-Nov-2023
                S: * SEARCH
                S: a OK searched
                C: a SEARCH 4
                S: a BAD there is no message of that number: the mailbox has 3
                C: a SEARCH FOO
                S: a BAD there is no search key FOO
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn charsets() {
        let house = library().await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x SELECT INBOX").await;
        for (charset, bytes) in [
            ("ISO-8859-1", &b"\xe9T\xc9"[..]),
            ("utf-16le", b"\xe9\0t\0\xe9\0"),
            ("UTF-8", "ÉTÉ".as_bytes()),
        ] {
            let head = format!("x SEARCH CHARSET {charset} SUBJECT {{{}+}}\r\n", bytes.len());
            client.send(&[head.as_bytes(), bytes].concat()).await;
            assert_eq!(client.command("").await, ["* SEARCH 2", "x OK searched"], "{charset}");
        }
        let heard = client.command("x SEARCH CHARSET X-KLINGON SUBJECT a").await;
        assert_eq!(heard, ["x NO [BADCHARSET (US-ASCII UTF-8)] that charset is not known here"]);
    }

    #[tokio::test]
    async fn extended_results() {
        // In the manner of RFC 4731 §3.1 and §3.2.
        let house = House::with_letters(5).await;
        house
            .transcript(
                r#"
                C: A282 SEARCH RETURN (MIN COUNT) 2:4
                S: * ESEARCH (TAG "A282") MIN 2 COUNT 3
                S: A282 OK searched
                C: A283 SEARCH RETURN () NOT 3
                S: * ESEARCH (TAG "A283") ALL 1:2,4:5
                S: A283 OK searched
                C: A285 UID SEARCH RETURN (MIN MAX) 1:5000
                S: A285 BAD there is no message of that number: the mailbox has 5
                C: A285 UID SEARCH RETURN (MIN MAX) UID 1:5000
                S: * ESEARCH (TAG "A285") UID MIN 1 MAX 5
                S: A285 OK searched
                C: A286 SEARCH RETURN (ALL COUNT MIN MAX) DELETED
                S: * ESEARCH (TAG "A286") COUNT 0
                S: A286 OK searched
                C: a SEARCH MODSEQ 4
                S: * OK [HIGHESTMODSEQ 6] of this mailbox
                S: * SEARCH 3 4 5 (MODSEQ 6)
                S: a OK searched
                C: a1 SEARCH RETURN (MIN) MODSEQ "/flags/\\draft" all 4
                S: * ESEARCH (TAG "a1") MIN 3 MODSEQ 4
                S: a1 OK searched
                C: a SEARCH RETURN (MAX) MODSEQ 99
                S: * ESEARCH (TAG "a")
                S: a OK searched
                C: a SEARCH RETURN (FOO) ALL
                S: a BAD SEARCH has no result option FOO
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn undecided_messages_keep_their_order() {
        let house = House::with_letters(3).await;
        house.deliver("INBOX", "Subject: x\r\n\r\nneedle\r\n").await;
        house.deliver("INBOX", LETTER).await;
        house
            .transcript(
                r"
                C: a STORE 1,5 +FLAGS.SILENT (\Flagged)
                S: a OK stored
                C: a SEARCH OR FLAGGED BODY needle
                S: * SEARCH 1 4 5
                S: a OK searched
                ",
            )
            .await;
    }
}
