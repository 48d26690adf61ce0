//! APPEND: putting a message into a mailbox, RFC 3501 §6.3.11, with
//! APPENDUID of RFC 4315 §3 and the UTF8 data extension of RFC 6855 §4.
//!
//! RFC 6855 §4 would have us refuse eight-bit header fields from clients that
//! did not enable UTF8=ACCEPT. Such fields stand in very many old messages,
//! and refusing them would make moving an archive here lose mail; we take
//! them as they are.

use bytes::Bytes;
use mailstore::{Error, NewMessage};
use model::{MailboxName, Timestamp};
use net::ReadError;

use super::{refusal, refusal_of_target};
use crate::answer::{Answer, Code, Outcome, Stop};
use crate::grammar::{FlagArgs, LiteralHead, MailboxArg, ParseError, Parser, date, literal_at_end};
use crate::input::{WITHIN_COMMAND, gone, skip};
use crate::session::Session;

/// Larger messages are parsed and compressed away from the async threads.
const PARSED_HERE: usize = 64 * 1024;

/// The command up to the head of its message, which is still to be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Append {
    mailbox: MailboxArg,
    flags: FlagArgs,
    date: Option<Timestamp>,
    literal: LiteralHead,
    /// The message stands in `UTF8 (…)`.
    utf8: bool,
}

impl Append {
    pub(super) fn parse(parser: &mut Parser) -> Result<Append, ParseError> {
        parser.space()?;
        let mailbox = MailboxArg::parse(parser)?;
        parser.space()?;
        let mut flags = FlagArgs::default();
        if parser.peek() == Some(b'(') {
            flags = FlagArgs::parse_list(parser)?;
            parser.space()?;
        }
        let mut date = None;
        if parser.peek() == Some(b'"') {
            date = Some(date::date_time(parser)?);
            parser.space()?;
        }
        let utf8 = parser.eat_word("UTF8 (");
        let literal = parser.final_literal()?;
        if literal.binary != utf8 {
            return Err("a literal with ~ goes with UTF8 (...) and only there".into());
        }
        Ok(Append { mailbox, flags, date, literal, utf8 })
    }

    /// Whether `command`, which ends with the head of a literal, is an APPEND
    /// whose message is to follow.
    pub(crate) fn head_is_complete(command: &[u8], utf8: bool) -> bool {
        let mut parser = Parser::new(command);
        parser.utf8 = utf8;
        let appends = parser.tag().is_ok()
            && parser.space().is_ok()
            && parser.atom().is_ok_and(|name| name.eq_ignore_ascii_case("APPEND"));
        appends && Append::parse(&mut parser).is_ok()
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        // A refusal before the message has come saves sending it, unless the
        // client sends it anyway (RFC 7888 §4): then it is skipped.
        let target = match self.check(session).await {
            Ok(target) => target,
            Err(Stop::Answer(answer)) => {
                if self.literal.non_synchronising {
                    skip(session, self.literal.size).await?;
                    self.rest_of_line(session).await?;
                }
                return Ok(answer);
            }
            Err(stop) => return Err(stop),
        };
        if !self.literal.non_synchronising {
            session.connection.queue(b"+ go ahead\r\n");
            session.connection.flush().await?;
        }
        let size = self.literal.size as usize;
        let content =
            session.connection.read_exact_bytes(size, WITHIN_COMMAND).await.map_err(gone)?;
        if !self.rest_of_line(session).await? {
            return Ok(Answer::bad("something follows the message; one APPEND takes one message"));
        }
        self.store(session, target, content).await
    }

    /// Whether the message may come: login, size, mailbox.
    async fn check(&self, session: &Session) -> Result<MailboxName, Stop> {
        let login = session.login()?;
        let most = session.shared.config.max_append_bytes;
        if self.literal.size > most {
            let text =
                format!("the message has {} bytes, and {most} are allowed", self.literal.size);
            return Err(Answer::no(Code::TooBig, text).into());
        }
        if self.literal.size == 0 {
            return Err(Answer::no(Code::None, "a message of no bytes is not kept").into());
        }
        let name = self.mailbox.name()?;
        let there =
            login.account.read(|state| state.named(&name).is_some()).await.map_err(refusal)?;
        if there {
            Ok(name)
        } else {
            Err(Answer::no(Code::TryCreate, format!("there is no mailbox named {name}")).into())
        }
    }

    /// What stands behind the message; whether it is what must stand there.
    async fn rest_of_line(&self, session: &mut Session) -> Result<bool, Stop> {
        let expected: &[u8] = if self.utf8 { b")" } else { b"" };
        let mut good = true;
        loop {
            let line = match session.connection.read_line(1_000, WITHIN_COMMAND).await {
                Ok(line) => line,
                Err(ReadError::TooLong) => return Ok(false),
                Err(error) => return Err(gone(error)),
            };
            // A further literal would be MULTIAPPEND, which is not offered;
            // one that comes without waiting must be read over.
            match literal_at_end(&line) {
                Some(next) if next.non_synchronising => skip(session, next.size).await?,
                Some(_) => return Ok(false),
                None => return Ok(good && line.trim_ascii() == expected),
            }
            good = false;
        }
    }

