//! Accepting connections, and making them.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::{JoinError, JoinSet};
use tokio::time;
use tracing::{debug, error, warn};

use crate::limits::{Gate, Limits};
use crate::shutdown::Shutdown;

/// Sessions still speaking this long after shutdown began are cut off.
const GRACE: Duration = Duration::from_secs(20);

/// Listens on `address`. An IPv6 address takes IPv6 only, so that `0.0.0.0` and
/// `::` can stand in one list.
///
/// Fails with an error that names the address, above all where the port is taken
/// or needs a privilege.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let attempt = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A restart must not wait for connections of the last run to fade.
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(1024)?;
        TcpListener::from_std(socket.into())
    };
    attempt().map_err(|e| io::Error::new(e.kind(), format!("cannot listen on {address}: {e}")))
}

/// Connects to `address` within `timeout`; small writes are sent at once.
pub async fn connect(address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let stream = time::timeout(timeout, TcpStream::connect(address))
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no answer to the connection"))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Accepts connections within `limits` and runs `handler` on each, until `shutdown`;
/// then returns when the sessions have ended, at the latest after a grace of 20 s.
/// Connections beyond the limits are closed without a word.
pub async fn serve<H, F>(listener: TcpListener, limits: Limits, shutdown: Shutdown, handler: H)
where
    H: Fn(TcpStream, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    serve_or_refuse(listener, limits, b"", shutdown, handler).await;
}

/// As [`serve`]; connections beyond the limits are told `refusal`, a whole line of
/// the protocol, before they are closed.
pub async fn serve_or_refuse<H, F>(
    listener: TcpListener,
    limits: Limits,
    refusal: &'static [u8],
    shutdown: Shutdown,
    handler: H,
) where
    H: Fn(TcpStream, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    accept_all(listener, limits, refusal, shutdown, handler).await;
}

/// As [`serve`], on a Unix socket; the peer counts as 127.0.0.1.
pub async fn serve_unix<H, F>(
    listener: UnixListener,
    limits: Limits,
    shutdown: Shutdown,
    handler: H,
) where
    H: Fn(UnixStream, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    accept_all(listener, limits, b"", shutdown, handler).await;
}

/// A socket that connections come from.
trait Listener {
    type Stream: AsyncWrite + Unpin + Send;
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = TcpListener::accept(self).await?;
        let _ = stream.set_nodelay(true);
        Ok((stream, peer))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (stream, _) = UnixListener::accept(self).await?;
        Ok((stream, SocketAddr::from(([127, 0, 0, 1], 0))))
    }
}

async fn accept_all<L, H, F>(
    listener: L,
    limits: Limits,
    refusal: &'static [u8],
    shutdown: Shutdown,
    handler: H,
) where
    L: Listener,
    H: Fn(L::Stream, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let gate = Gate::new(limits);
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(ended) = sessions.join_next() => {
                note(ended);
                continue;
            }
            () = shutdown.wait() => break,
        };
        let (mut stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                // Out of file descriptors, mostly: some session will end soon.
                warn!(%cause, "cannot accept a connection");
                time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(pass) = gate.enter(peer.ip()) else {
            debug!(%peer, "too many connections");
            // A fresh socket takes a short line without waiting; if not, so be it.
            let _ = time::timeout(Duration::ZERO, stream.write_all(refusal)).await;
            continue;
        };
        let session = handler(stream, peer);
        sessions.spawn(async move {
            session.await;
            drop(pass);
        });
    }
    drop(listener);
    finish(sessions).await;
}

/// Lets sessions come to their end, for a while.
async fn finish(mut sessions: JoinSet<()>) {
    let all_ended = async {
        while let Some(ended) = sessions.join_next().await {
            note(ended);
        }
    };
    if time::timeout(GRACE, all_ended).await.is_err() {
        warn!(sessions = sessions.len(), "cutting off sessions that outlived the grace");
        sessions.shutdown().await;
    }
}

/// A panic ends its own session only; it is our fault and must be seen.
fn note(ended: Result<(), JoinError>) {
    if let Err(cause) = ended
        && cause.is_panic()
    {
        error!(%cause, "a session panicked");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    fn loopback() -> SocketAddr {
        "127.0.0.1:0".parse().expect("an address")
    }

    #[tokio::test]
    async fn a_busy_port_is_named() {
        let first = bind(loopback()).expect("a port");
        let taken = first.local_addr().expect("an address");
        let error = bind(taken).expect_err("taken");
        assert!(error.to_string().contains(&taken.to_string()), "{error}");
    }

    #[tokio::test]
    async fn sessions_are_limited_refused_and_finished() {
        let listener = bind(loopback()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shutdown = Shutdown::new();
        let limits = Limits { total: 1, per_address: 1 };
        let server = tokio::spawn(serve_or_refuse(
            listener,
            limits,
            b"421 busy\r\n",
            shutdown.clone(),
            |mut stream, _| async move {
                let _ = stream.write_all(b"hello").await;
                let _ = stream.read_u8().await;
                let _ = stream.write_all(b"bye").await;
            },
        ));
        let patience = Duration::from_secs(5);
        let mut first = connect(address, patience).await.expect("connects");
        let mut hello = [0; 5];
        first.read_exact(&mut hello).await.expect("greeted");

        let mut second = connect(address, patience).await.expect("connects");
        let mut said = String::new();
        second.read_to_string(&mut said).await.expect("closed");
        assert_eq!(said, "421 busy\r\n");

        shutdown.begin();
        tokio::task::yield_now().await;
        first.write_all(b"x").await.expect("still served");
        let mut rest = String::new();
        first.read_to_string(&mut rest).await.expect("finished");
        assert_eq!(rest, "bye");
        server.await.expect("ends");
        assert!(connect(address, patience).await.is_err(), "accepts no more");
    }
}
