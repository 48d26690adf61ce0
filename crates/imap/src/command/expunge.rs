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
        let deleted = move |state: &mailstore::State| state.mailbox(mailbox).is_some_and(|m| m.deleted() > 0);
        if open.account.read(deleted).await.map_err(refusal)? {
            let expunge = move |tx: &mut mailstore::Tx<'_>| tx.expunge(mailbox, uids.as_ref()).map(|_| ());
            open.account.write(expunge).await.map_err(refusal)?;
        }
        Ok(Answer::ok("expunged"))
    }
}

/// The answer to changes in a mailbox opened by EXAMINE.
pub(super) fn read_only() -> Answer {
    Answer::no(Code::ReadOnly, "the mailbox is open for reading only; SELECT it to change it")
}
