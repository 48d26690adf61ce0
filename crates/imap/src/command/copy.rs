//! COPY and MOVE, by number and by UID: RFC 3501 §6.4.7, RFC 6851 §3, with
//! COPYUID of RFC 4315 §3.

use mailstore::Error;
use model::Ranges;

use super::{messages, refusal, refusal_of_target};
use crate::answer::{Answer, Code, Outcome, uid_list};
use crate::grammar::{MailboxArg, ParseError, Parser, SequenceSet};
use crate::plain_fetch::Rest;
use crate::session::Session;
use crate::view::uids_of;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    set: SequenceSet,
    by_uid: bool,
    mailbox: MailboxArg,
    pub(super) moving: bool,
}

impl Copy {
    pub(super) fn parse(
        parser: &mut Parser,
        moving: bool,
        by_uid: bool,
    ) -> Result<Copy, ParseError> {
        parser.space()?;
        let set = SequenceSet::parse(parser)?;
        parser.space()?;
        Ok(Copy { set, by_uid, mailbox: MailboxArg::parse(parser)?, moving })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let open = session.open()?;
        let runs = messages(&open, &self.set, self.by_uid)?;
        let target = self.mailbox.name()?;
        let moving = self.moving;
        if moving && open.selected.read_only {
            return Ok(super::expunge::read_only());
        }
        let selected = &*open.selected;
        let mut rest = Rest::new(runs.clone());
        let missing = open.account.read(|state| rest.walk(state, selected, |_, _| true));
        if missing.await.map_err(refusal)? && !self.by_uid {
            // All or nothing (RFC 3501 §6.4.7, RFC 2180 §4.4.1).
            return Ok(Answer::no(
                Code::ExpungeIssued,
                "some of these messages were expunged elsewhere; nothing was copied",
            ));
        }
        let uids = uids_of(&runs);
        let from = open.selected.mailbox;
        let wanted = uids.clone();
        let done = open.account.write(move |tx| {
            let to = match tx.named(&target) {
                Some(mailbox) => mailbox.id,
                None => return Err(Error::NoSuchMailbox(target.to_string())),
            };
            if moving { tx.move_(from, &wanted, to) } else { tx.copy(from, &wanted, to) }
        });
        let copied = done.await.map_err(refusal_of_target)?;
        let answer = if moving { "moved" } else { "copied" };
        if copied.from.is_empty() {
            return Ok(Answer::ok("there was no such message"));
        }
        // A mail cancelled in Outbox went to Drafts whatever was asked; then
        // there are no pairs to tell.
        let code = if copied.from.len() != copied.to.len() {
            Code::None
        } else {
            Code::CopyUid(copied.uid_validity, uid_list(&copied.from), uid_list(&copied.to))
        };
        if moving {
            // The untagged OK precedes the EXPUNGEs (RFC 6851 §4.3), which the
            // command loop says.
            let out = open.connection.output();
            Answer::ok("moved").with(code).write(out, "*");
            return Ok(Answer::ok(answer));
        }
        remember_moved(session, &uids).await?;
        Ok(Answer::ok(answer).with(code))
    }
}

/// Notes which of `uids` the COPY took out of the selected mailbox, as Spam
/// and Trash exclude all others. They are expunged for the client later, so
/// that a STORE `\Deleted` and EXPUNGE that follow still mean the same
/// messages and succeed (RFC 2180 §4.2).
async fn remember_moved(session: &mut Session, uids: &Ranges) -> Result<(), crate::answer::Stop> {
    let open = session.open()?;
    let runs = open.selected.view.by_uid(uids);
    let selected = &*open.selected;
    let gone: Vec<(u32, u32)> = open
        .account
        .read(|state| {
            let mut kept = Ranges::new();
            if !Rest::new(runs).walk(state, selected, |_, entry| {
                kept.insert(entry.uid.0);
                true
            }) {
                return Vec::new();
            }
            uids.iter().filter(|uid| !kept.contains(*uid)).map(|uid| (uid, uid)).collect()
        })
        .await
        .map_err(refusal)?;
    if !gone.is_empty() {
        let before = open.selected.moved_by_copy.ranges().iter().copied();
        open.selected.moved_by_copy = Ranges::from_unsorted(before.chain(gone).collect());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn copies_and_moves() {
        let house = House::with_letters(4).await;
        house
            .transcript(
                r#"
                C: a COPY 2:4 MEETING
                S: a NO [TRYCREATE] there is no mailbox named MEETING
                C: a CREATE MEETING
                S: a OK created
                C: a COPY 2:4 MEETING
                S: a OK [COPYUID 1700000007 2:4 1:3] copied
                C: a UID COPY 99 MEETING
                S: a OK there was no such message
                C: a COPY 5 MEETING
                S: a BAD there is no message of that number: the mailbox has 4
                C: a MOVE 2,4 MEETING
                S: * OK [COPYUID 1700000007 2,4 4:5] moved
                S: * 2 EXPUNGE
                S: * 3 EXPUNGE
                S: a OK moved
                C: a UID MOVE 3 Trash
                S: * OK [COPYUID ... 3 1] moved
                S: * 2 EXPUNGE
                S: a OK moved
                C: a COPY 1 INBOX
                S: * 2 EXISTS
                S: * 2 RECENT
                S: a OK [COPYUID 1700000000 1 5] copied
                C: a STATUS "All Mail" (MESSAGES)
                S: * STATUS "All Mail" (MESSAGES 4)
                S: a OK that is its status
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn copying_to_trash_lets_the_client_go_on() {
        // RFC 2180 §4.2: Trash takes the message from INBOX at once, but the
        // client deletes it there by itself, as it would anywhere.
        let house = House::with_letters(3).await;
        house
            .transcript(
                r"
                C: a COPY 2 Trash
                S: a OK [COPYUID ... 2 1] copied
                C: a STORE 2 +FLAGS (\Deleted)
                S: a OK stored
                C: a FETCH 1 (UID)
                S: * 1 FETCH (UID 1)
                S: a OK fetched
                C: a EXPUNGE
                S: * 2 EXPUNGE
                S: a OK expunged
                C: a FETCH 2 (UID)
                S: * 2 FETCH (UID 3)
                S: a OK fetched
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn nothing_is_copied_if_a_message_is_gone() {
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
                C: a COPY 1:3 Drafts
                S: a NO [EXPUNGEISSUED] some of these messages were expunged elsewhere; nothing was copied
                C: a STATUS Drafts (MESSAGES)
                S: * STATUS Drafts (MESSAGES 0)
                S: * 2 EXPUNGE
                S: a OK that is its status
                C: a UID COPY 1:3 Drafts
                S: a OK [COPYUID ... 1,3 1:2] copied
                ",
            )
            .await;
    }
}
