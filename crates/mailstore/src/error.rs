//! Why the mail store refused.

use model::MailboxName;

/// Callers act on the variant; the text is for logs and protocol lines, pages
/// take their sentence from `locale`.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The mailbox is not, or no longer, there.
    #[error("there is no mailbox named {0}")]
    NoSuchMailbox(String),

    /// A second one of the same name.
    #[error("there is already a mailbox named {0}")]
    MailboxExists(MailboxName),

    /// The message is not, or no longer, there.
    #[error("there is no such message")]
    NoSuchMessage,

    /// Sizes are in bytes of RFC 5322 text, as the quota counts them.
    #[error("the account is full: {used} of {limit} bytes used")]
    OverQuota {
        /// Bytes used now.
        used: u64,
        /// Bytes allowed.
        limit: u64,
    },

    /// The account has as many keywords as one may have.
    #[error("an account has at most {0} keywords")]
    TooManyKeywords(usize),

    /// The account has as many mailboxes as one may have.
    #[error("an account has at most {0} mailboxes")]
    TooManyMailboxes(usize),

    /// The model does not allow it; the text says what and why.
    #[error("{0}")]
    Forbidden(&'static str),

    /// Mail is larger than any account can take.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// The most that is taken.
        limit: u64,
    },

    /// Our fault, never the user's: the cause goes to the log, not to the client.
    #[error("the mail store failed")]
    Engine(#[from] engine::Error),

    /// Other writers were faster again and again.
    #[error("the account is written to by others without a pause")]
    Contended,
}

impl Error {
    /// Whether the same request may succeed later without anybody changing it.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Error::Engine(_) | Error::Contended | Error::OverQuota { .. })
    }
}
