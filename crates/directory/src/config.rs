//! `[quota]` and `[passwords]`.

use serde::Deserialize;

use crate::Size;

/// What the directory is told when it is opened.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `[quota]`
    pub quota: QuotaConfig,
    /// `[passwords]`
    pub passwords: PasswordConfig,
}

/// `[quota]`: how much mail an account may keep unless it was told a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuotaConfig {
    /// What a new account begins with. Default: 6 GiB.
    pub default: Size,
    /// By how much it grows each day, as Gmail's did. Default: 1 MiB.
    pub growth_per_day: Size,
}

impl Default for QuotaConfig {
    fn default() -> QuotaConfig {
        QuotaConfig { default: Size(6 << 30), growth_per_day: Size(1 << 20) }
    }
}

/// `[passwords]`: how hard a stolen password file is to guess from.
///
/// The defaults are those RFC 9106 §4 and OWASP give for a server where many
/// log in: 19 MiB, two passes, one lane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordConfig {
    /// Memory of one Argon2id computation, in KiB. Default: 19456.
    pub memory_kib: u32,
    /// Passes over that memory. Default: 2.
    pub passes: u32,
    /// Lanes of one computation. Default: 1.
    pub lanes: u32,
    /// How many computations run at once. Default: the number of processors.
    pub parallel: usize,
    /// The shortest password a person may choose, in characters. Default: 8.
    pub min_chars: usize,
}

impl Default for PasswordConfig {
    fn default() -> PasswordConfig {
        let parallel = std::thread::available_parallelism().map_or(2, usize::from);
        PasswordConfig { memory_kib: 19 * 1024, passes: 2, lanes: 1, parallel, min_chars: 8 }
    }
}

impl Config {
    /// Passwords that are cheap to check: for tests, of this crate and others.
    pub fn for_tests() -> Config {
        let passwords =
            PasswordConfig { memory_kib: 8, passes: 1, lanes: 1, parallel: 2, min_chars: 1 };
        Config { quota: QuotaConfig::default(), passwords }
    }
}
