//! Reading what clients write: the formal syntax of RFC 3501 §9.
//!
//! A command is collected whole (its literals included) before it is parsed,
//! so parsers work on one slice of bytes, take no input and cannot block.

pub(crate) mod date;
mod flags;
mod mailbox;
mod parser;
mod sequence_set;
pub(crate) mod utf7;

pub(crate) use flags::FlagArgs;
pub(crate) use mailbox::{MailboxArg, decode as mailbox_text};
pub(crate) use parser::{LiteralHead, ParseError, Parser, literal_at_end};
pub(crate) use sequence_set::SequenceSet;
