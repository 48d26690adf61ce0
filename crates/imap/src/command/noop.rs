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
