//! The server: what all conversations share.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use delivery::Delivery;
use directory::Directory;
use model::Clock;
use net::{Connection, Shutdown, Tls, Trusted};
use tokio::net::{TcpListener, UnixListener};
use tracing::debug;

use crate::budget::Budget;
use crate::config::Config;
use crate::door::Door;
use crate::session::Session;

/// What a port is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Mail from everywhere for people here: port 25.
    Mx,
    /// Mail from people here for everywhere: ports 587 and 465 (RFC 6409, RFC 8314).
    Submission,
    /// Mail from an MTA beside us (RFC 2033).
    Lmtp,
}

/// What the server needs of the rest of the house.
pub struct Services {
    /// The name it greets with.
    pub hostname: String,
    /// `None` offers no STARTTLS, and so no AUTH but from trusted networks.
    pub tls: Option<Tls>,
    /// Whence a password may come without TLS.
    pub plaintext_auth_from: Trusted,
    /// What becomes of messages.
    pub delivery: Delivery,
    /// Who may submit.
    pub directory: Directory,
    /// The time, for the ids of messages.
    pub clock: Clock,
    /// Ends all conversations.
    pub shutdown: Shutdown,
}

/// The SMTP server; clones are the same one.
#[derive(Clone)]
pub struct Server(Arc<Shared>);

/// What sessions look at.
pub struct Shared {
    pub(crate) config: Config,
    pub(crate) hostname: String,
    pub(crate) tls: Option<Tls>,
    pub(crate) plaintext_auth_from: Trusted,
    pub(crate) shutdown: Shutdown,
    pub(crate) door: Door,
    pub(crate) budget: Budget,
    clock: Clock,
    messages: AtomicU64,
}

impl Deref for Server {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("hostname", &self.hostname).finish_non_exhaustive()
    }
}

impl Server {
    /// With what it needs; it does nothing until it is given ports.
    pub fn new(config: Config, services: Services) -> Server {
        Server(Arc::new(Shared {
            budget: Budget::new(config.max_bytes_in_flight),
            config,
            hostname: services.hostname,
            tls: services.tls,
            plaintext_auth_from: services.plaintext_auth_from,
            shutdown: services.shutdown,
            door: Door::House { delivery: services.delivery, directory: services.directory },
            clock: services.clock,
            messages: AtomicU64::new(0),
        }))
    }

    /// With a fake house, for tests.
    #[cfg(test)]
    pub(crate) fn with_fake(
        config: Config,
        fake: crate::door::fake::Fake,
        tls: Option<Tls>,
        plaintext_auth_from: Trusted,
        shutdown: Shutdown,
    ) -> Server {
        Server(Arc::new(Shared {
            budget: Budget::new(config.max_bytes_in_flight),
            config,
            hostname: "foo.com".into(),
            tls,
            plaintext_auth_from,
            shutdown,
            door: Door::Fake(fake),
            clock: Clock::manual(0x1234),
            messages: AtomicU64::new(0),
        }))
    }

    /// Serves a port that begins in clear, until shutdown.
    pub async fn serve(&self, listener: TcpListener, role: Role) {
        let server = self.clone();
        net::serve_or_refuse(
            listener,
            self.config.connections,
            b"421 4.7.0 Too many connections; try again in a minute\r\n",
            self.shutdown.clone(),
            move |stream, peer| {
                let server = server.clone();
                async move { server.session(Connection::plain(stream, peer), role).await }
            },
        )
        .await;
    }

    /// Serves a port that begins with TLS, such as 465 (RFC 8314 §3.3), until shutdown.
    pub async fn serve_tls(&self, listener: TcpListener, role: Role, tls: Tls) {
        let server = self.clone();
        net::serve(
            listener,
            self.config.connections,
            self.shutdown.clone(),
            move |stream, peer| {
                let (server, tls) = (server.clone(), tls.clone());
                async move {
                    match Connection::tls(stream, peer, &tls).await {
                        Ok(connection) => server.session(connection, role).await,
                        Err(cause) => debug!(%peer, %cause, "no TLS"),
                    }
                }
            },
        )
        .await;
    }

    /// Serves a Unix socket, where LMTP likes to be (RFC 2033 §3), until shutdown. Its
    /// clients count as coming from the machine itself.
    pub async fn serve_unix(&self, listener: UnixListener, role: Role) {
        let server = self.clone();
        net::serve_unix(
            listener,
            self.config.connections,
            self.shutdown.clone(),
            move |stream, peer| {
                let server = server.clone();
                async move { server.session(Connection::plain(stream, peer), role).await }
            },
        )
        .await;
    }

    /// Speaks with one client to the end.
    pub async fn session(&self, connection: Connection, role: Role) {
        Session::new(self.clone(), connection, role).run().await;
    }

    /// Names one message in the log, in `Received` and towards its sender. Seconds
    /// and a counter: not unique for ever, but within any log one looks through.
    pub(crate) fn next_id(&self) -> String {
        let number = self.messages.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", self.clock.now().0)
    }
}
