//! Delivery to the world: routes, transactions, results, DSNs.
//!
//! [`Relay`] is the robot that takes due mail from `queue`. Recipients of this
//! server are handed to `delivery`; for the others it asks the DNS where their
//! mail goes (RFC 5321 §5.1, null MX of RFC 7505), speaks with the servers
//! there through `smtp::client` with TLS where it is offered (RFC 3207), and
//! records a result for each. What the sender has to be told becomes a DSN
//! (RFC 3461, RFC 3464) that goes the way of all mail.
//!
//! When to try again is for `queue` to know, how SMTP is spoken for `smtp`.

mod config;
mod content;
mod dns;
mod dsn;
mod robot;
mod route;
mod session;
mod tell;
mod transaction;

pub use config::{Config, ConfigError, Smarthost, SmarthostTls};
pub use content::fuzz_content;
pub use dns::{Dns, DnsError, Mx, Resolver, Table};
pub use dsn::{Dsn, Kind, Report};
pub use robot::Relay;
