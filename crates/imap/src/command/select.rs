//! SELECT and EXAMINE: opening a mailbox, RFC 3501 §6.3.1 and §6.3.2, with
//! the parameters CONDSTORE and QRESYNC of RFC 7162 §3.1.8 and §3.2.5.

use mailstore::{Mailbox, State};
use model::{Flags, Uid};

use super::refusal;
use crate::answer::{Answer, Code, Outcome};
use crate::encode;
use crate::grammar::{MailboxArg, ParseError, Parser};
use crate::plain_fetch;
use crate::resync::{self, Resync};
use crate::selected::{self, Selected};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Select {
    mailbox: MailboxArg,
    read_only: bool,
    condstore: bool,
    resync: Option<Resync>,
}

impl Select {
    pub(super) fn parse(parser: &mut Parser, read_only: bool) -> Result<Select, ParseError> {
        parser.space()?;
        let mailbox = MailboxArg::parse(parser)?;
        let (mut condstore, mut resync) = (false, None);
        if !parser.is_at_end() {
            parser.space()?;
            parser.list(|parser| {
                match parser.atom()?.to_ascii_uppercase().as_str() {
                    "CONDSTORE" => condstore = true,
                    "QRESYNC" => {
                        parser.space()?;
                        resync = Some(Resync::parse(parser)?);
                    }
                    _ => return Err("the parameters here are CONDSTORE and QRESYNC".into()),
                }
                Ok(())
            })?;
        }
        Ok(Select { mailbox, read_only, condstore, resync })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        session.login()?;
        if self.resync.is_some() && !session.qresync {
            return Ok(Answer::bad("ENABLE QRESYNC first"));
        }
        if session.selected.is_some() {
            // The old mailbox is closed whatever becomes of the new one (RFC
            // 3501 §6.3.1); CLOSED parts what is said of either (RFC 7162
            // §3.2.11).
            session.close_mailbox().await;
            session.connection.queue(b"* OK [CLOSED] the previous mailbox is closed\r\n");
        }
        session.condstore |= self.condstore;
        let name = self.mailbox.name()?;
        let Some(login) = &session.login else { return Ok(Answer::bad("log in first")) };

        let read_only = self.read_only;
        let found = login.account.read(|state| {
            let mailbox = state.named(&name)?;
            let unclaimed = mailbox.uids().last().is_some_and(|uid| *uid >= mailbox.first_recent);
            Some((mailbox.id, unclaimed))
        });
        let Some((id, unclaimed)) = found.await.map_err(refusal)? else {
            return Ok(Answer::no(Code::NonExistent, format!("there is no mailbox named {name}")));
        };
        // The first session that may write takes \Recent from all others (RFC
        // 3501 §2.3.2). Where nothing is recent, nothing is committed.
        let claimed: Option<Uid> = if unclaimed && !read_only {
            Some(login.account.write(move |tx| tx.claim_recent(id)).await.map_err(refusal)?)
        } else {
            None
        };

        let out = session.connection.output();
        let opened = login.account.read(|state| {
            let mailbox = state.mailbox(id)?;
            let recent_from = claimed.unwrap_or(mailbox.first_recent);
            let selected = Selected::new(state, mailbox, read_only, recent_from);
            describe(out, state, mailbox, &selected);
            let missed = self.resync.as_ref().and_then(|resync| resync.missed(state, mailbox));
            let (vanished, changed) = missed.unwrap_or_default();
            resync::write_earlier(out, &vanished);
            Some((selected, changed))
        });
        let Some((selected, changed)) = opened.await.map_err(refusal)? else {
            return Ok(Answer::no(Code::NonExistent, format!("there is no mailbox named {name}")));
        };
        session.selected = Some(selected);
        if !changed.is_empty() {
            let mut open = session.open()?;
            let runs = open.selected.view.by_uid(&changed);
            plain_fetch::stream(&mut open, runs, &plain_fetch::flags_items(true), None).await?;
        }
        let (code, text) = if read_only {
            (Code::ReadOnly, "opened for reading")
        } else {
            (Code::ReadWrite, "opened")
        };
        Ok(Answer::ok(text).with(code))
    }
}

