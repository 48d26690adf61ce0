//! DELETE: RFC 3501 §6.3.4.

use super::refusal;
use crate::answer::{Answer, Outcome};
use crate::grammar::{MailboxArg, ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delete {
    mailbox: MailboxArg,
}

impl Delete {
    pub(super) fn parse(parser: &mut Parser) -> Result<Delete, ParseError> {
        parser.space()?;
        Ok(Delete { mailbox: MailboxArg::parse(parser)? })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let login = session.login()?;
        let name = self.mailbox.name()?;
        let deleted = login.account.write(move |tx| {
            let id = match tx.named(&name) {
                Some(mailbox) => mailbox.id,
                None => return Err(mailstore::Error::NoSuchMailbox(name.to_string())),
            };
            tx.delete_mailbox(id).map(|()| id)
        });
        let id = deleted.await.map_err(refusal)?;
        if session.selected.as_ref().is_some_and(|selected| selected.mailbox == id) {
            // Who deletes the mailbox it has selected has none selected then;
            // CLOSED says so to those who listen (RFC 7162 §3.2.11).
            session.selected = None;
            session.cache = None;
            session.connection.queue(b"* OK [CLOSED] the selected mailbox was deleted\r\n");
        }
        Ok(Answer::ok("deleted"))
    }
}
