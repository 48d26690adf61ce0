//! UIDL: the unique-id of each message, RFC 1939 §7.
//!
//! A client that leaves mail on the server compares these ids with those it
//! already has, so an id must never name another message later. We answer the
//! message's number in the account, which outlives any move between mailboxes.

use std::fmt::Write;

use crate::maildrop::Maildrop;
use crate::parse::{ParseError, Position};
use crate::response::Response;

#[derive(Debug)]
pub(crate) struct Uidl {
    /// `None` asks for the whole maildrop.
    message: Option<Position>,
}

impl Uidl {
    pub(super) fn parse(args: &str) -> Result<Uidl, ParseError> {
        let message = match args {
            "" => None,
            number => Some(Position::parse(number)?),
        };
        Ok(Uidl { message })
    }

    pub(super) fn run(&self, maildrop: &Maildrop) -> Response {
        let Some(message) = self.message else {
            let mut lines = String::new();
            for (position, mail) in maildrop.kept() {
                let _ = write!(lines, "{position} {}\r\n", mail.number);
            }
            return Response::Lines("unique-ids follow".into(), lines);
        };
        match maildrop.get(message) {
            Ok(mail) => Response::ok(format!("{message} {}", mail.number)),
            Err(refusal) => refusal,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn uidl_skips_deleted_messages() {
        dialogue(
            Scene::logged_in(&["one", "two", "three"]),
            "
            C: DELE 2
            S: +OK message 2 deleted
            C: UIDL
            S: +OK unique-ids follow
            S: 1 1
            S: 3 3
            S: .
            C: UIDL 3
            S: +OK 3 3
            C: UIDL 2
            S: -ERR message 2 is already deleted
            C: UIDL 4
            S: -ERR no such message, only 3 messages in maildrop
        ",
        );
    }
}
