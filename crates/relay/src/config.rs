//! `[relay]`: delivery to the world.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::Secret;
use net::ClientTls;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
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
    /// Mails being sent at the same time. Default: 100.
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
    /// PEM file with the authority that signed its certificate, for one of
    /// your own. Default: those that browsers trust.
    #[serde(default)]
    pub authority: Option<PathBuf>,
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
            max_mails: 100,
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

/// Why `[relay]` cannot be put to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file of `[relay.smarthost] authority`.
    #[error("[relay.smarthost] authority: {path}: {why}; give a PEM file with a certificate")]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS cannot be set up at all.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] net::TlsError),
}

impl Smarthost {
    /// TLS that believes the authority of the settings and nobody else.
    fn client_tls(path: &Path) -> Result<ClientTls, ConfigError> {
        let bad = |why: String| ConfigError::Authority { path: path.to_owned(), why };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|e| bad(e.to_string()))?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            let certificate = certificate.map_err(|e| bad(e.to_string()))?;
            roots.add(certificate).map_err(|e| bad(e.to_string()))?;
        }
        if roots.is_empty() {
            return Err(bad("it has no certificate".to_owned()));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| bad(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(ClientTls::with_config(Arc::new(config)))
    }
}

impl Config {
    /// TLS towards the smarthost: its certificate is verified.
    pub(crate) fn verified_tls(&self) -> Result<ClientTls, ConfigError> {
        match self.smarthost.as_ref().and_then(|s| s.authority.as_deref()) {
            Some(path) => Smarthost::client_tls(path),
            None => Ok(ClientTls::verified()?),
        }
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts {
            greeting: Duration::from_secs(self.greeting_seconds),
            command: Duration::from_secs(self.command_seconds),
            data: Duration::from_secs(self.data_seconds),
            message: Duration::from_secs(self.message_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_unknown_ones_refused() {
        let text = "port = 2525\nresolver = \"127.0.0.1:53\"\n[hosts]\n\"x.org\" = [\"127.0.0.1:99\"]\n[smarthost]\nhost = \"smart.x.org\"\nuser = \"alice\"\npassword = \"hunter2\"\n";
        let config: Config = toml::from_str(text).expect("valid");
        assert_eq!((config.port, config.max_connections_per_host), (2525, 10));
        let smarthost = config.smarthost.as_ref().expect("there");
        assert_eq!((smarthost.port, smarthost.tls), (587, SmarthostTls::Starttls));
        assert!(!format!("{config:?}").contains("hunter2"));
        for wrong in
            ["ports = 25", "[smarthost]\nport = 25", "[smarthost]\nhost = \"x\"\ntls = \"maybe\""]
        {
            assert!(toml::from_str::<Config>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_authority_that_is_none_is_named() {
        let smarthost = |path: &str| Smarthost {
            host: "x".into(),
            port: 25,
            tls: SmarthostTls::Starttls,
            user: None,
            password: None,
            authority: Some(path.into()),
        };
        let config = Config { smarthost: Some(smarthost("/nowhere.pem")), ..Config::default() };
        let error = config.verified_tls().expect_err("there is no such file").to_string();
        assert!(error.contains("/nowhere.pem"), "{error}");
    }
}
