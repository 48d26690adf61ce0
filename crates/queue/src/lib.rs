//! Mail that waits to be sent: durable records, due times, results.
//!
//! A record ([`Queued`]) lives in its sender's account beside the message it
//! sends, written in the same commit; mail nobody here sent (DSNs to outside,
//! what a delivery could not finish) lives the same way in
//! [`model::AccountId::MAILER`]. The list of all waiting mail is an index in
//! memory, rebuilt from these at every start.
//!
//! Envelope parameters are those of RFC 3461 (NOTIFY, ORCPT, RET, ENVID), the
//! schedule follows RFC 5321 §4.5.4.1. `queue` never opens a socket: finding
//! the route and speaking SMTP is the work of `relay`.

mod id;
mod index;
mod notify;
mod queue;
mod record;
mod round;
mod rows;
mod schedule;
mod transition;
pub mod xtext;

pub use id::{QueueId, QueueIdError};
pub use notify::{Notify, Orcpt, ParameterError, Ret};
pub use queue::{Queue, QueueError};
pub use record::{Enhanced, MAX_REPLY_TEXT, Queued, Recipient, Reply, State, Status};
pub use round::{Notices, Outcome, Results};
pub use rows::{TABLE, from_pieces, from_rows, key, to_rows};
pub use schedule::Config;
pub use transition::{Started, abandon, discard, get, leave_outbox, record, start, submit, told};
