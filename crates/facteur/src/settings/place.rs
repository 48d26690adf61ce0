//! Which settings a command works with: `--config` and `--data`.

use std::path::{Path, PathBuf};

use super::{Problem, Settings, Wrong};
use crate::exit::{Exit, Failure};

/// Where settings are looked for when nothing is said.
const DEFAULT_FILES: [&str; 2] = ["/etc/facteur/facteur.toml", "facteur.toml"];

/// `--config` and `--data`, as every command takes them.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Place {
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// The first default file that exists.
pub(crate) fn default_file() -> Option<PathBuf> {
    DEFAULT_FILES.iter().map(PathBuf::from).find(|file| file.exists())
}

impl Place {
    /// The file that will be read, if one will.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(default_file)
    }

    /// Reads the settings.
    ///
    /// With `--config`, that file; with `--data`, that directory, whatever the
    /// file says. A store without a file of its own has the default settings:
    /// so with `--data` alone, a default file counts only if it names the same
    /// directory.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let (Some(file), config) = (self.file(), self.config.is_some()) else {
            let data = self.data.clone();
            let data = data.ok_or_else(|| Failure::new(Exit::Config, "cli-config-none"))?;
            return Ok(Settings { data, ..Settings::default() });
        };
        let read = read(&file);
        let Some(data) = &self.data else { return read };
        match read {
            Ok(settings) if config || same(&settings.data, data) => {
                Ok(Settings { data: data.clone(), ..settings })
            }
            Err(failure) if config => Err(failure),
            _ => Ok(Settings { data: data.clone(), ..Settings::default() }),
        }
    }
}

fn same(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(a) == real(b)
}

/// Reads and checks one file.
pub(crate) fn read(file: &Path) -> Result<Settings, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::new(Exit::Config, "cli-config-unreadable")
            .with("file", file.display())
            .with("error", error)
    })?;
    let mut settings = Settings::parse(&text).map_err(|problems| failure(file, &problems))?;
    settings.anchor(file);
    Ok(settings)
}

/// The first problem as a failure; `config check` shows them all.
fn failure(file: &Path, problems: &[Problem]) -> Failure {
    let Some(first) = problems.first() else {
        return Failure::new(Exit::Config, "cli-config-unreadable").with("file", file.display());
    };
    first.failure(file)
}

impl Problem {
    /// As a failure that names `file` and the line.
    pub(crate) fn failure(&self, file: &Path) -> Failure {
        let told = |id: &str| {
            Failure::new(Exit::Config, id).with("file", file.display()).with("line", self.line)
        };
        match &self.what {
            Wrong::UnknownKey { table, key, nearest } => {
                let section = if table.is_empty() { String::new() } else { format!("[{table}] ") };
                match nearest {
                    Some(nearest) => {
                        told("cli-config-unknown-key-nearest").with("nearest", nearest)
                    }
                    None => told("cli-config-unknown-key"),
                }
                .with("key", format!("{section}{key}"))
            }
            Wrong::Invalid(detail) => told("cli-config-invalid").with("detail", detail),
        }
    }
}
