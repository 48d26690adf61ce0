//! RETR: a whole message, RFC 1939 §5.
//!
//! It does not mark the message as read; see the head of the crate.

use crate::maildrop::Maildrop;
use crate::parse::{ParseError, Position};
use crate::response::Response;
use crate::session::Session;

#[derive(Debug)]
pub(crate) struct Retr {
    message: Position,
}

impl Retr {
    pub(super) fn parse(args: &str) -> Result<Retr, ParseError> {
        match args {
            "" => Err(ParseError::MissingArgument),
            number => Ok(Retr { message: Position::parse(number)? }),
        }
    }

    pub(super) async fn run(&self, session: &mut Session, maildrop: &Maildrop) -> Response {
        match text(session, maildrop, self.message).await {
            Ok(text) => {
                session.retrieved += 1;
                Response::Message(format!("{} octets", text.len()), text)
            }
            Err(refusal) => refusal,
        }
    }
}

/// The text of a message, or why there is none.
pub(super) async fn text(
    session: &Session,
    maildrop: &Maildrop,
    message: Position,
) -> Result<bytes::Bytes, Response> {
    let mail = maildrop.get(message)?;
    match maildrop.account.content(mail.number).await {
        Ok(Some(text)) => Ok(session.readable(text)),
        // Other protocols are not kept out meanwhile, as the lock of
        // RFC 1939 §4 would have it: somebody else may have removed it.
        Ok(None) => Err(Response::err(format!("message {message} was removed meanwhile"))),
        Err(error) => Err(session.failure("reading a message", &error)),
    }
}