/// What a client must learn of a mailbox it opens.
fn describe(out: &mut Vec<u8>, state: &State, mailbox: &Mailbox, selected: &Selected) {
    selected::write_flags(out, state, selected.read_only);
    let line = |out: &mut Vec<u8>, before: &[u8], number: u64, after: &[u8]| {
        out.extend_from_slice(before);
        encode::number(out, number);
        out.extend_from_slice(after);
        out.extend_from_slice(b"\r\n");
    };
    line(out, b"* ", mailbox.exists() as u64, b" EXISTS");
    line(out, b"* ", selected.recent().into(), b" RECENT");
    if let Some(first) = first_unseen(state, mailbox) {
        line(out, b"* OK [UNSEEN ", first, b"] is the first unseen");
    }
    line(out, b"* OK [UIDVALIDITY ", mailbox.uid_validity.0.into(), b"] of this mailbox");
    line(out, b"* OK [UIDNEXT ", mailbox.uid_next.0.into(), b"] for the next message");
    line(out, b"* OK [HIGHESTMODSEQ ", mailbox.highest_modseq.0.max(1), b"] of this mailbox");
}

/// How far from the end the unseen are looked for, before all are.
const NEWEST: usize = 1_000;

/// The unseen are mostly the newest: counting them from the end finds the
/// first of them without a look at all the others.
fn first_unseen(state: &State, mailbox: &Mailbox) -> Option<u64> {
    let mut left = mailbox.unseen();
    if left == 0 {
        return None;
    }
    for at in (0..mailbox.exists()).rev().take(NEWEST) {
        left -= usize::from(!state.entry_at(mailbox, at).flags.contains(Flags::SEEN));
        if left == 0 {
            return Some(at as u64 + 1);
        }
    }
    let at = state.entries(mailbox).position(|entry| !entry.flags.contains(Flags::SEEN))?;
    Some(at as u64 + 1)
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn select_describes_the_mailbox() {
        let house = House::with_letters(2).await;
        house
            .logged_in(
                r"
                C: a EXAMINE inbox
                S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
                S: * OK [PERMANENTFLAGS ()] no flag can be changed here
                S: * 2 EXISTS
                S: * 2 RECENT
                S: * OK [UNSEEN 1] is the first unseen
                S: * OK [UIDVALIDITY 1700000000] of this mailbox
                S: * OK [UIDNEXT 3] for the next message
                S: * OK [HIGHESTMODSEQ 3] of this mailbox
                S: a OK [READ-ONLY] opened for reading
                C: a SELECT INBOX
                S: * OK [CLOSED] the previous mailbox is closed
                S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
                S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] these are kept
                S: * 2 EXISTS
                S: * 2 RECENT
                S: * OK [UNSEEN 1] is the first unseen
                S: * OK [UIDVALIDITY 1700000000] of this mailbox
                S: * OK [UIDNEXT 3] for the next message
                S: * OK [HIGHESTMODSEQ ...] of this mailbox
                S: a OK [READ-WRITE] opened
                C: a SELECT nowhere
                S: * OK [CLOSED] the previous mailbox is closed
                S: a NO [NONEXISTENT] there is no mailbox named nowhere
                C: a FETCH 1 FLAGS
                S: a BAD select a mailbox first
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn recent_is_for_the_first_session_that_may_write() {
        let house = House::with_letters(1).await;
        house.read_all().await;
        house
            .transcript(
                r"
                C: a FETCH 1 FLAGS
                S: * 1 FETCH (FLAGS (\Seen \Recent))
                S: a OK fetched
                C2: a FETCH 1 FLAGS
                S2: * 1 FETCH (FLAGS (\Seen))
                S2: a OK fetched
                C2: a APPEND INBOX {1+}
                C2+: x\r\n
                S2: * 2 EXISTS
                S2: * 1 RECENT
                S2: a OK [APPENDUID 1700000000 2] appended
                C2: a UNSELECT
                S2: a OK closed
                C2: a STATUS INBOX (RECENT)
                S2: * STATUS INBOX (RECENT 0)
                S2: a OK that is its status
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn a_mailbox_deleted_elsewhere_ends_the_session() {
        let house = House::with_letters(0).await;
        house
            .logged_in(
                r"
                C: a CREATE x
                S: a OK created
                C: a SELECT x
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: a OK ...
                C2: a DELETE x
                S2: a OK deleted
                C: a NOOP
                S: * BYE the selected mailbox was deleted elsewhere; please log in again
                S: [closed]
                ",
            )
            .await;
    }
}
