//! `[pop3]`.

use std::time::Duration;

use net::Limits;
use serde::Deserialize;

/// `[pop3]`: reading mail on ports 110 and 995.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// After how many seconds without a command the connection is closed,
    /// without deleting anything. Less than 600 counts as 600, which RFC 1939
    /// §3 asks for. Default: 600.
    pub idle_seconds: u64,
    /// How many mistaken commands end the connection. Default: 20.
    pub max_mistakes: u32,
    /// How many refused logins end the connection. Default: 5.
    pub max_refusals: u32,
    /// Connections at once: `total` (default 10,000) and `per_address` (100).
    pub connections: Limits,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            idle_seconds: 600,
            max_mistakes: 20,
            max_refusals: 5,
            connections: Limits::default(),
        }
    }
}

impl Config {
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.max(600))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        assert_eq!(toml::from_str::<Config>("").unwrap(), Config::default());
        let config: Config = toml::from_str("idle_seconds = 60").unwrap();
        assert_eq!(config.idle(), Duration::from_secs(600));
        assert!(toml::from_str::<Config>("idle = 60").is_err());
    }
}
