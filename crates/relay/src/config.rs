//! `[relay]`: delivery to the world.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use model::Secret;
use smtp::client::Timeouts;

/// `[relay]`: how mail leaves for other servers.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Fixed routes that go before the DNS: a domain and its servers, as
    /// names or addresses with or without a port, best first. Default: none.
    pub hosts: BTreeMap<String, Vec<String>>,
    /// DNS server to ask, with its port. Default: those of `/etc/resolv.conf`.
    pub resolver: Option<SocketAddr>,
    /// Port of other servers. Default: 25.
    pub port: u16,
    /// One server that takes all mail that is not ours. Default: none.
    pub smarthost: Option<Smarthost>,
    /// Mails being sent at the same time. Default: 50.
    pub max_mails: usize,
    /// Connections to one server at the same time. Default: 10.
    pub max_connections_per_host: usize,
    /// Servers tried for one mail in one attempt. Default: 6 (RFC 5321 §5.1
    /// asks for two at least).
    pub max_hosts_per_attempt: usize,
    /// Recipients named in one transaction; others follow in further ones.
    /// Default: 100 (RFC 5321 §4.5.3.1.8).
    pub max_recipients_per_transaction: usize,
    /// Seconds for a connection to come about. Default: 30.
    pub connect_seconds: u64,
    /// Seconds for the greeting. Default: 300 (RFC 5321 §4.5.3.2.1).
    pub greeting_seconds: u64,
    /// Seconds for the answer to a command. Default: 300 (RFC 5321 §4.5.3.2).
    pub command_seconds: u64,
    /// Seconds for the answer to DATA. Default: 120 (RFC 5321 §4.5.3.2.4).
    pub data_seconds: u64,
    /// Seconds for the answer to the message. Default: 600 (RFC 5321
    /// §4.5.3.2.6).
    pub message_seconds: u64,
}

/// `[relay.smarthost]`: the one server that takes all mail.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smarthost {
    /// Its name.
    pub host: String,
    /// Its port. Default: 587.
    #[serde(default = "submission")]
    pub port: u16,
    /// How the connection is protected. Default: `starttls`.
    #[serde(default)]
    pub tls: SmarthostTls,
    /// Who we are there; without one, nobody signs in.
    #[serde(default)]
    pub user: Option<String>,
    /// The password of `user`.
    #[serde(default)]
    pub password: Option<Secret>,
}

fn submission() -> u16 {
    587
}

/// TLS towards the smarthost. Its certificate is verified, for it may get a
/// password; only `none` and `opportunistic` do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmarthostTls {
    /// STARTTLS, or no mail.
    #[default]
    Starttls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
    /// STARTTLS if offered, with any certificate, else in clear. No password.
    Opportunistic,
    /// In clear, for a server on this machine or in a tunnel. No password.
    None,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            hosts: BTreeMap::new(),
            resolver: None,
            port: 25,
            smarthost: None,
            max_mails: 50,
            max_connections_per_host: 10,
            max_hosts_per_attempt: 6,
            max_recipients_per_transaction: 100,
            connect_seconds: 30,
            greeting_seconds: 300,
            command_seconds: 300,
            data_seconds: 120,
            message_seconds: 600,
        }
    }
}

impl Config {
    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts {
            greeting: Duration::from_secs(self.greeting_seconds),
            command: Duration::from_secs(self.command_seconds),
            data: Duration::from_secs(self.data_seconds),
            message: Duration::from_secs(self.message_seconds),
        }
    }
}
