//! POP3 (RFC 1939): the inbox as a maildrop, for programs that fetch mail.
//!
//! With CAPA and response codes (RFC 2449, RFC 3206), STLS (RFC 2595), AUTH
//! (RFC 1734, RFC 5034) and UTF8 (RFC 6856). A command is a file under
//! `command/`, from its grammar to its answer; `session` does once what all of
//! them need.
//!
//! The maildrop is what lies in INBOX at the time of login. DELE takes a
//! message out of it at QUIT, by the account's choice in the mail store: as a
//! rule it stays in All Mail and the webmail. RETR does not mark a message as
//! read: a program that leaves mail on the server fetches it long before
//! somebody reads it, and the webmail and IMAP should still show it as new.
//!
//! Left out: APOP, which needs the password in clear on the server, and LANG.

mod command;
mod config;
mod downgrade;
mod maildrop;
mod parse;
mod response;
mod server;
mod session;
#[cfg(test)]
mod stories;
mod stuffing;
#[cfg(test)]
mod testing;

pub use config::Config;
pub use parse::fuzz_command;
pub use server::{Door, Pop3, Services};
