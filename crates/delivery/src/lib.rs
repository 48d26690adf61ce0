//! What a message undergoes: arrival and submission, told top to bottom.
//!
//! SMTP, LMTP, the webmail and the relay bring messages here and translate
//! the answers; what is decided, is decided in [`Delivery::receive`] and
//! [`Delivery::submit`] (RFC 5321 §4.4, RFC 6409 §6 and §8). How a message is
//! kept is `mailstore`'s, who exists is `directory`'s, what waits to be sent
//! is `queue`'s.

mod config;
mod header;
mod receive;
mod refusal;
mod submit;

use std::sync::Arc;

use directory::Directory;
use mailstore::Mailstore;
use queue::Queue;

pub use config::Config;
pub use header::Trace;
pub use receive::Arrival;
pub use refusal::{Reason, Refusal};
pub use submit::{Submission, Submitted};

/// Arrival and submission. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Delivery {
    inner: Arc<Inner>,
}

struct Inner {
    directory: Directory,
    mailstore: Mailstore,
    queue: Queue,
    hostname: String,
    config: Config,
}

impl Delivery {
    /// `hostname` stands in the Received fields and Message-IDs it writes.
    pub fn new(
        directory: Directory,
        mailstore: Mailstore,
        queue: Queue,
        hostname: impl Into<String>,
        config: Config,
    ) -> Delivery {
        let hostname = hostname.into();
        Delivery { inner: Arc::new(Inner { directory, mailstore, queue, hostname, config }) }
    }

    /// The name this server goes by.
    pub fn hostname(&self) -> &str {
        &self.inner.hostname
    }

    /// Whether there is room for mail: not when less of the disk is free than
    /// [`Config::min_free_percent`] (RFC 5321 §4.3.5.2 reply 452 to MAIL).
    pub fn accepts_mail(&self) -> Result<(), Refusal> {
        let Some(space) = self.inner.mailstore.space() else { return Ok(()) };
        let needed = space.total / 100 * u64::from(self.inner.config.min_free_percent);
        if space.free < needed { Err(Refusal::disk_full()) } else { Ok(()) }
    }
}
