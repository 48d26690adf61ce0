//! What can be set.

use std::time::Duration;

/// `[imap]`: reading mail on ports 143 and 993 (RFC 3501, RFC 8314 §3.2).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Largest message APPEND takes, in bytes. Default: 50 MiB.
    pub max_append_bytes: u64,
    /// Longest command without the message of APPEND, in bytes, literals
    /// included. Default: 64 KiB.
    pub max_command_bytes: usize,
    /// An idle client is let go after so many seconds; RFC 3501 §5.4 asks for
    /// 30 minutes at least, and less is taken as 30 minutes. Default: 1800.
    pub idle_timeout_seconds: u64,
    /// A client that has not logged in is let go after so many seconds.
    /// Default: 60.
    pub login_timeout_seconds: u64,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            max_append_bytes: 50 * 1024 * 1024,
            max_command_bytes: 64 * 1024,
            idle_timeout_seconds: 1800,
            login_timeout_seconds: 60,
        }
    }
}

impl Config {
    /// How long a client may be silent.
    pub(crate) fn idle_timeout(&self) -> Duration {
        // A minute of grace: many clients speak every 30 minutes sharp.
        Duration::from_secs(self.idle_timeout_seconds.max(1800) + 60)
    }

    /// How long it may be silent before it has logged in.
    pub(crate) fn login_timeout(&self) -> Duration {
        Duration::from_secs(self.login_timeout_seconds.max(1))
    }
}
