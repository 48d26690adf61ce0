//! NOOP and CHECK: a moment to hear what changed, RFC 3501 §6.1.2 and §6.4.1.
//!
//! There is nothing to check: what was answered is on stable storage. The
//! news is told by the command loop.

use crate::answer::{Answer, Outcome};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Noop {
    /// It is CHECK, which needs a selected mailbox.
    pub(crate) check: bool,
}

impl Noop {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if self.check {
            session.open()?;
        }
        Ok(Answer::ok("done"))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn noop_tells_what_another_session_did() {
        let house = House::with_letters(3).await;
        house
            .transcript(
                r"
                C: a NOOP
                S: a OK done
                C2: b STORE 1:2 +FLAGS.SILENT (\Deleted)
                S2: b OK stored
                C2: b EXPUNGE
                S2: * 1 EXPUNGE
                S2: * 1 EXPUNGE
                S2: b OK expunged
                C2: b STORE 1 +FLAGS (\Flagged $Work)
                S2: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work)
                S2: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work \*)] these are kept
                S2: * 1 FETCH (FLAGS (\Flagged $Work))
                S2: b OK stored
                C: a NOOP
                S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work)
                S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work \*)] these are kept
                S: * 1 EXPUNGE
                S: * 1 EXPUNGE
                S: * 1 FETCH (FLAGS (\Flagged \Recent $Work))
                S: a OK done
                C: a CHECK
                S: a OK done
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn arrivals_are_announced() {
        let house = House::with_letters(1).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x SELECT INBOX").await;
        house.deliver("INBOX", crate::test_support::LETTER).await;
        assert_eq!(client.command("x NOOP").await, ["* 2 EXISTS", "* 2 RECENT", "x OK done"]);
        assert_eq!(client.command("x NOOP").await, ["x OK done"]);
    }
}
