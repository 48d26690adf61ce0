//! The server: what its sessions share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use directory::Directory;
use mailstore::Mailstore;
use net::{Connection, Shutdown, Tls, Trusted};
use tokio::net::{TcpListener, TcpStream};
use tracing::Instrument;

use crate::Config;
use crate::maildrop::Locks;
use crate::session::Session;

/// What a POP3 server works with.
#[derive(Clone)]
pub struct Services {
    /// Who may log in.
    pub directory: Directory,
    /// Where the mail is.
    pub mailstore: Mailstore,
    /// For STLS and port 995.
    pub tls: Tls,
    /// From where a password may come without TLS.
    pub plaintext_auth_from: Trusted,
    /// `[pop3]`
    pub config: Config,
    /// When to stop.
    pub shutdown: Shutdown,
}

/// How a connection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Port 110: in clear, until STLS.
    Plain,
    /// Port 995: in TLS (RFC 8314 §3.3).
    Tls,
}

/// A POP3 server. Clones are the same: they share which maildrops are open.
#[derive(Clone)]
pub struct Pop3 {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) services: Services,
    pub(crate) locks: Locks,
    sessions: AtomicU64,
}

impl Pop3 {
    /// A server with no session yet.
    pub fn new(services: Services) -> Pop3 {
        let (locks, sessions) = (Locks::default(), AtomicU64::new(0));
        Pop3 { inner: Arc::new(Inner { services, locks, sessions }) }
    }

    /// Accepts connections until shutdown.
    pub async fn serve(&self, listener: TcpListener, door: Door) {
        let services = &self.inner.services;
        let (limits, shutdown) = (services.config.connections, services.shutdown.clone());
        let refusal = match door {
            Door::Plain => &b"-ERR [SYS/TEMP] too many connections, try again later\r\n"[..],
            Door::Tls => b"",
        };
        let handler = |stream, peer| self.clone().accept(stream, peer, door);
        net::serve_or_refuse(listener, limits, refusal, shutdown, handler).await;
    }

    async fn accept(self, stream: TcpStream, peer: SocketAddr, door: Door) {
        let connection = match door {
            Door::Plain => Connection::plain(stream, peer),
            Door::Tls => match Connection::tls(stream, peer, &self.inner.services.tls).await {
                Ok(connection) => connection,
                Err(error) => {
                    tracing::debug!(%peer, %error, "POP3: no TLS");
                    return;
                }
            },
        };
        self.session(connection).await;
    }

    /// Holds one session over a connection, from the greeting to its end.
    pub async fn session(&self, connection: Connection) {
        let id = self.inner.sessions.fetch_add(1, Ordering::Relaxed) + 1;
        let span = tracing::info_span!("pop3", session = id, peer = %connection.peer());
        let session = Session::new(self.inner.clone(), connection, id);
        // A session is a large future, and there are many.
        Box::pin(session.run()).instrument(span).await;
    }
}
