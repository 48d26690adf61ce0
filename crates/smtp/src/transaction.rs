//! A mail transaction: RFC 5321 §3.3. It begins with MAIL and ends with the
//! message, RSET, EHLO or the connection.

use model::Address;
use queue::{Recipient, Ret};

use crate::content::Content;

/// What MAIL and RCPT have gathered.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// `None` is the null reverse-path `<>`.
    pub(crate) reverse_path: Option<Address>,
    pub(crate) declared_size: Option<u64>,
    pub(crate) smtputf8: bool,
    pub(crate) ret: Option<Ret>,
    pub(crate) envid: Option<String>,
    /// Those accepted, in the order of RCPT; LMTP answers in this order.
    pub(crate) recipients: Vec<Recipient>,
    /// What BDAT has brought so far.
    pub(crate) chunks: Chunks,
}

/// The state of BDAT in a transaction (RFC 3030 §2).
#[derive(Debug, Default)]
pub(crate) enum Chunks {
    #[default]
    None,
    Open(Content),
    /// A chunk was refused; those already on their way are thrown away.
    Failed,
}
