//! STORE: changing flags, RFC 3501 §6.4.6, with UNCHANGEDSINCE of RFC 7162
//! §3.1.3.

use std::hash::{DefaultHasher, Hash, Hasher};

use mailstore::{FlagChange, Keywords, State, Tx};
use model::{Flags, MailboxId, ModSeq, Ranges, Uid};

use super::{messages, refusal};
use crate::answer::{Answer, Code, Outcome, Stop};
use crate::grammar::{FlagArgs, ParseError, Parser, SequenceSet};
use crate::plain_fetch::{self, PlainItem, Rest};
use crate::session::{Open, Session};
use crate::sets::without;
use crate::view::{Run, uids_of};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Store {
    set: SequenceSet,
    pub(super) by_uid: bool,
    unchanged_since: Option<ModSeq>,
    mode: Mode,
    silent: bool,
    flags: FlagArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Add,
    Remove,
    Replace,
}

impl Store {
    pub(super) fn parse(parser: &mut Parser, by_uid: bool) -> Result<Store, ParseError> {
        parser.space()?;
        let set = SequenceSet::parse(parser)?;
        parser.space()?;
        let mut unchanged_since = None;
        if parser.peek() == Some(b'(') {
            parser.list(|parser| {
                if !parser.eat_word("UNCHANGEDSINCE ") {
                    return Err("the only modifier of STORE is UNCHANGEDSINCE with a number".into());
                }
                unchanged_since = Some(ModSeq(parser.number64()?));
                Ok(())
            })?;
            parser.space()?;
        }
        let mode = match parser.peek() {
            Some(b'+') => Mode::Add,
            Some(b'-') => Mode::Remove,
            _ => Mode::Replace,
        };
        if mode != Mode::Replace {
            parser.eat(b'+');
            parser.eat(b'-');
        }
        let silent = match parser.atom()?.to_ascii_uppercase().as_str() {
            "FLAGS" => false,
            "FLAGS.SILENT" => true,
            _ => {
                return Err(
                    "STORE changes FLAGS, +FLAGS or -FLAGS, each with .SILENT or without".into()
                );
            }
        };
        parser.space()?;
        let flags = FlagArgs::parse_to_end(parser)?;
        Ok(Store { set, by_uid, unchanged_since, mode, silent, flags })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if self.unchanged_since.is_some() {
            session.enable_condstore().await?;
        }
        let mut open = session.open()?;
        let runs = messages(&open, &self.set, self.by_uid)?;
        if open.selected.read_only {
            return Ok(super::expunge::read_only());
        }
        let uids = uids_of(&runs);
        if uids.is_empty() {
            return Ok(Answer::ok("there was no such message"));
        }
        let mailbox = open.selected.mailbox;
        let before = pending(&open, &uids, self.silent).await?;
        let (wanted, since) = (uids.clone(), self.unchanged_since);
        let change = self.change();
        let silent = self.silent;
        let stored = open.account.write(move |tx| {
            let found = silent.then(|| Marks::in_tx(tx, mailbox, &wanted));
            let stored = tx.store(mailbox, &wanted, &change, since)?;
            let left =
                silent.then(|| Marks::in_tx(tx, mailbox, &without(&wanted, &stored.modified)));
            Ok((stored, tx.modseq(), found, left))
        });
        let (stored, modseq, marks_found, marks_left) = stored.await.map_err(refusal)?;

        let told = without(&uids, &stored.modified);
        let runs = open.selected.view.by_uid(&told);
        let items = self.items(open.condstore);
        // Whatever is streamed below is at least as new as this.
        let look =
            open.account.read(|state| (state.modseq(), Marks::of(state, mailbox, &told, silent)));
        let (now, marks_now) = look.await.map_err(refusal)?;
        let missing = if items.is_empty() {
            let (selected, mut rest) = (&*open.selected, Rest::new(runs.clone()));
            open.account
                .read(|state| rest.walk(state, selected, |_, _| true))
                .await
                .map_err(refusal)?
        } else {
            plain_fetch::stream(&mut open, runs.clone(), &items, None).await?
        };
        open.selected.told = if !self.silent {
            Some((told, now))
        } else if !stored.changed.is_empty()
            && marks_found == before.marks
            && marks_left == marks_now
        {
            // Nobody changed them between what we knew and the commit, nor in
            // the same commit before us or after us.
            // Changes of others that the client has not heard of stay news.
            Some((without(&told, &before.changed), modseq))
        } else {
            None
        };
        let modified = self.modified(&open.selected.view, &stored.modified);
        // What a COPY of ours took away is stored as well as it ever will be.
        let lost = missing && !self.by_uid && lost(&open, &runs).await?;
        Ok(match (modified, lost) {
            (Some(set), false) => Answer::ok("some were changed since").with(Code::Modified(set)),
            (Some(set), true) => {
                Answer::no(Code::Modified(set), "some were changed since, some expunged")
            }
            (None, true) => {
                Answer::no(Code::ExpungeIssued, "some of these messages were expunged elsewhere")
            }
            (None, false) => Answer::ok("stored"),
        })
    }

