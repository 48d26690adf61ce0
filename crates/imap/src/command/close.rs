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
            let deleted = move |state: &mailstore::State| state.mailbox(mailbox).is_some_and(|m| m.deleted() > 0);
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
