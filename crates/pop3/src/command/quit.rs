//! QUIT: the end, and before it the UPDATE state, RFC 1939 §4 and §6.

use tracing::info;

use crate::maildrop::Maildrop;
use crate::response::{Code, Response};
use crate::session::{Session, State};

/// Before the login: there is nothing to update.
pub(super) fn without_maildrop(session: &mut Session) -> Response {
    session.state = State::Over;
    Response::ok("goodbye")
}

/// Takes out what was deleted. `+OK` means that it is durable.
pub(super) async fn run(session: &Session, maildrop: &Maildrop) -> Response {
    match maildrop.update().await {
        Ok(deleted) => {
            info!(retrieved = session.retrieved, deleted, "logged out");
            match maildrop.totals() {
                (0, _) => Response::ok("goodbye (maildrop empty)"),
                (left, _) => Response::ok(format!("goodbye ({left} messages left)")),
            }
        }
        Err(error) => {
            session.failure("deleting messages", &error);
            let text = "some deleted messages not removed";
            Response::coded(Code::SysTemp, format!("{text}, reference {:x}", session.id))
        }
    }
}