    fn change(&self) -> FlagChange {
        FlagChange {
            mode: match self.mode {
                Mode::Add => mailstore::FlagMode::Add,
                Mode::Remove => mailstore::FlagMode::Remove,
                Mode::Replace => mailstore::FlagMode::Replace,
            },
            flags: self.flags.flags,
            keywords: self.flags.keywords.clone(),
            deleted: self.flags.deleted,
        }
    }

    /// What to answer of each message. A CONDSTORE-aware client must learn the
    /// new MODSEQ even where it asked for silence (RFC 7162 §3.1.3).
    fn items(&self, condstore: bool) -> Vec<PlainItem> {
        use PlainItem::*;
        let mut items = Vec::new();
        if self.by_uid || condstore {
            items.push(Uid);
        }
        if !self.silent {
            items.push(Flags);
        }
        if condstore {
            items.push(ModSeq);
        } else if self.silent {
            return Vec::new();
        }
        items
    }

    /// MODIFIED names messages as the command did (RFC 7162 §3.1.3).
    fn modified(&self, view: &crate::view::View, failed: &Ranges) -> Option<Ranges> {
        if failed.is_empty() {
            return None;
        }
        if self.by_uid {
            return Some(failed.clone());
        }
        let runs = view.by_uid(failed);
        Some(Ranges::from_unsorted(
            runs.iter().map(|run| (run.seq, run.seq + run.count - 1)).collect(),
        ))
    }
}

/// A digest of the marks of some messages: whether they are what a silent
/// STORE made them, or somebody changed more in the same commit.
#[derive(Debug, Default, PartialEq, Eq)]
struct Marks(u64);

impl Marks {
    fn add(&mut self, (uid, flags, keywords, deleted): (Uid, Flags, Keywords, bool)) {
        let mut hasher = DefaultHasher::new();
        (self.0, uid, flags, keywords, deleted).hash(&mut hasher);
        self.0 = hasher.finish();
    }

    fn in_tx(tx: &Tx<'_>, mailbox: MailboxId, set: &Ranges) -> Marks {
        let mut marks = Marks::default();
        tx.marks(mailbox, set).for_each(|m| marks.add(m));
        marks
    }

    fn of(state: &State, mailbox: MailboxId, set: &Ranges, wanted: bool) -> Option<Marks> {
        let mailbox = state.mailbox(mailbox).filter(|_| wanted)?;
        let mut marks = Marks::default();
        for (low, high) in set.ranges() {
            let start = mailbox.uids().partition_point(|uid| uid.0 < *low);
            let entries =
                state.entries_from(mailbox, start).take_while(|entry| entry.uid.0 <= *high);
            entries.for_each(|e| marks.add((e.uid, e.flags, e.keywords, e.deleted)));
        }
        Some(marks)
    }
}

/// What the client has yet to hear, and the state that is true of.
struct Pending {
    changed: Ranges,
    /// The marks of the messages in question.
    marks: Option<Marks>,
}

async fn pending(open: &Open<'_>, uids: &Ranges, silent: bool) -> Result<Pending, Stop> {
    let selected = &*open.selected;
    let look = open.account.read(|state| {
        let mailbox = state.mailbox(selected.mailbox);
        let changed = mailbox.map(|mailbox| selected.changed(state, mailbox, selected.next));
        let marks = Marks::of(state, selected.mailbox, uids, silent);
        Pending { changed: changed.unwrap_or_default(), marks }
    });
    look.await.map_err(refusal)
}

