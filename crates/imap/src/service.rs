//! What all sessions share, and how a session begins.

use std::sync::Arc;

use directory::Directory;
use mailstore::Mailstore;
use net::{Connection, Shutdown, Tls, Trusted};

use crate::config::Config;
use crate::session::Session;

/// The IMAP server: what sessions need of the rest of the house.
#[derive(Clone)]
pub struct Service {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) directory: Directory,
    pub(crate) mailstore: Mailstore,
    pub(crate) tls: Option<Tls>,
    pub(crate) trusted: Trusted,
    pub(crate) shutdown: Shutdown,
}

impl Service {
    /// `tls` is offered by STARTTLS; without it, or TLS from the first byte, a
    /// password is taken only from networks in `plaintext_auth_from`.
    pub fn new(
        config: Config,
        directory: Directory,
        mailstore: Mailstore,
        tls: Option<Tls>,
        plaintext_auth_from: Trusted,
        shutdown: Shutdown,
    ) -> Service {
        let trusted = plaintext_auth_from;
        Service {
            shared: Arc::new(Shared { config, directory, mailstore, tls, trusted, shutdown }),
        }
    }

    /// Serves one connection, from the greeting to its end.
    pub async fn serve(&self, connection: Connection) {
        Session::new(self.shared.clone(), connection).run().await;
    }
}
