//! LOGOUT: RFC 3501 §6.1.3.

use crate::answer::{Answer, Outcome};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Logout;

impl Logout {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        session.close_mailbox().await;
        session.untagged_bye("until next time");
        Ok(Answer::ok("logged out"))
    }
}
