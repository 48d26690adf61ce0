//! Numbers that must not be mistaken for one another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// An account of the store: the unit of consistency and of placement.
    ///
    /// Numbers below [`AccountId::FIRST_PERSON`] are server-wide tables.
    AccountId(u64)
}
number! {
    /// A message within its account. Never used twice, so it serves as UIDL
    /// (RFC 1939 §7) and as EMAILID.
    MessageNumber(u64)
}
number! {
    /// A message within a mailbox (RFC 3501 §2.3.1.1); zero is never given.
    Uid(u32)
}
number! {
    /// UIDVALIDITY of a mailbox (RFC 3501 §2.3.1.1), ascending in its account.
    UidValidity(u32)
}
number! {
    /// A mod-sequence (RFC 7162 §3.1): the state of the account after a commit.
    ModSeq(u64)
}
number! {
    /// A mailbox within its account; survives renaming.
    MailboxId(u32)
}
number! {
    /// A conversation within its account: the number of its first message.
    ConversationId(u64)
}

impl AccountId {
    /// Domains, accounts, aliases.
    pub const DIRECTORY: AccountId = AccountId(1);
    /// Mail that waits although nobody here sent it.
    pub const MAILER: AccountId = AccountId(2);
    /// The first account that belongs to a person.
    pub const FIRST_PERSON: AccountId = AccountId(1000);
}

impl Uid {
    /// The greatest UID there can be.
    pub const MAX: Uid = Uid(u32::MAX);
}
