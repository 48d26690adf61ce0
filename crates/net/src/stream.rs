//! A byte stream that may be plain, or TLS from either side.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{client, server};

/// Whatever carries bytes both ways: a TCP or Unix socket, or a pipe in a test.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static> Transport for T {}

/// What TLS agreed on, for `Received` and for logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLS1.2` or `TLS1.3`.
    pub version: &'static str,
    /// The IANA name of the cipher suite.
    pub cipher: String,
    /// The name the client asked for (RFC 6066 §3); always `None` on the client side.
    pub server_name: Option<String>,
}

/// `TLS1.3:TLS_AES_256_GCM_SHA384`
impl fmt::Display for TlsFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.version, self.cipher)
    }
}

impl TlsFacts {
    pub(crate) fn of(state: &rustls::CommonState, server_name: Option<&str>) -> TlsFacts {
        let version = match state.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS1.2",
            _ => "TLS1.3",
        };
        let cipher = state
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .unwrap_or("unknown");
        // IANA's TLS 1.3 names have no 13 in them, the library's have.
        let cipher = cipher.replacen("TLS13_", "TLS_", 1);
        TlsFacts { version, cipher, server_name: server_name.map(str::to_owned) }
    }
}

pub(crate) type Boxed = Box<dyn Transport>;

pub(crate) enum Stream {
    Plain(Boxed),
    Server(Box<server::TlsStream<Boxed>>),
    Client(Box<client::TlsStream<Boxed>>),
    /// An upgrade failed or was abandoned half-way: nothing goes any more.
    Broken,
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the TLS handshake of this connection failed")
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(s) => Pin::new(s).poll_read(cx, into),
            Stream::Server(s) => Pin::new(s).poll_read(cx, into),
            Stream::Client(s) => Pin::new(s).poll_read(cx, into),
            Stream::Broken => Poll::Ready(Err(broken())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(s) => Pin::new(s).poll_write(cx, bytes),
            Stream::Server(s) => Pin::new(s).poll_write(cx, bytes),
            Stream::Client(s) => Pin::new(s).poll_write(cx, bytes),
            Stream::Broken => Poll::Ready(Err(broken())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(s) => Pin::new(s).poll_flush(cx),
            Stream::Server(s) => Pin::new(s).poll_flush(cx),
            Stream::Client(s) => Pin::new(s).poll_flush(cx),
            Stream::Broken => Poll::Ready(Err(broken())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Stream::Server(s) => Pin::new(s).poll_shutdown(cx),
            Stream::Client(s) => Pin::new(s).poll_shutdown(cx),
            Stream::Broken => Poll::Ready(Ok(())),
        }
    }
}
