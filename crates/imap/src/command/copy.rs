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
    pub(super) fn parse(parser: &mut Parser, moving: bool, by_uid: bool) -> Result<Copy, ParseError> {
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
