//! The mail model: messages, mailboxes, placements, conversations; the one
//! place where mail is written.
//!
//! A message is kept once in its account, with its marks; a mailbox (a label)
//! holds placements of messages, each with a UID. Everything that follows
//! from a change (All Mail, the exclusion of Spam and Trash, counters,
//! MODSEQs, what was expunged) is done by the [`Tx`] in which it happens, for
//! every protocol alike. The model is that of RFC 8621 and of Gmail, told in
//! the terms of RFC 3501, 4315, 6851, 7162 and 8474.
//!
//! What a message undergoes before it is written is `delivery`'s; who exists
//! is `directory`'s; where bytes lie is `engine`'s.

mod account;
mod conversation;
mod delta;
mod error;
mod keywords;
mod latest;
mod load;
mod new_message;
mod record;
mod rows;
mod rules;
mod state;
mod store;
mod tx;

pub use account::{Account, Changes};
pub use error::Error;
pub use keywords::Keywords;
pub use new_message::NewMessage;
pub use record::Record;
pub use rules::{OnExpunge, OnPopDelete, Policy, Rules};
pub use state::{ConversationRow, Entries, Entry, Head, Mailbox, Message, State, Usage, Vanished};
pub use store::{Config, Mailstore};
pub use tx::{Appended, Copied, FlagChange, FlagMode, Stored, Tx};
