//! IDLE: news as it happens, RFC 2177.

use crate::answer::{Answer, Outcome, Stop};
use crate::input::{WITHIN_COMMAND, gone};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Idle;

impl Idle {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let login = session.login()?;
        // From before the first look, so that nothing falls between.
        let mut changes = login.account.changes();
        session.connection.queue(b"+ idling\r\n");
        let until = tokio::time::Instant::now() + session.shared.config.idle_timeout();
        loop {
            session.announce(true).await?;
            session.connection.flush().await?;
            if !session.connection.has_buffered() {
                let shared = session.shared.clone();
                tokio::select! {
                    biased;
                    input = session.connection.readable() => input.map_err(gone)?,
                    () = shared.shutdown.wait() => {
                        return Err(Stop::Bye("the server is going down; please come back soon".into()));
                    }
                    () = tokio::time::sleep_until(until) => {
                        return Err(Stop::Bye("you were silent for too long".into()));
                    }
                    _ = changes.changed() => continue,
                }
            }
            return Idle::done(session).await;
        }
    }

    /// The line that ends it.
    async fn done(session: &mut Session) -> Outcome {
        let line = session.connection.read_line(100, WITHIN_COMMAND).await.map_err(gone)?;
        if line.trim_ascii().eq_ignore_ascii_case(b"DONE") {
            Ok(Answer::ok("no longer idling"))
        } else {
            Ok(Answer::bad("IDLE ends with the line DONE"))
        }
    }
}
