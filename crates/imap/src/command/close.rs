//! CLOSE and UNSELECT: back to the authenticated state, RFC 3501 §6.4.2 and
//! RFC 3691 §2.

use super::refusal;
use crate::answer::{Answer, Outcome};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Close {
    /// CLOSE expunges, UNSELECT does not.
    pub(crate) expunge: bool,
}

impl Close {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let open = session.open()?;
        let mailbox = open.selected.mailbox;
        if self.expunge && !open.selected.read_only {
            let deleted = move |state: &mailstore::State| {
                state.mailbox(mailbox).is_some_and(|m| m.deleted() > 0)
            };
            // Without \Deleted there is nothing to commit.
            if open.account.read(deleted).await.map_err(refusal)? {
                let expunged = open.account.write(move |tx| tx.expunge(mailbox, None).map(|_| ()));
                match expunged.await {
                    // Deleted by another session: closed all the same.
                    Ok(()) | Err(mailstore::Error::NoSuchMailbox(_)) => {}
                    Err(error) => return Err(refusal(error)),
                }
            }
        }
        session.close_mailbox().await;
        Ok(Answer::ok("closed"))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn close_expunges_without_a_word_and_unselect_does_not() {
        let house = House::with_letters(2).await;
        house
            .transcript(
                r"
                C: a STORE 1 +FLAGS.SILENT (\Deleted)
                S: a OK stored
                C: a UNSELECT
                S: a OK closed
                C: a STATUS INBOX (MESSAGES)
                S: * STATUS INBOX (MESSAGES 2)
                S: a OK that is its status
                C: a EXAMINE INBOX
                S: ...
                S: ...
                S: * 2 EXISTS
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: a OK [READ-ONLY] ...
                C: a CLOSE
                S: a OK closed
                C: a STATUS INBOX (MESSAGES)
                S: * STATUS INBOX (MESSAGES 2)
                S: a OK that is its status
                C: a SELECT INBOX
                S: ...
                S: ...
                S: * 2 EXISTS
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: a OK ...
                C: a CLOSE
                S: a OK closed
                C: a STATUS INBOX (MESSAGES)
                S: * STATUS INBOX (MESSAGES 1)
                S: a OK that is its status
                C: a CLOSE
                S: a BAD select a mailbox first
                ",
            )
            .await;
    }
}
