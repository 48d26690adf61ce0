//! What an account may decide for itself, and what neighbours are asked.

use std::sync::Arc;

use model::{AccountId, MessageNumber};

use crate::{Error, Tx};

/// What becomes of a message that EXPUNGE takes from its last mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExpunge {
    /// Gone at once from IMAP, POP3 and the quota, restorable for 30 days.
    #[default]
    Recover,
    /// It stays in All Mail, as in Gmail.
    Archive,
    /// Gone for ever.
    Delete,
}

/// What POP3 DELE does to a message of the maildrop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnPopDelete {
    /// Gone from the maildrop, still in All Mail and the webmail.
    #[default]
    Archive,
    /// Into Trash.
    Trash,
    /// Like an EXPUNGE under [`OnExpunge::Recover`].
    Recover,
}

/// What one account has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// The most bytes its messages may take; `None` is no limit.
    pub quota: Option<u64>,
    /// See [`OnExpunge`].
    pub on_expunge: OnExpunge,
    /// See [`OnPopDelete`].
    pub on_pop_delete: OnPopDelete,
    /// Whether a copy in Sent that a client appends replaces ours.
    pub replace_filed: bool,
}

/// What the mail store asks of those above it.
#[derive(Clone)]
pub struct Rules {
    /// The choices of an account, asked at every transaction: keep it cheap.
    pub policy: Arc<dyn Fn(AccountId) -> Policy + Send + Sync>,
    /// A user takes a message out of Outbox: whoever sends it forgets it, or
    /// refuses with [`Error::Forbidden`] because it is being sent already.
    pub leave_outbox: fn(&mut Tx<'_>, MessageNumber) -> Result<(), Error>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            policy: Arc::new(|_| Policy { replace_filed: true, ..Policy::default() }),
            leave_outbox: |_, _| Ok(()),
        }
    }
}
