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

#[cfg(test)]
mod tests {
    use crate::test_support::{House, LETTER};

    #[tokio::test]
    async fn idle_hears_the_other_session() {
        let house = House::with_letters(2).await;
        house
            .transcript(
                r"
                C: a IDLE
                S: + idling
                C2: b STORE 1 +FLAGS.SILENT (\Flagged)
                S2: b OK stored
                S: * 1 FETCH (FLAGS (\Flagged \Recent))
                C2: b APPEND INBOX {3+}
                C2+: abc\r\n
                S: * 3 EXISTS
                S: * 3 RECENT
                S2: * 3 EXISTS
                S2: * 1 RECENT
                S2: b OK [APPENDUID 1700000000 3] appended
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn idle_announces_arrivals_and_expunges() {
        let house = House::with_letters(2).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x SELECT INBOX").await;
        client.send(b"x IDLE\r\n").await;
        assert_eq!(client.hear().await, "+ idling");
        house.deliver("INBOX", LETTER).await;
        assert_eq!(client.hear().await, "* 3 EXISTS");
        assert_eq!(client.hear().await, "* 3 RECENT");
        house
            .write(|tx| {
                let inbox = tx.role(model::Role::Inbox);
                let first = tx.placements(inbox, None)[0].1;
                tx.archive(&[first])
            })
            .await;
        assert_eq!(client.hear().await, "* 1 EXPUNGE");
        client.send(b"done\r\n").await;
        assert_eq!(client.hear().await, "x OK no longer idling");
        client.send(b"x IDLE\r\nNOOP\r\n").await;
        assert_eq!(client.hear().await, "+ idling");
        assert_eq!(client.hear().await, "x BAD IDLE ends with the line DONE");
    }

    #[tokio::test(start_paused = true)]
    async fn idling_for_too_long_ends_the_session() {
        let house = House::with_letters(0).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.send(b"x IDLE\r\n").await;
        assert_eq!(client.hear().await, "+ idling");
        tokio::time::sleep(std::time::Duration::from_secs(1900)).await;
        assert_eq!(client.hear().await, "* BYE you were silent for too long");
    }
}
