//! What all pages share.

use std::sync::Arc;

use delivery::Delivery;
use directory::Directory;
use jiff::tz::TimeZone;
use mailstore::Mailstore;
use model::Clock;

use crate::flash::Flashes;

/// The webmail behind one listener. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    pub(crate) shared: Arc<Shared>,
    pub(crate) door: Door,
}

/// What all doors share; private to this crate in all but name.
pub struct Shared {
    pub(crate) directory: Directory,
    pub(crate) mailstore: Mailstore,
    pub(crate) delivery: Delivery,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) flashes: Flashes,
    pub(crate) zone: TimeZone,
}

/// How people come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// HTTPS.
    Tls,
    /// HTTP that sends everybody to HTTPS.
    Redirect,
    /// HTTP over which a password may be typed: loopback, or a trusted
    /// network. Nothing else may make this choice than the administrator.
    Plain,
}

/// What the pages must know of the server.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name people type; plain HTTP is sent to HTTPS under this name.
    pub hostname: String,
    /// The port of HTTPS, where it is not 443.
    pub https_port: u16,
    /// The largest message that can be sent, attachments encoded. Default: 50 MiB.
    pub max_message_bytes: u64,
    /// For how long a message waits before it leaves, in seconds, so that its
    /// sender may think again. Default: 10.
    pub undo_seconds: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            hostname: "localhost".to_owned(),
            https_port: 443,
            max_message_bytes: 50 << 20,
            undo_seconds: 10,
        }
    }
}

impl Web {
    /// The webmail over HTTPS; [`Web::at`] gives it other doors.
    pub fn new(
        directory: Directory,
        mailstore: Mailstore,
        delivery: Delivery,
        clock: Clock,
        config: Config,
    ) -> Web {
        let flashes = Flashes::default();
        let zone = TimeZone::system();
        let shared = Shared { directory, mailstore, delivery, clock, config, flashes, zone };
        Web { shared: Arc::new(shared), door: Door::Tls }
    }

    /// The same webmail behind another door; sessions and all are shared.
    pub fn at(&self, door: Door) -> Web {
        Web { shared: Arc::clone(&self.shared), door }
    }
}

#[doc(hidden)]
impl std::ops::Deref for Web {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}
