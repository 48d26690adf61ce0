//! CAPABILITY: what the server offers, RFC 3501 §6.1.1.

use crate::answer::{Answer, Outcome};
use crate::capability;
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Capability;

impl Capability {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let line = format!("* CAPABILITY {}\r\n", capability::list(session));
        session.connection.queue(line.as_bytes());
        Ok(Answer::ok("that is all"))
    }
}
