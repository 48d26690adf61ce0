//! Writing what servers say: the formal syntax of RFC 3501 §9.
//!
//! Everything is written straight into the buffer that goes to the client.

mod body_structure;
mod envelope;
mod flags;
mod text;

pub(crate) use body_structure::{body, body_structure};
pub(crate) use envelope::envelope;
pub(crate) use flags::{entry_flags, flag_list, permanent_flags};
pub(crate) use text::{Strings, astring, mailbox, number, quoted};
