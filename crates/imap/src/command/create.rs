//! CREATE: RFC 3501 §6.3.3, with a special use by RFC 6154 §3.

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
            Err(error) => {
                return Ok(Answer::no(Code::Cannot, model::MailboxNameError::to_string(&error)));
            }
        };
        if !self.uses.is_empty() {
            return Ok(Answer::no(Code::UseAttr, self.why_not()));
        }
        let created = login.account.write(move |tx| tx.create_mailbox(&name).map(|_| ()));
        created.await.map_err(refusal)?;
        Ok(Answer::ok("created"))
    }

    /// Every account has one mailbox of each use from its first day, so there
    /// is never a use to give, and nothing is created (RFC 6154 §3).
    fn why_not(&self) -> String {
        let asked = |role: &Role| {
            role.attribute()
                .is_some_and(|known| self.uses.iter().any(|a| a.eq_ignore_ascii_case(known)))
        };
        match Role::ALL.into_iter().find(asked) {
            Some(role) => format!("this account has a mailbox for that use already: {role}"),
            None => "this server has no mailboxes for that use".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn create_delete_rename() {
        let house = House::with_letters(2).await;
        house
            .logged_in(
                r#"
                C: a CREATE owatagusiam/
                S: a OK created
                C: a CREATE owatagusiam/blurdybloop
                S: a OK created
                C: a CREATE owatagusiam
                S: a NO [ALREADYEXISTS] there is already a mailbox named owatagusiam
                C: a CREATE inbox
                S: a NO [ALREADYEXISTS] there is already a mailbox named INBOX
                C: a CREATE "a//b"
                S: a NO [CANNOT] a mailbox name has no empty level between its slashes
                C: a CREATE "a&b"
                S: a NO [CANNOT] the mailbox name is no modified UTF-7 (RFC 3501 5.1.3): a plain & is written &-
                C: a CREATE MySpecial (USE (\Drafts))
                S: a NO [USEATTR] this account has a mailbox for that use already: Drafts
                C: a CREATE MySpecial (USE (\Archive))
                S: a NO [USEATTR] this server has no mailboxes for that use
                C: a DELETE MySpecial
                S: a NO [NONEXISTENT] there is no mailbox named MySpecial
                C: a RENAME owatagusiam other/place
                S: a OK renamed
                C: a LIST "" "o*"
                S: * LIST (\HasChildren) "/" other
                S: * LIST (\HasChildren) "/" other/place
                S: * LIST (\HasNoChildren) "/" other/place/blurdybloop
                S: a OK listed
                C: a RENAME other other/x/y
                S: a NO [CANNOT] a mailbox cannot be moved below itself
                C: a RENAME other INBOX
                S: a NO [ALREADYEXISTS] there is already a mailbox named INBOX
                C: a RENAME nowhere x
                S: a NO [NONEXISTENT] there is no mailbox named nowhere
                C: a DELETE other
                S: a OK deleted
                C: a LIST "" "o%"
                S: * LIST (\Noselect \HasChildren) "/" other
                S: a OK listed
                C: a RENAME other another
                S: a OK renamed
                C: a LIST "" "*o*r*"
                S: * LIST (\HasChildren) "/" another
                S: * LIST (\HasChildren) "/" another/place
                S: * LIST (\HasNoChildren) "/" another/place/blurdybloop
                S: a OK listed
                C: a DELETE INBOX
                S: a NO [CANNOT] every account keeps this mailbox; it cannot be deleted
                C: a RENAME INBOX old
                S: a OK renamed
                C: a STATUS old (MESSAGES)
                S: * STATUS old (MESSAGES 2)
                S: a OK that is its status
                C: a STATUS INBOX (MESSAGES UIDNEXT)
                S: * STATUS INBOX (MESSAGES 0 UIDNEXT 3)
                S: a OK that is its status
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn deleting_the_selected_mailbox_deselects_it() {
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
                C: a DELETE x
                S: * OK [CLOSED] the selected mailbox was deleted
                S: a OK deleted
                C: a CHECK
                S: a BAD select a mailbox first
                ",
            )
            .await;
    }
}
