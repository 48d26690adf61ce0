//! What a mailbox is for: RFC 6154 and our own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The one purpose a mailbox may have. Each account has one mailbox of every
/// role; roles cannot be given to a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// INBOX (RFC 3501 §5.1).
    Inbox,
    /// Every message that is in neither Spam nor Trash (`\All`).
    All,
    /// Messages being written (`\Drafts`).
    Drafts,
    /// Mail that waits for its due time; ours, no RFC names it.
    Outbox,
    /// Mail that was sent (`\Sent`).
    Sent,
    /// What the filter or the user holds for spam (`\Junk`).
    Spam,
    /// What will be deleted (`\Trash`).
    Trash,
}

impl Role {
    /// All of them, in the order a list of mailboxes shows.
    pub const ALL: [Role; 7] =
        [Role::Inbox, Role::Drafts, Role::Outbox, Role::Sent, Role::All, Role::Spam, Role::Trash];

    /// The SPECIAL-USE attribute (RFC 6154 §2), where there is one.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Role::Inbox | Role::Outbox => None,
            Role::All => Some("\\All"),
            Role::Drafts => Some("\\Drafts"),
            Role::Sent => Some("\\Sent"),
            Role::Spam => Some("\\Junk"),
            Role::Trash => Some("\\Trash"),
        }
    }

    /// The name a new account's mailbox of this role gets.
    pub fn default_name(self) -> &'static str {
        match self {
            Role::Inbox => "INBOX",
            Role::All => "All Mail",
            Role::Drafts => "Drafts",
            Role::Outbox => "Outbox",
            Role::Sent => "Sent",
            Role::Spam => "Spam",
            Role::Trash => "Trash",
        }
    }

    /// Spam and Trash: a message here is in no other mailbox.
    pub fn is_exclusive(self) -> bool {
        matches!(self, Role::Spam | Role::Trash)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.default_name())
    }
}
