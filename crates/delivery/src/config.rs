//! The settings of delivery.

use serde::Deserialize;

/// `[delivery]`: what is accepted at all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Mail is refused for the time being when less than this share of the
    /// disk is free, in percent; reading and deleting go on. Default: 5.
    pub min_free_percent: u8,
    /// Most Received fields a message may have before it is held for a loop
    /// (RFC 5321 §6.3). Default: 50.
    pub max_received: usize,
    /// Whether users may send to other domains than ours. Default: true.
    pub send_outside: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config { min_free_percent: 5, max_received: 50, send_outside: true }
    }
}
