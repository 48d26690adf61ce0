//! CREATE: RFC 3501 §6.3.3, with a special use by RFC 6154 §3.

use mailstore::Error;
use model::{MailboxName, Role};

use super::refusal;
use crate::answer::{Answer, Code, Outcome};
use crate::grammar::{MailboxArg, ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Create {
    mailbox: MailboxArg,
    /// The attributes of USE, if it was given.
    uses: Vec<String>,
}

impl Create {
    pub(super) fn parse(parser: &mut Parser) -> Result<Create, ParseError> {
        parser.space()?;
        let mailbox = MailboxArg::parse(parser)?;
        let mut uses = Vec::new();
        if !parser.is_at_end() {
            parser.space()?;
            parser.expect(b'(', "CREATE takes a name and then (USE (...)) at most")?;
            if !parser.eat_word("USE") {
                return Err("the only parameter of CREATE is USE".into());
            }
            parser.space()?;
            uses = parser.list(|parser| {
                let attribute = parser.flag_text();
                Ok(String::from_utf8_lossy(attribute).to_ascii_uppercase())
            })?;
            parser.expect(b')', "the parameters of CREATE lack a closing parenthesis")?;
        }
        Ok(Create { mailbox, uses })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let login = session.login()?;
        let text = self.mailbox.text()?;
        // A delimiter at the end says that names below will follow; we need no
        // such hint, and it is no part of the name (RFC 3501 §6.3.3).
        let text = text.strip_suffix(MailboxName::DELIMITER).unwrap_or(text);
        let name: MailboxName = match text.parse() {
            Ok(name) => name,
            Err(error) => return Ok(Answer::no(Code::Cannot, model::MailboxNameError::to_string(&error))),
        };
        let role = match self.role() {
            Ok(role) => role,
            Err(answer) => return Ok(answer),
        };
        let created = login.account.write(move |tx| tx.create_mailbox(&name, role).map(|_| ()));
        match created.await {
            Ok(()) => Ok(Answer::ok("created")),
            Err(Error::Forbidden(why)) if role.is_some() => Ok(Answer::no(Code::UseAttr, why)),
            Err(error) => Err(refusal(error)),
        }
    }

    /// The one role asked for. One we cannot give means that nothing is
    /// created (RFC 6154 §3).
    fn role(&self) -> Result<Option<Role>, Answer> {
        match &self.uses[..] {
            [] => Ok(None),
            [one] => {
                let known = |role: &Role| role.attribute().is_some_and(|a| a.eq_ignore_ascii_case(one));
                let role = Role::ALL.into_iter().find(known);
                role.map(Some).ok_or_else(|| {
                    Answer::no(Code::UseAttr, "this server has no mailboxes for that use")
                })
            }
            _ => Err(Answer::no(Code::UseAttr, "a mailbox has one use at most")),
        }
    }
}
