//! TOP: the header of a message and some lines, RFC 1939 §7.

use crate::command::retr;
use crate::maildrop::Maildrop;
use crate::parse::{ParseError, Position, number};
use crate::response::Response;
use crate::session::Session;
use crate::stuffing;

#[derive(Debug)]
pub(crate) struct Top {
    message: Position,
    lines: u64,
}

impl Top {
    pub(super) fn parse(args: &str) -> Result<Top, ParseError> {
        let (message, lines) = args.split_once(' ').ok_or(ParseError::MissingArgument)?;
        Ok(Top { message: Position::parse(message)?, lines: number(lines.trim_start())? })
    }

    pub(super) async fn run(&self, session: &Session, maildrop: &Maildrop) -> Response {
        match retr::text(session, maildrop, self.message).await {
            Ok(text) => {
                let top = text.slice(..stuffing::top(&text, self.lines).len());
                Response::Message("top of message follows".into(), top)
            }
            Err(refusal) => refusal,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn headers_and_some_lines() {
        dialogue(
            Scene::logged_in(&["x\n\n.one\ntwo"]),
            "
            C: TOP 1 0
            S: +OK top of message follows
            S: Subject: x
            S: 
            S: .
            C: TOP 1 1
            S: +OK top of message follows
            S: Subject: x
            S: 
            S: ..one
            S: .
            C: TOP 1 99999999999999999999
            S: +OK top of message follows
            S: Subject: x
            S: 
            S: ..one
            S: two
            S: .
            C: TOP 100 3
            S: -ERR no such message, only 1 messages in maildrop
            C: TOP 1
            S: -ERR the command lacks an argument
        ",
        );
    }
}
