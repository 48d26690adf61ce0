//! SEARCH: RFC 3501 §6.4.4, with ESEARCH (RFC 4731) and MODSEQ (RFC 7162
//! §3.1.5).
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

    pub(super) async fn run(mut self, session: &mut Session) -> Outcome {
        if self.charset == Charset::Unknown {
            session.open()?;
            return Ok(Answer::no(Code::BadCharset, "that charset is not known here"));
        }
        let by_modseq = self.key.mentions_modseq();
        if by_modseq {
            session.enable_condstore().await?;
        }
        let mut open = session.open()?;
        let key = std::mem::replace(&mut self.key, Key::All);
        self.key = key.resolved(&open)?;
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
    ) -> Result<(Vec<(u32, Entry)>, Arc<[Keyword]>), Stop> {
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
        undecided: Vec<(u32, Entry)>,
        names: &[Keyword],
        found: &mut Found,
    ) -> Result<(), Stop> {
        let numbers: Vec<_> = undecided.iter().map(|(_, entry)| entry.number).collect();
        let records = open.account.records(&numbers).await.map_err(refusal)?;
        let mut rest = undecided.iter().zip(records);
        while rest.len() > 0 {
            // The next texts to open, and what was decided in between.
            let mut batch: Vec<(&(u32, Entry), Arc<Record>, Option<bool>)> = Vec::new();
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
            let open_numbers: Vec<MessageNumber> =
                batch.iter().filter(|(.., decided)| decided.is_none()).map(|(who, ..)| who.1.number).collect();
            let mut contents = open.account.contents(&open_numbers).await.map_err(refusal)?.into_iter();
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
    fn write_extended(&self, out: &mut Vec<u8>, tag: &str, returns: Returns, by_uid: bool, by_modseq: bool) {
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
