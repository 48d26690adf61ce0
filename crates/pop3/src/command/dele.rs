//! DELE: marks a message as deleted, RFC 1939 §5. QUIT does it.

use crate::maildrop::Maildrop;
use crate::parse::{ParseError, Position};
use crate::response::Response;

#[derive(Debug)]
pub(crate) struct Dele {
    message: Position,
}

impl Dele {
    pub(super) fn parse(args: &str) -> Result<Dele, ParseError> {
        match args {
            "" => Err(ParseError::MissingArgument),
            number => Ok(Dele { message: Position::parse(number)? }),
        }
    }

    pub(super) fn run(&self, maildrop: &mut Maildrop) -> Response {
        let message = self.message;
        match maildrop.get(message) {
            Ok(_) => {
                maildrop.delete(message);
                Response::ok(format!("message {message} deleted"))
            }
            Err(refusal) => refusal,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn a_deleted_message_is_no_more() {
        dialogue(
            Scene::logged_in(&["one", "two"]),
            "
            C: DELE 1
            S: +OK message 1 deleted
            C: DELE 1
            S: -ERR message 1 is already deleted
            C: RETR 1
            S: -ERR message 1 is already deleted
            C: TOP 1 0
            S: -ERR message 1 is already deleted
            C: DELE 3
            S: -ERR no such message, only 2 messages in maildrop
            C: STAT
            S: +OK 1 21
        ",
        );
    }
}
