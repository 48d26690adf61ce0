//! The section `[smtp]` of the settings.

use std::time::Duration;

use net::Limits;
use serde::Deserialize;

/// `[smtp]`: mail exchange on port 25, submission on 465 and 587, LMTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Largest message accepted, in bytes, announced by SIZE (RFC 1870 §4). Default: 50 MiB.
    pub max_message_bytes: u64,
    /// Recipients of one message on port 25 and by LMTP; more are told to come in the
    /// next one. Default, and least by RFC 5321 §4.5.3.1.8: 100.
    pub max_recipients: usize,
    /// Recipients of one message that an account may submit. Default: 500.
    pub max_submission_recipients: usize,
    /// Seconds a client may take for a command, or for each piece of a message.
    /// Default, as RFC 5321 §4.5.3.2.7 asks: 300.
    pub timeout_seconds: u64,
    /// Commands in error after which the connection is closed. Default: 20.
    pub max_errors: u32,
    /// Bytes of messages on their way in at one time, over all connections; beyond
    /// it senders are asked to come back. Default: 1 GiB.
    pub max_bytes_in_flight: u64,
    /// Connections at once, for each port.
    pub connections: Limits,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            max_message_bytes: 50 * 1024 * 1024,
            max_recipients: 100,
            max_submission_recipients: 500,
            timeout_seconds: 300,
            max_errors: 20,
            max_bytes_in_flight: 1024 * 1024 * 1024,
            connections: Limits::default(),
        }
    }
}

impl Config {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_defaults_and_unknown_ones_are_errors() {
        let config: Config = toml::from_str("max_recipients = 200").expect("good");
        assert_eq!((config.max_recipients, config.max_errors), (200, 20));
        let config: Config = toml::from_str("[connections]\ntotal = 7").expect("good");
        assert_eq!((config.connections.total, config.connections.per_address), (7, 100));
        assert!(toml::from_str::<Config>("max_recipient = 200").is_err());
    }
}
