//! The log: to standard error, for people or for programs.
//!
//! Rooms log what happened to which session or message by its id; nobody logs
//! what a message says, and secrets print as `***`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::exit::{Exit, Failure};
use crate::settings::{Log, LogFormat};

/// Starts the log.
///
/// Fails where `level` is none.
pub(crate) fn start(settings: &Log) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|error| {
        Failure::new(Exit::Config, "cli-log-level")
            .with("level", &settings.level)
            .with("error", error)
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
