//! Listeners: HTTP/1.1 and HTTP/2 over TLS or, where it is allowed, without.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use net::{Limits, Shutdown, Tls};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::login::Peer;

/// How bytes are wrapped.
#[derive(Clone)]
pub enum Wrap {
    /// TLS from the first byte.
    Tls(Tls),
    /// Not at all.
    Plain,
}

/// A TLS handshake, and the header of a request, must come within this.
const HASTE: Duration = Duration::from_secs(20);
/// After the server was told to stop, requests under way have this long.
const GRACE: Duration = Duration::from_secs(10);

/// Answers requests with `router` until `shutdown`; requests under way are
/// finished.
pub async fn serve(
    listener: TcpListener,
    wrap: Wrap,
    router: Router,
    limits: Limits,
    shutdown: Shutdown,
) {
    let stop = shutdown.clone();
    net::serve(listener, limits, shutdown, move |stream, peer| {
        let (wrap, router, stop) = (wrap.clone(), router.clone(), stop.clone());
        async move { connection(stream, peer, wrap, router, stop).await }
    })
    .await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    wrap: Wrap,
    router: Router,
    stop: Shutdown,
) {
    match wrap {
        Wrap::Plain => http(stream, peer, router, stop).await,
        Wrap::Tls(tls) => {
            let acceptor = tls.acceptor(&[b"h2", b"http/1.1"]);
            match tokio::time::timeout(HASTE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => http(stream, peer, router, stop).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
            }
        }
    }
}

async fn http<S>(stream: S, peer: SocketAddr, router: Router, stop: Shutdown)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = router.map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip().to_canonical()));
        request
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HASTE);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HASTE).max_concurrent_streams(100);
    let connection =
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stop.wait() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(GRACE, connection.as_mut()).await {
                Ok(result) => result,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%peer, %error, "an HTTP connection ended badly");
    }
}
