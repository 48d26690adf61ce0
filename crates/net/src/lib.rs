//! Sockets: TLS, certificates, bounded readers, deadlines, limits.
//!
//! Every byte a peer sends enters through [`Connection`], whose readers are
//! bounded in length and in time, and every answer leaves through it in one
//! write. TLS is 1.2 and 1.3 (RFC 8446, RFC 9325) by rustls; the certificate can
//! be exchanged while the server runs. [`serve`] accepts within [`Limits`] and
//! lets sessions finish at [`Shutdown`].
//!
//! What is said over a connection is left to the protocols.

mod client_tls;
mod connection;
mod limits;
mod listen;
mod self_signed;
mod shutdown;
mod stream;
#[cfg(feature = "test-support")]
pub mod test_support;
mod tls;
mod trusted;

pub use client_tls::{ClientTls, server_name};
pub use connection::{Connection, Ending, Line, ReadError};
pub use limits::{Gate, Limits, Pass};
pub use listen::{bind, connect, serve, serve_or_refuse, serve_unix};
pub use shutdown::Shutdown;
pub use stream::{TlsFacts, Transport};
pub use tls::{Config as TlsConfig, Error as TlsError, Tls, install_provider};
pub use trusted::{Network, NetworkError, Trusted};