/// Whether any of `runs` is gone for another reason than a COPY of ours.
async fn lost(open: &Open<'_>, runs: &[Run]) -> Result<bool, Stop> {
    let selected = &*open.selected;
    let own = uids_of(runs);
    let kept = open.account.read(|state| {
        let mut kept = Ranges::new();
        Rest::new(runs.to_vec()).walk(state, selected, |_, entry| {
            kept.insert(entry.uid.0);
            true
        });
        kept
    });
    let kept = kept.await.map_err(refusal)?;
    let gone = without(&own, &kept);
    Ok(!without(&gone, &selected.moved_by_copy).is_empty())
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn flags_are_added_removed_and_replaced() {
        let house = House::with_letters(3).await;
        house
            .transcript(
                r"
                C: A003 STORE 2:3 +FLAGS (\Deleted)
                S: * 2 FETCH (FLAGS (\Deleted \Recent))
                S: * 3 FETCH (FLAGS (\Deleted \Recent))
                S: A003 OK stored
                C: a STORE 3 -FLAGS \Deleted \Seen
                S: * 3 FETCH (FLAGS (\Recent))
                S: a OK stored
                C: a STORE 3 FLAGS (\Answered \Draft)
                S: * 3 FETCH (FLAGS (\Answered \Draft \Recent))
                S: a OK stored
                C: a UID STORE 3,99 +FLAGS (\Flagged)
                S: * 3 FETCH (UID 3 FLAGS (\Answered \Flagged \Draft \Recent))
                S: a OK stored
                C: a UID STORE 99 +FLAGS (\Flagged)
                S: a OK there was no such message
                C: a STORE 3 FLAGS.SILENT ()
                S: a OK stored
                C: a NOOP
                S: a OK done
                C: a STORE 3 +FLAGS (\Nonsense)
                S: a BAD \Nonsense is no system flag of this server
                C: a STORE 3 ++FLAGS (\Seen)
                S: a BAD STORE changes FLAGS, +FLAGS or -FLAGS, each with .SILENT or without
                C: a STORE 4 +FLAGS (\Seen)
                S: a BAD there is no message of that number: the mailbox has 3
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn silence_hides_own_changes_but_not_those_of_others() {
        let house = House::with_letters(2).await;
        house
            .transcript(
                r"
                C: a STORE 1 +FLAGS.SILENT (\Seen)
                S: a OK stored
                C2: b STORE 1 +FLAGS.SILENT (\Flagged)
                S2: b OK stored
                C: a NOOP
                S: * 1 FETCH (FLAGS (\Flagged \Seen \Recent))
                S: a OK done
                C2: b STORE 2 +FLAGS.SILENT (\Flagged)
                S2: b OK stored
                C: a STORE 1:2 +FLAGS.SILENT (\Answered)
                S: * 2 FETCH (FLAGS (\Answered \Flagged \Recent))
                S: a OK stored
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn unchanged_since() {
        // In the manner of RFC 7162 §3.1.3, examples 4 to 6.
        let house = House::with_letters(3).await;
        house
            .transcript(
                r"
                C: a STORE 1 +FLAGS.SILENT (\Seen)
                S: a OK stored
                C: c STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\Deleted)
                S: * OK [HIGHESTMODSEQ 6] of this mailbox
                S: * 2 FETCH (UID 2 MODSEQ (7))
                S: * 3 FETCH (UID 3 MODSEQ (7))
                S: c OK [MODIFIED 1] some were changed since
                C: c UID STORE 1:3 (UNCHANGEDSINCE 6) +FLAGS (\Flagged)
                S: * 1 FETCH (UID 1 FLAGS (\Flagged \Seen \Recent) MODSEQ (8))
                S: c OK [MODIFIED 2:3] some were changed since
                C: c STORE 1 (UNCHANGEDSINCE 0) -FLAGS.SILENT ($MDNSent)
                S: c OK [MODIFIED 1] some were changed since
                C: c STORE 1 +FLAGS.SILENT (\Answered)
                S: * 1 FETCH (UID 1 MODSEQ (...))
                S: c OK stored
                C: c STORE 1 (SINCE 0) +FLAGS.SILENT (\Answered)
                S: c BAD the only modifier of STORE is UNCHANGEDSINCE with a number
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn keywords_have_a_limit() {
        let house = House::with_letters(1).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x SELECT INBOX").await;
        let words: Vec<String> = (0..256).map(|n| format!("k{n}")).collect();
        let heard = client.command(&format!("x STORE 1 +FLAGS.SILENT ({})", words.join(" "))).await;
        assert_eq!(heard.last().map(String::as_str), Some("x OK stored"));
        assert!(!heard[1].contains("\\*"), "{}", heard[1]);
        let heard = client.command("x STORE 1 +FLAGS (one-more)").await;
        assert_eq!(heard, ["x NO [LIMIT] an account has at most 256 keywords"]);
        let heard = client.command("x STORE 1 FLAGS (K255 \\Seen)").await;
        assert_eq!(heard, ["* 1 FETCH (FLAGS (\\Seen \\Recent k255))", "x OK stored"]);
    }

    #[tokio::test]
    async fn a_message_expunged_elsewhere() {
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
                C: a STORE 1:3 +FLAGS (\Seen)
                S: * 1 FETCH (FLAGS (\Seen \Recent))
                S: * 3 FETCH (FLAGS (\Seen \Recent))
                S: a NO [EXPUNGEISSUED] some of these messages were expunged elsewhere
                C: a UID STORE 1:3 +FLAGS.SILENT (\Seen)
                S: * 2 EXPUNGE
                S: a OK stored
                ",
            )
            .await;
    }
}
