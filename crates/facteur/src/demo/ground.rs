//! Where the demonstration keeps its data, and what is left of it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};
use crate::output::note;
use crate::say::Sentence;

/// Says that a directory is a demonstration's, so that nothing else is ever
/// thrown away.
const MARK: &str = "facteur-demo";

/// A directory for the data, thrown away at the end unless it is to be kept.
pub(crate) struct Ground {
    data: PathBuf,
    keep: bool,
}

impl Ground {
    /// The directory that was named; without one, a temporary one, or with
    /// `keep` always the same of this user.
    pub(crate) fn prepare(named: Option<PathBuf>, keep: bool) -> Result<Ground, Failure> {
        let data = match named {
            Some(data) => data,
            None if keep => lasting(),
            None => temporary()?,
        };
        make(&data).map_err(|error| unmade(&data, &error))?;
        if !is_ours(&data) {
            return Err(
                Failure::new(Exit::CantCreat, "cli-demo-not-ours").with("data", data.display())
            );
        }
        fs::write(data.join(MARK), "").map_err(|error| {
            Failure::new(Exit::CantCreat, "cli-unwritable")
                .with("path", data.display())
                .with("error", error)
        })?;
        Ok(Ground { data, keep })
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Where the data stay, if they do.
    pub(crate) fn kept(&self) -> Option<&Path> {
        self.keep.then_some(&*self.data)
    }
}

impl Drop for Ground {
    /// Throws the data away, or says where they are.
    fn drop(&mut self) {
        if self.keep {
            return note(Sentence::new("cli-demo-kept").with("data", self.data.display()));
        }
        if let Err(error) = fs::remove_dir_all(&self.data) {
            let left = Sentence::new("cli-demo-left").with("data", self.data.display());
            note(left.with("error", error));
        }
    }
}

fn make(data: &Path) -> io::Result<()> {
    if data.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(data)
}

/// Whether the directory is new or an earlier demonstration's.
fn is_ours(data: &Path) -> bool {
    data.join(MARK).is_file()
        || fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_none())
}

fn unmade(data: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(Exit::CantCreat, "cli-data-dir");
    failure.with("data", data.display()).with("error", error)
}

/// A new directory with a name nobody can guess: others write to `/tmp` too,
/// and one that somebody else made would be theirs.
fn temporary() -> Result<PathBuf, Failure> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(Exit::Software, "cli-runtime").with("error", error))?;
    let name = format!("facteur-demo-{}", data_encoding::HEXLOWER.encode(&random));
    let data = std::env::temp_dir().join(name);
    DirBuilder::new().mode(0o700).create(&data).map_err(|error| unmade(&data, &error))?;
    Ok(data)
}

/// As the XDG Base Directory Specification has it.
fn lasting() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let share =
        std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    share.or_else(home).unwrap_or_else(std::env::temp_dir).join("facteur-demo")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_is_thrown_away() {
        let home = tempfile::tempdir().expect("a directory");
        fs::write(home.path().join("thesis.txt"), "years of work").expect("written");
        assert!(Ground::prepare(Some(home.path().into()), false).is_err());
        assert!(home.path().join("thesis.txt").exists());
    }

    #[test]
    fn data_go_unless_kept() {
        let home = tempfile::tempdir().expect("a directory");
        let data = home.path().join("demo");
        let prepare = |keep| Ground::prepare(Some(data.clone()), keep);
        let Ok(ground) = prepare(true) else { panic!("a new directory") };
        drop(ground);
        assert!(data.exists());
        let Ok(ground) = prepare(false) else { panic!("a demonstration's directory") };
        drop(ground);
        assert!(!data.exists());
    }
}
