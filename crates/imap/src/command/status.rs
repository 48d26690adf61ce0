//! STATUS: numbers of a mailbox without selecting it, RFC 3501 §6.3.10, with
//! HIGHESTMODSEQ of RFC 7162 §3.1.7 and SIZE of RFC 8438.

use mailstore::Mailbox;
use model::Uid;

use super::refusal;
use crate::answer::{Answer, Code, Outcome};
use crate::encode;
use crate::grammar::{MailboxArg, ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Status {
    mailbox: MailboxArg,
    items: Vec<StatusItem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatusItem {
    Messages,
    Recent,
    UidNext,
    UidValidity,
    Unseen,
    HighestModSeq,
    /// RFC 8438 §3
    Size,
}

impl StatusItem {
    const NAMED: [(&'static str, StatusItem); 7] = [
        ("MESSAGES", StatusItem::Messages),
        ("RECENT", StatusItem::Recent),
        ("UIDNEXT", StatusItem::UidNext),
        ("UIDVALIDITY", StatusItem::UidValidity),
        ("UNSEEN", StatusItem::Unseen),
        ("HIGHESTMODSEQ", StatusItem::HighestModSeq),
        ("SIZE", StatusItem::Size),
    ];

    /// The list in parentheses, which must not be empty.
    pub(super) fn parse_list(parser: &mut Parser) -> Result<Vec<StatusItem>, ParseError> {
        let items = parser.list(|parser| {
            let name = parser.atom()?;
            let known =
                StatusItem::NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            known
                .map(|(_, item)| *item)
                .ok_or_else(|| format!("there is no status item {name}").into())
        })?;
        if items.is_empty() { Err("STATUS needs one item at least".into()) } else { Ok(items) }
    }

    fn value(self, mailbox: &Mailbox) -> u64 {
        match self {
            StatusItem::Messages => mailbox.exists() as u64,
            StatusItem::Recent => recent(mailbox, mailbox.first_recent),
            StatusItem::UidNext => mailbox.uid_next.0.into(),
            StatusItem::UidValidity => mailbox.uid_validity.0.into(),
            StatusItem::Unseen => mailbox.unseen() as u64,
            StatusItem::HighestModSeq => mailbox.highest_modseq.0.max(1),
            StatusItem::Size => mailbox.size(),
        }
    }

    fn name(self) -> &'static str {
        StatusItem::NAMED.iter().find(|(_, item)| *item == self).map_or("", |(name, _)| name)
    }
}

fn recent(mailbox: &Mailbox, from: Uid) -> u64 {
    (mailbox.exists() - mailbox.uids().partition_point(|uid| *uid < from)) as u64
}

/// The STATUS response.
pub(super) fn write(out: &mut Vec<u8>, mailbox: &Mailbox, items: &[StatusItem], utf8: bool) {
    out.extend_from_slice(b"* STATUS ");
    encode::mailbox(out, mailbox.name.as_str(), utf8);
    out.push(b' ');
    for (at, item) in items.iter().enumerate() {
        out.push(if at == 0 { b'(' } else { b' ' });
        out.extend_from_slice(item.name().as_bytes());
        out.push(b' ');
        encode::number(out, item.value(mailbox));
    }
    out.extend_from_slice(b")\r\n");
}

impl Status {
    pub(super) fn parse(parser: &mut Parser) -> Result<Status, ParseError> {
        parser.space()?;
        let mailbox = MailboxArg::parse(parser)?;
        parser.space()?;
        Ok(Status { mailbox, items: StatusItem::parse_list(parser)? })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        session.login()?;
        let name = self.mailbox.name()?;
        if self.items.contains(&StatusItem::HighestModSeq) {
            session.enable_condstore().await?;
        }
        let utf8 = session.utf8;
        let out = session.connection.output();
        let login = session.login.as_ref().ok_or_else(|| Answer::bad("log in first"))?;
        let found = login.account.read(|state| match state.named(&name) {
            Some(mailbox) => {
                write(out, mailbox, &self.items, utf8);
                true
            }
            None => false,
        });
        if found.await.map_err(refusal)? {
            Ok(Answer::ok("that is its status"))
        } else {
            Ok(Answer::no(Code::NonExistent, format!("there is no mailbox named {name}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn status_items() {
        let house = House::with_letters(3).await;
        house
            .logged_in(
                r#"
                C: a STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)
                S: * STATUS INBOX (MESSAGES 3 RECENT 3 UIDNEXT 4 UIDVALIDITY 1700000000 UNSEEN 3 HIGHESTMODSEQ 4)
                S: a OK that is its status
                C: a status "All Mail" (messages size)
                S: * STATUS "All Mail" (MESSAGES 3 SIZE 444)
                S: a OK that is its status
                C: a STATUS nowhere (MESSAGES)
                S: a NO [NONEXISTENT] there is no mailbox named nowhere
                C: a STATUS INBOX ()
                S: a BAD STATUS needs one item at least
                C: a STATUS INBOX (FOO)
                S: a BAD there is no status item FOO
                C: a STATUS a//b (MESSAGES)
                S: a NO [CANNOT] a mailbox name has no empty level between its slashes
                "#,
            )
            .await;
    }
}
