//! USER: who logs in, RFC 1939 §7.
//!
//! The answer is the same for whoever exists and whoever does not.

use crate::parse::ParseError;
use crate::response::Response;
use crate::session::{Session, State};

#[derive(Debug)]
pub(crate) struct User {
    name: String,
}

impl User {
    pub(super) fn parse(args: &str) -> Result<User, ParseError> {
        match args {
            "" => Err(ParseError::MissingArgument),
            name => Ok(User { name: name.to_owned() }),
        }
    }

    pub(super) fn run(self, session: &mut Session) -> Response {
        if !session.may_say_password() {
            return Session::needs_tls();
        }
        session.state = State::Authorization { user: Some(self.name) };
        Response::ok("now the password, by PASS")
    }
}
