//! `facteur config`: the settings checked, and their defaults.

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
    settings::read(&file)?;
    line(Sentence::new("cli-config-good").with("file", file.display()));
    Ok(())
}
