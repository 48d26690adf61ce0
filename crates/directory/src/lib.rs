//! Who exists here: domains, accounts, aliases, passwords, quotas.
//!
//! Everything is kept as rows of one account of the engine, and whole in
//! memory: looking up costs no I/O, each change is one durable commit. Here
//! stands what an address means (subaddresses of RFC 5233, `postmaster` of
//! RFC 5321 §4.5.1), who may log in (Argon2id, RFC 9106; app passwords; the
//! slowing down of guesses), and the SASL exchanges that SMTP, IMAP and POP3
//! share (PLAIN, RFC 4616).
//!
//! Left to others: mail itself (`mailstore`), the words shown to people
//! (`locale`), sessions of the web (`web`).

mod accounts;
mod aliases;
mod app_passwords;
mod config;
mod domains;
mod error;
mod info;
mod login;
mod password;
mod resolve;
mod rows;
pub mod sasl;
mod settings;
mod size;
mod state;
mod store;
mod throttle;

pub use app_passwords::AppPassword;
pub use config::{Config, PasswordConfig, QuotaConfig};
pub use error::Error;
pub use info::{AccountInfo, Alias, Domain, FileSent, OnExpunge, OnPopDelete, Protocol, Quota};
pub use login::{Login, LoginError};
pub use resolve::{LocalRecipient, Resolution};
pub use rows::AppPasswordId;
pub use size::{Size, SizeError};
pub use store::Directory;
