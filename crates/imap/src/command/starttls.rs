//! STARTTLS: RFC 3501 §6.2.1.

use tracing::debug;

use crate::answer::{Answer, Outcome, Stop};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StartTls;

impl StartTls {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if session.connection.is_tls() {
            return Ok(Answer::bad("TLS is already active"));
        }
        if session.login.is_some() {
            return Ok(Answer::bad("STARTTLS must come before the login"));
        }
        let Some(tls) = session.shared.tls.clone() else {
            return Ok(Answer::bad("this server offers no STARTTLS here"));
        };
        Answer::ok("begin the handshake").write(session.connection.output(), &session.tag);
        session.connection.flush().await?;
        // What was sent in clear behind STARTTLS is discarded in there.
        if let Err(error) = session.connection.start_tls(&tls).await {
            debug!(peer = %session.connection.peer(), %error, "handshake failed");
            return Err(Stop::Gone("the TLS handshake failed"));
        }
        // The tagged answer went out already.
        Err(Stop::Answered)
    }
}
