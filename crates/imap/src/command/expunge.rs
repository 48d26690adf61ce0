//! EXPUNGE and UID EXPUNGE: removing what is marked `\Deleted`, RFC 3501
//! §6.4.3 and RFC 4315 §2.1.
//!
//! The EXPUNGE responses are those of any change: the command loop compares
//! the session's view with the mailbox and tells what is gone.

use model::Ranges;

use super::{messages, refusal};
use crate::answer::{Answer, Code, Outcome};
use crate::grammar::{ParseError, Parser, SequenceSet};
use crate::session::Session;
use crate::view::uids_of;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expunge {
    /// `None` stands for all messages.
    pub(crate) uids: Option<SequenceSet>,
}

impl Expunge {
    pub(super) fn parse_uids(parser: &mut Parser) -> Result<Expunge, ParseError> {
        parser.space()?;
        Ok(Expunge { uids: Some(SequenceSet::parse(parser)?) })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let open = session.open()?;
        if open.selected.read_only {
            return Ok(read_only());
        }
        let uids: Option<Ranges> = match &self.uids {
            Some(set) => Some(uids_of(&messages(&open, set, true)?)),
            None => None,
        };
        let mailbox = open.selected.mailbox;
        let deleted =
            move |state: &mailstore::State| state.mailbox(mailbox).is_some_and(|m| m.deleted() > 0);
        let answer = Answer::ok("expunged");
        if !open.account.read(deleted).await.map_err(refusal)? {
            return Ok(answer);
        }
        let expunge = move |tx: &mut mailstore::Tx<'_>| {
            let gone = tx.expunge(mailbox, uids.as_ref())?;
            Ok((tx.modseq(), gone.is_empty()))
        };
        let (modseq, nothing) = open.account.write(expunge).await.map_err(refusal)?;
        if nothing || !open.qresync {
            return Ok(answer);
        }
        // RFC 7162 §3.2.7
        Ok(answer.with(Code::HighestModSeq(modseq)))
    }
}

/// The answer to changes in a mailbox opened by EXAMINE.
pub(super) fn read_only() -> Answer {
    Answer::no(Code::ReadOnly, "the mailbox is open for reading only; SELECT it to change it")
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn expunges_are_numbered_one_after_another() {
        // RFC 3501 §6.4.3
        let house = House::with_letters(11).await;
        house
            .transcript(
                r"
                C: a STORE 3:4,7,11 +FLAGS.SILENT (\Deleted)
                S: a OK stored
                C: A202 EXPUNGE
                S: * 3 EXPUNGE
                S: * 3 EXPUNGE
                S: * 5 EXPUNGE
                S: * 8 EXPUNGE
                S: A202 OK expunged
                C: a EXPUNGE
                S: a OK expunged
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn uid_expunge_takes_some() {
        let house = House::with_letters(4).await;
        house
            .transcript(
                r"
                C: a STORE 1:3 +FLAGS.SILENT (\Deleted)
                S: a OK stored
                C: a UID EXPUNGE 2,4:*
                S: * 2 EXPUNGE
                S: a OK expunged
                C: a UID EXPUNGE 1:*
                S: * 1 EXPUNGE
                S: * 1 EXPUNGE
                S: a OK expunged
                C: a UNSELECT
                S: a OK closed
                C: a EXAMINE INBOX
                S: ...
                S: ...
                S: * 1 EXISTS
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: a OK ...
                C: a EXPUNGE
                S: a NO [READ-ONLY] the mailbox is open for reading only; SELECT it to change it
                ",
            )
            .await;
    }
}