    async fn store(self, session: &mut Session, target: MailboxName, content: Bytes) -> Outcome {
        let login = session.login()?;
        let date = self.date.unwrap_or_else(|| session.shared.mailstore.clock().now());
        let FlagArgs { flags, deleted, keywords } = self.flags;
        let prepare =
            move || NewMessage::new(&content, date).with_marks(flags, keywords.clone(), deleted);
        let message = if self.literal.size as usize <= PARSED_HERE {
            prepare()
        } else {
            let prepared = tokio::task::spawn_blocking(prepare).await;
            prepared.map_err(|_| Answer::no(Code::ServerBug, "the message could not be read"))?
        };
        let appended = login.account.write(move |tx| {
            let id = match tx.named(&target) {
                Some(mailbox) => mailbox.id,
                None => return Err(Error::NoSuchMailbox(target.to_string())),
            };
            let appended = tx.append(&message, &[id])?;
            // The mailbox the client named first; All Mail takes it too.
            Ok(appended.placements.into_iter().find(|(mailbox, ..)| *mailbox == id))
        });
        let placement = appended.await.map_err(refusal_of_target)?;
        let answer = Answer::ok("appended");
        Ok(match placement {
            Some((_, validity, uid)) => answer.with(Code::AppendUid(validity, uid)),
            None => answer,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Config;
    use crate::test_support::House;

    #[tokio::test]
    async fn appends() {
        let house = House::with_letters(0).await;
        house
            .transcript(
                r#"
                C: a APPEND INBOX (\Seen $Work) "17-Jul-1996 02:44:25 -0700" {12}
                S: + go ahead
                C+: A: b\r\n\r\nhi\r\n\r\n
                S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work)
                S: * OK [PERMANENTFLAGS ...
                S: * 1 EXISTS
                S: * 1 RECENT
                S: a OK [APPENDUID 1700000000 1] appended
                C: a FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])
                S: * 1 FETCH (FLAGS (\Seen \Recent $Work) INTERNALDATE "17-Jul-1996 09:44:25 +0000" BODY[] {12}
                S: A: b
                S:
                S: hi
                S: )
                S: a OK fetched
                C: a APPEND Drafts {3+}
                C+: a\0b\r\n
                S: a OK [APPENDUID ... 1] appended
                C: a APPEND INBOX UTF8 (~{3+}
                C+: abc)\r\n
                S: * 2 EXISTS
                S: * 2 RECENT
                S: a OK [APPENDUID ... 2] appended
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn refusals() {
        let house =
            House::with_config(0, Config { max_append_bytes: 100, ..Config::default() }).await;
        house
            .transcript(
                r#"
                C: a APPEND nowhere {5}
                S: a NO [TRYCREATE] there is no mailbox named nowhere
                C: b APPEND nowhere {4+}
                C+: {9+}\r\n
                S: b NO [TRYCREATE] there is no mailbox named nowhere
                C: c APPEND INBOX {101}
                S: c NO [TOOBIG] the message has 101 bytes, and 100 are allowed
                C: c APPEND INBOX {102+}
                C: 34567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890
                C:
                C:
                S: c NO [TOOBIG] the message has 102 bytes, and 100 are allowed
                C: d APPEND INBOX {0}
                S: d NO a message of no bytes is not kept
                C: d APPEND INBOX (\Seen) "yesterday" {5}
                S: + go ahead
                C: 12345
                S: d BAD a date and time has the form "17-Jul-1996 02:44:25 -0700"
                C: e APPEND INBOX
                S: e BAD an argument is missing at the end of the command
                C: f APPEND INBOX {3+}
                C: abc {3+}
                C: abc
                S: f BAD something follows the message; one APPEND takes one message
                C: g APPEND INBOX ~{3+}
                C: abc
                S: g BAD the message must come as a literal, {size} at the end of the line
                C: h APPEND INBOX {999+}
                S: * BYE a literal of 999 bytes is too big to be skipped
                S: [closed]
                "#,
            )
            .await;
        let status = house.account.read(|state| state.role(model::Role::Inbox).exists()).await;
        assert_eq!(status.expect("read"), 0);
    }

    #[tokio::test]
    async fn a_full_account_takes_no_more() {
        let house = House::with_quota(1, 200).await;
        house
            .transcript(
                r"
                C: a APPEND INBOX {53+}
                C: 345678901234567890123456789012345678901234567890123
                C:
                S: a NO [OVERQUOTA] the account is full: 148 of 200 bytes used
                C: a COPY 1 INBOX
                S: a NO [OVERQUOTA] the account is full: 148 of 200 bytes used
                C: a COPY 1 Drafts
                S: a OK [COPYUID ... 1 1] copied
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn appends_need_a_login() {
        let house = House::with_letters(0).await;
        house
            .raw(
                r"
                S: * OK ...
                C: a APPEND INBOX {5+}
                C: 12345
                S: a BAD log in first
                C: a APPEND INBOX {5}
                S: a BAD log in first
                C: a APPEND INBOX {99999999+}
                S: * BYE a literal of 99999999 bytes is too big to be skipped
                S: [closed]
                ",
            )
            .await;
    }
}
