//! RENAME: RFC 3501 §6.3.5.
//!
//! Renaming INBOX moves its messages and leaves it empty; the mail store
//! knows that rule.

use mailstore::Error;
use model::MailboxName;

use super::refusal;
use crate::answer::{Answer, Code, Outcome};
use crate::grammar::{MailboxArg, ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rename {
    from: MailboxArg,
    to: MailboxArg,
}

impl Rename {
    pub(super) fn parse(parser: &mut Parser) -> Result<Rename, ParseError> {
        parser.space()?;
        let from = MailboxArg::parse(parser)?;
        parser.space()?;
        Ok(Rename { from, to: MailboxArg::parse(parser)? })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let login = session.login()?;
        let from = self.from.name()?;
        let text = self.to.text()?;
        let text = text.strip_suffix(MailboxName::DELIMITER).unwrap_or(text);
        let to: MailboxName = match text.parse() {
            Ok(name) => name,
            Err(error) => return Ok(Answer::no(Code::Cannot, model::MailboxNameError::to_string(&error))),
        };
        let renamed = login.account.write(move |tx| {
            let id = match tx.named(&from) {
                Some(mailbox) => mailbox.id,
                None => return Err(Error::NoSuchMailbox(from.to_string())),
            };
            tx.rename_mailbox(id, &to)
        });
        renamed.await.map_err(refusal)?;
        Ok(Answer::ok("renamed"))
    }
}
