//! SMTP: mail exchange on port 25, submission on 465 and 587, LMTP, and the client side.
//!
//! The server (RFC 5321, RFC 6409, RFC 2033) knows how mail is handed over and
//! nothing of what becomes of it: recipients are judged by `directory`, messages
//! by `delivery`, behind the one door in `door.rs`. Extensions: PIPELINING
//! (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), CHUNKING
//! (RFC 3030), ENHANCEDSTATUSCODES (RFC 2034), STARTTLS (RFC 3207), and in
//! submission DSN (RFC 3461) and AUTH (RFC 4954).
//!
//! [`client`] is the other side, used by `relay`; routes and retries are left to it.

mod budget;
pub mod client;
mod command;
mod config;
mod content;
mod door;
mod fuzz;
mod params;
mod path;
mod reply;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod transaction;

pub use config::Config;
pub use fuzz::{fuzz_command, fuzz_content, fuzz_response};
pub use server::{Role, Server, Services};
