//! LIST: the size of each message, RFC 1939 §5.

use std::fmt::Write;

use crate::maildrop::Maildrop;
use crate::parse::{ParseError, Position};
use crate::response::Response;

#[derive(Debug)]
pub(crate) struct List {
    /// `None` asks for the whole maildrop.
    message: Option<Position>,
}

impl List {
    pub(super) fn parse(args: &str) -> Result<List, ParseError> {
        let message = match args {
            "" => None,
            number => Some(Position::parse(number)?),
        };
        Ok(List { message })
    }

    pub(super) fn run(&self, maildrop: &Maildrop) -> Response {
        let Some(message) = self.message else {
            let (count, octets) = maildrop.totals();
            let mut lines = String::with_capacity(count * 12);
            for (position, mail) in maildrop.kept() {
                let _ = write!(lines, "{position} {}\r\n", mail.size);
            }
            return Response::Lines(format!("{count} messages ({octets} octets)"), lines);
        };
        match maildrop.get(message) {
            Ok(mail) => Response::ok(format!("{message} {}", mail.size)),
            Err(refusal) => refusal,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn scan_listings() {
        dialogue(
            Scene::logged_in(&["one", "two", "three"]),
            "
            C: LIST
            S: +OK 3 messages (65 octets)
            S: 1 21
            S: 2 21
            S: 3 23
            S: .
            C: LIST 3
            S: +OK 3 23
            C: LIST 4
            S: -ERR no such message, only 3 messages in maildrop
            C: DELE 2
            S: +OK message 2 deleted
            C: LIST
            S: +OK 2 messages (44 octets)
            S: 1 21
            S: 3 23
            S: .
            C: LIST 2
            S: -ERR message 2 is already deleted
        ",
        );
    }

    #[test]
    fn an_empty_maildrop() {
        dialogue(
            Scene::logged_in(&[]),
            "
            C: LIST
            S: +OK 0 messages (0 octets)
            S: .
        ",
        );
    }
}
