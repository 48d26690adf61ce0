//! `facteur config`: the settings checked, and their defaults.

use crate::admin::operations::told;
use crate::exit::{Exit, Failure};
use crate::output::{line, note};
use crate::say::Sentence;
use crate::settings::{self, Place, Settings};

#[derive(clap::Subcommand)]
pub(crate) enum Config {
    Check,
    Default,
}

impl Config {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Config::Check => check(place),
            Config::Default => {
                line(settings::DEFAULT_TEXT.trim_end());
                Ok(())
            }
        }
    }
}

/// A certificate that is named must be there and usable; one of our own is
/// made when the server starts.
fn certificate(settings: &Settings) -> Result<(), Failure> {
    let checked = match (&settings.tls.certificate, &settings.tls.key) {
        (None, None) => Ok(()),
        (Some(certificate), Some(key)) => net::Tls::from_files(certificate, key).map(drop),
        _ => Err(net::TlsError::HalfNamed),
    };
    checked.map_err(|error| Failure::new(Exit::Config, "cli-tls").with("error", told(&error)))
}

/// Names everything that is wrong, each with its line, not only the first.
fn check(place: &Place) -> Result<(), Failure> {
    let Some(file) = place.file() else {
        place.settings()?;
        line(Sentence::new("cli-config-none-good"));
        return Ok(());
    };
    if let Ok(text) = std::fs::read_to_string(&file)
        && let Err(problems) = Settings::parse(&text)
    {
        for problem in &problems {
            note(problem.failure(&file).sentence);
        }
        let wrong = Failure::new(Exit::Config, "cli-config-wrong").with("file", file.display());
        return Err(wrong.count("problems", problems.len() as u64));
    }
    let settings = settings::read(&file)?;
    crate::log::filter(&settings.log)?;
    certificate(&settings)?;
    line(Sentence::new("cli-config-good").with("file", file.display()));
    Ok(())
}
