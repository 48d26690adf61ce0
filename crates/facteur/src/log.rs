//! The log: to standard error, for people or for programs.
//!
//! Rooms log what happened to which session or message by its id; nobody logs
//! what a message says, and secrets print as `***`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::exit::{Exit, Failure};
use crate::settings::{Log, LogFormat};

/// Which events are written; fails where `level` is none.
pub(crate) fn filter(settings: &Log) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(&settings.level).map_err(|error| {
        let failure = Failure::new(Exit::Config, "cli-log-level");
        failure.with("level", &settings.level).with("error", error)
    })
}

/// Starts the log.
pub(crate) fn start(settings: &Log) -> Result<(), Failure> {
    let filter = filter(settings)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
