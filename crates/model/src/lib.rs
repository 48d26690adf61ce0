//! The words everybody uses: addresses, UIDs, flags, mailbox names.
//!
//! Types here carry a meaning and its rules of form, so that two numbers
//! cannot be exchanged and a text that was checked once stays checked. They
//! know nothing of storage, protocols or people; forms are those of RFC 5321
//! §4.1.2 (addresses), RFC 3501 §2.3 (message attributes) and RFC 6154
//! (special use).

mod address;
mod clock;
mod flags;
mod ids;
mod mailbox_name;
mod ranges;
mod role;
mod secret;

pub use address::{Address, AddressError, domain_to_ascii};
pub use clock::{Clock, Timestamp};
pub use flags::{Flags, Keyword, KeywordError};
pub use ids::{AccountId, ConversationId, MailboxId, MessageNumber, ModSeq, Uid, UidValidity};
pub use mailbox_name::{MailboxName, MailboxNameError};
pub use ranges::Ranges;
pub use role::Role;
pub use secret::Secret;
