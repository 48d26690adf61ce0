//! A conversation with the next hop: made, kept for the next mail, ended.
//!
//! TLS is opportunistic (RFC 7435): STARTTLS where it is offered, with any
//! certificate; where its handshake fails, the mail goes in clear rather than
//! not at all.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{Clock, Timestamp};
use net::{ClientTls, Connection, server_name};
use queue::{Enhanced, Reply};
use smtp::client::{Client, Error, Protocol, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::config::{Config, Smarthost, SmarthostTls};
use crate::route::Hop;

/// How long a conversation waits for another mail.
const IDLE: Duration = Duration::from_secs(5);
/// How long to wait for one's turn with a server that is busy with other mail.
const TURN: Duration = Duration::from_secs(60);
/// For so many seconds a server that could not be reached is not asked again
/// (RFC 5321 §4.5.4.1 wants such a list); less than the shortest retry.
const DOWN_SECONDS: i64 = 50;
/// From so many servers on, those that are not in use are forgotten.
const REMEMBERED: usize = 1000;

/// Why a hop did not take the conversation.
#[derive(Debug)]
pub(crate) struct Unreached {
    /// What to say of it.
    pub(crate) reply: Reply,
    /// It said that it takes no mail at all, now or later.
    pub(crate) permanent: bool,
}

/// Conversations by the address they are with.
pub(crate) struct Sessions {
    hostname: String,
    config: Config,
    clock: Clock,
    any_certificate: ClientTls,
    verified: ClientTls,
    known: Mutex<HashMap<SocketAddr, Peer>>,
}

struct Peer {
    limit: Arc<Semaphore>,
    idle: Vec<(Client, Instant)>,
    down_until: Timestamp,
}

/// An open conversation; the permit counts it among those with its server.
pub(crate) struct Session {
    pub(crate) client: Client,
    /// It has carried a mail already, so it may have gone stale.
    pub(crate) used: bool,
    peer: SocketAddr,
    _permit: OwnedSemaphorePermit,
}

impl Sessions {
    pub(crate) fn new(
        hostname: &str,
        config: &Config,
        clock: Clock,
        verified: ClientTls,
    ) -> Result<Sessions, net::TlsError> {
        Ok(Sessions {
            hostname: hostname.to_owned(),
            config: config.clone(),
            clock,
            any_certificate: ClientTls::opportunistic()?,
            verified,
            known: Mutex::default(),
        })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<SocketAddr, Peer>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Servers that could not be reached are tried again.
    pub(crate) fn forget_down(&self) {
        self.known().values_mut().for_each(|peer| peer.down_until = Timestamp(i64::MIN));
    }

    /// Looks at what is known of `peer`.
    fn with<T>(&self, peer: SocketAddr, look: impl FnOnce(&mut Peer) -> T) -> T {
        let mut known = self.known();
        if known.len() >= REMEMBERED && !known.contains_key(&peer) {
            let now = self.clock.now();
            let in_use = |p: &Peer| Arc::strong_count(&p.limit) > 1 || !p.idle.is_empty();
            known.retain(|_, p| in_use(p) || p.down_until > now);
        }
        look(known.entry(peer).or_insert_with(|| Peer {
            limit: Arc::new(Semaphore::new(self.config.max_connections_per_host.max(1))),
            idle: Vec::new(),
            down_until: Timestamp(i64::MIN),
        }))
    }

    /// A conversation with `hop` at `ip`, kept or new. Waits for its turn
    /// where there are as many as there may be.
    pub(crate) async fn open(
        &self,
        hop: &Hop,
        ip: IpAddr,
        fresh: bool,
    ) -> Result<Session, Unreached> {
        let peer = SocketAddr::new(ip, hop.port);
        let limit = self.with(peer, |p| p.limit.clone());
        // Who waits here keeps others from being sent, so not for long.
        let busy = || unreached(hop, "too many conversations with it are going on");
        let permit = match timeout(TURN, limit.acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) | Err(_) => return Err(busy()),
        };
        let session = |client, used| Session { client, used, peer, _permit: permit };
        if !fresh && let Some(client) = self.take_idle(peer) {
            return Ok(session(client, true));
        }
        let now = self.clock.now();
        if self.with(peer, |p| p.down_until) > now {
            return Err(unreached(hop, "the server could not be reached a moment ago"));
        }
        let opened = self.greet(hop, peer).await;
        if let Err(Failure::Connect(_)) = &opened {
            self.with(peer, |p| p.down_until = now.plus(DOWN_SECONDS));
        }
        match opened {
            Ok(client) => Ok(session(client, false)),
            Err(failure) => Err(self.explain(hop, failure)),
        }
    }

    fn take_idle(&self, peer: SocketAddr) -> Option<Client> {
        self.with(peer, |p| {
            let young =
                |(client, since): (Client, Instant)| (since.elapsed() < IDLE).then_some(client);
            p.idle.pop().and_then(young)
        })
    }

    /// Keeps a conversation for another mail to the same server, for a while.
    pub(crate) fn keep(self: &Arc<Self>, session: Session) {
        let Session { client, peer, .. } = session;
        self.with(peer, |p| p.idle.push((client, Instant::now())));
        let sessions = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(IDLE).await;
            for client in sessions.take_old(peer) {
                client.quit().await;
            }
        });
    }

    fn take_old(&self, peer: SocketAddr) -> Vec<Client> {
        self.with(peer, |p| {
            let all = std::mem::take(&mut p.idle);
            let (old, young): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|(_, since)| since.elapsed() >= IDLE);
            p.idle = young;
            old.into_iter().map(|(client, _)| client).collect()
        })
    }

    /// Ends what is idle, at the end of the server.
    pub(crate) async fn close(&self) {
        let idle: Vec<Client> = {
            let mut known = self.known();
            known.values_mut().flat_map(|p| p.idle.drain(..)).map(|(client, _)| client).collect()
        };
        futures_util::future::join_all(idle.into_iter().map(Client::quit)).await;
    }

    fn smarthost(&self, hop: &Hop) -> Option<&Smarthost> {
        let smarthost = self.config.smarthost.as_ref()?;
        (smarthost.host == hop.host && smarthost.port == hop.port).then_some(smarthost)
    }

    async fn greet(&self, hop: &Hop, peer: SocketAddr) -> Result<Client, Failure> {
        match self.smarthost(hop) {
            Some(smarthost) => self.greet_smarthost(smarthost, peer).await,
            None => self.greet_opportunistically(&hop.host, peer).await,
        }
    }

    async fn connect(&self, peer: SocketAddr) -> Result<Connection, Failure> {
        let patience = Duration::from_secs(self.config.connect_seconds);
        let stream = net::connect(peer, patience).await.map_err(Failure::Connect)?;
        Ok(Connection::plain(stream, peer))
    }

    async fn hello(&self, connection: Connection) -> Result<Client, Failure> {
        let timeouts = self.config.timeouts();
        let client = Client::greet(connection, Protocol::Smtp, &self.hostname, timeouts).await;
        client.map_err(Failure::Talk)
    }

    async fn greet_opportunistically(
        &self,
        host: &str,
        peer: SocketAddr,
    ) -> Result<Client, Failure> {
        let mut client = self.hello(self.connect(peer).await?).await?;
        if !client.capabilities().starttls {
            return Ok(client);
        }
        let Some(name) = server_name(host) else { return Ok(client) };
        match client.start_tls(&self.any_certificate, name).await {
            // Refused: the conversation still stands, in clear.
            Ok(()) | Err(Error::Refused(_) | Error::NotOffered(_)) => Ok(client),
            Err(error) => {
                tracing::info!(%peer, %error, "TLS failed, the mail goes in clear");
                self.hello(self.connect(peer).await?).await
            }
        }
    }

    async fn greet_smarthost(
        &self,
        smarthost: &Smarthost,
        peer: SocketAddr,
    ) -> Result<Client, Failure> {
        if smarthost.tls == SmarthostTls::Opportunistic {
            return self.greet_opportunistically(&smarthost.host, peer).await;
        }
        let bad_name = Error::NotOffered("TLS for a host of this name");
        let name = server_name(&smarthost.host).ok_or(Failure::Talk(bad_name))?;
        let mut connection = self.connect(peer).await?;
        if smarthost.tls == SmarthostTls::Implicit {
            let begun = connection.start_tls_as_client(&self.verified, name.clone()).await;
            begun.map_err(|e| Failure::Talk(Error::Io(e)))?;
        }
        let mut client = self.hello(connection).await?;
        if smarthost.tls == SmarthostTls::Starttls {
            client.start_tls(&self.verified, name).await.map_err(Failure::Talk)?;
        }
        if let (Some(user), Some(password)) = (&smarthost.user, &smarthost.password) {
            client.auth_plain(user, password).await.map_err(Failure::Talk)?;
        }
        Ok(client)
    }

    fn explain(&self, hop: &Hop, failure: Failure) -> Unreached {
        match failure {
            Failure::Connect(error) => unreached(hop, &error.to_string()),
            Failure::Talk(error) => {
                let mut unreached = broken(hop, &error);
                // What our own smarthost refuses is a matter of settings that
                // can be mended while the mail waits.
                unreached.permanent &= self.smarthost(hop).is_none();
                unreached
            }
        }
    }
}

enum Failure {
    /// No connection.
    Connect(std::io::Error),
    /// A connection, and nothing more.
    Talk(Error),
}

fn unreached(hop: &Hop, why: &str) -> Unreached {
    let text = format!("no connection to {}: {why}", hop.host);
    Unreached { reply: Reply::ours(Enhanced(4, 4, 1), &text), permanent: false }
}

/// What a conversation that broke says about the mail.
pub(crate) fn broken(hop: &Hop, error: &Error) -> Unreached {
    match error {
        Error::Refused(response) => {
            Unreached { reply: reply_of(hop, response), permanent: response.is_permanent() }
        }
        other => {
            let text = format!("the conversation with {} failed: {other}", hop.host);
            Unreached { reply: Reply::ours(Enhanced(4, 4, 2), &text), permanent: false }
        }
    }
}

/// What `hop` answered, as the record keeps it.
pub(crate) fn reply_of(hop: &Hop, response: &Response) -> Reply {
    let enhanced = response.enhanced.map(|e| Enhanced(e.0, e.1, e.2));
    Reply::new(response.code, enhanced, &response.text(), Some(hop.host.clone()))
}
