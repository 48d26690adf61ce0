//! RENAME: RFC 3501 §6.3.5.
//!
//! Renaming INBOX moves its messages and leaves it empty; the mail store
//! knows that rule.

use mailstore::{Error, Tx};
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
            Err(error) => {
                return Ok(Answer::no(Code::Cannot, model::MailboxNameError::to_string(&error)));
            }
        };
        let below = login.account.read(|state| {
            let names = state.mailboxes().map(|mailbox| mailbox.name.clone());
            names.filter(|name| name.is_below(&from)).collect::<Vec<_>>()
        });
        let below = below.await.map_err(refusal)?;
        let renamed =
            login.account.write(move |tx| match tx.named(&from).map(|mailbox| mailbox.id) {
                Some(id) => tx.rename_mailbox(id, &to),
                None => rename_level(tx, &from, &to, &below),
            });
        renamed.await.map_err(refusal)?;
        Ok(Answer::ok("renamed"))
    }
}

/// A level above mailboxes that is none itself (`\Noselect`) can be renamed
/// like one (RFC 3501 §6.3.5).
fn rename_level(
    tx: &mut Tx<'_>,
    from: &MailboxName,
    to: &MailboxName,
    below: &[MailboxName],
) -> Result<(), Error> {
    if below.is_empty() {
        return Err(Error::NoSuchMailbox(from.to_string()));
    }
    if to.is_below(from) {
        return Err(Error::Forbidden("a mailbox cannot be moved below itself"));
    }
    if tx.named(to).is_some() {
        return Err(Error::MailboxExists(to.clone()));
    }
    for name in below {
        // Those further down have gone along with what stands above them.
        let (Some(id), Some(new)) =
            (tx.named(name).map(|mailbox| mailbox.id), name.moved(from, to))
        else {
            continue;
        };
        tx.rename_mailbox(id, &new)?;
    }
    Ok(())
}
