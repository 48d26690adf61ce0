//! IMAP4rev1: reading mail on ports 143 and 993.
//!
//! The protocol is RFC 3501. Offered beside it: LITERAL+ (RFC 7888), SASL-IR
//! (RFC 4959), ID (RFC 2971), ENABLE (RFC 5161), IDLE (RFC 2177), NAMESPACE
//! (RFC 2342), UIDPLUS (RFC 4315), MOVE (RFC 6851), SPECIAL-USE and
//! CREATE-SPECIAL-USE (RFC 6154), UNSELECT (RFC 3691), CHILDREN (RFC 3348),
//! CONDSTORE and QRESYNC (RFC 7162), ESEARCH (RFC 4731), LIST-EXTENDED (RFC 5258),
//! LIST-STATUS (RFC 5819), STATUS=SIZE (RFC 8438), APPENDLIMIT (RFC 7889),
//! SAVEDATE (RFC 8514), WITHIN (RFC 5032) and UTF8=ACCEPT (RFC 6855), with the response codes
//! of RFC 5530 and the manners of RFC 2180 where sessions share a mailbox.
//!
//! A session keeps only its own view of the selected mailbox and compares it
//! with the mail store's state when it may tell the client of changes. How
//! mail is kept, what becomes of it when it is moved or expunged, and who may
//! log in is left to `mailstore` and `directory`.

mod answer;
mod capability;
mod command;
mod config;
mod encode;
mod fuzz;
mod grammar;
mod input;
mod listing;
mod plain_fetch;
mod resync;
mod selected;
mod service;
mod session;
mod sets;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod two_sessions;
mod view;

pub use config::Config;
pub use fuzz::fuzz_command;
pub use service::Service;
